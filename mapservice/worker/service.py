"""Does each job when it is due, beside the others, whatever happens to the database meanwhile.

Any number of workers may run: the job's row in core.worker_job is its lock and its clock.
"""

import threading
import time
from collections.abc import Sequence

import structlog
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from mapservice.worker import queries
from mapservice.worker.jobs import Config, Job

STATEMENT_SECONDS = 30  # a job's statement may take longer than a person would wait
STOP_SECONDS = 8  # for the transactions under way; what is cut off is rolled back
MOST_BETWEEN_TRIES = 15  # seconds: after an outage the first seal follows soon

log = structlog.get_logger()


def perform(engine: Engine, job: Job, config: Config) -> int | None:
    """One transaction of the job; how many rows, None when it is not due or another does it."""
    values = {"name": job.name, "every": job.every}
    with Session(engine) as session, session.begin():
        session.execute(text(queries.ENSURE), values)
    with Session(engine) as session, session.begin():
        session.execute(text(f"SET LOCAL statement_timeout = '{STATEMENT_SECONDS}s'"))
        if session.scalar(text(queries.CLAIM), values) is None:
            return None
        done = job.work(session, config)
        if not job.has_more(done):
            session.execute(text(queries.DONE), values)
        return done


def run_once(engine: Engine, jobs: Sequence[Job], config: Config) -> list[str]:
    """Do every job that is due, to its end, and return; the names of those that failed."""
    failed = []
    for job in jobs:
        try:
            while job.has_more(_tell(engine, job, config) or 0):
                pass
        except Exception as error:
            _failed(job, error, 1)
            failed.append(job.name)
    return failed


class Worker:
    """One thread a job, so that none waits for another; `run` returns after `stop`."""

    def __init__(self, engine: Engine, jobs: Sequence[Job], config: Config):
        self._engine, self._jobs, self._config = engine, jobs, config
        self._stopping = threading.Event()

    def stop(self) -> None:
        """Begin nothing more; may be called from a signal handler."""
        self._stopping.set()

    def run(self) -> None:
        """Work until `stop`; then wait STOP_SECONDS at most for what is under way."""
        threads = [
            threading.Thread(target=self._keep_doing, args=(job,), name=job.name, daemon=True)
            for job in self._jobs
        ]
        for thread in threads:
            thread.start()
        log.info("worker started", jobs=[job.name for job in self._jobs])
        self._stopping.wait()
        deadline = time.monotonic() + STOP_SECONDS
        for thread in threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        unfinished = [thread.name for thread in threads if thread.is_alive()]
        log.info("worker stopped", unfinished=unfinished)

    def _keep_doing(self, job: Job) -> None:
        failures = 0
        while not self._stopping.is_set():
            try:
                done = _tell(self._engine, job, self._config)
                more = done is not None and job.has_more(done)
                wait = 0.0 if more else self._seconds_to_go(job)
                failures = 0
            except Exception as error:
                failures += 1
                wait = between_tries(job, failures)
                _failed(job, error, failures, retry_in=wait)
            self._stopping.wait(wait)

    def _seconds_to_go(self, job: Job) -> float:
        """Until it is due again, by the database's clock; at least a second while others do it."""
        values = {"name": job.name, "every": job.every}
        with Session(self._engine) as session:
            seconds = session.scalar(text(queries.SECONDS_TO_GO), values)
        return min(job.every, max(float(seconds or 0), min(1.0, job.every)))


def between_tries(job: Job, failures: int) -> float:
    """Seconds until the next try: 2, 4, 8 … up to a limit that a rare job may exceed."""
    limit = max(MOST_BETWEEN_TRIES, min(job.every, 300))
    return float(min(2 ** min(failures, 10), limit))


def _tell(engine: Engine, job: Job, config: Config) -> int | None:
    began = time.monotonic()
    done = perform(engine, job, config)
    if done:
        milliseconds = round((time.monotonic() - began) * 1000)
        log.info("job done", job=job.name, rows=done, ms=milliseconds)
    return done


def _failed(job: Job, error: Exception, failures: int, **more: object) -> None:
    if isinstance(error, DBAPIError):  # the server's own words: the statement may hold a person
        reason = (str(error.orig).strip().splitlines() or [""])[0]
        log.warning("job failed", job=job.name, failures=failures, error=reason, **more)
    else:
        log.error("job failed", job=job.name, failures=failures, exc_info=error, **more)
