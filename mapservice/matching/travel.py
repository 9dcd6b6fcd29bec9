"""What it costs a team to reach a need: behind one interface, so that a road engine can follow."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple, Protocol

import numpy as np

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


@dataclass(frozen=True, eq=False)
class Ways:
    """Many ways as columns: `km`, `minutes`, `status`; read one by one as `Travel`."""

    km: np.ndarray
    minutes: np.ndarray
    status: np.ndarray

    @classmethod
    def of(cls, ways: Iterable[Travel]) -> "Ways":
        km, minutes, status = columns_of(ways, len(Travel._fields))
        return cls(np.array(km, float), np.array(minutes, float), np.array(status, object))

    def __len__(self) -> int:
        return len(self.km)

    def __iter__(self) -> Iterator[Travel]:
        return map(Travel, self.km.tolist(), self.minutes.tolist(), self.status.tolist())

    def take(self, which: np.ndarray | slice) -> "Ways":
        """Those of these positions (or of a mask), in that order."""
        return Ways(self.km[which], self.minutes[which], self.status[which])

    def __add__(self, other: "Ways") -> "Ways":
        return Ways(
            np.concatenate((self.km, other.km)),
            np.concatenate((self.minutes, other.minutes)),
            np.concatenate((self.status, other.status)),
        )


def columns_of(rows: Iterable[tuple], count: int) -> tuple[Sequence, ...]:
    """The rows' columns, which are so many even where there are no rows."""
    return tuple(zip(*rows, strict=True)) or ((),) * count


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
        index_pairs: np.ndarray,
        metres: np.ndarray,
    ) -> Ways:
        """The cost of each (origin, destination): a row of two positions in `index_pairs`, with its
        straight-line distance in `metres`.

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
        index_pairs: np.ndarray,
        metres: np.ndarray,
    ) -> Ways:
        """The cost of each pair from its straight-line `metres`."""
        return self.estimate(metres)

    def estimate(self, metres: np.ndarray) -> Ways:
        """What ways of so many metres in a straight line may cost."""
        km = metres * (self.detour / 1000)
        return Ways(
            km, km * (60 / self.km_per_hour), np.full(len(km), TravelStatus.ESTIMATED, object)
        )


def believed(told: Ways, metres: np.ndarray) -> Ways:
    """What an engine tells, and the estimate from `metres` where that is no length of a way."""
    good = (told.km >= 0) & (told.km <= FARTHEST_KM)  # NaN is not within either
    if good.all():
        return told
    estimate = StraightLine().estimate(metres)
    return Ways(
        np.where(good, told.km, estimate.km),
        np.where(good, told.minutes, estimate.minutes),
        np.where(good, told.status, estimate.status),
    )
