"""A list as an Excel file, written row by row in constant memory.

Every text is written as text: what begins with "=" stays what somebody typed. Numbers are numbers,
days are days.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import BinaryIO

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from mapservice.office.columns import Column, Kind

TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LONGEST_TEXT = 32_767  # letters of a cell
LONGEST_NAME = 31  # letters of a sheet's name
ONLY_TEXT = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "nan_inf_to_errors": True,
}


@dataclass(frozen=True, slots=True)
class Sheet:
    """`lines` stand below the title: which filters; then who and when, on every sheet of paper."""

    title: str
    lines: Sequence[str]
    columns: Sequence[Column]


def write(target: BinaryIO, sheet: Sheet, rows: Iterable[Sequence[object]]) -> int:
    """Write the file; how many rows it holds."""
    book = xlsxwriter.Workbook(target, ONLY_TEXT)
    book.set_properties({"title": sheet.title, "author": "Bản đồ địa chỉ tình nguyện"})
    page = book.add_worksheet(sheet.title[:LONGEST_NAME])
    head = _begin(book, page, sheet)
    formats = _formats(book)
    written = 0
    for row in rows:
        written += 1
        for at, value in enumerate(row):
            _cell(page, head + written, at, value, formats)
    page.autofilter(head, 0, head + max(written, 1), len(sheet.columns) - 1)
    book.close()
    return written


def _begin(book: Workbook, page: Worksheet, sheet: Sheet) -> int:
    """The block above the rows, and how it looks on paper; the row of the headings."""
    for at, column in enumerate(sheet.columns):
        page.set_column(at, at, column.width)
    page.write_string(0, 0, sheet.title, book.add_format({"bold": True, "font_size": 14}))
    soft = book.add_format({"italic": True, "font_color": "#444444"})
    for at, line in enumerate(sheet.lines, 1):
        page.write_string(at, 0, line[:LONGEST_TEXT], soft)
    head = len(sheet.lines) + 2
    bold = book.add_format(
        {"bold": True, "bg_color": "#DCE8F8", "bottom": 1, "text_wrap": True, "valign": "top"}
    )
    for at, column in enumerate(sheet.columns):
        page.write_string(head, at, column.heading, bold)
    page.freeze_panes(head + 1, 0)
    page.set_landscape()
    page.set_paper(9)  # A4
    page.fit_to_pages(1, 0)
    page.repeat_rows(head)
    page.set_footer(f"&L{_plain(sheet.lines[-1])}&RTrang &P/&N")
    return head


def _plain(line: str) -> str:
    """A line for a footer, where "&" begins a command, and which takes 255 letters."""
    return line[:100].replace("&", "&&")


def _formats(book: Workbook) -> dict[Kind, Format]:
    wanted = {
        Kind.TEXT: {"text_wrap": True},
        Kind.DAY: {"num_format": "dd/mm/yyyy"},
        Kind.MOMENT: {"num_format": "dd/mm/yyyy hh:mm"},
        Kind.NUMBER: {},
    }
    return {kind: book.add_format({"valign": "top", **told}) for kind, told in wanted.items()}


def _cell(
    page: Worksheet, row: int, column: int, value: object, formats: dict[Kind, Format]
) -> None:
    if value is None:
        return
    if isinstance(value, datetime):
        page.write_datetime(row, column, value, formats[Kind.MOMENT])
    elif isinstance(value, date):
        page.write_datetime(row, column, value, formats[Kind.DAY])
    elif isinstance(value, int | float | Decimal):
        page.write_number(row, column, value, formats[Kind.NUMBER])
    else:
        page.write_string(row, column, str(value)[:LONGEST_TEXT], formats[Kind.TEXT])
