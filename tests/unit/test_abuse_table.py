"""docs/abuse.md names tests that there are, at least one for every attack."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROWS = [
    [cell.strip() for cell in line.strip("|").split(" | ")]
    for line in (ROOT / "docs" / "abuse.md").read_text(encoding="utf-8").splitlines()
    if line.startswith("| ") and not line.startswith("| attack")
]
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0][:40])
def test_an_attack_is_shown_by_tests_that_exist(row):
    _attack, _answer, shown = row
    named = NAMED.findall(shown)
    assert named and NAMED.sub("", shown).strip(", ") == ""
    for file, test in named:
        source = (ROOT / file).read_text(encoding="utf-8")
        assert re.search(rf"^def {test}\(", source, re.MULTILINE), f"{file} has no {test}"


def test_the_whole_table_is_read():
    assert len(ROWS) > 20
