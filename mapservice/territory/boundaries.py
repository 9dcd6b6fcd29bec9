"""Official boundaries from a GeoJSON file: checked feature by feature, loaded all or none.

Properties read: `code`; `name`; `valid_from`, `valid_to` (dates) where the file has them;
`level` or `level_name`. Coordinates are [lng, lat] in EPSG:4326.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import shapely
from geoalchemy2.shape import from_shape, to_shape
from shapely import Geometry
from sqlalchemy.orm import Session

from mapservice.errors import Invalid
from mapservice.geo import SRID
from mapservice.territory import areas, boundary_file, overlaps, queries
from mapservice.territory.models import AdminUnit
from mapservice.territory.names import fold
from mapservice.territory.outlines import read_area

PROBLEMS_SHOWN = 20
NEAR = 0.01  # degrees (about 1 km) that a known label point may lie outside the official area


@dataclass(frozen=True)
class LoadReport:
    """`redrawn`: approximate areas around the loaded ones that changed with them."""

    loaded: int
    redrawn: int
    skipped: tuple[str, ...]


def load(session: Session, path: Path) -> LoadReport:
    """Give the units of the file their official boundaries.

    Raises Invalid listing every feature that is wrong and why; then nothing is loaded. Features
    that are no administrative unit (by `level_name`) are skipped and reported.
    """
    features = boundary_file.features(path)
    units = _Units(session)
    areas_of: dict[AdminUnit, Geometry] = {}
    labels: dict[AdminUnit, str] = {}
    problems, skipped = [], []
    for index, feature in enumerate(features):
        label = boundary_file.label(index, feature)
        if boundary_file.is_no_unit(feature):
            skipped.append(f"{label}: không phải đơn vị hành chính")
            continue
        try:
            unit = units.match(feature)
            if unit in areas_of:
                raise Invalid("trùng với một đối tượng khác trong tệp")
            areas_of[unit] = _area(feature, unit, units)
            labels[unit] = label
        except Invalid as problem:
            problems.append(f"{label}: {problem.detail}")
    problems += overlaps.found(areas_of, labels, units.official())
    if problems:
        raise _refused(path, problems)
    if not areas_of:
        raise Invalid(f"{path.name}: không có đơn vị hành chính nào trong tệp.")
    for unit, area in areas_of.items():
        _make_official(unit, area, path.name)
    session.flush()
    return LoadReport(len(areas_of), areas.draw(session), tuple(skipped))


def _area(feature: dict, unit: AdminUnit, units: "_Units") -> Geometry:
    area = read_area(feature.get("geometry"), units.bounds(unit))
    if area.distance(to_shape(unit.label_point)) > NEAR:
        raise Invalid(f"hình nằm cách điểm đã biết của {unit.name} hơn 1 km (nhầm mã?)")
    return area


class _Units:
    """The units of the database, to be matched with features."""

    def __init__(self, session: Session):
        self.by_code: dict[str, list[AdminUnit]] = defaultdict(list)
        self.by_id: dict[int, AdminUnit] = {}
        for unit in session.scalars(queries.all_units()):
            self.by_code[unit.code].append(unit)
            self.by_id[unit.id] = unit

    def match(self, feature: dict) -> AdminUnit:
        """By code and validity; without validity by code and name. Raises Invalid."""
        properties = boundary_file.properties_of(feature)
        level = boundary_file.level(feature)
        candidates = self.by_code.get(_code(properties), [])
        found = [unit for unit in candidates if level in {None, unit.level}]
        if not found:
            raise Invalid("mã này không có trong dữ liệu đơn vị hành chính")
        if properties.get("valid_from"):
            return _only_one([u for u in found if u.valid_from == _day(properties["valid_from"])])
        name = properties.get("name")
        if name and not isinstance(name, str):
            raise Invalid("name phải là chuỗi")
        named = [unit for unit in found if fold(name) == unit.name_folded] if name else found
        return _only_one(named)

    def official(self) -> dict[AdminUnit, Geometry]:
        """The official areas known so far."""
        known = (unit for unit in self.by_id.values() if not unit.approximate)
        return {unit: to_shape(unit.geom) for unit in known}

    def bounds(self, unit: AdminUnit) -> tuple[Geometry, Geometry]:
        """The box of the unit's province, and the unit's own."""
        province = unit
        while province.parent_id is not None:
            province = self.by_id[province.parent_id]
        return to_shape(province.bounds), to_shape(unit.bounds)


def _code(properties: dict) -> str:
    code = properties.get("code")
    if isinstance(code, int | float) and not isinstance(code, bool):
        raise Invalid('code phải là chuỗi, ví dụ "07204"')  # a number has lost its leading zero
    if not isinstance(code, str) or not code:
        raise Invalid("thiếu thuộc tính “code”")
    return code


def _day(value: object) -> date:
    text = boundary_file.shown(value)[:20]
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        raise Invalid(f"ngày “{text}” không đọc được (cần NĂM-THÁNG-NGÀY)") from None


def _only_one(units: list[AdminUnit]) -> AdminUnit:
    if not units:
        raise Invalid("không có đơn vị nào mang mã này vào thời gian hoặc dưới tên đã ghi")
    if len(units) > 1:
        raise Invalid("mã này thuộc nhiều đơn vị qua các thời kỳ: cần “valid_from” hoặc “name”")
    return units[0]


def _refused(path: Path, problems: list[str]) -> Invalid:
    shown = problems[:PROBLEMS_SHOWN]
    if len(problems) > len(shown):
        shown.append(f"… và {len(problems) - len(shown)} đối tượng khác")
    return Invalid(
        f"{path.name}: không nạp gì, vì có {len(problems)} đối tượng sai:\n" + "\n".join(shown),
        code="bad-boundaries",
        fields={"features": problems},
    )


def _make_official(unit: AdminUnit, area: Geometry, source: str) -> None:
    unit.geom = from_shape(area, srid=SRID)
    unit.bounds = from_shape(area.envelope, srid=SRID)
    unit.approximate = False
    unit.source = source
    label = to_shape(unit.label_point)
    if not area.contains(label):  # moved as little as keeps it inside: the next file is compared
        near = area.intersection(label.buffer(area.distance(label) + NEAR))
        unit.label_point = from_shape(shapely.point_on_surface(near), srid=SRID)
