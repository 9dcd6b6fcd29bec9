"""The real communes of the former era, as the demo sees them: how hard life is, what land."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

import shapely
from sqlalchemy import Connection, text

from mapservice.demo import catalogue, queries
from mapservice.demo.randomness import Stream

ZONE_HARDSHIP = {"I": 0.3, "II": 0.8, "III": 1.6}  # zones of ethnic-minority communes
ALLOWANCE_HARDSHIP = 12  # a regional allowance of 0.1 more than doubles what is registered
TRIES = 200


@dataclass(frozen=True)
class Commune:
    """`weight` is how much is registered here against an easy commune's 1.

    Positions are [longitude, latitude] in degrees.
    """

    id: int
    code: str
    kind: str
    name: str
    short_name: str
    current_id: int
    district_id: int
    district_code: str
    district_kind: str
    district: str
    district_short: str
    area_km2: float
    label: tuple[float, float]
    allowance: float
    zone: str | None
    area: shapely.Geometry = field(repr=False)

    @property
    def in_text(self) -> str:
        """As written inside a sentence: "xã An Lạc"."""
        return f"{self.kind.lower()} {self.short_name}"

    @property
    def district_in_text(self) -> str:
        return f"{self.district_kind.lower()} {self.district_short}"

    @property
    def terrain(self) -> str:
        """highland, midland, lowland or urban: which words and needs fit."""
        if self.allowance >= 0.2:
            return "highland"
        if self.kind in {"Phường", "Thị trấn"}:
            return "urban"
        return "midland" if self.allowance > 0 or self.zone == "II" else "lowland"

    @property
    def weight(self) -> float:
        hardship = ALLOWANCE_HARDSHIP * self.allowance + ZONE_HARDSHIP.get(self.zone or "", 0)
        easy = {"Phường": 0.5, "Thị trấn": 0.8}.get(self.kind, 1.0) if not hardship else 1.0
        return easy + hardship

    @property
    def is_hard(self) -> bool:
        return self.allowance > 0

    def point_near(
        self, stream: Stream, centre: tuple[float, float], metres: float
    ) -> tuple[float, float]:
        """A point of this commune, normally spread around a centre; six decimals."""
        for attempt in range(TRIES):
            # A centre near the border: look wider rather than for ever.
            spread = metres / 111_000 * (1 + attempt / 20)
            spot = (
                round(stream.gauss(centre[0], spread), 6),
                round(stream.gauss(centre[1], spread), 6),
            )
            if self.holds(spot):
                return spot
        inside = self.area.representative_point()
        return round(inside.x, 6), round(inside.y, 6)

    def holds(self, spot: tuple[float, float] | None) -> bool:
        return spot is not None and bool(shapely.contains_xy(self.area, *spot))

    def centre(self) -> tuple[float, float]:
        """Where the commune's offices stand: its label point, if that lies inside."""
        if self.holds(self.label):
            return self.label
        inside = self.area.representative_point()
        return inside.x, inside.y

    def spread_metres(self) -> float:
        """Standard deviation that fills a round commune of this size fairly."""
        return 1000 * (self.area_km2 / 3.14) ** 0.5 * 0.55


def read(connection: Connection, province: str) -> list[Commune]:
    """Every commune of the province's former era, by code."""
    zones = {row["code_2022"]: row["zone"] for row in catalogue.facts("zones", province)}
    rows = connection.execute(text(queries.COMMUNES), {"province": province}).mappings()
    return [_commune(row, zones.get(row["code"])) for row in rows]


def _commune(row, zone: str | None) -> Commune:
    area = shapely.from_wkb(bytes(row["area"]))
    shapely.prepare(area)
    copied = ("id", "code", "kind", "name", "short_name", "current_id", "district_id")
    copied += ("district_code", "district_kind", "district", "district_short")
    return Commune(
        **{name: row[name] for name in copied},
        area_km2=float(row["area_km2"] or Decimal(10)),
        label=(row["lng"], row["lat"]),
        allowance=float(row["regional_allowance"] or 0),
        zone=zone,
        area=area,
    )


def hardest(communes: Sequence[Commune]) -> list[Commune]:
    """The hardest commune of each district, the hardest districts first."""
    districts: dict[str, list[Commune]] = {}
    for commune in communes:
        districts.setdefault(commune.district_code, []).append(commune)
    ranked = sorted(
        districts.values(), key=lambda own: (-sum(c.weight for c in own) / len(own), own[0].code)
    )
    return [max(own, key=lambda commune: (commune.weight, commune.code)) for own in ranked]


def share_out(stream: Stream, weights: Sequence[float], total: int) -> list[int]:
    """Whole numbers that add up to `total`, each within one of its exact share.

    Systematic sampling: every commune gets what its weight says, chance decides the rest.
    """
    whole = sum(weights)
    position, given = stream.random(), []
    for weight in weights:
        reached = position + total * weight / whole
        given.append(int(reached) - int(position))
        position = reached
    given[-1] += total - sum(given)
    return given
