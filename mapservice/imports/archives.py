"""Workbooks that are archives: looked through piece by piece before anything reads them."""

import re
import zlib
from collections.abc import Iterable
from pathlib import Path
from zipfile import BadZipFile, ZipFile, ZipInfo

from mapservice.imports import unreadable
from mapservice.imports.unreadable import because

MOST_PARTS = 2_000
MOST_UNPACKED = 96 * 1024 * 1024  # bytes of all parts of XML; 20,000 rows of 30 columns are 40 MiB
PIECE = 256 * 1024  # bytes unpacked at a time
ODS = b"application/vnd.oasis.opendocument.spreadsheet"
_DECLARATION = re.compile(rb"<!\s*(?:DOCTYPE|ENTITY)")
_LONGEST_DECLARATION = 16  # bytes, that one over the border of two pieces is seen
_LOCKED = b"manifest:encryption-data"
_MACROS = re.compile(r"vbaproject|/macrosheets/|/dialogsheets/|^basic/|^scripts/", re.IGNORECASE)


def check(path: Path, file_name: str) -> str:
    """ "xlsx" or "ods". Raises Invalid (field "file") for all else and for what could do harm."""
    try:
        with ZipFile(path) as archive:
            parts = archive.infolist()
            shape = _shape(archive, {part.filename for part in parts}, file_name)
            _look_through(archive, parts)
            return shape
    except (BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError, OSError) as error:
        raise because(unreadable.BROKEN) from error


def _shape(archive: ZipFile, names: set[str], file_name: str) -> str:
    if any(_MACROS.search(name) for name in names) or file_name.lower().endswith(".xlsm"):
        raise because(unreadable.MACROS)
    if "xl/workbook.bin" in names:
        raise because(unreadable.BINARY)
    if "xl/workbook.xml" in names:
        return "xlsx"
    if any(name.startswith(("word/", "ppt/")) for name in names):
        raise because(unreadable.DOCUMENT)
    if "mimetype" in names and "content.xml" in names:
        with archive.open("mimetype") as file:
            told = file.read(100)
        if told.startswith(ODS):
            return "ods"
        raise because(unreadable.DOCUMENT)
    raise because(unreadable.PACKED if names else unreadable.EMPTY)


def _look_through(archive: ZipFile, parts: list[ZipInfo]) -> None:
    """Unpack what a reader would unpack, in pieces, and count: declared sizes may lie."""
    if any(part.flag_bits & 1 for part in parts):
        raise because(unreadable.LOCKED)
    texts = [part for part in parts if part.filename.lower().endswith((".xml", ".rels"))]
    if len(parts) > MOST_PARTS or sum(part.file_size for part in texts) > MOST_UNPACKED:
        raise because(unreadable.TOO_MUCH)
    left = MOST_UNPACKED
    for part in texts:
        end = b""
        for piece in _pieces(archive, part):
            left -= len(piece)
            if left < 0:
                raise because(unreadable.TOO_MUCH)
            _check(end + piece)
            end = piece[-_LONGEST_DECLARATION:]


def _pieces(archive: ZipFile, part: ZipInfo) -> Iterable[bytes]:
    with archive.open(part) as file:
        while piece := file.read(PIECE):
            yield piece


def _check(piece: bytes) -> None:
    """No XML of a spreadsheet declares entities, nor is it in UTF-16, where they could hide."""
    if _DECLARATION.search(piece):
        raise because(unreadable.DECLARATIONS)
    if b"\x00" in piece:
        raise because(unreadable.BROKEN)
    if _LOCKED in piece:
        raise because(unreadable.LOCKED)
