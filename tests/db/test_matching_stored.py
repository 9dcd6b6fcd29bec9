"""Stored plans: made, changed by hand, sent whole and in part, cancelled; who sees them."""

import json
import re
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from mapservice.accounts import rights
from mapservice.accounts.models import Role
from mapservice.errors import Conflict, Invalid, NotFound
from mapservice.matching import (
    candidates,
    changes,
    dispatching,
    facts,
    loading,
    making,
    plan_documents,
    plan_pages,
    planning,
    plans,
    sending,
)
from mapservice.matching.models import PlanStatus
from mapservice.matching.progress import Step, silent
from mapservice.matching.scope import Grouping, Scope
from mapservice.worker import jobs
from tests import matching_world as world
from tests import office
from tests.factories import (
    SPOT,
    make_account,
    make_assignment,
    make_need,
    make_person,
    make_place,
    make_team,
    officer_of,
)
from tests.races import at_once

SON_DONG, YEN_THE = "220", "215"


@pytest.fixture
def admin(session):
    return rights.actor(session, make_account(session, role=Role.ADMIN))


def held(session, plan, state="proposed"):
    return {
        (row["need"], row["team"]) for row in plans.pairs(session, plan) if row["state"] == state
    }


def test_a_small_plan_is_made_at_once_and_kept_as_it_was_proven(session, admin):
    world.fill(session, 5)
    plan = plans.ask(session, admin, [])
    made = planning.plan(session, Scope())
    assert plan.status is PlanStatus.DRAFT
    assert held(session, plan) == {(f.need.code, f.team.code) for f in made.proposals}
    assert plan.facts["status"] == "optimal" and plan.travel_cost == "straight-line 1"
    assert plan.input_hash == facts.input_hash(made.instance.problem, "straight-line 1")
    said = {(r["need"], r["team"]): r["explanation"]["reasons"] for r in plans.pairs(session, plan)}
    for found in made.proposals:
        expected = planning.explain.sentences(found, made.instance.skill_names)
        assert said[found.need.code, found.team.code] == expected


def test_made_again_nothing_changes_and_the_hash_names_the_data(session, admin):
    """What the last draft proposed is among the data: from the second plan on it is the same."""
    world.fill(session, 2)
    first, second, third = (plans.ask(session, admin, []) for _ in range(3))
    assert held(session, first) == held(session, second) == held(session, third) != set()
    assert first.input_hash != second.input_hash == third.input_hash
    session.execute(text("UPDATE core.team SET max_concurrent = max_concurrent + 1"))
    assert plans.ask(session, admin, []).input_hash != third.input_hash


def test_what_the_last_draft_proposed_is_kept_for_a_small_gain(session, admin):
    """A team that opens 1 km nearer does not take the need; one 3 km nearer does."""
    make_need(session)
    there = make_team(session, lat=SPOT[1] + 0.05, radius_km=20)
    plans.ask(session, admin, [])
    near = make_team(session, lat=SPOT[1] + 0.041, radius_km=20)
    plan = plans.ask(session, admin, [])
    [(_, team)] = held(session, plan)
    assert team == there.public_code
    [row] = plans.pairs(session, plan)
    reasons = row["explanation"]["reasons"]
    assert f"{near.name} gần hơn (4,5 km) nhưng không được chọn, dù còn chỗ." in reasons
    assert "Phương án trước cũng đề nghị đội này; chỉ đổi khi bớt được hơn 2,0 km." in reasons
    nearer = make_team(session, lat=SPOT[1] + 0.02, radius_km=20)
    [(_, team)] = held(session, plans.ask(session, admin, []))
    assert team == nearer.public_code != near.public_code


def test_several_units_make_one_plan(session, admin):
    make_need(session)
    make_need(session, address=make_place(session, commune="07282"))
    make_team(session)
    one, both = (
        plans.ask(session, admin, ["220@2022"]),
        plans.ask(session, admin, ["220@2022", "215@2022"]),
    )
    assert (one.needs, both.needs) == (1, 2)
    with pytest.raises(Invalid):
        plans.ask(session, admin, ["99999"])


def test_districts_are_chosen_from_by_name_whenever_they_ended(session):
    communes = """SELECT DISTINCT ON (d.code) u.code FROM core.admin_unit AS u
        JOIN core.admin_unit AS d ON d.id = u.parent_id AND d.level = 'district'
        WHERE u.level = 'commune' AND u.valid_from <= '2022-12-31' AND u.valid_to > '2022-12-31'"""
    for commune in session.scalars(text(communes)).all():
        make_need(session, address=make_place(session, commune=commune))
    [names] = [
        [row["name"].split(" ", 1)[1] for row in rows]
        for group, rows in plan_pages.units(session, None).items()
        if group.startswith("Huyện")
    ]
    assert names.index("Hiệp Hòa") < names.index("Sơn Động") < names.index("Việt Yên")
    assert len(names) == 10


@pytest.mark.parametrize("seed", range(3))
def test_an_offer_costs_what_it_says(session, admin, seed):
    """Every admissible team of some needs: the plan after it differs by just what was told."""
    world.fill(session, seed)
    plan = plans.ask(session, admin, [])
    tried = 0
    for need in sorted({need for need, _ in held(session, plan)})[:4]:
        _, _, found = changes.offers(session, admin, plan.id, need)
        for offer in found[:3]:
            before = facts.standing(_live(session, plan))
            with session.begin_nested() as attempt:
                changes.choose(session, admin, plan.id, plan.version, need, offer.team)
                rows = _live(session, plan)
                after = facts.standing(rows)
                assert _fits(session, rows)
                attempt.rollback()
            session.expire_all()
            told = {u: after["served"][u] - before["served"][u] for u in after["served"]}
            assert told == dict(offer.served)
            assert after["km"] - before["km"] == pytest.approx(offer.km, abs=0.25)
            tried += 1
    assert tried


def _live(session, plan):
    return [row for row in plans.pairs(session, plan) if row["state"] == "proposed"]


def _fits(session, rows) -> bool:
    admissible, (parts, places) = world.admissible(session), world.capacities(session)
    for row in rows:
        parts[row["need"]] -= 1
        places[row["team"]] -= 1
    return (
        {(row["need"], row["team"]) for row in rows} <= admissible
        and min(parts.values()) >= 0
        and min(places.values()) >= 0
    )


def test_a_change_by_hand_shows_its_cost_and_goes_out_as_the_officers(session, admin):
    urgent, calm = make_need(session, urgency=4), make_need(session, urgency=1)
    team = make_team(session)
    plan = plans.ask(session, admin, [])
    assert held(session, plan) == {(urgent.public_code, team.public_code)}
    codes = (calm.public_code, team.public_code)
    _, _, [offer] = changes.offers(session, admin, plan.id, calm.public_code)
    assert plan_pages.cost_words(offer.served, offer.km) == "bớt 1 lượt khẩn cấp, thêm 1 lượt mức 1"
    changes.choose(session, admin, plan.id, plan.version, *codes)
    assert held(session, plan) == {codes}
    page = plan_pages.view(session, plan)
    assert page.cost == "bớt 1 lượt khẩn cấp, thêm 1 lượt mức 1"
    assert dispatching.send(session, admin, plan.id, plan.version).sent == [codes]
    assert session.scalar(text("SELECT origin FROM core.assignment")) == "officer"
    assert (plan.status, held(session, plan, "sent")) == (PlanStatus.SENT, {codes})


def test_only_admissible_pairs_can_be_chosen_and_only_as_they_were_seen(session, admin):
    need = make_need(session, skills=["medical"])
    unable = make_team(session, skills=["teaching"])
    plan = plans.ask(session, admin, [])
    for team in (unable.public_code, "ZZZZZZZZ"):
        with pytest.raises(Conflict) as refused:
            changes.choose(session, admin, plan.id, plan.version, need.public_code, team)
        assert refused.value.code == "not-admissible"
    with pytest.raises(Conflict) as refused:
        changes.remove(session, admin, plan.id, plan.version + 1, need.public_code, "ZZZZZZZZ")
    assert refused.value.code == "stale"


def test_a_plan_is_sent_in_parts_and_is_over_when_nothing_is_left(session, admin):
    for _ in range(3):
        make_need(session)
    make_team(session, max_concurrent=3)
    plan = plans.ask(session, admin, [])
    one, two, three = sorted(held(session, plan))
    assert dispatching.send(session, admin, plan.id, plan.version, {one}).sent == [one]
    assert plan.status is PlanStatus.DRAFT
    changes.remove(session, admin, plan.id, plan.version, *two)
    assert dispatching.send(session, admin, plan.id, plan.version).sent == [three]
    assert plan.status is PlanStatus.SENT
    with pytest.raises(Conflict) as refused:
        dispatching.send(session, admin, plan.id, plan.version)
    assert refused.value.code == "plan-over"


def test_what_changed_since_is_refused_with_its_reason_and_the_rest_goes(session, admin):
    """A team is gone, a need is withdrawn; the third pair goes through."""
    needs = [make_need(session, skills=[s]) for s in ("medical", "teaching", "construction")]
    teams = [make_team(session, skills=[s]) for s in ("medical", "teaching", "construction")]
    plan = plans.ask(session, admin, [])
    assert len(held(session, plan)) == 3
    session.execute(text("UPDATE core.team SET state='resting' WHERE id=:id"), {"id": teams[0].id})
    withdraw = text("UPDATE core.need SET status='withdrawn', status_reason='x' WHERE id=:id")
    session.execute(withdraw, {"id": needs[1].id})
    committed = dispatching.send(session, admin, plan.id, plan.version)
    assert committed.sent == [(needs[2].public_code, teams[2].public_code)]
    page = plan_pages.view(session, plan)
    reasons = {line["need"]: line["refusal"] for line in page.refused}
    assert "đang tạm nghỉ" in reasons[needs[0].public_code]
    assert "không còn mở" in reasons[needs[1].public_code]


def test_a_choice_by_hand_is_explained_beside_the_whole_plan(session, admin):
    """The nearest team is full in the plan; its own words say so, not that it has a place."""
    urgent = make_need(session, urgency=4, skills=["medical"])
    calm = make_need(session, urgency=1)
    near = make_team(session, name="Đội gần", skills=["medical"])
    second = make_team(session, name="Đội hai", lat=SPOT[1] + 0.05, radius_km=30)
    third = make_team(session, lat=SPOT[1] + 0.08, radius_km=30)
    plan = plans.ask(session, admin, [])
    assert held(session, plan) == {
        (urgent.public_code, near.public_code),
        (calm.public_code, second.public_code),
    }
    pair = (calm.public_code, third.public_code)
    changes.choose(session, admin, plan.id, plan.version, *pair)
    [row] = [r for r in plans.pairs(session, plan, ["proposed"]) if r["origin"] == "officer"]
    reasons = " ".join(row["explanation"]["reasons"])
    assert "Đội gần gần hơn (0 m) nhưng chỗ trống dành cho nhu cầu khẩn hơn." in reasons
    assert "Đội hai gần hơn (5,5 km) nhưng không được chọn, dù còn chỗ." in reasons


def test_all_or_none_when_planned_and_when_sent(session, admin):
    """Two teams at once; when one drops out before sending neither is asked."""
    need = make_need(session, parts=2, together=True)
    make_team(session)
    alone = plans.ask(session, admin, [])
    assert held(session, alone) == set()
    assert alone.facts["combined"] == {"needs": 1, "served": 0, "bound": 0, "gap": 0}
    [line] = plan_pages.view(session, alone).unmet
    assert line["reason"] == "Cần đủ 2 đội cùng lúc, chỉ có 1 đội phù hợp."
    other = make_team(session)
    both = plans.ask(session, admin, [])
    assert len(held(session, both)) == 2 and both.facts["combined"]["served"] == 1
    for shown in plan_pages.view(session, both).pairs:
        assert "Nhu cầu cần đủ 2 đội cùng lúc; phương án có đủ." in shown["reasons"]
        assert (shown["together"], shown["short"]) == (True, 0)
    session.execute(text("UPDATE core.team SET state='resting' WHERE id=:id"), {"id": other.id})
    committed = dispatching.send(session, admin, both.id, both.version)
    assert committed.sent == []
    assert "Nhu cầu cần đủ các đội cùng lúc." in {r.reason for r in committed.refused}
    assert session.scalar(text("SELECT count(*) FROM core.assignment")) == 0
    assert need.together


def test_what_a_need_of_two_teams_gives_up_when_sent_goes_to_the_next(session, admin):
    """One of its teams rests; the place it held of the other is another need's, in the same act."""
    both = make_need(session, parts=2, together=True, urgency=4)
    teams = [make_team(session), make_team(session)]
    plan = plans.ask(session, admin, [])
    calm = make_need(session, urgency=1, skills=["teaching"])
    pairs = [(need.public_code, team.public_code) for need in (both, calm) for team in teams]
    rest = text("UPDATE core.team SET state = 'resting' WHERE id = :id")
    session.execute(rest, {"id": teams[0].id})
    session.execute(text("UPDATE core.team SET skills = '{teaching}'"))
    assert len(held(session, plan)) == 2
    committed = sending.commit(session, pairs)
    assert committed.sent == [(calm.public_code, teams[1].public_code)]
    reasons = {(r.need, r.team): r.reason for r in committed.refused}
    assert len(reasons) == 3
    assert reasons[pairs[1]] == "Nhu cầu cần đủ các đội cùng lúc."


def test_a_need_that_wants_two_teams_is_not_served_at_anothers_cost_and_says_so(session, admin):
    """One of its two teams is the only one of another need, and goes there."""
    both = make_need(session, parts=2, together=True, urgency=4)
    make_need(session, urgency=1, skills=["medical"])
    make_team(session, skills=["medical"])
    make_team(session)
    plan = plans.ask(session, admin, [])
    [line] = plan_pages.view(session, plan).unmet
    simple = plan.facts["greedy"]
    assert (simple["combined"], sum(simple["served_by_urgency"].values())) == (1, 0)
    assert (line["need"], line["why"]) == (both.public_code, "together")
    assert line["reason"] == (
        "Cần đủ 2 đội cùng lúc mà không lấy đội của nhu cầu khác: "
        "trong 2 đội phù hợp, chỉ 1 đội còn chỗ trong phương án."
    )


def test_of_two_teams_at_once_one_chosen_by_hand_cannot_be_sent_yet(session, admin):
    need = make_need(session, parts=2, together=True)
    make_team(session)
    plan = plans.ask(session, admin, [])
    make_team(session)
    for short in (1, 0):
        _, _, found = changes.offers(session, admin, plan.id, need.public_code)
        changes.choose(session, admin, plan.id, plan.version, need.public_code, found[0].team)
        assert {line["short"] for line in plan_pages.view(session, plan).pairs} == {short}
    assert len(dispatching.send(session, admin, plan.id, plan.version).sent) == 2


def test_a_team_is_not_asked_more_often_than_the_days_share(session, admin, monkeypatch):
    needs = [make_need(session) for _ in range(12)]
    make_team(session, max_concurrent=20)
    plan = plans.ask(session, admin, [])
    assert len(held(session, plan)) == loading.queries.ASKED_A_DAY
    dispatching.send(session, admin, plan.id, plan.version)
    [why] = {unmet.why for unmet in planning.plan(session, Scope()).unmet}
    assert why == "asked" and len(needs) == 12
    session.execute(text("UPDATE core.assignment SET created_at = now() - interval '1 day'"))
    assert len(planning.plan(session, Scope()).proposals) == 2


def test_a_large_plan_waits_for_the_worker_and_shows_that_it_runs(session, admin, monkeypatch):
    monkeypatch.setattr(plans, "AT_ONCE", 0)
    make_need(session)
    make_team(session)
    plan = plans.ask(session, admin, [])
    assert plan.status is PlanStatus.QUEUED
    seen = []
    while making.make_next(session, Grouping.DISTRICT):
        session.refresh(plan)
        seen.append(plan.status)
    assert seen == [PlanStatus.RUNNING, PlanStatus.DRAFT] and len(held(session, plan)) == 1
    assert "make-plans" in {job.name for job in jobs.JOBS}


def test_a_plan_in_the_making_tells_how_far_it_is(session, admin, monkeypatch):
    """Every step in its order, none going back; cancelled meanwhile, nobody goes on with it."""
    monkeypatch.setattr(plans, "AT_ONCE", 0)
    monkeypatch.setattr(candidates, "AT_ONCE", 2)
    for _ in range(5):
        make_need(session)
    make_team(session, max_concurrent=5)
    plan = plans.ask(session, admin, [])
    assert plan_pages.progress(plan) is None
    making.make_next(session, Grouping.DISTRICT)
    tell, seen = making._teller(session, plan.id), []

    def told(*step):
        tell(*step)
        session.refresh(plan)
        seen.append(plan_pages.progress(plan))

    monkeypatch.setattr(making, "_teller", lambda *_: told)
    making.make_next(session, Grouping.DISTRICT)
    assert list(dict.fromkeys(row["step"] for row in seen)) == list(Step)
    searched = [row["done"] for row in seen if row["step"] == Step.CANDIDATES]
    assert searched == [2, 4, 5]
    shares = [row["percent"] for row in seen]
    assert shares == sorted(shares) and shares[0] > 0 and shares[-1] < 100
    session.refresh(plan)
    assert plan.status is PlanStatus.DRAFT and plan_pages.progress(plan) is None
    with pytest.raises(Conflict):
        tell(Step.SOLVING, 0, 1)


def test_cancelled_while_it_runs_nothing_of_it_stays(session, admin, monkeypatch):
    monkeypatch.setattr(plans, "AT_ONCE", 0)
    make_need(session)
    make_team(session)
    plan = plans.ask(session, admin, [])
    making.make_next(session, Grouping.DISTRICT)
    solve = planning.plan

    def cancelled_meanwhile(*given, **named):
        made = solve(*given, **named)
        session.execute(text("UPDATE core.plan SET status = 'cancelled'"))
        return made

    monkeypatch.setattr(planning, "plan", cancelled_meanwhile)
    monkeypatch.setattr(making, "_teller", lambda *_: silent)  # would notice it before
    making.make_next(session, Grouping.DISTRICT)
    session.refresh(plan)
    assert (plan.status, held(session, plan)) == (PlanStatus.CANCELLED, set())
    assert making.make_next(session, Grouping.DISTRICT) == 0


def test_a_run_that_breaks_is_tried_again_behind_the_others_and_then_told(
    session, admin, monkeypatch
):
    """Whatever breaks: the next plan is made first, and the page says in the end that it failed."""
    monkeypatch.setattr(plans, "AT_ONCE", 0)
    make_need(session)
    make_team(session)
    bad, good = plans.ask(session, admin, []), plans.ask(session, admin, ["220@2022"])
    bad.created_at -= timedelta(minutes=1)
    session.flush()
    solve, tried = planning.plan, []

    def broken(work, scope, **named):
        tried.append(scope.units)
        if scope.units is None:
            raise KeyError("x")
        return solve(work, scope, **named)

    monkeypatch.setattr(planning, "plan", broken)
    while making.make_next(session, Grouping.DISTRICT):
        pass
    assert tried == [None, good.units, None, None]
    for plan, status in ((bad, PlanStatus.FAILED), (good, PlanStatus.DRAFT)):
        session.refresh(plan)
        assert plan.status is status
    assert (bad.tries, bad.facts) == (making.MOST_TRIES, {"failure": "error"})


def test_a_run_that_never_comes_back_is_given_up(session, admin, monkeypatch):
    """The process ended in it each time, of memory say: the count stays, what it did does not."""
    monkeypatch.setattr(plans, "AT_ONCE", 0)
    make_need(session)
    plan = plans.ask(session, admin, [])
    making.make_next(session, Grouping.DISTRICT)

    class Ended(BaseException):
        pass

    def ended(*_, **__):
        raise Ended

    monkeypatch.setattr(planning, "plan", ended)
    for _ in range(making.MOST_TRIES):
        with pytest.raises(Ended):
            making.make_next(session, Grouping.DISTRICT)
    assert making.make_next(session, Grouping.DISTRICT) == 1
    session.refresh(plan)
    assert (plan.status, plan.facts) == (PlanStatus.FAILED, {"failure": "stopped"})


def test_while_a_plan_is_solved_nobody_waits_for_it(committed, office_connections, monkeypatch):
    """An overdue proposal is freed before, in a transaction of its own: need, team and assignment
    can be written while the solver works."""
    account = make_account(committed, role=Role.ADMIN)
    late = datetime.now(UTC) - timedelta(minutes=1)
    make_assignment(committed, team=make_team(committed), lease_until=late)
    committed.commit()
    solve, written = planning.plan, []

    def interrupted(*given, **named):
        made = solve(*given, **named)
        with Session(office_connections) as other:
            other.execute(text("SET LOCAL lock_timeout = '1s'"))
            for table in ("need", "team", "assignment"):
                change = text(f"UPDATE core.{table} SET version = version + 1")
                written.append(other.execute(change).rowcount)
            other.rollback()
        return made

    monkeypatch.setattr(planning, "plan", interrupted)
    actor = rights.actor(committed, account)
    for most in (plans.AT_ONCE, 0):
        monkeypatch.setattr(plans, "AT_ONCE", most)
        with Session(office_connections) as session, session.begin():
            plans.ask(session, actor, [])
    for _ in range(2):
        with Session(office_connections) as session, session.begin():
            assert making.make_next(session, Grouping.DISTRICT) == 1
    assert written == [1, 1, 1] * 2
    assert committed.scalar(text("SELECT status FROM core.assignment")) == "expired"


def test_of_a_person_the_plan_keeps_and_shows_group_and_commune(session, admin):
    person = make_person(session, person_kind="child")
    make_need(session, address=person, category="health", skills=["medical"], urgency=4)
    make_team(session, skills=["medical"])
    plan = plans.ask(session, admin, [])
    page = plan_pages.view(session, plan)
    assert [(line["title"], line["where"]) for line in page.pairs] == [("Trẻ em", "Xã An Lạc")]
    told = json.dumps([plan.facts, page.pairs, plan_documents.points(session, plan)], default=str)
    for word in ("Y tế", "medical", str(person.public_code)):
        assert word not in told


def test_plans_belong_to_their_office(session):
    here, there = (rights.actor(session, officer_of(session, code)) for code in (SON_DONG, YEN_THE))
    mine = plans.ask(session, here, [])
    for asked in (mine.id, uuid4()):
        with pytest.raises(NotFound) as refused:
            plans.find(session, there, asked)
        assert refused.value.detail == plans.NO_PLAN
    assert plan_pages.listed(session, there) == []
    assert [plan.id for plan, _ in plan_pages.listed(session, here)] == [mine.id]


def test_a_plan_of_the_province_is_not_for_a_district(session):
    """Not even when the admin who made it sits in the district's own office."""
    officer = officer_of(session, SON_DONG)
    admin = make_account(session, role=Role.ADMIN, organisation_id=officer.organisation_id)
    plan = plans.ask(session, rights.actor(session, admin), [])
    district = rights.actor(session, officer)
    with pytest.raises(NotFound):
        plans.find(session, district, plan.id)
    assert plan_pages.listed(session, district) == []


def test_districts_before_and_after(session, admin):
    make_need(session, urgency=4)
    make_need(session, urgency=2)
    make_need(session, urgency=4, address=make_place(session, commune="07282", lng=106.1))
    make_team(session, max_concurrent=2, radius_km=3)
    plan = plans.ask(session, admin, [])
    rows = {row["code"]: row for row in facts.districts(plan.facts, plans.pairs(session, plan))}
    assert (rows["220@2022"]["before"], rows["220@2022"]["after"]) == (0, 2)
    assert (rows["220@2022"]["urgent_before"], rows["220@2022"]["urgent_after"]) == (1, 0)
    assert rows["215@2022"]["reachable"] is False and rows["215@2022"]["urgent_after"] == 1


def test_shares_can_be_even_between_unions(session):
    """The group is then the district union whose territory holds the address."""
    officer = officer_of(session, SON_DONG)
    make_need(session)
    problem = loading.load(session, Scope(grouping=Grouping.ORGANISATION)).problem
    code = session.scalar(
        text("SELECT code FROM core.organisation WHERE id = :id"), {"id": officer.organisation_id}
    )
    assert [need.group for need in problem.needs] == [code]


def test_a_choice_by_hand_counts_in_the_group_that_the_plan_was_even_between(session, admin):
    officer_of(session, SON_DONG)
    make_need(session)
    team = make_team(session)
    plan = plans.ask(session, admin, [], Grouping.ORGANISATION)
    [(need, first)] = held(session, plan)
    other = make_team(session, lat=SPOT[1] + 0.05, radius_km=30)
    assert first == team.public_code
    changes.choose(session, admin, plan.id, plan.version, need, other.public_code)
    [row] = plan_pages.view(session, plan).districts
    assert (row["before"], row["after"]) == (0, 1)


def ticked(page) -> list[str]:
    return re.findall(r'name="pair" value="([^"]+)"', page.text)


def test_the_pages_from_question_to_answer(client, session, monkeypatch):
    people = office.build(session)
    make_need(session, title="Dạy bơi hè")
    make_team(session, name="Đội áo xanh")
    office.enter(client, people.admin)
    page = client.get("/manage/matching?unit=220@2022")
    assert "Huyện Sơn Động" in page.text and "Đội áo xanh" not in page.text
    assert re.search(r'value="220@2022"\s+checked', page.text)
    with monkeypatch.context() as large:
        large.setattr(plans, "AT_ONCE", 0)
        waiting = client.post("/manage/matching", data={"unit": ["220@2022"]}).location
        assert client.get(waiting).headers["Refresh"].endswith(waiting)
        cancelled = client.post(f"{waiting}/cancel", data={"version": 1})
        assert cancelled.status_code == 303 and "Refresh" not in client.get(waiting).headers
    made = client.post("/manage/matching", data={"unit": ["220@2022"]})
    assert made.status_code == 303
    page = client.get(made.location)
    assert "Đã chứng minh" in page.text and "Dạy bơi hè" in page.text
    assert client.get(f"{made.location}/map.json").json["features"]
    plan = plans.find(session, rights.actor(session, people.admin), made.location[-36:])
    need, team = sorted(held(session, plan))[0]
    assert client.get(f"{made.location}/needs/{need}").status_code == 200
    stale = {"version": plan.version + 1, "need": need, "team": team}
    assert client.post(f"{made.location}/remove", data=stale).status_code == 409
    for pair in ([], ["x"], ["AAAAAAAA-BBBBBBBB'"]):
        reply = client.post(f"{made.location}/send", data={"version": plan.version, "pair": pair})
        assert reply.status_code == 422 and ticked(reply)
    assert session.scalar(text("SELECT count(*) FROM core.plan_pair WHERE state = 'sent'")) == 0
    reply = client.post(
        f"{made.location}/send", data={"version": plan.version, "pair": ticked(page)}
    )
    assert reply.status_code == 303
    assert "Đã gửi" in client.get(made.location).text
    for unit in ("99999", "x y", "220@1", "%FF", "9" * 99):
        assert client.post("/manage/matching", data={"unit": [unit]}).status_code == 422


def test_a_registrar_reads_and_nobody_else_who_may_not_decide(client, sign_in, session):
    """A plan is made of persons' needs too: a viewer may not even count those."""
    make_need(session, title="Dạy bơi hè")
    make_team(session)
    officer = officer_of(session, SON_DONG)
    plan = plans.ask(session, rights.actor(session, officer), [])
    path, organisation = f"/manage/plans/{plan.id}", {"organisation_id": officer.organisation_id}
    sign_in(make_account(session, role=Role.REGISTRAR, **organisation))
    listed, page = client.get("/manage/matching"), client.get(path)
    assert path in listed.text and "Lập phương án mới" not in listed.text
    assert "Dạy bơi hè" in page.text and ticked(page) == [] and "Đổi đội" not in page.text
    sent = {"version": plan.version, "pair": ["AAAAAAAA-BBBBBBBB"]}
    assert client.post(f"{path}/send", data=sent).status_code == 403
    for role in (Role.VIEWER, Role.TEAM_LEADER):
        sign_in(make_account(session, role=role, **organisation))
        assert client.get("/manage/matching").status_code == 403
        assert client.get(path).status_code == 403


def test_what_is_left_follows_the_changes(session, admin):
    """A part served by one of two teams is still short; what is taken out is left, put in not."""
    need = make_need(session, parts=2)
    team = make_team(session)
    plan = plans.ask(session, admin, [])
    left = plan_pages.view(session, plan)
    assert [(line["need"], line["parts"]) for line in left.unmet] == [(need.public_code, 1)]
    pair = (need.public_code, team.public_code)
    changes.remove(session, admin, plan.id, plan.version, *pair)
    [line] = plan_pages.view(session, plan).unmet
    assert (line["parts"], left.unmet_count) == (2, 1)
    changes.choose(session, admin, plan.id, plan.version, *pair)
    [line] = plan_pages.view(session, plan).unmet
    assert line["parts"] == 1


def test_two_offices_send_overlapping_plans_and_each_part_is_given_once(
    committed, office_connections
):
    account = make_account(committed, role=Role.ADMIN)
    world.fill(committed, 4)
    actor = rights.actor(committed, account)
    made = [plans.ask(committed, actor, []) for _ in range(2)]
    wanted = held(committed, made[0])
    committed.commit()
    orders = [(plan.id, plan.version) for plan in made]
    sends = [lambda s, order=order: dispatching.send(s, actor, *order) for order in orders]
    results = at_once(office_connections, sends)
    assert [type(result) for result in results] == [sending.Committed] * 2
    assert sorted(pair for result in results for pair in result.sent) == sorted(wanted)
