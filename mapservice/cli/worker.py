"""`mapservice worker`: scheduled work, in one small process."""

import signal

import click

from mapservice import config as settings
from mapservice import logs
from mapservice.db import office_engine
from mapservice.worker.jobs import JOBS
from mapservice.worker.service import Worker, run_once


@click.command("worker")
@click.option("--once", is_flag=True, help="Do what is due and end; status 1 if a job failed.")
def command(once: bool) -> None:
    """Seal the audit trail, expire what is over, release when due; until SIGTERM.

    As the office role. Several may run; each job is done by one of them at a time.
    """
    config = settings.load()
    logs.configure()
    engine = office_engine(config)
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
