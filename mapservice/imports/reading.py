"""The rows of the sheet that was chosen, as cells by field. Pure."""

from collections.abc import Iterator, Mapping

from mapservice.imports import list_rows, repeats
from mapservice.imports.fates import Row
from mapservice.imports.location import SECTION, SECTION_ROW
from mapservice.imports.tables import Cell, Table


def rows(table: Table, chosen: Mapping, mapping: Mapping[str, str]) -> Iterator[Row]:
    """The rows of the list with the cells that were mapped (`mapping`: place of a column -> field),
    what they repeat of the row above, the section that they stand in, and what `chosen` says for
    all; empty ones are none."""
    columns = {int(at): key for at, key in mapping.items()}
    sections, section = frozenset(chosen.get("sections", ())), {}
    above: Mapping[str, Cell] = {}
    for number in range(chosen["row"] + 1, chosen["last"] + 1):
        row = table.rows[number - 1]
        if number in sections:
            commune = list_rows.commune_of(row)
            section = {SECTION: commune, SECTION_ROW: number} if commune else {}
        elif number >= chosen["first"] and str(number) not in chosen["skipped"]:
            cells: dict[str, Cell] = {key: row[at] for at, key in columns.items()}
            if any(cell is not None for cell in cells.values()):
                above = repeats.filled(cells, above, ("commune_text",) if section else ())
                yield Row(number, _with_given(above | section, chosen.get("all", {})))


def _with_given(cells: Mapping[str, Cell], given: Mapping[str, str]) -> dict[str, Cell]:
    """The cells of a row with what is said for all, where it says nothing itself."""
    placed = any(cells.get(name) is not None for name in (SECTION, "address_text"))
    empty = {
        name: text
        for name, text in given.items()
        if cells.get(name) is None and not (placed and name == "commune_text")
    }
    return {**cells, **empty}
