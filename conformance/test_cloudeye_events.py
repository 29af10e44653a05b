"""Cloud Eye's events through the official Python SDK."""

import time

import pytest
from huaweicloudsdkces.v1 import model as m1
from huaweicloudsdkces.v2 import model as m2

from huawei import Plain, ces_v1, ces_v2, refused

HOUR = 3_600_000


@pytest.fixture
def v1(muster):
    return ces_v1(muster)


@pytest.fixture
def event(name):
    return "disk_full_" + name().replace("-", "_")


def now():
    return int(time.time() * 1000)


def item(name, at, source="MINE.APP", state="warning", level="Major", **detail):
    return m1.CreateEventsRequestBody(
        event_name=name,
        event_source=source,
        time=at,
        detail=m1.EventItemDetail(event_state=state, event_level=level, **detail),
    )


def report(v1, *items):
    answer = v1.create_events(m1.CreateEventsRequest(body=list(items)))
    assert answer.status_code == 201
    return [(event.event_id, event.event_name) for event in answer.body]


def detail(v1, name, **filters):
    filters = {"event_type": "EVENT.CUSTOM", **filters}
    return v1.list_event_detail(m1.ListEventDetailRequest(event_name=name, **filters))


def test_events_are_reported_counted_and_shown(v1, event):
    at = now()
    first, second = report(
        v1,
        item(event, at, content="nothing left", resource_id="disk-1", resource_name="the disk", event_user="eve"),
        item(event, at - HOUR // 2, state="incident", level="Critical", source="MINE.OTHER", event_user="bob"),
    )
    assert first[0] != second[0] and {len(first[0]), len(second[0])} == {24} and first[0].startswith("ev")
    assert [first[1], second[1]] == [event, event]

    counted = v1.list_events(m1.ListEventsRequest(event_type="EVENT.CUSTOM", event_name=event))
    assert counted.meta_data.total == 1
    only = counted.events[0]
    assert (only.event_count, only.latest_occur_time, only.latest_event_source) == (2, at, "MINE.APP")
    assert (only.event_type, only.sub_event_type) == ("EVENT.CUSTOM", "SUB_EVENT.CUSTOM")
    earlier = v1.list_events(m1.ListEventsRequest(event_name=event, _from=at - HOUR, to=at - 1))
    assert earlier.events[0].event_count == 1

    shown = detail(v1, event)
    assert (shown.event_sources, shown.event_users) == (["MINE.APP", "MINE.OTHER"], ["bob", "eve"])
    assert shown.meta_data.total == 2
    assert [one.event_id for one in shown.event_info] == [first[0], second[0]]
    one = shown.event_info[0]
    assert (one.event_name, one.event_source, one.time) == (event, "MINE.APP", at)
    told = one.detail
    assert (told.content, told.resource_id, told.resource_name) == ("nothing left", "disk-1", "the disk")
    assert (told.event_state, told.event_level, told.event_user) == ("warning", "Major", "eve")
    assert detail(v1, event, event_level="Critical").event_info[0].event_id == second[0]
    assert detail(v1, event, event_state="warning").meta_data.total == 1
    assert detail(v1, event, event_user="bob").event_info[0].event_id == second[0]
    assert detail(v1, event, event_source="MINE.OTHER").meta_data.total == 1
    assert detail(v1, event, event_type="EVENT.SYS").meta_data.total == 0
    page = detail(v1, event, start=1, limit=1)
    assert (page.meta_data.total, [one.event_id for one in page.event_info]) == (2, [second[0]])


def test_a_repetition_is_the_same_event(v1, event):
    at = now()
    [(first, _)] = report(v1, item(event, at, resource_id="disk-1"))
    again = report(v1, item(event, at, resource_id="disk-1"), item(event, at, resource_id="disk-2"))
    assert again[0][0] == first and again[1][0] != first
    assert detail(v1, event).meta_data.total == 2


def test_times_and_words_have_their_limits(v1, event):
    at = now()
    report(v1, item(event, at + 9 * 60_000))
    for late in [at + 11 * 60_000, at - HOUR - 1_000]:
        with refused(400, "ces.0014"):
            report(v1, item(event, late))
    for wrong in [
        item("1_" + event, at),
        item(event, at, source="MINE"),
        item(event, at, content="x" * 4097),
        item(event, at, sub_event_type="SUB_EVENT.OPS"),
        item(event, at, group_id="rg1606377637506DmVOENVyL"),
    ]:
        with refused(400, "ces.0014"):
            report(v1, item(event, at - 1), wrong)
    assert detail(v1, event).meta_data.total == 1
    with refused(403, "ces.0009"):
        report(v1, item(event, at, event_type="EVENT.SYS"))


def test_a_group_of_an_event_is_known_and_its_resource_enters_it(muster, v1, event, name):
    namespace = "MINE." + name()[:20].replace("-", "_")
    v2 = ces_v2(muster)
    body = m2.CreateResourceGroupRequestBody(group_name=name(), type="Manual")
    group = v2.create_resource_group(m2.CreateResourceGroupRequest(body=body)).group_id
    dimensions = [m1.MetricsDimension(name="disk", value="disk-1")]
    report(v1, item(event, now(), source=namespace, group_id=group, dimensions=dimensions, resource_name="the disk"))
    told = detail(v1, event).event_info[0].detail
    assert told.group_id == group
    assert [(one.name, one.value) for one in told.dimensions] == [("disk", "disk-1")]


def test_host_data_are_the_contents_of_events(v1, event):
    at = now()
    dimensions = [m1.MetricsDimension(name="instance_id", value="i-1")]
    report(v1, item(event, at, source="SYS.ECS", content='{"cpu": 4}', dimensions=dimensions))
    request = m1.ShowEventDataRequest(
        namespace="SYS.ECS", dim_0="instance_id,i-1", type=event, _from=at - HOUR, to=at + 1
    )
    points = v1.show_event_data(request).datapoints
    assert [(point.type, point.timestamp, point.value) for point in points] == [(event, at, '{"cpu": 4}')]
    request.dim_0 = "instance_id,i-2"
    assert v1.show_event_data(request).datapoints == []


def test_events_of_another_project_are_not_shown(muster, v1, event):
    report(v1, item(event, now()))
    own = muster.credentials["project_id"]
    foreign = own[:-1] + ("0" if own[-1] != "0" else "1")
    answer = Plain(muster)("GET", f"/V1.0/{foreign}/events")
    assert answer.status_code in (401, 403, 404), answer.text
