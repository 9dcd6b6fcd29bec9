"""Photos of places and of field reports. The pictures themselves are files: `files`."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, Integer, SmallInteger, text
from sqlalchemy.orm import Mapped, mapped_column

from mapservice.addresses.models import Nature
from mapservice.db import Base, created_now, primary_key, row_version


class Photo(Base):
    """One picture of exactly one place or one field report, never of a person's record.

    That it is a place's is kept by the foreign key with `nature`; a report of a person's need
    cannot exist (tr_field_report_person). `upload_sha256` is of the bytes
    that were sent (the same sent twice is one), `sha256` and `bytes` are of the kept file.
    `public_at`/`public_by`: the officer's act without which nobody outside sees it.
    """

    __tablename__ = "photo"
    __table_args__ = (
        ForeignKeyConstraint(
            ["address_id", "nature"],
            ["core.address.id", "core.address.nature"],
            name="fk_photo_address_id_nature_address",
            ondelete="CASCADE",
        ),
        Index(
            "uq_photo_address_id_upload_sha256",
            "address_id",
            "upload_sha256",
            unique=True,
            postgresql_where=text("removed_at IS NULL"),
        ),
        Index(
            "uq_photo_field_report_id_upload_sha256",
            "field_report_id",
            "upload_sha256",
            unique=True,
            postgresql_where=text("removed_at IS NULL"),
        ),
        Index("ix_photo_removed_at", "removed_at", postgresql_where=text("removed_at IS NOT NULL")),
    )

    id: Mapped[primary_key]
    address_id: Mapped[UUID | None]
    nature: Mapped[Nature] = mapped_column(server_default=Nature.PLACE)
    field_report_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("core.field_report.id", ondelete="CASCADE")
    )
    width: Mapped[int] = mapped_column(SmallInteger)
    height: Mapped[int] = mapped_column(SmallInteger)
    bytes: Mapped[int] = mapped_column(Integer)
    sha256: Mapped[str]
    upload_sha256: Mapped[str]
    position: Mapped[int] = mapped_column(SmallInteger)
    caption: Mapped[str | None]
    taken_by: Mapped[UUID] = mapped_column(ForeignKey("core.user_account.id"))
    public_at: Mapped[datetime | None]
    public_by: Mapped[UUID | None] = mapped_column(ForeignKey("core.user_account.id"))
    removed_at: Mapped[datetime | None]
    version: Mapped[row_version]
    created_at: Mapped[created_now]
