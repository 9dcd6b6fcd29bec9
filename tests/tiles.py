"""Vector tiles as others see them: where a point lies by the definition, what GDAL decodes."""

import json
import math
import subprocess
from pathlib import Path


def tile_of(lng: float, lat: float, zoom: int) -> tuple[int, int]:
    """(x, y) of the tile that holds a point."""
    tiles = 2**zoom
    north = math.asinh(math.tan(math.radians(lat))) / math.pi
    return int((lng + 180) / 360 * tiles), int((1 - north) / 2 * tiles)


def gdal(*words: str) -> str:
    """What one of GDAL's commands prints; it neither fails nor complains."""
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0 and "ERROR" not in done.stderr, done.stderr
    return done.stdout


def decoded(data: bytes, layer: str, folder: Path) -> list[dict]:
    """The properties of a tile's features, as GDAL's driver for vector tiles reads them."""
    tile, rows = folder / "tile.mvt", folder / "tile.json"
    tile.write_bytes(data)
    rows.unlink(missing_ok=True)
    gdal("ogr2ogr", "-f", "GeoJSON", str(rows), f"MVT:{tile}", layer)
    return [f["properties"] for f in json.loads(rows.read_text(encoding="utf-8"))["features"]]
