"""The audit trail: written in the transaction that a row tells about, sealed soon after."""

from datetime import date
from uuid import UUID

from sqlalchemy import insert, text
from sqlalchemy.orm import Session

from mapservice.audit import queries
from mapservice.audit.models import AuditEvent


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


def seal(session: Session, most: int = 5000) -> int:
    """Chain committed events, at most so many; how many (0 too while another sealer works)."""
    return session.scalar(text(queries.SEAL), {"most": most})


def make_months(session: Session) -> int:
    """Make the partitions of this month and the next twelve; how many were missing."""
    return session.scalar(text(queries.MAKE_MONTHS))


def drop_expired(session: Session) -> list[tuple[date, int]]:
    """Drop months over twelve months old, as the owner: (first day, number of events) of each."""
    return [tuple(row) for row in session.execute(text(queries.DROP_EXPIRED))]
