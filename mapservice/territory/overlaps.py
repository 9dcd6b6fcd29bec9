"""Official areas of one level and time that claim the same ground. Pure."""

from collections.abc import Mapping

import shapely
from shapely import Geometry

from mapservice.territory.models import AdminUnit

TOLERATED = 0.05  # of the smaller area: simplified outlines of neighbours overlap a little


def found(
    areas: Mapping[AdminUnit, Geometry],
    labels: Mapping[AdminUnit, str],
    official: Mapping[AdminUnit, Geometry],
) -> list[str]:
    """A sentence for each pair of new areas, or new and known one, that overlap too much.

    `areas` are valid and replace what `official` has of the same units; `labels` name them.
    """
    known = {unit: area for unit, area in official.items() if unit not in areas}
    units, shapes = [*areas, *known], [*areas.values(), *known.values()]
    tree = shapely.STRtree(shapes)
    problems = []
    for index, unit in enumerate(areas):
        for other in sorted(tree.query(shapes[index], predicate="intersects")):
            if other <= index or not _side_by_side(unit, units[other]):
                continue
            share = _shared(shapes[index], shapes[other])
            if share > TOLERATED:
                name = labels.get(units[other]) or _known(units[other])
                problems.append(f"{labels[unit]}: chồng lên {name}, {share:.0%} diện tích")
    return problems


def _side_by_side(one: AdminUnit, other: AdminUnit) -> bool:
    """Whether both were valid on some day on the same level."""
    return (
        one.level == other.level
        and (other.valid_to is None or one.valid_from < other.valid_to)
        and (one.valid_to is None or other.valid_from < one.valid_to)
    )


def _shared(one: Geometry, other: Geometry) -> float:
    """The common ground as a share of the smaller area."""
    return one.intersection(other).area / min(one.area, other.area)


def _known(unit: AdminUnit) -> str:
    return f"ranh giới chính thức của {unit.name} ({unit.code})"
