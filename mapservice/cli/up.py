"""`mapservice up`: everything between the installs and a map in the browser, until Ctrl-C."""

import fcntl
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from pathlib import Path

import click

from mapservice import config as settings
from mapservice.cli import processes, seed
from mapservice.cli.db import private_cluster, started_by_up, upgrade_schema
from mapservice.cli.session import session
from mapservice.consent import service as consents
from mapservice.demo import service as demonstration
from mapservice.demo import sign_ins
from mapservice.errors import Conflict
from mapservice.release import service as release
from mapservice.release import tree
from mapservice.territory import service as territory

ADDRESS = "127.0.0.1"
READY_SECONDS = 30
WORKER_PAUSE = 5  # seconds before a worker that ended is followed by another


@click.command("up")
@click.option("--port", type=click.IntRange(1, 65535), help="Default: PORT, or 8000.")
@click.option("--no-demo", is_flag=True, help="Leave an empty database empty.")
def command(port: int | None, no_demo: bool) -> None:
    """Start the database, migrate, load the territory and the demo, and serve."""
    if port:
        os.environ["PORT"] = str(port)  # for every process that we start, too
    config = settings.load()
    _require_free_port(int(config["PORT"]))
    with ExitStack() as stack:
        stack.enter_context(_only_one(Path(str(config["MAPSERVICE_HOME"]))))
        stack.enter_context(_stop_signals())
        if config["PRIVATE_CLUSTER"]:
            stack.enter_context(_database_running(config))
        _step("Schema", lambda: upgrade_schema(config))
        if config["PRIVATE_CLUSTER"]:
            _step("Territory", lambda: _seed_territory(config))
            _step("Consent wordings", lambda: _seed_wordings(config))
            if not no_demo and _wants_demo(config):
                click.get_current_context().invoke(seed.demo)
            if _release_due(config):
                _step("Release of people", lambda: _release(config))
        server = stack.enter_context(_server_running(int(config["PORT"])))
        _announce(config)
        _attend(server)


class _Stopped(BaseException):
    """Somebody asked us to stop; BaseException, so that no step takes it for its own error."""


@contextmanager
def _stop_signals() -> Iterator[None]:
    """Turn Ctrl-C, SIGTERM and a closed terminal into an orderly stop with status 0."""

    def stop(_number: int, _frame: object) -> None:
        # One request is enough: a second must not interrupt the stopping.
        for number in processes.STOPPING:
            signal.signal(number, signal.SIG_IGN)
        raise _Stopped

    for number in processes.STOPPING:
        signal.signal(number, stop)
    try:
        yield
    except _Stopped:
        click.echo("Stopped.")


def _require_free_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((ADDRESS, port))
        except OSError as error:
            raise click.ClickException(
                f"Port {port} cannot be used ({error.strerror}). "
                f"Choose another: make run PORT={port % 65535 + 1}"
            ) from None


@contextmanager
def _only_one(home: Path) -> Iterator[None]:
    """Hold the home for this process; the system lets go of it however the process ends."""
    try:
        home.mkdir(parents=True, exist_ok=True)
        lock = (home / "up.lock").open("w")
    except OSError as error:
        raise click.ClickException(
            f"Cannot write to {home} ({error.strerror}): make it yours, "
            "or set MAPSERVICE_HOME to a directory of your own."
        ) from None
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise click.ClickException(
                f"The map of {home} is already running. "
                "Stop it first, or give this one another MAPSERVICE_HOME and PORT."
            ) from None
        yield


@contextmanager
def _database_running(config: dict[str, object]) -> Iterator[None]:
    """The private cluster; stopped again unless `mapservice db start` had started it."""
    cluster = private_cluster(config)
    mark = started_by_up(cluster)
    if not cluster.status().running:
        mark.touch()
    try:
        _step("PostgreSQL", cluster.ensure)
        yield
    finally:
        if mark.exists():
            cluster.stop()
            mark.unlink(missing_ok=True)


def _step(name: str, action: Callable[[], object]) -> None:
    began = time.monotonic()
    click.echo(f"{name} … ", nl=False)
    action()
    click.echo(f"{time.monotonic() - began:.1f} s")


def _seed_wordings(config: dict[str, object]) -> None:
    with session(config, "owner") as work:
        consents.seed_wordings(work)


def _seed_territory(config: dict[str, object]) -> None:
    with session(config, "owner") as work:
        territory.seed(work, str(config["PROVINCE"]), settings.ROOT / "seed")
        tree.load(work, str(config["PROVINCE"]), settings.ROOT / "seed")


def _release_due(config: dict[str, object]) -> bool:
    with session(config) as work:
        return release.due(work)


def _release(config: dict[str, object]) -> None:
    with session(config) as work:
        release.run_scheduled(work, least=int(config["RELEASE_K"]))


def _wants_demo(config: dict[str, object]) -> bool:
    """An empty database that only this machine can open has room for the demo."""
    if not demonstration.on_loopback(str(config["BASE_URL"])):
        return False
    try:
        with session(config, "owner") as work:
            demonstration.require_empty(work.connection())
    except Conflict:
        return False
    return True


@contextmanager
def _server_running(port: int) -> Iterator[subprocess.Popen]:
    """The web server, answering when this yields."""
    arguments = ["--bind", f"{ADDRESS}:{port}", "--workers", "2", "--threads", "4"]
    arguments += ["--graceful-timeout", str(processes.STOP_SECONDS - 2)]
    arguments += ["--log-level", "warning"]
    arguments += ["--no-control-socket"]  # it would be one for all homes, in ~/.gunicorn
    with processes.running("-m", "gunicorn", *arguments, "mapservice:create_app()") as server:
        _wait_until_it_answers(server, port)
        yield server


def _attend(server: subprocess.Popen) -> None:
    """Keep a worker beside the server; one that ends (killed, say) is followed by another."""
    while True:
        with processes.running("-m", "mapservice.cli", "worker") as worker:
            ended = processes.first_to_end(server, worker)
        if ended is server:
            message = f"The web server ended by itself (status {server.returncode})."
            raise click.ClickException(message)
        click.echo(f"The worker ended by itself (status {worker.returncode}); another starts.")
        time.sleep(WORKER_PAUSE)


def _wait_until_it_answers(server: subprocess.Popen, port: int) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        if server.poll() is not None:
            raise click.ClickException("The web server did not start; the messages above say why.")
        if _answers(port):
            return
        time.sleep(0.1)
    raise click.ClickException(f"The web server did not answer within {READY_SECONDS} s.")


def _answers(port: int) -> bool:
    # Not urlopen: it would send even this request through the proxy of the environment.
    connection = HTTPConnection(ADDRESS, port, timeout=5)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == HTTPStatus.OK
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def _announce(config: dict[str, object]) -> None:
    told = Path(str(config["MAPSERVICE_HOME"])) / sign_ins.FILE
    click.echo(f"\nThe map: {config['BASE_URL']}/")
    if told.exists():
        click.echo(f"\n{told.read_text(encoding='utf-8').rstrip()}")
    click.echo("\nCtrl-C stops it.")
