"""Writing to the audit trail, in the transaction that the row tells about."""

from uuid import UUID

from sqlalchemy import insert
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
