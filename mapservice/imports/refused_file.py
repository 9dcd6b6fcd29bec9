"""The rows that were not taken, as a file: with the reasons, to be corrected and sent again."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO

from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from mapservice.imports.fields import FIELDS, Field, Kind
from mapservice.imports.tables import Cell
from mapservice.imports.writing import DAY, DAYS, new_book, write_cell, write_headings

TITLE = "Các dòng cần sửa"
LEAD = "Sửa các ô tô màu theo cột cuối, lưu lại rồi gửi chính tệp này. Không cần xóa cột nào."
ROW, REASONS = "Dòng", "Lý do chưa nhận"  # neither is read when the file comes back
HEAD = 2  # row of the headings, from 0


@dataclass(frozen=True, slots=True)
class Refused:
    """`cells` by field as they came; `faults`: (field, why), a field that is no column too."""

    number: int
    cells: Mapping[str, Cell]
    faults: Sequence[tuple[str, str]]


def content(kind: Kind, rows: Iterable[Refused]) -> bytes:
    """The file (xlsx): a column for each field that a row fills, lacks or has wrong."""
    listed = list(rows)
    fields = _columns(kind, listed)
    target = BytesIO()
    with new_book(target, TITLE) as book:
        page = book.add_worksheet(TITLE)
        page.write_string(0, 0, TITLE, book.add_format({"bold": True, "font_size": 14}))
        page.write_string(1, 0, LEAD, book.add_format({"italic": True, "font_color": "#444444"}))
        write_headings(book, page, HEAD, ROW, fields)
        last = len(fields) + 1
        page.set_column(last, last, 70)
        page.write_string(HEAD, last, REASONS, book.add_format({"bold": True, "bottom": 1}))
        wrong = {"bg_color": "#FBE3DF", "border": 1, "border_color": "#B3261E"}
        forms = {
            (day, fault): book.add_format(
                (DAY if day else {"num_format": "@"}) | (wrong if fault else {})
            )
            for day in (False, True)
            for fault in (False, True)
        }
        wrap = book.add_format({"text_wrap": True, "valign": "top"})
        for below, row in enumerate(listed, HEAD + 1):
            _write_row(page, below, row, fields, forms)
            page.write_string(below, last, _reasons(row, fields), wrap)
    return target.getvalue()


def _columns(kind: Kind, rows: Sequence[Refused]) -> list[Field]:
    used = {key for row in rows for key, cell in row.cells.items() if cell is not None}
    used |= {key for row in rows for key, _ in row.faults}
    return [field for field in FIELDS[kind] if field.required or field.key in used]


def _write_row(
    page: Worksheet,
    at: int,
    row: Refused,
    fields: Sequence[Field],
    forms: Mapping[tuple[bool, bool], Format],
) -> None:
    wrong = dict(row.faults)
    page.write_number(at, 0, row.number)
    for column, field in enumerate(fields, 1):
        form = forms[field.key in DAYS, field.key in wrong]
        write_cell(page, at, column, row.cells.get(field.key), form)
        if field.key in wrong:
            page.write_comment(at, column, wrong[field.key], {"x_scale": 2})


def _reasons(row: Refused, fields: Sequence[Field]) -> str:
    """One line a fault: the column's heading, then why."""
    headings = {field.key: field.heading for field in fields}
    said = (f"{headings[key]}: {why}" if key in headings else why for key, why in row.faults)
    return "\n".join(said)
