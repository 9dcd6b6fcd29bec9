"""People become public only as whole cells, only by a release, and never fewer than k of them."""

import json
from datetime import timedelta
from uuid import uuid4

import pytest
from click.testing import CliRunner
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, ProgrammingError

from mapservice.cli import release as command
from mapservice.errors import Conflict
from mapservice.layers import people, upkeep
from mapservice.refusals import explain
from mapservice.release import service, tree
from mapservice.release.partition import Cell, Partition, Tally
from tests.database import PROVINCE, ROOT
from tests.factories import make_need, make_organisation, make_person, make_place, unit_id

# Neighbours in one cluster of Vùng Sơn Động: communes of 2022, each in another commune of today.
VAN_SON, AN_LAC = "07621", "07654"
CLUSTER = "24-A07-3"  # both, and Dương Hưu


@pytest.fixture
def people_of(session):
    """people_of(commune of today, number): published households of grown-ups."""
    organisation = make_organisation(session).id

    def make(commune, number, kind="elderly", **values):
        made = []
        for _ in range(number):
            defaults = {
                "person_kind": kind,
                "age_band": "under_7" if kind == "child" else "16_up",
                "former_commune_id": None,
                "commune_id": unit_id(session, commune, "2025-07-01"),
                "organisation_id": organisation,
            }
            made.append(make_person(session, **defaults | values))
        return made

    return make


@pytest.fixture
def release(office):
    def run(**options):
        return service.run(office, least=options.pop("least", 10), **options)

    return run


def cells(session) -> dict[str, tuple]:
    rows = session.execute(text("SELECT code, band_low, band_high FROM pub.person_cell"))
    return {row.code: (row.band_low, row.band_high) for row in rows}


def test_the_tree_of_the_seed_holds_every_commune_of_today_once(session):
    nodes = tree.read(ROOT / "seed" / PROVINCE / tree.FILE)
    roots = [code for node in nodes if node.parent is None for code in node.communes]
    today = session.scalars(
        text("SELECT code FROM core.admin_unit WHERE level = 'commune' AND valid_to IS NULL")
    )
    assert sorted(roots) == sorted(today)
    assert tree.draw(session, PROVINCE) == nodes  # reproducible from the areas
    assert tree.load(session, PROVINCE, ROOT / "seed") == 0  # and loaded already


def test_cells_lie_at_several_levels(session, people_of, release):
    people_of(VAN_SON, 25), people_of(AN_LAC, 3)  # too few in An Lạc: the cluster is one cell
    people_of("07615", 9), people_of("07615", 4, "youth")
    people_of("07210", 15, "youth"), people_of("07210", 14, "elderly")
    people_of("07246", 9)  # alone in its area: not published
    report = release()
    assert cells(session) == {
        CLUSTER: (20, 49),
        "07615": (10, 19),
        "07210-youth": (10, 19),
        "07210-elderly": (10, 19),
    }
    assert report.levels == {"cluster": 1, "commune": 1, "group": 2}
    assert (report.published, report.withheld, report.outside) == (70, 9, 0)


def test_households_count_once_and_in_one_group(session, people_of, release):
    home = uuid4()
    people_of(AN_LAC, 15, household_id=home)
    people_of(AN_LAC, 9)
    assert release().published == 10
    assert cells(session) == {"24-A07": (10, 19)}  # splits open at twelve
    people_of(AN_LAC, 1, "youth", household_id=home)
    people_of(AN_LAC, 2)
    release()
    assert cells(session) == {"07654-elderly": (10, 19)}


def test_children_an_unknown_age_and_health_ask_for_twenty(session, people_of, release):
    home = people_of(AN_LAC, 19)[0]
    release()
    assert cells(session) == {"07654-elderly": (10, 19)}
    make_need(session, address=home, category="health")
    assert release().published == 0
    assert cells(session) == {}
    people_of(AN_LAC, 1)
    release()
    assert list(cells(session).values()) == [(20, 49)]


def test_a_setting_only_raises_k(session, people_of, release):
    people_of(AN_LAC, 15)
    assert release(least=1).cells == 1
    assert release(least=16).cells == 0


def publish(session, asked, smallest=10):
    with session.begin_nested():
        session.execute(
            text("SELECT core.publish_person_cells(CAST(:cells AS jsonb), '{}', :k, true)"),
            {"cells": json.dumps(asked), "k": smallest},
        )


def test_the_database_refuses_a_small_cell_and_a_household_in_two(session, people_of, office):
    people_of(AN_LAC, 12), people_of(VAN_SON, 9)
    with pytest.raises(IntegrityError, match="ck_person_cell_band"):
        publish(office, [{"node": "07654", "group": None}, {"node": "07621", "group": None}])
    with pytest.raises(IntegrityError, match="overlap"):
        publish(office, [{"node": "07654", "group": None}, {"node": CLUSTER, "group": None}])
    with pytest.raises(IntegrityError, match="overlap"):
        publish(office, [{"node": "07654", "group": None}, {"node": "07654", "group": "elderly"}])
    assert cells(session) == {}


def test_who_leaves_between_count_and_publication_stops_the_release(
    session, people_of, office, monkeypatch
):
    people_of(AN_LAC, 12)
    service.run(office, least=10)
    before = cells(session)
    small = Partition([Cell("07654", None, Tally(12)), Cell("07621", None, Tally(12))], set())
    people_of(VAN_SON, 9)
    monkeypatch.setattr(service, "cut", lambda *_, **__: small)
    with pytest.raises(Conflict, match="không còn đủ"), office.begin_nested():
        service.run(office, least=10)
    assert cells(session) == before


def test_only_the_function_writes_cells(office, public):
    for statement in (
        "DELETE FROM pub.person_cell",
        "UPDATE pub.person_cell SET band_low = 10",
        "INSERT INTO core.release_split VALUES ('24-A01')",
        "UPDATE core.partition_node SET parent_code = NULL",
    ):
        with pytest.raises(ProgrammingError, match="permission denied"), office.begin_nested():
            office.execute(text(statement))
    with pytest.raises(ProgrammingError, match="permission denied"):
        publish(public, [])


def answers(client) -> list[bytes]:
    pages = [
        "/layers/people.geojson",
        "/layers/people.geojson?zoom=9&bbox=105.8,21.1,107.1,21.7",
        f"/layers/people.geojson?unit={AN_LAC}",
        "/layers/people.geojson?group=child",
        "/layers/needs.geojson",
        "/layers/places.geojson",
        "/layers/teams.geojson",
        f"/units/{AN_LAC}",
        "/units/220@2022",
        "/",
    ]
    replies = [client.get(page) for page in pages]
    assert {reply.status_code for reply in replies} == {200}
    return [reply.data for reply in replies]


def test_nothing_written_about_a_person_is_public_before_the_next_release(
    client, session, people_of, release
):
    chosen, *_ = people_of(AN_LAC, 21)
    release()
    before = answers(client)
    steps = [
        "UPDATE core.address SET commune_id = NULL, former_commune_id = :other WHERE id = :id",
        "UPDATE core.address SET household_id = gen_random_uuid() WHERE id = :id",
        "UPDATE core.address SET status = 'withdrawn', status_reason = 'other' WHERE id = :id",
        "DELETE FROM core.address WHERE id = :id",
    ]
    people_of(AN_LAC, 40, "child")
    make_need(session, address=chosen, category="health")
    values = {"id": chosen.id, "other": unit_id(session, "07207")}
    for step in steps:
        session.execute(text(step), values)
        assert answers(client) == before, step
    assert upkeep.check(session) == []
    release()
    assert answers(client) != before


def test_a_split_closes_at_once_and_opens_only_with_two_more(session, people_of, release):
    registered = people_of(AN_LAC, 12)
    people_of(VAN_SON, 12)
    release()
    opened = {"07654-elderly", "07621-elderly"}
    assert set(cells(session)) == opened
    for left, expected in ((11, opened), (10, opened), (9, {CLUSTER})):
        session.delete(registered.pop())
        session.flush()
        assert len(registered) == left
        release()
        assert set(cells(session)) == expected
    people_of(AN_LAC, 2)
    release()
    assert set(cells(session)) == {CLUSTER}
    people_of(AN_LAC, 1)
    release(partition=False)  # twelve again, but not the time to split
    assert set(cells(session)) == {CLUSTER}
    release()
    assert set(cells(session)) == opened


def features(client, query="") -> list[dict]:
    reply = client.get(f"/layers/people.geojson{query}")
    assert reply.status_code == 200, reply.text
    return reply.json["features"]


def test_the_people_layer(client, people_of, release):
    people_of(AN_LAC, 3), people_of(VAN_SON, 110)
    people_of("07210", 14), people_of("07210", 12, "youth")
    release()
    found = {feature["id"]: feature for feature in features(client, "?zoom=10")}
    assert set(found) == {CLUSTER, "07210-elderly", "07210-youth"}
    cluster = found[CLUSTER]
    assert cluster["geometry"]["type"] in {"Polygon", "MultiPolygon"}
    lng, lat = cluster["properties"].pop("label")
    assert 106.7 < lng < 107.1 and 21.1 < lat < 21.5
    assert len(set(cluster["properties"].pop("unit_codes"))) == 3
    assert cluster["properties"] == {
        "code": CLUSTER,
        "area": CLUSTER,
        "name": "Cụm Vân Sơn – An Lạc – Dương Hưu",
        "level": "cluster",
        "group": "all",
        "band_low": 100,
        "band_high": None,
        "units": ["Xã An Lạc", "Xã Dương Hưu", "Xã Vân Sơn"],
    }
    assert [f["id"] for f in features(client, "?group=youth")] == ["07210-youth"]
    assert len(features(client, "?bbox=106.15,21.25,106.22,21.31")) == 2
    for query in ("?q=a", "?limit=5", "?cluster=0", "?group=x", "?bbox=1,2", "?unit=99999"):
        assert client.get(f"/layers/people.geojson{query}").status_code == 400, query


def test_a_unit_has_a_figure_only_as_a_union_of_whole_cells(client, session, people_of, release):
    people_of(AN_LAC, 3), people_of(VAN_SON, 25)  # the cluster is one cell
    people_of("07210", 14)
    release()
    assert [f["id"] for f in features(client, "?unit=07210")] == ["07210-elderly"]
    assert features(client, f"?unit={AN_LAC}") == []  # part of a cell
    assert features(client, "?unit=07207@2022") == []  # part of today's Phường Bắc Giang
    assert [f["id"] for f in features(client, "?unit=220@2022")] == [CLUSTER]  # huyện Sơn Động
    assert "ít nhất 10" in client.get("/units/07210").text
    assert "ít nhất 20" in client.get("/units/220@2022").text
    assert "ít nhất" not in client.get(f"/units/{AN_LAC}").text
    whole = people.figure(session, unit_id(session, "24", "2025-07-01"))
    assert whole.at_least == 30


def test_a_sensitive_place_counts_like_a_household_and_is_nowhere(client, session, release):
    commune = unit_id(session, "07210", "2025-07-01")
    for _ in range(19):
        make_place(
            session, sensitive=True, former_commune_id=None, commune_id=commune, kind="other"
        )
    assert release().cells == 0  # nobody says who lives there: twenty are asked for
    make_place(session, sensitive=True, former_commune_id=None, commune_id=commune)
    assert release().cells == 1
    assert client.get("/layers/places.geojson").json["features"] == []


@pytest.mark.parametrize(
    ("place", "need", "shown"),
    [
        ({}, {"category": "health"}, False),  # no number is a small number
        ({}, {"category": "health", "helps_people": 10}, True),
        ({}, {"category": "housing"}, True),
        ({}, {"category": "housing", "concerns": ["disability"]}, False),
        ({}, {"category": "housing", "concerns": ["children"], "helps_people": 12}, True),
        ({"children": 120}, {"category": "health"}, True),
        ({"elderly": 6}, {"category": "health"}, False),
        ({"elderly": 6}, {"category": "housing"}, True),
        ({"elderly": 60}, {"category": "housing", "concerns": ["health"]}, True),
        ({"elderly": 60}, {"category": "housing", "concerns": ["disability"]}, False),
        ({"elderly": 60, "disabled": 10}, {"concerns": ["disability"]}, True),
        ({"children": 3, "elderly": 20}, {"concerns": ["children"]}, False),
        ({"children": 3, "elderly": 20}, {"concerns": ["children"], "helps_people": 60}, False),
        ({"children": 300, "elderly": 20}, {"concerns": ["children", "disability"]}, False),
        ({"children": 6, "elderly": 6}, {"category": "health"}, False),
        ({"households": 9}, {"category": "health"}, False),
        ({"households": 10}, {"category": "health"}, True),
        ({"elderly": 6}, {"category": "housing", "concerns": ["disability"]}, False),
        ({"children": 4}, {"category": "education"}, False),
        ({"children": 4, "youth": 30}, {"category": "education"}, True),
        ({"children": 40, "disabled": 4}, {"category": "education"}, True),
        ({"disabled": 4}, {"category": "housing"}, False),
        ({"children": 4}, {"category": "education", "helps_people": 60}, True),
        ({"children": 400}, {"category": "housing", "helps_people": 3}, False),
        ({"children": 400, "elderly": 50}, {"category": "housing", "helps_people": 3}, True),
    ],
)
def test_a_need_of_few_children_sick_or_disabled_people_is_not_public(
    session, public, place, need, shown
):
    make_need(session, address=make_place(session, **place), **need)
    assert bool(public.scalar(text("SELECT count(*) FROM pub.need"))) is shown
    assert upkeep.check(session) == []


@pytest.mark.parametrize(
    ("counts", "shown"),
    [
        ({"households": 1}, False),
        ({"households": 1, "children": 0, "elderly": 0}, False),
        ({"households": 1, "children": 2, "elderly": 1, "disabled": 1}, False),
        ({"households": 1, "children": 40}, True),
        ({"households": 2}, True),
        ({}, True),
    ],
)
def test_a_home_registered_as_a_place_is_not_public_nor_what_it_needs(
    session, public, counts, shown
):
    place = make_place(session, kind="other", **counts)
    make_need(session, address=place, category="housing", helps_people=None)
    for values in ({"category": "health", "concerns": ["disability"]}, {"concerns": ["children"]}):
        make_need(session, address=place, helps_people=None, **values)
    public_now = text("SELECT (SELECT count(*) FROM pub.place), (SELECT count(*) FROM pub.need)")
    needs = 2 if counts.get("children") == 40 else 1  # where forty children are counted, theirs too
    assert tuple(public.execute(public_now).one()) == ((1, needs) if shown else (0, 0))
    assert upkeep.check(session) == []
    session.execute(text("UPDATE core.address SET households = 1, children = NULL"))
    assert tuple(public.execute(public_now).one()) == (0, 0)
    assert upkeep.check(session) == []


def test_such_a_need_cannot_be_published_and_the_registrar_is_told_why(session):
    for need in ({"category": "health"}, {"category": "housing", "concerns": ["children"]}):
        with pytest.raises(IntegrityError) as caught, session.begin_nested():
            make_need(session, address=make_place(session), helps_people=9, **need)
        told = explain(caught.value)
        assert list(told.fields) == ["helps_people"] and "từng người" in told.detail
    place = make_place(session)
    draft = make_need(session, address=place, helps_people=9, category="health", status="draft")
    assert draft.id
    make_need(session, address=place, helps_people=9, category="housing")
    make_need(session, address=make_person(session), helps_people=1, category="health")


PLANTED = """
    INSERT INTO pub.person_cell
    SELECT concat_ws('-', n.code, nullif(:need_group, 'all')), n.code, :level, n.name, :need_group,
           '10_19', 10, 19, ARRAY(SELECT unit_id FROM core.partition_member WHERE node = n.code
                                  ORDER BY unit_id), u.label_point, ext.ST_Multi(u.bounds)
    FROM core.partition_node AS n, core.admin_unit AS u
    WHERE n.code = :node AND u.code = :place AND u.valid_to IS NULL"""


@pytest.mark.parametrize(
    ("planted", "found"),
    [
        ({"node": AN_LAC, "level": "commune"}, [CLUSTER, AN_LAC]),
        (
            {"node": AN_LAC, "level": "group", "need_group": "elderly"},
            [CLUSTER, AN_LAC + "-elderly"],
        ),
        ({"node": "24-A07", "level": "area"}, ["24-A07", CLUSTER]),
        ({"node": "24-A07-1", "level": "area"}, ["24-A07-1"]),  # a cluster
        ({"node": "24-A07-1", "level": "group", "need_group": "other"}, ["24-A07-1-other"]),
    ],
)
def test_cells_that_overlap_or_are_no_nodes_are_found(session, people_of, release, planted, found):
    people_of(AN_LAC, 6), people_of(VAN_SON, 6)
    release()
    assert list(cells(session)) == [CLUSTER] and upkeep.check(session) == []
    session.execute(text(PLANTED), {"need_group": "all", "place": AN_LAC} | planted)
    (finding,) = upkeep.check(session)
    assert finding.table == "person_cell" and finding.missing == 0
    assert finding.extra == len(found) and set(finding.examples) == set(found)


@pytest.mark.parametrize(
    "fault",
    [
        "area = '24-A99'",
        "unit_ids = unit_ids[1:1]",
        "code = 'X'",
        "level = 'area'",
        "level = 'group', need_group = 'child', code = code || '-child'",
    ],
)
def test_a_cell_that_is_not_its_node_is_found(session, people_of, release, fault):
    people_of(AN_LAC, 6), people_of(VAN_SON, 6)
    release()
    session.execute(text(f"UPDATE pub.person_cell SET {fault}"))
    assert [(f.table, f.extra) for f in upkeep.check(session)] == [("person_cell", 1)]


def test_a_release_is_due_weekly_and_splits_anew_every_four_weeks(session, people_of, office):
    people_of(AN_LAC, 12), people_of(VAN_SON, 9)
    assert service.due(office)
    assert service.run_scheduled(office, least=10).partitioned
    assert not service.due(office)
    aged = text("UPDATE core.release SET released_at = released_at - CAST(:age AS interval)")
    session.execute(aged, {"age": timedelta(days=8)})
    assert service.due(office)
    people_of(VAN_SON, 5)
    assert not service.run_scheduled(office, least=10).partitioned
    assert set(cells(session)) == {CLUSTER}
    session.execute(aged, {"age": timedelta(days=21)})
    assert service.run_scheduled(office, least=10).partitioned
    assert len(cells(session)) == 2


def test_release_on_the_command_line(settings, monkeypatch):
    settings = settings | {"RELEASE_K": 10}
    monkeypatch.setattr("mapservice.cli.release.settings.load", lambda: settings)
    run = CliRunner().invoke(command.command, ["--json"])
    assert run.exit_code == 0, run.output
    assert json.loads(run.output)["cells"] == 0
    run = CliRunner().invoke(command.command, ["--keep-partition"])
    assert run.exit_code == 0 and "0 cells published" in run.output
