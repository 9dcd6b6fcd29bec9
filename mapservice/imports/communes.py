"""Which communes the words of a list name: those for sure, and those that they may mean. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from mapservice.imports.words import Words
from mapservice.territory.names import MARKERS, Role, key, split_kind
from mapservice.territory.resolver import Match, Resolution

KINDS = ("xã", "phường", "thị trấn")


@dataclass(frozen=True)
class Meanings:
    """Keys of communes: those an address means for sure, and those it may mean."""

    sure: tuple[str, ...]
    others: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.sure)


def named(name: str, district: str, words: Words) -> Meanings:
    """What stands in the column of communes: a commune, whatever else bears the name."""
    if district:
        whole = meanings([words.resolve(with_district(name, district))])
        if whole:
            return whole
    first = tuple(key(name.replace(".", ". ")).replace(".", "").split())[:1]
    if first in MARKERS or "," in name or key(name).startswith("thi tran"):
        found = meanings([words.resolve(with_district(name, district))])
        found = _without(found, district, name, words) if district else found
        if found.sure or found.others:
            return found
    spelt = [f"{kind} {name}" for kind in KINDS]
    found = meanings([words.resolve(with_district(one, district)) for one in spelt])
    return _without(found, district, name, words) if district else found


def _without(found: Meanings, district: str, name: str, words: Words) -> Meanings:
    """What is meant, without the commune that only bears the name of the district."""
    told = key(split_kind(district)[1])

    def other(meaning: str) -> bool:
        ground = words.grounds.get(meaning)
        own = key(split_kind(ground.commune.name)[1]) if ground else ""
        return own not in told or own in key(name)

    return Meanings(found.sure, tuple(filter(other, found.others)))


def with_district(address: str, district: str) -> str:
    """An address with the district that stands in a column of its own."""
    if not district:
        return address
    first = tuple(key(district).replace(".", " ").split())[:1]
    marker = MARKERS.get(first)
    bare = marker is None or marker.role is not Role.DISTRICT
    if key(district).startswith(("thi xa", "thanh pho", "tp", "tx", "t p", "t x")):
        bare = False
    return f"{address}, {'huyện ' if bare else ''}{district}"


def meanings(found: Iterable[Resolution]) -> Meanings:
    """What several readings of the same words come to."""
    sure: dict[str, None] = {}
    others: dict[str, None] = {}
    for one in found:
        if one.match:
            sure[_key(one.match)] = None
        for candidate in one.candidates:
            others[_key(candidate)] = None
    return Meanings(tuple(sure), tuple(k for k in others if k not in sure))


def _key(match: Match) -> str:
    """The former commune where it is known, else today's."""
    return f"{match.code_2022}@2022" if match.code_2022 else match.code_2025
