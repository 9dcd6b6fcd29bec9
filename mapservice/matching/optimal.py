"""`min_cost_flow`: the matcher whose plans are proven best. Pure."""

import numpy as np

from mapservice.matching import flow, together
from mapservice.matching.columns import OutOfRange, columns
from mapservice.matching.matcher import Precision, Solution, Status, greedy_urgent_first
from mapservice.matching.prices import prices
from mapservice.matching.problem import Problem


def min_cost_flow(problem: Problem) -> Solution:
    """The best plan in three strict levels:

    1. parts of urgent needs served, then of class 3, 2, 1: as many as possible;
    2. the share served of each group as even as possible;
    3. metres of travel, where keeping an earlier proposal is worth 2,000 m.

    Needs that want several teams at once are served beside that, where no single part loses by
    it. Where the solver does not vouch for its answer, or the numbers are beyond it, what
    `greedy_urgent_first` finds.
    """
    if not problem.pairs:
        return Solution(Status.OPTIMAL, ())
    try:
        found, pairs = columns(problem)
        wanted = together.wanting(problem)
        completed = together.complete(found, wanted, pairs.kept)
        asking, first = completed.asking, completed.served
        solved = flow.best(asking, first=first)
    except OutOfRange:
        return greedy_urgent_first(problem)
    if not solved.proven:
        return greedy_urgent_first(problem)
    left = (~wanted.needs | first)[found.need]
    chosen = completed.pinned.copy()
    chosen[np.flatnonzero(left)[solved.chosen]] = True
    weighed = solved.weights
    priced = None
    if problem.cut:
        priced = prices(asking, flow.urgencies(asking, first), solved.chosen, weighed)
    return Solution(
        Status.OPTIMAL,
        tuple(pairs.take(chosen)),
        Precision(weighed.unit, weighed.steps),
        priced,
    )
