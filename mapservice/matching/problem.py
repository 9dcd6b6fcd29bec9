"""One matching problem: open needs, ready teams, and the pairs that the rules admit. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

import numpy as np

from mapservice.matching.pairs import Lists, Pair, Pairs
from mapservice.matching.travel import Position

URGENCIES = (4, 3, 2, 1)


@dataclass(frozen=True, slots=True)
class Joint:
    """What several teams are still to bring between them: all `skills`, so many `people`."""

    skills: tuple[str, ...] = ()
    people: int = 0

    def after(self, skills: Iterable[str], people: int) -> "Joint":
        """What is lacking yet when a team brings these."""
        left = tuple(skill for skill in self.skills if skill not in skills)
        return Joint(left, max(self.people - people, 0))

    @property
    def met(self) -> bool:
        return not self.skills and not self.people


@dataclass(frozen=True, slots=True)
class OpenNeed:
    """A need with free parts; each part asks one visit of `people` people who have `skills`.

    `group` is the unit whose share of help is to be even (the district of 2022, or today's
    commune where that is unknown). `wanted_from`, `wanted_until`: both days included, None for
    no limit. `spot` of a person's need is the commune's label point; of a `protected` need no
    sentence names skills or days, which tell what the person needs. `together`: its free parts get
    a team each, or none does. `joint`, of such a need alone: what those teams bring between them,
    beside the skills and people that each has.
    """

    code: str
    urgency: int
    parts: int
    group: str = ""
    skills: tuple[str, ...] = ()
    people: int = 1
    wanted_from: date | None = None
    wanted_until: date | None = None
    spot: Position = (0.0, 0.0)
    protected: bool = False
    together: bool = False
    joint: Joint | None = None


@dataclass(frozen=True, slots=True)
class ReadyTeam:
    """A verified, ready team that can take `places` more parts, up to `radius_metres` away."""

    code: str
    places: int
    name: str = ""
    people: int = 1
    base: Position = (0.0, 0.0)
    skills: tuple[str, ...] = ()
    radius_metres: float = 0.0


@dataclass(frozen=True)
class Problem:
    """Needs, teams and admissible pairs; each pair at most once.

    `held`: parts that teams hold already, by group; they count in its share. `cut`: of needs
    (positions) that may have more admissible teams than `pairs` holds, how many metres are surely
    nearer than any of those.
    """

    needs: tuple[OpenNeed, ...]
    teams: tuple[ReadyTeam, ...]
    pairs: Sequence[Pair]
    held: Mapping[str, int] = field(default_factory=dict)
    cut: Mapping[int, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "pairs", Pairs.of(self.pairs))

    @cached_property
    def candidates(self) -> Lists:
        """Each need's pairs, nearest first by travel, then by team code: a total order."""
        pairs, codes = self.pairs, places([team.code for team in self.teams])
        order = np.lexsort((codes[pairs.team], pairs.ways.km, pairs.need))
        ends = np.searchsorted(pairs.need[order], np.arange(len(self.needs) + 1))
        return Lists(pairs.take(order), ends.tolist())

    @property
    def parts(self) -> int:
        """Free parts of all needs."""
        return sum(need.parts for need in self.needs)


def places(codes: Sequence[str]) -> np.ndarray:
    """The position of each code among all, in their order."""
    order = sorted(range(len(codes)), key=codes.__getitem__)
    found = np.empty(len(codes), np.int64)
    found[order] = np.arange(len(codes))
    return found


def served_at_least(problem: Problem, chosen: Iterable[Pair]) -> dict[int, int]:
    """Parts served at each urgency or a higher one: {4: …, 3: …, 2: …, 1: …}; of needs whose
    parts count one by one."""
    by_class = served_by_class(problem, (p for p in chosen if not problem.needs[p.need].together))
    return {u: sum(by_class[v] for v in URGENCIES if v >= u) for u in URGENCIES}


def served_by_class(problem: Problem, chosen: Iterable[Pair]) -> dict[int, int]:
    """Parts served in each urgency class."""
    counts = dict.fromkeys(URGENCIES, 0)
    for pair in chosen:
        counts[problem.needs[pair.need].urgency] += 1
    return counts
