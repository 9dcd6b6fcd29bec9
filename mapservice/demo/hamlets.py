"""Hamlets of a commune: believable names and a point each."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from mapservice.demo import catalogue
from mapservice.demo.communes import Commune
from mapservice.demo.randomness import Stream


@dataclass(frozen=True)
class Hamlet:
    """`name` with its kind ("Thôn Khe Táu"), `own_name` without; `centre` [lng, lat]."""

    name: str
    own_name: str
    centre: tuple[float, float]

    @property
    def in_text(self) -> str:
        return lower_first(self.name)


class Settlement:
    """The hamlets of one commune, founded as they are needed; no name twice."""

    def __init__(self, stream: Stream, commune: Commune):
        self._stream, self._commune = stream, commune
        self._names = own_names(stream, commune.terrain)
        kinds = {"urban": ["Tổ dân phố"], "highland": ["Thôn", "Bản"]}
        self._kind = stream.choice(kinds.get(commune.terrain, ["Thôn"]))

    def found(self, how_many: int) -> list[Hamlet]:
        """So many new hamlets, spread over the commune."""
        centre, spread = self._commune.centre(), self._commune.spread_metres()
        founded = []
        for name in islice(self._names, how_many):
            spot = self._commune.point_near(self._stream, centre, spread)
            founded.append(Hamlet(f"{self._kind} {name}", name, spot))
        return founded


def own_names(stream: Stream, terrain: str) -> Iterator[str]:
    """Names of hamlets without end, none twice."""
    parts = catalogue.words("hamlets")[terrain]
    numbered = not parts["second"]  # wards of a town: "số 3", and some names
    plain = parts["first"] if numbered else _pairs(parts)
    yield from stream.sample(plain, len(plain))
    number = len(plain)
    while numbered:
        number += 1
        yield f"số {number}"
    for suffix in catalogue.words("hamlets")["suffixes"]:
        yield from (f"{name} {suffix}" for name in plain)
    while True:
        number += 1
        yield f"Tân Lập {number}"


def lower_first(text: str) -> str:
    """A title as it stands inside a sentence: "Thôn Khe Táu" -> "thôn Khe Táu"."""
    return text[0].lower() + text[1:]


def _pairs(parts: dict[str, list[str]]) -> list[str]:
    return [f"{a} {b}" for a in parts["first"] for b in parts["second"] if a != b]
