"""Volunteer addresses: places in difficulty and (protected) people in hardship."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from geoalchemy2 import Geometry, WKBElement
from sqlalchemy import (
    ARRAY,
    Computed,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from mapservice.db import Base, created_now, primary_key, row_version


class Nature(StrEnum):
    PLACE, PERSON = "place", "person"


class PersonKind(StrEnum):
    CHILD, YOUTH, HOUSEHOLD, ELDERLY, OTHER = "child", "youth", "household", "elderly", "other"


class AgeBand(StrEnum):
    UNDER_7, FROM_7_TO_15, FROM_16, UNKNOWN = "under_7", "7_15", "16_up", "unknown"


class AddressStatus(StrEnum):
    """Its legal transitions are rows of core.legal_transition, kept by the database."""

    DRAFT, SUBMITTED, RETURNED = "draft", "submitted", "returned"
    VERIFIED, PUBLISHED, EXPIRED = "verified", "published", "expired"
    REJECTED, WITHDRAWN, DUPLICATE = "rejected", "withdrawn", "duplicate"


class PlaceKind(Base):
    """A kind of place: data, extendable; `icon` is a Tabler icon name, `colour` a CSS hex."""

    __tablename__ = "place_kind"

    code: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    icon: Mapped[str]
    colour: Mapped[str]
    position: Mapped[int] = mapped_column(SmallInteger)


class Address(Base):
    """The thing registered. A person's row holds no clear text and no point (CHECK person_bare).

    `commune_id` is valid today; `former_commune_id` is the commune of 2022 where known; a trigger
    completes one from the other where the crosswalk leaves no choice, and keeps `unit_ids`: every
    unit of either era that contains the address ("in unit X" is `unit_ids @> ARRAY[X]`).
    `point_estimated`: nobody knows the point of a place yet, it is the label point of its commune.
    `erased_at`: a person's data are gone, the row is a tombstone that can never be active again.
    """

    __tablename__ = "address"
    __table_args__ = (
        Index("uq_address_id_nature", "id", "nature", unique=True),
        Index("ix_address_point", "point", postgresql_using="gist"),
        Index(
            "ix_address_point_geography",
            text("ext.geography(point)"),
            postgresql_using="gist",
        ),
        Index("ix_address_unit_ids", "unit_ids", postgresql_using="gin"),
        Index(
            "ix_address_title_folded",
            "title_folded",
            postgresql_using="gin",
            postgresql_ops={"title_folded": "ext.gin_trgm_ops"},
        ),
        Index("ix_address_commune_id", "commune_id"),
        Index("ix_address_former_commune_id", "former_commune_id"),
        Index("ix_address_organisation_id", "organisation_id"),
        Index("ix_address_household_id", "household_id"),
        Index("ix_address_status_assured_until", "status", "assured_until"),
        Index(
            "ix_address_duplicate_of_id",
            "duplicate_of_id",
            postgresql_where=text("duplicate_of_id IS NOT NULL"),
        ),
    )

    id: Mapped[primary_key]
    public_code: Mapped[str] = mapped_column(
        unique=True, server_default=text("core.new_address_code()")
    )
    nature: Mapped[Nature]
    kind: Mapped[str | None] = mapped_column(ForeignKey("core.place_kind.code"))
    person_kind: Mapped[PersonKind | None]
    age_band: Mapped[AgeBand | None]
    title: Mapped[str | None]
    title_folded: Mapped[str | None] = mapped_column(Computed("core.fold(title)", persisted=True))
    summary: Mapped[str | None]
    hamlet: Mapped[str | None]
    point: Mapped[WKBElement | None] = mapped_column(
        Geometry("POINT", srid=4326, spatial_index=False)
    )
    point_estimated: Mapped[bool] = mapped_column(server_default=text("false"))
    commune_id: Mapped[int] = mapped_column(ForeignKey("core.admin_unit.id"))
    former_commune_id: Mapped[int | None] = mapped_column(ForeignKey("core.admin_unit.id"))
    unit_ids: Mapped[list[int]] = mapped_column(ARRAY(Integer), server_default=text("'{}'"))
    programme_year: Mapped[int] = mapped_column(SmallInteger)
    children: Mapped[int | None]
    youth: Mapped[int | None]
    elderly: Mapped[int | None]
    disabled: Mapped[int | None]
    households: Mapped[int | None]
    severity: Mapped[int] = mapped_column(SmallInteger, server_default=text("1"))
    sensitive: Mapped[bool] = mapped_column(server_default=text("false"))
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("core.organisation.id"))
    registered_by: Mapped[UUID | None] = mapped_column(ForeignKey("core.user_account.id"))
    verified_by: Mapped[UUID | None] = mapped_column(ForeignKey("core.user_account.id"))
    assured_at: Mapped[datetime | None]
    assured_by: Mapped[UUID | None] = mapped_column(ForeignKey("core.user_account.id"))
    assured_until: Mapped[datetime | None]
    status: Mapped[AddressStatus] = mapped_column(server_default=AddressStatus.DRAFT)
    status_reason: Mapped[str | None]
    status_at: Mapped[created_now]
    erased_at: Mapped[datetime | None]
    duplicate_of_id: Mapped[UUID | None] = mapped_column(ForeignKey("core.address.id"))
    household_id: Mapped[UUID | None]  # people of one home; null: a household by itself
    demo: Mapped[bool] = mapped_column(server_default=text("false"))
    version: Mapped[row_version]
    created_at: Mapped[created_now]
    updated_at: Mapped[created_now]


class PersonPrivate(Base):
    """What identifies a person: ciphertext only, never readable outside `disclosure`."""

    __tablename__ = "person_private"
    __table_args__ = (
        ForeignKeyConstraint(
            ["address_id", "nature"],
            ["core.address.id", "core.address.nature"],
            ondelete="CASCADE",
        ),
        Index("ix_person_private_phone_hash", "phone_hash"),
        Index("ix_person_private_identity_hash", "identity_hash"),
        Index("ix_person_private_key_version", "key_version"),
        {"schema": "private"},
    )

    address_id: Mapped[UUID] = mapped_column(primary_key=True)
    nature: Mapped[Nature] = mapped_column(server_default=Nature.PERSON)
    key_version: Mapped[int] = mapped_column(SmallInteger)
    name: Mapped[bytes] = mapped_column(LargeBinary)
    phone: Mapped[bytes | None] = mapped_column(LargeBinary)
    birth_year: Mapped[bytes | None] = mapped_column(LargeBinary)
    guardian: Mapped[bytes | None] = mapped_column(LargeBinary)
    door: Mapped[bytes | None] = mapped_column(LargeBinary)
    hamlet: Mapped[bytes | None] = mapped_column(LargeBinary)
    story: Mapped[bytes | None] = mapped_column(LargeBinary)
    note: Mapped[bytes | None] = mapped_column(LargeBinary)
    point: Mapped[bytes | None] = mapped_column(LargeBinary)
    phone_hash: Mapped[bytes | None] = mapped_column(LargeBinary)
    identity_hash: Mapped[bytes] = mapped_column(LargeBinary)
