"""The official Go worker, unmodified, from the Go module proxy."""

import os
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

import pytest
from workers import OfficialWorkers, Worker

# Nothing here depends on the store, and much of it is waiting for the worker's own periods.
pytestmark = pytest.mark.skipif("MUSTER_TEST_DATABASE" in os.environ, reason="one store is enough for the protocol")

HERE = Path(__file__).parent / "go-worker"
# What the go command says when a module proxy declines to hand a module out.
NOT_HANDED_OUT = ("403 Forbidden", "404 Not Found", "410 Gone")


@cache
def program():
    """Builds the program once; where it is."""
    go = shutil.which("go") or "/usr/local/go/bin/go"
    if not Path(go).exists():
        assert os.environ.get("CI") != "true", "Go is not installed, and CI needs it"
        pytest.skip("Go is not installed")
    target = Path(tempfile.mkdtemp(prefix="go-worker-"))
    # The checksums of the modules are the public database's: a copy of go.mod grows its go.sum.
    shutil.copy(HERE / "go.mod", target / "go.mod")
    build = [go, "build", "-mod=mod", f"-modfile={target / 'go.mod'}", "-o", str(target / "go-worker"), "."]
    done = subprocess.run(build, cwd=HERE, capture_output=True, text=True, check=False)
    if done.returncode != 0 and any(words in done.stderr for words in NOT_HANDED_OUT):
        pytest.skip(f"the Go module proxy does not hand out the official worker: {done.stderr.strip().splitlines()[-1]}")
    assert done.returncode == 0, done.stdout + done.stderr
    return target / "go-worker"


class TestGo(OfficialWorkers):
    unknown_task = "is unregistered"
    repeats_reports = False

    @staticmethod
    def start_worker(crew, folder, label, key):
        told = [crew.server.host, crew.where["namespace"], crew.where["group_id"], key, label, str(crew.record)]
        return Worker([program(), *told], folder, {"GO_SCHEDULERX_WORKER_LOG_LEVEL": "info", "HOME": str(folder)})

    def was_refused(self, worker):
        return worker.process.poll() == 1
