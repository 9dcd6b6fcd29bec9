"""Stored texts and counted cells: exact whatever is written, and nobody waits for anybody."""

import gzip
import json
import random
import re
import time
from itertools import product
from threading import Thread

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.orm import Session

from mapservice import migrate
from mapservice.geo import Box, cells_of, snapped
from mapservice.layers import cluster_queries, queries, service, upkeep
from tests.factories import make_need, make_organisation, make_place, make_team, unit_id

TEXTS = ("place", "need", "team")
PROVINCE = "105.8,21.1,107.1,21.7"
VIETNAMESE = st.text(
    st.sampled_from("aăâđêôơưẾỗữ \"\\/{}[]',:\u2028\u00ad\u200b\n\t\x7f🏔𠮷\ufeff") | st.characters(
        exclude_categories=["Cs"], exclude_characters="\0"
    ),
    max_size=60,
)  # fmt: skip

STRING = re.compile(r'"(\\.|[^"\\])*"')

# What clients got before texts were stored, read from the rows themselves.
AFRESH = """
    SELECT f.feature, json_build_object('type', 'Feature', 'id', f.code,
      'geometry', ext.ST_AsGeoJSON(f.geom, 6)::json, 'properties', json_build_object(
      'code', f.code, 'title', f.title, 'place', f.place, 'place_title', f.place_title,
      'kind', f.place_kind, 'category', f.category, 'urgency', f.urgency, 'status', f.status,
      'quantity', f.quantity, 'unit', f.unit, 'parts', f.parts, 'parts_taken', f.parts_taken,
      'people', f.people_per_part, 'skills', f.skills, 'wanted_from', f.wanted_from,
      'wanted_until', f.wanted_until, 'campaign', f.campaign, 'commune', commune.name,
      'former_commune', former.name, 'district', district.name, 'checked_on', f.checked_on,
      'together', n.together AND n.parts > 1, 'people_in_all', n.people_in_all))::text
      AS afresh
    FROM pub.need AS f JOIN core.need AS n ON n.id = f.id
      LEFT JOIN pub.unit AS commune ON commune.id = f.commune_id
      LEFT JOIN pub.unit AS former ON former.id = f.former_commune_id
      LEFT JOIN pub.unit AS district ON district.id = former.parent_id"""


def layer(client, name, **query) -> dict:
    reply = client.get(f"/layers/{name}.geojson", query_string=query)
    assert reply.status_code == 200, reply.text
    return json.loads(reply.text)


def parts(found) -> tuple[list[dict], list[dict]]:
    """The clusters and the single features of a collection."""
    rows = [feature["properties"] for feature in found["features"]]
    return [r for r in rows if "cluster" in r], [r for r in rows if "cluster" not in r]


def fill(session, number: int, seed: int = 1) -> None:
    """So many published needs, one a place, all over the province; of every urgency."""
    session.execute(
        text("""
        WITH made AS (
          INSERT INTO core.address (nature, kind, title, point, former_commune_id,
                                    programme_year, organisation_id, status)
          SELECT 'place', 'school', 'Trường ' || i,
                 ext.ST_SetSRID(ext.ST_MakePoint(106 + i * :seed * 7919 % 1000 / 1000.0,
                   21.2 + i * :seed * 104729 % 997 / 2500.0), 4326),
                 :commune, 2025, :organisation, 'published'
          FROM generate_series(1, :number) AS i RETURNING id, title)
        INSERT INTO core.need (address_id, nature, category, title, unit, urgency, status,
                               helps_people)
        SELECT id, 'place', (ARRAY['education', 'health', 'housing'])[1 + length(title) % 3],
               'Dạy học', 'buổi', 1 + substr(title, 8)::int % 4, 'published', 40 FROM made"""),
        {
            "number": number,
            "seed": seed,
            "commune": unit_id(session, "07645"),
            "organisation": make_organisation(session).id,
        },
    )


@given(title=VIETNAMESE)
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_the_stored_text_is_the_feature_whatever_its_title(session, title):
    with session.begin_nested() as example:
        place = make_place(session)
        need = make_need(session, address=place)
        for table, row in (("address", place), ("need", need)):
            statement = f"UPDATE core.{table} SET title = :title WHERE id = :id"
            session.execute(text(statement), {"title": f"Lớp {title}", "id": row.id})
        stored, afresh = session.execute(text(AFRESH)).one()
        assert _read(stored) == _read(afresh)
        assert " " not in STRING.sub("", stored)  # between its parts
        shown = json.loads(service.viewport(session.connection(), "places", {}).body)["properties"]
        assert json.loads(stored)["properties"]["title"] == shown["title"] == f"Lớp {title}"
        assert (shown["needs"], shown["max_urgency"]) == (1, 2)
        example.rollback()


def _read(written: str) -> list:
    """What JSON says, names in their order and figures as they are written."""
    return json.loads(written, object_pairs_hook=list, parse_float=str)


def test_no_text_has_blanks_and_all_say_what_they_said_before(session):
    place = make_place(session, point_estimated=True)
    make_need(session, address=place)
    make_team(session, base_public=True)
    connection = session.connection()
    now = _stored(session)
    assert not [written for written in now if " " in STRING.sub("", written)]
    migrate.downgrade(connection, "0065")
    before = _stored(session)
    assert before != now and list(map(_read, before)) == list(map(_read, now))
    migrate.upgrade(connection)
    assert _stored(session) == now and upkeep.check(session) == []


def _stored(session) -> list[str]:
    return [session.scalar(text(f"SELECT feature FROM pub.{name}")) for name in TEXTS]


def test_a_unit_that_is_renamed_is_renamed_in_every_text(client, session):
    make_team(session, base_public=True)
    make_need(session)
    district = "(SELECT parent_id FROM core.admin_unit WHERE id = :id)"
    values = {"id": unit_id(session, "07645")}
    session.execute(text("UPDATE core.admin_unit SET name = 'Xã Mới' WHERE id = :id"), values)
    session.execute(
        text(f"UPDATE core.admin_unit SET name = 'Huyện Mới' WHERE id = {district}"), values
    )
    for name in ("needs", "places", "teams"):
        [feature] = layer(client, name)["features"]
        assert feature["properties"]["district"] == "Huyện Mới"
        assert feature["properties"].get("former_commune", "Xã Mới") == "Xã Mới"
    assert upkeep.check(session) == []


def test_what_stays_the_same_is_not_written_again(session):
    need = make_need(session)
    where = text("SELECT ctid::text FROM pub.need")
    before = session.scalar(where)
    session.execute(text("UPDATE core.need SET urgency = urgency WHERE id = :id"), {"id": need.id})
    assert session.scalar(where) == before


CHOSEN = [
    {},
    {"category": "health,housing"},
    {"urgency": "3,4"},
    {"category": "health", "urgency": "1"},
]


def test_the_pyramid_says_what_counting_says(client, session, filled):
    """The same view counted row by row, as any other filter is: here by status."""
    for zoom, chosen in product((0, 5, 9, 12, 14), CHOSEN):
        same_clusters(client, zoom, chosen)


def same_clusters(client, zoom: int, chosen: dict[str, str]) -> None:
    quick = layer(client, "needs", bbox=PROVINCE, zoom=zoom, **chosen)
    slow = layer(client, "needs", bbox=PROVINCE, zoom=zoom, status="published", **chosen)
    assert quick["numberMatched"] == slow["numberMatched"]
    assert quick["bbox"] == slow["bbox"]
    (many, single), (many_slow, single_slow) = parts(quick), parts(slow)
    assert single == single_slow and (many or single)
    for cell, cell_slow in zip(many, many_slow, strict=True):
        assert cell == cell_slow
    for feature in quick["features"]:
        if "cluster" in feature["properties"]:
            west, south, east, north = feature["properties"]["bounds"]
            lng, lat = feature["geometry"]["coordinates"]
            assert west <= lng <= east and south <= lat <= north
            inside = Box(west + 1e-6, south + 1e-6, east - 1e-6, north - 1e-6)
            assert (west, south, east, north) == pytest.approx(snapped(inside, zoom), abs=2e-7)


@pytest.fixture
def filled(session):
    fill(session, 400)
    assert upkeep.fold(session)


def test_ten_times_the_needs_weigh_no_more_on_a_phone(client, session, filled, record_property):
    """What a first visit brings of needs: the page with its list, the clusters of all."""

    def weigh() -> tuple[int, int]:
        upkeep.fold(session)
        view = client.get("/layers/needs.geojson", query_string={"bbox": PROVINCE, "zoom": 8})
        assert json.loads(view.text)["features"][0]["properties"]["cluster"]
        return len(gzip.compress(client.get("/").data)), len(gzip.compress(view.data))

    before = weigh()
    fill(session, 4000, seed=3)
    after = weigh()
    record_property("bytes of 400 and of 4,400 needs", (before, after))
    for few, many in zip(before, after, strict=True):
        assert many <= few * 1.15


def test_places_are_clustered_by_kind(client, session, filled):
    make_place(session, kind="locality")
    upkeep.fold(session)
    many, _ = parts(layer(client, "places", bbox=PROVINCE, zoom=7))
    assert {name for cell in many for name in cell["by_category"]} == {"school", "locality"}
    assert all(cell["max_urgency"] is None for cell in many)
    many, _ = parts(layer(client, "places", bbox=PROVINCE, zoom=7, kind="school"))
    assert sum(cell["count"] for cell in many) == 400


def test_a_met_need_leaves_the_clusters_and_stays_where_it_is_asked_for(client, session, filled):
    session.execute(
        text("""
        WITH gone AS (DELETE FROM core.need WHERE urgency = 4 RETURNING *)
        INSERT INTO core.need (address_id, nature, category, title, unit, urgency, status,
                               helps_people)
        SELECT address_id, nature, category, title, unit, urgency, 'met', 40 FROM gone""")
    )
    assert layer(client, "needs", bbox=PROVINCE, zoom=9)["numberMatched"] == 400  # not folded yet
    assert upkeep.check(session) == []
    upkeep.fold(session)
    open_ = layer(client, "needs", bbox=PROVINCE, zoom=9)
    assert open_["numberMatched"] == 300
    assert max(cell["max_urgency"] for cell in parts(open_)[0]) == 3
    met = layer(client, "needs", bbox=PROVINCE, zoom=9, status="met")
    assert met["numberMatched"] == 100


def test_no_cell_is_left_of_what_is_gone(session, filled):
    session.execute(text("UPDATE core.address SET sensitive = true"))
    upkeep.fold(session)
    assert session.scalar(text("SELECT count(*) FROM pub.cluster")) == 0
    assert session.scalar(text("SELECT count(*) FROM pub.cluster_delta")) == 0
    assert upkeep.check(session) == []


def test_the_world_in_small_cells_becomes_larger_cells(client, session, filled, monkeypatch):
    monkeypatch.setattr(cluster_queries, "MOST_CELLS", 50)
    found = layer(client, "needs", bbox="-180,-90,180,90", zoom=14)
    assert found["numberMatched"] == 400 and 50 >= len(found["features"]) > 1
    found = layer(client, "needs", bbox=PROVINCE, zoom=14)
    west, south, east, north = found["bbox"]  # of what was counted: whole cells, larger ones
    for cluster in found["features"]:
        if "bounds" in cluster["properties"]:
            bounds = cluster["properties"]["bounds"]
            assert west <= bounds[0] and south <= bounds[1]
            assert bounds[2] <= east and bounds[3] <= north


@pytest.mark.parametrize("chosen", [{}, {"category": "health"}, {"status": "published"}])
def test_an_answer_has_no_more_cells_than_asked_for(client, session, filled, monkeypatch, chosen):
    """Whoever counts them: the pyramid, or this answer."""
    monkeypatch.setattr(cluster_queries, "MOST_CELLS", 90)
    matched = layer(client, "needs", bbox=PROVINCE, cluster=0, **chosen)["numberMatched"]
    for asked, most in (({}, 90), ({"limit": 30}, 30)):
        found = layer(client, "needs", bbox=PROVINCE, zoom=14, **chosen, **asked)
        many, single = parts(found)
        assert 1 < len(many) + len(single) <= most and not found["truncated"]
        assert sum(cell["count"] for cell in many) + len(single) == matched
        assert found["numberMatched"] == matched


def test_more_than_is_counted_asks_for_a_smaller_view(client, session, filled, monkeypatch):
    for module in (queries, cluster_queries):
        monkeypatch.setattr(module, "MOST_COUNTED", 150)
    found = layer(client, "needs", bbox=PROVINCE, zoom=9, q="day", limit=130)
    assert found["truncated"] and "numberMatched" not in found
    assert len(parts(found)[1]) == 130


def test_a_wrong_cell_is_found_and_mended(session, filled):
    session.execute(text("UPDATE pub.cluster SET n1 = n1 + 1 WHERE level = 2 AND category = '*'"))
    [found] = upkeep.check(session)
    assert (found.table, found.missing, found.extra) == ("cluster", 2, 2)
    upkeep.rebuild(session)
    assert upkeep.check(session) == []


def test_clusters_move_the_layers_version(session, public, filled):
    version = text("SELECT version FROM pub.change WHERE layer = 'needs'")
    make_need(session)
    before = public.scalar(version)
    assert upkeep.fold(session)
    assert public.scalar(version) != before
    before = public.scalar(version)
    assert upkeep.fold(session) == 0 and public.scalar(version) == before


@pytest.mark.parametrize("table", ["need", "place"])
def test_the_rows_lie_along_the_map(session, filled, table):
    upkeep.cluster(session, table)
    lying = f"(SELECT row_number() OVER (ORDER BY ctid) AS n, geom FROM pub.{table})"
    spread = text(f"""
        SELECT avg(ext.ST_Distance(a.geom, b.geom))
        FROM {lying} AS a JOIN {lying} AS b ON b.n = a.n + 1""")
    assert session.scalar(spread) < 0.08  # of a degree; any order gives about 0.4
    assert upkeep.check(session) == []


@given(st.floats(-180, 179.9), st.floats(-85, 84.9), st.floats(0.0001, 50), st.integers(0, 14))
def test_cells_of_a_box_are_those_of_the_box_they_make(west, south, side, zoom):
    whole = snapped(Box(west, south, min(west + side, 180), min(south + side, 90)), zoom)
    cells, last = cells_of(whole, zoom), 2 ** (zoom + 2) - 1
    assert 0 <= cells.west <= cells.east <= last and 0 <= cells.north <= cells.south <= last
    assert cells == cells_of(Box(*whole), zoom)
    assert snapped(whole, zoom) == whole
    inner = cells.west / (last + 1) * 360 - 180
    assert abs(inner - whole.west) < 1e-6


def test_publishing_goes_on_beside_a_long_import(committed, engine, office_connections):
    """The import's cells are those of the others too; the fold takes what is committed."""
    fill(committed, 300)
    committed.commit()
    with Session(engine) as importing:
        fill(importing, 300, seed=3)
        with Session(engine) as other:
            other.execute(text("SET LOCAL lock_timeout = '2s'"))
            make_need(other)
            other.execute(text("UPDATE core.need SET urgency = 1 WHERE urgency = 4"))
            other.commit()
        with Session(office_connections) as folding:
            assert upkeep.fold(folding)
            assert upkeep.check(folding) == []
            folding.commit()
        importing.commit()
    upkeep.fold(committed)
    assert upkeep.check(committed) == []
    assert committed.scalar(text(
        "SELECT sum(n1 + n2 + n3 + n4) FROM pub.cluster WHERE level = 2 AND category = '*'"
        " AND layer = 'needs'")) == 601  # fmt: skip


WRITES = (
    "UPDATE core.need SET urgency = 1 + (urgency + 1) % 4 WHERE id = ANY(:needs)",
    "UPDATE core.address SET point = ext.ST_Translate(point, 0.001, 0.001) WHERE id = ANY(:places)",
    "UPDATE core.address SET sensitive = NOT sensitive WHERE id = ANY(:places)",
)


@pytest.mark.proof
def test_cells_stay_exact_under_fifty_writers(committed, office_connections, long_form):
    seconds, failures = (60 if long_form else 3), []
    fill(committed, 300)
    committed.commit()
    rows = committed.execute(text("SELECT id, address_id FROM core.need ORDER BY id")).all()
    end = time.monotonic() + seconds

    def write(seed: int) -> None:
        choose = random.Random(seed)
        try:
            while time.monotonic() < end:
                some = choose.sample(rows[seed::50], 5)
                # In order, as every writer locks them.
                values = {"needs": [r.id for r in some], "places": [r.address_id for r in some]}
                with Session(office_connections) as session:
                    session.execute(text(choose.choice(WRITES)), values)
                    session.commit()
        except Exception as error:
            failures.append(error)

    writers = [Thread(target=write, args=(seed,)) for seed in range(50 if long_form else 12)]
    for writer in writers:
        writer.start()
    checked = 0
    while time.monotonic() < end:
        with Session(office_connections) as session:
            upkeep.fold(session)
            session.commit()
            assert upkeep.check(session) == []
            checked += 1
    for writer in writers:
        writer.join()
    assert failures == [] and checked
    upkeep.fold(committed)
    assert upkeep.check(committed) == []
