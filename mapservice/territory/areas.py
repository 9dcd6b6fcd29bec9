"""Drawing the areas nobody has official boundaries for yet; marked `approximate`.

Communes that came from no other one get the Voronoi cell of their label point; the later ones
are the union of what they came from, so that both eras nest. Ground that belonged to no commune
of old (a firing range) falls to the nearest commune of today. Every commune stays within its own
bounds; districts and provinces are the union of their communes.
"""

from collections import defaultdict
from collections.abc import Iterable

import shapely
from geoalchemy2.shape import from_shape, to_shape
from shapely import Geometry, MultiPolygon
from sqlalchemy.orm import Session

from mapservice.geo import SRID
from mapservice.territory import queries
from mapservice.territory.models import AdminUnit, Level

GRID = 1e-7  # degrees (about 1 cm): coordinates are snapped to it, which keeps unions valid
UNCHANGED = 1e-9


def draw(session: Session) -> int:
    """Draw every area that is still approximate; returns how many changed."""
    units = session.scalars(queries.all_units()).all()
    communes = [unit for unit in units if unit.level is Level.COMMUNE]
    shapes = _communes(communes, _predecessors(session))
    members = defaultdict(list)
    for unit_id, container_id in session.execute(queries.containment()):
        if unit_id in shapes:
            members[container_id].append(shapes[unit_id])
    for unit in units:
        if unit.level is not Level.COMMUNE and members[unit.id]:
            shapes[unit.id] = shapely.union_all(members[unit.id], grid_size=GRID)
    changed = sum(_put(unit, shapes[unit.id]) for unit in units if unit.id in shapes)
    session.flush()
    return changed


def _predecessors(session: Session) -> dict[int, list[int]]:
    found = defaultdict(list)
    for change in session.scalars(queries.changes()):
        found[change.new_unit_id].append(change.old_unit_id)
    return found


def _communes(communes: list[AdminUnit], predecessors: dict[int, list[int]]) -> dict[int, Geometry]:
    """The area of each commune by its id: official where known, drawn otherwise."""
    first = [unit for unit in communes if unit.id not in predecessors]
    shapes = {unit.id: _official(unit) or cell for unit, cell in _cells(first)}
    for unit in communes:  # in order of validity: what came first is drawn first
        if unit.id in predecessors:
            parts = [shapes[old] for old in predecessors[unit.id]]
            union = shapely.union_all(parts, grid_size=GRID)
            shapes[unit.id] = _official(unit) or union.intersection(_bounds(unit), grid_size=GRID)
    today = [unit for unit in communes if unit.valid_to is None]
    taken = shapely.union_all([shapes[unit.id] for unit in today])
    for unit, cell in _cells(today):
        if unit.approximate:
            free = cell.difference(taken)
            shapes[unit.id] = shapely.union_all([shapes[unit.id], free], grid_size=GRID)
    return shapes


def _cells(units: list[AdminUnit]) -> Iterable[tuple[AdminUnit, Geometry]]:
    """Voronoi cells of the label points, each clipped to its unit's bounds."""
    if not units:
        return []
    points = [to_shape(unit.label_point) for unit in units]
    extent = shapely.union_all([_bounds(unit) for unit in units]).envelope
    cells = shapely.voronoi_polygons(shapely.MultiPoint(points), extend_to=extent).geoms
    owners = shapely.STRtree(points).query(cells, predicate="contains")
    cell_of = {point: cells[cell] for cell, point in owners.T}
    return [
        (unit, cell_of[i].intersection(_bounds(unit), grid_size=GRID))
        for i, unit in enumerate(units)
    ]


def _bounds(unit: AdminUnit) -> Geometry:
    return to_shape(unit.bounds)


def _official(unit: AdminUnit) -> Geometry | None:
    return None if unit.approximate else to_shape(unit.geom)


def _put(unit: AdminUnit, shape: Geometry) -> bool:
    """Store a drawn area; official ones and equal ones are left alone."""
    area = polygons(shape)
    if not unit.approximate or area.is_empty:
        return False
    if unit.geom is not None and to_shape(unit.geom).equals_exact(area, UNCHANGED):
        return False
    unit.geom = from_shape(area, srid=SRID)
    return True


def polygons(shape: Geometry) -> MultiPolygon:
    """The areas of a geometry, without stray lines and points; valid."""
    parts = shapely.get_parts(shapely.make_valid(shape))
    flat = [polygon for part in parts for polygon in shapely.get_parts(part)]
    return MultiPolygon([polygon for polygon in flat if polygon.geom_type == "Polygon"])
