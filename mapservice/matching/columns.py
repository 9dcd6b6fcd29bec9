"""A matching problem as columns of numbers, the form in which solvers read it. Pure."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from mapservice.matching.pairs import Pairs
from mapservice.matching.problem import Problem, places
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


def columns(problem: Problem, *, priced: bool = True) -> tuple[Columns, Pairs]:
    """The problem's numbers, and its pairs in the order of the pair columns.

    Needs, teams and pairs stand in the order of their codes: however a problem is listed, a
    solver sees the same one. OutOfRange for a cost that is no length of a way, unless `priced` is
    false: then every pair costs nothing, which is all that a maximum asks for.
    """
    need_place = places([need.code for need in problem.needs])
    team_place = places([team.code for team in problem.teams])
    needs = [problem.needs[index] for index in np.argsort(need_place)]
    teams = [problem.teams[index] for index in np.argsort(team_place)]
    asking = need_place[problem.pairs.need]
    able = team_place[problem.pairs.team]
    order = np.argsort(asking * len(teams) + able, kind="stable")  # quick where they stand so
    pairs = problem.pairs.take(order)
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
        need=asking[order].astype(np.int32),
        team=able[order].astype(np.int32),
        cost=_costs(pairs) if priced else np.zeros(len(pairs), np.int64),
    ), pairs


def _costs(pairs: Pairs) -> np.ndarray:
    """What the third level of a plan adds up: whole metres of travel, less the bonus."""
    metres = pairs.ways.km * 1000
    if not ((metres >= 0) & (metres <= FARTHEST_METRES)).all():  # NaN is not within either
        raise OutOfRange("a way that is none")
    return np.rint(metres).astype(np.int64) - KEPT_METRES * pairs.kept


def _integers(values: Sequence[int]) -> np.ndarray:
    return np.asarray(values, np.int64)
