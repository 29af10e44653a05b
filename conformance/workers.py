"""What every official worker must do with this server, whatever its language.

A language brings a program on its SDK with the tasks named in `JOBS`, and a class that derives from `OfficialWorkers` with a
way to start it. Each task appends lines `INSTANCE PROCESS WHAT` to a file that the workers share, so a test sees what ran and
where.
"""

import os
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import pytest
from alibaba import SchedulerX
from conftest import POLL_SECONDS, clean_environment, muster_servers, unique

# Each job is named by its task and how it runs. A task is a Java class, or what a Go program has registered under that name.
JOBS = {
    "hello": {"task": "Hello", "parameters": "from the job"},
    "refuse": {"task": "Refuse", "max_attempt": 1, "attempt_interval": 1},
    "fail": {"task": "Fail"},
    "nobody": {"task": "Nobody"},
    "slow": {"task": "Slow", "max_concurrency": 20},
    "cast": {"task": "Cast", "execute_mode": "broadcast"},
    "grid": {"task": "Sum", "execute_mode": "grid"},
    "batch": {"task": "Sum", "execute_mode": "batch"},
    "parallel": {"task": "Sum", "execute_mode": "parallel"},
    "long_grid": {"task": "Sum", "execute_mode": "grid"},
    "long_cast": {"task": "Cast", "execute_mode": "broadcast"},
    "shard": {"task": "Shard", "execute_mode": "sharding", "parameters": "0=a,1=b,2=c,3=d"},
    "rounds": {"task": "Hello", "time_type": 4, "time_expression": "1"},
}
# Those that a test starts when it needs them.
APART = {"slow", "rounds", "long_grid", "long_cast"}
SUCCESS, FAILED, RUNNING = 4, 5, 3
WAIT_SECONDS = 60


class Worker:
    """A process of a program on an official SDK."""

    def __init__(self, command, folder, env=None):
        folder.mkdir(parents=True)
        self.log = folder / "log"
        env = clean_environment() | dict(env or {})
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(command, cwd=folder, env=env, stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def end(self, number=signal.SIGKILL):
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(WAIT_SECONDS)

    def log_tail(self):
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-40:])


class Crew:
    """A server, a group with the jobs, and the workers that take them."""

    def __init__(self, server, start_worker, folder):
        # After a kill it must be where its workers look for it.
        server.args = ["--listen", server.host, "--worker-listen", server.worker]
        self.server, self.start_worker, self.folder = server, start_worker, folder
        self.record = folder / "record"
        self.record.touch()
        self.client = SchedulerX(server)
        namespace = self.client.create_namespace(name=unique("n")).data.namespace_uid
        self.where = {"namespace": namespace, "group_id": unique("g")}
        made = self.client.create_app_group(app_name="workers", app_version=2, **self.where)
        self.key = made.data.app_key
        self.workers = []

    def job(self, name):
        """A new job; a job runs once a second at most, so each run that a test starts has one of its own."""
        fields = dict(JOBS[name])
        plain = {"job_type": "java", "execute_mode": "standalone", "time_type": 100}
        plain["class_name"] = f"demo.Tasks${fields.pop('task')}"
        answer = self.client.create_job(name=unique(name), **self.where, **plain | fields)
        assert answer.success, answer
        return answer.data.job_id

    def worker(self, label="", key=None):
        folder = self.folder / unique("worker")
        started = self.start_worker(self, folder, label, key or self.key)
        self.workers.append(started)
        return started

    def settled_worker(self, label):
        started = self.worker(label)
        self.settle(label)
        return started

    def settle(self, label):
        """Waits until a worker takes runs. Official workers get none before their second heartbeat."""

        job = self.job("hello")

        def takes():
            if all(worker.label != label for worker in self.online()):
                return False
            # Refused when the job has run in this second already.
            answer = self.client.execute_job(job_id=job, designate_type=2, label=label, **self.where)
            return answer.success and Run(self, job, answer.data.job_instance_id).end().status == SUCCESS

        until(takes, self.report)

    def online(self):
        return self.client.get_worker_list(**self.where).data.worker_infos or []

    def run(self, name, parameters="", **fields):
        """Runs a new job now; the run."""
        job = self.job(name)
        answer = self.client.execute_job(job_id=job, instance_parameters=parameters, **self.where, **fields)
        assert answer.success, answer
        return Run(self, job, answer.data.job_instance_id)

    def report(self):
        logs = "\n\n".join(worker.log_tail() for worker in self.workers)
        return f"{self.server.log_tail()}\n\n{logs}"

    def stop(self):
        for worker in self.workers:
            worker.end()


class Run:
    """An instance of a job."""

    def __init__(self, crew, job, instance):
        self.crew, self.job, self.instance = crew, job, instance

    def now(self):
        found = self.crew.client.get_job_instance(job_id=self.job, job_instance_id=self.instance, **self.crew.where)
        return found.data.job_instance_detail

    def end(self):
        """How it is when it has ended."""
        return until(lambda: ended(self.now()), lambda: f"{self.now()}\n{self.crew.report()}")

    def result(self):
        done = self.end()
        return done.status, done.result

    def seen(self):
        """What its tasks wrote: (process, what)."""
        lines = (line.split(" ", 2) for line in self.crew.record.read_text().splitlines())
        return [(process, what) for at, process, what in lines if at == str(self.instance)]

    def said(self):
        """What its tasks wrote, in order of the alphabet, whoever wrote it."""
        return sorted(what for _, what in self.seen())

    def stop(self):
        return self.crew.client.stop_instance(job_id=self.job, instance_id=self.instance, **self.crew.where)


def ended(instance):
    return instance if instance.status in (SUCCESS, FAILED) else None


def until(look, report=lambda: "", seconds=WAIT_SECONDS):
    """What `look` sees when it sees something."""
    deadline = time.monotonic() + seconds
    while not (seen := look()):
        assert time.monotonic() < deadline, f"waited for {seconds} s in vain\n{report()}"
        time.sleep(POLL_SECONDS)
    return seen


class OfficialWorkers:
    """Derive from it, and define `start_worker(crew, folder, label, key)`, which starts a worker of that crew."""

    # What an official worker of this language says when there is no such task.
    unknown_task = "Nobody"
    # Whether it repeats a report until the server has answered it.
    repeats_reports = True

    @pytest.fixture(scope="class")
    @classmethod
    def crew(cls):
        with tempfile.TemporaryDirectory(prefix="muster-workers-") as root, muster_servers(Path(root)) as start:
            settings = {"MUSTER_JOBS__LEASE_S": "15", "MUSTER_JOBS__GRACE_S": "20"}
            crew = Crew(start(env=settings), cls.start_worker, Path(root))
            try:
                crew.worker("blue")
                crew.worker("green")
                crew.settle("blue")
                crew.settle("green")
                crew.pair = {worker.label: f"{worker.ip}:{worker.port}" for worker in crew.online()}
                yield crew
                assert "panicked at" not in crew.server.log.read_text(errors="replace")
            finally:
                crew.stop()
                if os.environ.get("MUSTER_KEEP"):
                    print(crew.report())

    @pytest.fixture(scope="class")
    @classmethod
    def runs(cls, crew):
        """A run of most jobs, all at once."""
        return {name: crew.run(name, "" if name == "shard" else "now") for name in JOBS if name not in APART}

    def test_workers_show_what_they_are(self, crew):
        for worker in crew.online():
            assert (worker.ip, worker.worker_address.split(":")[-1]) == ("127.0.0.1", str(worker.port)), worker
            assert worker.version and worker.starter, worker

    def test_a_run_ends_well(self, crew, runs):
        done = runs["hello"].end()
        assert (done.status, done.result) == (SUCCESS, "hello from the job now")
        assert done.work_addr in crew.pair.values()
        assert runs["hello"].said() == ["attempt 0"]

    def test_a_failure_is_tried_again_as_often_as_the_job_says(self, runs):
        assert runs["refuse"].result() == (FAILED, "not today")
        assert runs["refuse"].said() == ["attempt 0", "attempt 1"]

    def test_exceptions_and_unknown_tasks_say_what_was_wrong(self, runs):
        for name, why in [("fail", "no way"), ("nobody", self.unknown_task)]:
            status, result = runs[name].result()
            assert status == FAILED and why in result

    def test_a_broadcast_runs_on_every_worker(self, runs):
        assert runs["cast"].result() == (SUCCESS, "all cast")
        assert runs["cast"].said() == ["cast 0/2", "cast 1/2"]
        assert len({process for process, _ in runs["cast"].seen()}) == 2

    # What the vendor calls parallel is given to workers as a grid.
    @pytest.mark.parametrize("mode", ["grid", "batch", "parallel"])
    def test_mapped_tasks_run_once_each_and_are_reduced(self, runs, mode):
        assert runs[mode].result() == (SUCCESS, "sum 190")
        assert runs[mode].said() == sorted(f"number {number}" for number in range(20))
        assert len({process for process, _ in runs[mode].seen()}) == 2

    def test_each_shard_runs_once(self, runs):
        assert runs["shard"].end().status == SUCCESS
        assert runs["shard"].said() == ["shard 0=a", "shard 1=b", "shard 2=c", "shard 3=d"]

    def test_a_run_goes_to_the_designated_label(self, crew):
        for label in ("blue", "green"):
            assert crew.run("hello", designate_type=2, label=label).end().work_addr == crew.pair[label]

    def test_many_runs_at_once(self, crew):
        many = [crew.run("slow", "500") for _ in range(20)]
        assert {run.end().status for run in many} == {SUCCESS}
        assert all(run.said() == ["began", "ended"] for run in many)

    def test_a_stopped_run_stays_stopped(self, crew):
        run = crew.run("slow", "3000")
        until(run.seen, crew.report)
        assert run.stop().success
        stopped = run.result()
        assert stopped[0] == FAILED
        # Whatever its worker says afterwards; by then it has said it.
        assert crew.run("slow", "3000").end().status == SUCCESS
        assert run.result() == stopped

    @pytest.mark.parametrize("mode", ["long_grid", "long_cast"])
    def test_a_stopped_shared_run_stays_stopped(self, crew, mode):
        run = crew.run(mode, "1500")
        until(run.seen, crew.report)
        assert run.stop().success
        stopped = run.result()
        assert stopped[0] == FAILED
        # By now its first tasks have ended, and its workers take others.
        assert crew.run("slow", "2500").end().status == SUCCESS
        assert run.result() == stopped
        assert len(run.seen()) < 20

    def test_rounds_follow_one_another(self, crew):
        """A fixed delay, whose rounds the server makes: an official Go worker that made them would end."""
        job = {"job_id": crew.job("rounds"), **crew.where}

        def rounds():
            listed = crew.client.get_job_instance_list(**job).data.job_instance_details
            return [instance for instance in listed if instance.status == SUCCESS]

        until(lambda: len(rounds()) >= 3, crew.report)
        assert crew.client.disable_job(**job).success

    def test_a_wrong_key_is_refused(self, crew):
        stranger = crew.worker("red", key="wrong")
        until(lambda: self.was_refused(stranger), stranger.log_tail)
        assert {worker.label for worker in crew.online()} == {"blue", "green"}
        stranger.end()

    def was_refused(self, worker):
        return "with this namespace and app key" in worker.log.read_text(errors="replace")

    @pytest.fixture(scope="class")
    @classmethod
    def outages(cls, crew):
        """Twice a kill of the server: one run goes on over it, another one ends while nobody listens."""
        rounds = []
        for _ in range(2):
            long, brief = crew.run("slow", "8000"), crew.run("slow", "3000")
            until(lambda long=long, brief=brief: {long.now().status, brief.now().status} == {RUNNING}, crew.report)
            crew.server.kill()
            until(lambda brief=brief: brief.said() == ["began", "ended"])
            # Workers collect reports for up to a second; those that say them once must have done so.
            time.sleep(0 if cls.repeats_reports else 2)
            crew.server.start()
            assert long.end().status == SUCCESS
            rounds.append((long, brief))
        return rounds

    def test_runs_go_on_while_the_server_is_away(self, crew, outages):
        for long, _ in outages:
            assert long.result() == (SUCCESS, "slept")
            assert long.said() == ["began", "ended"]
        assert crew.run("hello").end().status == SUCCESS

    def test_a_dead_worker_loses_its_run_and_others_go_on(self, crew):
        doomed = crew.settled_worker("doomed")
        run = crew.run("slow", "60000", designate_type=2, label="doomed")
        until(run.seen, crew.report)
        doomed.end()
        status, result = run.result()
        assert status == FAILED and "worker lost" in result
        assert crew.run("hello").end().status == SUCCESS

    def test_a_worker_that_leaves_gets_nothing_more(self, crew):
        crew.settled_worker("leaving").end(signal.SIGTERM)
        status, result = crew.run("hello", designate_type=2, label="leaving").result()
        assert status == FAILED and "no available worker" in result

    def test_what_ended_while_the_server_was_away_is_told_later_or_lost(self, outages):
        for _, brief in outages:
            status, result = brief.result()
            lost = status == FAILED and "result lost" in result
            assert (status, result) == (SUCCESS, "slept") or (lost and not self.repeats_reports), result
            assert brief.said() == ["began", "ended"]
