"""Points, boxes and the one SRID we store: pure functions, coordinates always [lng, lat]."""

import math
import re
from typing import NamedTuple

from geoalchemy2 import WKTElement

from mapservice.errors import BadRequest

SRID = 4326
# float() alone would also read "1_05", " 1", "infinity" and digits of other scripts.
DECIMAL = re.compile(r"[+-]?[0-9]{1,40}(\.[0-9]{0,40})?([eE][+-]?[0-9]{1,3})?")
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
        raise BadRequest(
            f"Tham số {name} phải là số từ {low:g} đến {high:g}.",
            fields={name: [f"must be a number from {low:g} to {high:g}"]},
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


def _decimal(text: str) -> float:
    """The number, NaN where `text` is not a plain decimal."""
    return float(text) if DECIMAL.fullmatch(text) else math.nan


def _bad_bbox(reason: str) -> BadRequest:
    return BadRequest(
        "Tham số bbox phải là tây,nam,đông,bắc (độ), và không rỗng.",
        fields={"bbox": [reason]},
    )
