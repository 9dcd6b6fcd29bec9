"""What became of every commune: predecessors, successors, districts, meanings of a name. Pure."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from mapservice.territory import names
from mapservice.territory.eras import ERAS, FORMER_DAY
from mapservice.territory.models import Level

MIDDLE_DAY = ERAS["2025h1"]


class UnitRow(NamedTuple):
    code: str
    valid_from: date
    valid_to: date | None
    level: str
    kind: str
    name: str
    short_name: str
    parent_code: str | None

    def valid_on(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_to is None or day < self.valid_to)


class ChangeRow(NamedTuple):
    """(code, valid_from) of the old and of the new unit."""

    old: tuple[str, date]
    new: tuple[str, date]


class NameRow(NamedTuple):
    code: str
    name: str
    district_name: str
    province_name: str
    first_seen: date
    last_seen: date
    code_2022: str | None
    code_2025: str | None


class Former(NamedTuple):
    """A commune of 2022, as an answer names it."""

    code: str
    name: str
    district: str
    district_key: str


@dataclass(frozen=True, eq=False)
class Place:
    """One meaning of a commune's name: what it was called, where, and what it is today."""

    era: str  # 2022, 2025h1 or 2025
    kind: str
    name: str
    key: str
    tone: str
    formers: tuple[Former, ...]  # the communes of 2022 it stands for; none outside the province
    district: str | None
    code_2025: str
    name_2025: str
    districts: frozenset[str]  # keys of its own districts
    provinces: frozenset[str]
    wide_districts: frozenset[str]  # and those of other eras that hold it, or part of it
    wide_provinces: frozenset[str]

    @property
    def current(self) -> bool:
        return self.era == "2025"


class Relations:
    """Who was whose parent, predecessor and successor."""

    def __init__(self, units: list[UnitRow], changes: list[ChangeRow]):
        self.units = units
        self.by_id = {(unit.code, unit.valid_from): unit for unit in units}
        self.by_code = defaultdict(list)
        for unit in units:
            self.by_code[unit.code].append(unit)
        self.successor = {change.old: change.new for change in changes}
        self.predecessors = defaultdict(list)
        for change in changes:
            self.predecessors[change.new].append(change.old)

    def parents(self, unit: UnitRow) -> list[UnitRow]:
        """The parent in every form it had while the unit lived."""
        return [
            parent
            for parent in self.by_code.get(unit.parent_code, ())
            if parent.valid_from < (unit.valid_to or date.max)
            and unit.valid_from < (parent.valid_to or date.max)
        ]

    def holders(self, unit: UnitRow, level: Level) -> frozenset[str]:
        """Keys of the unit's own districts or provinces."""
        found = set()
        for parent in self.parents(unit):
            if parent.level == level:
                found.add(names.key(parent.short_name))
            found |= self.holders(parent, level)
        return frozenset(found)

    def today(self, unit: UnitRow) -> UnitRow | None:
        while unit.valid_to is not None:
            successor = self.successor.get((unit.code, unit.valid_from))
            if successor is None:
                return None
            unit = self.by_id[successor]
        return unit

    def lineage(self, unit: UnitRow) -> list[UnitRow]:
        """The unit with everything that became part of it."""
        found = [unit]
        for old in self.predecessors.get((unit.code, unit.valid_from), ()):
            found += self.lineage(self.by_id[old])
        return found

    def former(self, unit: UnitRow) -> Former:
        district = next((p for p in self.parents(unit) if p.valid_on(FORMER_DAY)), None)
        district_name = district.name if district and district.level == Level.DISTRICT else ""
        short_name = district.short_name if district_name else ""
        return Former(unit.code, unit.name, district_name, names.key(short_name))

    def place(self, unit: UnitRow) -> Place | None:
        today = self.today(unit)
        if today is None:
            return None
        lineage = self.lineage(unit)
        formers = tuple(sorted(self.former(u) for u in lineage if u.valid_on(FORMER_DAY)))
        era = "2022" if unit.valid_on(FORMER_DAY) else "2025" if unit is today else "2025h1"
        related = {*lineage, *self.lineage(today)} if unit is today else {*lineage, unit, today}
        return Place(
            era=era,
            kind=unit.kind,
            name=unit.name,
            key=names.key(unit.short_name),
            tone=names.tone(unit.short_name),
            formers=formers,
            district=self._district(unit, era, formers),
            code_2025=today.code,
            name_2025=today.name,
            districts=self.holders(unit, Level.DISTRICT),
            provinces=self.holders(unit, Level.PROVINCE),
            wide_districts=self._wide(related, Level.DISTRICT),
            wide_provinces=self._wide(related, Level.PROVINCE),
        )

    def _wide(self, related: Iterable[UnitRow], level: Level) -> frozenset[str]:
        found = set()
        for unit in related:
            while unit:
                found |= self.holders(unit, level)
                successor = self.successor.get((unit.code, unit.valid_from))
                unit = self.by_id[successor] if successor else None
        return frozenset(found)

    def _district(self, unit: UnitRow, era: str, formers: tuple[Former, ...]) -> str | None:
        if era == "2025h1":
            day = MIDDLE_DAY if unit.valid_on(MIDDLE_DAY) else unit.valid_from
            return next((p.name for p in self.parents(unit) if p.valid_on(day)), None)
        return only({former.district for former in formers}) or None

    def old_places(self, rows: list[NameRow]) -> list[Place]:
        today = {u.code: u for u in self.units if u.level == Level.COMMUNE and u.valid_to is None}
        former = {u.code: u for u in self.units if u.valid_on(FORMER_DAY)}
        return [
            self._old_place(row, former.get(row.code_2022 or ""), today[row.code_2025])
            for row in rows
            if row.code_2025 in today and not self._is_unit(row)
        ]

    def _is_unit(self, row: NameRow) -> bool:
        """Whether the units themselves already say what this row says."""
        return any(
            unit.name == row.name
            and unit.valid_from <= row.last_seen
            and row.first_seen < (unit.valid_to or date.max)
            for unit in self.by_code.get(row.code, ())
        )

    def _old_place(self, row: NameRow, former: UnitRow | None, today: UnitRow) -> Place:
        kind, short_name = names.split_kind(row.name)
        district = names.key(names.split_kind(row.district_name)[1])
        province = names.key(names.split_kind(row.province_name)[1])
        known = self.place(former) if former else None
        return Place(
            era="2022" if known else "2025h1",
            kind=kind,
            name=row.name,
            key=names.key(short_name),
            tone=names.tone(short_name),
            formers=known.formers if known else (),
            district=known.district if known else row.district_name,
            code_2025=today.code,
            name_2025=today.name,
            districts=frozenset({district}),
            provinces=frozenset({province}),
            wide_districts=frozenset({district}) | (known.wide_districts if known else set()),
            wide_provinces=self._wide([today], Level.PROVINCE)
            | {province}
            | (known.wide_provinces if known else set()),
        )


def only(values: set[str]) -> str | None:
    """The single member, None when there are none or several."""
    return next(iter(values)) if len(values) == 1 else None
