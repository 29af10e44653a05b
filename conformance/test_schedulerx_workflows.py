"""SchedulerX's workflows through the official Python client. Their nodes are HTTP jobs: the server itself is the worker, and
a sink on loopback sees who is called when, and decides what comes of it."""

import http.server
import json
import threading
import time

import pytest
from alibaba import Refused, SchedulerX

WAITING, RUNNING, SUCCESS, FAILED = 1, 3, 4, 5
DEADLINE_SECONDS = 30


class Sink:
    """Answers 200, or 500 on the paths in `failing`; those in `held` are answered when they are let go."""

    def __init__(self):
        self.calls, self.failing, self.held = [], set(), {}
        sink = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                name = self.path.strip("/")
                sink.calls.append(name)
                if name in sink.held:
                    sink.held[name].wait(DEADLINE_SECONDS)
                body = f"by {name}".encode()
                self.send_response(500 if name in sink.failing else 200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def hold(self, name):
        self.held[name] = threading.Event()

    def let_go(self, name):
        self.held.pop(name).set()

    def close(self):
        for gate in self.held.values():
            gate.set()
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def sink():
    sink = Sink()
    yield sink
    sink.close()


@pytest.fixture
def client(muster):
    return SchedulerX(muster)


@pytest.fixture
def group(client, name):
    namespace = client.create_namespace(name=name("stage")).data.namespace_uid
    where = {"namespace": namespace, "group_id": name("flows")}
    assert client.create_app_group(app_name="flows", **where).success
    return where


class Flow:
    """A workflow whose jobs are called after letters: `edges` such as "ab ac" say who goes before whom."""

    def __init__(self, client, group, sink, letters, edges, **fields):
        self.client, self.group, self.sink = client, group, sink
        self.jobs = {letter: self.job(letter) for letter in letters}
        made = client.create_workflow(**{**group, "name": "night", "time_type": 100, **fields})
        # A text, as the client declares it for this one operation.
        assert (made.success, made.code) == (True, "200"), made
        self.id = made.data.workflow_id
        self.draw(edges)

    def job(self, letter):
        content = json.dumps({"url": f"{self.sink.url}/{letter}", "method": "GET", "timeout": 15})
        made = self.client.create_job(
            name=letter, job_type="http", execute_mode="standalone", time_type=-1, content=content, **self.group
        )
        assert made.success, made
        return made.data.job_id

    def draw(self, edges, letters=None):
        dag = {
            "nodes": [{"id": self.jobs[letter]} for letter in letters or self.jobs],
            "edges": [{"source": self.jobs[edge[0]], "target": self.jobs[edge[1]]} for edge in edges.split()],
        }
        answer = self.client.update_workflow_dag(workflow_id=str(self.id), dag_json=json.dumps(dag), **self.group)
        assert answer.success, answer

    def execute(self, **fields):
        started = self.client.execute_workflow(workflow_id=self.id, **fields, **self.group)
        assert started.success, started
        return started.data.wf_instance_id

    def run(self, instance):
        return self.client.get_workflow_instance(workflow_id=self.id, wf_instance_id=instance, **self.group).data

    def nodes(self, instance):
        return {node.job_name: node for node in self.run(instance).wf_instance_dag.nodes}

    def until(self, instance, expected):
        """Waits until the run and its nodes, in the order of their letters, have these states."""
        deadline = time.monotonic() + DEADLINE_SECONDS
        while True:
            run = self.run(instance)
            nodes = sorted(run.wf_instance_dag.nodes, key=lambda node: node.job_name)
            states = [run.wf_instance_info.status, *(node.status for node in nodes)]
            if states == expected:
                return run
            assert time.monotonic() < deadline, (states, [(node.job_name, node.result) for node in nodes])
            time.sleep(0.05)


def test_branches_run_side_by_side_and_meet(client, group, sink):
    flow = Flow(client, group, sink, "abcd", "ab ac bd cd")
    sink.hold("b")
    sink.hold("c")
    instance = flow.execute(instance_parameters="p")
    flow.until(instance, [RUNNING, SUCCESS, RUNNING, RUNNING, WAITING])
    sink.let_go("c")
    flow.until(instance, [RUNNING, SUCCESS, RUNNING, SUCCESS, WAITING])
    sink.let_go("b")
    run = flow.until(instance, [SUCCESS] * 5)
    assert sink.calls[0] == "a" and sorted(sink.calls[1:3]) == ["b", "c"] and sink.calls[3:] == ["d"]
    nodes = flow.nodes(instance)
    assert nodes["a"].result == "by a" and nodes["a"].attempt == 0
    node = client.get_job_instance(job_id=flow.jobs["d"], job_instance_id=nodes["d"].job_instance_id, **group).data
    assert node.job_instance_detail.parameters == "p"
    # The edges join instances; the first hangs below a root that is called 0.
    joined = {(edge.source, edge.target) for edge in run.wf_instance_dag.edges}
    number = {name: node.job_instance_id for name, node in nodes.items()}
    assert joined == {(0, number["a"])} | {(number[x], number[y]) for x, y in ("ab", "ac", "bd", "cd")}
    info = run.wf_instance_info
    assert info.schedule_time == info.data_time and info.start_time and info.end_time


def test_a_failed_node_is_run_again_and_the_rest_goes_on(client, group, sink):
    flow = Flow(client, group, sink, "abc", "ab bc")
    sink.failing.add("b")
    instance = flow.execute()
    flow.until(instance, [FAILED, SUCCESS, FAILED, WAITING])
    nodes = flow.nodes(instance)
    blocked = {"job_id": flow.jobs["c"], "job_instance_id": nodes["c"].job_instance_id, **group}
    assert client.retry_job_instance(**blocked).code == -10202
    assert client.set_job_instance_success(**blocked).code == -10202
    sink.failing.clear()
    assert client.retry_job_instance(job_id=flow.jobs["b"], job_instance_id=nodes["b"].job_instance_id, **group).success
    flow.until(instance, [SUCCESS] * 4)
    assert sink.calls == ["a", "b", "b", "c"]
    assert flow.nodes(instance)["b"].job_instance_id == nodes["b"].job_instance_id


def test_a_failed_node_is_set_to_success_and_the_rest_goes_on(client, group, sink):
    flow = Flow(client, group, sink, "ab", "ab")
    sink.failing.add("a")
    instance = flow.execute()
    flow.until(instance, [FAILED, FAILED, WAITING])
    node = flow.nodes(instance)["a"].job_instance_id
    assert client.set_job_instance_success(job_id=flow.jobs["a"], job_instance_id=node, **group).success
    flow.until(instance, [SUCCESS, SUCCESS, SUCCESS])
    assert sink.calls == ["a", "b"]


def test_a_failed_run_counts_as_done(client, group, sink):
    flow = Flow(client, group, sink, "ab", "ab")
    sink.failing.add("a")
    instance = flow.execute()
    flow.until(instance, [FAILED, FAILED, WAITING])
    about = {"workflow_id": flow.id, "wf_instance_id": instance, **group}
    assert client.set_wf_instance_success(**about).success
    flow.until(instance, [SUCCESS, FAILED, WAITING])
    assert client.set_wf_instance_success(**about).code == -10202
    assert client.set_wf_instance_success(**{**about, "wf_instance_id": 1}).code == -10201


def test_a_stopped_node_ends_the_run_and_a_disabled_one_does_not(client, group, sink):
    flow = Flow(client, group, sink, "abc", "ab bc")
    assert client.disable_job(job_id=flow.jobs["b"], **group).success
    sink.hold("c")
    instance = flow.execute()
    flow.until(instance, [RUNNING, SUCCESS, SUCCESS, RUNNING])
    assert sink.calls == ["a", "c"]
    node = flow.nodes(instance)["c"].job_instance_id
    assert client.stop_instance(job_id=flow.jobs["c"], instance_id=node, **group).success
    assert flow.until(instance, [FAILED, SUCCESS, SUCCESS, FAILED])
    assert flow.nodes(instance)["c"].result == "killed from server"


def test_due_times_of_a_workflow(muster, client, group, sink):
    flow = Flow(client, group, sink, "ab", "ab", time_type=1, time_expression="* * * * * ?")
    assert client.enable_workflow(workflow_id=flow.id, namespace=group["namespace"]).success
    deadline = time.monotonic() + DEADLINE_SECONDS
    while sink.calls.count("b") < 2:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert client.disable_workflow(workflow_id=flow.id, **group).success
    listed = client.list_workflow_instance(workflow_id=str(flow.id), **group).data.wf_instance_infos
    assert len(listed) >= 2 and all(row.workflow_id == flow.id for row in listed)
    assert [row.schedule_time for row in listed] == sorted((row.schedule_time for row in listed), reverse=True)
    flow.until(listed[0].wf_instance_id, [SUCCESS, SUCCESS, SUCCESS])
    node = flow.nodes(listed[0].wf_instance_id)["a"].job_instance_id
    detail = client.get_job_instance(job_id=flow.jobs["a"], job_instance_id=node, **group).data.job_instance_detail
    assert (detail.trigger_type, detail.executor) == (1, "timer")
    rows = [json.loads(line) for line in muster.cli("--json", "ledger", "--workflow", str(flow.id)).splitlines()]
    assert {row["workflow_id"] for row in rows} == {flow.id} and {row["outcome"] for row in rows} <= {"ran", "skipped"}
    ran = {row["instance_id"] for row in rows if row["outcome"] == "ran"}
    assert {row.wf_instance_id for row in listed} <= ran


def test_what_a_workflow_is_and_what_is_left_of_it(client, group, sink):
    flow = Flow(client, group, sink, "ab", "ab", description="d", max_concurrency=2)
    change = {"time_type": 1, "time_expression": "0 0 3 * * ?", "name": "nightly"}
    assert client.update_workflow(workflow_id=str(flow.id), **change, **group).success

    def get():
        return client.get_work_flow(workflow_id=flow.id, **group).data

    info = get().work_flow_info
    assert (info.name, info.description, info.status) == ("nightly", "d", "disable")
    assert (info.time_type, info.time_expression, info.max_concurrency) == ("cron", "0 0 3 * * ?", "2")
    nodes = get().work_flow_node_info
    assert [(node.id, node.label, node.status) for node in nodes.nodes] == [(flow.jobs["a"], "a", 1), (flow.jobs["b"], "b", 1)]
    assert [(edge.source, edge.target) for edge in nodes.edges] == [(flow.jobs["a"], flow.jobs["b"])]
    listed = client.list_work_flows(workflow_name="ightl", status=0, **group).data
    assert (listed.total, [row.workflow_id for row in listed.records]) == (1, [flow.id])
    assert client.delete_job(job_id=flow.jobs["a"], **group).code == -10106
    assert client.enable_workflow(workflow_id=flow.id, **group).success
    assert get().work_flow_info.status == "enable"
    assert client.delete_workflow(workflow_id=flow.id, **group).success
    assert get().work_flow_info.status == "removed"
    assert client.list_work_flows(**group).data.records == []
    gone = client.execute_workflow(workflow_id=flow.id, **group)
    assert (gone.success, gone.code, gone.message) == (False, -10208, f"workflowId={flow.id} is not existed")
    assert client.delete_job(job_id=flow.jobs["a"], **group).success


def test_what_is_refused(client, group, sink):
    flow = Flow(client, group, sink, "ab", "ab")
    [a, b] = flow.jobs.values()

    def draw(dag):
        answer = client.update_workflow_dag(workflow_id=str(flow.id), dag_json=json.dumps(dag), **group)
        assert answer.success is False
        return answer.code

    assert draw({"nodes": [{"id": a}], "edges": [{"source": a, "target": b}]}) == -10207
    circle = [{"source": a, "target": b}, {"source": b, "target": a}]
    assert draw({"nodes": [{"id": a}, {"id": b}], "edges": circle}) == -10207
    assert draw({"nodes": [{"id": 1}]}) == -10207
    assert draw([a, b]) == -10102
    refused = client.create_workflow(name="n", time_type=1, time_expression="soon", **group)
    assert (refused.success, refused.code) == (False, "-10206")
    sink.hold("a")
    flow.execute()
    assert client.execute_workflow(workflow_id=flow.id, **group).code == -10203
    assert client.execute_workflow(workflow_id=flow.id, instance_parameters="x" * 1001, **group).code == -10105
    with pytest.raises(Refused) as missing:
        client.create_workflow(name="n", **group)
    assert (missing.value.status, missing.value.code) == (400, "MissingTimeType")


def test_a_run_goes_on_after_the_server_was_killed(start_muster, sink, name):
    server = start_muster()
    client = SchedulerX(server)
    group = {"namespace": client.create_namespace(name="n").data.namespace_uid, "group_id": name("flows")}
    assert client.create_app_group(app_name="flows", **group).success
    flow = Flow(client, group, sink, "abc", "ab bc")
    assert client.update_job(job_id=flow.jobs["b"], max_attempt=3, attempt_interval=1, **group).success
    sink.hold("b")
    instance = flow.execute()
    flow.until(instance, [RUNNING, SUCCESS, RUNNING, WAITING])
    server.kill()
    sink.let_go("b")
    server.start()
    flow.client = SchedulerX(server)
    # The request that was cut off is lost when its lease ends, and tried again.
    deadline = time.monotonic() + 90
    while flow.run(instance).wf_instance_info.status == RUNNING:
        assert time.monotonic() < deadline
        time.sleep(0.2)
    flow.until(instance, [SUCCESS] * 4)
    assert sink.calls[0] == "a" and sink.calls[-1] == "c" and set(sink.calls[1:-1]) == {"b"}
