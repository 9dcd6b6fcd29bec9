"""Who lives in hardship, home by home: where surveys went, whom they asked, who shares a home.

Surveys are uneven, as in life: some districts were asked door by door, in others one commune of
each cluster, elsewhere only who came by. So the published cells lie at every level of the tree.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Connection, text

from mapservice.demo import needs, queries
from mapservice.demo.communes import Commune, share_out
from mapservice.demo.randomness import Stream

MOST, SHARE, LEAST_SHARE = 1_050, 0.7, 0.1  # persons of all addresses; large demos have fewer
DOOR_BY_DOOR, BY_CLUSTER, RARE = 2, 3, 1  # districts, from the hardest; rare: the easiest
# How many people are registered in a commune of today, against the others.
EVERYBODY, CHOSEN, BESIDE, SOME, HARDLY_ANY = 6.5, 6.0, 0.6, 1.4, 0.8
ASKED = ("all", "all", "child", "elderly", "household", "youth")  # one kind: nobody else is found
FEWER = {"youth": 0.55}  # of a kind there are fewer
HOME_SIZES, HOME_SHARES = (1, 2, 3), (75, 20, 5)


class Someone(NamedTuple):
    """A person to register; `home` is shared with others, or None."""

    kind: str
    age_band: str
    home: UUID | None


class Surveys:
    """Where people were looked for; the same for the same seed and tree."""

    def __init__(self, connection: Connection, seed: int, communes: Sequence[Commune]):
        self._seed, self._communes = seed, communes
        rows = connection.execute(text(queries.PARTITION)).all()
        self._area = {row.unit_id: row.area for row in rows}
        self._cluster = {row.unit_id: row.cluster for row in rows}
        self._code = {row.unit_id: row.code for row in rows}

    def spread(self, total: int) -> list[int]:
        """How many people each commune registered; they add up to `total`."""
        effort = self._effort()
        parts = Counter(commune.current_id for commune in self._communes)
        weights = [
            effort[commune.current_id] / parts[commune.current_id] for commune in self._communes
        ]
        return share_out(Stream(self._seed, "persons"), weights, total)

    def people(self, stream: Stream, commune: Commune, count: int) -> Iterator[Someone]:
        """So many people of a commune, those of one home one after the other."""
        asked = self._asked(commune.current_id)
        left = count
        while left:
            first = _someone(stream, asked)
            size = 1 if first[0] == "household" else stream.choices(HOME_SIZES, HOME_SHARES)[0]
            size = min(size, left)
            home = stream.uuid() if size > 1 else None
            yield Someone(*first, home)
            for _ in range(size - 1):
                yield Someone(*_someone(stream, first[0] if asked == "all" else asked), home)
            left -= size

    def _asked(self, unit_id: int) -> str:
        """A kind of person, or "all", that a commune of today was asked for."""
        return Stream(self._seed, "survey", self._code.get(unit_id, "")).choice(ASKED)

    def _effort(self) -> dict[int, float]:
        """How hard people were looked for in each commune of today."""
        hardship = defaultdict(list)
        for commune in self._communes:
            hardship[self._area.get(commune.current_id)].append(commune.weight)
        ranked = sorted(hardship, key=lambda area: -sum(hardship[area]) / len(hardship[area]))
        chosen: set[str | None] = set()
        effort = {}
        for unit_id in sorted({commune.current_id for commune in self._communes}):
            rank = ranked.index(self._area.get(unit_id))
            if rank < DOOR_BY_DOOR:
                effort[unit_id] = EVERYBODY
            elif rank < DOOR_BY_DOOR + BY_CLUSTER:
                cluster = self._cluster.get(unit_id)
                effort[unit_id] = BESIDE if cluster in chosen else CHOSEN
                chosen.add(cluster)
            else:
                effort[unit_id] = HARDLY_ANY if rank >= len(ranked) - RARE else SOME
        return {unit: how * FEWER.get(self._asked(unit), 1) for unit, how in effort.items()}


def number(addresses: int) -> int:
    """How many of so many addresses are people."""
    return max(round(addresses * LEAST_SHARE), min(round(addresses * SHARE), MOST))


def _someone(stream: Stream, asked: str) -> tuple[str, str]:
    return needs.person(stream) if asked == "all" else needs.person_of(stream, asked)
