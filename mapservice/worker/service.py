"""Does each job when it is due, beside the others, whatever happens to the database meanwhile.

Any number of workers may run: the job's row in core.worker_job is its lock and its clock, and
counts its failures. A job that fails MOST_TRIES times in a row is set aside until somebody asks
for it again; a database that is away is waited for, and counts against no job.
"""

import threading
import time
from collections.abc import Mapping, Sequence

import structlog
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from mapservice import db, faults
from mapservice.audit import service as audit
from mapservice.errors import NotFound
from mapservice.worker import queries
from mapservice.worker.jobs import Config, Job

STATEMENT_SECONDS = 30  # a job's statement may take longer than a person would wait
IDLE_SECONDS = 300  # of its transaction, while it speaks to a mail server or computes
STOP_SECONDS = 8  # for the transactions under way; what is cut off is rolled back
MOST_BETWEEN_TRIES = 15  # seconds: after an outage the first seal follows soon
MOST_TRIES = 5
LOOK_AGAIN = 15  # seconds, at a job that was set aside

log = structlog.get_logger()


class Failed(Exception):
    """The job failed by its own fault, which is counted; nothing of what it did stays."""


def engine_for(config: Config, jobs: Sequence[Job]) -> Engine:
    """An engine of the office with a connection for each job, so that none waits for another's,
    and one more for what a plan in the making tells of itself."""
    return db.office_engine(config, connections=len(jobs) + 1)


def perform(engine: Engine, job: Job, config: Config) -> int | None:
    """One transaction of the job; how many rows, None when it is not due or another does it."""
    values = {"name": job.name, "every": job.every}
    with Session(engine) as session, session.begin():
        session.execute(text(queries.ENSURE), values)
    with Session(engine) as session, session.begin():
        session.execute(text(f"SET LOCAL statement_timeout = '{STATEMENT_SECONDS}s'"))
        session.execute(text(f"SET LOCAL idle_in_transaction_session_timeout = '{IDLE_SECONDS}s'"))
        if session.scalar(text(queries.CLAIM), values) is None:
            return None
        done = job.work(session, config)
        if not job.has_more(done):
            session.execute(text(queries.DONE), values)
        return done


def attempt(engine: Engine, job: Job, config: Config) -> int | None:
    """As `perform`; a failure of the job is counted and raised as Failed, an outage as it is."""
    began = time.monotonic()
    try:
        done = perform(engine, job, config)
    except Exception as error:
        if faults.is_outage(error):
            raise
        _count(engine, job, error)
        raise Failed(job.name) from error
    if done:
        milliseconds = round((time.monotonic() - began) * 1000)
        log.info("job done", job=job.name, rows=done, ms=milliseconds)
    return done


def run_once(engine: Engine, jobs: Sequence[Job], config: Config) -> list[str]:
    """Do every job that is due, to its end, and return; the names of those that failed."""
    failed = []
    for job in jobs:
        try:
            while job.has_more(attempt(engine, job, config) or 0):
                pass
        except Failed:
            failed.append(job.name)
        except Exception as error:  # the database is away
            log.warning("job put off", job=job.name, error=faults.code(error))
            failed.append(job.name)
    return failed


def standing(session: Session) -> Sequence[Mapping[str, object]]:
    """Every job that was ever begun: when it was done, how it failed, since when it is aside."""
    return session.execute(text(queries.STANDING)).mappings().all()


def try_again(session: Session, name: str) -> None:
    """Let a job that was set aside be done again, soon. NotFound when it was not set aside."""
    if session.scalar(text(queries.TRY_AGAIN), {"name": name}) is None:
        raise NotFound("Không có việc này trong số việc đã tạm dừng.")
    audit.record(session, "retry_job", table_name="worker_job", detail={"job": name})


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
        away = 0  # tries in a row that the database did not answer
        while not self._stopping.is_set():
            try:
                wait = self._next(job)
                away = 0
            except Exception as error:
                away += 1
                wait = between_tries(job, away)
                log.warning("job put off", job=job.name, error=faults.code(error), retry_in=wait)
            self._stopping.wait(wait)

    def _next(self, job: Job) -> float:
        """Do the job if it is its turn; seconds until it may be again."""
        try:
            if job.has_more(attempt(self._engine, job, self._config) or 0):
                return 0.0
        except Failed:
            pass  # counted; the database says when to try again
        return self._seconds_to_go(job)

    def _seconds_to_go(self, job: Job) -> float:
        """Until it is due again, by the database's clock; at least a second while others do it."""
        values = {"name": job.name, "every": job.every, "look_again": LOOK_AGAIN}
        with Session(self._engine) as session:
            seconds = session.scalar(text(queries.SECONDS_TO_GO), values)
        return min(max(job.every, 300.0), max(float(seconds or 0), min(1.0, job.every)))


def between_tries(job: Job, failures: int) -> float:
    """Seconds until the database is asked again: 2, 4, 8 … up to a limit for rare jobs."""
    limit = max(MOST_BETWEEN_TRIES, min(job.every, 300))
    return float(min(2 ** min(failures, 10), limit))


def _count(engine: Engine, job: Job, error: Exception) -> None:
    values = {"name": job.name, "code": faults.code(error), "most": MOST_TRIES}
    with Session(engine) as session, session.begin():
        counted = session.execute(text(queries.FAILED), values).one()
    about = {"failures": counted.failures, "set_aside": counted.set_aside}
    log.error("job failed", job=job.name, **faults.about(error), **about)
