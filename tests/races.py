"""Many sessions that begin one act at the same moment."""

from collections.abc import Callable, Sequence
from threading import Barrier, Thread

from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

WAITING = text("""SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock'
      AND clock_timestamp() - query_start >= make_interval(secs => :seconds)""")


def at_once(engine: Engine, jobs: Sequence[Callable[[Session], object]]) -> list:
    """Run each job with a connection of its own, all starting together; results or errors."""
    start, results = Barrier(len(jobs)), [None] * len(jobs)

    def run(position, job):
        with Session(engine) as session:
            session.execute(text("SELECT 1"))
            start.wait()
            try:
                results[position] = job(session)
                session.commit()
            except Exception as error:
                results[position] = error

    threads = [Thread(target=run, args=(n, job)) for n, job in enumerate(jobs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def waiting(engine: Engine, seconds: float = 0) -> int:
    """How many sessions of this database wait for a lock, for so many seconds at least."""
    with engine.connect() as looking:  # a transaction would see what it saw first
        return looking.scalar(WAITING, {"seconds": seconds})
