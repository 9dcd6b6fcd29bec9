"""Cells that repeat the one above: “nt”, “như trên”, a ditto mark. Pure."""

from collections.abc import Collection, Mapping

from mapservice.imports.matching_headings import folded
from mapservice.imports.tables import Cell

AS_ABOVE = "as_above"  # cell that names the fields of its row which the row above gave
GIVEN = "Ghi như dòng trên: lấy giá trị của dòng trên."
NOTHING_ABOVE = "Ghi “như trên” nhưng không có giá trị ở dòng trên: ghi rõ giá trị."
_WORDS = {"nt", "n t", "nhu tren", "nhu tren nt", "giong tren", "nhu dong tren"}
_SIGNS = {'"', "''", "”", "“", "″", "〃", '-"-', '- " -'}


def is_repeat(cell: Cell) -> bool:
    """Whether the cell only says that it is what stands above it."""
    return isinstance(cell, str) and (cell.strip() in _SIGNS or folded(cell) in _WORDS)


def filled(
    cells: Mapping[str, Cell], above: Mapping[str, Cell], told: Collection[str] = ()
) -> dict[str, Cell]:
    """The cells of a row with those of the row above where they repeat it, named in AS_ABOVE.

    `told`: fields that something else tells of both rows, a section say, where the row above is
    empty. What repeats nothing stays as it is written.
    """
    taken = {
        name: above.get(name)
        for name, cell in cells.items()
        if is_repeat(cell)
        and (above.get(name) is not None or name in told)
        and not is_repeat(above.get(name))
    }
    return {**cells, **taken, AS_ABOVE: " ".join(taken)} if taken else dict(cells)


def without(cells: Mapping[str, Cell], mended: Collection[str]) -> dict[str, Cell]:
    """The cells of a row of which these were written anew."""
    names = str(cells.get(AS_ABOVE) or "").split()
    kept = " ".join(name for name in names if name not in mended)
    return {**cells, AS_ABOVE: kept} if names else dict(cells)
