"""Workbooks (xlsx, xls, ods), read by a process of its own with limits of memory and time."""

import io
import json
import subprocess
import sys
from datetime import date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from mapservice.imports import unreadable
from mapservice.imports.unreadable import because

READER = Path(__file__).with_name("workbook_reader.py")
MEMORY = 144 * 1024 * 1024  # bytes of the reader's addresses; 20,000 rows of 26 columns need 96
SECONDS = 10  # of its work
PATIENCE = 3  # times as long by the clock: the machine has others to serve
MOST = {
    "sheets": unreadable.MOST_SHEETS,
    "rows": unreadable.MOST_ROWS,
    "columns": unreadable.MOST_COLUMNS,
    "cells": unreadable.MOST_CELLS,
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
    return _sheets(done.stdout)


def _sheets(said: bytes) -> list[tuple[str, Rows]]:
    """What the reader printed: a name, the rows that follow it; or what is wrong."""
    sheets: list[tuple[str, Rows]] = []
    for line in io.BytesIO(said):
        told = json.loads(line, object_hook=_day)
        if isinstance(told, list):
            sheets[-1][1].append(told)
        elif "wrong" in told:
            raise because(WRONG[told["wrong"]])
        else:
            sheets.append((told["name"], []))
    return sheets


def _run(path: Path) -> subprocess.CompletedProcess:
    command = [sys.executable, "-I", str(READER), str(path)]
    limits = [str(MEMORY), str(SECONDS), json.dumps(MOST)]
    try:
        return subprocess.run(  # noqa: S603 - our own program, no shell
            [*command, *limits], capture_output=True, timeout=PATIENCE * SECONDS, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise because(unreadable.TOO_MUCH) from error


def _day(told: dict) -> object:
    if "day" in told:
        return date.fromisoformat(told["day"])
    if "moment" in told:
        return datetime.fromisoformat(told["moment"])
    return told
