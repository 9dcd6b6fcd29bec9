"""What a plan makes of data that leave nothing to plan, and of what changes under its hands."""

import math

import pytest
from sqlalchemy import text

from mapservice.accounts import rights
from mapservice.accounts.models import Role
from mapservice.matching import dispatching, making, plan_pages, planning, plans, weights
from mapservice.matching.models import PlanStatus
from mapservice.matching.scope import Grouping, Scope
from mapservice.matching.travel import StraightLine, Travel, TravelStatus, Ways
from tests import matching_world as world
from tests.factories import make_account, make_need, make_team

WITHDRAW = text("UPDATE core.need SET status = 'withdrawn', status_reason = 'x' WHERE id = :id")


@pytest.fixture
def admin(session):
    return rights.actor(session, make_account(session, role=Role.ADMIN))


def no_teams(session):
    make_need(session, parts=2)


def no_needs(session):
    make_team(session)


def all_full(session):
    make_need(session)
    make_team(session, max_concurrent=0)


def skills_apart(session):
    """Every team has what no need asks for."""
    for skill in ("medical", "construction"):
        make_need(session, skills=[skill])
    make_team(session, skills=["teaching"])


@pytest.mark.parametrize(
    ("fill", "whys"),
    [
        (no_teams, {"no_team"}),
        (no_needs, set()),
        (all_full, {"full"}),
        (skills_apart, {"skill"}),
    ],
)
def test_nothing_to_match_is_a_plan_that_says_why(session, admin, fill, whys):
    fill(session)
    plan = plans.ask(session, admin, [])
    page = plan_pages.view(session, plan)
    assert (plan.status, plan.facts["status"], page.pairs) == (PlanStatus.DRAFT, "optimal", [])
    assert {line["why"] for line in page.unmet} == whys
    assert page.unmet_count == plan.needs
    assert dispatching.send(session, admin, plan.id, plan.version).sent == []


@pytest.mark.parametrize("km", [math.nan, math.inf, -1.0, 1e9])
def test_a_way_that_is_none_is_estimated_for_that_pair_alone(session, km):
    """An engine's nonsense neither stops the plan nor reaches what is kept of it."""

    class Engine(StraightLine):
        def pairs(self, origins, destinations, index_pairs, metres):
            _, *rest = super().pairs(origins, destinations, index_pairs, metres)
            told = [Travel(km, km, TravelStatus.OK), *(t._replace(status="ok") for t in rest)]
            return Ways.of(told)

    make_need(session)
    make_team(session)
    make_team(session, lat=21.35)
    plan = planning.plan(session, Scope(), travel=Engine())
    ways = sorted(pair.travel.status for pair in plan.instance.problem.pairs)
    assert ways == ["estimated", "ok"] and plan.solution.status == "optimal"
    assert all(0 <= pair.travel.km < 100 for pair in plan.instance.problem.pairs)


def test_costs_beyond_the_solver_make_a_plan_that_claims_no_proof(session, admin, monkeypatch):
    world.fill(session, 1)
    monkeypatch.setattr(weights, "MOST_COST_TIMES_NODES", 1000)
    plan = plans.ask(session, admin, [])
    assert plan.facts["status"] == "greedy" and plan_pages.view(session, plan).pair_count > 0
    assert all(row["served"] <= row["bound"] for row in plan.facts["certificate"])
    committed = dispatching.send(session, admin, plan.id, plan.version)
    assert committed.sent and committed.refused == []


def meanwhile(monkeypatch, act):
    """Let `act` happen once, between solving a plan and keeping it."""
    solve, acts = planning.plan, [act]

    def interrupted(*given, **named):
        made = solve(*given, **named)
        if acts:
            acts.pop()()
        return made

    monkeypatch.setattr(planning, "plan", interrupted)


def test_a_need_withdrawn_during_the_run_is_shown_so_and_not_sent(session, admin, monkeypatch):
    need, other = make_need(session), make_need(session)
    make_team(session, max_concurrent=2)
    meanwhile(monkeypatch, lambda: session.execute(WITHDRAW, {"id": need.id}))
    plan = plans.ask(session, admin, [])
    lines = {line["need"]: line["open"] for line in plan_pages.view(session, plan).pairs}
    assert lines == {need.public_code: False, other.public_code: True}
    committed = dispatching.send(session, admin, plan.id, plan.version)
    assert [sent for sent, _ in committed.sent] == [other.public_code]
    assert [(r.need, r.reason) for r in committed.refused] == [
        (need.public_code, "Nhu cầu không còn mở.")
    ]


@pytest.mark.parametrize("gone", ["need", "team"])
def test_what_is_deleted_during_the_run_is_planned_without(session, admin, monkeypatch, gone):
    """The worker's run: it ends as a plan, not as a failure."""
    monkeypatch.setattr(plans, "AT_ONCE", 0)
    needs = [make_need(session, urgency=4), make_need(session)]
    teams = [make_team(session), make_team(session, lat=21.35)]
    first = {"need": needs[0], "team": teams[0]}[gone]
    delete = text(f"DELETE FROM core.{gone} WHERE id = :id")
    meanwhile(monkeypatch, lambda: session.execute(delete, {"id": first.id}))
    plan = plans.ask(session, admin, [])
    while making.make_next(session, Grouping.DISTRICT):
        pass
    session.refresh(plan)
    assert plan.status is PlanStatus.DRAFT
    [line] = plan_pages.view(session, plan).pairs
    expected = (needs[1] if gone == "need" else needs[0]).public_code
    assert line["need"] == expected and line[gone] != first.public_code
