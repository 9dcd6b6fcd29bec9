"""Names that may stand in a public text: of places, schools, sites, and of figures of history.

What `detector.find` is told to pass over. Facts from `seed/`; a record's own names are added by
whoever looks at it.
"""

import csv
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from mapservice.config import ROOT
from mapservice.territory.names import PROVINCES, split_kind

SEED = ROOT / "seed"
# Columns that hold names, file by file of a province's folder.
COLUMNS = {
    "units.csv": ("name",),
    "historical_names.csv": ("name", "district_name"),
    "schools.csv": ("name",),
    "heritage_sites.csv": ("name", "detail"),
}


@cache
def of_province(province: str, seed: Path = SEED) -> frozenset[str]:
    """Every known name of a province (its code of 2022), with and without its kind."""
    found = {*PROVINCES, *_column(seed / "names" / "historical_figures.csv", "name")}
    for file, columns in COLUMNS.items():
        for column in columns:
            for name in _column(seed / province / file, column):
                found |= {name, split_kind(name)[1]}
    return frozenset(found - {""})


def _column(path: Path, column: str) -> Iterator[str]:
    if path.exists():
        with path.open(encoding="utf-8", newline="") as file:
            yield from (row[column].strip() for row in csv.DictReader(file))
