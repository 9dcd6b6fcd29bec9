"""Finds what should not stand in a public text: names of people, phone numbers, doors.

It only points: an officer ticks each hit before a record goes out. Pure; the same text always
gives the same hits. What is known to be no person is told by `exempt` (see `known_names`).
"""

import re
import unicodedata
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import StrEnum

import phonenumbers
from phonenumbers import PhoneNumberType

from mapservice.screening import person_names
from mapservice.territory.names import UNSEEN, composed


class HitKind(StrEnum):
    PHONE, NAME, ADDRESS = "phone", "name", "address"


@dataclass(frozen=True, slots=True, order=True)
class Hit:
    """`text` is what stands at start:end of the text that was searched."""

    start: int
    end: int
    text: str
    kind: HitKind


REGION = "VN"
MOST_TRIES = 1000  # of the library's search, which a text of digits alone would keep busy
# Between the digits of a number people put blanks, dots, dashes, brackets and what nobody sees.
_BETWEEN = rf"[\s.\-–—_·*()\[\]{UNSEEN}]{{0,3}}"
_DIGIT = r"(?:\d|(?<![^\W_])[oO](?=\d\d))"  # people write the letter for the first zero
_NUMBER = re.compile(
    rf"(?<![\d.,])(?:\+{_BETWEEN}|\(\+?{_BETWEEN})?{_DIGIT}(?:{_BETWEEN}\d){{8,13}}(?!\d)"
)
_MOBILE = re.compile(r"0(?:3[2-9]|5[25689]|7[06-9]|8[1-9]|9\d)\d{7}")
_DATE = re.compile(r"\d{1,2}[./-]\d{1,2}[./-](?:19|20)\d\d")
_LENGTHS = range(9, 15)  # digits of a number as it is written, with or without the country's
# Whose numbers belong to an office by their kind: hotlines, not people.
HOTLINES = {
    PhoneNumberType.TOLL_FREE,
    PhoneNumberType.PREMIUM_RATE,
    PhoneNumberType.SHARED_COST,
    PhoneNumberType.UAN,
}
DIGIT_WORDS = {
    word: digit
    for digit, words in enumerate(
        ("không khong", "một mốt mot", "hai", "ba", "bốn tư bon tu", "năm lăm nam lam",
         "sáu sau", "bảy bẩy bay", "tám tam", "chín chin")
    )
    for word in words.split()
}  # fmt: skip
_WORD = re.compile(rf"(?:[^\W\d_][\u0300-\u036f{UNSEEN}]*)+")

_DOORS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"\b(?:số\s+nhà|so\s+nha|nhà\s+số|nha\s+so|s/?n)\s*[:.]?\s*\d+[a-zđ]?(?:[/\-]\d+[a-zđ]?)*\b",
        r"\b(?:ngõ|ngo|ngách|ngach|hẻm|hem|kiệt|kiet)\s+(?:số\s+|so\s+)?\d+[a-zđ]?(?:/\d+[a-zđ]?)*\b",
        r"\bsố\s+\d+[a-zđ]?(?:/\d+[a-zđ]?)*,?\s+(?:đường|phố|ngõ|ngách|hẻm)\b",
        r"\bso\s+\d+[a-z]?(?:/\d+[a-z]?)*,?\s+(?:duong|pho|ngo|ngach|hem)\b",
        r"\b\d+[a-zđ]?/\d+[a-zđ]?\s+(?:đường|phố|ngõ|ngách|hẻm)\b",
        r"(?<![\w.+\-])[\w.+\-]{1,64}@[\w\-]{1,63}(?:\.[\w\-]{1,63})+",
    )
)


def find(text: str, exempt: Collection[str]) -> list[Hit]:
    """Every hit in order, none inside another. `exempt`: names that are no person's."""
    spans = [
        *((start, end, HitKind.PHONE) for start, end in _phones(text)),
        *((start, end, HitKind.ADDRESS) for start, end in _doors(text)),
        *((start, end, HitKind.NAME) for start, end in person_names.find(text, exempt)),
    ]
    hits: list[Hit] = []
    for start, end, kind in sorted(spans, key=lambda span: (span[0], -span[1])):
        if not hits or start >= hits[-1].end:
            hits.append(Hit(start, end, text[start:end], kind))
    return hits


def _phones(text: str) -> Iterator[tuple[int, int]]:
    for match in phonenumbers.PhoneNumberMatcher(text, REGION, max_tries=MOST_TRIES):
        if _is_somebodys(match.number) and not _DATE.match(match.raw_string):
            yield match.start, match.end
    for match in _NUMBER.finditer(text):
        yield from _numbers_inside(match)
    yield from _spoken(text)


def _numbers_inside(match: re.Match) -> Iterator[tuple[int, int]]:
    """The numbers of a run of digits, which may be several, one behind the other."""
    if _DATE.match(match[0]):
        return
    digits = {match.start() + i: _digit(sign) for i, sign in enumerate(match[0])}
    places = [i for i, digit in digits.items() if digit]
    written = "".join(digits[i] for i in places)
    first = 0
    while first < len(written):
        length = next((n for n in _LENGTHS if _ends_there(places, first, n, written)), None)
        if length is None:
            first += 1
            continue
        yield places[first], places[first + length - 1] + 1
        first += length


def _digit(sign: str) -> str:
    """A sign as a digit, "" for what is none."""
    return "0" if sign in "oO" else str(unicodedata.digit(sign, ""))


def _ends_there(places: list[int], first: int, length: int, written: str) -> bool:
    last = first + length - 1
    if last >= len(places) or (first and places[first] == places[first - 1] + 1):
        return False
    if last + 1 < len(places) and places[last + 1] == places[last] + 1:
        return False  # it would be cut off inside a group of digits
    return _is_number(written[first : last + 1])


def _is_number(digits: str) -> bool:
    if _MOBILE.fullmatch(digits):
        return True
    digits = digits.removeprefix("00")
    international = digits.startswith("84") and len(digits) >= 11
    if not (international or digits.startswith("0")):
        return False
    try:
        number = phonenumbers.parse(f"+{digits}" if international else digits, REGION)
    except phonenumbers.NumberParseException:
        return False
    return phonenumbers.is_valid_number(number) and _is_somebodys(number)


def _is_somebodys(number: phonenumbers.PhoneNumber) -> bool:
    return phonenumbers.number_type(number) not in HOTLINES


def _spoken(text: str) -> Iterator[tuple[int, int]]:
    """Numbers written out, digit by digit."""
    run: list[tuple[int, int, int]] = []
    for match in [*_WORD.finditer(text), None]:
        digit = DIGIT_WORDS.get(composed(match[0]).lower()) if match else None
        apart = run and match and text[run[-1][1] : match.start()].strip(" \t.,-–")
        if run and (digit is None or apart):
            if _is_number("".join(str(d) for _, _, d in run)):
                yield run[0][0], run[-1][1]
            run = []
        if digit is not None:
            run.append((match.start(), match.end(), digit))


def _doors(text: str) -> Iterator[tuple[int, int]]:
    shown = text if unicodedata.is_normalized("NFC", text) else None
    if shown is not None:
        for pattern in _DOORS:
            yield from (match.span() for match in pattern.finditer(shown))
        return
    # Not composed: found in the composed text, and shown as the whole stretch around it.
    starts, shown = person_names.composed_with_places(text)
    for pattern in _DOORS:
        for match in pattern.finditer(shown):
            yield starts[match.start()], starts[match.end()]
