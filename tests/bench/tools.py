"""pgbench, wrk and gunicorn as measuring instruments."""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path

from mapservice.cluster import Cluster
from mapservice.config import ROOT
from tests import front

CONNECTIONS = 8
SECONDS = int(os.environ.get("BENCH_SECONDS", "2"))
TURNS = 5
START_SECONDS = 30
OUT_OF_TIME = "canceling statement due to statement timeout"
# Of all connections together, after which one is closed: kept for ever, all may lie at one worker,
# and the other idles. A prime, so that it is neither the same path's nor connection's each time.
REQUESTS = 17
# Asks the paths in turn, each with its own headers; the last line tells what came of it.
WRK = """
local paths, headers = PATHS, HEADERS
local turn, asked = 0, 0
request = function()
  turn, asked = turn % #paths + 1, asked + 1
  for name, value in pairs(headers[turn] or {}) do wrk.headers[name] = value end
  wrk.headers["Connection"] = asked % REQUESTS == 0 and "close" or nil
  return wrk.format("GET", paths[turn])
end
done = function(summary, latency)
  local e = summary.errors
  io.write(string.format('\\n{"rate": %.2f, "p50": %.3f, "p99": %.3f, "failed": %d}\\n',
    summary.requests / summary.duration * 1e6, latency:percentile(50) / 1000,
    latency:percentile(99) / 1000, e.connect + e.read + e.write + e.status + e.timeout))
end
"""


Instruments = dict[str, Callable[[], dict]]


def in_turn(instruments: Instruments) -> dict[str, dict]:
    """What each instrument tells when its rate is the median one.

    They take turns: what else the machine does for a while then meets all of them alike.
    """
    told = {name: [] for name in instruments}
    for _ in range(TURNS):
        for name, measure in instruments.items():
            told[name].append(measure())
    return {name: sorted(turns, key=lambda turn: turn["rate"])[TURNS // 2]
            for name, turns in told.items()}  # fmt: skip


def pgbench(url: str, scripts: list[str], folder: Path, clients: int = CONNECTIONS) -> dict:
    """{"rate": scripts a second} of these scripts, as often one as another, back to back; 0.0 where
    a statement does not end in its time."""
    told = _pgbench(url, scripts, folder, clients)
    return {"rate": _told("tps =", told) if told else 0.0}


def pgbench_at(pace: float, url: str, scripts: list[str], folder: Path) -> dict:
    """{"scripts": how many, "waited": mean ms of one} by one client who asks `pace` a second.

    A server process that is asked again and again without a rest is faster than one that sleeps in
    between, which is how requests find it.
    """
    told = _pgbench(url, scripts, folder, 1, "--rate", f"{pace:.1f}")
    made = int(_told("transactions actually processed:", told)) if told else 0
    if not made:
        return {"scripts": 0, "waited": None}
    # Latency is counted from when a script was due.
    waited = _told("latency average =", told) - _told("rate limit schedule lag: avg", told)
    return {"scripts": made, "waited": round(waited, 3)}


def _pgbench(url: str, scripts: list[str], folder: Path, clients: int, *more: str) -> str | None:
    """What it reports; None where the server ended a statement for its time."""
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for number, script in enumerate(scripts):
        file = folder / f"{number}.sql"
        file.write_text(script, encoding="utf-8")
        files += ["-f", str(file)]
    command = ["pgbench", "-n", "-D", "planned=0", "-c", str(clients), "-j", str(min(clients, 2))]
    command += ["-T", str(SECONDS), *more, *files, url]
    ended = subprocess.run(command, capture_output=True, text=True)
    if OUT_OF_TIME in ended.stderr:
        return None
    ended.check_returncode()
    return ended.stdout


def _told(name: str, report: str) -> float:
    return float(re.search(rf"{name} ([0-9.]+)", report)[1])


def wrk(port: int, paths: list[str], folder: Path, headers: list[Mapping[str, str]]) -> dict:
    """{"rate", "p50", "p99" (ms), "failed"} of asking these paths in turn."""
    script = folder / "wrk.lua"
    written = WRK.replace("PATHS", _lua(map(json.dumps, paths)))
    written = written.replace("HEADERS", _lua(map(_lua_table, headers)))
    script.write_text(written.replace("REQUESTS", str(REQUESTS)), encoding="utf-8")
    command = ["wrk", "-t", "1", "-c", str(CONNECTIONS), "-d", f"{SECONDS}s", "-s", str(script)]
    found = subprocess.run(
        [*command, f"http://127.0.0.1:{port}"], capture_output=True, text=True, check=True
    )
    return json.loads(found.stdout.strip().splitlines()[-1])


def _lua(members: Iterable[str]) -> str:
    return "{" + ",".join(members) + "}"


def _lua_table(values: Mapping[str, str]) -> str:
    return _lua(f"[{json.dumps(name)}]={json.dumps(value)}" for name, value in values.items())


def ask(port: int, path: str, headers: Mapping[str, str]) -> tuple[int, dict[str, str], int]:
    """(status, headers, bytes of the body) of one request."""
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("GET", path, headers=dict(headers))
    reply = connection.getresponse()
    size = len(reply.read())
    connection.close()
    if reply.status >= 400:
        raise RuntimeError(f"{path} answers {reply.status}: see gunicorn.log")
    return reply.status, dict(reply.getheaders()), size


@contextmanager
def serving(
    cluster: Cluster, database: str, home: Path, megabytes: int, **settings: str
) -> Iterator[int]:
    """Two workers of gunicorn as in life but for these settings, with the baseline's routes; yields
    the port."""
    home.mkdir(parents=True, exist_ok=True)
    port = front.free_port()
    environment = {
        "MAPSERVICE_HOME": str(home),
        "DATABASE_URL": cluster.url("office", database),
        "PUBLIC_DATABASE_URL": cluster.url("public", database),
        "INTAKE_DATABASE_URL": cluster.url("intake", database),
        "SECRET_KEY": "a key for measuring only, of thirty-two or more letters",
        "DATA_KEY": "1:6l6v3W0gVYKkFWd7dDVSyCZWm0RHd3ZVhSDXlSb0Y7I=",
        "CACHE_MEGABYTES": str(megabytes),
    }
    command = [sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{port}", "--workers", "2",
               "--threads", "4", "--log-level", "warning", "--no-control-socket",
               "tests.bench.baseline:create()"]  # fmt: skip
    with (home / "gunicorn.log").open("w") as log:
        child = subprocess.Popen(
            command, cwd=ROOT, env=os.environ | environment | settings, stdout=log, stderr=log
        )
        try:
            _wait(child, port)
            yield port
        finally:
            child.terminate()
            child.wait()


def cpu_seconds(server: int) -> float:
    """What this process and its server process used: alike however busy the machine is."""
    user, system = Path(f"/proc/{server}/stat").read_text().rsplit(")", 1)[1].split()[11:13]
    return time.process_time() + (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def peak_megabytes() -> int:
    """The most memory that this program had at once; `getrusage` tells of a child also what the
    program that began it had."""
    told = Path("/proc/self/status").read_text().split("VmHWM:", 1)[1]
    return int(told.split(maxsplit=1)[0]) // 1024


def _wait(child: subprocess.Popen, port: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while child.poll() is None and time.monotonic() < deadline:
        try:
            if ask(port, "/bare", {})[0] == 200:
                return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError("the server did not start: see gunicorn.log")
