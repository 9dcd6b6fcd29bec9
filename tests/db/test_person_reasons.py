"""Of a person nothing is told in words: a name is refused wherever one could be typed."""

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import IntegrityError, ProgrammingError
from sqlalchemy.orm import Session

from mapservice import migrate
from mapservice.accounts.models import Role
from mapservice.consent import service as consent
from mapservice.consent.models import Purpose
from mapservice.errors import Invalid
from mapservice.matching import service
from mapservice.refusals import explain
from tests import database
from tests.conftest import DATABASE
from tests.factories import (
    make_account,
    make_assignment,
    make_need,
    make_person,
    make_place,
    make_team,
)

CANARY = "Nhà em Mậncanary ở cuối bản"
WRITES = {
    "tr_address_person_reason": "UPDATE core.address SET status = 'withdrawn',"
    " status_reason = :words WHERE id = :address",
    "tr_need_person_reason": "UPDATE core.need SET status = 'withdrawn',"
    " status_reason = :words WHERE id = :need",
    "tr_assignment_person_reason": "UPDATE core.assignment SET status = 'released',"
    " status_reason = :words WHERE id = :assignment",
    "tr_assignment_person_results": "UPDATE core.assignment SET results = :words"
    " WHERE id = :assignment",
    "tr_field_report_person": "INSERT INTO core.field_report (id, assignment_id, text,"
    " happened_at) VALUES (gen_random_uuid(), :assignment, :words, now())",
}


def work(session, address, status="accepted", **team):
    """Ids of an address, its need, and an assignment of a team."""
    need = make_need(session, address=address)
    made = make_assignment(session, need=need, team=make_team(session, **team), status=status)
    return {"address": address.id, "need": need.id, "assignment": made.id}


def dump(session) -> str:
    """Every row of ours, as text; the trail too."""
    tables = session.scalars(
        text("""SELECT c.oid::regclass::text FROM pg_class AS c
        WHERE c.relnamespace::regnamespace::text IN ('core', 'private', 'pub')
          AND c.relkind IN ('r', 'm', 'p')
          AND c.oid NOT IN ('core.admin_unit'::regclass, 'pub.unit'::regclass)""")
    ).all()
    assert "core.audit_event" in tables
    rows = "SELECT coalesce(string_agg(to_jsonb(t)::text, ' '), '') FROM {} AS t"
    return "\n".join(session.scalar(text(rows.format(table))) for table in tables)


@pytest.mark.parametrize("constraint", WRITES)
def test_words_of_a_person_are_refused_to_the_office_itself(session, office, constraint):
    ids = work(session, make_person(session))
    with pytest.raises(IntegrityError) as error, office.begin_nested():
        office.execute(text(WRITES[constraint]), ids | {"words": CANARY})
    assert error.value.orig.diag.constraint_name == constraint
    assert CANARY not in error.value.orig.diag.message_primary
    assert isinstance(explain(error.value), Invalid)
    assert "Mậncanary" not in dump(session)


@pytest.mark.parametrize("table", ["address", "need"])
def test_a_record_is_not_born_with_words(session, table):
    with pytest.raises(IntegrityError) as error, session.begin_nested():
        if table == "address":
            make_person(session, status="draft", status_reason=CANARY)
        else:
            make_need(session, address=make_person(session), status_reason=CANARY)
    assert error.value.orig.diag.constraint_name == f"tr_{table}_person_reason"


@pytest.mark.parametrize("constraint", WRITES)
def test_places_keep_their_words(session, office, constraint):
    ids = work(session, make_place(session))
    office.execute(text(WRITES[constraint]), ids | {"words": CANARY})
    assert "Mậncanary" in dump(session), "the dump would show it"


def test_a_place_with_words_does_not_become_a_person(session):
    ids = work(session, make_place(session))
    for table in ("address", "need"):
        with pytest.raises(IntegrityError) as error, session.begin_nested():
            session.execute(
                text(f"UPDATE core.{table} SET nature = 'person' WHERE id = :id"),
                {"id": ids[table]},
            )
        assert error.value.orig.diag.constraint_name == f"tr_{table}_nature"


@pytest.mark.parametrize(
    "change",
    [
        "INSERT INTO core.person_reason VALUES ('em_man', 'Em Mận')",
        "UPDATE core.person_reason SET words = 'Em Mận'",
        "DELETE FROM core.person_reason",
    ],
)
def test_the_office_cannot_add_a_code(office, change):
    with pytest.raises(ProgrammingError, match="permission denied"), office.begin_nested():
        office.execute(text(change))


def test_codes_pass_and_follow_to_needs_and_teams(session, office):
    ids = work(session, make_person(session))
    write = text(WRITES["tr_address_person_reason"])
    office.execute(write, ids | {"words": "moved_away"})
    reasons = session.execute(
        text("""SELECT table_name, reason FROM core.audit_event
        WHERE record_id IN (:address, :need, :assignment) AND reason IS NOT NULL"""),
        ids,
    ).all()
    assert set(reasons) == {(table, "moved_away") for table in ids}


def test_a_need_that_ends_without_a_reason_frees_its_team_with_a_code(session, office):
    ids = work(session, make_person(session), status="proposed")
    office.execute(text("UPDATE core.need SET status = 'expired' WHERE id = :need"), ids)
    reason = session.scalar(
        text("SELECT status_reason FROM core.assignment WHERE id = :assignment"), ids
    )
    assert reason == "expired"


def test_after_erasure_no_words_remain_anywhere(session, office):
    """Whatever a leader and an officer try to say of the person, none of it is in any row."""
    leader = make_account(session, role=Role.TEAM_LEADER)
    person = make_person(session)
    ids = work(session, person, leader_id=leader.id)
    for sql in WRITES.values():
        with pytest.raises(IntegrityError), office.begin_nested():
            office.execute(text(sql), ids | {"words": CANARY})
    with pytest.raises(Invalid), office.begin_nested():
        service.release(office, leader.id, ids["assignment"], CANARY)
    service.release(office, leader.id, ids["assignment"], "busy")
    consent.withdraw(office, person.id, Purpose.REGISTER, make_account(session).id)
    assert "Mậncanary" not in dump(session)
    told = session.scalars(
        text("""SELECT DISTINCT reason FROM core.audit_event
        WHERE record_id IN (:address, :need, :assignment) AND reason IS NOT NULL"""),
        ids,
    ).all()
    codes = session.scalars(text("SELECT code FROM core.person_reason")).all()
    assert told and set(told) <= set(codes)


@pytest.fixture
def apart(cluster):
    """A database of its own."""
    name = f"{DATABASE}_words"
    database.clone(cluster, name)
    engine = create_engine(cluster.url("owner", name))
    yield engine
    engine.dispose()
    database.drop(cluster, name)


def test_words_written_before_are_forgotten_and_those_of_places_kept(apart):
    with Session(apart) as session, session.begin():
        everyone = [work(session, make(session)) for make in (make_person, make_place)]
    with apart.begin() as connection:
        migrate.downgrade(connection, "0014")
        for ids in everyone:
            for name in (
                "tr_assignment_person_results",
                "tr_field_report_person",
                "tr_address_person_reason",
            ):
                connection.execute(text(WRITES[name]), ids | {"words": CANARY})
    with apart.begin() as connection:
        migrate.upgrade(connection)
    with apart.connect() as connection:
        reasons = connection.execute(
            text("""SELECT a.nature, a.status_reason, n.status_reason, s.status_reason, s.results,
              (SELECT count(*) FROM core.field_report AS f WHERE f.assignment_id = s.id)
            FROM core.address AS a JOIN core.need AS n ON n.address_id = a.id
              JOIN core.assignment AS s ON s.need_id = n.id ORDER BY a.nature""")
        ).all()
    assert reasons == [
        ("person", "other", "other", "other", None, 0),
        ("place", CANARY, CANARY, CANARY, CANARY, 1),
    ]
