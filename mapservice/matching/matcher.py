"""Who serves which need: the `Matcher` every solver is, and the urgent-first baseline. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

import numpy as np

from mapservice.matching import covers
from mapservice.matching.pairs import Pair
from mapservice.matching.prices import Prices
from mapservice.matching.problem import Problem


class Status(StrEnum):
    """What is known of a solution: proven best, made by the baseline, or neither."""

    OPTIMAL, GREEDY, NOT_PROVEN = "optimal", "greedy", "not-proven"


@dataclass(frozen=True)
class Precision:
    """What a solver counted in: `metres` that are one unit of cost; shares of groups told apart to
    1/`steps`, or exactly (None)."""

    metres: int
    steps: int | None


@dataclass(frozen=True)
class Solution:
    """The chosen pairs, and how they were found; `prices` where the problem is cut."""

    status: Status
    chosen: tuple[Pair, ...]
    precision: Precision | None = None
    prices: Prices | None = field(default=None, compare=False)


class Matcher(Protocol):
    """Chooses admissible pairs: a team at most once a need, parts and places never exceeded."""

    def __call__(self, problem: Problem) -> Solution: ...


def greedy_urgent_first(problem: Problem) -> Solution:
    """The most urgent needs choose first, each the nearest team that still has a place.

    Order of turns: urgency; then the visit (no need gets its second team before every need of
    its class had a turn for its first); then fewest admissible teams (who has one chance takes
    it before somebody with ten uses it up); then code. It promises:
    - no rule is broken, and equal problems give equal answers, however they are listed;
    - no free part is left beside an admissible team with a free place;
    - every team that could still serve an unserved part is full of needs at least as urgent, so
      swapping out one lower need never helps a higher one;
    - at each urgency and above at least half of what is possible is served.
    (A need that wants all its parts at once takes them at its first turn, or none.)
    It does not promise the most: the bound of `bounds` is printed beside it.
    """
    pairs, ends = problem.candidates.pairs, problem.candidates.ends
    places, team = [team.places for team in problem.teams], pairs.team.tolist()
    turns = sorted(
        (-need.urgency, visit, ends[index + 1] - ends[index], need.code, index)
        for index, need in enumerate(problem.needs)
        for visit in range(1 if need.together else need.parts)
    )
    # Candidates before the need's position are its own already, or full; full stays full.
    position = list(ends)
    chosen: list[int] = []
    for *_, index in turns:
        if problem.needs[index].together:
            taken = _at_once(problem, index, places)
        else:
            taken = []
            while not taken and position[index] < ends[index + 1]:
                taken = [position[index]] if places[team[position[index]]] > 0 else []
                position[index] += 1
        chosen += taken
        for place in taken:
            places[team[place]] -= 1
    return Solution(Status.GREEDY, tuple(pairs.take(np.array(chosen, int))))


def _at_once(problem: Problem, index: int, places: Sequence[int]) -> list[int]:
    """Positions of the nearest teams for a need that wants all its parts; none where too few
    would do."""
    need, begin = problem.needs[index], problem.candidates.ends[index]
    teams = [pair.team for pair in problem.candidates[index]]
    free = [place for place, team in enumerate(teams) if places[team] > 0]
    if need.joint:
        able = [problem.teams[teams[place]] for place in free]
        found = [free[place] for place in covers.cover(need.joint, need.parts, able) or ()]
    else:
        found = free[: need.parts] if len(free) >= need.parts else []
    return [begin + place for place in found]
