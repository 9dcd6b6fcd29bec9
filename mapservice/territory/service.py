"""What is done with the territory: seed it, find a unit, find the commune of an address."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session, defer

from mapservice.errors import BadRequest, NotFound
from mapservice.territory import areas, queries, resolver, seed_files, seeding
from mapservice.territory.eras import parse_unit_name
from mapservice.territory.gazetteer import Gazetteer, build
from mapservice.territory.lineage import ChangeRow, NameRow, UnitRow
from mapservice.territory.models import AdminUnit


@dataclass(frozen=True)
class SeedReport:
    """What seeding did: rows by fate, and areas drawn anew."""

    added: int
    changed: int
    same: int
    drawn: int


def seed(session: Session, province: str, folder: Path) -> SeedReport:
    """Load the facts in `folder`/`province` (its code of the 2022 era); again: no change.

    Areas are drawn where no official boundary was loaded. Raises NotFound for a province
    without facts.
    """
    count = seeding.store(session, seed_files.read(folder, province))
    undrawn = session.scalar(select(AdminUnit.id).where(AdminUnit.geom.is_(None)).limit(1))
    touched = count.added or count.changed or undrawn is not None
    return SeedReport(*count, drawn=areas.draw(session) if touched else 0)


def find_unit(session: Session, name: str) -> AdminUnit:
    """The unit called `CODE`, `CODE@2022` … Raises BadRequest (unreadable) or NotFound.

    Its area is read only when asked for.
    """
    unit = find_units(session, [name]).get(name)
    if unit is None:
        code, day = parse_unit_name(name)
        raise NotFound(
            f"Không có đơn vị hành chính mang mã {code} vào ngày {day:%d/%m/%Y}.",
            fields={"unit": ["does not exist"]},
        )
    return unit


def find_units(session: Session, names: Collection[str]) -> dict[str, AdminUnit]:
    """As `find_unit`, of several by their names; those that do not exist are missing."""
    asked = {name: parse_unit_name(name) for name in names}
    found = {}
    for day in {day for _, day in asked.values()}:
        codes = [code for code, on in asked.values() if on == day]
        units = session.scalars(queries.units_on(codes, day).options(defer(AdminUnit.geom)))
        found |= {(unit.code, day): unit for unit in units}
    return {name: found[at] for name, at in asked.items() if at in found}


def with_unit_id(session: Session, filters: Mapping[str, object]) -> dict[str, object]:
    """The filters of a list with `unit`, if it is given, as the unit's id.

    Raises BadRequest for a unit that does not exist.
    """
    if "unit" not in filters:
        return dict(filters)
    try:
        return dict(filters) | {"unit": find_unit(session, str(filters["unit"])).id}
    except NotFound as error:
        raise BadRequest(error.detail, fields=error.fields) from error


def resolve(session: Session, text: str) -> resolver.Resolution:
    """The commune of a free-text address, or candidates; never a guess, never an error."""
    return resolver.resolve(gazetteer(session), text)


_gazetteers: dict[str, Gazetteer] = {}


def gazetteer(session: Session) -> Gazetteer:
    """All names, kept in the process until the territory changes."""
    version = session.scalar(queries.VERSION)
    if version not in _gazetteers:
        units = [UnitRow(*row) for row in session.execute(queries.unit_names())]
        changes = [
            ChangeRow((old, old_from), (new, new_from))
            for old, old_from, new, new_from in session.execute(queries.successions())
        ]
        names = [NameRow(*row) for row in session.execute(queries.name_history())]
        _gazetteers.clear()
        _gazetteers[version] = build(units, changes, names)
    return _gazetteers[version]
