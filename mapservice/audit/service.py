"""The audit trail: written in the transaction that a row tells about, sealed soon after."""

from collections.abc import Mapping, Sequence
from datetime import date
from uuid import UUID

import structlog
from sqlalchemy import insert, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from mapservice.audit import changes, queries
from mapservice.audit.models import AuditEvent

LATE_SECONDS = 60  # a sealer that works has sealed everything older
LOG = structlog.get_logger(__name__)


def record(
    session: Session,
    action: str,
    *,
    table_name: str,
    record_id: UUID | None = None,
    reason: str | None = None,
    detail: dict | None = None,
) -> None:
    """Add one event; it stands or falls with the caller's transaction.

    The actor is the session's `mapservice.actor` (`web.transaction` sets it), nobody when unset.
    `detail` is any JSON object; personal data does not belong in it: the trail outlives erasure.
    """
    event = {
        "actor_id": queries.current_actor(),
        "action": action,
        "table_name": table_name,
        "record_id": record_id,
        "reason": reason,
        "detail": detail,
    }
    session.execute(insert(AuditEvent).values(event))


def record_many(
    session: Session,
    action: str,
    *,
    table_name: str,
    record_ids: Sequence[UUID],
    detail: dict | None = None,
) -> None:
    """As `record`, of many records at once that have all the same to be told of them."""
    if record_ids:
        values = {"action": action, "table": table_name, "ids": list(record_ids)}
        session.execute(queries.RECORD_MANY, values | {"detail": detail})


def record_change(
    session: Session,
    table_name: str,
    record_id: UUID,
    before: Mapping[str, object],
    after: Mapping[str, object],
    *,
    protected: bool = True,
) -> bool:
    """Add one event ("changed") that tells which columns a record got anew; False for none.

    `before` and `after` are values by column name; those of `after` are compared. Values are kept
    only of columns named in `changes.TOLD`, and only for a caller who knows that the record tells
    of no person and says so: `protected=False`. Of all others the trail keeps the name alone.
    """
    detail = changes.detail(table_name, before, after, protected=protected)
    if detail:
        record(session, "changed", table_name=table_name, record_id=record_id, detail=detail)
    return bool(detail)


def record_apart(session: Session, action: str, *, actor_id: UUID, **event: object) -> None:
    """As `record`, in a transaction of its own: for a refusal, whose own one is rolled back.

    A refusal that cannot be recorded is still one: it is only logged.
    """
    try:
        with Session(session.get_bind(), join_transaction_mode="create_savepoint") as apart:
            apart.execute(queries.act_as(actor_id))
            record(apart, action, **event)
            apart.commit()
    except SQLAlchemyError as error:
        LOG.warning("refusal not recorded", error=type(error).__name__)


def seal(session: Session, most: int = 5000) -> int:
    """Chain committed events, at most so many; how many (0 too while another sealer works)."""
    return session.scalar(text(queries.SEAL), {"most": most})


def waiting(session: Session) -> Mapping[str, int]:
    """Of what waits for its seal: how many `events`, how many of them `late` (over LATE_SECONDS
    old although a sealer would have come), and the `first_late` one."""
    return session.execute(text(queries.WAITING), {"seconds": LATE_SECONDS}).mappings().one()


def make_months(session: Session) -> int:
    """Make the partitions of this month and the next twelve; how many were missing."""
    return session.scalar(text(queries.MAKE_MONTHS))


def drop_expired(session: Session) -> list[tuple[date, int]]:
    """Drop months over twelve months old, as the owner: (first day, number of events) of each."""
    return [tuple(row) for row in session.execute(text(queries.DROP_EXPIRED))]
