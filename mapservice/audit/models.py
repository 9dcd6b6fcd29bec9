"""The audit trail: inserted in the transaction it describes, never changed afterwards.

The database seals it: committed events are chained by hash in `audit_seal` (core.seal_audit).
"""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, Identity, Index, LargeBinary, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from mapservice.db import Base


class AuditEvent(Base):
    """Who did what to which record, when and why.

    Changes of status are written by the database's own trigger (core.record_transition), so
    raw SQL leaves its row too. `actor_id` is null for the system and the operator. The table is
    partitioned by the month of `at` (UTC), which is therefore part of its key.
    """

    __tablename__ = "audit_event"
    __table_args__ = (
        Index("ix_audit_event_record_id_id", "record_id", "id"),
        {"postgresql_partition_by": "RANGE (at)"},
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp(), primary_key=True)
    actor_id: Mapped[UUID | None]
    action: Mapped[str]
    table_name: Mapped[str]
    record_id: Mapped[UUID | None]
    reason: Mapped[str | None]
    detail: Mapped[dict | None] = mapped_column(JSONB(none_as_null=True))


class AuditSeal(Base):
    """Position `n` of the chain: sha256(hash of n - 1, canonical bytes of the event)."""

    __tablename__ = "audit_seal"

    position: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    event_id: Mapped[int] = mapped_column(BigInteger, unique=True)
    event_at: Mapped[datetime]
    hash: Mapped[bytes] = mapped_column(LargeBinary)
    sealed_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())


class AuditHead(Base):
    """The one row that says where the chain ends, and when the sealer last had nothing to do."""

    __tablename__ = "audit_head"

    one: Mapped[bool] = mapped_column(primary_key=True, server_default=text("true"))
    position: Mapped[int] = mapped_column(BigInteger)
    hash: Mapped[bytes] = mapped_column(LargeBinary)
    caught_up_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())


class AuditUnsealed(Base):
    """An event that waits for its seal; visible from the event's commit on."""

    __tablename__ = "audit_unsealed"

    event_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    event_at: Mapped[datetime]


class AuditDropped(Base):
    """A month of events (its first day, UTC) that was dropped; its seals stay."""

    __tablename__ = "audit_dropped"

    month: Mapped[date] = mapped_column(primary_key=True)
    events: Mapped[int] = mapped_column(BigInteger)
    last_position: Mapped[int] = mapped_column(BigInteger)
    last_hash: Mapped[bytes] = mapped_column(LargeBinary)
    dropped_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
