"""Whether two places of lists are one, from name, kind, hamlet and point. Pure.

A name says what a place is ("Trường Tiểu học") and which one ("Nà Trắng"). Which one may be told
by the name, by the hamlet, or by there being one such place in the commune; where both tell it
and it is not the same, they are two places, however alike the names.
"""

import itertools
import math
from collections import defaultdict
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
_WRITTEN_OUT = {short: tuple(words(phrase)) for short, phrase in SHORT.items()}
_COMMON = frozenset(word for phrase in (*SHORT.values(), *COMMON) for word in phrase.split())


@dataclass(frozen=True, slots=True)
class Place:
    """A place as it is compared. `spot` [lng, lat], None where it is only estimated; `free`: words
    that say nothing of it, its commune's names among them; `named` and `own`: the words that tell
    which one it is, in its name and in all."""

    commune: Hashable
    title: tuple[Word, ...]
    hamlet: tuple[Word, ...]
    kind: str | None
    spot: tuple[float, float] | None
    around: frozenset[str]
    free: frozenset[str]
    named: tuple[Word, ...]
    own: tuple[Word, ...]
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
    written_out = tuple(part for word in spelt for part in _WRITTEN_OUT.get(word.folded, (word,)))
    told = _own_hamlet(hamlet or "")
    near, free, silent = _said_of_commune(tuple(around))
    tells = [w for w in (*written_out, *told) if w.folded not in silent]
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
        numbers=tuple(sorted(w.folded for w in spelt if any(c.isdigit() for c in w.folded))),
    )


@lru_cache(maxsize=1000)
def _said_of_commune(names: tuple[str, ...]) -> tuple[frozenset[str], ...]:
    """The words of a commune's names, those that say nothing of a place in it, and all that do not
    tell which place it is."""
    near = frozenset(word.folded for name in names for word in words(name))
    free = FREE | near
    return near, free, free | _COMMON


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
    """Places by whatever names them; asked one by one.

    Only the names of the commune that was asked for last are indexed, as an index needs more memory
    than all places: whoever asks commune by commune has each indexed once.
    """

    def __init__(self) -> None:
        self._seen, self._names = Seen(), _Names(None)
        self._places: dict[Hashable, Place] = {}
        self._communes: dict[Hashable, list[Hashable]] = defaultdict(list)
        self._cells: dict[tuple[int, int], list[Hashable]] = defaultdict(list)

    def count(self, places: Iterable[Place]) -> None:
        """Let these names be seen, also of those that are asked for."""
        for one in places:
            self._seen.add((*one.title, *one.hamlet))

    def add(self, known: Hashable, one: Place) -> None:
        self._places[known] = one
        self._communes[one.commune].append(known)
        if one.commune == self._names.commune:
            self._names.add(known, one)
        if one.spot is not None:
            self._cells[_cell(one.spot)].append(known)

    def best(self, one: Place) -> tuple[Hashable, Likeness] | None:
        """Which is likest."""
        found = [
            (known, like)
            for known in {*self._named_like(one), *self._beside(one)}
            if (like := likeness(one, self._places[known], self._seen)) is not None
        ]
        return max(found, key=_how_like, default=None)

    def _named_like(self, one: Place) -> Iterable[Hashable]:
        """Those of its commune."""
        if one.commune != self._names.commune:
            self._names = _Names(one.commune)
            for known in self._communes.get(one.commune, ()):
                self._names.add(known, self._places[known])
        return self._names.find(one)

    def _beside(self, one: Place) -> Iterable[Hashable]:
        """Those of other communes around its point."""
        if one.spot is None:
            return
        x, y = _cell(one.spot)
        for cell in itertools.product((x - 1, x, x + 1), (y - 1, y, y + 1)):
            for known in self._cells.get(cell, ()):
                if self._places[known].commune != one.commune:
                    yield known


class _Names:
    """The places of one commune by the words of their names."""

    def __init__(self, commune: Hashable) -> None:
        self.commune = commune
        self._own, self._what = Index(), Index()

    def add(self, known: Hashable, one: Place) -> None:
        self._own.add(known, one.own)
        if not one.named:
            self._what.add(known, one.title)

    def find(self, one: Place) -> Iterable[Hashable]:
        own = self._own.find(one.own, _least(one.own))
        return *own, *self._what.find(one.title, _least(one.title))


def _how_like(found: tuple[Hashable, Likeness]) -> tuple[float, bool, str]:
    """Of equals what is registered, before another row (a number)."""
    key, like = found
    return like.score, not isinstance(key, int), str(key)


def _least(name: tuple[Word, ...]) -> int:
    """How many words a like name has at least: all but one in three."""
    return max(1, len(name) - max(1, len(name) // 3))


def _cell(spot: tuple[float, float]) -> tuple[int, int]:
    lng, lat = spot
    return math.floor(lng / CELL), math.floor(lat / CELL)


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
    if len(one.named) <= MOST_SLIPS:
        return False
    words = {word.folded for word in (*other.title, *other.hamlet)}
    return sum(word.folded not in words for word in one.named) > MOST_SLIPS


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
