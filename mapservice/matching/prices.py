"""What a place of a team is worth to a plan: proof that no pair left out could better it. Pure.

Each need of a large problem begins with its nearest teams. Of the best plan of those pairs follow
prices (potentials of the flow): by how much the plan gets worse when a team loses a place, and by
how much it may get worse before a need would rather change its team. A pair left out betters no
plan unless it costs less than the need would give, less the price of the team's place. Once no
such pair is left the plan is the best of all pairs, in all three levels.
"""

from dataclasses import dataclass

import numpy as np

from mapservice.matching.columns import Columns
from mapservice.matching.problem import Problem
from mapservice.matching.weights import Weights

EACH = 20  # pairs of one need that are tried at a time, the most promising
AT_ONCE = 1000  # needs beside all teams in one matrix
FAR = np.int64(2**62)  # no path; twice as far as any
LEAST_RADIUS = 6_335_400.0  # metres: no part of the spheroid is bent more than such a sphere


@dataclass(frozen=True)
class Prices:
    """In units of cost of `weights`, of needs and teams in the order of their codes.

    `give`: what a need would give at most for another team; `place`: what a team's place costs.
    """

    give: np.ndarray
    place: np.ndarray
    weights: Weights


def prices(columns: Columns, urgency: np.ndarray, chosen: np.ndarray, weighed: Weights) -> Prices:
    """Those of the best plan (`chosen` is a mask of the pairs), with needs that count `urgency`."""
    net = _Network(columns, urgency * weighed.part, chosen, weighed)
    place, source = net.distances()
    paid = _most(net.held_by, weighed.costs[chosen] + place[columns.team[chosen]], len(net.served))
    floor = np.where(net.following < FAR, source - net.following, -FAR)
    give = np.maximum(paid, np.where(net.open, net.worth + floor[columns.group], -FAR))
    some = net.served > 0
    share = _most(columns.group[some], (give - net.worth)[some], len(columns.held))
    share = np.maximum(share, floor)
    give = np.maximum(give, np.where(net.open, net.worth + share[columns.group], -FAR))
    return Prices(give, place, weighed)


class _Network:
    """The network of `flow`, as a plan leaves it: which way each arc can still be gone."""

    def __init__(
        self, columns: Columns, worth: np.ndarray, chosen: np.ndarray, weighed: Weights
    ) -> None:
        self.columns, self.worth, self.chosen, self.weighed = columns, worth, chosen, weighed
        self.held_by = columns.need[chosen]
        self.served = np.bincount(self.held_by, minlength=len(columns.parts))
        self.open = self.served < columns.parts
        taken = np.bincount(columns.team[chosen], minlength=len(columns.places))
        self.free = taken < columns.places
        groups = len(columns.held)
        used = np.bincount(columns.group, self.served, groups).astype(np.int64)
        count = np.bincount(weighed.shared, minlength=groups)
        first = np.cumsum(count) - count
        cost = np.append(weighed.shares * weighed.step, FAR)  # of a group's shares, cheapest first
        end = len(cost) - 1
        self.following = cost[np.where(used < count, first + used, end)]
        self.last = cost[np.where(used > 0, first + used - 1, end)]

    def distances(self) -> tuple[np.ndarray, np.int64]:
        """How much cheaper or dearer the plan gets by one place more: of each team, of the source.

        Shortest paths to the sink, from arc to arc until none gets shorter. In the best plan no
        circle gains, so that they end.
        """
        columns, costs = self.columns, self.weighed.costs
        team = np.where(self.free, 0, FAR)
        group = np.full(len(columns.held), FAR)
        source = np.int64(0 if self.served.any() else FAR)
        rest, taken = np.flatnonzero(~self.chosen), np.flatnonzero(self.chosen)
        far, near, onward = columns.need[rest], columns.team[rest], costs[rest]
        back, holder = -costs[taken], columns.team[taken]
        begins = np.flatnonzero(np.diff(far, prepend=-1))  # pairs stand by need
        for _ in range(len(columns.parts) + len(team) + len(group) + 2):
            before = team.copy(), group.copy(), source
            need = np.where(self.served > 0, _sum(self.worth, group[columns.group]), FAR)
            if len(far):
                least = np.minimum.reduceat(_sum(onward, team[near]), begins)
                need[far[begins]] = np.minimum(need[far[begins]], least)
            np.minimum.at(team, holder, _sum(back, need[self.held_by]))
            group = np.minimum(group, np.where(self.last < FAR, source - self.last, FAR))
            asking = np.flatnonzero(self.open)
            more = _sum(-self.worth[asking], need[asking])
            np.minimum.at(group, columns.group[asking], more)
            source = min(source, _sum(self.following, group).min(initial=FAR))
            if _same(before, (team, group, source)):
                return team, source
        raise ArithmeticError("a plan was taken for the best that is not")


def _sum(costs: np.ndarray, distances: np.ndarray) -> np.ndarray:
    """Costs and the distances behind them; FAR behind what leads nowhere."""
    nowhere = (distances >= FAR // 2) | (costs >= FAR // 2)
    return np.where(nowhere, FAR, costs + np.where(nowhere, 0, distances))


def _most(where: np.ndarray, values: np.ndarray, count: int) -> np.ndarray:
    found = np.full(count, -FAR)
    np.maximum.at(found, where, values)
    return found


def _same(before: tuple, after: tuple) -> bool:
    return all(np.array_equal(a, b) for a, b in zip(before, after, strict=True))


def promising(
    problem: Problem, found: Prices, tried: np.ndarray, shortest: float
) -> tuple[np.ndarray, np.ndarray]:
    """Pairs left out that might better the plan, as positions of needs and teams; few of each need.

    Skills, people and radius are looked at, other rules not; `tried` names pairs that were looked
    at before, as need x teams + team, in order. No way is shorter than `shortest` x straight line.
    """
    teams = _Teams(problem, found, shortest)
    give = np.empty(len(problem.needs), np.int64)
    give[_by_code(problem.needs)] = found.give
    cut = np.array(sorted(problem.cut), np.int64)
    # Whom a need's list does not hold is farther than what it surely holds.
    nearest = np.array([problem.cut[index] for index in cut.tolist()], float) * shortest
    least = found.place.min(initial=FAR) + found.weights.least_cost(nearest)
    cut = cut[give[cut] > least]
    needs, others, gains = [], [], []
    for begin in range(0, len(cut), AT_ONCE):
        part = cut[begin : begin + AT_ONCE]
        gain = teams.gains([problem.needs[index] for index in part], give[part])
        row, other = np.nonzero(gain > 0)
        new = ~_within(part[row] * len(problem.teams) + other, tried)
        needs.append(part[row[new]])
        others.append(other[new])
        gains.append(gain[row[new], other[new]])
    if not needs:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    need, team = np.concatenate(needs), np.concatenate(others)
    order = np.lexsort((team, -np.concatenate(gains), need))
    need, team = need[order], team[order]
    begins = np.flatnonzero(np.diff(need, prepend=-1))
    rank = np.arange(len(need)) - np.repeat(begins, np.diff(begins, append=len(need)))
    return need[rank < EACH], team[rank < EACH]


class _Teams:
    """All teams as columns, to be set beside some needs."""

    def __init__(self, problem: Problem, found: Prices, shortest: float) -> None:
        self.skills = sorted({skill for team in problem.teams for skill in team.skills})
        self.lacking = 1 - self._table(problem.teams)
        self.people = np.array([team.people for team in problem.teams])
        self.radius = np.array([team.radius_metres for team in problem.teams])
        self.spots = _on_sphere([team.base for team in problem.teams])
        self.price = np.empty(len(problem.teams), np.int64)
        self.price[_by_code(problem.teams)] = found.place
        self.weights, self.shortest = found.weights, shortest

    def gains(self, needs: list, give: np.ndarray) -> np.ndarray:
        """What each pair might gain at most, need by team; nothing where a rule forbids it."""
        beside = _on_sphere([need.spot for need in needs]) @ self.spots.T
        metres = LEAST_RADIUS * np.sqrt(np.maximum(2 - 2 * beside, 0))  # straight through the earth
        asked = self._table(needs)
        unknown = np.array([bool(set(need.skills) - set(self.skills)) for need in needs], bool)
        barred = (asked @ self.lacking.T > 0) | unknown[:, None] | (metres > self.radius)
        barred |= np.array([need.people for need in needs])[:, None] > self.people
        gain = give[:, None] - self.price.astype(float)
        gain -= self.weights.least_cost(metres * self.shortest)
        gain[barred] = 0
        return gain

    def _table(self, who: tuple | list) -> np.ndarray:
        """Who has or asks which skill: 1 or 0, by the order of `skills`."""
        place = {skill: index for index, skill in enumerate(self.skills)}
        table = np.zeros((len(who), len(place)), np.float32)
        for row, one in enumerate(who):
            table[row, [place[skill] for skill in one.skills if skill in place]] = 1
        return table


def _within(values: np.ndarray, ordered: np.ndarray) -> np.ndarray:
    place = np.minimum(np.searchsorted(ordered, values), len(ordered) - 1)
    return ordered[place] == values


def _on_sphere(spots: list) -> np.ndarray:
    lng, lat = np.radians(np.asarray(spots, float).reshape(-1, 2)).T
    return np.stack((np.cos(lat) * np.cos(lng), np.cos(lat) * np.sin(lng), np.sin(lat)), axis=1)


def _by_code(who: tuple) -> list[int]:
    """Positions in the order of codes, in which columns stand."""
    return sorted(range(len(who)), key=lambda index: who[index].code)
