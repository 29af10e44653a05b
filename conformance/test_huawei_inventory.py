"""The inventory through the official clients that feed it: tags (TMS, ECS), enterprise projects (EPS), and Config, which
shows what came of it. Groups by rule follow at once."""

import time

import pytest
import huaweicloudsdkces.v1 as v1
import huaweicloudsdkces.v2 as ces
import huaweicloudsdkconfig.v1 as config
import huaweicloudsdkecs.v2 as ecs
import huaweicloudsdkeps.v1 as eps
import huaweicloudsdktms.v1 as tms
from huaweicloudsdkcore.auth.credentials import GlobalCredentials

from conftest import unique
from huawei import basic, ces_v1, ces_v2, global_credentials, refused


@pytest.fixture
def clients(muster):
    class Clients:
        def of_domain(self, client):
            who = global_credentials(muster, muster.credentials["domain_id"])
            return client.new_builder().with_credentials(who).with_endpoint(muster.http).build()

        tags = property(lambda self: self.of_domain(tms.TmsClient))
        projects = property(lambda self: self.of_domain(eps.EpsClient))
        config = property(lambda self: self.of_domain(config.ConfigClient))
        groups = property(lambda self: ces_v2(muster))
        servers = property(
            lambda self: ecs.EcsClient.new_builder()
            .with_credentials(basic(muster))
            .with_endpoint(muster.http)
            .build()
        )
        project_id = muster.credentials["project_id"]
        domain_id = muster.credentials["domain_id"]

    return Clients()


def tag(clients, ids, kind="ecs", **tags):
    body = tms.ReqCreateTag(
        project_id=clients.project_id,
        resources=[tms.ResourceTagBody(resource_id=one, resource_type=kind) for one in ids],
        tags=[tms.CreateTagRequest(key=key, value=value) for key, value in tags.items()],
    )
    return clients.tags.create_resource_tag(tms.CreateResourceTagRequest(body=body)).failed_resources


def untag(clients, ids, kind="ecs", **tags):
    body = tms.ReqDeleteTag(
        project_id=clients.project_id,
        resources=[tms.ResourceTagBody(resource_id=one, resource_type=kind) for one in ids],
        tags=[tms.DeleteTagRequest(key=key, value=value) for key, value in tags.items()],
    )
    return clients.tags.delete_resource_tag(tms.DeleteResourceTagRequest(body=body)).failed_resources


def new_group(clients, **rule):
    body = ces.CreateResourceGroupRequestBody(group_name=unique("g"), **rule)
    return clients.groups.create_resource_group(ces.CreateResourceGroupRequest(body=body)).group_id


def by_tag(**tags):
    pairs = [ces.ResourceGroupTagRelation(key=key, value=value) for key, value in tags.items()]
    return {"type": "TAG", "tags": pairs}


def show(clients, group):
    return clients.groups.show_resource_group(ces.ShowResourceGroupRequest(group_id=group))


def total(clients, group):
    return show(clients, group).resource_statistics.total


def members(clients, group, service="SYS.ECS", **filters):
    request = ces.ListResourceGroupsServicesResourcesRequest(group_id=group, service=service, **filters)
    found = clients.groups.list_resource_groups_services_resources(request)
    ids = [one.dimensions[0].value for one in found.resources]
    assert found.count == len(ids) or "limit" in filters
    return ids


def new_project(clients):
    body = eps.EnterpriseProject(name=unique("p"))
    created = clients.projects.create_enterprise_project(eps.CreateEnterpriseProjectRequest(body=body))
    return created.enterprise_project.id


def move(clients, project, one, kind="ecs"):
    body = eps.MigrateResource(
        project_id=clients.project_id, resource_type=kind, resource_id=one, associated=False, region_id="cn-hangzhou"
    )
    request = eps.MigrateResourceRequest(enterprise_project_id=project, body=body)
    clients.projects.migrate_resource(request)


def test_a_group_follows_the_tags(clients):
    first, second, third = (unique("host") for _ in range(3))
    env = unique("env")
    group = new_group(clients, **by_tag(**{env: "prod"}))
    before = show(clients, group)
    assert (before.resource_statistics.total, before.status) == (0, "no_alarm_rule")
    assert tag(clients, [first, second], **{env: "prod"}) == []
    assert tag(clients, [third], **{env: "test"}) == []
    after = show(clients, group)
    assert (after.resource_statistics.total, after.resource_statistics.namespaces) == (2, 1)
    assert after.update_time == before.update_time
    assert members(clients, group) == [first, second]
    # The other value of the key joins when it changes, and leaves when the tag goes.
    tag(clients, [third], **{env: "prod"})
    assert total(clients, group) == 3
    untag(clients, [first], **{env: "test"})
    assert total(clients, group) == 3, "another value than the one to be taken away"
    untag(clients, [first], **{env: "prod"})
    assert members(clients, group) == [second, third]


def test_one_key_is_any_and_two_keys_are_both(clients):
    one, two, three = (unique("host") for _ in range(3))
    env, team = unique("env"), unique("team")
    tag(clients, [one], **{env: "prod", team: "shop"})
    tag(clients, [two], **{env: "test", team: "shop"})
    tag(clients, [three], **{env: "prod"})
    pair = ces.ResourceGroupTagRelation
    either = new_group(clients, type="TAG", tags=[pair(key=env, value="prod"), pair(key=env, value="test")])
    assert total(clients, either) == 3
    both = new_group(clients, **by_tag(**{env: "prod", team: "shop"}))
    assert members(clients, both) == [one]
    # A tag without a value asks for the key alone.
    assert total(clients, new_group(clients, **by_tag(**{team: ""}))) == 2


def test_a_group_follows_enterprise_projects(clients):
    host = unique("host")
    here, there = new_project(clients), new_project(clients)
    group = new_group(clients, type="EPS", association_ep_ids=[here])
    move(clients, here, host)
    assert members(clients, group) == [host]
    assert show(clients, group).ep_resource_statistics[0].total == 1
    body = eps.ResqEpResouce(projects=[], resource_types=["ecs"], offset=0, limit=10)
    request = eps.ShowResourceBindEnterpriseProjectRequest(enterprise_project_id=here, body=body)
    bound = clients.projects.show_resource_bind_enterprise_project(request)
    assert [one.resource_id for one in bound.resources] == [host]
    move(clients, there, host)
    assert total(clients, group) == 0
    with refused(404):
        move(clients, "no-such-project", host)


def test_members_are_shown_with_their_tags_and_filtered_by_them(clients):
    web, db = unique("web"), unique("db")
    env = unique("env")
    tag(clients, [web], **{env: "prod", "tier": "web"})
    tag(clients, [db], **{env: "prod", "tier": "db"})
    group = new_group(clients, **by_tag(**{env: "prod"}))
    request = ces.ListResourceGroupsServicesResourcesRequest(group_id=group, service="SYS.ECS", dim_value=web)
    found = clients.groups.list_resource_groups_services_resources(request).resources
    assert len(found) == 1 and f'"{env}":"prod"' in found[0].tags.replace(" ", "")
    assert members(clients, group, tag='"tier":"db"') == [db]
    assert members(clients, group, resource_name=web[:6]) == [web]
    assert members(clients, group, limit=1) == [web]
    assert members(clients, group, limit=1, offset=1) == [db]
    assert members(clients, group, service="SYS.RDS") == []
    assert members(clients, group, extend_relation_id="0") == [web, db]


def test_a_server_is_tagged_and_named_by_its_own_service(clients):
    host, env = unique("host"), unique("env")
    servers = clients.servers
    body = ecs.BatchCreateServerTagsRequestBody(action="create", tags=[ecs.BatchAddServerTag(key=env, value="prod")])
    servers.batch_create_server_tags(ecs.BatchCreateServerTagsRequest(server_id=host, body=body))
    shown = servers.show_server_tags(ecs.ShowServerTagsRequest(server_id=host)).tags
    assert [(one.key, one.value) for one in shown] == [(env, "prod")]
    group = new_group(clients, **by_tag(**{env: "prod"}))
    assert members(clients, group) == [host]
    rename = ecs.UpdateServerRequestBody(server=ecs.UpdateServerOption(name="the-till"))
    servers.update_server(ecs.UpdateServerRequest(server_id=host, body=rename))
    assert members(clients, group, resource_name="till") == [host]
    gone = ecs.BatchDeleteServerTagsRequestBody(action="delete", tags=[ecs.ServerTag(key=env, value="prod")])
    servers.batch_delete_server_tags(ecs.BatchDeleteServerTagsRequest(server_id=host, body=gone))
    assert total(clients, group) == 0


def test_tags_are_found_again(clients):
    host, other, key = unique("host"), unique("host"), unique("key")
    tag(clients, [host], **{key: "a"})
    tag(clients, [other], **{key: "b"})
    api = clients.tags
    assert key in api.list_tag_keys(tms.ListTagKeysRequest(limit=200)).keys
    values = api.list_tag_values(tms.ListTagValuesRequest(key=key))
    assert values.values == ["a", "b"]
    first = api.list_tag_values(tms.ListTagValuesRequest(key=key, limit=1))
    assert (first.values, first.page_info.next_marker) == (["a"], "a")
    assert api.list_tag_values(tms.ListTagValuesRequest(key=key, limit=1, marker="a")).values == ["b"]
    shown = api.show_resource_tag(
        tms.ShowResourceTagRequest(resource_id=host, resource_type="ecs", project_id=clients.project_id)
    )
    assert [(one.key, one.value) for one in shown.tags] == [(key, "a")]
    body = tms.ResqTagResource(
        project_id=clients.project_id,
        resource_types=["ecs"],
        tags=[tms.Tag(key=key, values=["b"])],
        without_any_tag=False,
        limit=10,
        offset=0,
    )
    found = api.list_resource(tms.ListResourceRequest(body=body))
    assert [one.resource_id for one in found.resources] == [other] and found.total_count == 1
    kinds = {kind.resource_type for one in api.list_providers(tms.ListProvidersRequest()).providers for kind in one.resource_types}
    assert {"ecs", "disk", "rds"} <= kinds


def test_config_shows_what_is_believed(clients):
    host, key = unique("host"), unique("key")
    tag(clients, [host], **{key: "a"})
    api = clients.config
    shown = api.show_resource_by_id(
        config.ShowResourceByIdRequest(resource_id=host, provider="ecs", type="cloudservers")
    )
    assert (shown.id, shown.provider, shown.type, shown.ep_id) == (host, "ecs", "cloudservers", "0")
    assert shown.tags == {key: "a"} and shown.project_id == clients.project_id
    listed = api.list_all_resources(config.ListAllResourcesRequest(type="ecs.cloudservers", tags=[f"{key}=a"]))
    assert [one.id for one in listed.resources] == [host]
    providers = api.list_providers(config.ListProvidersRequest()).resource_providers
    assert "ecs" in {one.provider for one in providers}


def test_what_cannot_be_tagged_is_told_of_each(clients):
    host = unique("host")
    failed = tag(clients, [host], kind="no-such-kind", env="prod")
    assert [(one.resource_id, one.resource_type) for one in failed] == [(host, "no-such-kind")]
    many = {f"key{number}": "x" for number in range(20)}
    assert tag(clients, [host], **many) == []
    assert len(tag(clients, [host], one_more="x")) == 1
    with refused(400):
        tag(clients, [host], **{"k" * 129: "x"})
    with refused(400):
        tag(clients, [host])


def test_a_member_by_hand_is_known_from_then_on(clients):
    host, env = unique("host"), unique("env")
    group = new_group(clients)
    member = ces.Resource(namespace="SYS.ECS", dimensions=[ces.ResourceDimension(name="instance_id", value=host)])
    body = ces.AddResourcesReq(resources=[member])
    clients.groups.batch_create_resources(ces.BatchCreateResourcesRequest(group_id=group, body=body))
    assert members(clients, group) == [host]
    shown = clients.config.show_resource_by_id(
        config.ShowResourceByIdRequest(resource_id=host, provider="ecs", type="cloudservers")
    )
    assert shown.id == host
    tag(clients, [host], **{env: "prod"})
    assert members(clients, new_group(clients, **by_tag(**{env: "prod"}))) == [host]


def test_another_account_sees_nothing_of_it(muster, clients):
    host, key = unique("host"), unique("key")
    tag(clients, [host], **{key: "a"})
    account = unique("acct")
    muster.cli("account", "create", account)
    made = muster.cli_json("access-key", "create", "--account", account)
    theirs = GlobalCredentials(made["id"], made["secret"]).with_iam_endpoint(muster.http)
    other = tms.TmsClient.new_builder().with_credentials(theirs).with_endpoint(muster.http).build()
    assert key not in other.list_tag_keys(tms.ListTagKeysRequest()).keys
    body = tms.ReqCreateTag(
        project_id=clients.project_id,
        resources=[tms.ResourceTagBody(resource_id=host, resource_type="ecs")],
        tags=[tms.CreateTagRequest(key=key, value="b")],
    )
    with refused(404):
        other.create_resource_tag(tms.CreateResourceTagRequest(body=body))
    with refused(404):
        other.show_resource_tag(tms.ShowResourceTagRequest(resource_id=host, resource_type="ecs"))
    shown = clients.tags.show_resource_tag(tms.ShowResourceTagRequest(resource_id=host, resource_type="ecs"))
    assert [(one.key, one.value) for one in shown.tags] == [(key, "a")]


def test_what_reports_is_known_from_then_on(muster, clients):
    app, team = unique("app"), unique("team")
    dimensions = [v1.MetricsDimension(name="app", value=app), v1.MetricsDimension(name="zone", value="a")]
    point = v1.CreateMetricDataRequestBody(
        metric=v1.MetricInfo(namespace="MINE.SHOP", metric_name="orders", dimensions=dimensions),
        ttl=3600,
        collect_time=int(time.time() * 1000),
        value=7,
        unit="count",
        type="int",
    )
    ces_v1(muster).create_metric_data(v1.CreateMetricDataRequest(body=[point]))
    group = new_group(clients, **by_tag(**{team: "shop"}))
    assert tag(clients, [app], kind="ces-custom", **{team: "shop"}) == []
    found = clients.groups.list_resource_groups_services_resources(
        ces.ListResourceGroupsServicesResourcesRequest(group_id=group, service="MINE.SHOP")
    )
    assert [[(one.name, one.value) for one in member.dimensions] for member in found.resources] == [
        [("app", app), ("zone", "a")]
    ]
