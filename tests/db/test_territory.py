"""The territory in the database: seeding, areas, containment, finding units."""

from datetime import date

import pytest
from geoalchemy2.shape import from_shape, to_shape
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely import MultiPolygon, box
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError

from mapservice.config import ROOT
from mapservice.errors import BadRequest, NotFound
from mapservice.territory import areas, queries, service
from mapservice.territory.models import AdminChange, AdminUnit, HistoricalName, Level, UnitWithin
from mapservice.territory.names import fold
from tests.unit.test_territory_names import UNSEEN, VIETNAMESE

FORMER, MIDDLE, NOW = date(2022, 12, 31), date(2025, 3, 1), date(2025, 7, 1)


def unit(session, code, day):
    return session.scalars(queries.units_on([code], day)).one()


def units_on(day, level):
    """The units of a level on a day, by code."""
    return (
        select(AdminUnit)
        .where(AdminUnit.level == level, AdminUnit.valid_from <= day)
        .where(func.coalesce(AdminUnit.valid_to, text("'infinity'")) > day)
        .order_by(AdminUnit.code)
    )


@pytest.mark.parametrize(
    ("day", "districts", "communes"),
    [
        (FORMER, 10, 209),
        (date(2024, 6, 1), 10, 209),
        (MIDDLE, 10, 192),
        (NOW, 0, 99),
    ],
)
def test_each_era_has_its_units(session, day, districts, communes):
    counts = {level: len(session.scalars(units_on(day, level)).all()) for level in Level}
    assert counts == {Level.PROVINCE: 1, Level.DISTRICT: districts, Level.COMMUNE: communes}


def test_seeding_again_changes_nothing(session):
    report = service.seed(session, "24", ROOT / "seed")
    assert (report.added, report.changed, report.drawn) == (0, 0, 0)
    assert report.same > 1_000
    assert not session.dirty and not session.new


def test_seeding_mends_what_differs_and_leaves_the_rest(session):
    commune = unit(session, "07645", FORMER)
    commune.name, commune.geom = "Xã Sai", None
    session.flush()
    report = service.seed(session, "24", ROOT / "seed")
    assert (report.added, report.changed, report.drawn) == (0, 1, 1)
    assert commune.name == "Xã An Lạc" and commune.geom is not None


def test_seeding_keeps_official_boundaries(session):
    commune = unit(session, "07645", FORMER)
    square = MultiPolygon([box(106.9, 21.3, 107.0, 21.35)])
    commune.geom, commune.approximate, commune.source = from_shape(square, 4326), False, "Sở"
    commune.label_point = from_shape(square.centroid, 4326)
    session.flush()
    report = service.seed(session, "24", ROOT / "seed")
    assert report.changed == 0
    areas.draw(session)
    session.refresh(commune)
    assert to_shape(commune.geom).equals(square) and commune.source == "Sở"
    assert to_shape(commune.label_point).equals(square.centroid)
    # What holds it wholly was drawn around it.
    successor = unit(session, "07654", NOW)
    assert to_shape(successor.geom).buffer(1e-6).contains(square)


def test_an_unknown_province_is_refused(session):
    with pytest.raises(NotFound, match="Chưa có dữ liệu"):
        service.seed(session, "56", ROOT / "seed")


def test_areas_are_valid_approximate_and_hold_their_label_points(session):
    bad = session.scalars(
        select(AdminUnit.name).where(
            ~func.ST_IsValid(AdminUnit.geom)
            | ~AdminUnit.approximate
            | AdminUnit.geom.is_(None)
            | (
                (AdminUnit.level == Level.COMMUNE)
                & ~func.ST_Contains(AdminUnit.geom, AdminUnit.label_point)
            )
        )
    ).all()
    assert bad == []


def test_communes_stay_within_their_bounds_and_their_containers(session):
    outside = session.scalars(
        select(AdminUnit.name).where(
            AdminUnit.level == Level.COMMUNE,
            ~func.ST_Contains(func.ST_Expand(AdminUnit.bounds, 1e-6), AdminUnit.geom),
        )
    ).all()
    assert outside == []
    leaking = session.execute(
        text("""
        SELECT inner_unit.name, outer_unit.name FROM core.unit_within AS w
        JOIN core.admin_unit AS inner_unit ON inner_unit.id = w.unit_id
        JOIN core.admin_unit AS outer_unit ON outer_unit.id = w.container_id
        WHERE inner_unit.level = 'commune'
          AND ST_Area(ST_Difference(inner_unit.geom, outer_unit.geom)) > 1e-7
        """)
    ).all()
    assert leaking == []


@pytest.mark.parametrize("day", [FORMER, MIDDLE, NOW])
def test_communes_of_a_day_do_not_overlap(session, day):
    communes = units_on(day, Level.COMMUNE).subquery()
    one, other = communes.alias(), communes.alias()
    overlap = func.ST_Area(func.ST_Intersection(one.c.geom, other.c.geom))
    pairs = session.execute(
        select(one.c.name, other.c.name)
        .join(other, (one.c.id < other.c.id) & func.ST_Intersects(one.c.geom, other.c.geom))
        .where(overlap > 1e-7)  # about 1,000 m²; coordinates are snapped to 1 cm
    ).all()
    assert pairs == []


def test_containers_reach_through_eras(session):
    def containers(code, day):
        found = session.scalars(
            select(AdminUnit)
            .join(UnitWithin, UnitWithin.container_id == AdminUnit.id)
            .where(UnitWithin.unit_id == unit(session, code, day).id)
        )
        return {(u.code, u.valid_from.isoformat()) for u in found}

    assert containers("07645", FORMER) == {
        ("07645", "2004-08-31"),
        ("220", "2004-08-31"),
        ("24", "1997-01-01"),
        ("07654", "2025-07-01"),
        ("24", "2025-07-01"),
    }
    # The town around an unchanged commune, and the smaller district after the split.
    assert ("222", "2024-02-01") in containers("07759", FORMER)
    assert ("219", "2025-01-01") in containers("07531", FORMER)
    assert ("219", "2025-01-01") not in containers("07525", FORMER)
    assert ("224", "2025-01-01") in containers("07525", FORMER)
    # A split district is no part of what became of its parts.
    assert containers("219", FORMER) == {
        ("219", "2004-08-31"),
        ("24", "1997-01-01"),
        ("24", "2025-07-01"),
    }


def test_rebuilding_containment_is_idempotent_and_mends(session):
    rebuild = select(func.core.rebuild_unit_within())
    assert session.scalar(rebuild) == 0
    session.execute(text("DELETE FROM core.unit_within WHERE unit_id % 7 = 0"))
    assert session.scalar(rebuild) > 0
    assert session.scalar(rebuild) == 0


def test_every_commune_of_2022_became_exactly_one_of_today(session):
    successors = session.execute(
        text("""
        SELECT former.code, count(*) FILTER (WHERE today.id IS NOT NULL)
        FROM core.admin_unit AS former
        JOIN core.unit_within AS w ON w.unit_id = former.id
        LEFT JOIN core.admin_unit AS today ON today.id = w.container_id
          AND today.level = 'commune' AND today.valid_to IS NULL
        WHERE former.level = 'commune' AND former.valid_from <= '2022-12-31'
          AND former.valid_to > '2022-12-31'
        GROUP BY former.code
        """)
    ).all()
    assert len(successors) == 209 and {count for _, count in successors} == {1}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("07615", "Xã Sơn Động"),
        ("07615@2022", "Thị trấn An Châu"),
        ("07615@2024-06-01", "Thị trấn An Châu"),
        ("24", "Tỉnh Bắc Ninh"),
        ("24@2025h1", "Tỉnh Bắc Giang"),
        ("222@2024-02-01", "Thị xã Việt Yên"),
        ("222@2024-01-31", "Huyện Việt Yên"),
        ("224@2025h1", "Thị xã Chũ"),
    ],
)
def test_find_unit(session, name, expected):
    assert service.find_unit(session, name).name == expected


@pytest.mark.parametrize("name", ["07645@1990-01-01", "220", "224@2022", "99999", "24-TB1"])
def test_find_unit_says_what_is_not_there(session, name):
    with pytest.raises(NotFound) as refused:
        service.find_unit(session, name)
    assert "unit" in refused.value.fields


def test_find_unit_leaves_the_area_in_the_database(session):
    session.expunge_all()
    assert "geom" not in vars(service.find_unit(session, "24@2022"))


@pytest.mark.parametrize("name", ["", "07645@", "07645@2022-13-01", "a b", "x" * 40, "07645@@2022"])
def test_find_unit_says_what_is_unreadable(session, name):
    with pytest.raises(BadRequest):
        service.find_unit(session, name)


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ({"valid_from": date(2010, 1, 1)}, "ex_admin_unit_one_at_a_time"),
        ({"code": "x y"}, "ck_admin_unit_code"),
        ({"code": "99999", "valid_to": date(2020, 1, 1)}, "ck_admin_unit_validity"),
        ({"code": "99999", "parent_id": None}, "ck_admin_unit_parent"),
        ({"code": "99999", "approximate": False}, "ck_admin_unit_official_has_geom"),
        ({"code": "99999", "area_km2": 0}, "ck_admin_unit_area"),
    ],
)
def test_the_database_refuses(session, change, constraint):
    like = unit(session, "07645", FORMER)
    values = {
        "code": like.code,
        "level": like.level,
        "kind": like.kind,
        "name": like.name,
        "short_name": like.short_name,
        "parent_id": like.parent_id,
        "valid_from": date(2021, 1, 1),
        "valid_to": None,
        "label_point": like.label_point,
        "bounds": like.bounds,
        "source": "test",
    }
    with pytest.raises(IntegrityError) as refused, session.begin_nested():
        session.add(AdminUnit(**values | change))
        session.flush()
    assert refused.value.orig.diag.constraint_name == constraint


def test_the_office_may_read_but_not_rebuild(office):
    assert office.scalar(select(func.count()).select_from(AdminChange)) > 0
    assert not office.scalar(
        text("SELECT has_function_privilege('core.rebuild_unit_within()', 'EXECUTE')")
    )


def test_python_and_the_database_fold_all_names_alike(session):
    for model in (AdminUnit, HistoricalName):
        rows = session.execute(select(model.name, model.name_folded)).all()
        assert rows
        assert [fold(name) for name, _ in rows] == [folded for _, folded in rows]


def test_python_and_the_database_leave_out_the_same_unseen_characters(session):
    texts = [f"{c}a{c}\u0301{c}B" for c in UNSEEN]
    statement = text(
        "SELECT DISTINCT core.fold(value) FROM unnest(CAST(:texts AS text[])) AS value"
    )
    assert session.scalars(statement, {"texts": texts}).all() == ["ab"]
    assert {fold(text) for text in texts} == {"ab"}
    visible = [chr(point) for point in range(0x2000, 0x2070) if chr(point) not in UNSEEN]
    assert all(fold(character) for character in visible)
    kept = text("SELECT count(*) FROM unnest(CAST(:texts AS text[])) AS t WHERE core.fold(t) = ''")
    assert session.scalar(kept, {"texts": visible}) == 0


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(VIETNAMESE, min_size=1, max_size=20), st.sampled_from(["NFC", "NFD"]))
def test_python_and_the_database_fold_any_vietnamese_alike(session, texts, form):
    statement = text(
        f"SELECT core.fold(normalize(value, {form})) "
        "FROM unnest(CAST(:texts AS text[])) WITH ORDINALITY AS t(value, n) ORDER BY n"
    )
    assert session.scalars(statement, {"texts": texts}).all() == [fold(text) for text in texts]


def test_resolve_from_the_database_and_after_a_change(session):
    assert service.resolve(session, "xã An Lạc, Sơn Động").match.code_2022 == "07645"
    kept = service.gazetteer(session)
    assert service.gazetteer(session) is kept
    unit(session, "07645", FORMER).short_name = "An Bình"
    session.flush()
    assert service.resolve(session, "xã An Bình, Sơn Động").match.code_2022 == "07645"
