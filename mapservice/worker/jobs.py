"""What is to be done, and how often. Each line is a rule of its feature; none is made here."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import structlog
from sqlalchemy import text
from sqlalchemy.orm import Session

from mapservice.accounts import forgetting as sign_ins
from mapservice.audit import service as audit
from mapservice.caching import versions, withdrawals
from mapservice.consent import ages, retention
from mapservice.disclosure import drafts
from mapservice.disclosure.ages import birth_years
from mapservice.imports import service as imports
from mapservice.imports import work as import_work
from mapservice.inbox import service as inbox
from mapservice.layers import upkeep
from mapservice.mail import service as mail
from mapservice.matching import dispatching, making, plans
from mapservice.matching import service as matching
from mapservice.matching.scope import Grouping
from mapservice.needs import freshness, reminders
from mapservice.photos import purging
from mapservice.release import service as release
from mapservice.rest import service as requests
from mapservice.worker import queries

Config = dict[str, object]
SEALS, EXPIRIES, FOLDS = 5000, 500, 20_000  # rows in one transaction
DAY = 24 * 3600
AGE_BANDS, SEALER, WARNINGS = "age-bands", "seal-audit", "warn-of-expiry"

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


def _warn_of_expiry(session: Session, config: Config) -> int:
    """Where no mail can be sent the office's home says the same."""
    if not mail.configured(config):
        return 0
    since = session.scalar(text(queries.DONE_AT), {"name": WARNINGS})
    return reminders.warn(session, str(config["BASE_URL"]), since)


def _forget_old(session: Session, _config: Config) -> int:
    """What is of no more use: sent mail, ended sign-ins and links, old drafts and plans, imported
    files, answers kept for repeated requests."""
    return (
        mail.forget_sent(session)
        + sign_ins.forget_old(session)
        + drafts.forget_old(session)
        + requests.forget_old(session)
        + withdrawals.forget_old(session)
        + plans.forget_old(session)
        + imports.forget_old(session)
    )


def _make_plan(session: Session, config: Config) -> int:
    return making.make_next(session, Grouping.of(config))


def _purge_photos(session: Session, config: Config) -> int:
    return purging.purge(session, Path(str(config["MAPSERVICE_HOME"])))


JOBS = (
    Job("send-mail", 5, mail.send_next, 1),
    Job("expire-proposals", 60, lambda session, _: matching.expire_overdue(session)),
    Job("make-plans", 2, _make_plan, 1),
    Job("send-plans", 2, lambda session, _: dispatching.send_next(session), 1),
    Job("import-lists", 2, lambda session, _: import_work.next_step(session), 1),
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
    Job("fold-clusters", 1, lambda session, _: upkeep.fold(session, FOLDS), FOLDS),
    Job("learn-words", 10, lambda session, _: upkeep.learn_words(session)),
    Job("forget-words", DAY, lambda session, _: upkeep.forget_words(session)),
    Job("fold-versions", 60, lambda session, _: versions.fold(session)),
    Job("release", 3600, _release_when_due),
    Job("audit-months", 6 * 3600, lambda session, _: audit.make_months(session)),
    Job(WARNINGS, DAY, _warn_of_expiry),
    Job(AGE_BANDS, DAY, _advance_age_bands),
    Job("erase-due", DAY, _erase_due),
    Job("forget-old", 3600, _forget_old),
    Job("forget-offers", DAY, lambda session, _: inbox.forget_due(session)),
    Job("purge-photos", DAY, _purge_photos),
    # Last: a single run seals what the jobs before it wrote.
    Job(SEALER, 2, lambda session, _: audit.seal(session, SEALS), SEALS),
)
