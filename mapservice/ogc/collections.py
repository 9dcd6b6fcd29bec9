"""What the standard calls collections: which layer each shows, by which words and filters."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from mapservice.errors import NotFound

TEXT = {"type": "string"}
NUMBER = {"type": "number"}
WHOLE = {"type": "integer"}
DAY = {"type": "string", "format": "date"}
TEXTS = {"type": "array", "items": TEXT}
PAIR = {"type": "array", "items": NUMBER}
YES_NO = {"type": "boolean"}

UNITS = {
    "commune": (TEXT, "Xã, phường"),
    "former_commune": (TEXT, "Xã, phường trước 01/7/2025"),
    "district": (TEXT, "Huyện, thành phố trước 01/7/2025"),
}
CODE = {"code": (TEXT, "Mã")}
CHECKED = {"checked_on": (DAY, "Kiểm tra ngày")}


@dataclass(frozen=True)
class Collection:
    """One collection. `properties`: name -> (JSON schema, Vietnamese title), as features hold them.

    `filters`: parameter -> the layer's own. Where a property has the parameter's name, it filters
    that property. `level` is that of units; their `key` names them with their era.
    """

    id: str
    layer: str
    title: str
    description: str
    geometry: str
    properties: Mapping[str, tuple[dict, str]]
    filters: Mapping[str, str] = field(default_factory=dict)
    level: str = ""
    key: str = "code"
    name: str = "title"

    def queryables(self) -> list[str]:
        """The properties that may be filtered by."""
        return [name for name in self.filters if name in self.properties]


def _same(*names: str) -> dict[str, str]:
    return {name: name for name in names}


def _units(id_: str, level: str, title: str) -> Collection:
    properties = CODE | {
        "name": (TEXT, "Tên"),
        "short_name": (TEXT, "Tên ngắn"),
        "level": (TEXT, "Cấp"),
        "approximate": (YES_NO, "Ranh giới vẽ gần đúng"),
        "label": (PAIR, "Điểm đặt tên"),
        "valid_from": (DAY, "Có từ ngày"),
        "valid_to": (DAY, "Hết hiệu lực từ ngày"),
    }
    description = "Các đơn vị có hiệu lực vào ngày hỏi (datetime), không hỏi thì là hôm nay."
    return Collection(
        id_, "units", title, description, "MultiPolygon", properties, {}, level, "key", "name"
    )


COLLECTIONS = {
    found.id: found
    for found in (
        Collection(
            "needs",
            "needs",
            "Nhu cầu hỗ trợ",
            "Nhu cầu đang mở ở các địa chỉ tình nguyện. Không có thông tin của cá nhân nào.",
            "Point",
            CODE
            | {
                "title": (TEXT, "Nhu cầu"),
                "place": (TEXT, "Mã địa điểm"),
                "place_title": (TEXT, "Địa điểm"),
                "kind": (TEXT, "Loại địa điểm"),
                "category": (TEXT, "Lĩnh vực"),
                "urgency": (WHOLE, "Mức khẩn cấp (1–4)"),
                "status": (TEXT, "Trạng thái"),
                "quantity": (NUMBER, "Số lượng"),
                "unit": (TEXT, "Đơn vị tính"),
                "parts": (WHOLE, "Số đội cần"),
                "parts_taken": (WHOLE, "Số đội đã nhận"),
                "people": (WHOLE, "Số người mỗi đội"),
                "skills": (TEXTS, "Kỹ năng"),
                "wanted_from": (DAY, "Cần từ ngày"),
                "wanted_until": (DAY, "Cần đến ngày"),
                "campaign": (TEXT, "Chiến dịch"),
            }
            | UNITS
            | CHECKED,
            _same("category", "urgency", "status", "kind", "campaign", "skill", "q")
            | {"within": "unit"},
        ),
        Collection(
            "places",
            "places",
            "Địa điểm",
            "Địa chỉ tình nguyện là địa điểm, đơn vị đã được công bố.",
            "Point",
            CODE
            | {"title": (TEXT, "Tên"), "kind": (TEXT, "Loại địa điểm")}
            | UNITS
            | CHECKED
            | {
                "needs": (WHOLE, "Số nhu cầu đang mở"),
                "max_urgency": (WHOLE, "Mức khẩn cấp cao nhất"),
            },
            _same("kind", "q") | {"within": "unit"},
        ),
        Collection(
            "teams",
            "teams",
            "Đội hình tình nguyện",
            "Đội đã được xác nhận; vị trí là của xã, trừ khi đội tự công bố.",
            "Point",
            CODE
            | {
                "name": (TEXT, "Tên đội"),
                "kind": (TEXT, "Loại đội"),
                "skills": (TEXTS, "Kỹ năng"),
                "people": (WHOLE, "Số người"),
                "radius_km": (NUMBER, "Bán kính hoạt động (km)"),
                "state": (TEXT, "Trạng thái"),
                "organisation": (TEXT, "Tổ chức Đoàn"),
                "commune": UNITS["commune"],
                "district": UNITS["district"],
            },
            _same("kind", "skill", "q") | {"state": "status", "within": "unit"},
            name="name",
        ),
        Collection(
            "people",
            "people",
            "Vùng có hộ khó khăn",
            "Vùng gộp từ 10 hộ trở lên, không bao giờ là điểm; số hộ là khoảng, hãy nói “ít nhất”.",
            "MultiPolygon",
            CODE
            | {
                "area": (TEXT, "Vùng"),
                "name": (TEXT, "Tên"),
                "level": (TEXT, "Mức gộp"),
                "group": (TEXT, "Nhóm"),
                "band_low": (WHOLE, "Ít nhất (hộ)"),
                "band_high": (WHOLE, "Nhiều nhất (hộ)"),
                "label": (PAIR, "Điểm đặt tên"),
                "units": (TEXTS, "Gồm các xã, phường"),
            },
            {"group": "group", "within": "unit"},
            name="name",
        ),
        _units("communes", "commune", "Xã, phường, thị trấn"),
        _units("districts", "district", "Huyện, thị xã, thành phố"),
    )
}


def collection(name: str) -> Collection:
    """The collection of this id; NotFound where there is none."""
    if name not in COLLECTIONS:
        raise NotFound("Không có bộ dữ liệu này.", fields={"collection": ["is unknown"]})
    return COLLECTIONS[name]
