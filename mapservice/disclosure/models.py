"""Contacts of places, drafts of forms, imported lists (sealed), the keys that may write, the
quota's memory.

A person's sealed row is `addresses.models.PersonPrivate`, a team leader's `TeamContact`.
"""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, LargeBinary, SmallInteger, text
from sqlalchemy.orm import Mapped, mapped_column

from mapservice.addresses.models import Nature
from mapservice.db import Base, created_now, row_version


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


class FormDraft(Base):
    """What an account has typed into a form and not yet saved: ciphertext; `id` is the page's.

    `address_id`: the record that is being changed, None for a new one.
    """

    __tablename__ = "form_draft"
    __table_args__ = (
        Index("ix_form_draft_account_id_updated_at", "account_id", text("updated_at DESC")),
        Index("ix_form_draft_address_id", "address_id"),
        Index("ix_form_draft_key_version", "key_version"),
        {"schema": "private"},
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("core.user_account.id", ondelete="CASCADE"))
    nature: Mapped[Nature]
    address_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("core.address.id", ondelete="CASCADE")
    )
    key_version: Mapped[int] = mapped_column(SmallInteger)
    content: Mapped[bytes] = mapped_column(LargeBinary)
    version: Mapped[row_version]
    created_at: Mapped[created_now]
    updated_at: Mapped[created_now]
    discarded_at: Mapped[datetime | None]


class OfferContact(Base):
    """Who offers help, and what he or she wrote: ciphertext, gone with the offer."""

    __tablename__ = "offer_contact"
    __table_args__ = (
        Index("ix_offer_contact_key_version", "key_version"),
        {"schema": "private"},
    )

    offer_id: Mapped[UUID] = mapped_column(
        ForeignKey("core.offer.id", ondelete="CASCADE"), primary_key=True
    )
    key_version: Mapped[int] = mapped_column(SmallInteger)
    name: Mapped[bytes] = mapped_column(LargeBinary)
    phone: Mapped[bytes] = mapped_column(LargeBinary)
    note: Mapped[bytes | None] = mapped_column(LargeBinary)


class SuggestionContact(Base):
    """Who proposed an address: ciphertext, deleted after 30 days."""

    __tablename__ = "suggestion_contact"
    __table_args__ = (
        Index("ix_suggestion_contact_key_version", "key_version"),
        {"schema": "private"},
    )

    suggestion_id: Mapped[UUID] = mapped_column(
        ForeignKey("core.suggestion.id", ondelete="CASCADE"), primary_key=True
    )
    key_version: Mapped[int] = mapped_column(SmallInteger)
    name: Mapped[bytes] = mapped_column(LargeBinary)
    phone: Mapped[bytes] = mapped_column(LargeBinary)
    note: Mapped[bytes | None] = mapped_column(LargeBinary)


class ImportFile(Base):
    """The file of a list that is being imported: ciphertext, gone once it was committed."""

    __tablename__ = "import_file"
    __table_args__ = (
        Index("ix_import_file_key_version", "key_version"),
        {"schema": "private"},
    )

    batch_id: Mapped[UUID] = mapped_column(
        ForeignKey("core.import_batch.id", ondelete="CASCADE"), primary_key=True
    )
    key_version: Mapped[int] = mapped_column(SmallInteger)
    content: Mapped[bytes] = mapped_column(LargeBinary)


class ImportCells(Base):
    """What stands in a row of such a list and was found about it: ciphertext.

    `fingerprint`: keyed hash of the row's values, by which it is known when it comes again.
    """

    __tablename__ = "import_cells"
    __table_args__ = (
        Index("ix_import_cells_key_version", "key_version"),
        Index("ix_import_cells_fingerprint", "fingerprint"),
        {"schema": "private"},
    )

    row_id: Mapped[UUID] = mapped_column(
        ForeignKey("core.import_row.id", ondelete="CASCADE"), primary_key=True
    )
    key_version: Mapped[int] = mapped_column(SmallInteger)
    content: Mapped[bytes | None] = mapped_column(LargeBinary)
    fingerprint: Mapped[bytes | None] = mapped_column(LargeBinary)


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
