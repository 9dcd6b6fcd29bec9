"""The facts on a province in `seed/<code>/`: reading the CSV files. No database here."""

import csv
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from mapservice.errors import NotFound
from mapservice.geo import Box


class UnitFact(NamedTuple):
    code: str
    name: str
    short_name: str
    kind: str
    level: str
    parent_code: str | None
    valid_from: date
    valid_to: date | None
    area_km2: Decimal | None
    label: tuple[float, float]  # [lng, lat], inside the unit
    bounds: Box
    source: str


class ChangeFact(NamedTuple):
    old: tuple[str, date]  # code, valid_from
    new: tuple[str, date]
    legal_basis: str


class NameFact(NamedTuple):
    code: str
    name: str
    district_code: str
    district_name: str
    province_name: str
    first_seen: date
    last_seen: date
    code_2022: str | None
    code_2025: str | None


class Facts(NamedTuple):
    """`allowances`: commune of 2022 -> the regional allowance, 0.1 to 0.3 of a base salary."""

    units: list[UnitFact]
    changes: list[ChangeFact]
    names: list[NameFact]
    allowances: dict[str, Decimal]


def read(folder: Path, province: str) -> Facts:
    """The facts on the province with this code (of the 2022 era). Raises NotFound."""
    files = folder / province
    if not province.isalnum() or not (files / "units.csv").is_file():
        known = sorted(path.parent.name for path in folder.glob("*/units.csv"))
        raise NotFound(
            f"Chưa có dữ liệu của tỉnh mang mã {province}; hiện có: {', '.join(known)}.",
            code="unknown-province",
        )
    return Facts(
        units=[_unit(row) for row in rows(files / "units.csv")],
        changes=[_change(row) for row in rows(files / "changes.csv")],
        names=[_name(row) for row in rows(files / "historical_names.csv")],
        allowances=_allowances(files / "regional_allowance.csv"),
    )


def rows(path: Path) -> Iterator[dict[str, str]]:
    """The lines of a CSV file (UTF-8, with a header) as dictionaries."""
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _unit(row: dict[str, str]) -> UnitFact:
    return UnitFact(
        code=row["code"],
        name=row["name"],
        short_name=row["short_name"],
        kind=row["kind"],
        level=row["level"],
        parent_code=row["parent_code"] or None,
        valid_from=date.fromisoformat(row["valid_from"]),
        valid_to=date.fromisoformat(row["valid_to"]) if row["valid_to"] else None,
        area_km2=Decimal(row["area_km2"]) if row["area_km2"] else None,
        label=(float(row["lng"]), float(row["lat"])),
        bounds=Box(*(float(row[side]) for side in ("west", "south", "east", "north"))),
        source=row["source"],
    )


def _change(row: dict[str, str]) -> ChangeFact:
    return ChangeFact(
        old=(row["old_code"], date.fromisoformat(row["old_valid_from"])),
        new=(row["new_code"], date.fromisoformat(row["effective_on"])),
        legal_basis=row["legal_basis"],
    )


def _name(row: dict[str, str]) -> NameFact:
    return NameFact(
        code=row["code"],
        name=row["name"],
        district_code=row["district_code"],
        district_name=row["district_name"],
        province_name=row["province_name"],
        first_seen=date.fromisoformat(row["first_seen"]),
        last_seen=date.fromisoformat(row["last_seen"]),
        code_2022=row["code_2022"] or None,
        code_2025=row["code_2025"] or None,
    )


def _allowances(path: Path) -> dict[str, Decimal]:
    """Where the list still names the parts of a merged commune, the highest of them."""
    found: dict[str, Decimal] = {}
    for row in rows(path) if path.is_file() else ():
        allowance = Decimal(row["allowance"])
        found[row["code_2022"]] = max(allowance, found.get(row["code_2022"], allowance))
    return found
