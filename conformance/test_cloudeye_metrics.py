"""Cloud Eye's metric data through the official Python SDK, V1.0 and v2 over one store."""

import math
import random
import time

import pytest
from huaweicloudsdkces.v1 import model as m1
from huaweicloudsdkces.v2 import model as m2

from alibaba import SchedulerX
from conftest import unique
from huawei import Plain, ces_v1, ces_v2, refused

MINUTE = 60_000
DAY = 24 * 60 * MINUTE
FILTERS = ["average", "variance", "min", "max", "sum"]


@pytest.fixture
def v1(muster):
    return ces_v1(muster)


@pytest.fixture
def v2(muster):
    return ces_v2(muster)


@pytest.fixture
def plain(muster):
    return Plain(muster)


@pytest.fixture
def namespace(name):
    return "MINE." + name()


def now():
    return int(time.time() * 1000)


def dimensions(**pairs):
    return [m1.MetricsDimension(name=name, value=value) for name, value in pairs.items()]


def item(namespace, metric, at, value, unit="%", kind=None, ttl=172800, **pairs):
    return m1.CreateMetricDataRequestBody(
        metric=m1.MetricInfo(namespace=namespace, metric_name=metric, dimensions=dimensions(**pairs)),
        ttl=ttl,
        collect_time=at,
        value=value,
        unit=unit,
        type=kind,
    )


def put(v1, *items):
    answer = v1.create_metric_data(m1.CreateMetricDataRequest(body=list(items)))
    assert answer.status_code == 201


def show(v1, namespace, metric, dims, period, filter="average", start=None, end=None):
    end = end or now() + 10 * MINUTE
    request = m1.ShowMetricDataRequest(
        namespace=namespace, metric_name=metric, filter=filter, period=period, _from=start or end - DAY, to=end
    )
    for place, (name, value) in enumerate(dims.items()):
        setattr(request, f"dim_{place}", f"{name},{value}")
    answer = v1.show_metric_data(request)
    assert answer.metric_name == metric
    return answer.datapoints


def metrics(v1, **filters):
    return v1.list_metrics(m1.ListMetricsRequest(**filters))


def names(answer):
    return [
        (metric.metric_name, {dimension.name: dimension.value for dimension in metric.dimensions})
        for metric in answer.metrics
    ]


def cut(value):
    """After two decimals; what a double cannot tell from a shorter decimal is that decimal."""
    value = float(f"{value:.14e}")
    return math.trunc(value * 100 + math.copysign(1e-6, value)) / 100


# In and out


def test_samples_are_read_back(v1, namespace):
    at = now() // 1000 * 1000 - MINUTE
    put(v1, item(namespace, "load", at, 35.789, host="a"), item(namespace, "load", at + 1000, -2, host="a"))
    points = show(v1, namespace, "load", {"host": "a"}, 1)
    assert [(point.timestamp, point.average, point.unit) for point in points] == [(at, 35.789, "%"), (at + 1000, -2, "%")]
    assert [point.max for point in points] == [None, None], "a point holds what was asked and nothing else"
    put(v1, item(namespace, "load", at, 7, host="a"))
    assert [point.max for point in show(v1, namespace, "load", {"host": "a"}, 1, "max")] == [7, -2], "the last value wins"
    assert show(v1, namespace, "load", {"host": "b"}, 1) == []
    assert show(v1, namespace, "load", {"host": "a", "zone": "1"}, 1) == [], "dimensions are compared as whole sets"


def test_dimensions_have_no_order(v1, namespace):
    at = now() - MINUTE
    put(v1, item(namespace, "load", at, 1, b="2", a="1,x:y"))
    put(v1, item(namespace, "load", at + 1, 2, a="1,x:y", b="2"))
    assert len(show(v1, namespace, "load", {"a": "1,x:y", "b": "2"}, 1)) == 2
    assert len(show(v1, namespace, "load", {"b": "2", "a": "1,x:y"}, 1)) == 2
    assert names(metrics(v1, namespace=namespace)) == [("load", {"a": "1,x:y", "b": "2"})]


@pytest.mark.parametrize("kind", ["float", "int"])
def test_windows_agree_with_an_own_computation(v1, namespace, kind):
    draw = random.Random(11)
    end = now() // 1000 * 1000
    samples = {}
    for _ in range(60):
        at = end - draw.randrange(0, 9 * 60) * 1000
        samples[at] = draw.randrange(-500, 5000) if kind == "int" else draw.randrange(-50_000, 500_000) / 1000
    shuffled = list(samples.items())
    draw.shuffle(shuffled)
    put(v1, *(item(namespace, "load", at, value, kind=kind, host="a") for at, value in shuffled))
    for period in (60, 300, 1200, 3600, 14400, 86400):
        windows = {}
        for at, value in samples.items():
            windows.setdefault(at // (period * 1000) * period * 1000, []).append(value)
        for filter in FILTERS:
            expected = {}
            for start, values in windows.items():
                mean = sum(values) / len(values)
                exact = {
                    "average": mean,
                    "variance": sum((value - mean) ** 2 for value in values) / len(values),
                    "min": min(values),
                    "max": max(values),
                    "sum": sum(values),
                }[filter]
                expected[start] = math.trunc(float(f"{exact:.12e}")) if kind == "int" else exact
            points = show(v1, namespace, "load", {"host": "a"}, period, filter)
            assert [point.timestamp for point in points] == sorted(expected)
            for point in points:
                shown, exact = getattr(point, filter), expected[point.timestamp]
                if kind == "int":
                    assert shown == exact, (period, filter)
                else:
                    # Cut, not rounded: never further from nothing, and less than a hundredth away.
                    assert abs(shown - cut(exact)) < 0.0101 and abs(shown) <= abs(exact) + 1e-6, (period, filter)
                    assert round(shown, 2) == shown


def test_integers_are_cut(v1, namespace):
    start = now() // 300_000 * 300_000
    put(v1, *(item(namespace, "jobs", start + place, value, kind="int", host="a") for place, value in enumerate([1, 4])))
    assert [point.average for point in show(v1, namespace, "jobs", {"host": "a"}, 300)] == [2]


def test_a_window_begins_at_a_multiple_of_its_period(v1, namespace):
    at = now() - MINUTE
    put(v1, item(namespace, "load", at, 5, host="a"))
    floor = at // 300_000 * 300_000
    points = show(v1, namespace, "load", {"host": "a"}, 300, start=at - 1, end=at + 1)
    assert [point.timestamp for point in points] == [floor]
    assert show(v1, namespace, "load", {"host": "a"}, 300, start=floor + 300_000, end=floor + 600_000) == []


def test_what_comes_late_is_no_part_of_windows(v1, namespace):
    put(v1, item(namespace, "load", now() - 11 * MINUTE, 5, host="a"))
    assert len(show(v1, namespace, "load", {"host": "a"}, 1)) == 1
    assert show(v1, namespace, "load", {"host": "a"}, 300) == []


def test_a_sample_is_shown_as_long_as_was_asked(v1, namespace):
    put(v1, item(namespace, "load", now() - 2 * MINUTE, 5, ttl=60, host="a"))
    put(v1, item(namespace, "load", now() - 1000, 6, ttl=60, host="a"))
    assert [point.average for point in show(v1, namespace, "load", {"host": "a"}, 1)] == [6]


# Many at once


def test_a_batch_answers_every_series_in_the_asked_order(v1, namespace):
    at = now() - MINUTE
    put(v1, *(item(namespace, "load", at, value, host=str(value)) for value in range(20)))
    asked = [str(value) for value in (3, 99, 0, 17)]
    wanted = [
        m1.MetricInfo(namespace=namespace, metric_name="load", dimensions=dimensions(host=host)) for host in asked
    ]
    for period in ("1", "300", "3600"):
        body = m1.BatchListMetricDataRequestBody(
            metrics=wanted, period=period, filter="sum", _from=at - 60 * MINUTE, to=now() + MINUTE
        )
        answer = v1.batch_list_metric_data(m1.BatchListMetricDataRequest(body=body))
        assert [metric.dimensions[0].value for metric in answer.metrics] == asked
        assert [[point.sum for point in metric.datapoints] for metric in answer.metrics] == [[3], [], [0], [17]]
        assert [metric.unit for metric in answer.metrics] == ["%", "", "%", "%"]


def test_a_batch_shows_three_thousand_points(plain, v1, namespace):
    end = now()
    for half in (range(2000), range(2000, 4000)):
        put(v1, *(item(namespace, "load", end - place * 100, place, host="a") for place in half))
    series = {"namespace": namespace, "metric_name": "load", "dimensions": [{"name": "host", "value": "a"}]}
    body = {"metrics": [series], "period": 1, "filter": "max", "from": end - 60 * MINUTE, "to": end}
    points = plain("POST", "/V1.0/{project}/batch-query-metric-data", body).json()["metrics"][0]["datapoints"]
    assert [point["max"] for point in points] == list(range(2999, -1, -1)), "the latest ones"


def test_all_resources_of_a_kind_are_read_page_by_page(v1, v2, namespace):
    at = now() - MINUTE
    expected = set()
    for host in range(7):
        put(v1, *(item(namespace, "load", at + place, host + place, host=str(host)) for place in range(3)))
        expected |= {(str(host), at + place, host + place) for place in range(3)}
    put(v1, item(namespace, "load", at, 1, host="0", disk="sda"), item(namespace, "idle", at, 1, host="0"))
    seen, offset = [], 0
    while True:
        body = m2.BatchListSpecifiedMetricDataRequestBody(
            namespace=namespace, metric_name="load", metric_dimension="host",
            _from=at - MINUTE, to=at + MINUTE, limit=4, offset=offset,
        )  # fmt: skip
        answer = v2.batch_list_specified_metric_data(m2.BatchListSpecifiedMetricDataRequest(body=body))
        assert (answer.namespace, answer.metric_name, answer.metric_dimension) == (namespace, "load", "host")
        if not answer.data_points:
            break
        assert len(answer.data_points) <= 4
        offset += len(answer.data_points)
        seen += [(point.dimensions[0].value, point.timestamp, point.value) for point in answer.data_points]
        assert {point.unit for point in answer.data_points} == {"%"}
        assert all(point.dimensions[0].origin_value == point.dimensions[0].value for point in answer.data_points)
    assert len(seen) == 21 and set(seen) == expected


# Lists


@pytest.mark.parametrize("order", ["asc", "desc"])
def test_metrics_are_listed_page_by_page(v1, namespace, order):
    put(v1, *(item(namespace, "load", now(), 1, host=f"h{place:02}") for place in range(23)))
    seen, marker, pages = [], None, 0
    while marker != "":
        page = metrics(v1, namespace=namespace, start=marker, limit=5, order=order)
        assert (page.meta_data.count, page.meta_data.total) == (len(page.metrics), 23)
        seen += [dims["host"] for _, dims in names(page)]
        marker, pages = page.meta_data.marker, pages + 1
        if pages == 2:
            # A marker survives new series.
            put(v1, item(namespace + "x", "load", now(), 1, host="h00"))
    assert pages == 5 and seen == sorted(seen, reverse=order == "desc") and len(set(seen)) == 23
    first = metrics(v1, namespace=namespace, limit=1).meta_data.marker
    assert first == f"{namespace}.load.host:h00"


def test_metrics_are_filtered(v1, namespace):
    put(
        v1,
        item(namespace, "load", now(), 1, host="a", zone="1"),
        item(namespace, "load", now(), 1, host="b", zone="1"),
        item(namespace, "idle", now(), 1, host="a"),
    )
    assert len(names(metrics(v1, namespace=namespace, metric_name="load"))) == 2
    assert len(names(metrics(v1, namespace=namespace, dim_0="host,a"))) == 2
    assert names(metrics(v1, namespace=namespace, dim_0="zone,1", dim_1="host,b")) == [("load", {"host": "b", "zone": "1"})]
    with refused(400, "ces.0013"):
        metrics(v1, dim_0="host")
    assert names(metrics(v1, namespace="MINE.nothing")) == []


# Who may, and what is refused


def test_namespaces_of_services_need_trust(muster, start_muster, v1):
    for reserved in ("SYS.ECS", "AGT.ECS", "SRE.X", "SERVICE.BMS", "MUSTER.JOBS"):
        with refused(403, "ces.0009"):
            put(v1, item(reserved, "cpu_util", now(), 1, instance_id="i-1"))
    assert metrics(v1, namespace="SYS.ECS").metrics == []
    open_to_all = start_muster(env={"MUSTER_METRICS__TRUSTED_REPORTER": "*"})
    client = ces_v1(open_to_all)
    put(client, item("SYS.ECS", "cpu_util", now(), 1, instance_id="i-1"))
    assert names(metrics(client, namespace="SYS.ECS")) == [("cpu_util", {"instance_id": "i-1"})]
    with refused(403, "ces.0009"):
        put(client, item("MUSTER.JOBS", "runs", now(), 1, host="a"))


def test_a_named_reporter_is_trusted(start_muster):
    server = start_muster(config='[metrics]\ntrusted_reporter = ["somebody/else"]\n')
    own = server.credentials
    with refused(403, "ces.0009"):
        put(ces_v1(server), item("SYS.ECS", "cpu_util", now(), 1, instance_id="i-1"))
    server.stop()
    server.config.write_text(f'[metrics]\ntrusted_reporter = ["{own["account"]}/{own["user"]}"]\n')
    server.start()
    put(ces_v1(server), item("SYS.ECS", "cpu_util", now(), 1, instance_id="i-1"))


def sample(namespace, **changes):
    metric = {"namespace": namespace, "metric_name": "load", "dimensions": [{"name": "host", "value": "a"}]}
    metric |= changes.pop("metric", {})
    return {"metric": metric, "ttl": 60, "collect_time": now(), "value": 1.5} | changes


BAD = {
    "ttl of nothing": {"ttl": 0},
    "ttl too long": {"ttl": 604_801},
    "a word as value": {"value": "1"},
    "a huge value": {"value": 1e200},
    "a unit too long": {"unit": "x" * 33},
    "an unknown type": {"type": "double"},
    "a bad namespace": {"metric": {"namespace": "MINE"}},
    "a bad metric": {"metric": {"metric_name": "a.b"}},
    "no dimensions": {"metric": {"dimensions": []}},
    "five dimensions": {"metric": {"dimensions": [{"name": f"d{place}", "value": "1"} for place in range(5)]}},
    "a dimension twice": {"metric": {"dimensions": [{"name": "d", "value": "1"}, {"name": "d", "value": "2"}]}},
    "an empty dimension": {"metric": {"dimensions": [{"name": "d", "value": ""}]}},
    "a text as time": {"collect_time": "1760000000000"},
}


@pytest.mark.parametrize("case", BAD)
def test_one_bad_sample_refuses_all(plain, v1, namespace, case):
    answer = plain("POST", "/V1.0/{project}/metric-data", [sample(namespace), sample(namespace, **BAD[case])])
    assert answer.status_code == 400, answer.text
    body = answer.json()
    assert body["error_code"] == "ces.0014" and body["message"]["code"] == "ces.0014" and body["http_code"] == 400
    assert metrics(v1, namespace=namespace).metrics == []


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b"[1]", b"[[]]", b"[null]", b'[{"value": NaN}]', b'[{"value": 1e999}]', b"\xff"]
)
def test_bodies_that_are_none(plain, body):
    answer = plain("POST", "/V1.0/{project}/metric-data", body)
    assert answer.status_code == 400 and answer.json()["error_code"] in ("ces.0001", "ces.0014"), answer.text


@pytest.mark.parametrize("field", ["metric", "ttl", "collect_time", "value"])
def test_mandatory_fields(plain, namespace, field):
    bad = sample(namespace)
    del bad[field]
    answer = plain("POST", "/V1.0/{project}/metric-data", [bad])
    assert (answer.status_code, answer.json()["error_code"]) == (400, "ces.0001")


def test_times_far_off_are_refused(v1, namespace):
    put(v1, item(namespace, "load", now() + 9 * MINUTE, 1, host="a"))
    put(v1, item(namespace, "load", now() - 3 * DAY + MINUTE, 1, host="a"))
    for offset in (11 * MINUTE, -3 * DAY - MINUTE, 365 * DAY, -now()):
        with refused(400, "ces.0014"):
            put(v1, item(namespace, "load", now() + offset, 1, host="a"))


def test_a_large_body_is_refused(plain, namespace):
    answer = plain("POST", "/V1.0/{project}/metric-data", [sample(namespace)] * 3600)
    assert answer.status_code == 400, answer.text


@pytest.mark.parametrize(
    "change",
    [
        {"filter": "median"}, {"filter": None}, {"period": "7"}, {"period": "x"}, {"period": None}, {"from": "1"},
        {"from": "9999999999999"}, {"to": None}, {"dim.0": None}, {"dim.0": "host"}, {"namespace": "x"}, {"metric_name": "a.b"},
    ],
)  # fmt: skip
def test_queries_that_are_none(plain, change):
    query = {
        "namespace": "MINE.APP", "metric_name": "load", "dim.0": "host,a", "filter": "average", "period": "300",
        "from": str(now() - DAY), "to": str(now()),
    } | change  # fmt: skip
    query = [(name, value) for name, value in query.items() if value is not None]
    answer = plain("GET", "/V1.0/{project}/metric-data", query=query)
    assert (answer.status_code, answer.json()["error_code"]) == (400, "ces.0013"), answer.text


def test_too_many_series_are_a_clear_refusal(start_muster):
    server = start_muster(config="[quota]\nmetric_series = 10\n")
    client = ces_v1(server)
    put(client, *(item("MINE.APP", "load", now(), 1, host=str(host)) for host in range(10)))
    with refused(400, "ces.0014") as seen:
        put(client, *(item("MINE.APP", "load", now(), 1, host=str(host)) for host in range(5, 11)))
    assert "10" in seen.message and "series" in seen.message
    put(client, item("MINE.APP", "load", now(), 1, host="0"))
    assert metrics(client, namespace="MINE.APP").meta_data.total == 10


def test_projects_do_not_see_each_other(muster, v1, namespace):
    put(v1, item(namespace, "load", now(), 1, host="a"))
    account = muster.cli_json("account", "create", unique("acct"))
    made = muster.cli_json("access-key", "create", "--account", account["name"])
    key = (made["id"], made["secret"])
    other = ces_v1(muster, key=key, project_id=account["project_id"])
    assert metrics(other, namespace=namespace).metrics == []
    assert show(other, namespace, "load", {"host": "a"}, 1) == []
    stranger = ces_v1(muster, key=key)
    with refused(403):
        metrics(stranger, namespace=namespace)


# What the server says of itself


def reported(v1, namespace):
    """The metrics of a namespace, as soon as there are any."""
    deadline = time.monotonic() + 90
    while not (found := names(metrics(v1, namespace=namespace))):
        assert time.monotonic() < deadline, f"nothing was reported for {namespace}"
        time.sleep(0.1)
    return found


def test_the_server_reports_itself(start_muster):
    server = start_muster()
    jobs = SchedulerX(server)
    namespace = jobs.create_namespace(name="night").data.namespace_uid
    where = {"namespace": namespace, "group_id": "night.shift"}
    assert jobs.create_app_group(app_name="shift", **where).success
    job = {"name": "tidy", "job_type": "java", "execute_mode": "standalone", "time_type": 100, "class_name": "a.B"}
    assert jobs.create_job(**where, **job).success
    account = server.cli_json("account", "create", unique("acct"))
    key = server.cli_json("access-key", "create", "--account", account["name"])
    # The first report comes with the start.
    server.stop()
    server.start()
    client = ces_v1(server)
    assert {"metric_series", "sample_memory"} <= {metric for metric, _ in reported(client, "MUSTER.SERVER")}
    of_jobs = reported(client, "MUSTER.JOBS")
    assert {metric for metric, _ in of_jobs} >= {"waiting_runs", "running_runs", "failed_runs", "succeeded_runs"}
    dims_of_group = {"app_group": "night.shift", "namespace": namespace}
    assert all(dims == dims_of_group for _, dims in of_jobs)
    points = show(client, "MUSTER.JOBS", "running_runs", dims_of_group, 1)
    assert [point.average for point in points] == [0] and points[0].timestamp % MINUTE == 0
    stranger = ces_v1(server, key=(key["id"], key["secret"]), project_id=account["project_id"])
    assert metrics(stranger).metrics == [], "nobody sees what others do"


# Crashes


def test_no_acknowledged_sample_is_lost(start_muster):
    server = start_muster()
    total = 0
    for crash in range(4):
        client = ces_v1(server)
        base = now() - 9 * MINUTE
        for call in range(25):
            put(client, *(item("MINE.APP", "load", base + crash * 1000 + call, call, host=str(host)) for host in range(5)))
        total += 25
        server.kill()
        server.start()
        client = ces_v1(server)
        for host in range(5):
            assert len(show(client, "MINE.APP", "load", {"host": str(host)}, 1)) == total
        (window,) = {sum(point.sum for point in show(client, "MINE.APP", "load", {"host": "0"}, 86400, "sum"))}
        assert window == sum(range(25)) * (crash + 1)
    assert metrics(ces_v1(server), namespace="MINE.APP").meta_data.total == 5
    backup = server.data.with_name("backup")
    server.cli("store", "check")
    if server.database is None:
        server.cli("store", "backup", str(backup))
        server.stop()
        copy = start_muster()
        copy.stop()
        restored = copy.data.with_name("restored")
        copy.data = restored
        copy.cli("store", "restore", str(backup))
        copy.start()
        assert len(show(ces_v1(copy), "MINE.APP", "load", {"host": "3"}, 1)) == total
