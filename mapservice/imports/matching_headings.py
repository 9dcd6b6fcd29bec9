"""One heading -> the field it means. Pure."""

import re
from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

from rapidfuzz import fuzz

from mapservice.imports.fields import FIELDS, Kind
from mapservice.territory.names import fold

LONGEST = 80  # letters of a heading; what is longer is a sentence
LIKE = 90  # of 100: a heading with a typing error
SHORTEST_LIKE = 6  # letters that a heading must have to be read with an error
REMEMBERED, EXACT, WITHIN, SIMILAR = 4, 3, 2, 1  # how sure

_NOTE = re.compile(r"\([^)]*\)|\[[^\]]*\]")
_SIGNS = re.compile(r"[^a-z0-9]+")
# Headings of columns that number rows or hold what we do not collect.
_NOT_OURS = re.compile(
    r"(stt|tt|so tt|so thu tu|cccd|cmnd|can cuoc.*|so dinh danh.*|so cccd.*|so cmnd.*"
    r"|dan toc|ton giao|gioi tinh|nam nu|nam|nu|ky ten|ky nhan"
    r"|dong|ly do chua nhan|chu ky|so tien|thanh tien|kinh phi.*"
    r"|don gia)"
)


class Match(NamedTuple):
    """`sure`: the higher the surer; `length`: of what was recognised, in letters."""

    key: str
    sure: int
    length: int


def folded(heading: object) -> str:
    """A heading as it is compared and remembered: small, no diacritics, signs are spaces."""
    return _SIGNS.sub(" ", fold(str(heading))).strip()


def is_note(heading: str) -> bool:
    """Whether it only says how another heading is meant: "(ngày/tháng/năm)"."""
    return bool(heading) and not _NOTE.sub("", heading).strip()


@cache
def _known(kind: Kind) -> dict[str, str]:
    """Folded heading -> key; our own headings before synonyms, fields in their order."""
    found: dict[str, str] = {}
    for field in FIELDS[kind]:
        found.setdefault(folded(field.heading), field.key)
    for field in FIELDS[kind]:
        for heading in field.synonyms:
            found.setdefault(folded(heading), field.key)
    return found


def match(heading: str, kind: Kind, remembered: Mapping[str, str]) -> Match | None:
    """The field that a heading means, None for none. `remembered`: folded heading -> key."""
    whole = folded(heading)
    if not whole or len(whole) > LONGEST:
        return None
    if whole in remembered:
        return Match(remembered[whole], REMEMBERED, len(whole)) if remembered[whole] else None
    known = _known(kind)
    for text in dict.fromkeys((whole, folded(_NOTE.sub(" ", heading)))):
        if text in known and not (text == "nam" and "ă" not in heading.lower()):
            return Match(known[text], EXACT, len(text))
    if _NOT_OURS.fullmatch(whole):
        return None
    return _within(whole, known) or _similar(whole, known)


def _within(text: str, known: Mapping[str, str]) -> Match | None:
    """The longest heading of ours, of two words or more, that stands whole inside this one."""
    padded = f" {text} "
    found = [ours for ours in known if " " in ours and f" {ours} " in padded]
    best = max(found, key=len, default="")
    # "Số điện thoại của hiệu trưởng" means a telephone; half a sentence means nothing.
    if best and len(best) * 2 >= len(text):
        return Match(known[best], WITHIN, len(best))
    return None


def _similar(text: str, known: Mapping[str, str]) -> Match | None:
    if len(text) < SHORTEST_LIKE:
        return None
    scores = {ours: fuzz.ratio(text, ours) for ours in known if len(ours) >= SHORTEST_LIKE}
    best = max(scores, key=scores.__getitem__)
    return Match(known[best], SIMILAR, len(best)) if scores[best] >= LIKE else None
