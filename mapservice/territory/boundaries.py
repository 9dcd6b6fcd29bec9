"""Official boundaries from a GeoJSON file: checked feature by feature, loaded all or none.

Properties read: `code`; `name`; `valid_from`, `valid_to` (dates) where the file has them;
`level` or `level_name`. Coordinates are [lng, lat] in EPSG:4326.
"""

import json
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
from mapservice.territory import areas, queries
from mapservice.territory.models import AdminUnit, Level
from mapservice.territory.names import fold
from mapservice.territory.outlines import read_area

FILE_LIMIT = 200_000_000  # bytes
PROBLEMS_SHOWN = 20
LEVELS = frozenset(Level)


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
    features = _features(path)
    units = _Units(session)
    areas_of: dict[AdminUnit, Geometry] = {}
    problems, skipped = [], []
    for index, feature in enumerate(features):
        label = _label(index, feature)
        if _is_no_unit(feature):
            skipped.append(f"{label}: không phải đơn vị hành chính")
            continue
        try:
            unit = units.match(feature)
            if unit in areas_of:
                raise Invalid("trùng với một đối tượng khác trong tệp")
            areas_of[unit] = read_area(feature.get("geometry"), units.bounds(unit))
        except Invalid as problem:
            problems.append(f"{label}: {problem.detail}")
    if problems:
        raise _refused(path, problems)
    if not areas_of:
        raise Invalid(f"{path.name}: không có đơn vị hành chính nào trong tệp.")
    for unit, area in areas_of.items():
        _make_official(unit, area, path.name)
    session.flush()
    return LoadReport(len(areas_of), areas.draw(session), tuple(skipped))


def _features(path: Path) -> list[dict]:
    try:
        if path.stat().st_size > FILE_LIMIT:
            raise Invalid(f"{path.name}: tệp lớn hơn {FILE_LIMIT // 1_000_000} MB.")
        document = json.loads(path.read_bytes().decode("utf-8-sig"))
    except OSError as error:
        raise Invalid(f"Không mở được {path}: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise Invalid(f"{path.name}: không phải văn bản UTF-8.") from None
    except (ValueError, RecursionError) as error:
        raise Invalid(f"{path.name}: không phải JSON đọc được ({error}).") from None
    if not isinstance(document, dict) or document.get("type") != "FeatureCollection":
        raise Invalid(f"{path.name}: không phải GeoJSON FeatureCollection.")
    features = document.get("features")
    if not isinstance(features, list) or not all(isinstance(f, dict) for f in features):
        raise Invalid(f"{path.name}: “features” phải là danh sách các đối tượng.")
    if crs := _other_crs(document):
        raise Invalid(f"{path.name}: hệ tọa độ {crs}; cần EPSG:4326 (kinh độ, vĩ độ).")
    return features


def _other_crs(document: dict) -> str | None:
    """The name of a coordinate system that is not longitude and latitude on WGS 84."""
    crs = document.get("crs")
    if not isinstance(crs, dict):
        return None
    name = str((crs.get("properties") or {}).get("name", ""))
    return None if name.endswith(("CRS84", ":4326")) else name or "không rõ"


def _properties(feature: dict) -> dict:
    properties = feature.get("properties")
    return properties if isinstance(properties, dict) else {}


def _label(index: int, feature: dict) -> str:
    properties = _properties(feature)
    named = [str(properties[key])[:80] for key in ("code", "name") if properties.get(key)]
    return " ".join([f"Đối tượng {index + 1}", f"({', '.join(named)})" if named else ""]).strip()


def _level(feature: dict) -> str | None:
    """The level as a word; a bare number says nothing (2 is a district in one era only)."""
    properties = _properties(feature)
    level = properties.get("level_name") or properties.get("level")
    return level if isinstance(level, str) else None


def _is_no_unit(feature: dict) -> bool:
    return _level(feature) not in {None, *LEVELS}


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
        properties = _properties(feature)
        code = properties.get("code")
        if not isinstance(code, str) or not code:
            raise Invalid("thiếu thuộc tính “code”")
        found = [unit for unit in self.by_code[code] if _level(feature) in {None, unit.level}]
        if not found:
            raise Invalid("mã này không có trong dữ liệu đơn vị hành chính")
        if properties.get("valid_from"):
            return _only_one([u for u in found if u.valid_from == _day(properties["valid_from"])])
        name = properties.get("name")
        named = [unit for unit in found if fold(str(name)) == unit.name_folded] if name else found
        return _only_one(named)

    def bounds(self, unit: AdminUnit) -> tuple[Geometry, Geometry]:
        """The box of the unit's province, and the unit's own."""
        province = unit
        while province.parent_id is not None:
            province = self.by_id[province.parent_id]
        return to_shape(province.bounds), to_shape(unit.bounds)


def _day(value: object) -> date:
    try:
        return date.fromisoformat(str(value)[:10])
    except ValueError:
        raise Invalid(f"ngày {str(value)[:20]!r} không đọc được (cần NĂM-THÁNG-NGÀY)") from None


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
    if not area.contains(to_shape(unit.label_point)):
        unit.label_point = from_shape(shapely.point_on_surface(area), srid=SRID)
