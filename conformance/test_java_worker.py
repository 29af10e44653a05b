"""The official Java worker, unmodified, from Maven Central."""

import json
import os
import shutil
import subprocess
from functools import cache
from pathlib import Path

import pytest
from workers import OfficialWorkers, Worker, ended, until

# Nothing here depends on the store, and much of it is waiting for the worker's own periods.
pytestmark = pytest.mark.skipif("MUSTER_TEST_DATABASE" in os.environ, reason="one store is enough for the protocol")

HERE = Path(__file__).parent / "java-worker"
# Its actors and its logs reach into classes that Java 17 keeps to itself.
OPEN = [
    "--add-opens=java.base/java.lang=ALL-UNNAMED",
    "--add-opens=java.base/java.util=ALL-UNNAMED",
    "--add-opens=java.base/java.math=ALL-UNNAMED",
]


@cache
def class_path():
    """Builds the program once; where its classes are."""
    maven = shutil.which("mvn")
    if not maven or not shutil.which("java"):
        assert os.environ.get("CI") != "true", "Java or Maven is not installed, and CI needs them"
        pytest.skip("Java or Maven is not installed")
    build = [maven, "-q", "-B", "compile", "dependency:build-classpath", "-Dmdep.outputFile=target/classpath"]
    done = subprocess.run(build, cwd=HERE, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return f"{HERE / 'target' / 'classes'}:{(HERE / 'target' / 'classpath').read_text().strip()}"


class TestJava(OfficialWorkers):
    @staticmethod
    def start_worker(crew, folder, label, key):
        properties = [f"-Duser.home={folder}", f"-Drecord={crew.record}"]
        told = [crew.server.host, crew.where["namespace"], crew.where["group_id"], key, label]
        small = ["-Xmx128m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"]
        return Worker(["java", *small, *OPEN, *properties, "-cp", class_path(), "demo.Main", *told], folder)

    def test_nodes_of_a_workflow_hear_of_those_before_them(self, crew):
        def job(name, task, parameters):
            fields = {"job_type": "java", "execute_mode": "standalone", "time_type": -1, "parameters": parameters}
            made = crew.client.create_job(name=name, class_name=f"demo.Tasks${task}", **fields, **crew.where)
            return made.data.job_id

        left, right, join = job("left", "Hello", "west"), job("right", "Hello", "east"), job("join", "Join", "")
        made = crew.client.create_workflow(name="join", time_type=100, **crew.where)
        flow = {"workflow_id": made.data.workflow_id, **crew.where}
        edges = [{"source": left, "target": join}, {"source": right, "target": join}]
        dag = {"nodes": [{"id": node} for node in (left, right, join)], "edges": edges}
        assert crew.client.update_workflow_dag(**flow | {"workflow_id": str(flow["workflow_id"])}, dag_json=json.dumps(dag)).success
        instance = crew.client.execute_workflow(instance_parameters="now", **flow).data.wf_instance_id

        def run():
            return crew.client.get_workflow_instance(wf_instance_id=instance, **flow).data

        until(lambda: ended(run().wf_instance_info), crew.report)
        results = {node.job_name: node.result for node in run().wf_instance_dag.nodes}
        assert results["left"] == "hello west now"
        assert results["join"] == f"left=hello west now, right=hello east now in {instance}"
