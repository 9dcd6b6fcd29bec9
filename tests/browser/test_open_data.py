"""Real clients of the open data: GDAL reads what SQL counts."""

import json

import pytest
from sqlalchemy import create_engine, text

from mapservice.geo import Box
from tests.tiles import decoded, gdal, tile_of

OPEN = "SELECT * FROM pub.need WHERE public_until IS NULL OR public_until > now()"
COUNTS = {
    "needs": f"SELECT count(*) FROM ({OPEN}) AS f",
    "places": "SELECT count(*) FROM pub.place",
    "teams": "SELECT count(*) FROM pub.team",
    "people": "SELECT count(*) FROM pub.person_cell",
    "communes": "SELECT count(*) FROM pub.unit WHERE level = 'commune' AND valid_to IS NULL",
    "districts": "SELECT count(*) FROM pub.unit WHERE level = 'district' AND valid_to IS NULL",
}
SOUTH_EAST = Box(106.5, 21.1, 107.1, 21.4)


@pytest.fixture
def address(site, live_server, monkeypatch):
    """The API's address, as its own links say it."""
    monkeypatch.setitem(site.config, "BASE_URL", live_server)
    return f"{live_server}/ogc"


@pytest.fixture
def sql(cluster, site_database):
    """`sql(statement)`: one value, as the public role sees it."""
    engine = create_engine(cluster.url("public", site_database))
    with engine.connect() as connection:
        yield lambda statement, **values: connection.scalar(text(statement), values)
    engine.dispose()


def count(*words: str) -> int:
    told = gdal("ogrinfo", "-ro", "-so", *words)
    return int(told.partition("Feature Count: ")[2].split()[0])


def test_gdal_lists_and_counts_every_collection(address, sql):
    told = gdal("ogrinfo", "-ro", f"OAPIF:{address}")
    for name, statement in COUNTS.items():
        assert f": {name} " in told
        assert count(f"OAPIF:{address}", name) == sql(statement), name


def copied(tmp_path, *source: str) -> dict[str, dict]:
    """The features of this source by key, after a journey through GeoPackage."""
    sheet, rows = str(tmp_path / "copy.gpkg"), tmp_path / "copy.json"
    gdal("ogr2ogr", sheet, *source, "-nln", "copy")
    gdal("ogr2ogr", "-f", "GeoJSON", "-lco", "COORDINATE_PRECISION=6", str(rows), sheet, "copy")
    found = json.loads(rows.read_text(encoding="utf-8"))["features"]
    assert len({feature["properties"]["code"] for feature in found}) == len(found)
    return {feature["properties"]["code"]: feature for feature in found}


def same(found: dict[str, dict], stored: list[dict]) -> None:
    """Every row that SQL has, its words and all of its coordinates; a part of several or not."""
    assert found.keys() == {row["key"] for row in stored} and found
    for row in stored:
        feature = found[row["key"]]
        for name, value in row["words"].items():
            assert (feature["properties"][name] or None) == (value or None), (row["key"], name)
        assert spots(feature["geometry"]) == pytest.approx(spots(row["shape"]), abs=1.5e-6)


def spots(shape: dict) -> list[float]:
    """All numbers of a geometry, in their order."""
    waiting, numbers = [shape["coordinates"]], []
    while waiting:
        part = waiting.pop()
        if isinstance(part, list):
            waiting += part
        else:
            numbers.append(part)
    return numbers


STORED = """SELECT json_agg(json_build_object('key', {key}, 'shape',
    ext.ST_AsGeoJSON(geom, 6)::json, 'words', json_build_object({words}))) FROM ({rows}) AS f"""
ROWS = {
    "needs": (OPEN, "code", ("title", "place_title", "category")),
    "places": ("SELECT * FROM pub.place", "code", ("title", "kind")),
    "teams": ("SELECT * FROM pub.team", "code", ("name", "organisation")),
    "people": ("SELECT * FROM pub.person_cell", "code", ("name", "area")),
    "communes": ("SELECT * FROM pub.unit WHERE level = 'commune' AND valid_to IS NULL", "key",
                 ("name", "short_name")),
    "districts": ("SELECT * FROM pub.unit WHERE level = 'district' AND valid_from <= '2024-01-01'"
                  " AND valid_to > '2024-01-01'", "key", ("name", "short_name")),
}  # fmt: skip


@pytest.mark.parametrize("name", ROWS)
def test_gdal_pages_through_all_and_keeps_shapes_and_words(address, sql, tmp_path, name):
    rows, key, words = ROWS[name]
    named = ", ".join(f"'{word}', {word}" for word in words)
    # None is valid today: the driver asks for every document and page by the query of its address.
    day = "?datetime=2024-01-01T00:00:00Z" if name == "districts" else ""
    found = copied(tmp_path, "-oo", "PAGE_SIZE=7", f"OAPIF:{address}{day}", name)
    same(found, sql(STORED.format(key=key, rows=rows, words=named)))


@pytest.mark.parametrize("name", ["needs", "places", "teams", "people", "communes"])
def test_gdal_filters_by_box(address, sql, name):
    rows, _, _ = ROWS[name]
    box = [str(side) for side in SOUTH_EAST]
    envelope = f"ext.ST_MakeEnvelope({', '.join(box)}, 4326)"
    inside = f"SELECT count(*) FROM ({rows}) AS f WHERE geom OPERATOR(ext.&&) {envelope}"
    found = count("-spat", *box, f"OAPIF:{address}", name)
    assert 0 < found == sql(inside) < sql(f"SELECT count(*) FROM ({rows}) AS f") + (name == "teams")


def test_gdal_filters_by_property(address, sql):
    urgent = count("-where", "urgency = 4", f"OAPIF:{address}", "needs")
    assert urgent == sql(f"SELECT count(*) FROM ({OPEN}) AS f WHERE urgency = 4") > 0


def shown(site, tmp_path, layer: str, z: int, x: int, y: int) -> list[dict]:
    """The properties of a tile's features."""
    reply = site.test_client().get(f"/tiles/{layer}/{z}/{x}/{y}.mvt")
    assert reply.status_code in {200, 204}
    return decoded(reply.data, layer, tmp_path) if reply.data else []


def test_gdal_decodes_tiles_with_the_ids_that_sql_has(site, sql, tmp_path):
    lng, lat = (
        sql("SELECT ext.ST_X(geom) FROM pub.need LIMIT 1"),
        sql("SELECT ext.ST_Y(geom) FROM pub.need LIMIT 1"),
    )
    x, y = tile_of(lng, lat, 12)
    box = f"ext.ST_Transform(ext.ST_TileEnvelope(12, {x}, {y}), 4326)"
    for layer, table in (("needs", f"({OPEN})"), ("places", "pub.place"), ("teams", "pub.team")):
        codes = f"SELECT array_agg(code) FROM {table} AS f WHERE geom OPERATOR(ext.&&) {box}"
        found = [row["code"] for row in shown(site, tmp_path, layer, 12, x, y)]
        assert sorted(found) == sorted(sql(codes) or []), layer
    for layer, zoom in (("units", 9), ("people", 9)):
        found = shown(site, tmp_path, layer, zoom, *tile_of(lng, lat, zoom))
        assert found and all(row["code"] and row["name"] for row in found), layer


def test_counts_of_all_clusters_add_up(site, sql, tmp_path):
    for zoom in (0, 9):
        (west, east), (south, north) = (
            [sql(f"SELECT {end}(ext.{axis}(geom)) FROM pub.need") for end in ("min", "max")]
            for axis in ("ST_X", "ST_Y")
        )
        (x0, y0), (x1, y1) = tile_of(west, north, zoom), tile_of(east, south, zoom)
        found = [
            row
            for x in range(x0, x1 + 1)
            for y in range(y0, y1 + 1)
            for row in shown(site, tmp_path, "needs", zoom, x, y)
        ]
        assert any(row.get("cluster") for row in found)
        counted = "SELECT count(*) FROM pub.need WHERE public_until IS NULL"
        assert sum(row.get("count") or 1 for row in found) == sql(counted)
