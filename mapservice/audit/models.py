"""The audit trail: inserted in the transaction it describes, never changed afterwards."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, Identity, Index, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from mapservice.db import Base


class AuditEvent(Base):
    """Who did what to which record, when and why.

    Changes of status are written by the database's own trigger (core.record_transition), so
    raw SQL leaves its row too. `actor_id` is null for the system and the operator.
    """

    __tablename__ = "audit_event"
    __table_args__ = (Index("ix_audit_event_record_id_id", "record_id", "id"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    actor_id: Mapped[UUID | None]
    action: Mapped[str]
    table_name: Mapped[str]
    record_id: Mapped[UUID | None]
    reason: Mapped[str | None]
    detail: Mapped[dict | None] = mapped_column(JSONB(none_as_null=True))
