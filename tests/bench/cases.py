"""What is asked of the public layers: viewports of several sizes and zooms, the same each run."""

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote

from flask import Flask
from sqlalchemy import Connection, text

from tests.bench.matching import TEAMS

VIEWS = 20  # viewports of one case, asked in turn
SCREEN = (1024, 768)  # pixels
TILE = 256
ZOOMS = (7, 9, 11, 13)
FILTERED_ZOOM = 11
TEAMS_OF_ALL = 1000
AREAS = """
    INSERT INTO pub.person_cell (code, area, level, name, need_group, band, band_low, band_high,
                                 unit_ids, label_point, geom)
    SELECT u.code, u.code, 'commune', u.name, 'all', '10_19', 10, 19, ARRAY[u.id], u.label_point,
           ext.ST_Multi(u.geom)
    FROM pub.unit AS u WHERE u.level = 'commune' AND u.valid_to IS NULL"""


@dataclass(frozen=True)
class Case:
    """One kind of question; `baseline` holds the same ones for the ORM route."""

    name: str
    paths: list[str]
    baseline: list[str] | None = None


def cases(app: Flask, connection: Connection) -> Iterator[Case]:
    """Those that the application has a route for."""
    spots = _spots(connection)
    for features in (50, 1000):
        boxes = [_box_of(connection, spot, features) for spot in spots]
        yield Case(
            f"needs, about {features}",
            [f"/layers/needs.geojson?bbox={box}" for box in boxes],
            [f"/baseline?bbox={box}" for box in boxes],
        )
    yield from _clusters(spots)
    yield from _layers(spots)
    near = [f"/layers/needs/near?lng={lng:.3f}&lat={lat:.3f}" for lng, lat in spots]
    yield Case("nearest 20", near)
    routes = {rule.rule for rule in app.url_map.iter_rules()}
    if "/search.json" in routes:
        words = ("dong bai", "đồng bài", "truong", "so 12", "Sơn Động", "an lac", "phong hoc he",
                 "truong so 777", "tieu hco dong bai", "truonk", "truong thpt 3")  # fmt: skip
        yield Case("search", [f"/search.json?q={quote(word)}" for word in words])
    if any(route.startswith("/tiles/") and route.endswith(".mvt") for route in routes):
        tiles = sorted({f"/tiles/needs/{z}/{x}/{y}.mvt" for z, x, y in _tiles(spots)})
        yield Case("tiles, zoom 9 and 13", tiles)


def _clusters(spots: list[tuple[float, float]]) -> Iterator[Case]:
    """From the pyramid; by category, which it knows too; by status, which is counted anew."""
    for zoom in ZOOMS:
        paths = [f"/layers/needs.geojson?zoom={zoom}&bbox={_screen(*s, zoom)}" for s in spots]
        yield Case(f"clusters, zoom {zoom}", paths)
        if zoom == FILTERED_ZOOM:
            yield Case("clusters of a category", [f"{path}&category=housing" for path in paths])
    paths = [f"/layers/needs.geojson?zoom=13&bbox={_screen(*s, 13)}" for s in spots]
    yield Case("clusters counted anew", [f"{path}&status=published" for path in paths])


def _layers(spots: list[tuple[float, float]]) -> Iterator[Case]:
    """The other layers on a screen of a district, OGC items of that screen, sums, what is gone."""
    screens = [f"bbox={_screen(*spot, FILTERED_ZOOM)}" for spot in spots]
    for layer in ("places", "teams", "units", "people"):
        paths = [f"/layers/{layer}.geojson?zoom={FILTERED_ZOOM}&{screen}" for screen in screens]
        yield Case(layer, paths)
    yield Case("OGC items", [f"/ogc/collections/needs/items?{screen}" for screen in screens])
    yield Case("stats", ["/stats.json", "/stats.json?unit=213@2022", "/stats.json?unit=07210"])
    yield Case("withdrawn", ["/layers/withdrawn.json"])


def populate(connection: Connection) -> None:
    """Teams, and areas of people in every commune, where the province has none yet; as the owner.

    The areas are invented where they are read: what is measured is how they are read.
    """
    if not connection.scalar(text("SELECT EXISTS (SELECT FROM pub.team)")):
        connection.execute(text(TEAMS), {"teams": TEAMS_OF_ALL})
    if not connection.scalar(text("SELECT EXISTS (SELECT FROM pub.person_cell)")):
        connection.execute(text(AREAS))


def _spots(connection: Connection) -> list[tuple[float, float]]:
    """Where needs are, so that a dense place is looked at more often."""
    rows = connection.execute(
        text("""SELECT ext.ST_X(geom), ext.ST_Y(geom) FROM pub.need
        ORDER BY md5(title || ext.ST_AsText(geom)) LIMIT :views"""),
        {"views": VIEWS},
    )
    return [tuple(row) for row in rows]


def _box_of(connection: Connection, spot: tuple[float, float], features: int) -> str:
    """A box around the spot with about so many needs, never more than an answer holds."""
    low, high = 0.0, 1.0
    for _ in range(25):
        half = (low + high) / 2
        inside = connection.scalar(
            text("""SELECT count(*) FROM pub.need WHERE geom OPERATOR(ext.&&)
            ext.ST_MakeEnvelope(:w, :s, :e, :n, 4326)"""),
            dict(zip("wsen", _around(spot, half, half), strict=True)),
        )
        low, high = (half, high) if inside <= features else (low, half)
    return _text(_around(spot, low, low))


def _screen(lng: float, lat: float, zoom: int) -> str:
    degrees = 360 / TILE / 2**zoom
    return _text(_around((lng, lat), SCREEN[0] * degrees / 2, SCREEN[1] * degrees / 2))


def _around(spot: tuple[float, float], across: float, up: float) -> tuple[float, ...]:
    return (spot[0] - across, spot[1] - up, spot[0] + across, spot[1] + up)


def _text(box: tuple[float, ...]) -> str:
    return ",".join(f"{side:.6f}" for side in box)


def _tiles(spots: list[tuple[float, float]]) -> Iterator[tuple[int, int, int]]:
    for zoom in (9, 13):
        for lng, lat in random.Random(1).sample(spots, min(10, len(spots))):
            y = 1 - math.asinh(math.tan(math.radians(lat))) / math.pi
            yield zoom, int((lng + 180) / 360 * 2**zoom), int(y / 2 * 2**zoom)
