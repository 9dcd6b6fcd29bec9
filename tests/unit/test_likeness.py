"""Names of places that are one place are found, others are not; the figures are printed."""

import csv
import random

import pytest

from mapservice.config import ROOT
from mapservice.registration.duplicates import STRONG
from mapservice.registration.likeness import likeness

TYPING = {"a": "s", "n": "m", "i": "o", "t": "r", "c": "v"}


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("Trường Tiểu học An Lạc", "Truong TH an lac", True),
        ("Trường THCS Vân Sơn", "Trường Trung học cơ sở Vân Sơn", True),
        ("Trường Mầm non Hoa Sen", "Trường MN Hoa Sen", True),
        ("Trường Tiểu học An Lạc", "Trường Tiểu học An Lạc số 2", False),
        ("Trường Tiểu học số 1", "Trường Tiểu học số 2", False),
        ("Trạm y tế xã An Lạc", "Trường Tiểu học An Lạc", False),
        ("Trường THPT Bố Hạ", "Trường THPT Tứ Sơn", False),
        ("Tiểu học An Lạc", "Trường Tiểu học An Lac", True),
    ],
)
def test_examples(one, other, alike):
    assert (likeness(one, other) >= STRONG) == alike


def mistyped(name: str, chance: random.Random) -> str:
    """One slip of a hand: a letter twice, missing, beside, or two exchanged."""
    letters = [i for i, c in enumerate(name) if c.isalpha()]
    at = chance.choice(letters)
    slip = chance.randrange(4)
    if slip == 0:
        return name[:at] + name[at] + name[at:]
    if slip == 1:
        return name[:at] + name[at + 1 :]
    if slip == 2:
        return name[:at] + TYPING.get(name[at].lower(), "x") + name[at + 1 :]
    return name[:at] + name[at + 1 : at + 2] + name[at] + name[at + 2 :]


def test_slips_are_found_and_neighbours_are_not(record_property):
    with (ROOT / "seed" / "24" / "schools.csv").open(encoding="utf-8", newline="") as lines:
        names = sorted({row["name"] for row in csv.DictReader(lines)})
    chance = random.Random(24)
    slips = [(name, mistyped(name, chance)) for name in names for _ in range(8)]
    found = sum(likeness(name, typed) >= STRONG for name, typed in slips)
    others = [(a, b) for a in names for b in names if a < b]
    wrong = sum(likeness(a, b) >= STRONG for a, b in others)
    record_property("slips found", f"{found} of {len(slips)}")
    record_property("others taken for one", f"{wrong} of {len(others)}")
    assert found >= len(slips) * 0.97
    assert wrong <= len(others) * 0.005
