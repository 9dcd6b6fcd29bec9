"""Bringing the facts of `seed/` into the database: rows are added or mended, never removed."""

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from geoalchemy2.shape import from_shape, to_shape
from shapely import Geometry, Point, box
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from mapservice.errors import Invalid
from mapservice.geo import SRID
from mapservice.territory import queries
from mapservice.territory.eras import FORMER_DAY
from mapservice.territory.models import AdminChange, AdminUnit, HistoricalName, Level
from mapservice.territory.seed_files import ChangeFact, Facts, NameFact, UnitFact

Key = tuple[str, date]  # code, valid_from


class Count(NamedTuple):
    added: int
    changed: int
    same: int

    def __add__(self, other: "Count") -> "Count":
        return Count(*(mine + theirs for mine, theirs in zip(self, other, strict=True)))


def store(session: Session, facts: Facts) -> Count:
    """Add what is missing and mend what differs; official boundaries stay as loaded. What lies in
    these units is placed anew where they changed."""
    units = {(unit.code, unit.valid_from): unit for unit in session.scalars(queries.all_units())}
    count = Count(0, 0, 0)
    for level in Level:  # parents first: their ids are needed
        of_level = [fact for fact in facts.units if fact.level == level]
        count += _store_units(session, of_level, units, facts)
    count += _store_changes(session, facts.changes, units)
    count += _store_names(session, facts.names, units)
    if session.scalar(select(func.core.rebuild_unit_within())):
        session.execute(select(func.core.place_again()))
    return count


def _store_units(
    session: Session, facts: Iterable[UnitFact], units: dict[Key, AdminUnit], all_facts: Facts
) -> Count:
    count = Count(0, 0, 0)
    for fact in facts:
        unit = units.get((fact.code, fact.valid_from))
        values = _unit_values(fact, units, all_facts)
        if unit is None:
            unit = AdminUnit(code=fact.code, valid_from=fact.valid_from, **values)
            unit.label_point = from_shape(Point(fact.label), srid=SRID)
            unit.bounds = from_shape(box(*fact.bounds), srid=SRID)
            unit.source = fact.source
            session.add(unit)
            units[fact.code, fact.valid_from] = unit
            count += Count(1, 0, 0)
            continue
        if unit.approximate is not False:  # the loader wrote these from the official boundary
            values |= {"source": fact.source}
            values |= _moved(unit, "label_point", Point(fact.label))
            values |= _moved(unit, "bounds", box(*fact.bounds))
        count += Count(0, 1, 0) if _mend(unit, values) else Count(0, 0, 1)
    session.flush()
    return count


def _unit_values(fact: UnitFact, units: dict[Key, AdminUnit], facts: Facts) -> dict[str, object]:
    of_2022 = fact.valid_from <= FORMER_DAY and (not fact.valid_to or fact.valid_to > FORMER_DAY)
    return {
        "level": Level(fact.level),
        "kind": fact.kind,
        "name": fact.name,
        "short_name": fact.short_name,
        "parent_id": _parent_id(fact, units),
        "valid_to": fact.valid_to,
        "area_km2": fact.area_km2,
        "regional_allowance": facts.allowances.get(fact.code) if of_2022 else None,
    }


def _parent_id(fact: UnitFact, units: dict[Key, AdminUnit]) -> int | None:
    """The parent in the first form it had while the unit lived."""
    if fact.parent_code is None:
        return None
    forms = [
        unit
        for unit in units.values()
        if unit.code == fact.parent_code
        and unit.valid_from < (fact.valid_to or date.max)
        and fact.valid_from < (unit.valid_to or date.max)
    ]
    if not forms:
        raise Invalid(f"Đơn vị {fact.code} ({fact.name}): không có đơn vị cha {fact.parent_code}.")
    return min(forms, key=lambda unit: unit.valid_from).id


def _moved(unit: AdminUnit, column: str, shape: Geometry) -> dict[str, object]:
    same = to_shape(getattr(unit, column)).equals(shape)
    return {} if same else {column: from_shape(shape, srid=SRID)}


def _mend(row: object, values: dict[str, object]) -> bool:
    differing = {name: value for name, value in values.items() if getattr(row, name) != value}
    for name, value in differing.items():
        setattr(row, name, value)
    return bool(differing)


def _store_changes(
    session: Session, facts: Iterable[ChangeFact], units: dict[Key, AdminUnit]
) -> Count:
    known = {change.old_unit_id: change for change in session.scalars(queries.changes())}
    count = Count(0, 0, 0)
    for fact in facts:
        old, new = (_unit_of(key, units) for key in (fact.old, fact.new))
        values = {
            "new_unit_id": new.id,
            "effective_on": new.valid_from,
            "legal_basis": fact.legal_basis,
        }
        if old.id not in known:
            session.add(AdminChange(old_unit_id=old.id, **values))
            count += Count(1, 0, 0)
        else:
            count += Count(0, 1, 0) if _mend(known[old.id], values) else Count(0, 0, 1)
    session.flush()
    return count


def _unit_of(key: Key, units: dict[Key, AdminUnit]) -> AdminUnit:
    if key not in units:
        raise Invalid(f"Bảng chuyển đổi nhắc tới đơn vị {key[0]} từ {key[1]} chưa có.")
    return units[key]


def _store_names(session: Session, facts: Iterable[NameFact], units: dict[Key, AdminUnit]) -> Count:
    known = {
        (row.code, row.name, row.district_name): row
        for row in session.scalars(queries.historical_names())
    }
    former = {code: unit for (code, _), unit in units.items() if _valid_on(unit, FORMER_DAY)}
    today = {code: unit for (code, _), unit in units.items() if unit.valid_to is None}
    count = Count(0, 0, 0)
    for fact in facts:
        key = (fact.code, fact.name, fact.district_name)
        values = {
            "district_code": fact.district_code,
            "province_name": fact.province_name,
            "first_seen": fact.first_seen,
            "last_seen": fact.last_seen,
            "unit_id": former[fact.code_2022].id if fact.code_2022 else None,
            "current_unit_id": today[fact.code_2025].id if fact.code_2025 else None,
        }
        if key not in known:
            names = dict(zip(("code", "name", "district_name"), key, strict=True))
            session.add(HistoricalName(**names, **values))
            count += Count(1, 0, 0)
        else:
            count += Count(0, 1, 0) if _mend(known[key], values) else Count(0, 0, 1)
    session.flush()
    return count


def _valid_on(unit: AdminUnit, day: date) -> bool:
    return unit.valid_from <= day and (unit.valid_to is None or day < unit.valid_to)
