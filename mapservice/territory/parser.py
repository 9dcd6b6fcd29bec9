"""A free-text address as tokens with the words that announce what follows. Pure."""

import re
from enum import IntEnum
from functools import lru_cache
from typing import NamedTuple

from mapservice.territory.names import (
    MARKER_LENGTH,
    MARKERS,
    Marker,
    Role,
    composed,
    fold,
    word_key,
    word_tone,
)

TEXT_LIMIT = 1_000  # characters; an address is rarely longer than 200
TOKEN_LIMIT = 120
_WORD = re.compile(r"[^\W_]+")
_STRONG = re.compile(r"[^\s.:'’\x00]")  # between words: anything but blanks, dots and colons


# What people write in front of a telephone number, folded.
_PHONE_WORDS = frozenset(
    {"dt", "sdt", "dtdd", "dd", "tel", "phone", "mobile", "hotline", "zalo", "lh"}
    | {"so dt", "dien thoai", "so dien thoai", "di dong", "lien he"}
)
_NUMBER = re.compile(rf"({'|'.join(w for w in _PHONE_WORDS if ' ' not in w)})?(\d+)")
PHONE_DIGITS = range(6, 13)  # with a word in front; alone it begins with 0 or 84


class Gap(IntEnum):
    """What stands between a token and the one before it."""

    SPACE, DOT, STRONG = 0, 1, 2


class Token(NamedTuple):
    text: str
    key: str
    tone: str
    gap: Gap
    start: int  # position in the text
    accented: bool  # written with at least one diacritic


class Mark(NamedTuple):
    """A marker at tokens `start` <= i < `end`."""

    start: int
    end: int
    marker: Marker


def clean(text: str) -> str:
    """Composed (NFC), without characters that cannot be seen."""
    if text.isascii():
        return text
    return "".join(c for c in composed(text) if c.isprintable() or c.isspace() or c == "\x00")


def tokens(text: str) -> list[Token]:
    """The words of a cleaned text; empty when the text is too long to be an address."""
    if len(text) > TEXT_LIMIT:
        return []
    found, end = [], 0
    for match in _WORD.finditer(text):
        word = match.group()
        gap = _gap(text[end : match.start()]) if found else Gap.STRONG
        found.append(Token(word, *_word(word)[:2], gap, match.start(), _word(word)[2]))
        end = match.end()
    return found if len(found) <= TOKEN_LIMIT else []


@lru_cache(maxsize=20_000)
def _word(word: str) -> tuple[str, str, bool]:
    return word_key(word), word_tone(word), fold(word) != word.lower()


def without_phone(words: list[Token]) -> list[Token]:
    """The words without the telephone numbers they end in, and the words that announce these."""
    while (start := _phone_start(words)) is not None:
        words = words[:start]
    return words


def _phone_start(words: list[Token]) -> int | None:
    """Where the telephone number at the end begins, its label included."""
    digits = ""
    for start in range(len(words) - 1, -1, -1):
        number = _NUMBER.fullmatch(words[start].key)
        digits = f"{number[2]}{digits}" if number else digits
        if not number or len(digits) >= PHONE_DIGITS.stop:
            return None
        label = start - _label_length(words[:start])
        if (number[1] or label < start) and len(digits) in PHONE_DIGITS:
            return label
        if _is_whole(digits):
            return start
    return None


def _is_whole(digits: str) -> bool:
    """Whether it is a number of Vietnam with its prefix: 0… (10 or 11 digits) or 84…"""
    if digits.startswith("84"):
        return len(digits) in {11, 12}
    return digits.startswith("0") and len(digits) in {10, 11}


def _label_length(words: list[Token]) -> int:
    """How many of the last words announce a telephone number, as "SĐT liên hệ" does."""
    length = 0
    while True:
        rest = words[: len(words) - length]
        found = [n for n in (3, 2, 1) if " ".join(w.key for w in rest[-n:]) in _PHONE_WORDS]
        if not found:
            return length
        length += found[0]


def _gap(between: str) -> Gap:
    if between in {" ", ""}:
        return Gap.SPACE
    if "\n" in between or "\t" in between or _STRONG.search(between):
        return Gap.STRONG
    return Gap.DOT if "." in between or ":" in between else Gap.SPACE


def marks(words: list[Token]) -> dict[int, Mark]:
    """The longest marker that starts at each token, by position."""
    found = {}
    for start in range(len(words)):
        for length in range(min(MARKER_LENGTH, len(words) - start), 0, -1):
            marker = MARKERS.get(tuple(word.key for word in words[start : start + length]))
            if marker and _spelled(words[start : start + length], marker):
                found[start] = Mark(start, start + length, marker)
                break
    return found


def _spelled(words: list[Token], marker: Marker) -> bool:
    """Not crossing a comma, and diacritics, where written, are the marker's own: làng ≠ Lạng."""
    if any(word.gap is Gap.STRONG for word in words[1:]):
        return False
    return all(
        not word.accented or word.tone == proper
        for word, proper in zip(words, marker.tone.split(), strict=True)
    )


def segment_starts(words: list[Token], found: dict[int, Mark]) -> frozenset[int]:
    """Positions where something new begins: behind a comma, dash, line end; a full stop too.

    A dot behind a marker ("P. Trần Phú") belongs to the marker.
    """
    marker_ends = {mark.end for mark in found.values()}
    return frozenset(
        i
        for i, word in enumerate(words)
        if word.gap is Gap.STRONG or (word.gap is Gap.DOT and i not in marker_ends)
    )


def governed(
    words: list[Token], found: dict[int, Mark], starts: frozenset[int]
) -> list[Mark | None]:
    """For each token the hamlet or street word in front of it, within the same segment."""
    result: list[Mark | None] = []
    current: Mark | None = None
    for i in range(len(words)):
        if i in starts:
            current = None
        result.append(current)
        mark = found.get(i)
        if mark and mark.marker.role in {Role.HAMLET, Role.STREET}:
            current = mark
    return result
