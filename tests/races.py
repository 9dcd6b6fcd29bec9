"""Many sessions that begin one act at the same moment."""

from collections.abc import Callable, Sequence
from threading import Barrier, Thread

from sqlalchemy import Engine, text
from sqlalchemy.orm import Session


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
