"""Reads one workbook and prints its sheets as JSON; a program of its own, run by `workbooks`.

It imports nothing of the application and limits itself first: a workbook of two cells can span
seventeen thousand million, and a reader that reserves them must die alone.
"""

import json
import resource
import sys
from datetime import date, datetime, time, timedelta

import python_calamine as calamine

Block = tuple[tuple[int, int], tuple[int, int]]


def main(path: str, memory: int, seconds: int, most: dict[str, int]) -> None:
    """Print one line of JSON a sheet, or one with what is wrong: {"wrong": "rows"}."""
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        with calamine.load_workbook(path) as book:
            wrong = _print_sheets(book, most)
    except calamine.PasswordError:
        wrong = "password"
    except MemoryError:
        wrong = "memory"
    except (calamine.CalamineError, OSError, ValueError):
        wrong = "broken"
    if wrong:
        _say({"wrong": wrong})


def _print_sheets(book: calamine.CalamineWorkbook, most: dict[str, int]) -> str:
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
        rows = [[_cell(value) for value in row] for row in sheet.to_python(skip_empty_area=False)]
        _spread(rows, sheet.merged_cell_ranges or [])
        _say({"name": told.name, "rows": rows})
    return ""


def _say(answer: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")


def _spread(rows: list[list], blocks: list[Block]) -> None:
    """The value of a merged block stands in each of its cells."""
    width = max(map(len, rows), default=0)
    for (top, left), (bottom, right) in blocks:
        if top >= len(rows) or left >= width:
            continue
        value = rows[top][left]
        for row in rows[top : bottom + 1]:
            row[left : right + 1] = [value] * (min(right + 1, width) - left)


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
