"""What is refused as the area of a unit, and why."""

import math

import pytest
from shapely import box

from mapservice.errors import Invalid
from mapservice.territory.outlines import read_area

PROVINCE, UNIT = box(105.8, 21.1, 107.1, 21.7), box(106.8, 21.2, 107.0, 21.4)
SQUARE = [[106.85, 21.25], [106.95, 21.25], [106.95, 21.35], [106.85, 21.35], [106.85, 21.25]]
BOW = [[106.85, 21.25], [106.95, 21.35], [106.95, 21.25], [106.85, 21.35], [106.85, 21.25]]


def polygon(*rings):
    return {"type": "Polygon", "coordinates": list(rings)}


def test_polygon_and_multipolygon_become_an_area():
    hole = [[106.88, 21.28], [106.9, 21.28], [106.9, 21.3], [106.88, 21.28]]
    area = read_area(polygon(SQUARE, hole), (PROVINCE, UNIT))
    assert area.geom_type == "MultiPolygon" and area.is_valid
    same = {"type": "MultiPolygon", "coordinates": [[SQUARE, hole]]}
    assert read_area(same, (PROVINCE, UNIT)).equals(area)
    assert area.area == pytest.approx(0.01 - 0.0002)


@pytest.mark.parametrize(
    ("geometry", "reason"),
    [
        (None, "không có hình"),
        ({"type": "Point", "coordinates": [106.9, 21.3]}, "không phải Point"),
        ({"type": ["Polygon"], "coordinates": []}, "không phải loại khác"),
        ({"type": "Polygon"}, "không có tọa độ"),
        ({"type": "Polygon", "coordinates": []}, "không có tọa độ"),
        ({"type": "Polygon", "coordinates": [7]}, "ít hơn 4 điểm"),
        ({"type": "MultiPolygon", "coordinates": [[]]}, "không có tọa độ"),
        ({"type": "MultiPolygon", "coordinates": 7}, "không có tọa độ"),
        (polygon(SQUARE[:3]), "ít hơn 4 điểm"),
        (polygon(SQUARE[:4]), "không khép kín"),
        (polygon([[*point, 12.5] for point in SQUARE]), "3 chiều"),
        (polygon([[106.85, math.nan], *SQUARE[1:]]), "không phải là số"),
        (polygon([[106.85, math.inf], *SQUARE[1:]]), "không phải là số"),
        (polygon([[106.85, 10**400], *SQUARE[1:]]), "không phải là số"),
        (polygon([["106.85", 21.25], *SQUARE[1:]]), "không phải là số"),
        (polygon([[True, 21.25], *SQUARE[1:]]), "không phải là số"),
        (polygon([None, *SQUARE[1:]]), "không phải là số"),
        (polygon([[lat, lng] for lng, lat in SQUARE]), "đảo"),
        (polygon([[lng - 20, lat] for lng, lat in SQUARE]), "ngoài tỉnh"),
        (polygon([[lng * 5_000, lat * 100_000] for lng, lat in SQUARE]), "ngoài tỉnh"),
        (polygon([[lng - 0.9, lat] for lng, lat in SQUARE]), "nhầm mã"),
        (polygon(BOW), "tự cắt"),
        (polygon([[106.9, 21.3]] * 4), "sai|diện tích"),
        (polygon(SQUARE, [[106.0, 21.2], [106.1, 21.2], [106.1, 21.3], [106.0, 21.2]]), "sai"),
    ],
)
def test_refused_with_the_reason(geometry, reason):
    with pytest.raises(Invalid, match=reason):
        read_area(geometry, (PROVINCE, UNIT))


def test_too_many_vertices_are_refused():
    ring = [[106.9 + i * 1e-9, 21.3] for i in range(500_001)]
    with pytest.raises(Invalid, match="hơn 500000 điểm"):
        read_area(polygon(ring), (PROVINCE, UNIT))
