"""`mapservice worker`: scheduled work, in one small process."""

import json
import signal
import sys

import click

from mapservice import config as settings
from mapservice import logs
from mapservice.cli.session import session
from mapservice.worker.jobs import JOBS
from mapservice.worker.service import Worker, engine_for, run_once, standing, try_again


@click.command("worker")
@click.option("--once", is_flag=True, help="Do what is due and end; status 1 if a job failed.")
@click.option("--status", is_flag=True, help="Tell how each job stands; 1 if one is set aside.")
@click.option("--json", "as_json", is_flag=True, help="With --status: for programs.")
@click.option("--retry", metavar="JOB", help="Let a job that was set aside be done again.")
def command(once: bool, status: bool, as_json: bool, retry: str | None) -> None:
    """Seal the audit trail, send mail, expire what is over, release when due; until SIGTERM.

    As the office role. Several may run; each job is done by one of them at a time.
    """
    if once + status + bool(retry) > 1 or (as_json and not status):
        raise click.UsageError("Choose one of --once, --status [--json] and --retry JOB.")
    config = settings.load()
    if status:
        _tell(config, as_json)
    elif retry:
        _retry(config, retry)
    else:
        logs.configure()
        _work(config, once)


def _work(config: dict[str, object], once: bool) -> None:
    engine = engine_for(config, JOBS)
    try:
        if once:
            failed = run_once(engine, JOBS, config)
            if failed:
                raise click.ClickException(f"Failed: {', '.join(failed)}; the log says why.")
            return
        worker = Worker(engine, JOBS, config)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: worker.stop())
        worker.run()
    finally:
        engine.dispose()


def _tell(config: dict[str, object], as_json: bool) -> None:
    with session(config) as work:
        rows = [dict(row) for row in standing(work)]
    if as_json:
        click.echo(json.dumps(rows, default=str))
    else:
        for row in rows:
            click.echo(_line(row))
    if any(row["set_aside_at"] for row in rows):
        sys.exit(1)


def _line(row: dict[str, object]) -> str:
    done = f"done {row['done_at']:%Y-%m-%d %H:%M:%S}" if row["done_at"] else "never done"
    if not row["failures"] and not row["set_aside_at"]:
        return f"{row['name']}: {done}"
    state = "SET ASIDE" if row["set_aside_at"] else "failing"
    return f"{row['name']}: {state} ({row['failures']} failures, {row['last_error']}), {done}"


def _retry(config: dict[str, object], name: str) -> None:
    with session(config) as work:
        try_again(work, name)
    click.echo(f"{name} will be done again.")
