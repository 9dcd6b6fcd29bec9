"""Whether two persons of one commune are one, from what is known of both. Pure.

What agrees speaks for it, what disagrees against it, and what is missing says nothing. Brothers
and sisters share a phone, a home and a guardian: they are told apart by name and birth year.
"""

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from rapidfuzz.distance import OSA

from mapservice.territory.names import MARKERS, Role
from mapservice.territory.slips import Comparison, Index, Seen, Word, compare, words

ENOUGH = 4.0  # from here on a person has to look
NAME = {0: 4.0, 1: 2.5, 2: 1.0}  # by the slips in it
ALSO_NAMES = -3.5  # a slip apart, and others bear both words: Nam and Lam
SHORTENED, PART = -1.0, 1.5  # "N. V. An"; "Nguyễn An" of "Nguyễn Văn An"
YEAR_SAME, YEAR_NEXT, YEAR_SLIP, YEAR_OTHER = 3.0, 0.5, -1.5, -6.0
PHONE_SAME, PHONE_SLIP, PHONE_OTHER = 3.0, 1.0, -1.0
GUARDIAN_SAME, GUARDIAN_OTHER = 1.5, -2.5
HAMLET_SAME, HAMLET_OTHER = 1.0, -1.5
SHORT_NAMES = {"ng": "nguyen", "ngx": "nguyen"}
IN_WORDS = {"phone": "cùng số điện thoại", "birth_year": "cùng năm sinh", "hamlet": "cùng thôn"}


@dataclass(frozen=True, slots=True)
class Traits:
    """What is known of a person; kept out of repr."""

    name: tuple[Word, ...] = field(repr=False)
    birth_year: int | None = field(default=None, repr=False)
    phone: str | None = field(default=None, repr=False)
    guardian: tuple[Word, ...] = field(default=(), repr=False)
    hamlet: tuple[Word, ...] = field(default=(), repr=False)


class Likeness(NamedTuple):
    """`score` 0 to 100; `by`: what agrees beside the name."""

    score: float
    by: tuple[str, ...]


def traits(
    name: str,
    birth_year: int | str | None = None,
    phone: str | None = None,
    guardian: str | None = None,
    hamlet: str | None = None,
) -> Traits:
    """The traits of a person as they are written; `phone` in E.164."""
    return Traits(
        name=_name(name),
        birth_year=int(birth_year) if birth_year else None,
        phone=phone or None,
        guardian=_name(guardian or ""),
        hamlet=_own_hamlet(hamlet or ""),
    )


def likeness(one: Traits, other: Traits, seen: Seen) -> Likeness | None:
    """How much speaks for one person; None where too little does."""
    name, swapped = _names(one, other, seen)
    if name is None:
        return None
    year = _year(one.birth_year, other.birth_year)
    if name < NAME[0] and year < 0:
        return None  # another name and another year: another child of the house
    phone = _phone(one.phone, other.phone)
    hamlet = _agree(one.hamlet, other.hamlet, seen, HAMLET_SAME, HAMLET_OTHER)
    guardian = 0.0
    if not swapped:
        guardian = _agree(one.guardian, other.guardian, seen, GUARDIAN_SAME, GUARDIAN_OTHER)
    total = name + year + phone + hamlet + guardian
    if total < ENOUGH:
        return None
    agree = {"phone": phone, "birth_year": year, "hamlet": hamlet}
    by = tuple(what for what, weight in agree.items() if weight > 0)
    return Likeness(round(min(100.0, 60 + 4 * total), 1), by)


class Pool:
    """The persons of one commune, by whatever names them; asked one by one."""

    def __init__(self) -> None:
        self._seen, self._names, self._guardians = Seen(), Index(), Index()
        self._traits: dict[Hashable, Traits] = {}

    def count(self, people: Iterable[Traits]) -> None:
        """Let these names be seen, also of those who are asked for."""
        for one in people:
            self._seen.add(one.name)
            self._seen.add(one.hamlet)

    def add(self, key: Hashable, one: Traits) -> None:
        self._traits[key] = one
        self._names.add(key, one.name)
        self._guardians.add(key, one.guardian)

    def best(
        self, one: Traits, beside: Iterable[Hashable] = ()
    ) -> tuple[Hashable, Likeness] | None:
        """Who is likest; `beside`: keys to be compared too, whatever they are called."""
        keys = set(self._names.find(one.name, _least(one.name)))
        if one.guardian:
            keys |= set(self._guardians.find(one.name, _least(one.name)))
        found = [
            (key, like)
            for key in keys | {key for key in beside if key in self._traits}
            if (like := likeness(one, self._traits[key], self._seen)) is not None
        ]
        return max(found, key=_how_like, default=None)


def _how_like(found: tuple[Hashable, Likeness]) -> tuple[float, bool, str]:
    """Of equals what is registered, before another row (a number)."""
    key, like = found
    return like.score, not isinstance(key, int), str(key)


def _least(name: tuple[Word, ...]) -> int:
    return min(len(name), max(2, len(name) - 1))


def _name(text: str) -> tuple[Word, ...]:
    return tuple(
        Word(SHORT_NAMES[word.folded], "") if word.folded in SHORT_NAMES else word
        for word in words(text)
    )


def _own_hamlet(text: str) -> tuple[Word, ...]:
    """The hamlet's name without "thôn", "tổ dân phố"."""
    found = words(text)
    for length in (3, 2, 1):
        marker = MARKERS.get(tuple(word.folded for word in found[:length]))
        if marker is not None and marker.role is Role.HAMLET and len(found) > length:
            return tuple(word for word in found[length:] if word.folded != "so")
    return tuple(found)


def _names(one: Traits, other: Traits, seen: Seen) -> tuple[float | None, bool]:
    """What the names say, and whether those of person and guardian stand in each other's place."""
    straight = _weight(one.name, other.name, seen)
    if straight is None and one.guardian and other.guardian:
        crossed = [
            _weight(one.name, other.guardian, seen),
            _weight(one.guardian, other.name, seen),
        ]
        if None not in crossed:
            return min(weight for weight in crossed if weight is not None), True
    return straight, False


def _weight(one: tuple[Word, ...], other: tuple[Word, ...], seen: Seen) -> float | None:
    found = compare(one, other, seen)
    if _is_part(one, other, found):
        return PART
    if found.left or found.right or found.slips + found.others > 2:
        return None
    return NAME[found.slips] + ALSO_NAMES * found.others + (SHORTENED if found.short else 0)


def _is_part(one: tuple[Word, ...], other: tuple[Word, ...], found: Comparison) -> bool:
    """Whether only what stands in the middle of one name is missing in the other."""
    if found.slips or found.others or bool(found.left) == bool(found.right):
        return False
    least, most = sorted((one, other), key=len)
    ends = least and (least[0].folded, least[-1].folded) == (most[0].folded, most[-1].folded)
    return bool(ends) and len(least) >= 2


def _year(one: int | None, other: int | None) -> float:
    if one is None or other is None:
        return 0.0
    if one == other:
        return YEAR_SAME
    if abs(one - other) == 1:  # often told by the lunar year
        return YEAR_NEXT
    return YEAR_SLIP if OSA.distance(str(one), str(other)) == 1 else YEAR_OTHER


def _phone(one: str | None, other: str | None) -> float:
    if not one or not other:
        return 0.0
    if one == other:
        return PHONE_SAME
    return PHONE_SLIP if OSA.distance(one, other, score_cutoff=1) <= 1 else PHONE_OTHER


def _agree(
    one: tuple[Word, ...], other: tuple[Word, ...], seen: Seen, same: float, differs: float
) -> float:
    if not one or not other:
        return 0.0
    found = compare(one, other, seen)
    fits = not found.left and not found.right and not found.others and found.slips <= 1
    return same if fits else differs
