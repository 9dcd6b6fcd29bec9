"""A file as tables of plain cells, whatever program wrote it: the door of every import."""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from mapservice.imports import inspection, legacy_fonts, text_files, unreadable, workbooks
from mapservice.imports.inspection import Shape
from mapservice.imports.unreadable import because
from mapservice.territory.names import composed

Cell = str | int | float | bool | date | datetime | None
_KEPT = frozenset("\n\t")


@dataclass(frozen=True, slots=True)
class Table:
    """A sheet that is shown; `rows[0]` is its row 1, every row is equally long.

    Texts are NFC, without spaces around them and characters nobody sees; an empty cell is None.
    The value of a merged block stands in each of its cells.
    """

    name: str
    rows: Sequence[Sequence[Cell]]


def read(path: Path, file_name: str) -> list[Table]:
    """The tables of a file; empty sheets are left out.

    Raises Invalid (field "file") with a sentence that says why the file is not taken and what to
    do: no table, damaged, locked, macros, too much, or written for an old Vietnamese font.
    """
    shape = inspection.shape_of(path, file_name)
    if shape is Shape.TEXT:
        sheets = [(Path(file_name).stem, text_files.read(path))]
    else:
        sheets = workbooks.read(path, shape)
    tables = [Table(composed(name).strip(), _even(rows)) for name, rows in sheets]
    tables = [table for table in tables if table.rows]
    if not tables:
        raise because(unreadable.EMPTY)
    _refuse_old_fonts(tables)
    return tables


def plain_text(text: str) -> str:
    """NFC, without characters nobody sees, no space around it; a hard space is a space."""
    if text.isascii() and text.isprintable():
        return text.strip()
    shown = composed(text).replace("\r\n", "\n").replace("\xa0", " ").replace("_x000D_", "")
    return "".join(
        sign for sign in shown if sign in _KEPT or unicodedata.category(sign) != "Cc"
    ).strip()


def column_letters(at: int) -> str:
    """The name of a column from its place, counted from 0: 0 -> "A", 27 -> "AB"."""
    letters = ""
    at += 1
    while at:
        at, rest = divmod(at - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def _even(rows: Iterable[Sequence[object]]) -> list[tuple[Cell, ...]]:
    """Rows of equal length, without the empty ones at the end; a text that stands in many cells is
    kept once."""
    texts: dict[str, str] = {}
    cleaned = [tuple(_cell(value, texts) for value in row) for row in rows]
    while cleaned and not any(value is not None for value in cleaned[-1]):
        cleaned.pop()
    width = max(map(len, cleaned), default=0)
    return [row + (None,) * (width - len(row)) for row in cleaned]


def _cell(value: object, texts: dict[str, str]) -> Cell:
    if not isinstance(value, str):
        return value
    if value not in texts:
        texts[value] = plain_text(value)
    return texts[value] or None


def _refuse_old_fonts(tables: Sequence[Table]) -> None:
    texts = (cell for table in tables for row in table.rows for cell in row if type(cell) is str)
    found = legacy_fonts.recognise(texts)
    if found is None:
        return
    for table in tables:
        for number, row in enumerate(table.rows, 1):
            for at, cell in enumerate(row):
                if type(cell) is str and found.example in cell:
                    raise because(_in_old_font(found, table, f"{column_letters(at)}{number}"))


def _in_old_font(found: legacy_fonts.Legacy, table: Table, cell: str) -> str:
    code = found.code
    sheet = f" trang “{table.name}”" if table.name else ""
    return unreadable.LEGACY.format(
        code=code.name, font=code.font, source=code.source, cell=cell, sheet=sheet
    )
