"""The facts in seed/: complete, consistent, and as counted in the laws."""

import unicodedata
from collections import Counter
from datetime import date
from itertools import pairwise

import pytest

from mapservice.config import ROOT
from mapservice.errors import NotFound
from mapservice.territory import names, seed_files
from mapservice.territory.models import Level

SEED = ROOT / "seed"
FACTS = seed_files.read(SEED, "24")
UNITS = {(unit.code, unit.valid_from): unit for unit in FACTS.units}


def valid(unit, day):
    return unit.valid_from <= day and (unit.valid_to is None or day < unit.valid_to)


@pytest.mark.parametrize(
    ("day", "districts", "communes", "province"),
    [
        ("2022-12-31", 10, 209, "Tỉnh Bắc Giang"),
        ("2024-06-01", 10, 209, "Tỉnh Bắc Giang"),
        ("2025-03-01", 10, 192, "Tỉnh Bắc Giang"),
        ("2025-07-01", 0, 99, "Tỉnh Bắc Ninh"),
    ],
)
def test_each_day_has_its_units(day, districts, communes, province):
    units = [unit for unit in FACTS.units if valid(unit, date.fromisoformat(day))]
    count = Counter(unit.level for unit in units)
    assert (count[Level.DISTRICT], count[Level.COMMUNE]) == (districts, communes)
    assert [unit.name for unit in units if unit.level == Level.PROVINCE] == [province]


def test_a_code_names_one_unit_at_a_time():
    ordered = sorted(FACTS.units, key=lambda unit: (unit.code, unit.valid_from))
    for before, after in pairwise(ordered):
        if before.code == after.code:
            assert before.valid_to and before.valid_to <= after.valid_from, after.name


def test_every_commune_leads_to_one_of_today_without_a_gap():
    successor = {change.old: change.new for change in FACTS.changes}
    assert len(successor) == len(FACTS.changes), "old -> new is a function"
    for old, new in successor.items():
        assert UNITS[old].valid_to == UNITS[new].valid_from, (old, new)
    for unit in FACTS.units:
        key = (unit.code, unit.valid_from)
        if unit.level == Level.COMMUNE and unit.valid_to:
            assert key in successor, unit.name
        if unit.valid_to is None:
            assert key not in successor


def test_every_unit_has_a_parent_while_it_begins_or_lives():
    for unit in FACTS.units:
        forms = [
            parent
            for parent in FACTS.units
            if parent.code == unit.parent_code
            and parent.valid_from < (unit.valid_to or date.max)
            and unit.valid_from < (parent.valid_to or date.max)
        ]
        assert bool(forms) == (unit.level != Level.PROVINCE), unit.name
        if unit.level == Level.COMMUNE:  # also on its last day and, in 2022, on that day
            last = (unit.valid_to or date.max) - date.resolution
            assert any(valid(parent, last) for parent in forms), unit.name


def test_names_are_composed_and_begin_with_their_kind():
    for unit in FACTS.units:
        assert unit.name == unicodedata.normalize("NFC", unit.name)
        assert names.split_kind(unit.name) == (unit.kind, unit.short_name)


def test_label_points_lie_within_bounds():
    for unit in FACTS.units:
        lng, lat = unit.label
        assert unit.bounds.west < lng < unit.bounds.east, unit.name
        assert unit.bounds.south < lat < unit.bounds.north, unit.name


def test_the_firing_range_is_no_unit():
    assert not [unit for unit in FACTS.units if "TB1" in unit.code or "TB1" in unit.name]


def test_historical_names_lead_to_units():
    former = {unit.code for unit in FACTS.units if valid(unit, date(2022, 12, 31))}
    today = {unit.code for unit in FACTS.units if unit.valid_to is None}
    lost = []
    for name in FACTS.names:
        assert name.code_2022 is None or name.code_2022 in former
        assert name.code_2025 is None or name.code_2025 in today
        if name.code_2025 is None:
            lost.append(name.name)
    assert lost == ["Thị trấn NT Bố Hạ"]


def test_allowances_belong_to_communes_of_2022():
    former = {unit.code for unit in FACTS.units if valid(unit, date(2022, 12, 31))}
    assert set(FACTS.allowances) <= former
    assert len(FACTS.allowances) > 70
    assert all(0 < allowance <= 1 for allowance in FACTS.allowances.values())


@pytest.mark.parametrize("province", ["99", "", "..", "24/../24"])
def test_an_unknown_province_is_refused_with_those_known(province):
    with pytest.raises(NotFound, match="hiện có: 24"):
        seed_files.read(SEED, province)


def test_every_file_is_described():
    readme = (SEED / "README.md").read_text(encoding="utf-8")
    for path in SEED.glob("[0-9]*/*.csv"):
        assert f"`{path.name}`" in readme
