"""A matching problem as columns of numbers, the form in which solvers read it. Pure."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from mapservice.matching.problem import Pair, Problem
from mapservice.matching.travel import FARTHEST_KM

KEPT_METRES = 2000  # what keeping an earlier proposal is worth
FARTHEST_METRES = FARTHEST_KM * 1000  # a longer way is an error


class OutOfRange(ValueError):
    """The problem's numbers are larger than the solver can count with."""


@dataclass(frozen=True)
class Columns:
    """Needs, teams and pairs by position.

    `urgency`, `parts`, `group` of each need; of each group the parts that teams hold already
    (`held`) and all there are (`total`), asked for in this problem or not;
    `places` of each team; `need`, `team`, `cost` (whole metres, less what keeping is worth) of each
    pair. Positions of pairs are of 32 bits, as solvers take them: no copy of millions is made.
    """

    urgency: np.ndarray
    parts: np.ndarray
    group: np.ndarray
    held: np.ndarray
    total: np.ndarray
    places: np.ndarray
    need: np.ndarray
    team: np.ndarray
    cost: np.ndarray

    def only(self, needs: np.ndarray) -> "Columns":
        """The same problem where no other need than these (a mask) asks for anything."""
        pairs = needs[self.need]
        return replace(
            self,
            parts=np.where(needs, self.parts, 0),
            need=self.need[pairs],
            team=self.team[pairs],
            cost=self.cost[pairs],
        )


def columns(problem: Problem, *, priced: bool = True) -> tuple[Columns, Sequence[Pair]]:
    """The problem's numbers, and its pairs in the order of the pair columns.

    Needs, teams and pairs stand in the order of their codes: however a problem is listed, a
    solver sees the same one. OutOfRange for a cost that is no length of a way, unless `priced` is
    false: then every pair costs nothing, which is all that a maximum asks for.
    """
    need_place = _places([need.code for need in problem.needs])
    team_place = _places([team.code for team in problem.teams])
    needs = [problem.needs[index] for index in np.argsort(need_place)]
    teams = [problem.teams[index] for index in np.argsort(team_place)]
    asking = need_place[_integers([pair.need for pair in problem.pairs])].astype(np.int32)
    able = team_place[_integers([pair.team for pair in problem.pairs])].astype(np.int32)
    order = np.lexsort((able, asking))
    pairs = [problem.pairs[index] for index in order.tolist()]
    groups = sorted({need.group for need in needs} | set(problem.held))
    number = {group: index for index, group in enumerate(groups)}
    held = [problem.held.get(group, 0) for group in groups]
    total = Counter(dict(zip(groups, held, strict=True)))
    for need in needs:
        total[need.group] += need.parts
    return Columns(
        urgency=_integers([need.urgency for need in needs]),
        parts=_integers([need.parts for need in needs]),
        group=_integers([number[need.group] for need in needs]),
        held=_integers(held),
        total=_integers([total[group] for group in groups]),
        places=_integers([team.places for team in teams]),
        need=asking[order],
        team=able[order],
        cost=_costs(pairs) if priced else np.zeros(len(pairs), np.int64),
    ), pairs


def _costs(pairs: Sequence[Pair]) -> np.ndarray:
    """What the third level of a plan adds up: whole metres of travel, less the bonus."""
    metres = np.array([pair.travel.km for pair in pairs], float) * 1000
    if not ((metres >= 0) & (metres <= FARTHEST_METRES)).all():  # NaN is not within either
        raise OutOfRange("a way that is none")
    kept = np.array([pair.kept for pair in pairs], bool)
    return np.rint(metres).astype(np.int64) - KEPT_METRES * kept


def _places(codes: Sequence[str]) -> np.ndarray:
    """The position of each code among all, in their order."""
    order = sorted(range(len(codes)), key=codes.__getitem__)
    found = np.empty(len(codes), np.int64)
    found[order] = np.arange(len(codes))
    return found


def _integers(values: Sequence[int]) -> np.ndarray:
    return np.asarray(values, np.int64)
