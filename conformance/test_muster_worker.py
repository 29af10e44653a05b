"""`muster worker`, a real process, against a real server, with jobs made by the official Python client."""

import json
import os
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import pytest
from alibaba import SchedulerX
from conftest import POLL_SECONDS, binary, clean_environment, muster_servers, unique

WAIT_SECONDS = 60
SUCCESS, FAILED, RUNNING = 4, 5, 3
# Leases are short, so that a test can wait for their end.
CONFIG = "[jobs]\nlease_s = 6\ngrace_s = 6\n"
# Written so that nothing of them is there by chance; a shell that reads them as its own text would show it.
HOSTILE = "a 'b' \"c\" $(echo injected) `echo injected` $HOME \\n ; exit 3 | * &\nsecond line --flag"
WITHOUT_LOCAL = ["--local-worker", "off"]


def until(found, what=lambda: ""):
    deadline = time.monotonic() + WAIT_SECONDS
    while not (value := found()):
        assert time.monotonic() < deadline, what()
        time.sleep(POLL_SECONDS)
    return value


def alive(pid):
    """Whether a process still runs; a zombie does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


class Group:
    """A server's group, its jobs, and the processes that work for it."""

    def __init__(self, server, folder):
        # After a kill it must be where its workers look for it.
        server.args = ["--listen", server.host, "--worker-listen", server.worker, *WITHOUT_LOCAL]
        self.server, self.folder, self.workers = server, folder, []
        self.client = SchedulerX(server)
        namespace = self.client.create_namespace(name=unique("n")).data.namespace_uid
        self.where = {"namespace": namespace, "group_id": unique("g")}
        self.key = self.client.create_app_group(app_name="scripts", enable_log=True, **self.where).data.app_key

    def worker(self, *flags, key=None):
        """A worker that is connected."""
        started = Worker(self, key or self.key, flags)
        self.workers.append(started)
        until(lambda: "the worker is connected" in started.text(), started.text)
        return started

    def run(self, content, parameters="", wait=True, designate=None, instance_parameters="", **fields):
        """Makes a job and runs it once."""
        plain = {"job_type": "shell", "execute_mode": "standalone", "time_type": 100, "content": content}
        made = self.client.create_job(name=unique("j"), parameters=parameters, **self.where, **plain | fields)
        assert made.success, made
        wish = {"designate_type": 2, "label": designate} if designate else {}
        answer = self.client.execute_job(
            job_id=made.data.job_id, instance_parameters=instance_parameters, **self.where, **wish
        )
        assert answer.success, answer
        started = Run(self, made.data.job_id, answer.data.job_instance_id)
        return started.end() if wait else started

    def file(self, name=""):
        return self.folder / unique(name or "file")

    def report(self):
        return "\n\n".join([self.server.log_tail(), *(worker.text() for worker in self.workers)])


class Worker:
    """A `muster worker`."""

    def __init__(self, group, key, flags):
        self.log = group.file("worker.log")
        # What a shell would hold: the key must not reach the runs.
        env = clean_environment() | {"MUSTER_WORKER__APP_KEY": key, "TMPDIR": str(group.folder)}
        where = ["--server", group.server.host, "--namespace", group.where["namespace"], "--group-id", group.where["group_id"]]
        with open(self.log, "ab") as log:
            command = [str(binary()), "worker", *where, *flags]
            self.process = subprocess.Popen(command, env=env, stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def text(self):
        return self.log.read_text(errors="replace")

    def end(self, number=signal.SIGKILL):
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(WAIT_SECONDS)


class Run:
    """An instance of a job."""

    def __init__(self, group, job, instance):
        self.group, self.job, self.instance = group, job, instance

    def now(self):
        found = self.group.client.get_job_instance(job_id=self.job, job_instance_id=self.instance, **self.group.where)
        return found.data.job_instance_detail

    def end(self):
        ended = lambda: (found := self.now()).status in (SUCCESS, FAILED) and found  # noqa: E731
        found = until(ended, lambda: f"{self.now()}\n{self.group.report()}")
        self.status, self.result = found.status, found.result
        return self

    def lines(self, stream="", **how):
        """What was printed, without the time and the stream; 200 lines at most."""
        where = {"job_id": str(self.job), "job_instance_id": str(self.instance), **self.group.where}
        logs = self.group.client.get_log(**where, **{"reverse": False} | how).data.logs
        words = [line.split(" ", 3) for line in logs]
        return [word[3] for word in words if not stream or word[2] == stream]

    def printed(self, text):
        """Waits for a line."""
        until(lambda: text in self.lines(), self.group.report)
        return self

    def stop(self):
        assert self.group.client.stop_instance(job_id=self.job, instance_id=self.instance, **self.group.where).success


@pytest.fixture(scope="module")
def group():
    """One server and group for all tests here that leave it running."""
    with tempfile.TemporaryDirectory(prefix="muster-worker-") as root, muster_servers(Path(root)) as start:
        made = Group(start(config=CONFIG, args=WITHOUT_LOCAL), Path(root))
        made.worker("--label", "first", "--output-kb", "4", "--kill-grace-s", "1")
        yield made
        for worker in made.workers:
            worker.end()


@pytest.fixture
def own_group(start_muster, tmp_path):
    """A server and a group of a test's own."""
    made = Group(start_muster(config=CONFIG, args=WITHOUT_LOCAL), tmp_path)
    yield made
    for worker in made.workers:
        worker.end()


def test_scripts_run_and_what_they_print_is_kept(group):
    shell = group.run("echo one\necho two >&2\necho three\n")
    assert (shell.status, shell.result) == (SUCCESS, "three")
    assert (shell.lines("stdout"), shell.lines("stderr")) == (["one", "three"], ["two"])
    python = group.run("import sys\nprint('argv', sys.argv[1])\n", "x y", job_type="python")
    assert (python.status, python.result) == (SUCCESS, "argv x y")
    failed = group.run("echo ok\necho 'no such table' >&2\nexit 7")
    assert (failed.status, failed.result) == (FAILED, "exit code 7: no such table")
    assert any("exit code 7" in line for line in failed.lines("system"))


def test_built_in_tasks(group):
    done = group.run('{"jobName":"muster.echo"}', "boo", job_type="go")
    assert (done.status, done.result, done.lines()) == (SUCCESS, "boo", ["boo"])
    assert group.run('{"jobName":"muster.fail"}', "why", job_type="go").result == "why"


def test_hostile_parameters_arrive_as_they_are(group):
    out = group.file("out")
    script = f'printf "%s|%s|%s|%s" "$1" "$2" "$MUSTER_PARAMETERS" "$MUSTER_INSTANCE_PARAMETERS" > {out}'
    assert group.run(script, HOSTILE, instance_parameters=HOSTILE).status == SUCCESS
    assert out.read_text() == "|".join([HOSTILE] * 4)
    read = f"import json, os, sys; json.dump([sys.argv[1], os.environ['MUSTER_PARAMETERS']], open({str(out)!r}, 'w'))"
    assert group.run(read, HOSTILE, job_type="python").status == SUCCESS
    assert json.loads(out.read_text()) == [HOSTILE, HOSTILE]


def test_a_run_finds_its_facts_and_no_key(group):
    lines = group.run("env | sort").lines("stdout")
    facts = dict(line.split("=", 1) for line in lines if line.startswith("MUSTER_") and "=" in line)
    assert facts["MUSTER_GROUP_ID"] == group.where["group_id"] and facts["MUSTER_NAMESPACE"] == group.where["namespace"]
    assert int(facts["MUSTER_SCHEDULE_TIME_MS"]) > 0 and facts["MUSTER_ATTEMPT"] == "0"
    assert group.key not in "\n".join(lines)


def test_output_is_cut_at_the_limit(group):
    done = group.run("i=0; while [ $i -lt 1000 ]; do echo line $i; i=$((i+1)); done; echo the end")
    assert (done.status, done.result) == (SUCCESS, "the end")
    assert done.lines()[0] == "line 0"
    assert done.lines("system", reverse=True) == ["the output is cut here: it has more than 4096 bytes"]
    assert done.lines(keyword="line 999") == []


def stubborn(pids):
    """A script whose child in its group does not listen, and whose other child has left the group."""
    return (
        f"trap '' TERM\n(trap '' TERM; while :; do sleep 1; done) & echo $! >> {pids}\n"
        f"setsid sleep 1000 & echo $! >> {pids}\necho started\nwhile :; do sleep 1; done"
    )


def gone(pids):
    numbers = pids.read_text().split()
    return len(numbers) == 2 and not any(alive(number) for number in numbers)


def test_a_timeout_kills_all_that_a_run_has_started(group):
    pids = group.file("pids")
    killed = group.run(stubborn(pids), timeout=2, timeout_enable=True, timeout_kill_enable=True)
    assert (killed.status, killed.result) == (FAILED, "killed from server")
    until(lambda: gone(pids), pids.read_text)


def test_stopping_an_instance_kills_all_that_it_has_started(group):
    pids = group.file("pids")
    run = group.run(stubborn(pids), wait=False).printed("started")
    run.stop()
    assert (run.end().status, run.result) == (FAILED, "killed from server")
    until(lambda: gone(pids), pids.read_text)
    # The worker is free for others.
    assert group.run("echo next").result == "next"


def test_lines_arrive_while_the_run_goes_on(group):
    go = group.file("go")
    run = group.run(f"echo first; while [ ! -e {go} ]; do sleep 0.05; done; echo last", wait=False).printed("first")
    assert run.now().status == RUNNING
    go.touch()
    assert (run.end().status, run.lines()) == (SUCCESS, ["first", "last"])


def test_a_wrong_key_is_refused(group):
    stranger = Worker(group, "wrong", [])
    assert stranger.process.wait(WAIT_SECONDS) == 1
    assert "no such app group with this namespace and app key" in stranger.text()


def test_shards_by_environment(group):
    script = 'echo "$MUSTER_SHARD_INDEX/$MUSTER_SHARD_TOTAL=$MUSTER_SHARD_PARAMETER"'
    done = group.run(script, "0=a,1=b,2=$(c)", execute_mode="sharding")
    assert (done.status, sorted(done.lines("stdout"))) == (SUCCESS, ["0/3=a", "1/3=b", "2/3=$(c)"])
    bad = group.run(script, "a,b", execute_mode="sharding")
    assert (bad.status, "invalid sharding parameters" in bad.result) == (FAILED, True)


def test_a_broadcast_runs_on_both_workers_and_fails_with_either(own_group):
    group = own_group
    group.worker("--label", "one")
    group.worker("--label", "two")
    script = 'echo "$MUSTER_SHARD_INDEX/$MUSTER_SHARD_TOTAL on $MUSTER_WORKER_ID"; [ "$MUSTER_SHARD_INDEX" = "$1" ] && exit 3; exit 0'
    done = group.run(script, execute_mode="broadcast")
    assert done.status == SUCCESS
    assert sorted(line.split(" on ")[0] for line in done.lines("stdout")) == ["0/2", "1/2"]
    assert len({line.split(" on ")[1] for line in done.lines("stdout")}) == 2
    failed = group.run(script, "1", execute_mode="broadcast")
    assert failed.status == FAILED and "1 of 2 parts failed" in failed.result
    # Stopped as one: the members' processes too.
    pids = group.file("pids")
    run = group.run(f"echo $$ >> {pids}; echo started; sleep 1000", wait=False, execute_mode="broadcast")
    until(lambda: run.lines().count("started") == 2, group.report)
    run.stop()
    until(lambda: not any(alive(pid) for pid in pids.read_text().split()), group.report)


def test_a_run_survives_the_servers_kill(own_group):
    group = own_group
    group.worker()
    go = group.file("go")
    script = f"echo before; while [ ! -e {go} ]; do sleep 0.05; done; echo after; echo $$ >> {go}"
    run = group.run(script, wait=False).printed("before")
    group.server.kill()
    go.touch()
    # It ends while nobody is there to hear of it.
    until(lambda: go.read_text(), group.report)
    group.server.start()
    assert (run.end().status, run.lines()) == (SUCCESS, ["before", "after"])
    assert len(go.read_text().split()) == 1


def test_a_run_dies_with_its_lease(own_group):
    group = own_group
    group.worker()
    pids = group.file("pids")
    group.run(stubborn(pids), wait=False).printed("started")
    group.server.kill()
    # Nobody tells the worker: it does so by itself, before another one could have the run.
    until(lambda: gone(pids), group.report)


def test_what_a_killed_worker_ran_dies_with_it(own_group):
    group = own_group
    worker = group.worker()
    pid = group.file("pid")
    run = group.run(f"echo $$ > {pid}; echo started; sleep 1000", wait=False).printed("started")
    worker.end(signal.SIGKILL)
    until(lambda: not alive(pid.read_text().strip()), group.report)
    assert "worker lost" in run.end().result


def test_a_worker_told_to_end_finishes_what_it_runs(own_group):
    group = own_group
    worker = group.worker("--label", "leaving")
    go = group.file("go")
    run = group.run(f"echo started; while [ ! -e {go} ]; do sleep 0.05; done; echo done", wait=False).printed("started")
    worker.process.send_signal(signal.SIGTERM)
    until(lambda: "takes nothing new" in worker.text(), worker.text)
    group.worker("--label", "staying")
    assert group.run("echo $MUSTER_WORKER_ID").result != run.now().work_addr
    go.touch()
    assert (run.end().status, run.result) == (SUCCESS, "done")
    assert worker.process.wait(WAIT_SECONDS) == 0
    # One that has no time left kills what it runs, and says so.
    hasty = group.worker("--label", "hasty", "--drain-timeout-s", "0", "--kill-grace-s", "0")
    run = group.run("echo started; sleep 1000", wait=False, designate="hasty").printed("started")
    assert hasty.end(signal.SIGTERM) == 0
    assert (run.end().status, run.result) == (FAILED, "killed: the worker was shut down")


def test_a_server_on_loopback_runs_scripts_itself(start_muster, tmp_path):
    server = start_muster(config=CONFIG)
    group = Group(server, tmp_path)
    server.args = ["--listen", server.host, "--worker-listen", server.worker]
    done = group.run("echo by itself")
    assert (done.status, done.result, done.lines()) == (SUCCESS, "by itself", ["by itself"])
    assert group.run("echo $MUSTER_SHARD_TOTAL", execute_mode="broadcast").lines("stdout") == ["1"]
    # It is no worker that people connect, and it takes nothing of other workers' jobs.
    assert group.client.get_worker_list(**group.where).data.worker_infos == []
    # What it runs dies with the server, however that ends.
    pid = group.file("pid")
    run = group.run(f"echo $$ > {pid}; echo started; sleep 1000", wait=False).printed("started")
    server.kill()
    until(lambda: not alive(pid.read_text().strip()), group.report)
    server.start()
    assert "worker lost" in run.end().result
    # Where the group has a worker of its own, that one has the work.
    worker = group.worker()
    assert group.run('echo "$MUSTER_WORKER_ID"').result in worker.text()
    worker.end(signal.SIGTERM)
    run = group.run("echo started; sleep 1000", wait=False).printed("started")
    assert server.stop() == 0
    server.start()
    assert (run.end().status, run.result) == (FAILED, "killed: the worker was shut down")


def test_nothing_runs_where_nobody_works(own_group):
    refused = own_group.run("echo never")
    assert refused.status == FAILED and "no available worker" in refused.result
    assert os.listdir(own_group.server.data).count("runs") == 0
