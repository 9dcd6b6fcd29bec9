"""The best plan: equal to trying everything on small problems, and to another solver on large."""

import itertools
import random
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mapservice.matching import bounds, flow, together, weights
from mapservice.matching.columns import FARTHEST_METRES, OutOfRange, columns
from mapservice.matching.matcher import Precision, Status, greedy_urgent_first
from mapservice.matching.optimal import min_cost_flow
from mapservice.matching.problem import (
    URGENCIES,
    Joint,
    OpenNeed,
    Problem,
    ReadyTeam,
    served_at_least,
    served_by_class,
)
from tests import highs
from tests.matching_problems import fits, levels, levels_of, made_up, pair, smallest_share

SKILLS = st.lists(st.sampled_from(("legal", "medical")), unique=True).map(tuple)


@st.composite
def problems(draw, together=False):
    """Up to 10 pairs; groups of one need and of many, some with parts that are held already.

    `together`: some needs want several teams at once, some of those skills and people between them.
    """
    asked = [
        OpenNeed(
            f"N{i}",
            urgency=draw(st.integers(1, 4)),
            parts=draw(st.integers(1, 3)),
            group=draw(st.sampled_from("AAAABC")),
            **(draw(at_once()) if together else {}),
        )
        for i in range(draw(st.integers(1, 5)))
    ]
    ready = [
        ReadyTeam(
            f"T{j}", draw(st.integers(0, 2)), people=draw(st.integers(1, 4)), skills=draw(SKILLS)
        )
        for j in range(4)
    ]
    possible = list(itertools.product(range(len(asked)), range(len(ready))))
    picked = draw(st.lists(st.sampled_from(possible), unique=True, max_size=10))
    pairs = tuple(pair(i, j, draw(st.integers(0, 5)), kept=draw(st.booleans())) for i, j in picked)
    held = {group: draw(st.integers(0, 3)) for group in {need.group for need in asked}}
    return Problem(tuple(asked), tuple(ready), pairs, held)


@st.composite
def at_once(draw):
    joint = draw(st.none() | st.builds(Joint, SKILLS, st.integers(0, 9)))
    return {"together": True, "joint": joint} if draw(st.booleans()) else {}


def every_plan(problem):
    """All plans that break no rule: pair after pair, with it or without it."""
    plans = [()]
    for new in problem.pairs:
        plans += [(*plan, new) for plan in plans if _has_room(problem, plan, new)]
    return [plan for plan in plans if fits(problem, plan)]


def _has_room(problem, plan, new) -> bool:
    parts = sum(found.need == new.need for found in plan)
    places = sum(found.team == new.team for found in plan)
    return parts < problem.needs[new.need].parts and places < problem.teams[new.team].places


@given(problems())
def test_a_plan_is_the_best_of_all_in_three_levels(problem):
    solution = min_cost_flow(problem)
    assert solution.status is Status.OPTIMAL and fits(problem, solution.chosen)
    plans, measure = every_plan(problem), levels_of(problem)
    best = min(map(measure, plans))
    assert measure(solution.chosen) == best
    as_urgent = [plan for plan in plans if measure(plan)[0] == best[0]]
    fairest = max(smallest_share(problem, plan) for plan in as_urgent)
    assert smallest_share(problem, solution.chosen) == fairest


@given(problems(together=True))
def test_needs_that_want_all_or_none_get_all_or_none_and_cost_nobody_a_part(problem):
    chosen = min_cost_flow(problem).chosen
    assert fits(problem, chosen)
    assert served_at_least(problem, chosen) == bounds.most_served(problem)
    combined = together.combined(problem, chosen)
    most = bounds.most_served(problem)
    served = [
        sum(1 for i, n in enumerate(problem.needs) if n.together and _parts(plan, i) == n.parts)
        for plan in every_plan(problem)
        if served_at_least(problem, plan) == most
    ]
    assert combined.served <= max(served) <= combined.bound
    assert combined.needs == sum(need.together for need in problem.needs)
    assert fits(problem, greedy_urgent_first(problem).chosen)


@given(problems(together=True))
def test_a_need_of_several_teams_alone_is_served_wherever_it_could_be(problem):
    """With nobody beside it the bound is what is reached, and both are what there is."""
    first = replace(problem.needs[0], together=True)
    others = (replace(n, parts=0, together=False, joint=None) for n in problem.needs[1:])
    problem = replace(problem, needs=(first, *others))
    possible = any(_parts(plan, 0) == first.parts for plan in every_plan(problem))
    for matcher in (min_cost_flow, greedy_urgent_first):
        combined = together.combined(problem, matcher(problem).chosen)
        assert (combined.served, combined.bound) == (possible, possible)


def test_teams_that_bring_it_between_them_are_the_cheapest_with_what_others_lose():
    """A near team that another need would miss is left to it; kept ones stay."""
    joint = OpenNeed("N0", 2, 2, together=True, joint=Joint(("legal", "medical"), 20))
    single = OpenNeed("N1", 1, 1)
    teams = (
        ReadyTeam("T0", 1, people=12, skills=("legal",)),
        ReadyTeam("T1", 1, people=12, skills=("medical",)),
        ReadyTeam("T2", 1, people=12, skills=("medical",)),
        ReadyTeam("T3", 1, people=30),
    )
    pairs = (pair(0, 0, 9), pair(0, 1, 1), pair(0, 2, 5), pair(0, 3, 1), pair(1, 1, 1))
    problem = Problem((joint, single), teams, pairs)
    chosen = {(p.need, p.team) for p in min_cost_flow(problem).chosen}
    assert chosen == {(0, 0), (0, 2), (1, 1)}
    both = replace(problem, pairs=(*pairs, pair(1, 3, 8)))
    chosen = {(p.need, p.team) for p in min_cost_flow(both).chosen}
    assert chosen == {(0, 0), (0, 2), (1, 1)}, "7 km more for the single need, 4 less for the other"
    near = replace(problem, pairs=(*pairs, pair(1, 3, 3)))
    chosen = {(p.need, p.team) for p in min_cost_flow(near).chosen}
    assert chosen == {(0, 0), (0, 1), (1, 3)}
    kept = tuple(p._replace(kept=(p.need, p.team) in {(0, 0), (0, 2)}) for p in near.pairs)
    chosen = {(p.need, p.team) for p in min_cost_flow(replace(near, pairs=kept)).chosen}
    assert chosen == {(0, 0), (0, 2), (1, 1)}


def test_one_team_with_the_skill_serves_one_of_two_needs_and_no_bound_says_two():
    needs = tuple(
        OpenNeed(f"N{i}", 2, 2, together=True, joint=Joint(("legal",), 2)) for i in range(2)
    )
    teams = (ReadyTeam("T0", 1, skills=("legal",)), *(ReadyTeam(f"T{j}", 1) for j in range(1, 4)))
    pairs = tuple(pair(i, j, 1) for i in range(2) for j in range(4))
    problem = Problem(needs, teams, pairs)
    combined = together.combined(problem, min_cost_flow(problem).chosen)
    assert (combined.needs, combined.served, combined.bound, combined.gap) == (2, 1, 1, 0)


def _parts(plan, need: int) -> int:
    return sum(1 for found in plan if found.need == need)


@given(problems(), st.randoms(use_true_random=False))
def test_however_a_problem_is_listed_its_plan_is_the_same(problem, shuffler: random.Random):
    needs, teams = list(range(len(problem.needs))), list(range(len(problem.teams)))
    pairs = list(problem.pairs)
    for order in (needs, teams, pairs):
        shuffler.shuffle(order)
    moved = (p._replace(need=needs.index(p.need), team=teams.index(p.team)) for p in pairs)
    other = replace(
        problem,
        needs=tuple(problem.needs[i] for i in needs),
        teams=tuple(problem.teams[i] for i in teams),
        pairs=tuple(moved),
    )
    assert _codes(problem, min_cost_flow) == _codes(other, min_cost_flow)


def _codes(problem, matcher):
    return {
        (problem.needs[p.need].code, problem.teams[p.team].code) for p in matcher(problem).chosen
    }


@given(problems())
def test_a_plan_made_again_from_itself_stays(problem):
    """Every pair of the first plan is kept: then it is the only best one."""
    plain = replace(problem, pairs=tuple(p._replace(kept=False) for p in problem.pairs))
    first = set(min_cost_flow(plain).chosen)
    kept = tuple(p._replace(kept=p in first) for p in plain.pairs)
    again = min_cost_flow(replace(problem, pairs=kept)).chosen
    assert {p._replace(kept=False) for p in again} == first


@pytest.fixture(scope="module")
def province():
    return made_up(7, needs=1000, teams=60)


def test_the_optimum_equals_that_of_another_solver(province):
    solution = min_cost_flow(province)
    other = highs.best_plan(province)
    assert fits(province, other)
    assert levels(province, solution.chosen) == levels(province, other)
    assert solution.status is Status.OPTIMAL
    assert solution.precision == Precision(1, None)
    assert served_at_least(province, solution.chosen) == bounds.most_served(province)


def test_fairness_and_urgency_gain_on_the_baseline(province):
    best, greedy = min_cost_flow(province).chosen, greedy_urgent_first(province).chosen
    served, before = served_at_least(province, best), served_at_least(province, greedy)
    assert all(served[u] >= before[u] for u in URGENCIES) and served != before
    assert smallest_share(province, best) >= smallest_share(province, greedy)


def test_one_change_in_a_hundred_moves_few_proposals(province):
    """Needs and teams that fall away or fill up; the rest of the plan holds still."""
    first = {(p.need, p.team) for p in min_cost_flow(province).chosen}
    chance = random.Random(1)
    gone = set(chance.sample(range(len(province.needs)), len(province.needs) // 100))
    full = {chance.randrange(len(province.teams))}
    pairs = tuple(
        p._replace(kept=(p.need, p.team) in first)
        for p in province.pairs
        if p.need not in gone and p.team not in full
    )
    second = {(p.need, p.team) for p in min_cost_flow(replace(province, pairs=pairs)).chosen}
    lost = {(n, t) for n, t in first if n in gone or t in full}
    assert len(first - lost - second) <= 0.04 * len(first)
    everything = tuple(p._replace(kept=(p.need, p.team) in first) for p in province.pairs)
    same = min_cost_flow(replace(province, pairs=everything)).chosen
    assert {(p.need, p.team) for p in same} == first


def test_teams_put_together_count_in_the_share_of_their_group():
    """Group A has two of its three parts from a joint need: the last team is for group B, farther
    though it is."""
    joint = Joint(("legal", "medical"), 2)
    needs = (
        OpenNeed("N0", 2, 2, "A", together=True, joint=joint),
        OpenNeed("N1", 2, 1, "A"),
        OpenNeed("N2", 2, 1, "B"),
    )
    teams = (
        ReadyTeam("T0", 1, skills=("legal",)),
        ReadyTeam("T1", 1, skills=("medical",)),
        ReadyTeam("T2", 1),
    )
    pairs = (pair(0, 0, 1), pair(0, 1, 1), pair(1, 2, 1), pair(2, 2, 9))
    problem = Problem(needs, teams, pairs)
    chosen = {(p.need, p.team) for p in min_cost_flow(problem).chosen}
    assert chosen == {(0, 0), (0, 1), (2, 2)}


def test_weights_are_strict_at_the_edge_of_what_the_solver_counts(monkeypatch):
    """Coarser units are taken exactly when finer ones would pass the limit."""
    found, _ = columns(made_up(3, needs=80, teams=20))
    fine = weights.weights(found, 4)
    assert (fine.unit, fine.steps) == (1, None)
    nodes = len(found.parts) + len(found.places) + len(found.held) + 2
    monkeypatch.setattr(weights, "MOST_COST_TIMES_NODES", fine.part * 4 * nodes)
    coarse = weights.weights(found, 4)
    assert coarse.unit == 10 and coarse.steps is None
    assert coarse.part > coarse.step * len(np.unique(coarse.shares))
    assert coarse.step > min(len(found.parts), len(found.places)) * coarse.costs.max()


def test_many_needs_are_counted_in_steps_and_say_so(monkeypatch, province):
    monkeypatch.setattr(weights, "EXACT_UP_TO", len(province.needs) - 1)
    assert min_cost_flow(province).precision == Precision(10, 4096)


def test_coarse_numbers_lower_no_class(monkeypatch, province):
    monkeypatch.setattr(weights, "PRECISIONS", ((1000, 16),))
    solution = min_cost_flow(province)
    assert (solution.precision.metres, solution.precision.steps) == (1000, 16)
    assert served_at_least(province, solution.chosen) == bounds.most_served(province)


@pytest.mark.parametrize("km", [float("nan"), float("inf"), -1.0, FARTHEST_METRES / 1000 + 1])
def test_a_cost_that_is_no_length_falls_back_on_the_baseline(km):
    problem = Problem((OpenNeed("N", 4, 1),), (ReadyTeam("T", 1),), (pair(0, 0, km),))
    with pytest.raises(OutOfRange):
        columns(problem)
    assert min_cost_flow(problem).status is Status.GREEDY


def test_costs_beyond_every_precision_fall_back_on_the_baseline(monkeypatch, province):
    monkeypatch.setattr(weights, "MOST_COST_TIMES_NODES", 1000)
    assert min_cost_flow(province).status is Status.GREEDY


def test_nothing_to_match_is_a_proven_plan_of_nothing():
    need, team = OpenNeed("N", 4, 2), ReadyTeam("T", 0)
    for problem in (
        Problem((), (), ()),
        Problem((need,), (), ()),
        Problem((), (team,), ()),
        Problem((need,), (team,), (pair(0, 0, 1),)),
    ):
        solution = min_cost_flow(problem)
        assert (solution.status, solution.chosen) == (Status.OPTIMAL, ())
        assert set(bounds.most_served(problem).values()) == {0}


def test_a_solver_that_does_not_vouch_is_not_believed(monkeypatch, province):
    class Doubtful(flow.min_cost_flow.SimpleMinCostFlow):
        def solve(self):
            return self.BAD_RESULT

    monkeypatch.setattr(flow.min_cost_flow, "SimpleMinCostFlow", Doubtful)
    solution = min_cost_flow(province)
    assert solution == greedy_urgent_first(province)
    assert solution.status is Status.GREEDY and served_by_class(province, solution.chosen)[4] > 0
