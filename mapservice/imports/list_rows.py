"""The rows below the headings: which are of the list, which are totals, signatures, notes. Pure."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from mapservice.imports.matching_headings import folded
from mapservice.imports.tables import Cell

EMPTY = "dòng trống"
TOTAL = "dòng tổng cộng"
REPEATED = "tên cột nhắc lại"
NUMBERS = "dòng đánh số cột"
SECTION = "dòng đầu mục"
EXAMPLE = "dòng ví dụ của mẫu"

_TOTAL = re.compile(r"(tong|tong cong|tong so|cong|cong chung|tong toan huyen|luy ke)( .*)?")
_TAIL = re.compile(
    r"(nguoi lap|lap bieu|nguoi lap bieu|nguoi lap bang|ky ten|ky ghi ro|thu truong|noi nhan|luu vt"
    r"|bi thu|pho bi thu|t m|tm|chu tich|xac nhan cua|nguoi tong hop|can bo lap|truong ban"
    r"|ban chap hanh|danh sach nay|danh sach gom|luu y|ghi chu|an dinh)( .*)?"
)
_DATED = re.compile(r"(.* )?ngay .*thang .*nam .*")
_SECTION = re.compile(
    r"(xa|phuong|thi tran|tt|huyen|thanh pho|thi xa|khoi|cum|don vi|dia ban|cac|nhom|loai|phan) .*"
)
_SECTION_MARK = re.compile(r"([ivx]{1,5}|[a-h])")
_BEFORE_SECTION = re.compile(r"^\s*([IVXivx]{1,5}|[A-Ha-h]|\d{1,3})[\s.)/:-]+")
_COUNT = re.compile(r"\s*(?:\([^()]*\)|[:;,–-]\s*\d+\s.*)$")  # "(2 em)", ": 15 hộ"
_COMMUNE = re.compile(r"(xa|phuong|thi tran|tt) .*")
_NUMBER = re.compile(r"[\d.,\s]+")  # as text files write it
_MARKED = "vi du"  # what our own template writes before its examples


@dataclass(frozen=True)
class Rows:
    """Counted from 0; `last` is before `first` where there is none. `skipped`: row -> why;
    `sections`: rows that head others, also above `first`."""

    first: int
    last: int
    skipped: dict[int, str]
    sections: tuple[int, ...] = ()


def look(
    rows: Sequence[Sequence[Cell]],
    below: int,
    columns: Sequence[str],
    mapped: Mapping[int, str],
    examples: Collection[str],
) -> Rows:
    """The list that begins at row `below` (from 0). `examples`: of the template, folded."""
    filled = {at: _filled(rows[at], mapped) for at in range(below, len(rows))}
    end = _end(rows, filled)
    headings = [folded(text) for text in columns]
    why = {at: _why(rows[at], headings, mapped, examples) for at in range(below, end)}
    data = [at for at, reason in why.items() if not reason]
    if not data:
        return Rows(below, below - 1, {})
    first, last = data[0], data[-1]
    sections = tuple(at for at, reason in why.items() if reason == SECTION and at < last)
    return Rows(first, last, {at: why[at] for at in range(first, last) if why[at]}, sections)


def commune_of(section: Sequence[Cell]) -> str:
    """The commune that the row of a section names, as it is written there; "" for another one."""
    for cell in section:
        text = _BEFORE_SECTION.sub("", cell, count=1) if isinstance(cell, str) else ""
        text = _COUNT.sub("", text)
        if _COMMUNE.fullmatch(folded(text)):
            return text.strip(" .:;-")
    return ""


def _filled(row: Sequence[Cell], mapped: Iterable[int]) -> int:
    """How many cells of known columns hold something."""
    return sum(row[at] is not None for at in mapped)


def _end(rows: Sequence[Sequence[Cell]], filled: Mapping[int, int]) -> int:
    """The row after the last one of the list: where a total or a signature stands, and below it
    no row is as full as those of the list."""
    full = [count for count in filled.values() if count]
    enough = max(2, int(median(full) / 2)) if full else 1
    end = max(filled, default=-1) + 1
    for at in reversed(filled):
        tail = _is_tail(rows[at])
        if tail:
            end = at
        elif filled[at] > enough or (filled[at] == enough and not _few_words(rows[at])):
            break
    return end


def _few_words(row: Sequence[Cell]) -> bool:
    """Whether it could be the names below a signature: one or two texts, no number."""
    said = {cell for cell in row if cell is not None}
    return len(said) <= 2 and all(isinstance(cell, str) for cell in said)


def _is_tail(row: Sequence[Cell]) -> bool:
    """A total, or what stands under a list: who made it, where, when, notes."""
    said = _said(row)
    if not said:
        return False
    if _is_total(said, row):
        return True
    few = len(said) <= 3 and not any(map(_is_number, row))
    return few and any(_TAIL.fullmatch(text) or _DATED.fullmatch(text) for text in said)


def _is_total(said: Sequence[str], row: Sequence[Cell]) -> bool:
    """ "Tổng cộng", numbers beside it and few words."""
    return (
        bool(_TOTAL.fullmatch(said[0]))
        and len(said) <= 2
        and len(said[0]) <= 40
        and (len(said) == 1 or any(map(_is_number, row)))
    )


def _said(row: Sequence[Cell]) -> list[str]:
    """Its words, folded, each once."""
    texts = (cell for cell in row if isinstance(cell, str) and not _is_number(cell))
    return list(dict.fromkeys(map(folded, texts)))


def _is_number(cell: Cell) -> bool:
    if isinstance(cell, str):
        return bool(_NUMBER.fullmatch(cell))
    return isinstance(cell, int | float)


def _why(
    row: Sequence[Cell],
    headings: Sequence[str],
    mapped: Mapping[int, str],
    examples: Collection[str],
) -> str:
    """Why the row is none of the list; "" where it is."""
    given = [cell for cell in row if cell is not None]
    if not given:
        return EMPTY
    said = _said(row)
    if said and said[0] == _MARKED and any(text in examples for text in said[1:]):
        return EXAMPLE
    if said and _is_total(said, row):
        return TOTAL
    if _same_as_headings(row, headings, mapped):
        return REPEATED
    if _numbers_columns(given):
        return NUMBERS
    return SECTION if _is_section(said, given) else ""


def _is_section(said: Sequence[str], given: Sequence[Cell]) -> bool:
    """ "Xã An Lạc" alone in its row or all over it, "II" before it or in it."""
    words = said[1:] if len(said) == 2 and _SECTION_MARK.fullmatch(said[0]) else said
    if len(words) != 1 or len(set(given)) != len(said):
        return False
    first, _, rest = words[0].partition(" ")
    marked = _SECTION_MARK.fullmatch(first) or first.isdigit()
    return bool(_SECTION.fullmatch(rest if marked else words[0]))


def _same_as_headings(
    row: Sequence[Cell], headings: Sequence[str], mapped: Mapping[int, str]
) -> bool:
    known = [at for at in mapped if row[at] is not None]
    return len(known) > 1 and all(folded(row[at]) == headings[at] for at in known)


def _numbers_columns(given: Sequence[Cell]) -> bool:
    """(1) (2) (3) … or A B 1 2 3 below the headings."""
    marks = [folded(cell) for cell in given]
    numbers = [int(mark) for mark in marks if mark.isdigit() and len(mark) < 4]
    letters = [mark for mark in marks if len(mark) == 1 and mark.isalpha()]
    steps = all(b - a == 1 for a, b in pairwise(numbers))
    return len(numbers) >= 3 and steps and len(numbers) + len(letters) == len(marks)
