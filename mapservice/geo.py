"""Points, boxes and the one SRID we store: pure functions, coordinates always [lng, lat]."""

import math
import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable
from typing import NamedTuple

from geoalchemy2 import WKTElement

from mapservice.errors import BadRequest
from mapservice.language import gettext as _

SRID = 4326
# float() alone would also read "1_05", " 1", "infinity" and digits of other scripts.
DECIMAL = re.compile(r"[+-]?[0-9]{1,40}(\.[0-9]{0,40})?([eE][+-]?[0-9]{1,3})?")
CELLS_OF_TILE = 2  # halvings of a 256-pixel tile that make a 64-pixel cell
DECIMALS = 7  # of a degree that a box is written with; a cell of zoom 24 is 50 of the last
BBOX_TEXT_LIMIT = 200  # characters; four honest numbers fit many times over


class Box(NamedTuple):
    """A bounding box in degrees, EPSG:4326."""

    west: float
    south: float
    east: float
    north: float


def point(lng: float, lat: float) -> WKTElement:
    """A 2-D point in EPSG:4326 as GeoAlchemy2 stores it."""
    return WKTElement(f"POINT({lng:.8f} {lat:.8f})", srid=SRID)


def parse_number(text: str, name: str, low: float, high: float) -> float:
    """A finite decimal within `low`..`high`; raises BadRequest naming the parameter."""
    value = _decimal(text)
    if not (math.isfinite(value) and low <= value <= high):
        least, most = f"{low:g}", f"{high:g}"
        raise BadRequest(
            _(
                "Tham số %(name)s phải là số từ %(low)s đến %(high)s.",
                name=name,
                low=least,
                high=most,
            ),
            fields={name: [f"must be a number from {least} to {most}"]},
        )
    return value


def parse_bbox(text: str) -> Box:
    """`west,south,east,north` in degrees, as OGC API Features writes it.

    A box that reaches beyond the earth is clamped to it; one that is empty, inverted or not
    four finite numbers raises BadRequest naming `bbox`.
    """
    parts = text.split(",") if len(text) <= BBOX_TEXT_LIMIT else []
    numbers = [_decimal(part) for part in parts]
    if len(numbers) != 4 or not all(math.isfinite(number) for number in numbers):
        raise _bad_bbox("must be four finite numbers: west,south,east,north")
    west, south, east, north = numbers
    box = Box(max(west, -180.0), max(south, -90.0), min(east, 180.0), min(north, 90.0))
    if box.west >= box.east or box.south >= box.north:
        raise _bad_bbox("is empty, inverted or off the earth")
    return box


def snapped(box: Box, zoom: float) -> Box:
    """The smallest box of whole 64-pixel cells at `zoom` (0 to 24) that holds `box`.

    Viewports that are close to each other so become one. Cells are those of Web Mercator; the
    outermost rows reach to the poles. What is snapped already stays as it is.
    """
    cells = 2 ** (int(zoom) + CELLS_OF_TILE)
    west, east = _around(box.west, box.east, lambda i: _meridian(i / cells), cells)
    south, north = _around(box.south, box.north, lambda i: _parallel(i / cells), cells)
    return Box(west, south, east, north)


class Cells(NamedTuple):
    """Cells of one level, ends included: columns from the west, rows from the north."""

    west: int
    north: int
    east: int
    south: int


def cells_of(box: Box | None, zoom: int) -> Cells:
    """The 64-pixel cells at `zoom` that `box` touches; None: all of the world's."""
    last = 2 ** (zoom + CELLS_OF_TILE) - 1
    if box is None:
        return Cells(0, 0, last, last)
    whole = snapped(box, zoom)
    west, east = (round((lng + 180) / 360 * (last + 1)) for lng in (whole.west, whole.east))
    north, south = (round(_down(lat) * (last + 1)) for lat in (whole.north, whole.south))
    return Cells(west, north, east - 1, south - 1)


def _down(lat: float) -> float:
    """The part (0 to 1) of the way down the map of the world at a latitude."""
    if abs(lat) == 90:
        return 0.0 if lat > 0 else 1.0
    return (1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2


def _around(
    low: float, high: float, edge: Callable[[int], float], cells: int
) -> tuple[float, float]:
    """The last edge of a cell at or below `low`, the first at or above `high`."""
    edges = range(cells + 1)
    below = bisect_right(edges, low, key=edge) - 1
    return edge(below), edge(bisect_left(edges, high, key=edge))


def _meridian(part: float) -> float:
    """Degrees east of a part (0 to 1) of the way around the world, as we write them."""
    return round(360 * part - 180, DECIMALS)


def _parallel(part: float) -> float:
    """Degrees north of a part (0 to 1) of the way up the map of the world, as we write them."""
    if part in {0, 1}:
        return 180 * part - 90
    return round(math.degrees(math.atan(math.sinh(math.pi * (2 * part - 1)))), DECIMALS)


def _decimal(text: str) -> float:
    """The number, NaN where `text` is not a plain decimal."""
    return float(text) if DECIMAL.fullmatch(text) else math.nan


def _bad_bbox(reason: str) -> BadRequest:
    return BadRequest(
        "Tham số bbox phải là tây,nam,đông,bắc (độ), và không rỗng.",
        fields={"bbox": [reason]},
    )
