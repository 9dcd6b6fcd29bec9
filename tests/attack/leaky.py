"""A map with every mistake that others made, to show that the attackers are worth their name."""

import json
import math
import random
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

from tests.attack.attackers import METRES, metres

NOISE = 242  # metres of fresh random displacement, as measured elsewhere


@dataclass
class LeakyMap:
    """Shows one person blurred, and lets filters and distances see the true point."""

    spot: tuple[float, float]
    name: str = "qyxbcd"
    group: str = "child"
    blurred: bool = True
    chance: random.Random = field(default_factory=lambda: random.Random(5))

    def ask(self, url: str) -> dict | None:
        query = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        if "/near" in url:
            here = float(query["lng"]), float(query["lat"])
            return self._answer([self._feature(metres=round(metres(here, self.spot)))])
        inside = self._inside(query.get("bbox"))
        right = query.get("kind", self.group) == self.group and query.get("q", "") in self.name
        if not (inside and right):
            return self._answer([])
        if "zoom" in query and query.get("cluster") != "false":
            return self._answer([self._cluster(int(query["zoom"]))])
        # Known places are drawn; the person is counted, and shown only when blurred.
        return self._answer([self._feature()] if self.blurred else [], matched=1)

    def _inside(self, box: str | None) -> bool:
        if box is None:
            return True
        west, south, east, north = json.loads(f"[{box}]")
        return west <= self.spot[0] <= east and south <= self.spot[1] <= north

    def _feature(self, **properties) -> dict:
        lng, lat = self.spot
        lng += self.chance.gauss(0, NOISE) / METRES / math.cos(math.radians(lat))
        lat += self.chance.gauss(0, NOISE) / METRES
        point = {"type": "Point", "coordinates": [lng, lat]}
        return {"id": "hidden", "geometry": point, "properties": properties}

    def _cluster(self, zoom: int) -> dict:
        size = 360 / 2 ** (zoom + 2)
        west = math.floor(self.spot[0] / size) * size
        south = math.floor(self.spot[1] / size) * size
        bounds = [west, south, west + size, south + size]
        point = {"type": "Point", "coordinates": [west, south]}
        return {"id": "1-1", "geometry": point, "properties": {"count": 1, "bounds": bounds}}

    def _answer(self, features: list[dict], matched: int | None = None) -> dict:
        total = len(features) if matched is None else matched
        return {"features": features, "numberMatched": total}
