"""How much any plan at all could serve: exact maxima, found without looking at the plan. Pure."""

import numpy as np

from mapservice.matching import flow
from mapservice.matching.columns import columns
from mapservice.matching.problem import URGENCIES, Problem


def most_served(problem: Problem) -> dict[int, int]:
    """For each urgency the most parts at it or above that can be served together.

    Of needs whose parts count one by one.
    """
    found, _ = columns(problem, priced=False)
    needs = sorted(problem.needs, key=lambda need: need.code)
    single = np.array([not need.together for need in needs], bool)
    return {u: flow.most(found.only(single & (found.urgency >= u))) for u in URGENCIES}
