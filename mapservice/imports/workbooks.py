"""Workbooks (xlsx, xls, ods), read by a process of its own with limits of memory and time."""

import json
import subprocess
import sys
from datetime import date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from mapservice.imports import unreadable
from mapservice.imports.unreadable import because

READER = Path(__file__).with_name("workbook_reader.py")
MEMORY = 320 * 1024 * 1024  # bytes of the reader's addresses
SECONDS = 20  # of its work
MOST = {
    "sheets": unreadable.MOST_SHEETS,
    "rows": unreadable.MOST_ROWS,
    "columns": unreadable.MOST_COLUMNS,
}
WRONG = {
    "password": unreadable.LOCKED,
    "memory": unreadable.TOO_MUCH,
    "broken": unreadable.BROKEN,
    "sheets": unreadable.TOO_MANY_SHEETS,
    "rows": unreadable.TOO_MANY_ROWS,
    "columns": unreadable.TOO_MANY_COLUMNS,
}
Rows = list[list[object]]


def read(path: Path, shape: str) -> list[tuple[str, Rows]]:
    """(name, rows) of each sheet that is shown. Raises Invalid (field "file").

    `shape`: xlsx, xls or ods, and read as nothing else.

    Why apart: the reader reserves the whole rectangle between the first and the last cell, which
    two cells of a small file can make larger than any machine.
    """
    with TemporaryDirectory(prefix="list-") as folder:
        # The reader goes by what a name ends with.
        named = Path(folder) / f"list.{shape}"
        named.symlink_to(path.resolve())
        done = _run(named)
    if done.returncode:
        # Killed by its limits, or a file on which the reader gave up without a word.
        raise because(unreadable.TOO_MUCH if done.returncode < 0 else unreadable.BROKEN)
    sheets = [json.loads(line, object_hook=_day) for line in done.stdout.splitlines()]
    for sheet in sheets:
        if "wrong" in sheet:
            raise because(WRONG[sheet["wrong"]])
    return [(sheet["name"], sheet["rows"]) for sheet in sheets]


def _run(path: Path) -> subprocess.CompletedProcess:
    command = [sys.executable, "-I", str(READER), str(path)]
    limits = [str(MEMORY), str(SECONDS), json.dumps(MOST)]
    try:
        return subprocess.run(  # noqa: S603 - our own program, no shell
            [*command, *limits], capture_output=True, timeout=2 * SECONDS, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise because(unreadable.TOO_MUCH) from error


def _day(told: dict) -> object:
    if "day" in told:
        return date.fromisoformat(told["day"])
    if "moment" in told:
        return datetime.fromisoformat(told["moment"])
    return told
