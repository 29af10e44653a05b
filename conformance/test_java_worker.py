"""The official Java worker, unmodified, from Maven Central."""

import os
import shutil
import subprocess
from functools import cache
from pathlib import Path

import pytest
from workers import OfficialWorkers, Worker

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
