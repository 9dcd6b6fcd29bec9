"""What it costs a team to reach a need: behind one interface, so that a road engine can follow."""

from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple, Protocol

Position = tuple[float, float]  # [lng, lat] in degrees, EPSG:4326
FARTHEST_KM = 10**5  # no way on earth is longer


class TravelStatus(StrEnum):
    """How well a cost is known; `UNREACHABLE` takes the pair out of the plan."""

    OK, ESTIMATED, UNREACHABLE = "ok", "estimated", "unreachable"


class Travel(NamedTuple):
    """One way from a team's base to a need: kilometres of road and minutes."""

    km: float
    minutes: float
    status: TravelStatus


class TravelCost(Protocol):
    """Costs of many pairs at once; `name` and `version` are kept with each assignment.

    `shortest`: no way is shorter than so many times the straight line.
    """

    name: str
    version: str
    shortest: float

    def pairs(
        self,
        origins: Sequence[Position],
        destinations: Sequence[Position],
        index_pairs: Sequence[tuple[int, int]],
        metres: Sequence[float],
    ) -> list[Travel]:
        """The cost of each (origin, destination); `metres` is its straight-line distance.

        No road is shorter than the straight line, so a caller may prune by `metres` first.
        """
        ...


class StraightLine:
    """Geodesic distance times a detour factor: an estimate, and labelled as one.

    1.3 is a usual ratio of road to straight line; 30 km/h a motorbike on commune roads. Both
    are the same for every pair, so they never change which team is nearer.
    """

    name = "straight-line"
    version = "1"

    def __init__(self, detour: float = 1.3, km_per_hour: float = 30.0):
        self.detour = self.shortest = detour
        self.km_per_hour = km_per_hour

    def pairs(
        self,
        origins: Sequence[Position],
        destinations: Sequence[Position],
        index_pairs: Sequence[tuple[int, int]],
        metres: Sequence[float],
    ) -> list[Travel]:
        """The cost of each pair from its straight-line `metres`."""
        factor, pace = self.detour / 1000, 60 / self.km_per_hour
        return [
            Travel(distance * factor, distance * factor * pace, TravelStatus.ESTIMATED)
            for distance in metres
        ]


def believed(told: Sequence[Travel], metres: Sequence[float]) -> list[Travel]:
    """What an engine tells, and the estimate from `metres` where that is no length of a way."""
    return [
        travel if 0 <= travel.km <= FARTHEST_KM else StraightLine().pairs((), (), (), [straight])[0]
        for travel, straight in zip(told, metres, strict=True)  # NaN is not within either
    ]
