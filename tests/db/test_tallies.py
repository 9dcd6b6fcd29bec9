"""Sums that are kept: those of the rows, whatever is written and asked for, folded or not."""

import json

import pytest
from sqlalchemy import text

from mapservice import migrate
from mapservice.config import ROOT
from mapservice.layers import queries, upkeep
from mapservice.layers.filters import where
from mapservice.stats import queries as stats_queries
from mapservice.territory import service as territory
from tests.factories import (
    make_need,
    make_offer,
    make_person,
    make_place,
    make_suggestion,
    make_team,
    unit_id,
)

AS_ROWS = {"needs": queries.NEEDS, "places": "pub.place", "teams": "pub.team"}
NOW = "2026-01-01"
COMMUNES = ("07645", "07207")  # An Lạc in Sơn Động, a ward of the town
# Indexes of the read model, and what writes all of it.
MADE = """
    SELECT indexdef FROM pg_indexes WHERE schemaname = 'pub'
    UNION ALL SELECT pg_get_functiondef('core.rebuild_public'::regproc) ORDER BY 1"""
# A unit of the same kind that the unit :id became.
BECAME = """
    WITH made AS (
      INSERT INTO core.admin_unit (code, level, kind, name, short_name, parent_id, valid_from,
                                   source, label_point, bounds)
      SELECT 'X' || code, level, kind, 'Đơn vị mới', 'Mới', parent_id, '2026-01-01', source,
             label_point, bounds
      FROM core.admin_unit WHERE id = :id RETURNING id
    ), told AS (
      INSERT INTO core.admin_change (old_unit_id, new_unit_id, effective_on, legal_basis)
      SELECT :id, id, '2026-01-01', 'thử' FROM made)
    SELECT id FROM made"""
# One after the other: what is done to need i, its place or the team.
WRITES = (
    (1, "UPDATE core.need SET urgency = 3 WHERE id = :id"),
    (2, "UPDATE core.need SET category = 'education' WHERE id = :id"),
    (3, "UPDATE core.need SET status = 'expired' WHERE id = :id"),
    (4, "UPDATE core.address SET kind = 'locality' WHERE id = :place"),
    (6, "UPDATE core.address SET former_commune_id = :town, commune_id = NULL WHERE id = :place"),
    (7, "DELETE FROM core.need WHERE id = :id"),
    (8, "UPDATE core.address SET sensitive = true WHERE id = :place"),
    (8, "UPDATE core.address SET sensitive = false WHERE id = :place"),
    (5, "DELETE FROM core.need WHERE id = :id"),  # a met one
    (0, "UPDATE core.team SET kind = 'club' WHERE id = :team"),
    (0, "UPDATE core.team SET former_commune_id = :town, commune_id = NULL WHERE id = :team"),
    (0, "DELETE FROM core.team WHERE id = :team"),
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
                               urgency=urgency, helps_people=40))  # fmt: skip
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
    team = session.scalar(text("SELECT id FROM core.team"))
    town = unit_id(session, COMMUNES[1])
    seen = [sums(session)]
    for number, statement in WRITES:
        need = filled[number]
        values = {"id": need.id, "place": need.address_id, "town": town, "team": team}
        session.execute(text(statement), values)
        seen.append(sums(session))
        assert seen[-1] != seen[-2], statement
        assert_as_the_rows(session)  # before they are folded
        upkeep.fold(session)
        assert session.scalar(text("SELECT count(*) FROM pub.tally_delta")) == 0
        assert session.scalar(text("SELECT count(*) FROM pub.tally WHERE n <= 0")) == 0
        assert_as_the_rows(session)
        assert sums(session) == seen[-1]


def sums(session) -> list:
    """What the figures are made of."""
    return session.execute(text(stats_queries.counts(None))).all()


def test_figures_are_those_of_the_rows(session, filled):
    counted = """
        SELECT {0!r}, 'unit', unit_id::text, count(*), count(*) FILTER (WHERE {1})
        FROM {2} AS f, unnest(f.unit_ids) AS unit_id GROUP BY unit_id"""
    urgent = {"needs": "f.urgency = 4 AND f.status <> 'met'"}
    rows = " UNION ALL ".join(
        counted.format(layer, urgent.get(layer, "false"), of) for layer, of in AS_ROWS.items()
    )
    told = [tuple(row) for row in sums(session) if row.what == "unit"]
    assert sorted(told) == sorted(map(tuple, session.execute(text(rows)))) and len(told) > 6


def test_the_units_of_a_feature_are_those_of_its_communes(session, filled):
    """As sums have it, which are by the units that stand in the rows."""
    odd = """SELECT count(*) FROM pub.{} AS f
      WHERE ARRAY(SELECT unnest(unit_ids) AS id ORDER BY id) <> ARRAY(
        SELECT DISTINCT container_id FROM pub.unit_within
        WHERE unit_id IN (commune_id, former_commune_id) ORDER BY 1)"""
    for table in ("place", "need", "team"):
        assert session.scalar(text(odd.format(table))) == 0
        assert session.scalar(text(f"SELECT count(*) FROM pub.{table}")) > 0


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
        assert read or "layer = 'needs'" not in plan, plan
        assert " on place" not in plan and " on team" not in plan, plan


def test_the_migration_counts_what_is_there_and_leaves_nothing_behind(session, filled):
    connection = session.connection()
    upkeep.fold(session)
    kept = text("SELECT * FROM pub.tally ORDER BY layer, unit_ids, category, status, urgency")
    before, made = session.execute(kept).all(), session.execute(text(MADE)).all()
    migrate.downgrade(connection, "0066")
    session.execute(text("SELECT core.rebuild_public()"))  # it names nothing that is no more
    old = session.execute(text(MADE)).all()
    migrate.upgrade(connection)
    assert session.execute(kept).all() == before
    assert session.execute(text(MADE)).all() == made != old
    assert upkeep.check(session) == []
    migrate.downgrade(connection, "0066")
    assert session.execute(text(MADE)).all() == old


@pytest.mark.parametrize("name", ["24", "07615"])  # a province and a commune of today
def test_what_lies_in_a_unit_goes_on_with_it(session, name):
    """Into what the unit became: addresses (of either era), teams, suggestions and offers."""
    place = make_place(session, commune="07615")  # a former commune, which became that of today
    make_need(session, address=place)
    make_team(session, commune="07615")
    today = unit_id(session, "07615", NOW)
    person = make_person(session, former_commune_id=None, commune_id=today)
    suggestion = make_suggestion(session, commune="07615")
    make_offer(session, address=place.public_code)
    before = unit_id(session, name, NOW)
    became = session.scalar(text(BECAME), {"id": before})
    session.execute(text("UPDATE core.admin_unit SET valid_to = '2026-01-01' WHERE id = :id"),
                    {"id": before})  # fmt: skip
    assert session.scalar(text("SELECT core.rebuild_unit_within()"))
    session.execute(text("SELECT core.place_again()"))
    communes = "SELECT commune_id FROM core.{} WHERE id = :id"
    for table, row in (("address", place), ("address", person), ("suggestion", suggestion)):
        placed = session.scalar(text(communes.format(table)), {"id": row.id})
        assert placed == (became if name == "07615" else today)
    in_it = where(None, {"unit_ids": [became]})
    for layer in AS_ROWS:
        assert session.scalar(text(queries.count(layer, in_it)), in_it.values) == 1
    for table in ("address", "team", "suggestion", "offer"):
        outside = f"SELECT count(*) FROM core.{table} WHERE NOT :id = ANY (unit_ids)"
        assert session.scalar(text(outside), {"id": became}) == 0, table
    assert upkeep.check(session) == []


def test_what_has_no_commune_today_stays_where_it_is(session):
    place = make_place(session, commune="07615")
    lost = unit_id(session, "07615", NOW)
    session.execute(text("UPDATE core.admin_unit SET valid_to = '2026-01-01' WHERE id = :id"),
                    {"id": lost})  # fmt: skip
    session.execute(text("SELECT core.place_again()"))
    stands = "SELECT commune_id FROM core.address WHERE id = :id"
    assert session.scalar(text(stands), {"id": place.id}) == lost


def test_seeding_places_anew_where_units_changed(session, filled):
    session.execute(text("DELETE FROM core.unit_within WHERE container_id = :id"),
                    {"id": unit_id(session, "24", NOW)})  # fmt: skip
    session.execute(text("SELECT core.place_again()"))
    in_it = where(None, {"unit_ids": [unit_id(session, "24", NOW)]})
    count = text(queries.count("needs", in_it))
    assert session.scalar(count, in_it.values) == 0
    territory.seed(session, "24", ROOT / "seed")
    assert session.scalar(count, in_it.values) > 0
    assert_as_the_rows(session)
