"""The words of the demo: files in `seed/demo/`, and facts of the province in `seed/<code>/`."""

import csv
import json
from functools import cache
from pathlib import Path

SEED = Path(__file__).resolve().parent.parent.parent / "seed"


@cache
def words(name: str):
    """`seed/demo/<name>.json`: hamlets, summaries, needs, teams, campaigns, reasons, reports."""
    return json.loads((SEED / "demo" / f"{name}.json").read_text(encoding="utf-8"))


@cache
def person_needs() -> list[dict[str, str]]:
    """What is asked for people: category, kinds of person, quantity, unit, people, skills."""
    return _rows(SEED / "demo" / "person_needs.csv")


@cache
def of_province(name: str, province: str) -> list[dict[str, str]]:
    """Products and social centres of a province's demo; none where nobody wrote the file."""
    return _rows(SEED / "demo" / province / f"{name}.csv")


@cache
def facts(name: str, province: str) -> list[dict[str, str]]:
    """Real facts of a province (schools, heritage_sites, zones), with their sources."""
    return _rows(SEED / province / f"{name}.csv")


def _rows(path: Path) -> list[dict[str, str]]:
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
