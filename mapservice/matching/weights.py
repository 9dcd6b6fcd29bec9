"""Three strict levels as one cost: how large each must be so that a lower one never outweighs it.

A plan that is not the best can be bettered along one circle of exchanges that passes each team,
each need and the source at most once. So along it
- costs change by less than (the smaller of needs and teams, plus one) x the range of costs, which
  is what one step of fairness must be worth;
- fairness changes by less than all its steps, which is what one part served must be worth.
Between classes the order 4, 3, 2, 1 is enough: sets of parts that can be served together form a
polymatroid, where the heaviest set is the same for all weights in one order.
"""

from dataclasses import dataclass

import numpy as np

from mapservice.matching.columns import Columns, OutOfRange

MOST_COST_TIMES_NODES = 2**61  # of the solver: it multiplies every cost by the number of nodes
# Metres in one unit of cost, and steps of fairness (None: every share by itself), finest first.
PRECISIONS = ((1, None), (10, None), (10, 4096), (100, 1024), (1000, 256))
EXACT_UP_TO = 10_000  # needs; beyond, telling every share apart takes the solver a third longer


@dataclass(frozen=True)
class Weights:
    """`unit`: metres that count as one; `steps`: shares are told apart to 1/steps (None: all are).

    The part that is number k of all parts of its group costs `step` x its value in `shares`, which
    are told for the free parts of group 0, then 1 and so on; `shared` names the group of each.
    A part served at urgency u earns u x `part`. `costs` of the pairs begin at 0: how many parts are
    served is settled before, so only differences count. `least` and `most` are the smallest cost
    that a pair may have and the largest that one has, in units; `costs` are told above `least`.
    """

    unit: int
    steps: int | None
    step: int
    part: int
    shares: np.ndarray
    shared: np.ndarray
    costs: np.ndarray
    least: int
    most: int

    def least_cost(self, metres: np.ndarray) -> np.ndarray:
        """What ways of so many metres cost at least, above `least` and never more than `most`.

        Strict levels allow for costs up to `most`; a longer way would only be worse.
        """
        return np.minimum(metres / self.unit - 0.5, self.most) - self.least  # half is rounded off


def weights(columns: Columns, most_urgency: int) -> Weights:
    """The finest weights that the solver can count with; OutOfRange when none are coarse enough."""
    nodes = len(columns.parts) + len(columns.places) + len(columns.held) + 2
    scaled = len(columns.parts) > EXACT_UP_TO
    for unit, steps in PRECISIONS:
        if scaled and steps is None:
            continue
        found = _weights(columns, unit, steps)
        if found.part * most_urgency * nodes < MOST_COST_TIMES_NODES:
            return found
    raise OutOfRange(f"{len(columns.need)} pairs")


def _weights(columns: Columns, unit: int, steps: int | None) -> Weights:
    shared, shares = _shares(columns)
    if steps is None:
        values, ranks = np.unique(shares, return_inverse=True)
        count = len(values)
    else:
        ranks, count = np.floor(shares * steps).astype(np.int64), steps
    costs = (columns.cost + unit // 2) // unit
    least, most = int(costs.min(initial=0)), int(costs.max(initial=0))  # no way is below 0
    step = (min(len(columns.parts), len(columns.places)) + 1) * (most - least) + 1
    part = step * (count + 1)
    ranks = ranks.astype(np.int64)
    costs -= least
    return Weights(unit, steps, step, part, ranks, shared, costs, least, most)


def _shares(columns: Columns) -> tuple[np.ndarray, np.ndarray]:
    """For each free part of each group: the group, and the share served before it.

    Equal shares are equal numbers and different ones are not: both are nearest quotients.
    """
    asked = np.bincount(columns.group, weights=columns.parts, minlength=len(columns.held))
    free = asked.astype(np.int64)
    shared = np.repeat(np.arange(len(free)), free)
    first = np.repeat(np.cumsum(free) - free, free)
    k = np.arange(len(shared)) - first + columns.held[shared]
    return shared, k / np.maximum(columns.total[shared], 1)
