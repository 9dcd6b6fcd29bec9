"""Sending proposals and answering them, alone and all at once."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import text

from mapservice.accounts.models import Role
from mapservice.errors import Conflict, Invalid, NotFound
from mapservice.matching import planning, sending, service
from mapservice.matching.loading import quantity_of_part
from mapservice.matching.models import Assignment
from mapservice.matching.scope import Scope
from tests import matching_world as world
from tests.factories import (
    make_account,
    make_assignment,
    make_need,
    make_organisation,
    make_place,
    make_team,
    unit_id,
)
from tests.races import at_once

WRITERS = 12


@pytest.fixture
def leader(session):
    return make_account(session, role=Role.TEAM_LEADER)


def planned(session) -> list[tuple[str, str]]:
    plan = planning.plan(session, Scope())
    return [(found.need.code, found.team.code) for found in plan.proposals]


def held(session) -> set[tuple[str, str]]:
    rows = session.execute(
        text("""SELECT n.public_code, t.public_code FROM core.assignment AS x
        JOIN core.need AS n ON n.id = x.need_id JOIN core.team AS t ON t.id = x.team_id
        WHERE x.status = 'proposed' AND x.origin = 'solver'""")
    )
    return {tuple(row) for row in rows}


def test_a_whole_plan_is_sent_as_it_was_shown(session, office):
    world.fill(session, 5)
    pairs = planned(session)
    committed = sending.commit(office, pairs)
    assert (set(committed.sent), committed.refused) == (set(pairs), [])
    assert held(session) == set(pairs)
    assert planned(session) == [], "a plan leaves nothing that a second one could add"


def test_each_proposal_keeps_its_reasons_its_lease_and_its_share(session, office):
    urgent, calm = make_need(session, urgency=4), make_need(session, parts=3, quantity=10)
    make_team(session, max_concurrent=2)
    pairs = planned(session)
    explained = {
        (found.need.code, found.team.code): planning.explain.kept(found, {}, "straight-line 1")
        for found in planning.plan(session, Scope()).proposals
    }
    said = {need: kept["reasons"] for (need, _), kept in explained.items()}
    sending.commit(office, pairs, explained=explained)
    for need, hours, quantity in ((urgent, 12, 1), (calm, 72, "3.3")):
        made = session.query(Assignment).filter_by(need_id=need.id).one()
        left = made.lease_until - datetime.now(UTC)
        assert timedelta(hours=hours - 1) < left <= timedelta(hours=hours)
        assert str(made.quantity) == f"{float(quantity):.1f}"
        assert made.explanation["reasons"] == said[need.public_code]
        assert made.explanation["travel"]["status"] == "estimated"


@pytest.mark.parametrize(("quantity", "parts"), [(10, 3), (1, 1), (7, 7), (2.5, 4), (1, 100)])
def test_the_shares_of_all_parts_make_the_quantity(quantity, parts):
    from decimal import Decimal

    shares = [quantity_of_part(Decimal(str(quantity)), parts, n + 1) for n in range(parts)]
    assert sum(share or 0 for share in shares) == Decimal(str(quantity))
    assert all(share is None or share > 0 for share in shares)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("UPDATE core.team SET state = 'resting'", "đang tạm nghỉ"),
        ("UPDATE core.team SET skills = '{}'", "thiếu kỹ năng"),
        ("UPDATE core.team SET people = 1", "không đủ người"),
        ("UPDATE core.team SET max_concurrent = 0", "đã kín việc"),
        ("UPDATE core.team SET verified = false", "chưa được xác minh"),
        ("UPDATE core.team SET available_during = '{}'", "không rảnh"),
        ("UPDATE core.team SET base = ext.ST_Translate(base, 1, 0)", "ngoài bán kính"),
        ("UPDATE core.need SET status = 'withdrawn', status_reason = 'x'", "không còn mở"),
        ("UPDATE core.address SET status = 'expired'", "không còn mở"),
        ("UPDATE core.need SET wanted_during = '[2020-01-01,2020-02-01)'", "đã qua"),
    ],
)
def test_what_changed_in_between_is_refused_alone(session, office, change, words):
    """One pair changes after the plan was shown; the other goes through."""
    need = make_need(session, skills=["teaching"], people_per_part=5)
    team = make_team(session, skills=["teaching"])
    other = make_need(session, address=make_place(session), skills=["medical"])
    doctors = make_team(session, skills=["medical"])
    pairs = planned(session)
    assert len(pairs) == 2
    record = {"team": team.id, "need": need.id, "address": need.address_id}
    table = change.split()[1].removeprefix("core.")
    session.execute(text(f"{change} WHERE id = :id"), {"id": record[table]})
    committed = sending.commit(office, pairs)
    assert committed.sent == [(other.public_code, doctors.public_code)]
    [refused] = committed.refused
    assert (refused.need, refused.team) == (need.public_code, team.public_code)
    assert words in refused.reason


def test_a_pair_from_nowhere_and_one_from_elsewhere_are_refused_alike(session, office):
    need, team = make_need(session), make_team(session)
    foreign = sending.commit(
        office, [(need.public_code, team.public_code)], territory=[unit_id(session, "215")]
    )
    unknown = sending.commit(office, [("ZZZZZZZZ", team.public_code)])
    assert foreign.sent == unknown.sent == []
    assert foreign.refused[0].reason == unknown.refused[0].reason


def test_more_than_fits_is_refused_most_urgent_first_and_twice_counts_once(session, office):
    calm, urgent = make_need(session, urgency=1), make_need(session, urgency=4)
    team = make_team(session)
    pairs = [(need.public_code, team.public_code) for need in (calm, urgent, urgent)]
    committed = sending.commit(office, pairs)
    assert committed.sent == [pairs[1]]
    assert {(r.need, r.reason) for r in committed.refused} == {
        (urgent.public_code, "Cặp này được chọn hai lần."),
        (calm.public_code, "Không còn phù hợp: đã kín việc."),
    }


def test_nothing_chosen_sends_nothing(office):
    assert sending.commit(office, []).sent == []


def proposal(session, leader, **values):
    return make_assignment(session, team=make_team(session, leader_id=leader.id), **values)


def test_the_whole_way_of_an_assignment(session, office, leader):
    made = proposal(session, leader)
    service.accept(office, leader.id, made.id)
    service.start(office, leader.id, made.id)
    service.report_done(office, leader.id, made.id, hours=12.5, volunteers=6, results="Xong")
    session.refresh(made)
    assert (made.status, made.hours, made.volunteers, made.version) == ("done", 12.5, 6, 4)
    assert made.reporter_id == leader.id


def test_declining_asks_a_reason_and_frees_the_need(session, office, leader):
    made = proposal(session, leader)
    with pytest.raises(Invalid):
        service.decline(office, leader.id, made.id, "   ")
    service.decline(office, leader.id, made.id, "Đội bận thi học kỳ")
    session.refresh(made)
    assert (made.status, made.status_reason) == ("declined", "Đội bận thi học kỳ")
    other = make_team(session)
    assert [team for _, team in planned(session)] == [other.public_code]


def test_giving_back_frees_the_part(session, office, leader):
    made = proposal(session, leader, status="accepted")
    service.release(office, leader.id, made.id, "Xe hỏng")
    session.refresh(made)
    assert made.status == "released"


@pytest.mark.parametrize(
    ("status", "act"),
    [
        ("accepted", service.accept),
        ("underway", service.start),
        ("proposed", service.start),
        ("cancelled", service.accept),
    ],
)
def test_a_step_that_is_not_legal_is_a_conflict(session, office, leader, status, act):
    made = proposal(session, leader, status=status, part=1)
    with pytest.raises(Conflict) as error:
        act(office, leader.id, made.id)
    assert error.value.code == "tr_assignment_status"


def test_anothers_assignment_is_not_found_like_an_unknown_one(session, office, leader):
    foreign = make_assignment(session)
    told = []
    for assignment in (foreign.id, uuid4()):
        with pytest.raises(NotFound) as error:
            service.accept(office, leader.id, assignment)
        told.append((error.value.detail, error.value.code))
    assert told[0] == told[1]


def test_silence_expires_and_frees_the_part(session, office, leader):
    late = datetime.now(UTC) - timedelta(minutes=1)
    made = proposal(session, leader, lease_until=late)
    in_time = proposal(session, leader, lease_until=late + timedelta(hours=1))
    for_ever = proposal(session, leader)
    with pytest.raises(Conflict) as error:
        service.accept(office, leader.id, made.id)
    assert error.value.code == "lease-over"
    assert service.expire_overdue(office) == 1
    assert service.expire_overdue(office) == 0
    for assignment, status in ((made, "expired"), (in_time, "proposed"), (for_ever, "proposed")):
        session.refresh(assignment)
        assert assignment.status == status


# What follows needs connections of its own; everything they commit is taken away again.


def test_many_want_one_part_and_exactly_one_gets_it(committed, office_connections):
    need = make_need(committed).public_code
    owner = make_organisation(committed).id
    teams = [make_team(committed, organisation_id=owner).public_code for _ in range(WRITERS)]
    committed.commit()
    jobs = [lambda s, team=team: sending.commit(s, [(need, team)]) for team in teams]
    results = at_once(office_connections, jobs)
    assert [type(result) for result in results] == [sending.Committed] * WRITERS
    assert sum(len(result.sent) for result in results) == 1
    reasons = {refused.reason for result in results for refused in result.refused}
    assert reasons == {"Nhu cầu đã đủ đội nhận."}


def test_many_want_one_team_and_only_its_places_are_given(committed, office_connections):
    team = make_team(committed, max_concurrent=3).public_code
    needs = [make_need(committed).public_code for _ in range(WRITERS)]
    committed.commit()
    jobs = [lambda s, need=need: sending.commit(s, [(need, team)]) for need in needs]
    results = at_once(office_connections, jobs)
    assert [type(result) for result in results] == [sending.Committed] * WRITERS
    assert sum(len(result.sent) for result in results) == 3


def test_two_officers_send_the_same_plan_and_each_part_is_given_once(committed, office_connections):
    world.fill(committed, 4)
    pairs = planned(committed)
    committed.commit()
    orders = (pairs, pairs[::-1])
    jobs = [lambda s, order=order: sending.commit(s, order) for order in orders]
    results = at_once(office_connections, jobs)
    assert [type(result) for result in results] == [sending.Committed] * 2
    assert sorted(pair for result in results for pair in result.sent) == sorted(pairs)
    refused = [(r.need, r.team) for result in results for r in result.refused]
    assert sorted(refused) == sorted(pairs)
    assert held(committed) == set(pairs)


def test_raw_inserts_cannot_take_a_part_twice_either(committed, office_connections):
    """The database's own guard, without our locks and checks."""
    need = make_need(committed)
    owner = make_organisation(committed).id
    teams = [make_team(committed, organisation_id=owner) for _ in range(WRITERS)]
    committed.commit()
    insert = text(
        "INSERT INTO core.assignment (need_id, team_id, origin) VALUES (:need, :team, 'claim')"
    )
    jobs = [
        lambda s, team=team.id: s.execute(insert, {"need": need.id, "team": team}) and None
        for team in teams
    ]
    results = at_once(office_connections, jobs)
    refused = [result for result in results if result is not None]
    assert len(refused) == WRITERS - 1
    assert {error.orig.diag.constraint_name for error in refused} == {"tr_assignment_parts_full"}


def test_a_leader_accepts_while_the_need_is_withdrawn(committed, office_connections):
    """Whoever is first wins; nobody meets a deadlock, and nothing stays half done."""
    leader = make_account(committed, role=Role.TEAM_LEADER)
    made = [
        make_assignment(committed, team=make_team(committed, leader_id=leader.id))
        for _ in range(WRITERS // 2)
    ]
    committed.commit()
    withdraw = text("UPDATE core.need SET status='withdrawn', status_reason='x' WHERE id = :id")
    jobs = []
    for assignment in made:
        jobs.append(lambda s, a=assignment: service.accept(s, leader.id, a.id) and None)
        jobs.append(lambda s, a=assignment: s.execute(withdraw, {"id": a.need_id}) and None)
    results = at_once(office_connections, jobs)
    assert all(result is None or isinstance(result, Conflict) for result in results)
    states = committed.scalars(text("SELECT status FROM core.assignment"))
    assert set(states) == {"cancelled"}
    committed.execute(text("UPDATE core.team SET leader_id = NULL"))
    committed.execute(text("DELETE FROM core.user_account"))
    committed.commit()
