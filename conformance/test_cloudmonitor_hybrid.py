"""CloudMonitor's hybrid monitoring through the official Python client: namespaces, samples pushed into them, selectors."""

import time

import pytest
from alibaba import Key
from cloudmonitor import CloudMonitor, Refused, models


@pytest.fixture(params=["v1", "v3"])
def monitor(request, muster):
    return CloudMonitor(muster, request.param)


def refused(call, *args, **fields):
    with pytest.raises(Refused) as caught:
        call(*args, **fields)
    return caught.value.status, caught.value.code


def item(name, value, at=None, **labels):
    labels = [models.PutHybridMonitorMetricDataRequestMetricListLabels(key=key, value=text) for key, text in labels.items()]
    return models.PutHybridMonitorMetricDataRequestMetricList(name=name, value=str(value), ts=at, labels=labels)


def listed(monitor, **fields):
    answer = monitor.describe_hybrid_monitor_namespace_list(**fields)
    assert (answer.code, answer.success) == ("200", "true")
    assert len(answer.describe_hybrid_monitor_namespace) <= answer.page_size
    return answer


def test_a_namespace_from_create_to_delete(monitor, name):
    space = name("prom")
    made = monitor.create_hybrid_monitor_namespace(namespace=space, description="the shop", spec="cms.s1.xlarge")
    assert (made.code, made.success) == ("200", "true")
    (found,) = listed(monitor, namespace=space).describe_hybrid_monitor_namespace
    assert (found.namespace, found.description, found.namespace_type) == (space, "the shop", "m_prometheus")
    assert (found.detail.spec, found.is_delete, found.not_aliyun_task_number) == ("cms.s1.xlarge", 0, 0)
    assert found.create_time == found.modify_time and found.id
    assert refused(monitor.create_hybrid_monitor_namespace, namespace=space) == (409, "ResourceConflict")
    monitor.modify_hybrid_monitor_namespace(namespace=space, description="", spec="cms.s1.large")
    (found,) = listed(monitor, keyword=space[2:]).describe_hybrid_monitor_namespace
    assert (found.description or "", found.detail.spec) == ("", "cms.s1.large")
    monitor.delete_hybrid_monitor_namespace(namespace=space)
    assert listed(monitor, namespace=space).total == 0
    for call in (monitor.delete_hybrid_monitor_namespace, monitor.modify_hybrid_monitor_namespace):
        assert refused(call, namespace=space) == (404, "ResourceNotFound")
    for bad in ("a_b", "a.b", "ä"):
        assert refused(monitor.create_hybrid_monitor_namespace, namespace=bad) == (400, "InvalidParameterValue")
    assert refused(monitor.create_hybrid_monitor_namespace, namespace=space, spec="huge") == (400, "InvalidParameterValue")


def test_samples_are_read_by_selectors(muster, monitor, name):
    space = name("prom")
    now = int(time.time()) // 60 * 60
    put = monitor.put_hybrid_monitor_metric_data
    assert refused(put, namespace=space, metric_list=[item("up", 1)]) == (404, "ResourceNotFound")
    monitor.create_hybrid_monitor_namespace(namespace=space)
    items = [
        item("http_requests", 7, (now - 120) * 1000, code="200", path="/a.b,c"),
        item("http_requests", 8.5, (now - 60) * 1000, code="200", path="/a.b,c"),
        item("http_requests", 3, (now - 60) * 1000, code="500", path="/"),
        item("http_requests", "NaN", code="500"),
        item("9up", 1),
        item("up", 1, (now + 3600) * 1000),
    ]
    answer = put(namespace=space, metric_list=items)
    assert answer.code == "200"
    assert [detail.index for detail in answer.error_detail] == [3, 4, 5]
    assert all(detail.error_message for detail in answer.error_detail)

    def read(sql, **fields):
        fields = dict(namespace=space, prom_sql=sql, start=now - 3600, end=now) | fields
        answer = monitor.describe_hybrid_monitor_data_list(**fields)
        assert (answer.code, answer.success) == ("200", "true")
        return [
            ({label.k: label.v for label in line.labels}, [(int(value.ts), value.v) for value in line.values])
            for line in answer.time_series
        ]

    good = ({"code": "200", "path": "/a.b,c"}, [((now - 120) * 1000, "7"), ((now - 60) * 1000, "8.5")])
    bad = ({"code": "500", "path": "/"}, [((now - 60) * 1000, "3")])
    assert read("http_requests") == [good, bad]
    assert read('http_requests{code="200"}') == read('http_requests{code!="500",path="/a.b,c"}') == [good]
    assert read('http_requests{zone=""}') == [good, bad]
    assert read("up") == read('http_requests{code="404"}') == read("http_requests", end=now - 200) == []
    for query in ("rate(http_requests[5m])", 'http_requests{code=~"2.."}', "http_requests +", "{}"):
        assert refused(read, query) == (400, "InvalidParameterValue"), query
    assert refused(read, "up", start=now) == (400, "InvalidParameterValue")
    # Another account sees nothing of it.
    tenant = name("tenant")
    muster.cli("account", "create", tenant)
    key = muster.cli_json("access-key", "create", "--account", tenant)
    theirs = CloudMonitor(muster, "v3", Key(key["id"], key["secret"]))
    assert listed(theirs).total == 0
    foreign = dict(namespace=space, prom_sql="up", start=now - 60, end=now)
    assert refused(theirs.describe_hybrid_monitor_data_list, **foreign) == (404, "ResourceNotFound")
    assert refused(theirs.delete_hybrid_monitor_namespace, namespace=space) == (404, "ResourceNotFound")
    # What is deleted does not come back with its name.
    monitor.delete_hybrid_monitor_namespace(namespace=space)
    monitor.create_hybrid_monitor_namespace(namespace=space)
    assert read("http_requests") == []
