"""Questions asked of the territory; every one that returns many rows has a total order."""

from collections.abc import Collection
from datetime import date

from sqlalchemy import Select, or_, select, text
from sqlalchemy.orm import aliased

from mapservice.territory.models import AdminChange, AdminUnit, HistoricalName, UnitWithin
from mapservice.territory.names import fold


def units_on(codes: Collection[str], day: date) -> Select[tuple[AdminUnit]]:
    """The units that bore these codes on this day; codes are reused, so at most one each."""
    on_day = (
        AdminUnit.valid_from <= day,
        or_(AdminUnit.valid_to.is_(None), AdminUnit.valid_to > day),
    )
    return select(AdminUnit).where(AdminUnit.code.in_(codes), *on_day).order_by(AdminUnit.code)


def units_named(words: str, most: int) -> Select:
    """Units of any era by a part of their name (no diacritics needed) or by code; today's first.

    Rows: id, code, name, valid_from, valid_to, and the name of the parent.
    """
    parent = aliased(AdminUnit)
    part = fold(words)
    return (
        select(
            AdminUnit.id,
            AdminUnit.code,
            AdminUnit.name,
            AdminUnit.valid_from,
            AdminUnit.valid_to,
            parent.name.label("parent_name"),
        )
        .outerjoin(parent, parent.id == AdminUnit.parent_id)
        .where(or_(AdminUnit.name_folded.contains(part, autoescape=True), AdminUnit.code == words))
        .order_by(AdminUnit.valid_to.is_not(None), AdminUnit.name_folded, AdminUnit.id)
        .limit(most)
    )


def all_units() -> Select[tuple[AdminUnit]]:
    """Every unit of every era, in the order in which they came to be."""
    return select(AdminUnit).order_by(AdminUnit.valid_from, AdminUnit.code)


def changes() -> Select[tuple[AdminChange]]:
    """The crosswalk, oldest first."""
    return select(AdminChange).order_by(AdminChange.effective_on, AdminChange.old_unit_id)


def historical_names() -> Select[tuple[HistoricalName]]:
    """Every name of every commune, by code and time."""
    return select(HistoricalName).order_by(
        HistoricalName.code, HistoricalName.first_seen, HistoricalName.id
    )


def containment() -> Select[tuple[int, int]]:
    """(unit, container): who lies wholly in whom."""
    return select(UnitWithin.unit_id, UnitWithin.container_id).order_by(
        UnitWithin.unit_id, UnitWithin.container_id
    )


def unit_names() -> Select:
    """What the gazetteer needs of every unit: no geometry."""
    parent = aliased(AdminUnit)
    return (
        select(
            AdminUnit.code,
            AdminUnit.valid_from,
            AdminUnit.valid_to,
            AdminUnit.level,
            AdminUnit.kind,
            AdminUnit.name,
            AdminUnit.short_name,
            parent.code.label("parent_code"),
        )
        .outerjoin(parent, parent.id == AdminUnit.parent_id)
        .order_by(AdminUnit.valid_from, AdminUnit.code)
    )


def successions() -> Select:
    """(code, valid_from) of the old and the new unit of every change."""
    old, new = aliased(AdminUnit), aliased(AdminUnit)
    return (
        select(old.code, old.valid_from, new.code, new.valid_from)
        .select_from(AdminChange)
        .join(old, old.id == AdminChange.old_unit_id)
        .join(new, new.id == AdminChange.new_unit_id)
        .order_by(AdminChange.effective_on, AdminChange.old_unit_id)
    )


def name_history() -> Select:
    """What the gazetteer needs of the historical names."""
    former, today = aliased(AdminUnit), aliased(AdminUnit)
    return (
        select(
            HistoricalName.code,
            HistoricalName.name,
            HistoricalName.district_name,
            HistoricalName.province_name,
            HistoricalName.first_seen,
            HistoricalName.last_seen,
            former.code.label("code_2022"),
            today.code.label("code_2025"),
        )
        .outerjoin(former, former.id == HistoricalName.unit_id)
        .outerjoin(today, today.id == HistoricalName.current_unit_id)
        .order_by(HistoricalName.code, HistoricalName.first_seen, HistoricalName.id)
    )


# A fingerprint that changes with any name, validity, parent or succession.
VERSION = text("""
    SELECT md5(concat(
      (SELECT string_agg(concat_ws('|', id, code, kind, name, short_name, parent_id, valid_from,
                                   valid_to), ';' ORDER BY id) FROM core.admin_unit),
      (SELECT string_agg(concat_ws('|', old_unit_id, new_unit_id), ';' ORDER BY old_unit_id)
         FROM core.admin_change),
      (SELECT string_agg(concat_ws('|', id, code, name, district_name, province_name, first_seen,
                                   last_seen, unit_id, current_unit_id), ';' ORDER BY id)
         FROM core.historical_name)))
""")
