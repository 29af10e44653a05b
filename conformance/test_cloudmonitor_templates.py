"""CloudMonitor's templates of rules through the official Python client, in both of its signatures."""

import pytest
from cloudmonitor import CloudMonitor, Refused, models

NAMESPACE = "acs_ecs_dashboard"


@pytest.fixture(params=["v1", "v3"])
def monitor(request, muster):
    return CloudMonitor(muster, request.param)


def rule(metric="cpu_total", request="Create", **fields):
    prefix = f"{request}MetricRuleTemplateRequestAlertTemplates"
    critical = getattr(models, prefix + "EscalationsCritical")(
        comparison_operator="GreaterThanThreshold", statistics="Average", threshold="90", times=3
    )
    return getattr(models, prefix)(
        category="ecs",
        namespace=NAMESPACE,
        metric_name=metric,
        rule_name=f"{metric} is high",
        period=60,
        escalations=getattr(models, prefix + "Escalations")(critical=critical),
        **fields,
    )


def refused(call, **fields):
    with pytest.raises(Refused) as caught:
        call(**fields)
    return caught.value.status, caught.value.code


def rules_of(monitor, group):
    return monitor.describe_metric_rule_list(group_id=str(group), page_size=100).alarms.alarm


def test_a_template_from_create_to_delete(monitor, name):
    title = name()
    id = monitor.create_metric_rule_template(name=title, description="web", alert_templates=[rule()]).id
    assert isinstance(id, int)
    shown = monitor.describe_metric_rule_template_attribute(template_id=str(id)).resource
    assert (shown.template_id, shown.name, shown.description, shown.rest_version) == (str(id), title, "web", "1")
    (found,) = shown.alert_templates.alert_template
    assert (found.category, found.namespace, found.metric_name, found.rule_name) == (
        "ecs",
        NAMESPACE,
        "cpu_total",
        "cpu_total is high",
    )
    critical = found.escalations.critical
    assert (critical.comparison_operator, critical.statistics, critical.threshold, critical.times) == (
        "GreaterThanThreshold",
        "Average",
        "90",
        3,
    )
    assert refused(monitor.create_metric_rule_template, name=title, alert_templates=[rule()]) == (409, "ResourceConflict")

    change = dict(template_id=id, name=title, alert_templates=[rule(request="Modify"), rule("memory", "Modify")])
    assert monitor.modify_metric_rule_template(rest_version=1, **change).code == 200
    assert refused(monitor.modify_metric_rule_template, rest_version=1, **change) == (409, "ResourceConflict")
    listed = monitor.describe_metric_rule_template_list(template_id=id)
    (head,) = listed.templates.template
    assert (listed.total, head.template_id, head.name, head.rest_version) == (1, id, title, 2)
    assert head.gmt_create <= head.gmt_modified
    by_name = monitor.describe_metric_rule_template_attribute(name=title).resource
    assert [one.metric_name for one in by_name.alert_templates.alert_template] == ["cpu_total", "memory"]

    assert monitor.delete_metric_rule_template(template_id=str(id)).resource.template_id == str(id)
    assert monitor.describe_metric_rule_template_list(keyword=title).total == 0
    assert refused(monitor.delete_metric_rule_template, template_id=str(id)) == (404, "ResourceNotFound")


def test_a_group_gets_its_rules(monitor, name):
    group = monitor.create_monitor_group(group_name=name(), contact_groups="ops").group_id
    id = monitor.create_metric_rule_template(name=name(), alert_templates=[rule(), rule("memory_usedutilization")]).id
    fields = dict(group_id=group, template_ids=str(id), silence_time=3600, enable_start_time=8, enable_end_time=18)
    nothing = monitor.apply_metric_rule_template(**fields).resource
    assert (nothing.group_id, nothing.alert_results) == (group, []), "the group has no instance yet"

    monitor.create_monitor_group_instances(
        group_id=str(group),
        instances=[
            models.CreateMonitorGroupInstancesRequestInstances(
                category="ecs", instance_id=name("i"), instance_name="web", region_id="cn-hangzhou"
            )
        ],
    )
    made = monitor.apply_metric_rule_template(**fields).resource.alert_results
    assert [(one.rule_name, one.code, one.success) for one in made] == [
        ("cpu_total is high", "200", True),
        ("memory_usedutilization is high", "200", True),
    ]
    rules = {one.rule_id: one for one in rules_of(monitor, group)}
    assert set(rules) == {one.rule_id for one in made}
    first = rules[made[0].rule_id]
    assert (first.silence_time, first.effective_interval, first.contact_groups) == (3600, "08:00-18:59", "ops")
    assert first.escalations.critical.threshold == "90"

    again = monitor.apply_metric_rule_template(**fields).resource.alert_results
    assert {one.rule_id for one in rules_of(monitor, group)} == {one.rule_id for one in again}
    monitor.apply_metric_rule_template(append_mode="append", apply_mode="ALARM_TEMPLATE_FIRST", **fields)
    assert len(rules_of(monitor, group)) == 4
    listed = monitor.describe_metric_rule_template_list(template_id=id, history=True)
    (applied,) = listed.templates.template[0].apply_histories.apply_history
    assert applied.group_id == group

    monitor.delete_metric_rule_template(template_id=str(id))
    assert len(rules_of(monitor, group)) == 4
    monitor.delete_monitor_group(group_id=group)


def test_what_can_not_be_applied_is_refused(monitor, name):
    group = monitor.create_monitor_group(group_name=name()).group_id
    assert refused(monitor.apply_metric_rule_template, group_id=group, template_ids="1")[0] == 404
    id = monitor.create_metric_rule_template(name=name(), alert_templates=[rule()]).id
    apply = monitor.apply_metric_rule_template
    assert refused(apply, group_id=1, template_ids=str(id))[0] == 404
    for wrong in ({"apply_mode": "BOTH"}, {"append_mode": "none"}, {"enable_start_time": 24}, {"webhook": "ftp://h/"}):
        fields = {"apply_mode": "ALARM_TEMPLATE_FIRST", **wrong}
        assert refused(apply, group_id=group, template_ids=str(id), **fields) == (400, "InvalidParameterValue"), wrong
    bad = rule(webhook="ftp://h/")
    assert refused(monitor.create_metric_rule_template, name=name(), alert_templates=[bad]) == (400, "InvalidParameterValue")
    monitor.delete_metric_rule_template(template_id=str(id))
    monitor.delete_monitor_group(group_id=group)
