"""Text with separators (csv): its encoding, its separator, its rows. Pure but for the file."""

import codecs
import csv
import io
import unicodedata
from collections import Counter
from pathlib import Path

from mapservice.imports import legacy_fonts, unreadable
from mapservice.imports.unreadable import because

SEPARATORS = ";\t,|"  # of equals the first wins: a comma is also part of numbers and addresses
LOOKED_AT = 100  # rows that tell which separator it is
SAMPLE = 256 * 1024  # letters of them
WINDOWS = "cp1258"  # Vietnamese Windows; letters and tones are apart in it


def read(path: Path) -> list[list[str]]:
    """The rows, every cell a text. Raises Invalid (field "file")."""
    text = decoded(path.read_bytes())
    separator, text = _separator(text)
    rows: list[list[str]] = []
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator):
            if len(row) > unreadable.MOST_COLUMNS:
                raise because(unreadable.TOO_MANY_COLUMNS)
            if len(rows) >= unreadable.MOST_ROWS:
                raise because(unreadable.TOO_MANY_ROWS)
            rows.append(row)
    except csv.Error as error:
        raise because(unreadable.BROKEN) from error
    return rows


def decoded(content: bytes) -> str:
    """The text: UTF-8, UTF-16 or Windows-1258. Raises Invalid (field "file").

    Old Vietnamese fonts are no encoding: their letters are taken as Windows would, so that
    `legacy_fonts` recognises them as it does in a workbook.
    """
    for mark, name in ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"),
                       (codecs.BOM_UTF16_BE, "utf-16")):  # fmt: skip
        if content.startswith(mark):
            return _strictly(content, name)
    if b"\x00" in content:
        even, odd = content[0::2].count(0), content[1::2].count(0)
        return _strictly(content, "utf-16-le" if odd > even else "utf-16-be")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return _of_windows(content)


def _strictly(content: bytes, name: str) -> str:
    try:
        text = content.decode(name)
    except UnicodeDecodeError as error:
        raise because(unreadable.NO_TABLE) from error
    if "\x00" in text:
        raise because(unreadable.NO_TABLE)
    return text


def _of_windows(content: bytes) -> str:
    """Windows-1258, unless the bytes make more words as an old font does."""
    western = content.decode("cp1252", errors="replace")
    try:
        text = unicodedata.normalize("NFC", content.decode(WINDOWS))
    except UnicodeDecodeError:
        text = ""
    found = legacy_fonts.recognise(western)
    if found and found.words > legacy_fonts.right_words(text):
        return western
    if not text:
        raise because(unreadable.NO_TABLE)
    return text


def _separator(text: str) -> tuple[str, str]:
    """The separator, and the text without Excel's own line about it ("sep=;")."""
    first, _, rest = text.partition("\n")
    if first.strip().lower().startswith("sep=") and len(first.strip()) == 5:
        return first.strip()[4], rest
    sample = text[:SAMPLE]
    return max(SEPARATORS, key=lambda mark: _evenness(sample, mark)), text


def _evenness(sample: str, separator: str) -> tuple[int, int]:
    """How many rows have the same number of cells, more than one; and how many cells."""
    widths: Counter[int] = Counter()
    try:
        for row in csv.reader(io.StringIO(sample, newline=""), delimiter=separator):
            widths[len(row)] += len(row) > 1
            if widths.total() >= LOOKED_AT:
                break
    except csv.Error:
        return 0, 0
    width, rows = max(widths.items(), key=lambda one: (one[1], one[0]), default=(0, 0))
    return rows, width
