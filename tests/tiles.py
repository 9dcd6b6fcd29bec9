"""Where a point lies in the pyramid of tiles, by the definition and not by our SQL."""

import math


def tile_of(lng: float, lat: float, zoom: int) -> tuple[int, int]:
    """(x, y) of the tile that holds a point."""
    tiles = 2**zoom
    north = math.asinh(math.tan(math.radians(lat))) / math.pi
    return int((lng + 180) / 360 * tiles), int((1 - north) / 2 * tiles)
