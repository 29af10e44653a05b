"""SchedulerX's jobs through the official Python client."""

import pytest
from alibaba import Key, SchedulerX


@pytest.fixture
def client(muster):
    return SchedulerX(muster)


@pytest.fixture
def group(client, name):
    namespace = client.create_namespace(name=name("stage")).data.namespace_uid
    where = {"namespace": namespace, "group_id": name("jobs")}
    assert client.create_app_group(app_name="jobs", **where).success
    return where


def create(client, group, **fields):
    plain = {"name": "night", "job_type": "java", "execute_mode": "standalone", "time_type": 100, "class_name": "a.B"}
    answer = client.create_job(**{**group, **plain, **fields})
    assert answer.success is True, answer
    return answer.data.job_id


def info(client, group, job):
    return client.get_job_info(job_id=job, **group).data.job_config_info


def test_the_life_of_a_job(client, group):
    job = create(client, group, priority=10, fail_enable=True)
    made = info(client, group, job)
    assert (made.job_id, made.status, made.max_concurrency, made.time_config.time_type) == (job, 1, "1", 100)
    assert made.job_monitor_info.monitor_config.fail_enable is True and made.map_task_xattrs is None
    assert client.update_job(job_id=job, time_type=1, time_expression="0 0 3 * * ?", **group).success
    assert info(client, group, job).time_config.time_expression == "0 0 3 * * ?"
    assert client.disable_job(job_id=job, **group).success
    listed = client.list_jobs(status="0", **group).data
    assert (listed.total, listed.page_number, [row.job_id for row in listed.jobs]) == (1, 1, [job])
    assert client.execute_job(job_id=job, check_job_status=True, **group).code == -10202
    assert client.execute_job(job_id=job, **group).data.job_instance_id > 0
    assert client.delete_job(job_id=job, **group).success
    assert client.get_job_info(job_id=job, **group).code == -10003


def test_many_jobs_at_once(client, group):
    jobs = [create(client, group, name=f"j{number}") for number in range(3)]
    assert client.batch_disable_jobs(job_id_list=jobs, **group).success
    assert {info(client, group, job).status for job in jobs} == {0}
    assert client.batch_enable_jobs(job_id_list=[*jobs, 1], **group).code == -10209
    assert {info(client, group, job).status for job in jobs} == {0}
    assert client.batch_delete_jobs(job_id_list=jobs, **group).success
    assert client.list_jobs(**group).data.jobs == []


def test_scripts_and_copies(client, group, name):
    job = create(client, group, job_type="shell", content="date")
    assert client.update_job_script(job_id=job, script_content="uptime", version_description="v2", **group).success
    versions = client.list_job_script_history(job_id=job, **group).data.job_script_history_infos
    assert [version.script_content for version in versions] == ["uptime", "date"]
    target = {"namespace": group["namespace"], "group_id": name("copies")}
    assert client.create_app_group(app_name="copies", **target).success
    copied = client.manage_schedulerx_job_sync(
        original_namespace=group["namespace"],
        original_group_id=group["group_id"],
        target_namespace=target["namespace"],
        target_group_id=target["group_id"],
        job_id_list=[job],
    )
    assert copied.success is True, copied
    assert [(row.name, row.status) for row in client.list_jobs(**target).data.jobs] == [("night", 0)]


def test_the_log_of_a_run(client, group):
    assert client.update_app_group(enable_log=True, **group).success
    job = create(client, group, job_type="go", content='{"jobName":"nobody knows it"}')
    run = client.execute_job(job_id=job, **group).data.job_instance_id
    # It waits for workers to come back, or has failed already for want of one.
    client.stop_instance(job_id=job, instance_id=run, **group)
    log = client.get_log(job_id=str(job), job_instance_id=str(run), line=10, reverse=False, **group)
    assert log.success is True, log
    assert any(" system " in line for line in log.data.logs), log.data.logs
    found = client.get_log(job_id=str(job), job_instance_id=str(run), keyword="no such text", **group)
    assert found.data.logs == []
    assert client.get_log(job_id=str(job), job_instance_id="1", **group).code == -10201


def plain(answer):
    """Code and message of a refusal."""
    assert answer.success is False and getattr(answer, "data", None) is None, answer
    return answer.code, answer.message


def test_another_accounts_jobs_are_missing(muster, client, group, name):
    account = name("tenant")
    muster.cli_json("account", "create", account)
    key = muster.cli_json("access-key", "create", "--account", account)
    stranger = SchedulerX(muster, key=Key(key["id"], key["secret"]))
    # The stranger has a namespace and a group of the same names: only the account tells them apart.
    made = stranger.create_namespace(uid=group["namespace"], name="mine").data.namespace_uid
    assert made == group["namespace"]
    assert stranger.create_app_group(app_name="mine", **group).success
    job = create(client, group)
    run = client.execute_job(job_id=job, **group).data.job_instance_id
    calendar = {"calendar_name": name("shop"), "year": 2027}
    assert client.create_schedulerx_calendar(month_days_content="[]", **calendar).success
    missing_job, missing_run = 999_999_999_999, 999_999_999_998

    def asks(job_id, run_id):
        """What the stranger is answered, with the numbers taken out that it asked with."""
        one, of_run = {"job_id": job_id, **group}, {"job_id": job_id, "job_instance_id": run_id, **group}
        days = {"start_date": 1_800_000_000_000, "end_date": 1_800_000_000_000, "data_time": "00:00:00"}
        answers = [
            stranger.get_job_info(**one),
            stranger.update_job(name="x", **one),
            stranger.enable_job(**one),
            stranger.disable_job(**one),
            stranger.enable_job(job_id=job_id, namespace=group["namespace"]),
            stranger.batch_disable_jobs(job_id_list=[job_id], namespace=group["namespace"]),
            stranger.batch_delete_jobs(job_id_list=[job_id], **group),
            stranger.execute_job(**one),
            stranger.rerun_job(**days, **one),
            stranger.update_job_script(script_content="x", **one),
            stranger.list_job_script_history(**one),
            stranger.designate_workers(designate_type=1, transferable=True, workers="[]", **one),
            stranger.read_schedulerx_designate_info(**one),
            stranger.get_job_instance_list(**one),
            stranger.get_job_instance(**of_run),
            stranger.stop_instance(job_id=job_id, instance_id=run_id, **group),
            stranger.retry_job_instance(**of_run),
            stranger.set_job_instance_success(**of_run),
            stranger.delete_job(**one),
        ]
        return [
            (code, message.replace(str(job_id), "JOB").replace(str(run_id), "RUN")) for code, message in map(plain, answers)
        ]

    assert asks(job, run) == asks(missing_job, missing_run)
    assert stranger.get_job_instance_list(**group).data.job_instance_details == []
    assert stranger.list_jobs(**group).data.total == 0
    assert stranger.read_schedulerx_calendar(calendar_name=calendar["calendar_name"]).data.records == []
    for answer in (
        stranger.manage_schedulerx_calendar(month_days_content="[]", **calendar),
        stranger.delete_schedulerx_calendar(**calendar),
    ):
        assert plain(answer)[0] == -10301
    cron = {"job_type": "java", "execute_mode": "standalone", "time_type": 1, "time_expression": "0 0 9 * * ?"}
    assert stranger.create_job(name="x", class_name="a.B", calendar=calendar["calendar_name"], **cron, **group).code == -10104
    overview = stranger.get_overview(operate="query", metric_type=0, start_time=1).data
    assert '"jobTotal":0' in overview.replace(" ", "")
    assert info(client, group, job).status == 1


def test_a_run_for_a_worker_that_is_not_there(client, group):
    job = create(client, group)
    for where in ({"designate_type": 1, "worker": "1@10.0.0.1:4000"}, {"designate_type": 2, "label": "gray"}):
        assert client.execute_job(job_id=job, **where, **group).code == -10205
    assert client.get_job_instance_list(job_id=job, **group).data.job_instance_details == []
