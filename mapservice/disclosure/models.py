"""Contacts of places (sealed), the keys that may write, and the daily quota's memory.

A person's sealed row is `addresses.models.PersonPrivate`, a team leader's `TeamContact`.
"""

from datetime import date
from uuid import UUID

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, LargeBinary, SmallInteger, text
from sqlalchemy.orm import Mapped, mapped_column

from mapservice.addresses.models import Nature
from mapservice.db import Base


class PlaceContact(Base):
    """Who answers for a place: ciphertext. `office_line`: an office's number, no person's."""

    __tablename__ = "place_contact"
    __table_args__ = (
        ForeignKeyConstraint(
            ["address_id", "nature"],
            ["core.address.id", "core.address.nature"],
            ondelete="CASCADE",
        ),
        Index("ix_place_contact_key_version", "key_version"),
        {"schema": "private"},
    )

    address_id: Mapped[UUID] = mapped_column(primary_key=True)
    nature: Mapped[Nature] = mapped_column(server_default=Nature.PLACE)
    key_version: Mapped[int] = mapped_column(SmallInteger)
    name: Mapped[bytes] = mapped_column(LargeBinary)
    role: Mapped[bytes | None] = mapped_column(LargeBinary)
    phone: Mapped[bytes | None] = mapped_column(LargeBinary)
    office_line: Mapped[bool] = mapped_column(server_default=text("false"))


class KeyFloor(Base):
    """The one row with the lowest key version that may still write; rotation raises it."""

    __tablename__ = "key_floor"
    __table_args__ = ({"schema": "private"},)

    one: Mapped[bool] = mapped_column(primary_key=True, server_default=text("true"))
    version: Mapped[int] = mapped_column(SmallInteger)


class KeyMark(Base):
    """What a key version makes of a known text, by which a wrong key is noticed."""

    __tablename__ = "key_mark"
    __table_args__ = ({"schema": "private"},)

    version: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    mark: Mapped[bytes] = mapped_column(LargeBinary)


class DisclosureUse(Base):
    """That a viewer was shown a record on a day; kept for that day only."""

    __tablename__ = "disclosure_use"
    __table_args__ = ({"schema": "private"},)

    viewer_id: Mapped[UUID] = mapped_column(
        ForeignKey("core.user_account.id", ondelete="CASCADE"), primary_key=True
    )
    day: Mapped[date] = mapped_column(primary_key=True)
    record_id: Mapped[UUID] = mapped_column(primary_key=True)
