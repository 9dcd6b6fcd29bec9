"""Admin units of every era, the crosswalk old -> new, old names, and who lies in whom."""

from datetime import date
from decimal import Decimal
from enum import StrEnum

from geoalchemy2 import Geometry, WKBElement
from sqlalchemy import (
    CheckConstraint,
    Computed,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Numeric,
    UniqueConstraint,
    func,
    literal_column,
    text,
)
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column

from mapservice.db import Base, point_4326


class Level(StrEnum):
    PROVINCE, DISTRICT, COMMUNE = "province", "district", "commune"


def _trigrams(table: str) -> Index:
    return Index(
        f"ix_{table}_name_folded",
        "name_folded",
        postgresql_using="gin",
        postgresql_ops={"name_folded": "ext.gin_trgm_ops"},
    )


class AdminUnit(Base):
    """One unit in one era; valid on the days `valid_from` <= day < `valid_to`.

    A row ends when the unit's name, kind, district or extent changes. `parent_id` is the parent
    at `valid_from`; where the parent alone changed later, `UnitWithin` knows its later forms.
    `geom` is drawn by us while `approximate`, official otherwise.
    """

    __tablename__ = "admin_unit"
    __table_args__ = (
        UniqueConstraint("code", "valid_from"),
        CheckConstraint("code ~ '^[0-9A-Z-]{1,16}$'", name="code"),
        CheckConstraint("area_km2 > 0", name="area"),
        CheckConstraint("ext.ST_IsValid(geom)", name="geom_valid"),
        CheckConstraint("regional_allowance BETWEEN 0 AND 1", name="regional_allowance"),
        CheckConstraint("valid_to > valid_from", name="validity"),
        CheckConstraint("(parent_id IS NULL) = (level = 'province')", name="parent"),
        CheckConstraint("approximate OR geom IS NOT NULL", name="official_has_geom"),
        ExcludeConstraint(
            (literal_column("code"), "="),
            (func.daterange(text("valid_from"), text("valid_to")), "&&"),
            name="ex_admin_unit_one_at_a_time",
            ops={"code": "ext.gist_text_ops"},
        ),
        Index("ix_admin_unit_geom", "geom", postgresql_using="gist"),
        Index("ix_admin_unit_label_point", "label_point", postgresql_using="gist"),
        Index("ix_admin_unit_parent_id", "parent_id"),
        _trigrams("admin_unit"),
    )

    id: Mapped[int] = mapped_column(Integer, Identity(always=True), primary_key=True)
    code: Mapped[str]
    level: Mapped[Level]
    kind: Mapped[str]  # the official word: Tỉnh, Huyện, Thành phố, Thị xã, Xã, Phường, Thị trấn
    name: Mapped[str]  # with its kind: "Xã An Lạc"
    short_name: Mapped[str]  # without: "An Lạc"
    name_folded: Mapped[str] = mapped_column(Computed("core.fold(name)", persisted=True))
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("core.admin_unit.id"))
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    area_km2: Mapped[Decimal | None] = mapped_column(Numeric(9, 2))
    label_point: Mapped[point_4326]
    bounds: Mapped[WKBElement] = mapped_column(Geometry("POLYGON", srid=4326, spatial_index=False))
    geom: Mapped[WKBElement | None] = mapped_column(
        Geometry("MULTIPOLYGON", srid=4326, spatial_index=False)
    )
    approximate: Mapped[bool] = mapped_column(server_default=text("true"))
    regional_allowance: Mapped[Decimal | None] = mapped_column(Numeric(3, 2))
    source: Mapped[str]


class AdminChange(Base):
    """The crosswalk: on `effective_on` the old unit became (wholly part of) the new one."""

    __tablename__ = "admin_change"
    __table_args__ = (
        CheckConstraint("old_unit_id <> new_unit_id", name="moves"),
        Index("ix_admin_change_new_unit_id", "new_unit_id"),
    )

    old_unit_id: Mapped[int] = mapped_column(ForeignKey("core.admin_unit.id"), primary_key=True)
    new_unit_id: Mapped[int] = mapped_column(ForeignKey("core.admin_unit.id"))
    effective_on: Mapped[date]
    legal_basis: Mapped[str]


class HistoricalName(Base):
    """A commune's name as lists from `first_seen` to `last_seen` had it.

    `unit_id` is the unit of the former era that holds it (null where there is none),
    `current_unit_id` today's (null where nobody knows).
    """

    __tablename__ = "historical_name"
    __table_args__ = (
        UniqueConstraint("code", "name", "district_name"),
        CheckConstraint("last_seen >= first_seen", name="seen"),
        Index("ix_historical_name_unit_id", "unit_id"),
        Index("ix_historical_name_current_unit_id", "current_unit_id"),
        _trigrams("historical_name"),
    )

    id: Mapped[int] = mapped_column(Integer, Identity(always=True), primary_key=True)
    code: Mapped[str]
    name: Mapped[str]
    name_folded: Mapped[str] = mapped_column(Computed("core.fold(name)", persisted=True))
    district_code: Mapped[str]
    district_name: Mapped[str]
    province_name: Mapped[str]
    first_seen: Mapped[date]
    last_seen: Mapped[date]
    district_folded: Mapped[str] = mapped_column(
        Computed("core.fold(district_name)", persisted=True)
    )
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("core.admin_unit.id"))
    current_unit_id: Mapped[int | None] = mapped_column(ForeignKey("core.admin_unit.id"))


class UnitWithin(Base):
    """`unit_id` lies wholly in `container_id` (of any era, itself included); derived."""

    __tablename__ = "unit_within"
    __table_args__ = (Index("ix_unit_within_container_id", "container_id"),)

    unit_id: Mapped[int] = mapped_column(
        ForeignKey("core.admin_unit.id", ondelete="CASCADE"), primary_key=True
    )
    container_id: Mapped[int] = mapped_column(
        ForeignKey("core.admin_unit.id", ondelete="CASCADE"), primary_key=True
    )
