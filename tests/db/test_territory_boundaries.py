"""Official boundaries: the real files, and bad ones that leave no trace."""

import copy
import json
import re
from datetime import date

import pytest
from geoalchemy2.shape import to_shape
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from shapely import box
from sqlalchemy import func, select

from mapservice.config import ROOT
from mapservice.errors import Invalid
from mapservice.territory import boundaries, queries
from mapservice.territory.models import AdminUnit, Level
from mapservice.territory.outlines import read_area
from tests.db.test_territory import units_on

DATA = ROOT.parent / "shared" / "data"
FORMER, MIDDLE, NOW = date(2022, 12, 31), date(2025, 3, 1), date(2025, 7, 1)
SQUARE = [[106.9, 21.3], [107.0, 21.3], [107.0, 21.35], [106.9, 21.35], [106.9, 21.3]]
BOW = {
    "type": "Polygon",
    "coordinates": [
        [[106.95, 21.38], [107, 21.43], [107, 21.38], [106.95, 21.43], [106.95, 21.38]]
    ],
}
FEATURE = {
    "type": "Feature",
    "properties": {"code": "07645", "name": "Xã An Lạc", "valid_from": "2004-08-31"},
    "geometry": {"type": "Polygon", "coordinates": [SQUARE]},
}


@pytest.fixture
def file(tmp_path):
    def write(*features, **document):
        path = tmp_path / "boundaries.geojson"
        content = {"type": "FeatureCollection", "features": list(features)} | document
        path.write_text(json.dumps(content), encoding="utf-8")
        return path

    return write


def feature(geometry=None, **properties):
    made = copy.deepcopy(FEATURE)
    made["properties"] |= properties
    made["properties"] = {k: v for k, v in made["properties"].items() if v is not None}
    if geometry is not None:
        made["geometry"] = geometry
    return made


def official(session):
    return session.scalars(select(AdminUnit.code).where(~AdminUnit.approximate)).all()


def test_a_unit_gets_its_official_boundary(session, file):
    path = file(FEATURE)
    report = boundaries.load(session, path)
    assert (report.loaded, report.skipped) == (1, ())
    commune = session.scalars(queries.units_on(["07645"], FORMER)).one()
    square = box(106.9, 21.3, 107.0, 21.35)
    assert to_shape(commune.geom).equals(square) and to_shape(commune.bounds).equals(square)
    assert (commune.approximate, commune.source) == (False, path.name)
    # The commune it became and its district are drawn anew, and stay approximate.
    assert report.redrawn >= 3
    for code, day in (("07654", NOW), ("220", FORMER)):
        holder = session.scalars(queries.units_on([code], day)).one()
        assert holder.approximate
        assert to_shape(holder.geom).buffer(1e-6).contains(square)


def test_the_label_point_is_kept_inside(session, file):
    commune = session.scalars(queries.units_on(["07645"], FORMER)).one()
    before = to_shape(commune.label_point)
    boundaries.load(session, file(FEATURE))
    assert to_shape(commune.label_point).equals(before)
    east = [[lng + 0.075, lat] for lng, lat in SQUARE]
    boundaries.load(session, file(feature({"type": "Polygon", "coordinates": [east]})))
    session.refresh(commune)
    assert not to_shape(commune.label_point).equals(before)
    assert to_shape(commune.geom).contains(to_shape(commune.label_point))


@pytest.mark.parametrize(
    "properties",
    [
        {"name": None},
        {"valid_from": None},
        {"valid_from": None, "name": None, "code": "07645"},
        {"name": "xa an lac", "valid_from": None},
        {"level": "commune"},
        {"level": 3, "valid_from": "2004-08-31T00:00:00"},
    ],
)
def test_units_are_matched_by_code_and_validity_or_name(session, file, properties):
    assert boundaries.load(session, file(feature(**properties))).loaded == 1
    assert official(session) == ["07645"]


@pytest.mark.parametrize(
    ("features", "reasons"),
    [
        ([feature(code="99999")], ["Đối tượng 1 (99999, Xã An Lạc)", "không có trong dữ liệu"]),
        ([feature(code=7645)], ["(7645, Xã An Lạc)", 'code phải là chuỗi, ví dụ "07204"']),
        ([feature(code=["07645"])], ["thiếu thuộc tính"]),
        ([feature(name=["Xã An Lạc"], valid_from=None)], ["name phải là chuỗi"]),
        ([feature(code=None)], ["thiếu thuộc tính"]),
        ([feature(valid_from="2025-07-01")], ["không có đơn vị nào"]),
        ([feature(valid_from="yesterday")], ["không đọc được"]),
        ([feature(level_name="district")], ["không có trong dữ liệu"]),
        ([feature(code="07615", name=None, valid_from=None)], ["nhiều đơn vị"]),
        (
            [feature({"type": "Polygon", "coordinates": [[[x, y + 0.042] for x, y in SQUARE]]})],
            ["hơn 1 km (nhầm mã?)"],
        ),
        ([FEATURE, FEATURE], ["Đối tượng 2", "trùng"]),
        ([feature({"type": "Point", "coordinates": [106.9, 21.3]})], ["không phải Point"]),
        (
            [feature({"type": "Polygon", "coordinates": [[[y, x] for x, y in SQUARE]]})],
            ["bị đảo"],
        ),
        (
            [FEATURE, feature(BOW, code="07624", name="Xã Hữu Sản")],
            ["Đối tượng 2 (07624, Xã Hữu Sản)", "tự cắt"],
        ),
    ],
)
def test_a_bad_feature_is_named_and_nothing_is_loaded(session, file, features, reasons):
    with pytest.raises(Invalid) as refused:
        boundaries.load(session, file(*features))
    for reason in reasons:
        assert reason in refused.value.detail
    assert official(session) == []


def test_all_bad_features_are_listed(session, file):
    wrong = [feature(code=str(code)) for code in range(30)]
    with pytest.raises(Invalid) as refused:
        boundaries.load(session, file(FEATURE, *wrong))
    assert len(refused.value.fields["features"]) == 30
    assert (
        "30 đối tượng sai" in refused.value.detail and "10 đối tượng khác" in refused.value.detail
    )
    assert official(session) == []


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "không phải JSON"),
        (b"{", "không phải JSON"),
        (b"\xff\xfe{}", "UTF-8"),
        (b"[" * 200_000, "lồng nhau quá sâu"),
        (b"1" * 5_000, "số quá dài"),
        (b'{"features": \n x}', "dòng 2, cột 2"),
        (b"[]", "FeatureCollection"),
        (b'{"type": "Feature"}', "FeatureCollection"),
        (b'{"type": "FeatureCollection"}', "features"),
        (b'{"type": "FeatureCollection", "features": [1]}', "features"),
        (b'{"type": "FeatureCollection", "features": []}', "không có đơn vị"),
        (
            b'{"type": "FeatureCollection", "features": [], "crs": {"type": "name",'
            b' "properties": {"name": "urn:ogc:def:crs:EPSG::9210"}}}',
            "EPSG::9210",
        ),
        (b'{"type":"FeatureCollection","crs":{"properties":"x"},"features":[]}', "không rõ"),
        (b'{"type":"FeatureCollection","crs":"EPSG:3405","features":[]}', "không rõ"),
    ],
)
def test_a_file_that_is_no_geojson_is_refused(session, tmp_path, content, reason):
    path = tmp_path / "bad.geojson"
    path.write_bytes(content)
    with pytest.raises(Invalid, match=reason) as refused:
        boundaries.load(session, path)
    assert not re.search("recursion|Expecting|Exceeds|line|column", refused.value.detail)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=12,
)
PROPERTIES = st.fixed_dictionaries(
    {},
    optional={
        "code": st.sampled_from(["07645", "07615", 7645, "0"]) | JSON,
        "name": st.just("Xã An Lạc") | JSON,
        "valid_from": st.just("2004-08-31") | JSON,
        "valid_to": JSON,
        "level": JSON,
        "level_name": st.just("commune") | JSON,
    },
)
PLACES = st.sampled_from(SQUARE) | st.lists(st.floats(), max_size=3)
RINGS = st.just(SQUARE) | st.lists(PLACES, max_size=6).map(lambda ring: ring + ring[:1]) | JSON
GEOMETRY = st.fixed_dictionaries(
    {},
    optional={
        "type": st.sampled_from(["Polygon", "MultiPolygon"]) | JSON,
        "coordinates": st.lists(RINGS, max_size=3) | st.lists(st.lists(RINGS, max_size=2)) | JSON,
    },
)
FEATURES = st.fixed_dictionaries(
    {}, optional={"properties": PROPERTIES | JSON, "geometry": GEOMETRY | JSON}
)
DOCUMENTS = JSON | st.fixed_dictionaries(
    {"type": st.just("FeatureCollection"), "features": st.lists(FEATURES, max_size=3) | JSON},
    optional={"crs": JSON | st.fixed_dictionaries({"properties": JSON})},
)


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], deadline=None
)
@given(DOCUMENTS)
@example({"type": "FeatureCollection", "features": [{"properties": {"code": "\ud800\x1b[1m"}}]})
@example({"type": "FeatureCollection", "features": [feature({"type": ["Polygon"]})]})
def test_any_json_is_loaded_or_refused(session, tmp_path, document):
    path = tmp_path / "any.geojson"
    path.write_text(json.dumps(document), encoding="utf-8")
    with session.begin_nested() as attempt:
        try:
            boundaries.load(session, path)
        except Invalid as refused:
            assert all(c.isprintable() or c == "\n" for c in refused.detail)
        attempt.rollback()


def test_boundaries_on_the_same_ground_are_refused(session, file):
    """Two units of one level and time; those of other times or levels share their ground."""
    neighbour = feature(code="07654", name="Xã Lệ Viễn")
    with pytest.raises(Invalid) as refused:
        boundaries.load(session, file(FEATURE, neighbour))
    assert (
        "Đối tượng 1 (07645, Xã An Lạc): chồng lên Đối tượng 2 (07654, Xã Lệ Viễn), 100%"
        in refused.value.detail
    )
    assert official(session) == []
    today = feature(code="07654", valid_from="2025-07-01")  # another time, the same ground
    assert boundaries.load(session, file(FEATURE, today)).loaded == 2
    with pytest.raises(Invalid, match=r"ranh giới chính thức của Xã An Lạc \(07645\), 100%"):
        boundaries.load(session, file(neighbour))
    beside = {"type": "Polygon", "coordinates": [[[x - 0.098, y] for x, y in SQUARE]]}
    neighbour["geometry"] = beside  # 2 % of it in common: outlines are simplified
    assert boundaries.load(session, file(neighbour)).loaded == 1


def test_a_file_replaces_what_it_names_itself(session, file):
    assert boundaries.load(session, file(FEATURE)).loaded == 1
    assert boundaries.load(session, file(FEATURE)).loaded == 1


def test_a_missing_file_is_refused(session, tmp_path):
    with pytest.raises(Invalid, match="Không mở được"):
        boundaries.load(session, tmp_path / "nothing.geojson")
    with pytest.raises(Invalid, match="Không mở được"):
        boundaries.load(session, tmp_path)


def test_what_is_no_unit_is_skipped_and_reported(session, file):
    special = feature(code="24-TB1", name="Trường bắn", level_name="special_area")
    report = boundaries.load(session, file(FEATURE, special))
    assert report.loaded == 1
    assert report.skipped == ("Đối tượng 2 (24-TB1, Trường bắn): không phải đơn vị hành chính",)


@pytest.mark.skipif(not DATA.is_dir(), reason="the real boundary files are not here")
def test_the_real_files(session):
    loaded = {
        path.name: boundaries.load(session, path) for path in sorted(DATA.glob("*_lite.geojson"))
    }
    assert {name: report.loaded for name, report in loaded.items()} == {
        "bac_giang_2022_communes_lite.geojson": 209,
        "bac_giang_2022_districts_lite.geojson": 10,
        "bac_giang_2022_province_lite.geojson": 1,
        "bac_ninh_2025_communes_lite.geojson": 99,
        "bac_ninh_2025_province_lite.geojson": 1,
    }
    assert "24-TB1" in loaded["bac_giang_2022_communes_lite.geojson"].skipped[0]
    for day in (FORMER, NOW):
        for level in Level:
            assert not any(u.approximate for u in session.scalars(units_on(day, level)))
    # Early 2025 has no file: the union of official communes comes to their area.
    middle = session.scalars(units_on(MIDDLE, Level.COMMUNE)).all()
    drawn = [u for u in middle if u.approximate]
    assert drawn
    for unit in drawn:
        square_metres = session.scalar(
            select(func.ST_Area(func.geography(AdminUnit.geom))).where(AdminUnit.id == unit.id)
        )
        assert square_metres / 1e6 == pytest.approx(float(unit.area_km2), rel=0.03), unit.name


@pytest.mark.skipif(not DATA.is_dir(), reason="the real boundary files are not here")
def test_a_polygon_twice_in_a_real_file_is_refused(session, tmp_path):
    path = DATA / "bac_giang_2022_communes_lite.geojson"
    document = json.loads(path.read_text(encoding="utf-8"))
    by_code = {f["properties"]["code"]: f for f in document["features"]}
    by_code["07204"]["geometry"] = by_code["07201"]["geometry"]
    wrong = tmp_path / "wrong.geojson"
    wrong.write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(Invalid) as refused:
        boundaries.load(session, wrong)
    assert re.search(
        r"\(07201, .*chồng lên .*\(07204, .*100%|07204.*hơn 1 km", refused.value.detail
    )


@pytest.mark.skipif(not DATA.is_dir(), reason="the real boundary files are not here")
def test_drawn_areas_resemble_the_real_ones(session):
    """Of the ground of all communes, three quarters are drawn in the right one."""
    right = total = 0.0
    drawn = {(u.code, u.valid_from): to_shape(u.geom) for u in session.scalars(queries.all_units())}
    for path in DATA.glob("*communes_lite.geojson"):
        for real in json.loads(path.read_text(encoding="utf-8"))["features"]:
            key = real["properties"]["code"], real["properties"]["valid_from"]
            if key[1] is None:
                continue
            area = read_area(real["geometry"], (box(105, 20, 108, 22), box(105, 20, 108, 22)))
            total += area.area
            right += area.intersection(drawn[key[0], date.fromisoformat(key[1])]).area
    assert right / total > 0.75
