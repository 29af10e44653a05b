"""CloudMonitor's metric data through the official Python client: pushed, queried, exported, described, deleted."""

import json
import math
import random
import time
from datetime import datetime, timezone

import pytest
from alibaba import Key
from cloudmonitor import CloudMonitor, Refused, eventually, models

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
PERCENTS = (10, 20, 30, 40, 50, 60, 70, 75, 80, 90, 95, 98, 99)


@pytest.fixture(params=["v1", "v3"])
def monitor(request, muster):
    return CloudMonitor(muster, request.param)


@pytest.fixture
def metric(name):
    return name("load").replace("-", "_")


@pytest.fixture
def account(muster):
    return muster.credentials["account_id"]


@pytest.fixture
def namespace(account):
    return f"acs_customMetric_{account}"


def now_ms():
    return int(time.time() * 1000)


def item(metric, value, at=None, dimensions=None, group="0", **more):
    text = None if at is None else str(at)
    values = json.dumps(value if isinstance(value, dict) else {"value": value})
    fields = dict(group_id=group, metric_name=metric, type="0", values=values, time=text)
    dimensions = json.dumps(dimensions or {"host": "a"})
    return models.PutCustomMetricRequestMetricList(dimensions=dimensions, **(fields | more))


def put(monitor, *items):
    for start in range(0, len(items), 100):
        answer = monitor.put_custom_metric(metric_list=list(items[start : start + 100]))
        assert (answer.code, bool(answer.request_id)) == ("200", True)


def points(call, **fields):
    """The datapoints of all pages, in their order."""
    found, token = [], None
    while True:
        answer = call(**fields, **({"next_token": token} if token else {}))
        found += json.loads(answer.datapoints)
        token = getattr(answer, "next_token", None)
        if not token:
            return found


def refused(call, *args, **fields):
    with pytest.raises(Refused) as caught:
        call(*args, **fields)
    return caught.value.status, caught.value.code


def nearest_rank(values, percent):
    return sorted(values)[max(1, math.ceil(len(values) * percent / 100)) - 1]


def expected(samples, period):
    """What samples (instant, value), in the order of their arrival, come to: computed in the plainest way."""
    windows = {}
    for at, value in samples:
        windows.setdefault(at // (period * 1000) * period * 1000, []).append((at, value))
    figures = {}
    for start, inside in windows.items():
        values = [value for _, value in inside]
        latest = max(at for at, _ in inside)
        figures[start] = {
            "Average": math.fsum(values) / len(values),
            "Maximum": max(values),
            "Minimum": min(values),
            "Sum": math.fsum(values),
            "SampleCount": len(values),
            "SumPerSecond": math.fsum(values) / period,
            "CountPerSecond": len(values) / period,
            # Of several at the latest instant any may count here; which one is the server's to say.
            "LastValue": [value for at, value in inside if at == latest],
            **{f"P{percent}": nearest_rank(values, percent) for percent in PERCENTS},
        }
    return figures


def test_random_values_in_random_order_come_to_what_was_computed_independently(monitor, metric, namespace, account):
    draw = random.Random(metric)
    end = now_ms()
    samples = {"a": [], "b": []}
    items = []
    for _ in range(600):
        host = draw.choice("ab")
        # Few instants, so that many values share one.
        at = end - draw.randrange(900) * 2000
        value = round(draw.uniform(-50, 1000), draw.choice((0, 2, 9)))
        pairs = [("host", host), ("zone", "z")]
        draw.shuffle(pairs)
        items.append(item(metric, value, at, dict(pairs), group="42"))
        samples[host].append((at, value))
    put(monitor, *items)
    start = end - HOUR_MS
    for period in (15, 60, 300, 900, 3600):
        for length in (7, 1440):
            found = points(
                monitor.describe_metric_list,
                namespace=namespace,
                metric_name=metric,
                period=str(period),
                start_time=str(start - HOUR_MS),
                end_time=str(end),
                length=str(length),
            )
            assert found == sorted(found, key=lambda point: (point["timestamp"], point["dimension"]))
            for host, told in samples.items():
                wanted = expected(told, period)
                mine = {point["timestamp"]: point for point in found if f"host={host}" in point["dimension"]}
                assert mine.keys() == wanted.keys()
                for at, figures in wanted.items():
                    point = mine[at]
                    assert (point["userId"], point["groupId"], point["dimension"]) == (account, "42", f"host={host}&zone=z")
                    assert point["LastValue"] in figures.pop("LastValue")
                    for name, figure in figures.items():
                        assert point[name] == pytest.approx(figure, rel=1e-9, abs=1e-9), (period, at, name)


def test_dimensions_are_named_in_the_pushed_and_in_the_stored_form(monitor, metric, namespace, account):
    at = now_ms() // MINUTE_MS * MINUTE_MS
    put(monitor, *(item(metric, value, at, {"host": host, "zone": zone}, group) for host, zone, group, value in [
        ("a", "x", "0", 1), ("b", "x", "0", 2), ("a", "y", "7", 4)
    ]))

    def sums(dimensions):
        text = dimensions if isinstance(dimensions, str) else json.dumps(dimensions)
        fields = dict(namespace=namespace, metric_name=metric, dimensions=text)
        return sorted(point["Sum"] for point in points(monitor.describe_metric_last, **fields))

    assert sums({"groupId": "0", "dimension": "host=a&zone=x"}) == [1]
    assert sums({"groupId": "0", "dimension": "zone=x&host=a"}) == [1]
    assert sums({"host": "a"}) == [1, 4]
    assert sums({"host": "a", "zone": "y"}) == [4]
    assert sums({"groupId": "7"}) == [4]
    assert sums([{"host": "b"}, {"groupId": "7"}]) == [2, 4]
    assert sums({"userId": account}) == [1, 2, 4]
    assert sums("zone:x") == [1, 2]
    assert sums({"host": "c"}) == sums({"groupId": "7", "dimension": "host=a&zone=x"}) == []
    # Joined: all of them, or by the value of a pushed pair.
    fields = dict(namespace=namespace, metric_name=metric, start_time=str(at - HOUR_MS), end_time=str(at))
    (joined,) = points(monitor.describe_metric_data, **fields)
    assert (joined["Sum"], joined["Maximum"], joined["SampleCount"], joined["timestamp"]) == (7, 4, 3, at)
    by_zone = points(monitor.describe_metric_data, express='{"groupby":["userId","zone"]}', **fields)
    assert [(point["zone"], point["Sum"]) for point in by_zone] == [("x", 3), ("y", 4)]
    (latest,) = points(monitor.describe_metric_data, namespace=namespace, metric_name=metric)
    assert latest["Sum"] == 7


def test_summaries_are_shown_as_they_were_told(monitor, metric, namespace):
    hour = now_ms() // HOUR_MS * HOUR_MS - HOUR_MS
    told = {"Average": 10.5, "Maximum": 12, "Minimum": 9, "Sum": 42, "SampleCount": 4, "LastValue": 11, "P50": 10, "P99": 12}
    put(
        monitor,
        item(metric, told, hour + 10_000, type="1", period="60"),
        item(metric, {"Sum": 8, "SampleCount": 2, "Maximum": 6, "Minimum": 2}, hour + MINUTE_MS, type="1", period="60"),
        item(metric, {"Sum": 100, "SampleCount": 50, "Maximum": 99}, hour + 5 * MINUTE_MS, type="1", period="300"),
    )

    def listed(period):
        fields = dict(namespace=namespace, metric_name=metric, start_time=str(hour - 1), end_time=str(hour + HOUR_MS - 1))
        return points(monitor.describe_metric_list, period=str(period), **fields)

    first, second = listed(60)
    assert {name: first[name] for name in told} == told
    assert first["SumPerSecond"] == pytest.approx(0.7)
    assert (second["Average"], second["Maximum"], "P50" in second) == (4, 6, False)
    minutes, five = listed(300)
    assert (minutes["Sum"], minutes["SampleCount"], minutes["Maximum"], minutes["Minimum"]) == (50, 6, 12, 2)
    assert (five["Sum"], five["SampleCount"], five["timestamp"]) == (100, 50, hour + 5 * MINUTE_MS)
    (whole,) = listed(3600)
    assert (whole["Sum"], whole["SampleCount"]) == (150, 56)


def test_one_bad_item_stores_nothing(monitor, metric, namespace):
    now = now_ms()
    bad = [
        dict(value="NaN"),
        dict(value={"value": float("nan")}),
        dict(value={"value": float("inf")}),
        dict(value={"value": 1e300}),
        dict(value={"val": 1}),
        dict(value=1, at=now + 11 * MINUTE_MS),
        dict(value=1, at=now - 8 * 24 * HOUR_MS),
        dict(value=1, at="soon"),
        dict(value=1, type="3"),
        dict(value=1, dimensions={"a": "b&c"}),
        dict(value={"Sum": 1}, type="1", period="61"),
    ]
    for fields in bad:
        with pytest.raises(Refused) as caught:
            put(monitor, item(metric, 1), item(metric, **fields))
        assert (caught.value.status, caught.value.code) == (400, "InvalidParameterValue"), fields
        assert "MetricList.2." in caught.value.message
    assert refused(put, monitor, item(metric, 1), item("", 1)) == (400, "MissingMetricList.2.MetricName")
    assert refused(monitor.put_custom_metric, metric_list=[item(metric, 1)] * 101) == (400, "InvalidParameterValue")
    assert points(monitor.describe_metric_last, namespace=namespace, metric_name=metric) == []


def test_every_spelling_of_time(monitor, metric, namespace):
    at = now_ms() // HOUR_MS * HOUR_MS - HOUR_MS
    moment = datetime.fromtimestamp(at / 1000, timezone.utc)
    east = datetime.fromtimestamp(at / 1000 + 8 * 3600, timezone.utc)
    put(monitor, item(metric, 1, at), item(metric, 2, east.strftime("%Y%m%dT%H%M%S.000+0800")))
    spellings = [
        str(at),
        str(at // 1000),
        moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
        east.strftime("%Y-%m-%d %H:%M:%S"),
    ]
    fields = dict(namespace=namespace, metric_name=metric)
    for text in spellings:
        (point,) = points(monitor.describe_metric_list, start_time=str(at - 1), end_time=text, **fields)
        assert (point["timestamp"], point["Sum"]) == (at, 3), text
        # The range is open on the left.
        assert points(monitor.describe_metric_list, start_time=text, end_time=str(at + HOUR_MS), **fields) == []
    for start, end in [(at, at), (at + 1, at), (at - 32 * 24 * HOUR_MS, at), ("soon", at)]:
        span = dict(start_time=str(start), end_time=str(end))
        assert refused(monitor.describe_metric_list, **span, **fields) == (400, "InvalidParameterValue")


def test_the_last_points_and_the_top(monitor, metric, namespace):
    at = now_ms() // MINUTE_MS * MINUTE_MS - 5 * MINUTE_MS
    for place, value in enumerate((5, 1, 9, 7)):
        put(monitor, item(metric, value + 100, at - MINUTE_MS, {"host": f"h{place}"}), item(metric, value, at, {"host": f"h{place}"}))
    fields = dict(namespace=namespace, metric_name=metric)
    last = points(monitor.describe_metric_last, **fields)
    assert [(point["timestamp"], point["Average"]) for point in last] == [(at, 5), (at, 1), (at, 9), (at, 7)]
    assert points(monitor.describe_metric_last, length="3", **fields) == last
    answer = monitor.describe_metric_last(**fields)
    assert (answer.code, answer.success, answer.period, answer.next_token) == ("200", True, "60", None)

    def top(**more):
        answer = monitor.describe_metric_top(orderby="Average", **fields, **more)
        assert (answer.code, answer.period) == ("200", "60")
        ranked = json.loads(answer.datapoints)
        assert [point["order"] for point in ranked] == list(range(1, len(ranked) + 1))
        return [point["Average"] for point in ranked]

    assert top() == [9, 7, 5, 1]
    assert top(order_desc="False", length="2") == [9, 7]
    assert top(order_desc="True", length="2") == [1, 5]
    assert refused(monitor.describe_metric_top, orderby="Mean", **fields) == (400, "InvalidParameterValue")


def test_an_export_reads_everything_once(monitor, metric, namespace, account):
    end = now_ms() // MINUTE_MS * MINUTE_MS
    put(monitor, *(item(metric, place, end - place * MINUTE_MS, {"host": f"h{place % 3}"}) for place in range(30)))
    of = dict(namespace=namespace, metric=metric)
    asked = dict(period=60, start_time=str(end - HOUR_MS), end_time=str(end), **of)
    answer = monitor.cursor(**asked)
    assert (answer.code, answer.success) == (200, True)
    cursor, exported = answer.cursor, []
    while cursor:
        answer = monitor.batch_export(cursor=cursor, length=7, measurements=["Sum", "SampleCount"], **of)
        assert (answer.code, answer.success, answer.has_next) == (200, True, answer.cursor is not None)
        assert answer.length == len(answer.data_results) <= 7
        exported += answer.data_results
        cursor = answer.cursor
    assert [result.timestamp for result in exported] == [end - place * MINUTE_MS for place in range(29, -1, -1)]
    assert [result.measurements for result in exported] == [{"Sum": place, "SampleCount": 1} for place in range(29, -1, -1)]
    first = exported[0]
    assert (first.namespace, first.metric, first.period, first.log_time, first.associated) == (namespace, metric, 60, None, {})
    labels = {dimension.label: dimension.value for dimension in first.dimensions}
    assert labels == {"userId": account, "groupId": "0", "dimension": "host=h2"}
    matcher = models.Matcher(label="host", operator="EQUALS", value="h1")
    cursor = monitor.cursor(matchers=[matcher], **asked).cursor
    answer = monitor.batch_export(cursor=cursor, length=10_000, **of)
    assert [result.timestamp for result in answer.data_results] == [end - place * MINUTE_MS for place in range(28, -1, -3)]
    assert answer.data_results[0].measurements["P99"] == 28
    # Without an end it goes on for ever.
    open_end = monitor.cursor(**{name: value for name, value in asked.items() if name != "end_time"}).cursor
    answer = monitor.batch_export(cursor=open_end, length=10_000, **of)
    assert (answer.has_next, len(answer.data_results) >= 29) == (True, True)
    for bad in (dict(cursor="e30"), dict(length=0), dict(measurements=["Mean"]), dict(metric="other")):
        fields = dict(cursor=cursor, length=10, **of) | bad
        assert refused(monitor.batch_export, **fields) == (400, "InvalidParameterValue"), bad
    assert refused(monitor.cursor, **(asked | dict(end_time=asked["start_time"]))) == (400, "InvalidParameterValue")


def test_pushed_metrics_are_listed_and_deleted(monitor, metric, namespace):
    hosts = [f"h{place}" for place in range(5)]
    put(monitor, *(item(metric, 1, None, {"host": host, "zone": "z"}, group="9") for host in hosts))

    def listed(**fields):
        answer = monitor.describe_custom_metric_list(**({"metric_name": metric, "page_size": "100"} | fields))
        assert answer.code == "200"
        return json.loads(answer.result)

    whole = listed()
    assert (whole["all"], whole["size"], whole["page"], len(whole["list"])) == (5, 100, 1, 5)
    assert json.loads(whole["param"]["metric"])["project"] == namespace
    assert {(entry["groupId"], entry["metricName"]) for entry in whole["list"]} == {("9", metric)}
    assert [entry["dimension"] for entry in whole["list"]] == [f"host={host}&zone=z" for host in hosts]
    paged = [entry for page in (1, 2, 3) for entry in listed(page_size="2", page_number=str(page))["list"]]
    assert paged == whole["list"]
    second = whole["list"][1]
    assert listed(md_5=second["md5"])["list"] == listed(dimension="zone=z&host=h1")["list"] == [second]
    assert listed(group_id="8")["all"] == 0
    monitor.delete_custom_metric(group_id="9", metric_name=metric, md_5=second["md5"])
    assert [entry["dimension"] for entry in listed()["list"]] == [f"host={host}&zone=z" for host in hosts if host != "h1"]
    last = points(monitor.describe_metric_last, namespace=namespace, metric_name=metric)
    assert len(last) == 4
    assert refused(monitor.delete_custom_metric, group_id="9", metric_name=metric, md_5=second["md5"]) == (404, "ResourceNotFound")
    assert refused(monitor.delete_custom_metric, group_id="8", metric_name=metric) == (404, "ResourceNotFound")
    monitor.delete_custom_metric(group_id="9", metric_name=metric)
    assert listed()["all"] == 0
    # What is pushed again begins anew.
    put(monitor, item(metric, 7, None, {"host": "h0", "zone": "z"}, group="9"))
    (point,) = points(monitor.describe_metric_last, namespace=namespace, metric_name=metric)
    assert (point["Sum"], point["SampleCount"]) == (7, 1)


def test_metrics_and_namespaces_are_described(monitor, metric, namespace):
    put(monitor, item(metric, 1))

    def described(**fields):
        answer = monitor.describe_metric_meta_list(**fields)
        assert (answer.code, answer.success) == ("200", True)
        return int(answer.total_count), answer.resources.resource

    total, (found,) = described(namespace=namespace, metric_name=metric)
    assert (total, found.metric_name, found.dimensions) == (1, metric, "userId,dimension,groupId")
    assert "60" in found.periods.split(",") and "P95" in found.statistics.split(",")
    _, (known,) = described(namespace="acs_ecs_dashboard", metric_name="CPUUtilization")
    assert (known.unit, known.dimensions) == ("%", "userId,instanceId")
    assert {"name": "product", "value": "ECS"} in json.loads(known.labels)
    total, ecs = described(labels='[{"name":"product","value":"ECS"}]', page_size=100)
    assert total == len(ecs) and {entry.namespace for entry in ecs} == {"acs_ecs_dashboard"}
    _, page = described(page_size=2, page_number=2)
    _, both = described(page_size=4)
    assert [entry.to_map() for entry in page] == [entry.to_map() for entry in both[2:]]
    assert described(namespace="acs_nothing") == (0, [])
    projects = monitor.describe_project_meta(page_size=100)
    assert (projects.success, projects.page_number, projects.page_size) == (True, "1", "100")
    namespaces = [project.namespace for project in projects.resources.resource]
    assert int(projects.total) == len(namespaces) == len(set(namespaces))
    assert {namespace, "acs_ecs_dashboard", "MUSTER.JOBS", "MUSTER.SERVER"} <= set(namespaces)


def test_the_servers_own_series_are_readable(monitor):
    def load():
        return points(monitor.describe_metric_last, namespace="MUSTER.SERVER", metric_name="metric_series")

    point = eventually(load, "the server's report of itself")[0]
    assert point["Average"] >= 0 and point["node"] and point["userId"]


def test_nothing_is_seen_of_another_account(muster, monitor, metric, namespace, name):
    put(monitor, item(metric, 1))
    account = name("tenant")
    muster.cli("account", "create", account)
    key = muster.cli_json("access-key", "create", "--account", account)
    theirs = CloudMonitor(muster, "v3", Key(key["id"], key["secret"]))
    fields = dict(namespace=namespace, metric_name=metric)
    assert points(theirs.describe_metric_last, **fields) == []
    assert theirs.describe_metric_meta_list(**fields).total_count == "0"
    assert json.loads(theirs.describe_custom_metric_list(metric_name=metric).result)["all"] == 0
    assert refused(theirs.delete_custom_metric, group_id="0", metric_name=metric) == (404, "ResourceNotFound")
    assert len(points(monitor.describe_metric_last, **fields)) == 1


def test_an_unknown_metric_has_no_points(monitor, namespace):
    fields = dict(namespace=namespace, metric_name="nobody_reports_this")
    answer = monitor.describe_metric_list(**fields)
    assert (answer.code, answer.success, answer.datapoints, answer.period) == ("200", True, "[]", "60")
    assert monitor.describe_metric_data(**fields).datapoints == "[]"


def test_a_kill_loses_nothing_that_was_answered(start_muster):
    server = start_muster()
    monitor = CloudMonitor(server)
    of = dict(namespace=f"acs_customMetric_{server.credentials['account_id']}", metric_name="load")
    at = now_ms() // MINUTE_MS * MINUTE_MS
    for turn in range(3):
        put(monitor, *(item("load", 1, at) for _ in range(50)))
        put(monitor, item("load", {"Sum": turn, "SampleCount": 1}, at, {"host": "b"}, type="1", period="60"))
        server.kill()
        server.start()
        monitor = CloudMonitor(server)
        values, told = points(monitor.describe_metric_last, **of)
        assert (values["SampleCount"], values["P50"], told["Sum"]) == (50 * (turn + 1), 1, turn)
