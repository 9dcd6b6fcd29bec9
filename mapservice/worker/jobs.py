"""What is to be done, and how often. Each line is a rule of its feature; none is made here."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy.orm import Session

from mapservice.audit import service as audit
from mapservice.matching import service as matching
from mapservice.needs import freshness
from mapservice.release import service as release

Config = dict[str, object]
SEALS, EXPIRIES = 5000, 500  # rows in one transaction


@dataclass(frozen=True, slots=True)
class Job:
    """Done `every` so many seconds, in a transaction of its own; `work` tells how many rows.

    A full `batch` means that there is more: the job goes on at once.
    """

    name: str
    every: float
    work: Callable[[Session, Config], int]
    batch: int | None = None

    def has_more(self, done: int) -> bool:
        return self.batch is not None and done >= self.batch


def _release_when_due(session: Session, config: Config) -> int:
    if not release.due(session):
        return 0
    return release.run_scheduled(session, least=int(config["RELEASE_K"])).cells


JOBS = (
    Job("audit-months", 6 * 3600, lambda session, _: audit.make_months(session)),
    Job("expire-proposals", 60, lambda session, _: matching.expire_overdue(session)),
    Job(
        "expire-unassured",
        600,
        lambda session, _: freshness.expire_unassured(session, EXPIRIES),
        EXPIRIES,
    ),
    Job("release", 3600, _release_when_due),
    # Last: a single run seals what the jobs before it wrote.
    Job("seal-audit", 2, lambda session, _: audit.seal(session, SEALS), SEALS),
)
