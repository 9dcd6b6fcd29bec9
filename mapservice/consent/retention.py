"""What is kept how long, what is due, and erasing it: really, and again after a restore."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from mapservice.audit.service import record
from mapservice.consent import queries
from mapservice.consent.models import Erasure, Retention
from mapservice.errors import Conflict

LIMIT_PERCENT = 2  # of all persons' records may fall due at once before somebody has to look


class TooMany(Conflict):
    """More is due at once than a normal day brings: a wrong clock or setting, perhaps."""

    code = "too-many-due"


@dataclass(frozen=True)
class Kind:
    """How many records are due for one reason; `oldest` is since when the oldest of them."""

    purpose: str
    keep_days: int
    count: int
    oldest: datetime | None


@dataclass(frozen=True)
class Due:
    """What is due, out of so many persons' records; `erased` are those that went, doubles too."""

    persons: int
    kinds: list[Kind]
    erased: int = 0

    @property
    def count(self) -> int:
        return sum(kind.count for kind in self.kinds)

    @property
    def above_limit(self) -> bool:
        return self.count * 100 > self.persons * LIMIT_PERCENT


def due(session: Session, moment: datetime | None = None) -> Due:
    """What would be erased at `moment` (default: now), counted by reason."""
    return _count(session, _rows(session, _moment(session, moment)))


def erase(session: Session, *, confirmed: int | None = None, moment: datetime | None = None) -> Due:
    """Erase what is due, in this transaction, each record with its line in the ledger.

    Raises TooMany when more than LIMIT_PERCENT of the records is due, unless `confirmed` is
    exactly that number: whoever confirms has looked.
    """
    session.execute(text(queries.ALLOW_LONG_STATEMENTS))
    at = _moment(session, moment)
    ids = [row.id for row in _rows(session, at)]
    session.execute(queries.LOCK_ADDRESSES, {"ids": ids})
    rows = _rows(session, at, ids)  # what somebody renewed meanwhile is no longer among them
    found = _count(session, rows)
    if found.above_limit and confirmed != found.count:
        raise TooMany(
            f"{found.count} of {found.persons} persons' records are due, more than "
            f"{LIMIT_PERCENT} %. Nothing was erased. Look at `mapservice privacy due`; if it is "
            f"right: mapservice privacy erase --yes --i-know {found.count}"
        )
    erased = 0
    for kind in found.kinds:
        chosen = [row.id for row in rows if row.purpose == kind.purpose]
        erased += session.scalar(queries.ERASE, {"ids": chosen, "purpose": kind.purpose})
    if rows:
        _tell(session, "privacy.erase", {kind.purpose: kind.count for kind in found.kinds})
    return replace(found, erased=erased)


def suspend_without_basis(session: Session, moment: datetime | None = None) -> int:
    """Take records whose consent or emergency ran out off the active list; how many.

    Time ends a consent without a write, so the worker runs this; a new consent brings a record
    back by the usual steps, and without one it is due after its retention.
    """
    ids = session.scalars(queries.SUSPEND, {"moment": _moment(session, moment)}).all()
    if ids:
        _tell(session, "privacy.suspend", {"records": len(ids)})
        session.expire_all()
    return len(ids)


def ledger(session: Session) -> list[dict[str, str]]:
    """Every erasure as plain values: what to keep beside a backup."""
    return [
        {"record": str(row.record_id), "purpose": row.purpose, "at": row.erased_at.isoformat()}
        for row in session.execute(queries.ledger())
    ]


def reapply(session: Session, newer: Iterable[dict[str, str]] = ()) -> int:
    """After a restore, erase again what the ledger names; how many records had come back.

    `newer` are lines of a ledger younger than the backup (see `ledger`); they join the
    restored one, which only the owner may write.
    """
    lines = [
        {
            "record_id": UUID(line["record"]),
            "purpose": line["purpose"],
            "erased_at": datetime.fromisoformat(line["at"]),
        }
        for line in newer
    ]
    if lines:
        session.execute(insert(Erasure).on_conflict_do_nothing(), lines)
    session.execute(text(queries.ALLOW_LONG_STATEMENTS))
    rows = session.execute(queries.RETURNED).all()
    for purpose in sorted({row.purpose for row in rows}):
        ids = [row.id for row in rows if row.purpose == purpose]
        session.execute(queries.ERASE, {"ids": ids, "purpose": purpose})
    if rows:
        _tell(session, "privacy.reapply", {"records": len(rows)})
        session.expire_all()
    return len(rows)


def _moment(session: Session, moment: datetime | None) -> datetime:
    return moment or session.scalar(queries.now())


def _rows(session: Session, moment: datetime, ids: list[UUID] | None = None) -> list:
    return session.execute(queries.DUE, {"moment": moment, "ids": ids}).all()


def _count(session: Session, rows: list) -> Due:
    counts = Counter(row.purpose for row in rows)
    oldest = {row.purpose: row.since for row in reversed(rows)}
    rules = session.scalars(select(Retention).order_by(Retention.purpose))
    kinds = [
        Kind(rule.purpose, rule.keep_days, counts[rule.purpose], oldest.get(rule.purpose))
        for rule in rules
    ]
    return Due(session.scalar(queries.persons()), kinds)


def _tell(session: Session, action: str, detail: dict[str, int]) -> None:
    record(session, action, table_name="address", detail=detail)
    session.expire_all()
