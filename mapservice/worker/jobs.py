"""What is to be done, and how often. Each line is a rule of its feature; none is made here."""

from collections.abc import Callable
from dataclasses import dataclass

import structlog
from sqlalchemy import text
from sqlalchemy.orm import Session

from mapservice.audit import service as audit
from mapservice.consent import ages, retention
from mapservice.disclosure.ages import birth_years
from mapservice.matching import service as matching
from mapservice.needs import freshness
from mapservice.release import service as release
from mapservice.worker import queries

Config = dict[str, object]
SEALS, EXPIRIES = 5000, 500  # rows in one transaction
DAY = 24 * 3600
AGE_BANDS = "age-bands"

log = structlog.get_logger()


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


def _erase_due(session: Session, _config: Config) -> int:
    """What is due; too much at once waits for a person (`mapservice privacy erase`)."""
    try:
        return retention.erase(session).erased
    except retention.TooMany as stop:
        log.warning("nothing was erased", reason=stop.detail)
        return 0


def _advance_age_bands(session: Session, _config: Config) -> int:
    """At the first run of a year in Việt Nam: bands follow from the year of birth."""
    today = session.scalar(text(queries.NEW_YEAR), {"name": AGE_BANDS})
    return ages.advance_age_bands(session, birth_years(session), today).moved if today else 0


JOBS = (
    Job("audit-months", 6 * 3600, lambda session, _: audit.make_months(session)),
    Job("expire-proposals", 60, lambda session, _: matching.expire_overdue(session)),
    Job(
        "expire-unassured",
        600,
        lambda session, _: freshness.expire_unassured(session, EXPIRIES),
        EXPIRIES,
    ),
    Job(
        "suspend-without-consent",
        600,
        lambda session, _: retention.suspend_without_basis(session),
    ),
    Job(AGE_BANDS, DAY, _advance_age_bands),
    Job("erase-due", DAY, _erase_due),
    Job("release", 3600, _release_when_due),
    # Last: a single run seals what the jobs before it wrote.
    Job("seal-audit", 2, lambda session, _: audit.seal(session, SEALS), SEALS),
)
