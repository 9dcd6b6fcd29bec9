"""Requests that made something, so that the same one sent again makes nothing more."""

from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from mapservice.db import Base, created_now


class IdempotentRequest(Base):
    """`made` names the record (its public code or id); null only inside the making transaction.

    `fingerprint` is a keyed hash of method, path and body: neither body nor answer is kept.
    """

    __tablename__ = "idempotent_request"
    __table_args__ = (
        CheckConstraint("length(key) BETWEEN 1 AND 200", name="key"),
        CheckConstraint("octet_length(fingerprint) = 32", name="fingerprint"),
        Index("ix_idempotent_request_created_at", "created_at"),
    )

    account_id: Mapped[UUID] = mapped_column(
        ForeignKey("core.user_account.id", ondelete="CASCADE"), primary_key=True
    )
    key: Mapped[str] = mapped_column(primary_key=True)
    fingerprint: Mapped[bytes] = mapped_column(LargeBinary)
    made: Mapped[str | None]
    created_at: Mapped[created_now]
