"""What a file is by its content, whatever its name says; looked at before anything unpacks it."""

import mmap
from enum import StrEnum
from pathlib import Path

from mapservice.imports import archives, unreadable
from mapservice.imports.unreadable import because

HEAD = 4096  # bytes that are looked at for what a file begins with
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ZIP = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
PICTURES = (b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"II*\x00", b"MM\x00*", b"BM")
PACKED = (b"Rar!", b"7z\xbc\xaf\x27\x1c", b"\x1f\x8b", b"BZh", b"\xfd7zXZ")
WEB_PAGE = (b"<html", b"<!doctype html", b"<table", b"<head", b"<meta", b"<body", b"mime-version:")


class Shape(StrEnum):
    """How a file is read: a workbook of one of three kinds, or text with separators."""

    XLSX, XLS, ODS, TEXT = "xlsx", "xls", "ods", "text"


def shape_of(path: Path, file_name: str) -> Shape:
    """What the file is. Raises Invalid (field "file") for what is not taken, saying why.

    Of an archive every part of XML was unpacked once, in pieces, and counted; nothing is kept.
    """
    size = path.stat().st_size
    if size == 0:
        raise because(unreadable.EMPTY)
    if size > unreadable.MOST_BYTES:
        raise because(unreadable.TOO_BIG)
    with path.open("rb") as file:
        head = file.read(HEAD)
    if head.startswith(OLE):
        return _old_workbook(path)
    if head.startswith(ZIP):
        return Shape(archives.check(path, file_name))
    if head.startswith(PICTURES) or (head[:4] == b"RIFF" and head[8:12] == b"WEBP"):
        raise because(unreadable.PICTURE)
    if head.startswith(PACKED):
        raise because(unreadable.PACKED)
    _refuse_markup(head)
    return Shape.TEXT


def _old_workbook(path: Path) -> Shape:
    """Of a compound file: a workbook without password and macros. Streams are named in UTF-16."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:

        def holds(*names: str) -> bool:
            return any(content.find(name.encode("utf-16-le")) >= 0 for name in names)

        if holds("EncryptedPackage"):
            raise because(unreadable.LOCKED)
        if holds("_VBA_PROJECT"):
            raise because(unreadable.MACROS)
        if holds("Workbook", "Book"):
            return Shape.XLS
        if holds("WordDocument", "PowerPoint Document"):
            raise because(unreadable.DOCUMENT)
        # The directory of a file that was cut off is often its last part.
        raise because(unreadable.BROKEN)


def _refuse_markup(head: bytes) -> None:
    begin = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if b"schemas-microsoft-com:office:spreadsheet" in begin and begin.startswith(b"<?xml"):
        raise because(unreadable.XML_2003)
    if begin.startswith(b"{\\rtf"):
        raise because(unreadable.DOCUMENT)
    if begin.startswith(WEB_PAGE) or (begin.startswith(b"<") and b"<html" in begin):
        raise because(unreadable.WEB_PAGE)
    if begin.startswith((b"<?xml", b"<!doctype")):
        raise because(unreadable.NO_TABLE)
