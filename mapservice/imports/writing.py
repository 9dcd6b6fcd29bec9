"""What our own files of lists have in common: headings with notes, cells that stay texts."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import BinaryIO

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from mapservice.imports.fields import Field

TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ONLY_TEXT = {
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "nan_inf_to_errors": True,
}
NARROW, WIDE = 12, 34  # letters
LONG = frozenset({"title", "name", "summary", "story", "address_text", "need_title"})
DAYS = frozenset({"need_from", "need_until", "consent_date"})
NUMBER = "STT"  # the first column of a list; nothing is read of it
LONGEST = 32_767  # letters of a cell


def new_book(target: BinaryIO, title: str) -> Workbook:
    """A workbook in which a text is a text, whatever it begins with."""
    book = xlsxwriter.Workbook(target, ONLY_TEXT)
    book.set_properties({"title": title, "author": "Bản đồ địa chỉ tình nguyện"})
    return book


def write_headings(
    book: Workbook, page: Worksheet, row: int, first: str, fields: Sequence[Field]
) -> None:
    """One heading a field from the second column on, with its note; what must be there is marked.

    Columns are texts, so that telephones keep their zero; those of days are days.
    """
    must = _heading(book, "#B9D3F3")
    may = _heading(book, "#E4EDF8")
    texts, days = book.add_format({"num_format": "@"}), book.add_format(DAY)
    page.set_column(0, 0, NARROW)
    page.write_string(row, 0, first, may)
    for at, field in enumerate(fields, 1):
        width = WIDE if field.key in LONG else max(NARROW, len(field.heading) + 2)
        page.set_column(at, at, width, days if field.key in DAYS else texts)
        page.write_string(row, at, field.heading, must if field.required else may)
        told = f"Bắt buộc. {field.note}" if field.required else field.note
        page.write_comment(row, at, told, {"x_scale": 2})
    page.freeze_panes(row + 1, 0)


DAY = {"num_format": "dd/mm/yyyy"}


def _heading(book: Workbook, colour: str) -> Format:
    told = {"bold": True, "bg_color": colour, "bottom": 1, "text_wrap": True, "valign": "top"}
    return book.add_format(told)


def write_cell(page: Worksheet, row: int, column: int, value: object, form: Format) -> None:
    """A value as its own type; an empty cell has its format too."""
    if value is None or value == "":
        page.write_blank(row, column, None, form)
    elif isinstance(value, bool):
        page.write_string(row, column, "Có" if value else "Không", form)
    elif isinstance(value, date | datetime):
        page.write_datetime(row, column, value, form)
    elif isinstance(value, int | float):
        page.write_number(row, column, value, form)
    else:
        page.write_string(row, column, str(value)[:LONGEST], form)
