"""One Muster per test run, started from the built program, and the means to start more.

    def test_something(muster):            # the shared server: independent tests, unique names
        muster.http                        # "http://127.0.0.1:41233"
        muster.host                        # "127.0.0.1:41233"
        muster.worker                      # "127.0.0.1:41234"
        muster.credentials                 # the data folder's credentials.json, as a dict
        muster.data                        # the data folder, a pathlib.Path
        muster.cli("account", "list")      # standard output of `muster --data DIR account list`

    def test_restart(start_muster):        # servers of the test's own, stopped when it ends
        server = start_muster(config="[quota]\n...", env={"MUSTER_TIMEZONE": "UTC"})
        server.kill(); server.start()

Environment: MUSTER_BIN names the program (default: target/debug/muster of this repository), MUSTER_TEST_DATABASE
a PostgreSQL URL; each server then gets a database of its own beside the one that it names.
"""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from pathlib import Path

import pytest

# Assertions there are tests' own too.
pytest.register_assert_rewrite("workers")

REPOSITORY = Path(__file__).resolve().parent.parent
START_SECONDS = 60
STOP_SECONDS = 30
# Poll interval while a process comes up; every wait ends on a condition, never on the passing of time alone.
POLL_SECONDS = 0.02


def binary() -> Path:
    """The program under test."""
    path = Path(os.environ.get("MUSTER_BIN") or REPOSITORY / "target" / "debug" / "muster").resolve()
    if not path.exists():
        pytest.exit(f"{path} does not exist: run `cargo build` first, or set MUSTER_BIN", returncode=2)
    return path


def clean_environment() -> dict:
    """Our environment without any MUSTER_ setting and without proxies, which must not reach the server or the SDKs."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("MUSTER_") and not name.lower().endswith("_proxy")
    }


def unique(prefix: str = "t") -> str:
    """A name that no other test uses: letters and digits, 13 characters and the prefix."""
    return f"{prefix}{uuid.uuid4().hex[:12]}"


class Muster:
    """A running server and its data folder."""

    def __init__(self, data: Path, *, database: str | None = None, config: str | None = None, env=None, args=()):
        self.data = data
        self.database = database
        self.env = clean_environment() | dict(env or {})
        self.args = [str(arg) for arg in args]
        self.process: subprocess.Popen | None = None
        self.log = data.with_name(data.name + ".log")
        self.config: Path | None = None
        if config is not None:
            self.config = data.with_name(data.name + ".toml")
            self.config.write_text(config, encoding="utf-8")

    def common_flags(self) -> list[str]:
        flags = ["--data", str(self.data)]
        if self.database:
            flags += ["--database", self.database]
        if self.config:
            flags += ["--config", str(self.config)]
        return flags

    def start(self) -> "Muster":
        """Starts the server and returns when /readyz answers 200."""
        assert self.process is None or self.process.poll() is not None, "already running"
        # A stale file of an earlier run must not be taken for this run's addresses.
        (self.data / "endpoints.json").unlink(missing_ok=True)
        command = [str(binary()), "serve", *self.common_flags()]
        for flag in ("--listen", "--worker-listen"):
            if flag not in self.args:
                command += [flag, "127.0.0.1:0"]
        command += self.args
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(command, env=self.env, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        deadline = time.monotonic() + START_SECONDS
        while not self._ready():
            if self.process.poll() is not None:
                raise RuntimeError(f"muster ended with {self.process.returncode} before it was ready:\n{self.log_tail()}")
            if time.monotonic() > deadline:
                self.kill()
                raise RuntimeError(f"muster was not ready within {START_SECONDS} s:\n{self.log_tail()}")
            time.sleep(POLL_SECONDS)
        return self

    def _ready(self) -> bool:
        try:
            endpoints = json.loads((self.data / "endpoints.json").read_text(encoding="utf-8"))
        except (FileNotFoundError, json.JSONDecodeError):
            return False
        self.http = endpoints["http"].rstrip("/")
        self.host = urllib.parse.urlsplit(self.http).netloc
        self.worker = endpoints.get("worker")
        try:
            with opener.open(f"{self.http}/readyz", timeout=5) as answer:
                return answer.status == 200
        except OSError:
            return False

    @property
    def credentials(self) -> dict:
        return json.loads((self.data / "credentials.json").read_text(encoding="utf-8"))

    @property
    def outbox(self) -> Path:
        """Where mails are written while no mail gateway is configured."""
        return self.data / "outbox"

    def cli(self, *args, check: bool = True, stdin: str | None = None, env=None) -> str:
        """Runs a command of the program on this data folder and returns its standard output."""
        command = [str(binary()), *self.common_flags(), *(str(arg) for arg in args)]
        done = subprocess.run(
            command, env=self.env | dict(env or {}), input=stdin, capture_output=True, text=True, timeout=120, check=False
        )
        if check and done.returncode != 0:
            raise RuntimeError(f"{' '.join(map(str, args))} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
        return done.stdout if check else done.stdout + done.stderr

    def cli_json(self, *args):
        """The same with `--json`, parsed."""
        return json.loads(self.cli("--json", *args))

    def stop(self) -> int:
        """SIGTERM, and wait; returns the exit status."""
        return self._end(signal.SIGTERM)

    def kill(self) -> int:
        """SIGKILL, and wait."""
        return self._end(signal.SIGKILL)

    def restart(self) -> "Muster":
        self.stop()
        return self.start()

    def _end(self, number: int) -> int:
        if self.process is None:
            return 0
        if self.process.poll() is None:
            self.process.send_signal(number)
            try:
                self.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
                raise RuntimeError(f"muster did not stop within {STOP_SECONDS} s:\n{self.log_tail()}") from None
        return self.process.returncode

    def log_tail(self, lines: int = 60) -> str:
        try:
            return "\n".join(self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])
        except FileNotFoundError:
            return ""


# The test machine's proxies have no business between a test and a server on loopback.
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def new_database() -> str | None:
    """A fresh database beside the one that MUSTER_TEST_DATABASE names; none means SQLite."""
    base = os.environ.get("MUSTER_TEST_DATABASE")
    if not base:
        return None
    import psycopg  # only needed for this

    name = unique("muster_test_")
    with psycopg.connect(base, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    return urllib.parse.urlsplit(base)._replace(path=f"/{name}").geturl()


@contextlib.contextmanager
def muster_servers(root: Path):
    """Yields a function that starts servers under `root`; stops all of them at the end."""
    started: list[Muster] = []

    def start(*, config=None, env=None, args=(), data: Path | None = None, database: str | None = None) -> Muster:
        """`database` is a PostgreSQL URL, or "sqlite"; unless told, the run decides."""
        folder = data or root / unique("data")
        url = None if database == "sqlite" else database or new_database()
        server = Muster(folder, database=url, config=config, env=env, args=args)
        started.append(server)
        return server.start()

    try:
        yield start
    finally:
        for server in started:
            server.stop()


def copied(server: Muster, database: str) -> Muster:
    """The same server on PostgreSQL, with what it held on SQLite: whoever moves must notice nothing."""
    server.cli("call", "schedulerx", "CreateNamespace", "Name=before", "Uid=before-the-move")
    server.cli("call", "cloudmonitor", "PutContactGroup", "ContactGroupName=before-the-move", "ContactNames.1=before")
    server.cli("call", "cloudeye", "CreateResourceGroup", "group_name=before-the-move")
    server.stop()
    server.cli("store", "copy", database)
    server.database = database
    server.start()
    assert "before-the-move" in server.cli("call", "schedulerx", "ListNamespaces")
    return server


@pytest.fixture(scope="session")
def muster():
    """The server that the tests of a run share. On PostgreSQL it began its life on SQLite, and its store was copied."""
    root = Path(tempfile.mkdtemp(prefix="muster-conformance-"))
    try:
        with muster_servers(root) as start:
            database = new_database()
            server = copied(start(database="sqlite"), database) if database else start()
            yield server
            assert server.process.poll() is None, f"muster ended during the tests:\n{server.log_tail()}"
            assert "panicked at" not in server.log.read_text(errors="replace"), server.log_tail(200)
    finally:
        if not os.environ.get("MUSTER_KEEP"):
            shutil.rmtree(root, ignore_errors=True)


@pytest.fixture
def start_muster(tmp_path):
    """Starts servers of a test's own."""
    with muster_servers(tmp_path) as start:
        yield start


@pytest.fixture(autouse=True, scope="session")
def no_proxies():
    """The official SDKs read proxies from the environment; the server under test is on loopback."""
    saved = {name: os.environ.pop(name) for name in list(os.environ) if name.lower().endswith("_proxy")}
    os.environ["NO_PROXY"] = "127.0.0.1,localhost"
    yield
    os.environ.pop("NO_PROXY", None)
    os.environ.update(saved)


@pytest.fixture
def name():
    """Makes unique names: `name()` or `name("group")`."""
    return unique
