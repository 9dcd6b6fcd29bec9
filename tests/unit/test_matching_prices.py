"""Lists that were cut off: by prices alone, the best of all pairs is found and known to be it."""

import math
import random
from dataclasses import asdict, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mapservice.matching import bounds, flow, planning, prices, together
from mapservice.matching.candidates import Found, Search
from mapservice.matching.columns import columns
from mapservice.matching.loading import Instance
from mapservice.matching.matcher import Status
from mapservice.matching.optimal import min_cost_flow
from mapservice.matching.pairs import Pair
from mapservice.matching.problem import Joint, OpenNeed, Problem, ReadyTeam, served_at_least
from mapservice.matching.scope import Scope
from mapservice.matching.travel import StraightLine
from tests.matching_problems import fits, levels

EARTH = 6_371_000  # metres
SKILLS = ("teaching", "medical")


def metres(a, b) -> float:
    """Along the sphere between two (lng, lat)."""
    (east, north), (west, south) = (map(math.radians, spot) for spot in (a, b))
    half = math.sin((north - south) / 2) ** 2
    half += math.cos(north) * math.cos(south) * math.sin((east - west) / 2) ** 2
    return 2 * EARTH * math.asin(math.sqrt(half))


def whole(seed: int, needs: int, teams: int, *, together: bool = False) -> Problem:
    """Crowded needs, too few places, skills, radii, and some pairs that nobody knows why not."""
    chance = random.Random(seed)

    def spot():
        return 106 + chance.triangular(0, 0.6, 0.05), 21 + chance.uniform(0, 0.4)

    def some():
        return tuple(sorted(chance.sample(SKILLS, chance.randint(0, 2))))

    def asking():
        """What is asked of each team, or of several at once, or of those between them."""
        if not together or chance.random() >= 0.3:
            return {"skills": some()}
        joint = chance.choice((None, Joint(some(), chance.randint(0, 25))))
        return {"skills": () if joint else some(), "together": True, "joint": joint}

    asked = tuple(
        OpenNeed(f"N{i:03}", chance.randint(1, 4), chance.choice((1, 1, 2)), chance.choice("AAAB"),
                 people=chance.randint(1, 9), spot=spot(), **asking())
        for i in range(needs)
    )  # fmt: skip
    ready = tuple(
        ReadyTeam(f"T{j:03}", chance.randint(1, 3), people=chance.randint(5, 12), base=spot(),
                  skills=(*some(), "driving"), radius_metres=chance.choice((8e3, 2e4, 6e4)))
        for j in range(teams)
    )  # fmt: skip
    found = [
        (i, j, metres(need.spot, team.base))
        for i, need in enumerate(asked)
        for j, team in enumerate(ready)
        if set(need.skills) <= set(team.skills) and need.people <= team.people
    ]
    near = [f for f in found if f[2] <= ready[f[1]].radius_metres and chance.random() < 0.9]
    ways = StraightLine().estimate(np.array([far for *_, far in near]))
    pairs = (
        Pair(i, j, far, way, chance.random() < 0.1)
        for (i, j, far), way in zip(near, ways, strict=True)
    )
    held = {group: chance.randint(0, 3) for group in "AB"}
    return Problem(asked, ready, tuple(pairs), held)


class Admissible(Search):
    """Stands for the database: tells which of the pairs asked for there are."""

    def __init__(self, problem: Problem) -> None:
        cards, teams = ([asdict(one) for one in side] for side in (problem.needs, problem.teams))
        super().__init__(None, Scope(), cards, teams)
        self.far = {(pair.need, pair.team): pair.metres for pair in problem.pairs}
        self.asked = 0

    def named(self, needs, teams):
        pairs = list(zip(needs.tolist(), teams.tolist(), strict=True))
        self.asked += len(pairs)
        there = [pair in self.far for pair in pairs]
        far = np.array([self.far[pair] for pair in pairs if pair in self.far], float)
        return Found(needs[there].astype(np.int32), teams[there].astype(np.int32), far)


def cut(problem: Problem, each: int) -> Instance:
    """Each need with its `each` nearest teams, and the pairs that were kept."""
    kept = [
        pair
        for pairs in problem.candidates
        for place, pair in enumerate(pairs)
        if place < each or pair.kept or problem.needs[pair.need].together
    ]
    short = {
        i: pairs[each - 1].metres
        for i, pairs in enumerate(problem.candidates)
        if len(pairs) >= each and not problem.needs[i].together
    }
    codes = {
        (problem.needs[p.need].code, problem.teams[p.team].code) for p in problem.pairs if p.kept
    }
    short_problem = replace(problem, pairs=tuple(kept), cut=short)
    search = Admissible(problem)
    return Instance(Scope(), short_problem, {}, {}, {}, StraightLine(), search, frozenset(codes))


@given(st.integers(0, 10**6), st.integers(1, 14), st.integers(1, 7), st.integers(1, 3))
def test_the_plan_of_short_lists_is_the_best_of_all_pairs(seed, needs, teams, each):
    problem = whole(seed, needs, teams)
    found, solution = planning.solved(cut(problem, each), min_cost_flow)
    best = min_cost_flow(problem)
    assert solution.status is Status.OPTIMAL and fits(problem, solution.chosen)
    assert levels(problem, solution.chosen) == levels(problem, best.chosen)
    assert bounds.most_served(found.problem) == bounds.most_served(problem)


@given(st.integers(0, 10**6), st.integers(1, 14), st.integers(1, 7))
def test_beside_needs_that_want_several_teams_nobody_loses_a_part_of_all_pairs(seed, needs, teams):
    problem = whole(seed, needs, teams, together=True)
    _, solution = planning.solved(cut(problem, 1), min_cost_flow)
    assert fits(problem, solution.chosen)
    assert served_at_least(problem, solution.chosen) == bounds.most_served(problem)


@given(st.integers(0, 10**6), st.integers(1, 14), st.integers(1, 7))
def test_the_bound_of_short_lists_holds_for_all_pairs(seed, needs, teams):
    problem = whole(seed, needs, teams, together=True)
    found, solution = planning.solved(cut(problem, 1), min_cost_flow)
    best = together.combined(problem, min_cost_flow(problem).chosen).served
    assert together.combined(found.problem, solution.chosen).bound >= best


def test_a_team_that_was_not_looked_at_is_allowed_for_in_the_bound():
    """The single need could go to a farther team, and leave the two near ones to the other."""
    teams = tuple(ReadyTeam(f"T{i}", 1, base=(106 + 0.01 * i, 21.0), radius_metres=1e5)
                  for i in range(3))  # fmt: skip
    spot = (106.0, 21.0)
    needs = (OpenNeed("N0", 4, 1, spot=spot), OpenNeed("N1", 1, 2, spot=spot, together=True))
    ways = [metres(spot, team.base) for team in teams]
    costs = list(StraightLine().estimate(np.array(ways)))
    pairs = tuple(Pair(i, j, ways[j], costs[j]) for i, j in ((0, 0), (0, 2), (1, 0), (1, 1)))
    problem = Problem(needs, teams, pairs)
    found, solution = planning.solved(cut(problem, 1), min_cost_flow)
    assert together.combined(problem, min_cost_flow(problem).chosen).served == 1
    assert together.combined(found.problem, solution.chosen).bound == 1


def test_what_is_not_proven_of_the_single_needs_is_not_proven_with_the_others(monkeypatch):
    problem = whole(1, 400, 40, together=True)
    tried = []

    def vouches_once_less(asked):
        tried.append(asked)
        solution = min_cost_flow(asked)
        doubtful = replace(solution, status=Status.NOT_PROVEN, prices=None)
        return doubtful if len(tried) == 1 else solution

    _, solution = planning.solved(cut(problem, 3), vouches_once_less)
    assert len(tried) > 1 and solution.status is Status.NOT_PROVEN


def test_few_pairs_are_asked_for():
    problem = whole(1, 400, 40)
    instance = cut(problem, 3)
    found, solution = planning.solved(instance, min_cost_flow)
    assert levels(problem, solution.chosen) == levels(problem, min_cost_flow(problem).chosen)
    assert len(found.problem.pairs) < len(problem.pairs) / 2
    assert 0 < instance.search.asked < len(problem.pairs)


def test_where_pairs_do_not_come_to_an_end_nothing_is_claimed(monkeypatch):
    monkeypatch.setattr(planning, "ROUNDS", 1)
    _, solution = planning.solved(cut(whole(1, 400, 40), 1), min_cost_flow)
    assert solution.status is Status.NOT_PROVEN and solution.chosen


@given(st.floats(-180, 180), st.floats(-89, 89), st.floats(-1, 1), st.floats(-1, 1))
def test_no_way_is_shorter_than_the_way_through_the_earth(lng, lat, east, north):
    """That `promising` looks at by distance is never farther than the rules say."""
    ends = prices._on_sphere([(lng, lat), (lng + east, lat + north)])
    through = prices.LEAST_RADIUS * np.linalg.norm(ends[0] - ends[1])
    assert through <= metres((lng, lat), (lng + east, lat + north)) + 1e-6


def test_prices_of_a_plan_that_is_not_the_best_are_refused():
    found, _ = columns(whole(5, 30, 8))
    best = flow.best(found)
    worse = best.chosen.copy()
    worse[np.flatnonzero(worse)[np.argmax(found.urgency[found.need[worse]])]] = False
    prices.prices(found, found.urgency, best.chosen, best.weights)
    with pytest.raises(ArithmeticError):
        prices.prices(found, found.urgency, worse, best.weights)
