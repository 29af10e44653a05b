"""SchedulerX's jobs through the official Python client."""

import pytest
from alibaba import SchedulerX


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
