"""Reads one workbook and prints its sheets as JSON; a program of its own, run by `workbooks`.

It imports nothing of the application and limits itself first: a workbook of two cells can span
seventeen thousand million, and a reader that reserves them must die alone.
"""

import json
import resource
import sys
from contextlib import nullcontext
from datetime import date, datetime, time, timedelta
from typing import IO
from xml.parsers import expat
from zipfile import ZipFile, is_zipfile

import python_calamine as calamine

Block = tuple[tuple[int, int], tuple[int, int]]


def main(path: str, memory: int, seconds: int, most: dict[str, int]) -> None:
    """Print lines of JSON: {"name": …} a sheet, then its rows; {"wrong": "rows"} ends them."""
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        with calamine.load_workbook(path) as book:
            wrong = _print_sheets(book, _spans(path), most)
    except calamine.PasswordError:
        wrong = "password"
    except MemoryError:
        wrong = "memory"
    except (calamine.CalamineError, expat.ExpatError, OSError, ValueError):
        wrong = "broken"
    if wrong:
        _say({"wrong": wrong})


def _print_sheets(
    book: calamine.CalamineWorkbook, spans: dict[str, list[Block]], most: dict[str, int]
) -> str:
    """What is too much, if anything. Hidden sheets hold words for drop-downs, not lists."""
    seen = calamine.SheetVisibleEnum.Visible
    sheet_type = calamine.SheetTypeEnum.WorkSheet
    found = [one for one in book.sheets_metadata if one.visible == seen and one.typ == sheet_type]
    if len(found) > most["sheets"]:
        return "sheets"
    rows_left = most["rows"]
    for told in found:
        sheet = book.get_sheet_by_name(told.name)
        if sheet.total_width > most["columns"]:
            return "columns"
        if sheet.total_height > rows_left:
            return "rows"
        rows_left -= sheet.total_height
        if sheet.total_height * sheet.total_width > most["cells"]:
            return "memory"
        _say({"name": told.name})
        _print_rows(sheet, sheet.merged_cell_ranges or spans.get(told.name, []))
    return ""


def _print_rows(sheet: calamine.CalamineSheet, blocks: list[Block]) -> None:
    """One line a row, as it is read: whoever holds all rows at once needs three times the memory.

    The value of a merged block stands in each of its cells. `iter_rows` begins with row 1, but
    with the first column that holds something.
    """
    if sheet.start is None:
        return
    left = sheet.start[1]
    waiting = sorted(blocks, reverse=True)
    open_blocks: list[tuple[Block, object]] = []
    for at, read in enumerate(sheet.iter_rows()):
        row = [None] * left + [_cell(value) for value in read]
        while waiting and waiting[-1][0][0] <= at:
            block = waiting.pop()
            open_blocks.append((block, row[block[0][1]] if block[0][1] < len(row) else None))
        open_blocks = [each for each in open_blocks if each[0][1][0] >= at]
        for ((_, begin), (_, end)), value in open_blocks:
            width = min(end + 1, len(row)) - begin
            row[begin : begin + max(width, 0)] = [value] * max(width, 0)
        _say(row)


def _say(answer: object) -> None:
    sys.stdout.buffer.write(json.dumps(answer, ensure_ascii=False).encode() + b"\n")


def _spans(path: str) -> dict[str, list[Block]]:
    """The merged blocks of an OpenDocument by sheet, which calamine does not tell."""
    with ZipFile(path) if is_zipfile(path) else nullcontext() as archive:
        if archive is None or "content.xml" not in archive.namelist():
            return {}
        with archive.open("content.xml") as content:
            return _Spans().read(content)


class _Spans:
    """Where in a sheet the reading is; both counted from 0."""

    def __init__(self):
        self.found: dict[str, list[Block]] = {}
        self.row = self.column = 0

    def read(self, content: IO[bytes]) -> dict[str, list[Block]]:
        parser = expat.ParserCreate()
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.ParseFile(content)
        return self.found

    def _start(self, name: str, told: dict[str, str]) -> None:
        if name == "table:table":
            self.blocks = self.found.setdefault(told.get("table:name", ""), [])
            self.row = 0
        elif name == "table:table-row":
            self.column, self.repeated = 0, int(told.get("table:number-rows-repeated", 1))
        elif name in ("table:table-cell", "table:covered-table-cell"):
            down = int(told.get("table:number-rows-spanned", 1))
            right = int(told.get("table:number-columns-spanned", 1))
            if down > 1 or right > 1:
                end = self.row + down - 1, self.column + right - 1
                self.blocks.append(((self.row, self.column), end))
            self.column += int(told.get("table:number-columns-repeated", 1))

    def _end(self, name: str) -> None:
        if name == "table:table-row":
            self.row += self.repeated


def _cell(value: object) -> object:
    """As JSON: days and moments as {"day": "2026-07-01"} and {"moment": "2026-07-01T08:00:00"}."""
    if value == "":
        return None
    if isinstance(value, datetime):
        midnight = value.time() == time()
        return {"day": value.date().isoformat()} if midnight else {"moment": value.isoformat()}
    if isinstance(value, date):
        return {"day": value.isoformat()}
    if isinstance(value, float):
        return int(value) if value.is_integer() and abs(value) < 1e15 else value
    if isinstance(value, time | timedelta):
        return str(value)
    return value


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), json.loads(sys.argv[4]))
