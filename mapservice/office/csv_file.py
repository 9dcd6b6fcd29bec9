"""A list as text with commas, which Excel opens as it is: UTF-8 with its mark, no formulas."""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import BinaryIO

from mapservice.office.excel import Sheet
from mapservice.ogc.sheet import FORMULA, MARK

TYPE = "text/csv"  # its charset is added with the answer


def write(target: BinaryIO, sheet: Sheet, rows: Iterable[Sequence[object]]) -> int:
    """Write the file; how many rows it holds. The last line says what it is, who took it, when."""
    text = io.TextIOWrapper(target, encoding="utf-8", newline="", write_through=True)
    text.write(MARK)
    writer = csv.writer(text)
    writer.writerow([column.heading for column in sheet.columns])
    written = 0
    for row in rows:
        written += 1
        writer.writerow([_cell(value) for value in row])
    writer.writerow([_cell("; ".join((sheet.title, *sheet.lines)))])
    text.detach()
    return written


def _cell(value: object) -> object:
    """Days as they are written here, numbers as numbers; no text that would be run."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.strftime("%d/%m/%Y %H:%M")
    if isinstance(value, date):
        return value.strftime("%d/%m/%Y")
    if isinstance(value, str) and value.startswith(FORMULA):
        return f"'{value}"
    return value
