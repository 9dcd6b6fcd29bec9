"""The database refuses an illegal step, raw SQL or not, and derives what follows."""

import itertools

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from mapservice.refusals import explain
from tests.factories import (
    make_account,
    make_assignment,
    make_need,
    make_person,
    make_place,
    make_team,
)

NEED_PATH = ["draft", "submitted", "verified", "published"]


def move(session, table, record, status, reason=None, **values):
    assignments = "".join(f", {name} = :{name}" for name in values)
    with session.begin_nested():
        session.execute(
            text(
                f"UPDATE core.{table} SET status = :status, status_reason = :reason{assignments}"
                " WHERE id = :id"
            ),
            {"status": status, "reason": reason, "id": record.id, **values},
        )
    session.refresh(record)


def refused(error) -> str:
    return error.value.orig.diag.constraint_name


@pytest.mark.parametrize("table", ["need", "address"])
def test_the_whole_way_to_the_map(session, table):
    record = (make_need if table == "need" else make_place)(session, status="draft")
    for status in NEED_PATH[1:]:
        move(session, table, record, status)
    trail = session.execute(
        text(
            "SELECT detail->>'from', detail->>'to' FROM core.audit_event"
            " WHERE record_id = :id ORDER BY id"
        ),
        {"id": record.id},
    )
    assert trail.all() == list(itertools.pairwise(NEED_PATH))


def test_every_pair_of_states_is_legal_or_refused_as_the_rules_say(session):
    statuses = [
        "draft", "submitted", "returned", "verified", "published", "matched", "in_progress",
        "partly_met", "met", "closed", "rejected", "expired", "withdrawn",
    ]  # fmt: skip
    legal = {
        (before, after): derived
        for before, after, derived in session.execute(
            text(
                "SELECT from_status, to_status, derived FROM core.legal_transition"
                " WHERE table_name = 'need' AND undo IS NULL"
            )
        )
    }
    for before in statuses:
        for after in statuses:
            if before == after:
                continue
            need = make_need(session, status=before)
            # Without assignments the one derived state is "published".
            if legal.get((before, after)) is False or (
                after == "published" and legal.get((before, after))
            ):
                move(session, "need", need, after, "vì thử")
                assert need.status == after
                continue
            with pytest.raises(IntegrityError) as error:
                move(session, "need", need, after, "vì thử")
            derived = legal.get((before, after))
            # Steps back are for undo alone: tests/db/test_review_undo.py.
            ordinary = {"tr_need_derived"} if derived else {"tr_need_status", "tr_need_undo"}
            assert refused(error) in ordinary


@pytest.mark.parametrize("status", ["returned", "rejected", "withdrawn"])
def test_going_back_needs_a_reason(session, status):
    need = make_need(session, status="submitted")
    with pytest.raises(IntegrityError) as error:
        move(session, "need", need, status, "  ")
    assert refused(error) == "tr_need_reason"
    assert explain(error.value).fields == {"reason": ["Cần ghi lý do."]}


def test_the_office_cannot_be_born_published(session, office):
    place = make_place(session)
    with pytest.raises(IntegrityError) as error:
        office.execute(
            text(
                "INSERT INTO core.need (address_id, nature, category, title, unit, urgency,"
                " status) VALUES (:id, 'place', 'health', 'Khám bệnh', 'lượt', 2, 'published')"
            ),
            {"id": place.id},
        )
    assert refused(error) == "tr_need_begins"


def test_need_states_follow_its_assignments(session):
    reporter, confirmer = make_account(session), make_account(session)
    need = make_need(session, parts=2)
    first = make_assignment(session, need=need, quantity=1)
    second = make_assignment(session, need=need, quantity=1)
    assert (first.part, second.part) == (1, 2)

    def status():
        session.refresh(need)
        return str(need.status)

    report = {"hours": 8, "volunteers": 5, "reporter_id": reporter.id}
    assert status() == "published"
    move(session, "assignment", first, "accepted")
    assert status() == "matched"
    move(session, "assignment", first, "underway")
    assert status() == "in_progress"
    move(session, "assignment", first, "done", **report)
    assert status() == "in_progress"
    move(session, "assignment", first, "confirmed", confirmer_id=confirmer.id)
    assert (status(), need.reached_quantity) == ("partly_met", 1)
    move(session, "assignment", second, "accepted")
    move(session, "assignment", second, "underway")
    move(session, "assignment", second, "done", **report)
    move(session, "assignment", second, "confirmed", confirmer_id=confirmer.id)
    assert (status(), need.reached_quantity) == ("met", 2)


def test_who_reported_cannot_confirm(session):
    reporter = make_account(session)
    done = make_assignment(session, status="done", hours=3, volunteers=4, reporter_id=reporter.id)
    with pytest.raises(IntegrityError) as error:
        move(session, "assignment", done, "confirmed", confirmer_id=reporter.id)
    assert refused(error) == "ck_assignment_confirmer_is_other"


def test_a_released_part_is_free_again(session):
    need = make_need(session)
    first = make_assignment(session, need=need, status="accepted")
    with pytest.raises(IntegrityError) as error, session.begin_nested():
        make_assignment(session, need=need)
    assert refused(error) == "tr_assignment_parts_full"
    move(session, "assignment", first, "released", "Đội có việc gấp")
    session.refresh(need)
    assert need.status == "published"
    assert make_assignment(session, need=need).part == 1


def test_a_team_is_never_asked_for_more_than_its_places(session):
    team = make_team(session, max_concurrent=1)
    make_assignment(session, team=team)
    with pytest.raises(IntegrityError) as error, session.begin_nested():
        make_assignment(session, team=team)
    assert refused(error) == "tr_assignment_team_full"


def test_a_team_takes_one_part_of_a_need(session):
    need, team = make_need(session, parts=3), make_team(session, max_concurrent=3)
    make_assignment(session, need=need, team=team)
    with pytest.raises(IntegrityError) as error, session.begin_nested():
        make_assignment(session, need=need, team=team)
    assert refused(error) == "uq_assignment_need_team"


@pytest.mark.parametrize(
    ("values", "constraint"),
    [
        ({"verified": False}, "tr_assignment_team_ready"),
        ({"state": "resting"}, "tr_assignment_team_ready"),
    ],
)
def test_only_ready_and_verified_teams_are_asked(session, values, constraint):
    with pytest.raises(IntegrityError) as error:
        make_assignment(session, team=make_team(session, **values))
    assert refused(error) == constraint


def test_a_closed_need_takes_no_team(session):
    with pytest.raises(IntegrityError) as error:
        make_assignment(session, need=make_need(session, status="expired"))
    assert refused(error) == "tr_assignment_need_open"


def test_withdrawing_an_address_takes_its_needs_and_frees_the_teams(session):
    place = make_place(session)
    need = make_need(session, address=place)
    assignment = make_assignment(session, need=need, status="accepted")
    move(session, "address", place, "withdrawn", "Đăng ký nhầm")
    session.refresh(need)
    session.refresh(assignment)
    assert (need.status, assignment.status) == ("withdrawn", "cancelled")


def test_parts_that_are_held_cannot_be_taken_away(session):
    need = make_need(session, parts=2)
    make_assignment(session, need=need)
    make_assignment(session, need=need)
    with pytest.raises(IntegrityError) as error, session.begin_nested():
        need.parts = 1
        session.flush()
    assert refused(error) == "tr_need_parts"


def test_an_assignment_keeps_its_pair(session):
    assignment, other = make_assignment(session), make_team(session)
    with pytest.raises(IntegrityError) as error, session.begin_nested():
        session.execute(
            text("UPDATE core.assignment SET team_id = :team WHERE id = :id"),
            {"team": other.id, "id": assignment.id},
        )
    assert refused(error) == "tr_assignment_pair"


@pytest.mark.parametrize(
    "values", [{"title": "Nhà em bé"}, {"summary": "khó khăn"}, {"hamlet": "Đồng Bài"}]
)
def test_a_person_has_no_clear_text(session, values):
    with pytest.raises(IntegrityError) as error:
        make_person(session, **values)
    assert refused(error) == "ck_address_person_bare"


def test_a_persons_need_has_no_clear_text(session):
    with pytest.raises(IntegrityError) as error:
        make_need(session, address=make_person(session), title="Sửa nhà cho cụ")
    assert refused(error) == "ck_need_person_bare"


def test_an_unknown_skill_is_refused(session):
    with pytest.raises(IntegrityError) as error:
        make_need(session, skills=["teaching", "magic"])
    assert refused(error) == "fk_need_skills_skill"


def test_addresses_lie_in_both_eras(session):
    place = make_place(session)
    names = session.scalars(
        text(
            "SELECT core.unit_key(code, valid_from, valid_to) FROM core.admin_unit"
            " WHERE id = ANY(:ids)"
        ),
        {"ids": place.unit_ids},
    ).all()
    assert {"24", "24@2022", "220@2022", "07645@2022", "07654"} <= set(names)


def test_communes_of_two_eras_must_fit(session):
    other = session.scalar(
        text("SELECT id FROM core.admin_unit WHERE code = '07210' AND valid_to IS NULL")
    )
    with pytest.raises(IntegrityError) as error:
        make_place(session, commune_id=other)
    assert refused(error) == "tr_address_communes"
