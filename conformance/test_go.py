"""The official Go clients: each folder here with Go tests is a module of its own.

They find the server through MUSTER_HTTP ("http://127.0.0.1:41233") and its credentials.json through MUSTER_CREDENTIALS.
"""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

MODULES = sorted({path.parent for path in Path(__file__).parent.glob("*/*_test.go")})


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.name)
def test_module(muster, module):
    go = shutil.which("go") or "/usr/local/go/bin/go"
    if not Path(go).exists():
        assert os.environ.get("CI") != "true", "Go is not installed, and CI needs it"
        pytest.skip("Go is not installed")
    env = dict(os.environ, MUSTER_HTTP=muster.http, MUSTER_CREDENTIALS=str(muster.data / "credentials.json"))
    # -count=1: the server is new in every run, so no earlier result counts.
    done = subprocess.run([go, "test", "-count=1", "./..."], cwd=module, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
