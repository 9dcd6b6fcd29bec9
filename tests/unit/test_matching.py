"""The baseline matcher's promises and the exact bound, on random small problems."""

import itertools
import random
from dataclasses import fields, replace
from datetime import date

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from mapservice.matching import facts
from mapservice.matching.bounds import most_served
from mapservice.matching.matcher import Status, greedy_urgent_first
from mapservice.matching.pairs import Pair
from mapservice.matching.problem import (
    URGENCIES,
    Joint,
    OpenNeed,
    Problem,
    ReadyTeam,
    served_at_least,
)
from mapservice.matching.travel import StraightLine, Travel, TravelStatus


def pair(need: int, team: int, km: float) -> Pair:
    return Pair(need, team, km * 1000, Travel(km, km * 2, TravelStatus.ESTIMATED))


@st.composite
def problems(draw, needs=5, teams=4):
    """Needs with 1-3 parts, teams with 0-3 places, any set of pairs, few distinct distances."""
    asked = [
        OpenNeed(f"N{i}", urgency=draw(st.integers(1, 4)), parts=draw(st.integers(1, 3)))
        for i in range(draw(st.integers(0, needs)))
    ]
    ready = [ReadyTeam(f"T{i}", places=draw(st.integers(0, 3))) for i in range(teams)]
    possible = list(itertools.product(range(len(asked)), range(len(ready))))
    kept = draw(st.lists(st.sampled_from(possible), unique=True)) if possible else []
    pairs = tuple(pair(i, j, draw(st.integers(0, 4))) for i, j in kept)
    return Problem(tuple(asked), tuple(ready), pairs)


def uses(problem, chosen):
    """(parts used of each need, places used of each team)."""
    needs, teams = [0] * len(problem.needs), [0] * len(problem.teams)
    for found in chosen:
        needs[found.need] += 1
        teams[found.team] += 1
    return needs, teams


@given(problems())
def test_greedy_never_breaks_a_rule(problem):
    chosen = greedy_urgent_first(problem).chosen
    parts, places = uses(problem, chosen)
    assert set(chosen) <= set(problem.pairs)
    assert len({(found.need, found.team) for found in chosen}) == len(chosen)
    assert all(used <= need.parts for used, need in zip(parts, problem.needs, strict=True))
    assert all(used <= team.places for used, team in zip(places, problem.teams, strict=True))


@given(problems())
def test_greedy_leaves_no_admissible_pair_unused(problem):
    chosen = greedy_urgent_first(problem).chosen
    parts, places = uses(problem, chosen)
    taken = {(found.need, found.team) for found in chosen}
    for unused in problem.pairs:
        if (unused.need, unused.team) not in taken:
            need_full = parts[unused.need] == problem.needs[unused.need].parts
            team_full = places[unused.team] == problem.teams[unused.team].places
            assert need_full or team_full


@given(problems())
def test_greedy_never_gives_a_place_to_less_urgent_need_than_one_it_leaves(problem):
    chosen = greedy_urgent_first(problem).chosen
    parts, _ = uses(problem, chosen)
    taken = {(found.need, found.team) for found in chosen}
    for unused in problem.pairs:
        need = problem.needs[unused.need]
        if (unused.need, unused.team) in taken or parts[unused.need] == need.parts:
            continue
        holders = [problem.needs[f.need].urgency for f in chosen if f.team == unused.team]
        assert all(urgency >= need.urgency for urgency in holders)


@given(problems(), st.randoms(use_true_random=False))
def test_greedy_answers_equal_problems_alike(problem, shuffler: random.Random):
    """Needs, teams and pairs listed in another order: the same codes are matched."""
    needs, teams = list(range(len(problem.needs))), list(range(len(problem.teams)))
    pairs = list(problem.pairs)
    for order in (needs, teams, pairs):
        shuffler.shuffle(order)
    other = Problem(
        tuple(problem.needs[i] for i in needs),
        tuple(problem.teams[i] for i in teams),
        tuple(p._replace(need=needs.index(p.need), team=teams.index(p.team)) for p in pairs),
    )
    assert _codes(problem) == _codes(other)


def _codes(problem):
    return sorted(
        (problem.needs[found.need].code, problem.teams[found.team].code)
        for found in greedy_urgent_first(problem).chosen
    )


@given(problems(needs=4, teams=3))
def test_bound_is_the_most_any_plan_serves(problem):
    """Against every subset of pairs, for each urgency and above."""
    bounds = most_served(problem)
    for urgency in URGENCIES:
        eligible = [p for p in problem.pairs if problem.needs[p.need].urgency >= urgency]
        assert bounds[urgency] == _most_by_trying(problem, eligible)


def _most_by_trying(problem, pairs):
    def best(position, parts, places):
        if position == len(pairs):
            return 0
        most = best(position + 1, parts, places)
        need, team = pairs[position].need, pairs[position].team
        if parts[need] and places[team]:
            fewer = [*parts[:need], parts[need] - 1, *parts[need + 1 :]]
            rest = [*places[:team], places[team] - 1, *places[team + 1 :]]
            most = max(most, 1 + best(position + 1, fewer, rest))
        return most

    return best(0, [n.parts for n in problem.needs], [t.places for t in problem.teams])


@given(problems())
def test_greedy_serves_at_least_half_of_the_bound_at_every_urgency(problem):
    served = served_at_least(problem, greedy_urgent_first(problem).chosen)
    bounds = most_served(problem)
    for urgency in URGENCIES:
        assert served[urgency] <= bounds[urgency] <= 2 * served[urgency]


def test_bound_undoes_early_choices_where_greedy_cannot():
    """A takes S though it has T; B then takes U, the last hope of C. The most is 3."""
    needs = tuple(OpenNeed(code, 4, 1) for code in "ABC")
    teams = tuple(ReadyTeam(code, 1) for code in "STU")
    pairs = (
        pair(0, 0, 1),
        pair(0, 1, 2),
        pair(1, 0, 1),
        pair(1, 2, 2),
        pair(2, 2, 1),
        pair(2, 0, 2),
    )
    problem = Problem(needs, teams, pairs)
    solution = greedy_urgent_first(problem)
    assert solution.status is Status.GREEDY
    assert (len(solution.chosen), most_served(problem)[4]) == (2, 3)


def test_first_visits_come_before_second_ones():
    """Of two equally urgent needs, the one that asks for many teams does not take them all."""
    needs = (OpenNeed("A", 3, 2), OpenNeed("B", 3, 1))
    teams = (ReadyTeam("S", 1), ReadyTeam("T", 1))
    pairs = tuple(pair(i, j, 1) for i in range(2) for j in range(2))
    chosen = greedy_urgent_first(Problem(needs, teams, pairs)).chosen
    assert sorted(found.need for found in chosen) == [0, 1]


def test_straight_line_is_an_estimate_longer_than_the_line():
    [cost] = StraightLine(detour=1.5, km_per_hour=30).pairs(
        [(106, 21)], [(106, 21)], np.array([(0, 0)]), np.array([2000.0])
    )
    assert (cost.km, cost.minutes, cost.status) == (3.0, 6.0, "estimated")


CHANGED = {
    "code": "X", "urgency": 1, "parts": 3, "group": "H", "skills": ("x",), "people": 9,
    "wanted_from": date(2026, 1, 1), "wanted_until": date(2026, 1, 2), "spot": (1.0, 2.0),
    "protected": True, "together": True, "joint": Joint(("x",), 5),
    "places": 7, "name": "Y", "base": (3.0, 4.0), "radius_metres": 5.0,
}  # fmt: skip
TRAVELS = [
    Travel(7.0, 2.0, TravelStatus.ESTIMATED),
    Travel(1.0, 7.0, TravelStatus.ESTIMATED),
    Travel(1.0, 2.0, TravelStatus.OK),
]


def test_a_change_of_anything_a_plan_follows_from_changes_its_name():
    """Every field of every part of a problem, found by itself: a new one must be named here."""
    need, team = OpenNeed("N", 4, 1, "G"), ReadyTeam("T", 1)
    problem = Problem((need,), (team,), (pair(0, 0, 1.0),), {"G": 0}, {})
    only = problem.pairs[0]
    others = [
        replace(problem, needs=(replace(need, **{f.name: CHANGED[f.name]}),)) for f in fields(need)
    ]
    others += (
        replace(problem, teams=(replace(team, **{f.name: CHANGED[f.name]}),)) for f in fields(team)
    )
    ways = [{"travel": travel} for travel in TRAVELS]
    for change in (*ways, {"metres": 5.0}, {"kept": True}):
        others.append(replace(problem, pairs=(only._replace(**change),)))
    others += [replace(problem, pairs=()), replace(problem, held={"G": 2})]
    others += [
        replace(problem, cut={0: 5.0}),
        replace(problem, needs=(need, replace(need, code="M"))),
    ]
    names = [facts.input_hash(other, "straight-line 1") for other in (problem, *others)]
    names.append(facts.input_hash(problem, "straight-line 2"))
    assert len(set(names)) == len(names)
    assert facts.input_hash(replace(problem), "straight-line 1") == names[0]
