"""`mapservice up` and `mapservice db` as a person runs them: processes, a home of their own."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from http.client import HTTPConnection
from pathlib import Path

import pytest

from mapservice.cluster import Cluster
from mapservice.demo.sign_ins import FILE as SIGN_INS

COMMAND = Path(sys.executable).with_name("mapservice")


def remove(home: Path) -> None:
    """Stop the cluster and remove what it left outside the home (as root)."""
    cluster = Cluster(home)
    cluster.stop()
    shutil.rmtree(cluster.data.resolve(), ignore_errors=True)


def sign_ins(home: Path) -> str:
    """The demo's sign-ins, which only the owner of the home can read."""
    path = home / SIGN_INS
    assert path.stat().st_mode & 0o077 == 0
    return path.read_text(encoding="utf-8").strip()


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    yield home
    remove(home)


def free_port() -> int:
    """A port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def port():
    return free_port()


def environment(home: Path, **more: str) -> dict[str, str]:
    kept = {
        name: os.environ[name]
        for name in ("PATH", "HOME", "LANG", "PYTHONPATH")
        if name in os.environ
    }
    return kept | {"MAPSERVICE_HOME": str(home)} | more


def run(home: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [COMMAND, *arguments],
        env=environment(home, **more),
        capture_output=True,
        text=True,
        check=False,
    )


class Up:
    """`mapservice up` in the background, serving when the block begins; killed at its end."""

    def __init__(self, home: Path, port: int, *arguments: str, **more: str):
        self.began = time.monotonic()
        self.port = port
        self.process = subprocess.Popen(
            [COMMAND, "up", "--port", str(port), *arguments],
            env=environment(home, **more),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.said = ""

    def __enter__(self):
        for line in self.process.stdout:
            self.said += line
            if line.startswith("Ctrl-C"):
                self.seconds = time.monotonic() - self.began
                return self
        pytest.fail(f"up ended with {self.process.wait()}:\n{self.said}")

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.terminate()
        self.process.stdout.read()
        self.process.stdout.close()
        self.process.wait()

    def until(self, words: str) -> str:
        """Read on what is said, up to the line with these words."""
        for line in self.process.stdout:
            self.said += line
            if words in line:
                return line
        pytest.fail(f"up ended without {words!r}:\n{self.said}")

    def stop(self, number: signal.Signals) -> int:
        self.process.send_signal(number)
        self.said += self.process.stdout.read()
        return self.process.wait()

    def status(self, path: str) -> int:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.request("GET", path)
        answer = connection.getresponse()
        answer.read()
        connection.close()
        return answer.status


def processes_of(home: Path, port: int) -> list[str]:
    """Command lines of living processes that serve this home or port."""
    marks = (str(Cluster(home).data.resolve()), f"127.0.0.1:{port}")
    ours = f"MAPSERVICE_HOME={home}"
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            line = words(process / "cmdline")
            settings = words(process / "environ").split(" ")
        except OSError:
            continue
        if ours in settings or any(mark in line for mark in marks):
            found.append(line)
    return found


def words(file: Path) -> str:
    return file.read_bytes().replace(b"\0", b" ").decode(errors="replace")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_serves_until_it_is_stopped_and_leaves_nothing(home, port, number):
    with Up(home, port) as up:
        assert f"http://127.0.0.1:{port}/" in up.said
        assert sign_ins(home) in up.said
        assert up.status("/healthz") == 200
        assert up.status("/") == 200
        assert up.stop(number) == 0
    assert processes_of(home, port) == []
    assert not Cluster(home).status().running
    assert "Traceback" not in up.said


def test_a_second_start_seeds_nothing_twice(home, port, record_property):
    with Up(home, port):
        before = [run(home, "db", "psql", "-Atc", COUNTS).stdout]
    with Up(home, port) as again:
        record_property("second start", f"{again.seconds:.1f} s")
        before.append(run(home, "db", "psql", "-Atc", COUNTS).stdout)
    assert before[0] == before[1]
    assert all(int(count) for count in before[0].strip().split("|"))


COUNTS = "SELECT (SELECT count(*) FROM core.admin_unit), (SELECT count(*) FROM core.address)"


def test_without_demo_the_map_stays_empty(tmp_path, port):
    try:
        with Up(tmp_path, port, "--no-demo") as up:
            counts = run(tmp_path, "db", "psql", "-Atc", COUNTS).stdout.strip().split("|")
            assert up.status("/") == 200
    finally:
        remove(tmp_path)
    assert int(counts[0]) > 0
    assert int(counts[1]) == 0
    assert not (tmp_path / SIGN_INS).exists()


def test_a_map_that_others_can_open_gets_no_demo(tmp_path, port):
    try:
        with Up(tmp_path, port, BASE_URL="https://map.example") as up:
            assert "https://map.example/" in up.said
    finally:
        remove(tmp_path)
    assert not (tmp_path / SIGN_INS).exists()


def test_the_worker_seals_and_one_that_is_killed_is_followed_by_another(home, port):
    with Up(home, port, "--no-demo") as up:
        up.until("worker started")
        run(
            home,
            "db",
            "psql",
            "-c",
            "INSERT INTO core.audit_event (action, table_name) VALUES ('x', 'x')",
        )
        up.until('"job": "seal-audit"')
        verified = run(home, "audit", "verify", "--json")
        assert json.loads(verified.stdout)["ok"] is True
        os.kill(worker_of(home), signal.SIGKILL)
        assert "status -9" in up.until("ended by itself")
        up.until("worker started")
        assert up.stop(signal.SIGTERM) == 0
        assert '"unfinished": []' in up.said
    assert processes_of(home, port) == []


def worker_of(home: Path) -> int:
    """Process id of the worker of this home."""
    (found,) = [
        int(process.name)
        for process in Path("/proc").glob("[0-9]*")
        if "mapservice.cli worker" in words(process / "cmdline")
        and f"MAPSERVICE_HOME={home}" in words(process / "environ").split(" ")
    ]
    return found


def test_one_map_a_home(home, port):
    with Up(home, port) as up:
        second = run(home, "up", "--port", str(free_port()))
        assert second.returncode == 1
        assert "already running" in second.stderr
        assert up.status("/healthz") == 200


def test_killed_without_warning_the_next_start_recovers(home, port):
    with Up(home, port) as up:
        server = Cluster(home).status().pid
        up.process.kill()
        up.process.stdout.read()  # ends when the web server, which holds it too, has ended
        os.kill(server, signal.SIGKILL)
    with Up(home, port) as again:
        assert again.status("/healthz") == 200
        assert again.stop(signal.SIGINT) == 0
    assert processes_of(home, port) == []


def test_a_server_that_survived_its_up_is_stopped_by_the_next(home, port):
    with Up(home, port) as up:
        up.process.kill()
        up.process.stdout.read()
    assert Cluster(home).status().running
    with Up(home, port) as again:
        again.stop(signal.SIGINT)
    assert not Cluster(home).status().running


def test_a_database_started_by_hand_stays(home, port):
    assert run(home, "db", "start").returncode == 0
    with Up(home, port) as up:
        assert up.stop(signal.SIGINT) == 0
    assert json.loads(run(home, "db", "status", "--json").stdout)["running"] is True
    assert run(home, "db", "stop").returncode == 0
    assert run(home, "db", "status").returncode == 1


def test_a_taken_port_is_named_before_anything_is_started(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        refused = run(tmp_path, "up", "--port", str(port))
    assert refused.returncode == 1
    assert f"Port {port}" in refused.stderr
    assert "PORT=" in refused.stderr
    assert not (tmp_path / "postgres").exists()


def test_a_given_database_is_served_without_a_cluster_of_our_own(tmp_path, port, settings):
    given = {name: str(value) for name, value in settings.items() if name != "TESTING"}
    with Up(tmp_path, port, **given) as up:
        assert up.status("/healthz") == 200
        assert up.status("/layers/needs.geojson?bbox=105.8,21.1,107.1,21.7") == 200
        assert up.stop(signal.SIGTERM) == 0
    assert not (tmp_path / "postgres").exists()
    assert "demo" not in up.said.casefold()
    refused = run(tmp_path, "db", "stop", **given)
    assert refused.returncode == 1
    assert "DATABASE_URL" in refused.stderr


def test_addresses_of_the_roles_work_with_other_programs(home):
    run(home, "db", "start")
    for flags, role in ((["--public"], "mapservice_public"), ([], "mapservice_office")):
        address = run(home, "db", "url", *flags).stdout.strip()
        asked = subprocess.run(
            ["psql", "-X", "-Atc", "SELECT current_user", address],
            capture_output=True,
            text=True,
            check=False,
        )
        assert asked.stdout.strip() == role, asked.stderr
    run(home, "db", "stop")


def test_wrong_usage_and_a_stopped_database_have_their_own_status(tmp_path):
    assert run(tmp_path, "db", "nonsense").returncode == 2
    assert run(tmp_path, "up", "--port", "99999").returncode == 2
    assert run(tmp_path, "db", "status").returncode == 1
    bad = run(tmp_path, "db", "status", PORT="eight")
    assert bad.returncode == 1
    assert "PORT" in bad.stderr
