"""SchedulerX's calendars and overviews through the official Python client."""

import datetime
import json
import time

import pytest
from alibaba import Refused, SchedulerX


@pytest.fixture
def client(muster):
    return SchedulerX(muster)


def days(*months):
    return json.dumps([{"month": month, "days": list(of_month)} for month, of_month in months])


def read(client, **fields):
    return client.read_schedulerx_calendar(**fields).data


def test_the_life_of_a_calendar(client, name):
    shop = name("shop")
    made = client.create_schedulerx_calendar(calendar_name=shop, year=2027, month_days_content=days((1, [4, 5]), (2, [1])))
    assert (made.success, made.code) == (True, 200)
    assert client.create_schedulerx_calendar(calendar_name=shop, year=2027, month_days_content="[]").code == -10103
    plain = read(client, calendar_name=shop)
    assert [(row.calendar_name, row.year, row.system_calendar) for row in plain.records] == [(shop, 2027, False)]
    assert plain.records[0].month_days_content is None and plain.records[0].creator
    assert (plain.total, plain.max_results, plain.next_token) == (1, 20, "")

    def content():
        [row] = read(client, calendar_name=shop, year=2027, fetch_calendar_detail=True).records
        return json.loads(row.month_days_content)

    change = {"calendar_name": shop, "year": 2027, "month_days_content": days((2, [2]))}
    assert client.manage_schedulerx_calendar(incremental=True, **change).success
    assert content() == [{"month": 1, "days": [4, 5]}, {"month": 2, "days": [2]}]
    assert client.manage_schedulerx_calendar(**change).success
    assert content() == [{"month": 2, "days": [2]}]
    assert client.delete_schedulerx_calendar(calendar_name=shop, year=2027).success
    assert read(client, calendar_name=shop).records == []


def test_what_calendars_refuse(client, name):
    shop = name("shop")
    for content in ("x", "{}", '[{"month":13,"days":[1]}]', days((2, [30]))):
        answer = client.create_schedulerx_calendar(calendar_name=shop, year=2027, month_days_content=content)
        assert (answer.success, answer.code) == (False, -10102), content
    for bad in ({"year": 1900}, {"calendar_name": "x" * 46}):
        fields = {"calendar_name": shop, "year": 2027, "month_days_content": "[]"} | bad
        assert client.create_schedulerx_calendar(**fields).code == -10101, bad
    for taken in ("workday", "finance", "工作日"):
        answer = client.create_schedulerx_calendar(calendar_name=taken, year=2027, month_days_content="[]")
        assert answer.code == -10103
    assert client.manage_schedulerx_calendar(calendar_name=shop, year=2027, month_days_content="[]").code == -10301
    assert client.delete_schedulerx_calendar(calendar_name=shop, year=2027).code == -10301
    with pytest.raises(Refused) as refused:
        client.create_schedulerx_calendar(calendar_name=shop, month_days_content="[]")
    assert (refused.value.status, refused.value.code) == (400, "MissingYear")


def test_a_calendar_in_use_stays(client, name):
    shop, namespace = name("shop"), client.create_namespace(name=name("stage")).data.namespace_uid
    group = {"namespace": namespace, "group_id": name("jobs")}
    assert client.create_app_group(app_name="jobs", **group).success
    assert client.create_schedulerx_calendar(calendar_name=shop, year=2027, month_days_content="[]").success
    job = {"name": "j", "job_type": "java", "execute_mode": "standalone", "class_name": "a.B", "time_type": 1}
    job |= {"time_expression": "0 0 9 * * ?", **group}
    assert client.create_job(calendar="no such", **job).code == -10104
    made = client.create_job(calendar=shop, **job)
    assert made.success, made
    assert client.delete_schedulerx_calendar(calendar_name=shop, year=2027).code == -10106
    assert client.delete_job(job_id=made.data.job_id, **group).success
    assert client.delete_schedulerx_calendar(calendar_name=shop, year=2027).success


def test_pages_of_calendars(client, name):
    shop = name("shop")
    for year in range(2030, 2035):
        assert client.create_schedulerx_calendar(calendar_name=shop, year=year, month_days_content="[]").success
    years, token, pages = [], None, 0
    while token != "":
        page = read(client, calendar_name=shop, max_results=2, **({"next_token": token} if token else {}))
        years += [row.year for row in page.records]
        assert (page.total, page.max_results) == (5, 2)
        token, pages = page.next_token, pages + 1
    assert (years, pages) == ([2030, 2031, 2032, 2033, 2034], 3)


def test_system_calendars(client):
    year = datetime.datetime.now(datetime.UTC).year
    assert all(not row.system_calendar for row in read(client, max_results=100).records)
    fields = {"fetch_system_calendar": True, "fetch_calendar_detail": True, "year": year + 3}
    rows = [row for row in read(client, **fields).records if row.system_calendar]
    assert [row.calendar_name for row in rows] == ["workday", "finance"]
    for row in rows:
        for month in json.loads(row.month_days_content):
            assert all(datetime.date(year + 3, month["month"], day).weekday() < 5 for day in month["days"])
    [workday] = read(client, calendar_name="工作日", **fields).records
    assert workday.calendar_name == "workday"


def test_overview(client, name):
    namespace = client.create_namespace(name=name("stage")).data.namespace_uid
    group = {"namespace": namespace, "group_id": name("jobs")}
    assert client.create_app_group(app_name="jobs", **group).success
    job = {"name": "j", "job_type": "java", "execute_mode": "standalone", "class_name": "a.B", "time_type": 100, **group}
    first = client.create_job(**job).data.job_id
    assert client.create_job(status=0, **job).success
    start = int(time.time()) - 60

    def overview(operate, metric_type, **fields):
        answer = client.get_overview(operate=operate, metric_type=metric_type, **({"start_time": start} | group | fields))
        assert answer.success is True and isinstance(answer.data, str), answer
        return json.loads(answer.data)

    counted = {"jobTotal": 2, "jobEnabled": 1, "jobDisabled": 1, "appTotal": 1, "workerOnline": 0, "instanceRunning": 0}
    assert overview("query", 0) == counted
    assert overview("query", 1) == {"trigger": 0, "success": 0, "failed": 0}
    run = client.execute_job(job_id=first, **group).data.job_instance_id
    # It has no worker: either this ends it, or it has just failed by itself.
    assert client.stop_instance(job_id=first, instance_id=run, **group).code in (200, -10202)
    assert overview("query", 1) == {"trigger": 1, "success": 0, "failed": 1}
    series = overview("query_range", 1, end_time=start + 600)
    assert sum(count for _, count in series["trigger"]) == sum(count for _, count in series["failed"]) == 1
    minutes = [minute for minute, _ in series["success"]]
    assert minutes == list(range(start // 60 * 60, (start + 600) // 60 * 60 + 60, 60))

    refused = {"operate": "query", "metric_type": 1, "start_time": start, **group}
    for bad in ({"operate": "count"}, {"metric_type": 2}, {"start_time": start - 16 * 86400}, {"end_time": start - 1}):
        assert client.get_overview(**(refused | bad)).code == -10101, bad
    assert client.get_overview(**(refused | {"namespace": "no such"})).code == -10001
    assert client.update_app_group(app_version=1, **group).success
    assert client.get_overview(**refused).code == -10107
