"""The public read model follows every write, in its transaction, and can prove it."""

import json
from threading import Thread

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from mapservice.cli import pub
from mapservice.layers import upkeep
from tests.factories import (
    make_account,
    make_assignment,
    make_campaign,
    make_need,
    make_person,
    make_place,
    make_team,
)

# Single writes that may change what is public; :id is a row of the table named first.
WRITES = {
    "address": [
        "UPDATE core.address SET title = title || ' mới' WHERE id = :id AND nature = 'place'",
        "UPDATE core.address SET status = 'withdrawn', status_reason = 'thử' WHERE id = :id",
        "UPDATE core.address SET status = 'expired' WHERE id = :id",
        "UPDATE core.address SET status = 'published' WHERE id = :id",
        "UPDATE core.address SET sensitive = NOT sensitive WHERE id = :id",
        "UPDATE core.address SET assured_at = now(), children = 12 WHERE id = :id",
        "UPDATE core.address SET children = 4, youth = NULL WHERE id = :id AND nature = 'place'",
        "UPDATE core.address SET commune_id = NULL, former_commune_id = "
        "(SELECT id FROM core.admin_unit WHERE code = '07207' AND valid_from < '2022-12-31') "
        "WHERE id = :id",
        "UPDATE core.address SET point = ext.ST_Translate(point, 0.01, 0) WHERE id = :id",
    ],
    "need": [
        "UPDATE core.need SET urgency = 5 - urgency WHERE id = :id",
        "UPDATE core.need SET status = 'withdrawn', status_reason = 'thử' WHERE id = :id",
        "UPDATE core.need SET parts = 3 WHERE id = :id",
        "UPDATE core.need SET concerns = '{disability}' WHERE id = :id",
        "UPDATE core.need SET helps_people = 4 WHERE id = :id",
        "UPDATE core.need SET helps_people = 40 WHERE id = :id",
        "UPDATE core.need SET campaign_id = (SELECT id FROM core.campaign LIMIT 1) WHERE id = :id",
        "DELETE FROM core.need WHERE id = :id",
    ],
    "assignment": [
        "UPDATE core.assignment SET status = 'accepted' WHERE id = :id",
        "UPDATE core.assignment SET status = 'underway' WHERE id = :id",
        "UPDATE core.assignment SET status = 'declined', status_reason = 'bận' WHERE id = :id",
        "UPDATE core.assignment SET status = 'done', hours = 2, volunteers = 3, reporter_id = "
        "(SELECT id FROM core.user_account ORDER BY login LIMIT 1) WHERE id = :id",
        "UPDATE core.assignment SET status = 'confirmed', confirmer_id = "
        "(SELECT id FROM core.user_account ORDER BY login DESC LIMIT 1) WHERE id = :id",
        "DELETE FROM core.assignment WHERE id = :id",
    ],
    "team": [
        "UPDATE core.team SET base_public = NOT base_public WHERE id = :id",
        "UPDATE core.team SET state = 'suspended' WHERE id = :id",
        "UPDATE core.team SET verified = NOT verified, name = name || ' 2' WHERE id = :id",
    ],
    "organisation": ["UPDATE core.organisation SET name = name || ' 2' WHERE id = :id"],
    "campaign": ["UPDATE core.campaign SET code = code || '-2' WHERE id = :id"],
    "admin_unit": [
        "UPDATE core.admin_unit SET label_point = ext.ST_Translate(label_point, 0.001, 0) "
        "WHERE id = :id",
        "UPDATE core.admin_unit SET name = name || ' 2' WHERE id = :id",
    ],
}
STEPS = [(table, statement) for table, statements in WRITES.items() for statement in statements]


@pytest.fixture
def world(session):
    """A few rows of every table, published and not."""
    make_account(session), make_account(session)
    make_campaign(session)
    places = [make_place(session), make_place(session, status="draft")]
    needs = [make_need(session, address=place, parts=2) for place in places for _ in range(2)]
    needs.append(make_need(session, address=make_person(session)))
    for need in needs[:2] + needs[-1:]:
        make_assignment(session, need=need)
    make_team(session, base_public=True)
    return {
        table: session.scalars(
            text(
                f"SELECT id FROM core.{table} ORDER BY id"
                if table != "admin_unit"
                else "SELECT DISTINCT former_commune_id FROM core.team ORDER BY 1"
            )
        ).all()
        for table in WRITES
    }


@given(st.lists(st.tuples(st.sampled_from(STEPS), st.integers(0, 20)), min_size=1, max_size=8))
@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_whatever_is_written_the_copy_equals_the_projection(session, world, steps):
    with session.begin_nested() as example:
        for (table, statement), number in steps:
            chosen = world[table][number % len(world[table])]
            try:
                with session.begin_nested():
                    session.execute(text(statement), {"id": chosen})
            except IntegrityError:
                continue  # refused by a rule of the states: nothing was written
        assert upkeep.check(session) == []
        example.rollback()


def test_a_second_acceptance_is_counted_though_the_need_stays_matched(session):
    need = make_need(session, parts=2)
    for taken in (1, 2):
        make_assignment(session, need=need, status="accepted")
        assert session.scalar(text("SELECT parts_taken FROM pub.need")) == taken
    assert upkeep.check(session) == []


def test_a_hole_in_the_copy_is_found_and_mended(session, world):
    session.execute(text("DELETE FROM pub.need"))
    session.execute(text("UPDATE pub.place SET title = 'Giả'"))
    found = {difference.table: difference for difference in upkeep.check(session)}
    assert set(found) == {"need", "place"}
    assert found["need"].missing == 2 and found["need"].extra == 0
    assert found["place"].missing == found["place"].extra == 1
    assert upkeep.rebuild(session)["need"] == 2
    assert upkeep.check(session) == []


def test_withdrawal_is_gone_before_the_commit(session, public):
    place = make_place(session)
    make_need(session, address=place)
    counted = text("SELECT (SELECT count(*) FROM pub.place), (SELECT count(*) FROM pub.need)")
    assert tuple(public.execute(counted).one()) == (1, 1)
    session.execute(
        text("UPDATE core.address SET status = 'withdrawn', status_reason = 'x' WHERE id = :id"),
        {"id": place.id},
    )
    assert tuple(public.execute(counted).one()) == (0, 0)


def test_the_office_cannot_write_what_is_public(session, office):
    make_place(session)
    for statement in ("UPDATE pub.place SET title = 'x'", "DELETE FROM pub.need"):
        with pytest.raises(Exception, match="permission denied"), office.begin_nested():
            office.execute(text(statement))


def test_writers_of_the_same_rows_leave_the_copy_right(cluster, test_database):
    engine = create_engine(cluster.url("owner", test_database), pool_size=6)
    with Session(engine) as session:
        place = make_place(session)
        need = make_need(session, address=place, parts=2)
        session.commit()
        ids = {"place": place.id, "need": need.id, "organisation": place.organisation_id}
    failures = []

    def write(statement: str, rounds: int) -> None:
        try:
            for number in range(rounds):
                with engine.begin() as connection:
                    connection.execute(text(statement), ids | {"number": number})
        except Exception as error:
            failures.append(error)

    writers = [
        Thread(target=write, args=(statement, 15))
        for statement in (
            "UPDATE core.address SET title = 'Trường ' || :number WHERE id = :place",
            "UPDATE core.need SET title = 'Nhu cầu ' || :number WHERE id = :need",
            "UPDATE core.need SET urgency = 1 + :number % 4 WHERE id = :need",
            "UPDATE core.organisation SET name = 'Đoàn ' || :number WHERE id = :organisation",
        )
    ]
    try:
        for writer in writers:
            writer.start()
        for writer in writers:
            writer.join()
        assert failures == []
        with Session(engine) as session:
            assert upkeep.check(session) == []
            titles = session.execute(text("SELECT title, place_title FROM pub.need")).one()
            assert tuple(titles) == ("Nhu cầu 14", "Trường 14")
    finally:
        with engine.begin() as connection:
            connection.execute(text("DELETE FROM core.address WHERE id = :place"), ids)
            connection.execute(text("DELETE FROM core.organisation WHERE id = :organisation"), ids)
        engine.dispose()


def test_check_on_the_command_line(settings, monkeypatch):
    monkeypatch.setattr("mapservice.cli.pub.settings.load", lambda: settings)
    run = CliRunner().invoke(pub.command, ["check", "--json"])
    assert run.exit_code == 0
    assert json.loads(run.output) == {"ok": True, "findings": []}
    run = CliRunner().invoke(pub.command, ["rebuild"])
    assert run.exit_code == 0 and "unit " in run.output
    run = CliRunner().invoke(pub.command, ["cluster"])
    assert run.exit_code == 0 and run.output == "The rows lie in the order of the map.\n"


@pytest.mark.parametrize(
    ("table", "told", "untold"),
    [("organisation", "name", "self_verification = NOT self_verification"),
     ("campaign", "code", "name = name || ' 2'")],
)  # fmt: skip
def test_what_nobody_is_told_of_publishes_nothing_anew(session, table, told, untold):
    """However much belongs to an organisation or a campaign."""
    make_need(session, campaign_id=make_campaign(session).id)
    make_team(session)
    copies = {"organisation": ("place", "team"), "campaign": ("need",)}[table]
    for copy in copies:
        session.execute(text(f"UPDATE pub.{copy} SET {table} = 'as nobody wrote it'"))

    def wrong() -> int:
        return sum(session.scalar(text(f"SELECT count(*) FROM pub.{copy} WHERE {table} = :wrong"),
                                  {"wrong": "as nobody wrote it"}) for copy in copies)  # fmt: skip

    session.execute(text(f"UPDATE core.{table} SET {untold}"))
    assert wrong() == len(copies)
    session.execute(text(f"UPDATE core.{table} SET {told} = {told} || '-2'"))
    assert wrong() == 0 and upkeep.check(session) == []
