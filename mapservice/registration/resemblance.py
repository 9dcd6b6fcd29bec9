"""Whether two places of lists are one, from name, kind, hamlet and point. Pure.

A name says what a place is ("Trường Tiểu học") and which one ("Nà Trắng"). Which one may be told
by the name, by the hamlet, or by there being one such place in the commune; where both tell it
and it is not the same, they are two places, however alike the names.
"""

import math
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from mapservice.registration.likeness import COMMON, SHORT
from mapservice.territory.names import MARKERS, Role
from mapservice.territory.slips import Index, Seen, Word, compare, words

ENOUGH = 3.5  # from here on a person has to look
NAME = {0: 4.0, 1: 3.0, 2: 1.5}  # by the slips in what is a place's own
ALSO_NAMES = -4.0  # a slip apart, and others bear both words: Đồng Bài and Đồng Bèo
MOST_SLIPS = 2
NOT_ITS_OWN = 1.0  # "Nhà văn hóa": the name says nothing of which one
HAMLET_SAME, HAMLET_OTHER = 1.0, -3.0
KIND_SAME, KIND_OTHER = 0.5, -1.5
COMMUNE_SAME = 1.0
METRES = ((300, 2.0), (1000, 1.0), (2000, 0.0), (5000, -2.0), (math.inf, -4.0))
NEAR = 1000  # metres within which a place of another commune may be the same
CELL = 0.01  # degrees of a cell of the index, about NEAR
FREE = frozenset(
    {
        "truong",
        "tr",
        "diem",
        "xa",
        "phuong",
        "thi",
        "tran",
        "huyen",
        "tinh",
        "thon",
        "ban",
        "xom",
        "lang",
    }
    | {"lang", "to", "dan", "pho", "khu", "tdp", "so", "cua", "tai", "va"}
)
_COMMON = frozenset(word for phrase in (*SHORT.values(), *COMMON) for word in phrase.split())


@dataclass(frozen=True, slots=True)
class Place:
    """A place as it is compared. `spot` [lng, lat], None where it is only estimated; `free`: words
    that say nothing of it, its commune's names among them; `named` and `own`: the words that tell
    which one it is, in its name and in all; `words`: all of them."""

    commune: Hashable
    title: tuple[Word, ...]
    hamlet: tuple[Word, ...]
    kind: str | None
    spot: tuple[float, float] | None
    around: frozenset[str]
    free: frozenset[str]
    named: tuple[Word, ...]
    own: tuple[Word, ...]
    words: tuple[str, ...]
    numbers: tuple[str, ...]


class Likeness(NamedTuple):
    """`score` 0 to 100; `metres` between two known points."""

    score: float
    metres: float | None


def place(
    commune: Hashable,
    title: str,
    *,
    hamlet: str | None = None,
    kind: str | None = None,
    spot: tuple[float, float] | None = None,
    around: Iterable[str] = (),
) -> Place:
    """A place as it is compared; `around`: names of its commune."""
    spelt = tuple(words(title))
    written_out = tuple(
        Word(part, word.tone if part == word.folded else "")
        for word in spelt
        for part in SHORT.get(word.folded, word.folded).split()
    )
    told = _own_hamlet(hamlet or "")
    near, free = _said_of_commune(tuple(around))
    tells = [w for w in (*written_out, *told) if w.folded not in free | _COMMON]
    return Place(
        commune=commune,
        title=written_out,
        hamlet=told,
        kind=kind,
        spot=spot,
        around=near,
        free=free,
        named=tuple(w for w in written_out if w in tells),
        own=tuple(dict.fromkeys(tells)),
        words=tuple(w.folded for w in (*written_out, *told)),
        numbers=tuple(sorted(w.folded for w in spelt if any(c.isdigit() for c in w.folded))),
    )


@lru_cache(maxsize=1000)
def _said_of_commune(names: tuple[str, ...]) -> tuple[frozenset[str], frozenset[str]]:
    """The words of a commune's names, and all that say nothing of a place in it."""
    near = frozenset(word.folded for name in names for word in words(name))
    return near, FREE | near


def likeness(one: Place, other: Place, seen: Seen) -> Likeness | None:
    """How much speaks for one place; None where too little does."""
    metres = distance(one, other)
    if one.commune != other.commune and (metres is None or metres > NEAR):
        return None
    name = _name(one, other, seen)
    if name is None:
        return None
    total = name + _hamlet(one, other, seen)
    total += COMMUNE_SAME if one.commune == other.commune else 0
    if one.kind and other.kind:
        total += KIND_SAME if one.kind == other.kind else KIND_OTHER
    if metres is not None:
        total += next(weight for most, weight in METRES if metres <= most)
    return Likeness(round(min(100.0, 60 + 5 * total), 1), metres) if total >= ENOUGH else None


def distance(one: Place, other: Place) -> float | None:
    """Metres between two known points, near enough for places of one province."""
    if one.spot is None or other.spot is None:
        return None
    (lng, lat), (lng2, lat2) = one.spot, other.spot
    across = (lng - lng2) * math.cos(math.radians(lat))
    return math.hypot(across, lat - lat2) * 111_320


class Pool:
    """Places by whatever names them; asked one by one."""

    def __init__(self) -> None:
        self._seen, self._own, self._what = Seen(), Index(), Index()
        self._places: dict[Hashable, Place] = {}

    def count(self, places: Iterable[Place]) -> None:
        """Let these names be seen, also of those that are asked for."""
        for one in places:
            self._seen.add((*one.title, *one.hamlet))

    def add(self, known: Hashable, one: Place) -> None:
        self._places[known] = one
        for block in (one.commune, *_cells(one, around=False)):
            self._own.add(block, known, one.own)
            if not one.named:
                self._what.add(block, known, one.title)

    def best(self, one: Place) -> tuple[Hashable, Likeness] | None:
        """Which is likest."""
        blocks = (one.commune, *_cells(one, around=True))
        own = self._own.find(blocks, one.own, _least(one.own))
        what = self._what.find(blocks, one.title, _least(one.title))
        found = [
            (known, like)
            for known in {*own, *what}
            if (like := likeness(one, self._places[known], self._seen)) is not None
        ]
        return max(found, key=lambda pair: (pair[1].score, str(pair[0])), default=None)


def _least(name: tuple[Word, ...]) -> int:
    """How many words a like name has at least: all but one in three."""
    return max(1, len(name) - max(1, len(name) // 3))


def _cells(one: Place, *, around: bool) -> list[tuple[int, int]]:
    if one.spot is None:
        return []
    x, y = (math.floor(degrees / CELL) for degrees in one.spot)
    steps = (-1, 0, 1) if around else (0,)
    return [(x + i, y + j) for i in steps for j in steps]


def _own_hamlet(text: str) -> tuple[Word, ...]:
    """The hamlet's name without "thôn", "tổ dân phố"."""
    found = words(text)
    for length in (3, 2, 1):
        marker = MARKERS.get(tuple(word.folded for word in found[:length]))
        if marker is not None and marker.role is Role.HAMLET and len(found) > length:
            return tuple(found[length:])
    return tuple(found)


def _name(one: Place, other: Place, seen: Seen) -> float | None:
    """What the names say; a word that only one has must be of the other's hamlet or commune."""
    if one.numbers != other.numbers or _too_far(one, other) or _too_far(other, one):
        return None
    found = compare(one.title, other.title, seen)
    if not (_is_free(found.left, one, other) and _is_free(found.right, other, one)):
        # Name and hamlet may stand in each other's column.
        whole = compare((*one.title, *one.hamlet), (*other.title, *other.hamlet), seen)
        if not (_is_free(whole.left, one, other) and _is_free(whole.right, other, one)):
            return None
        found = whole
    slips = found.slips + found.short
    if slips + found.others > MOST_SLIPS:
        return None
    if not one.own and not other.own and not _central(one, other):
        return NOT_ITS_OWN - slips
    return NAME[slips] + ALSO_NAMES * found.others


def _too_far(one: Place, other: Place) -> bool:
    """Whether a name has more words of its own than slips could explain."""
    return sum(word.folded not in other.words for word in one.named) > MOST_SLIPS


def _is_free(left: Iterable[Word], one: Place, other: Place) -> bool:
    """Whether words that only `one` has may be left out."""
    hamlet = [word.folded for word in other.hamlet]
    return all(w.folded in one.free or w.folded in other.free or w.folded in hamlet for w in left)


def _central(one: Place, other: Place) -> bool:
    """Whether both names repeat the commune's: there is one such place in a commune."""
    return all(any(word.folded in p.around for word in p.title) for p in (one, other))


def _hamlet(one: Place, other: Place, seen: Seen) -> float:
    if not one.hamlet or not other.hamlet:
        return 0.0
    found = compare(one.hamlet, other.hamlet, seen)
    if not (found.left or found.right or found.others) and found.slips <= 1:
        return HAMLET_SAME
    told = {word.folded for word in (*one.title, *other.title)}
    named = {word.folded for word in (*found.left, *found.right)} <= told
    return 0.0 if named and not found.others else HAMLET_OTHER
