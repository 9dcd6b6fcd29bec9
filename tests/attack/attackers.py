"""What somebody with patience does to a map to find one person: each returns the best estimate.

`ask(url)` gives an answer's JSON, None for a refusal. An estimate is whatever the attacker
concludes: a position (degrees), a number, a text. An attacker sees public answers only, and
begins with what the town knows: the commune's frame and everything published in it.
"""

import math
from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import urlencode

METRES = 111_320  # of a degree of latitude
Ask = Callable[[str], dict | None]


class Frame(NamedTuple):
    """A box in degrees."""

    west: float
    south: float
    east: float
    north: float

    @property
    def centre(self) -> tuple[float, float]:
        return (self.west + self.east) / 2, (self.south + self.north) / 2

    def __str__(self) -> str:
        return ",".join(f"{edge:.8f}" for edge in self)


class Prior(NamedTuple):
    """What is known beforehand: where the person's commune is, which codes are public."""

    frame: Frame
    known: frozenset[str]


def metres(one: tuple[float, float], other: tuple[float, float]) -> float:
    east = (one[0] - other[0]) * METRES * math.cos(math.radians(one[1]))
    return math.hypot(east, (one[1] - other[1]) * METRES)


def averaging(ask: Ask, prior: Prior, layer: str, times: int = 25) -> tuple[float, float]:
    """Ask the same again and again and take the mean of what is not known already."""
    spots = []
    for _ in range(times):
        found = _features(ask, layer, bbox=str(prior.frame))
        spots += [_middle(f) for f in found if f.get("id") not in prior.known]
    if not spots:
        return prior.frame.centre
    return sum(x for x, _ in spots) / len(spots), sum(y for _, y in spots) / len(spots)


def bisection(ask: Ask, prior: Prior, layer: str, steps: int = 40) -> tuple[float, float]:
    """Halve the box for which the answer still holds something that is not known."""
    west, south, east, north = prior.frame
    for step in range(steps):
        x, y = (west + east) / 2, (south + north) / 2
        half = Frame(west, south, x, north) if step % 2 else Frame(west, south, east, y)
        if _strangers(ask, prior, layer, bbox=str(half)):
            east, north = half.east, half.north
        elif step % 2:
            west = x
        else:
            south = y
    return (west + east) / 2, (south + north) / 2


def trilateration(ask: Ask, prior: Prior) -> tuple[float, float]:
    """Distances from three corners to the nearest that is not known."""
    west, south, east, north = prior.frame
    distances = []
    for corner in ((west, south), (east, south), (west, north)):
        query = urlencode({"lng": f"{corner[0]:.7f}", "lat": f"{corner[1]:.7f}", "limit": 100})
        found = (ask(f"/layers/needs/near?{query}") or {}).get("features", [])
        strange = [f for f in found if f.get("id") not in prior.known]
        if not strange:
            return prior.frame.centre
        distances.append(min(f["properties"]["metres"] for f in strange))
    a, b, c = distances
    scale = METRES * math.cos(math.radians((south + north) / 2))
    width, height = (east - west) * scale, (north - south) * METRES
    x = (a * a - b * b + width * width) / (2 * width)
    y = (a * a - c * c + height * height) / (2 * height)
    return west + x / scale, south + y / METRES


def zoom_split(ask: Ask, prior: Prior, layer: str) -> tuple[float, float]:
    """Follow clusters from zoom to zoom: which one holds more than is known."""
    frame = prior.frame
    for zoom in range(5, 22):
        found = _features(ask, layer, bbox=str(frame), zoom=zoom)
        for feature in found:
            bounds = feature["properties"].get("bounds")
            if bounds and _count(ask, layer, Frame(*bounds)) < feature["properties"]["count"]:
                frame = Frame(*bounds)
                break
            if not bounds and feature.get("id") not in prior.known:
                return _middle(feature)
    return frame.centre


def differencing(ask: Ask, prior: Prior, layer: str, filters: dict[str, list[str]]) -> tuple:
    """Sums over each filter, alone and in pairs, against the whole: a remainder is somebody."""
    box = str(prior.frame)
    whole = _matched(ask, layer, bbox=box)
    sums = []
    for name, values in filters.items():
        parts = [_matched(ask, layer, bbox=box, **{name: value}) for value in values]
        sums.append((name, tuple(parts), (whole or 0) - sum(p or 0 for p in parts)))
        for other, more in filters.items():
            if other > name:
                pairs = (
                    _matched(ask, layer, bbox=box, **{name: values[0], other: m}) for m in more
                )
                sums.append((name, other, tuple(pairs)))
    return whole, tuple(sums)


def spelling(ask: Ask, prior: Prior, layer: str, start: str, alphabet: str) -> str:
    """Complete a word letter by letter, as far as a search finds anything with it."""
    word = start
    for _ in range(8):
        longer = next((w for w in (word + c for c in alphabet) if _matched(ask, layer, q=w)), None)
        if longer is None:
            return word
        word = longer
    return word


def _url(layer: str, **query) -> str:
    return f"/layers/{layer}.geojson?{urlencode(query)}"


def _features(ask: Ask, layer: str, **query) -> list[dict]:
    return (ask(_url(layer, **query)) or {}).get("features", [])


def _matched(ask: Ask, layer: str, **query) -> int | None:
    answer = ask(_url(layer, **query))
    return None if answer is None else answer["numberMatched"]


def _strangers(ask: Ask, prior: Prior, layer: str, **query) -> bool:
    return any(f.get("id") not in prior.known for f in _features(ask, layer, **query))


def _count(ask: Ask, layer: str, frame: Frame) -> int:
    return len(_features(ask, layer, bbox=str(frame), cluster="false"))


def _middle(feature: dict) -> tuple[float, float]:
    shape = feature["geometry"]["coordinates"]
    while isinstance(shape[0], list):
        shape = shape[0]
    return shape[0], shape[1]
