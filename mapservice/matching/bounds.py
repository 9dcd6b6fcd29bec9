"""How much any plan at all could serve: exact maxima, found without looking at the plan. Pure."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from mapservice.matching import flow
from mapservice.matching.columns import Columns, columns
from mapservice.matching.problem import URGENCIES, Pair, Problem


def most_served(problem: Problem) -> dict[int, int]:
    """For each urgency the most parts at it or above that can be served together.

    Of needs whose parts count one by one.
    """
    found, _ = columns(problem, priced=False)
    single = ~together(problem)
    return {u: flow.most(found.only(single & (found.urgency >= u))) for u in URGENCIES}


def together(problem: Problem) -> np.ndarray:
    """Which needs want all their parts or none: a mask, in the order of their codes."""
    return np.array(
        [need.together for need in sorted(problem.needs, key=lambda need: need.code)], bool
    )


@dataclass(frozen=True)
class Completion:
    """What needs that want several teams at once get beside all others.

    `served` is a mask of needs; no plan serves more than `bound` of them without taking a part
    from a need whose parts count one by one.
    """

    served: np.ndarray
    bound: int


def complete(found: Columns, wanted: np.ndarray) -> Completion:
    """Serve needs that want all their parts (`wanted`) where that costs no single part anything.

    What a set of teams is worth to the others is exactly what the maximum flow of them loses by
    it; only sets worth nothing are taken. The most urgent chooses first, then who needs the
    fewest teams. What is chosen later cannot undo it, so the result may lie below the bound.
    """
    served, possible = np.zeros(len(wanted), bool), np.zeros(len(wanted), bool)
    asking = np.flatnonzero(wanted & (found.parts > 0))
    if not len(asking):
        return Completion(served, 0)
    single = ~wanted & (found.parts > 0)
    alone = flow.reach(found.only(single))
    room = alone
    for index in asking[np.lexsort((asking, found.parts[asking], -found.urgency[asking]))]:
        one = np.arange(len(wanted)) == index
        if _beside(alone, found, single, one) is None:
            continue
        possible |= one
        after = _beside(room, found, single | served, one)
        if after is not None:
            served, room = served | one, after
    return Completion(served, _bound(found, single, possible, alone.most))


def _beside(
    room: flow.Reach, found: Columns, others: np.ndarray, one: np.ndarray
) -> flow.Reach | None:
    """The room that is left when one need gets all its teams beside the others; None when it can't.

    Where teams enough have places to spare, or too few could have, no flow has to be found.
    """
    [index] = np.flatnonzero(one)
    size, teams = int(found.parts[index]), found.team[found.need == index]
    if room.able[teams].sum() < size:
        return None
    ready = teams[room.spare[teams] > 0]
    if len(ready) < size:
        after = flow.reach(found.only(others | one))
        return after if after.most == room.most + size else None
    spare = room.spare.copy()  # who is able now were so before: `able` may stay too large
    spare[ready[:size]] -= 1
    return replace(room, most=room.most + size, spare=spare)


@dataclass(frozen=True)
class Combined:
    """Needs that want several teams at once: all, those served, and the most that could be."""

    needs: int
    served: int
    bound: int

    @property
    def gap(self) -> int:
        return self.bound - self.served


def combined(problem: Problem, chosen: Iterable[Pair]) -> Combined:
    """What a plan makes of them, beside the most that any could."""
    got = Counter(pair.need for pair in chosen)
    wanted = [i for i, need in enumerate(problem.needs) if need.together]
    served = sum(1 for i in wanted if got[i] == problem.needs[i].parts)
    if not wanted:
        return Combined(0, 0, 0)
    bound = complete(columns(problem, priced=False)[0], together(problem)).bound
    return Combined(len(wanted), served, max(bound, served))


def _bound(found: Columns, single: np.ndarray, possible: np.ndarray, alone: int) -> int:
    """As many of the smallest possible needs as fit into all the parts that are possible."""
    if not possible.any():
        return 0
    spare = flow.most(found.only(single | possible)) - alone
    return int((np.cumsum(np.sort(found.parts[possible])) <= spare).sum())
