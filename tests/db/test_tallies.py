"""Sums that are kept: those of the rows, whatever is written and asked for, folded or not."""

import json
import random

import pytest
from sqlalchemy import text

from mapservice import migrate
from mapservice.layers import queries, upkeep
from mapservice.layers.filters import where
from mapservice.stats import queries as stats_queries
from tests.factories import make_need, make_place, make_team, unit_id

AS_ROWS = {"needs": queries.NEEDS, "places": "pub.place", "teams": "pub.team"}
COMMUNES = ("07645", "07207")  # An Lạc in Sơn Động, a ward of the town
WRITES = (
    "UPDATE core.need SET urgency = 1 + urgency % 4 WHERE id = :id",
    "UPDATE core.need SET category = 'housing' WHERE id = :id",
    "UPDATE core.need SET status = 'expired' WHERE id = :id",
    "UPDATE core.address SET kind = 'locality' WHERE id = :place",
    "UPDATE core.address SET former_commune_id = :town, commune_id = NULL WHERE id = :place",
    "DELETE FROM core.need WHERE id = :id",
    "UPDATE core.address SET sensitive = true WHERE id = :place",
)


@pytest.fixture
def filled(session):
    """Needs of every urgency and kind in two districts; some met, some of them long ago."""
    needs = []
    for number in range(24):
        place = make_place(session, commune=COMMUNES[number % 2])
        category = ("education", "housing", "health")[number % 3]
        status = "met" if number % 5 == 0 else "published"
        urgency = 1 + number % 4
        needs.append(make_need(session, address=place, category=category, status=status,
                               urgency=urgency))  # fmt: skip
    make_team(session)
    long_ago = "UPDATE core.need SET status_at = now() - interval '31 days' WHERE id = :id"
    session.execute(text(long_ago), {"id": needs[0].id})
    return needs


def asked_for(session) -> list[tuple[str, dict]]:
    """Layers and filters, of which some are nowhere and some are all there is."""
    unit = [unit_id(session, COMMUNES[0])]
    needs = [{}, {"unit_ids": unit}, {"category": ["housing"]}, {"urgency": [4, 1]},
             {"status": ["met"]}, {"status": ["published"], "urgency": [2], "unit_ids": unit},
             {"category": ["no such"]}, {"unit_ids": [-1]}]  # fmt: skip
    kinds = [{}, {"kind": ["school"]}, {"unit_ids": unit, "kind": ["locality"]}]
    return [("needs", one) for one in needs] + [
        (layer, one) for layer in ("places", "teams") for one in kinds
    ]


def assert_as_the_rows(session) -> None:
    for layer, filters in asked_for(session):
        condition = where(None, filters)
        assert queries.is_tallied(layer, condition)
        rows = f"SELECT count(*) FROM {AS_ROWS[layer]} AS f WHERE {condition}"
        told = session.scalar(text(queries.count(layer, condition)), condition.values)
        assert told == session.scalar(text(rows), condition.values), (layer, filters)
    assert upkeep.check(session) == []


def test_sums_are_those_of_the_rows_after_each_write(session, filled):
    chance = random.Random(1)
    town = unit_id(session, COMMUNES[1])
    assert_as_the_rows(session)
    for statement in WRITES:
        need = chance.choice(filled)
        session.execute(text(statement), {"id": need.id, "place": need.address_id, "town": town})
        assert_as_the_rows(session)  # before they are folded
        upkeep.fold(session)
        assert session.scalar(text("SELECT count(*) FROM pub.tally_delta")) == 0
        assert session.scalar(text("SELECT count(*) FROM pub.tally WHERE n <= 0")) == 0
        assert_as_the_rows(session)


def test_nothing_is_appended_where_no_sum_changes(session, filled):
    upkeep.fold(session)
    session.execute(text("UPDATE core.need SET title = title || ' – mới'"))
    assert session.scalar(text("SELECT count(*) FROM pub.tally_delta")) == 0


def test_units_and_categories_of_needs_are_counted_alike(session, filled):
    """By the sums, and by the rows where the sums do not know enough."""
    anything = {"q": "%", "unit_ids": [unit_id(session, COMMUNES[0])]}
    known = {"unit_ids": anything["unit_ids"]}
    for counted in (queries.needs_by_unit, queries.needs_by_category):
        of_rows, of_sums = (where(None, filters) for filters in (anything, known))
        assert not queries.is_tallied("needs", of_rows) and queries.is_tallied("needs", of_sums)
        rows, sums = (
            sorted(session.execute(text(counted(asked)), asked.values).all())
            for asked in (of_rows, of_sums)
        )
        assert sums == rows and rows


def test_a_met_need_leaves_the_sums_by_the_clock(client, session):
    need = make_need(session, status="met")
    upkeep.fold(session)

    def total() -> int:
        return json.loads(client.get("/stats.json").text)["needs"]["total"]

    assert total() == 1
    session.execute(text("UPDATE pub.need SET public_until = now()"))
    assert total() == 0
    session.execute(text("UPDATE core.need SET status = 'published' WHERE id = :id"),
                    {"id": need.id})  # fmt: skip
    assert total() == 1


def test_a_wrong_sum_is_found_and_mended(session, filled):
    upkeep.fold(session)
    session.execute(text("UPDATE pub.tally SET n = n + 1 WHERE layer = 'teams'"))
    [found] = upkeep.check(session)
    assert (found.table, found.missing, found.extra) == ("tally", 1, 1)
    assert found.examples[0].startswith("teams {")
    upkeep.rebuild(session)
    assert upkeep.check(session) == []
    assert session.scalar(text("SELECT count(*) FROM pub.tally_delta")) == 0


def test_sums_read_no_rows(session, filled):
    """But the keys of needs that were met of late, from an index."""
    session.execute(text("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off"))
    nothing = where(None, {})
    for asked in (stats_queries.counts(None), *(queries.count(of, nothing) for of in AS_ROWS)):
        plan = "\n".join(session.scalars(text(f"EXPLAIN {asked}")))
        read = [line for line in plan.splitlines() if "Scan" in line and " on need" in line]
        assert all("Index Only Scan using ix_need_public_until" in line for line in read), plan
        assert " on place" not in plan and " on team" not in plan, plan


def test_the_migration_counts_what_is_there(session, filled):
    connection = session.connection()
    upkeep.fold(session)
    kept = text("SELECT * FROM pub.tally ORDER BY layer, unit_ids, category, status, urgency")
    before = session.execute(kept).all()
    migrate.downgrade(connection, "0066")
    session.execute(text("SELECT core.rebuild_public()"))  # it names nothing that is no more
    migrate.upgrade(connection)
    assert session.execute(kept).all() == before
    assert upkeep.check(session) == []
