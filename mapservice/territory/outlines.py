"""One GeoJSON geometry as the area of a unit, or the reason why it cannot be. Pure."""

import math

import shapely
from shapely import Geometry, LinearRing, MultiPolygon, Polygon, box

from mapservice.errors import Invalid
from mapservice.territory.boundary_file import shown

VERTEX_LIMIT = 500_000
MARGIN = 0.05  # degrees (about 5 km) by which official boundaries may differ from what we know

# What GEOS finds wrong with an area.
REASONS = {
    "Self-intersection": "tự cắt",
    "Ring Self-intersection": "vòng tự chạm",
    "Nested shells": "các phần lồng nhau",
    "Hole lies outside shell": "lỗ nằm ngoài đường bao",
    "Holes are nested": "các lỗ lồng nhau",
    "Interior is disconnected": "phần trong bị chia cắt",
    "Duplicate Rings": "có vòng trùng nhau",
    "Too few points in geometry component": "một vòng có quá ít điểm",
}


def read_area(geometry: object, bounds: tuple[Geometry, Geometry]) -> MultiPolygon:
    """The valid area that a GeoJSON geometry describes.

    `bounds` are the boxes of the province and of the unit itself. Raises Invalid with the reason.
    """
    if not isinstance(geometry, dict):
        raise Invalid("không có hình")
    if geometry.get("type") not in ("Polygon", "MultiPolygon"):
        kind = shown(geometry.get("type")) or "loại khác"
        raise Invalid(f"hình phải là Polygon hoặc MultiPolygon, không phải {kind}")
    coordinates = geometry.get("coordinates")
    outlines = [coordinates] if geometry["type"] == "Polygon" else coordinates
    if not isinstance(outlines, list) or not outlines:
        raise Invalid("hình không có tọa độ")
    _check_size(outlines)
    area = MultiPolygon([_polygon(rings) for rings in outlines])
    _check_place(area, *bounds)
    if not area.is_valid:
        raise Invalid(f"đường ranh giới sai: {_reason(area)}")
    if area.area == 0:
        raise Invalid("hình không có diện tích")
    return area


def _check_size(outlines: list) -> None:
    rings = [ring for outline in outlines if isinstance(outline, list) for ring in outline]
    if sum(len(ring) for ring in rings if isinstance(ring, list)) > VERTEX_LIMIT:
        raise Invalid(f"hình có hơn {VERTEX_LIMIT} điểm")


def _polygon(rings: object) -> Polygon:
    if not isinstance(rings, list) or not rings:
        raise Invalid("hình không có tọa độ")
    shell, *holes = [_ring(ring) for ring in rings]
    return Polygon(shell, holes)


def _ring(positions: object) -> LinearRing:
    if not isinstance(positions, list) or len(positions) < 4:
        raise Invalid("một vòng ranh giới có ít hơn 4 điểm")
    points = [_position(position) for position in positions]
    if points[0] != points[-1]:
        raise Invalid("một vòng ranh giới không khép kín")
    return LinearRing(points)


def _position(position: object) -> tuple[float, float]:
    if not isinstance(position, list) or not all(_is_number(number) for number in position):
        raise Invalid("có tọa độ không phải là số")
    if len(position) != 2:
        raise Invalid(f"tọa độ có {len(position)} chiều; cần đúng 2: [kinh độ, vĩ độ]")
    return float(position[0]), float(position[1])


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and _finite(value)


def _finite(value: float) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:  # an integer of hundreds of digits
        return False


def _check_place(area: MultiPolygon, province: Geometry, unit: Geometry) -> None:
    if _inside(area, province):
        if not area.envelope.intersects(unit):
            raise Invalid("hình nằm ngoài khung đã biết của đơn vị này (nhầm mã?)")
        return
    west, south, east, north = area.bounds
    if _inside(box(south, west, north, east), province):
        raise Invalid("tọa độ bị đảo: cần [kinh độ, vĩ độ]")
    raise Invalid(
        f"hình nằm ngoài tỉnh: {west:.4f}, {south:.4f} đến {east:.4f}, {north:.4f} "
        f"(tỉnh: {', '.join(f'{side:.4f}' for side in province.bounds)})"
    )


def _inside(area: Geometry, province: Geometry) -> bool:
    return province.envelope.buffer(MARGIN, join_style="mitre").contains(area.envelope)


def _reason(area: Geometry) -> str:
    """Shapely's explanation in Vietnamese, with the place that it names."""
    reason, bracket, place = shapely.is_valid_reason(area).partition("[")
    return f"{REASONS.get(reason, 'hình không hợp lệ')}{bracket}{place}"
