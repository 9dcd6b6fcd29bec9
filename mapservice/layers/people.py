"""People in hardship as the public sees them: published cells, and never a part of one."""

from collections.abc import Iterable
from typing import NamedTuple

from sqlalchemy import text
from sqlalchemy.orm import Session

from mapservice.layers import queries
from mapservice.layers.statements import Reader
from mapservice.territory.eras import FORMER_DAY


class Figure(NamedTuple):
    """Households of a unit: the sum of its cells' lower ends; None where no figure is public."""

    at_least: int | None
    groups: list[tuple[str, int, int | None]]  # (group, low, high) of each cell


def units_of_cells(reader: Reader, unit_ids: Iterable[int]) -> list[int]:
    """Today's communes in those of the units that are unions of whole cells.

    A unit that cuts through a cell gives nothing: part of a cell has no public figure.
    """
    found: list[int] = []
    for unit_id in unit_ids:
        values = {"unit_id": unit_id, "former": FORMER_DAY}
        row = reader.execute(text(queries.UNIT_OF_CELLS), values).one()
        if not row.cut:
            found += row.inside
    return sorted(set(found))


def figure(session: Session, unit_id: int) -> Figure:
    """What a unit's page says of its people."""
    inside = units_of_cells(session, [unit_id])
    rows = session.execute(text(queries.CELLS_INSIDE), {"people_units": inside}).all()
    if not rows:
        return Figure(None, [])
    groups = [(row.need_group, row.band_low, row.band_high) for row in rows]
    return Figure(sum(low for _, low, _ in groups), groups)
