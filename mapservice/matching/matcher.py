"""Who serves which need: the `Matcher` every solver is, and the urgent-first baseline. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from mapservice.matching import covers
from mapservice.matching.prices import Prices
from mapservice.matching.problem import Pair, Problem


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
    candidates = problem.candidates
    places = [team.places for team in problem.teams]
    turns = sorted(
        (-need.urgency, visit, len(candidates[index]), need.code, index)
        for index, need in enumerate(problem.needs)
        for visit in range(1 if need.together else need.parts)
    )
    # Candidates before the need's position are its own already, or full; full stays full.
    position = [0] * len(problem.needs)
    chosen: list[Pair] = []
    for *_, index in turns:
        if problem.needs[index].together:
            taken = _at_once(problem, index, places)
        else:
            taken = []
            while not taken and position[index] < len(candidates[index]):
                pair = candidates[index][position[index]]
                position[index] += 1
                taken = [pair] if places[pair.team] > 0 else []
        chosen += taken
        for pair in taken:
            places[pair.team] -= 1
    return Solution(Status.GREEDY, tuple(chosen))


def _at_once(problem: Problem, index: int, places: Sequence[int]) -> list[Pair]:
    """The nearest teams for a need that wants all its parts; none where too few would do."""
    need = problem.needs[index]
    free = [pair for pair in problem.candidates[index] if places[pair.team] > 0]
    if need.joint:
        teams = [problem.teams[pair.team] for pair in free]
        return [free[place] for place in covers.cover(need.joint, need.parts, teams) or ()]
    return free[: need.parts] if len(free) >= need.parts else []
