"""Drawing the tree once: clusters of neighbouring communes of like number inside each area.

Pure: names and areas in, nodes out; the same for the same input. The result is kept as data
(seed/<province>/partition.csv), because a tree that moved with every border would let releases
be subtracted from each other.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import combinations
from typing import NamedTuple

import shapely
from shapely import Geometry

SIZE = 3  # communes that a cluster should have
LARGEST = 4
TOUCH = 2e-4  # degrees (about 20 m): drawn areas do not always share their border exactly
BORDER = 1e-3  # degrees of shared border that make neighbours: more than a corner


class Commune(NamedTuple):
    """A commune of today; `district`: of the former era, where most of its ground was."""

    code: str
    name: str
    district: str
    area: Geometry


class Node(NamedTuple):
    """One line of partition.csv; `communes` are codes valid today."""

    code: str
    parent: str | None
    level: str
    name: str
    communes: tuple[str, ...]


def draw(province: str, communes: Iterable[Commune]) -> Iterator[Node]:
    """Areas (roots), their clusters and communes, parents first, by code.

    An area too small for two clusters holds its communes directly.
    """
    districts = defaultdict(list)
    for commune in sorted(communes):
        districts[commune.district].append(commune)
    first_code = {name: own[0].code for name, own in districts.items()}
    for number, district in enumerate(sorted(districts, key=first_code.get), 1):
        own = districts[district]
        area = f"{province}-A{number:02}"
        codes = tuple(commune.code for commune in own)
        yield Node(area, None, "area", f"Vùng {district}", codes)
        clusters = groups(codes, borders(own)) if len(own) > SIZE else [codes]
        for place, cluster in enumerate(clusters, 1):
            parent = area
            if len(clusters) > 1:
                parent = f"{area}-{place}"
                names = [commune.name for commune in own if commune.code in cluster]
                yield Node(parent, area, "cluster", f"Cụm {' – '.join(names)}", cluster)
            for commune in own:
                if commune.code in cluster:
                    code = (commune.code,)
                    yield Node(commune.code, parent, "commune", commune.name, code)


def borders(communes: Sequence[Commune]) -> dict[frozenset[str], float]:
    """Length (degrees) of the border that two communes share, where they are neighbours."""
    shared = {}
    for one, other in combinations(communes, 2):
        if one.area.distance(other.area) < TOUCH:
            line = shapely.boundary(one.area).intersection(other.area.buffer(TOUCH))
            if line.length > BORDER:
                shared[frozenset((one.code, other.code))] = line.length
    return shared


def groups(codes: Sequence[str], shared: Mapping[frozenset[str], float]) -> list[tuple[str, ...]]:
    """Codes in connected groups of two to four, nearest to three, of the longest inner borders.

    A commune without a free neighbour stays alone. Exact: all divisions are compared.
    """

    @cache
    def best(left: tuple[str, ...]) -> tuple[tuple[int, float], tuple[tuple[str, ...], ...]]:
        if not left:
            return (0, 0.0), ()
        first, *others = left
        found = []
        for size in range(min(LARGEST, len(left))):
            for chosen in combinations(others, size):
                group = (first, *chosen)
                if not _connected(group, shared):
                    continue
                rest, division = best(tuple(code for code in others if code not in chosen))
                inner = sum(shared.get(frozenset(pair), 0.0) for pair in combinations(group, 2))
                # A lone commune counts as far from the size wished as a cluster of six.
                off = (SIZE - len(group)) ** 2 + (SIZE**2 if len(group) == 1 else 0)
                found.append(((off + rest[0], rest[1] - inner), (group, *division)))
        return min(found)

    return list(best(tuple(sorted(codes)))[1])


def _connected(group: Sequence[str], shared: Mapping[frozenset[str], float]) -> bool:
    reached, waiting = {group[0]}, [group[0]]
    while waiting:
        here = waiting.pop()
        for code in group:
            if code not in reached and frozenset((here, code)) in shared:
                reached.add(code)
                waiting.append(code)
    return len(reached) == len(group)
