"""What the map asks for first, named in its page, so that the browser fetches it with the scripts.

A preload's address must be the very one that the script asks for: it is made here, and the script
takes it from the page.
"""

import math
from collections.abc import Mapping
from urllib.parse import urlencode

from mapservice.territory.eras import FORMER_DAY

DISTRICT_DETAIL = 11  # the zoom whose pixels their outlines are drawn for
TILE = 256  # pixels of the whole world at zoom 0
# Media query -> pixels of the map that nothing covers, on the usual screen of its kind.
SCREENS = {"(max-width: 860px)": (366, 566), "(min-width: 860.02px)": (856, 650)}
OF_A_VIEW = ("lat", "lng", "zoom")


def districts(box: list[float]) -> str:
    """The address of the districts' areas in `box` (west, south, east, north; degrees).

    Of the former era: districts were abolished on 1/7/2025, and people still find places by them.
    """
    asked = {"bbox": _text(box), "level": "district", "zoom": DISTRICT_DETAIL}
    return "/layers/units.geojson?" + urlencode(asked | {"date": FORMER_DAY.isoformat()}, safe=",")


def needs(box: list[float], given: Mapping[str, object]) -> list[dict[str, object]]:
    """{media, zoom, address} of all needs in `box`, by kind of screen; none where the page is asked
    (`given`) for another view or for some of them only."""
    if any(given.get(name) for name in (*OF_A_VIEW, "unit", "category", "urgency", "q")):
        return []
    return [
        {"media": media, "zoom": zoom, "address": f"/layers/needs.geojson?{asked}"}
        for media, pixels in SCREENS.items()
        for zoom in [_zoom(box, *pixels)]
        for asked in [urlencode({"bbox": _text(box), "zoom": zoom}, safe=",")]
    ]


def _text(box: list[float]) -> str:
    return ",".join(map(str, box))


def _zoom(box: list[float], width: int, height: int) -> int:
    """The zoom that shows the whole box in so many pixels, as the layers count zooms."""
    west, south, east, north = box
    parts = width / (east - west) * 360, height / (_down(south) - _down(north))
    return math.floor(math.log2(min(parts) / TILE))


def _down(lat: float) -> float:
    # The part of the way down the map of the world (Web Mercator).
    return (1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2
