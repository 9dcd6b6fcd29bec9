"""How much any plan at all could serve: exact maxima, found without looking at the plan. Pure."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

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
    single = ~wanted & (found.parts > 0)
    alone = flow.most(found.only(single)) if wanted.any() else 0
    order = sorted(
        np.flatnonzero(wanted & (found.parts > 0)),
        key=lambda i: (-found.urgency[i], found.parts[i], i),
    )
    served, possible = np.zeros(len(wanted), bool), np.zeros(len(wanted), bool)
    reached = alone
    for index in order:
        one = np.arange(len(wanted)) == index
        size = int(found.parts[index])
        if flow.most(found.only(single | one)) < alone + size:
            continue
        possible |= one
        if flow.most(found.only(single | served | one)) == reached + size:
            served |= one
            reached += size
    return Completion(served, _bound(found, single, possible, alone))


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
