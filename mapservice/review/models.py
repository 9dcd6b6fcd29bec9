"""What reviewing remembers: the last step of a record, merges, what is no double."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, ForeignKey, Index, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column

from mapservice.db import Base, created_now, primary_key


class LastStep(Base):
    """A record's last step, where it can be taken back; a trigger alone writes it."""

    __tablename__ = "last_step"

    table_name: Mapped[str] = mapped_column(primary_key=True)
    record_id: Mapped[UUID] = mapped_column(primary_key=True)
    from_status: Mapped[str]
    to_status: Mapped[str]
    taken_by: Mapped[UUID | None]
    taken_at: Mapped[created_now]


class AddressMerge(Base):
    """Which double went into which record, with the needs it brought along."""

    __tablename__ = "address_merge"
    __table_args__ = (
        Index(
            "uq_address_merge_duplicate_id",
            "duplicate_id",
            unique=True,
            postgresql_where=text("undone_at IS NULL"),
        ),
        Index("ix_address_merge_kept_id", "kept_id"),
    )

    id: Mapped[primary_key]
    duplicate_id: Mapped[UUID] = mapped_column(ForeignKey("core.address.id", ondelete="CASCADE"))
    kept_id: Mapped[UUID] = mapped_column(ForeignKey("core.address.id", ondelete="CASCADE"))
    need_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid), server_default=text("'{}'"))
    merged_by: Mapped[UUID | None] = mapped_column(ForeignKey("core.user_account.id"))
    merged_at: Mapped[created_now]
    undone_by: Mapped[UUID | None] = mapped_column(ForeignKey("core.user_account.id"))
    undone_at: Mapped[datetime | None]


class NotDuplicate(Base):
    """That two records which look alike are two; `one_id` is the smaller id."""

    __tablename__ = "not_duplicate"

    one_id: Mapped[UUID] = mapped_column(
        ForeignKey("core.address.id", ondelete="CASCADE"), primary_key=True
    )
    other_id: Mapped[UUID] = mapped_column(
        ForeignKey("core.address.id", ondelete="CASCADE"), primary_key=True
    )
    said_by: Mapped[UUID | None] = mapped_column(ForeignKey("core.user_account.id"))
    said_at: Mapped[created_now]
