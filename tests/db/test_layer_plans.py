"""How the public layers are read and written: which indexes, which rows, which plans are kept."""

import pytest
from sqlalchemy import text

from mapservice import db
from mapservice.geo import Box
from mapservice.layers import cluster_queries, filters, queries, service, statements
from tests.factories import make_need, make_organisation, make_place, make_team

NEVER_COUNTED = text("""
    RESET ROLE;
    UPDATE pg_class SET reltuples = -1, relpages = 0
    WHERE relkind = 'r' AND relnamespace = 'core'::regnamespace
      AND relname IN ('address', 'need', 'assignment', 'campaign')""")


FILL = text("""
    WITH commune AS (
      SELECT id, label_point, row_number() OVER (ORDER BY id) - 1 AS n FROM core.admin_unit
      WHERE level = 'commune' AND '2022-12-31' BETWEEN valid_from AND valid_to
    ), made AS (
      INSERT INTO core.address (nature, kind, title, point, former_commune_id,
                                programme_year, organisation_id, status)
      SELECT 'place', 'school', 'Trường ' || i, ext.ST_Translate(label_point,
               (i % 97) / 9700.0, (i % 89) / 8900.0), id, 2025, :organisation, 'published'
      FROM generate_series(1, 5000) AS i
        JOIN commune ON commune.n = i % (SELECT count(*) FROM commune)
      RETURNING id
    )
    INSERT INTO core.need (address_id, nature, category, title, unit, urgency, status)
    SELECT id, 'place', 'education', 'Dạy học', 'buổi', 2, 'published' FROM made""")


@pytest.fixture
def many(session):
    """Five thousand places, each with a need, over the communes of 2022; what is public of them is
    counted. Of the rest the planner knows nothing, as after any first import: what tests before
    had counted and rolled back is forgotten."""
    session.connection().execute(NEVER_COUNTED)
    session.execute(FILL, {"organisation": make_organisation(session).id})
    session.execute(text("ANALYZE pub.place, pub.need, pub.unit"))


def plan(session, statement, values) -> str:
    return "\n".join(session.scalars(text(f"EXPLAIN {statement}"), values))


def test_a_viewport_uses_the_spatial_index(session, many):
    where = filters.where(Box(106.95, 21.31, 107.0, 21.35), {})
    values = where.values | {"limit": 1000}
    assert "ix_need_geom" in plan(session, queries.features("needs", where), values)


def test_nearest_walks_along_the_geography_index(session, many):
    where = filters.where(None, {})
    found = plan(session, queries.near(where), {"lng": 106.9, "lat": 21.3, "limit": 20})
    assert "ix_need_geom_geography" in found and "Order By" in found


def test_a_unit_filter_uses_its_index(session, many):
    commune = session.scalar(text("SELECT id FROM core.admin_unit WHERE code = '07645'"))
    where = filters.where(None, {"unit_ids": [commune]})
    values = where.values | {"limit": 1000}
    assert "ix_place_unit_ids" in plan(session, queries.features("places", where), values)


def test_a_word_in_a_title_uses_its_index(session, many):
    # What was just inserted waits beside the index and makes it look dear.
    session.execute(text("SELECT gin_clean_pending_list('pub.ix_place_title_folded')"))
    where = filters.where(None, {"q": filters.contains("truong 4321")})
    values = where.values | {"limit": 1000}
    assert "ix_place_title_folded" in plan(session, queries.features("places", where), values)


def rows_read(session) -> int:
    """How many rows of needs and places this transaction has read, by any way."""
    return session.scalar(
        text("""
        SELECT sum(seq_tup_read + idx_tup_fetch) FROM pg_stat_xact_user_tables
        WHERE schemaname IN ('core', 'pub') AND relname IN ('need', 'place', 'address')""")
    )


def test_publishing_a_batch_reads_the_batch_and_not_all_that_is_stored(session, many):
    wanted = session.scalars(text("SELECT id FROM core.need ORDER BY id LIMIT 50")).all()
    before = rows_read(session)
    session.execute(
        text("UPDATE core.need SET title = title || ' hè' WHERE id = ANY (:wanted)"),
        {"wanted": wanted},
    )
    assert rows_read(session) - before < 50 * 20
    changed = text("SELECT count(*) FROM pub.need WHERE title = 'Dạy học hè'")
    assert session.scalar(changed) == 50


def test_one_need_is_published_by_its_key_although_it_was_planned_when_there_was_one(session):
    session.connection().execute(NEVER_COUNTED)
    need = make_need(session)
    session.flush()
    change = text("UPDATE core.need SET title = title || ' hè' WHERE id = :id")
    session.execute(change, {"id": need.id})
    session.execute(FILL, {"organisation": make_organisation(session).id})
    before = rows_read(session)
    session.execute(change, {"id": need.id})
    assert rows_read(session) - before < 50


def test_a_page_of_the_list_reads_the_text_of_its_own_rows_alone(session):
    """Far pages of long lists: what the offset passes over costs no reading."""
    passed_over, shown = make_need(session, urgency=4), make_need(session, urgency=1)
    session.flush()
    spoil = text("UPDATE pub.need SET feature = 'no text to read' WHERE code = :code")
    session.execute(spoil, {"code": passed_over.public_code})
    rows = service.rows(session, "needs", {}, limit=1, offset=1)
    assert [(row["code"], row["together"]) for row in rows] == [(shown.public_code, False)]


AREA = text("""
    INSERT INTO pub.person_cell (code, area, level, name, need_group, band, band_low, band_high,
                                 unit_ids, label_point, geom)
    SELECT u.code, u.code, 'commune', u.name, 'all', '10_19', 10, 19, ARRAY[u.id], u.label_point,
           ext.ST_Multi(u.geom)
    FROM pub.unit AS u WHERE u.level = 'commune' AND u.valid_to IS NULL ORDER BY u.key LIMIT 1""")
BOX = Box(105.8, 21.1, 107.1, 21.7)
SMALL = Box(106.95, 21.31, 106.96, 21.32)


def kept_plan(session, statement: str, values: dict) -> str:
    """How the connection answers what it planned once, for whatever values."""
    connection = session.connection()
    session.execute(text("SET LOCAL plan_cache_mode = force_generic_plan"))
    statements.planned_once(connection, statement, values)
    asked = connection.info["planned_once"][statement]
    return "\n".join(connection.exec_driver_sql(f"EXPLAIN {asked}", values).scalars())


@pytest.mark.parametrize("layer", ["needs", "places"])
def test_the_plan_that_is_kept_of_a_box_uses_the_spatial_index(session, many, layer):
    where = filters.where(SMALL, {})
    found = kept_plan(session, queries.few(layer, where), where.values | {"limit": 1000})
    assert f"ix_{layer.removesuffix('s')}_geom" in found


def test_the_plan_that_is_kept_of_the_pyramid_uses_its_key(session, many):
    values = {"layer": "needs", "level": 13, "cells": 2048, "category": ["education"]}
    values |= {"west": 6500, "east": 6600, "north": 3500, "south": 3600}
    found = kept_plan(session, cluster_queries.counted_before("needs", ["category"]), values)
    assert "Seq Scan" not in found and "pk_cluster" in found


@pytest.mark.parametrize("layer", ["needs", "places", "teams", "people"])
@pytest.mark.parametrize("zoom", [None, 15])
def test_a_box_is_planned_once_and_answered_alike(session, layer, zoom):
    """Also where the cap leaves something out; the shapes of areas as coarse as the zoom."""
    for _ in range(3):
        place = make_place(session, lng=106.956, lat=21.313)
        make_need(session, address=place)
        make_team(session)
    session.execute(AREA)
    session.flush()
    connection, box = session.connection(), BOX
    query = {"bbox": box, "limit": 2, "zoom": zoom}
    found = service.viewport(connection, layer, query)
    condition = filters.where(box, {})
    statement = queries.few(layer, condition)
    assert statement in connection.info["planned_once"]
    asked = {"limit": 2, "tolerance": 180 / (256 * 2**zoom) if zoom else 0.0}
    body, returned = statements.one(
        connection, queries.features(layer, condition), condition.values | asked
    )
    assert (found.body, found.returned) == (body, returned) and returned > 0
    assert (found.matched, found.truncated) == ((1, False) if layer == "people" else (3, True))


def test_more_than_few_are_planned_for(session, many):
    connection, where = session.connection(), filters.where(BOX, {})
    found = statements.planned_once(
        connection, queries.few("needs", where), where.values | {"limit": 1000}
    )
    assert found.body is None and found.matched == queries.FEW + 1
    shown = service.viewport(connection, "needs", {"bbox": BOX})
    assert (shown.returned, shown.matched, shown.truncated) == (1000, 5000, True)


def test_a_filter_is_planned_for(session):
    connection = session.connection()
    connection.info.pop("planned_once", None)
    service.viewport(connection, "needs", {"bbox": SMALL, "category": ["education"]})
    assert not connection.info.get("planned_once")


def test_a_percent_sign_and_lists_survive_being_planned(session):
    statement = "SELECT '100 %' AS said, cardinality(CAST(:codes AS text[])) AS n, :one + 1 AS two"
    row = statements.planned_once(session.connection(), statement, {"codes": ["a", "%"], "one": 1})
    assert tuple(row) == ("100 %", 2, 2)


def test_a_public_connection_keeps_a_plan_from_the_first_time(settings):
    engine = db.public_engine(settings)
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT current_setting('plan_cache_mode')")) == (
            "force_generic_plan"
        )
    engine.dispose()


@pytest.mark.parametrize("statement", ["SET ROLE NONE", "LISTEN a", "DELETE FROM pub.need"])
def test_a_public_connection_takes_questions_alone(settings, statement):
    """No transaction ends what a SET began: it would go on into the next request."""
    engine = db.public_engine(settings)
    with engine.connect() as connection, pytest.raises(ValueError, match="reads"):
        connection.execute(text(statement))
    engine.dispose()
