"""Vector tiles of a layer, and what a map must know to ask for them.

Every function takes a session of the public role.
"""

from sqlalchemy import text
from sqlalchemy.orm import Session

from mapservice.caching.versions import Question
from mapservice.errors import NotFound
from mapservice.geo import CELLS_OF_TILE
from mapservice.language import gettext as _
from mapservice.layers.cluster_queries import FINEST
from mapservice.layers.clusters import COUNTED
from mapservice.layers.filters import Where
from mapservice.layers.service import MADE_OF
from mapservice.territory.eras import today
from mapservice.tiles import queries

MOST_ZOOM = 20
FEATURES_FROM_ZOOM = 12  # below, needs and places are clusters; from there, where too many
Tile = bytes | memoryview | None

# layer -> type, as TileJSON has it -> the properties of that type
FIELDS = {
    "needs": {
        "String": (
            *("code", "title", "place", "place_title", "kind", "category", "status", "skills"),
            *("commune", "district", "checked_on"),
        ),
        "Number": ("urgency", "parts", "parts_taken", "count", "max_urgency"),
        "Boolean": ("cluster",),
    },
    "places": {
        "String": ("code", "title", "kind", "commune", "district", "checked_on"),
        "Number": ("count",),
        "Boolean": ("cluster",),
    },
    "teams": {
        "String": ("code", "name", "kind", "state", "skills", "organisation", "commune"),
        "Number": ("people", "radius_km", "count"),
        "Boolean": ("cluster",),
    },
    "units": {"String": ("code", "name", "short_name", "level"), "Boolean": ("approximate",)},
    "people": {
        "String": ("code", "name", "level", "group"),
        "Number": ("band_low", "band_high"),
    },
}


def known(layer: str) -> None:
    """NotFound for what is no layer."""
    if layer not in FIELDS:
        raise NotFound(_("Không có lớp bản đồ này."), fields={"layer": ["is unknown"]})


def question(layer: str, z: int, x: int, y: int) -> Question:
    """Which tile is asked, for caches; NotFound outside the pyramid of MOST_ZOOM."""
    known(layer)
    if z > MOST_ZOOM or x >= 2**z or y >= 2**z:
        raise NotFound(_("Không có mảnh bản đồ này."), fields={"tile": ["is outside"]})
    day = {"today": today()} if layer == "units" else {}
    return Question(f"tile {layer}", MADE_OF[layer], {"z": z, "x": x, "y": y} | day)


def tile(session: Session, layer: str, z: int, x: int, y: int) -> bytes:
    """The tile; empty where it shows nothing."""
    values = {"layer": layer, "z": z, "x": x, "y": y, "most": queries.MOST, "beyond": 1}
    if layer in {"units", "people"}:
        found = _areas(session, layer, values)
    elif layer in COUNTED and z < FEATURES_FROM_ZOOM:
        found = _pyramid(session, layer, values)
    else:
        held = session.execute(text(queries.points(layer)), values | {"cells": 2**z}).one()
        found = _crowd(session, layer, values) if held.crowded else held.tile
    return bytes(found or b"")


def _areas(session: Session, layer: str, values: dict[str, object]) -> Tile:
    where = Where((queries.DRAWN_UNITS,), {"day": today()}) if layer == "units" else Where()
    beyond = queries.METRES_ROUND / 2 ** values["z"] * queries.BUFFER / queries.EXTENT
    drawn = values | where.values | {"beyond": beyond}
    return session.scalar(text(queries.areas(layer, where)), drawn)


def _crowd(session: Session, layer: str, values: dict[str, object]) -> Tile:
    """Clusters of a tile that holds too many points: none is left out unseen."""
    if layer in COUNTED and values["z"] + CELLS_OF_TILE <= FINEST:
        return _pyramid(session, layer, values)
    cells = {"cells": 2 ** (values["z"] + CELLS_OF_TILE)}
    return session.scalar(text(queries.counted(layer)), values | cells)


def _pyramid(session: Session, layer: str, values: dict[str, object]) -> Tile:
    return session.scalar(text(queries.clusters(layer)), values | _cells(**values))


def _cells(z: int, x: int, y: int, **_: object) -> dict[str, int]:
    """The cells of a tile, and their level."""
    west, north = x << CELLS_OF_TILE, y << CELLS_OF_TILE
    last = (1 << CELLS_OF_TILE) - 1
    level = z + CELLS_OF_TILE
    return {
        "level": level,
        "west": west,
        "north": north,
        "east": west + last,
        "south": north + last,
    }


def description(layer: str, address: str, about: dict[str, object]) -> dict[str, object]:
    """TileJSON 3.0; `address` is that of the tiles, `about` adds name, attribution, bounds."""
    known(layer)
    fields = {name: kind for kind, names in FIELDS[layer].items() for name in names}
    return {
        "tilejson": "3.0.0",
        "tiles": [address],
        "minzoom": 0,
        "maxzoom": MOST_ZOOM,
        "vector_layers": [{"id": layer, "fields": fields, "minzoom": 0, "maxzoom": MOST_ZOOM}],
    } | about
