"""Who saved a record last, and when: said to whoever saves after them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from mapservice.accounts.models import UserAccount
from mapservice.audit.models import AuditEvent


@dataclass(frozen=True, slots=True)
class Saved:
    """When a record was last saved, and by whom (None: by the system)."""

    at: datetime
    by: str | None


def last_saved(
    session: Session, table: str, record_id: UUID, actions: Collection[str], else_at: datetime
) -> Saved:
    """The last of these actions on a record, by the trail; `else_at` where it tells of none."""
    statement = (
        select(AuditEvent.at, UserAccount.name)
        .outerjoin(UserAccount, UserAccount.id == AuditEvent.actor_id)
        .where(
            AuditEvent.record_id == record_id,
            AuditEvent.table_name == table,
            AuditEvent.action.in_(actions),
        )
        .order_by(AuditEvent.id.desc())
        .limit(1)
    )
    row = session.execute(statement).one_or_none()
    return Saved(row.at, row.name) if row else Saved(else_at, None)
