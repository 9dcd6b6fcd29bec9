"""What the standard calls collections: which layer each shows, by which words and filters."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from mapservice.errors import NotFound
from mapservice.language import gettext as _
from mapservice.language import noop

TEXT = {"type": "string"}
NUMBER = {"type": "number"}
WHOLE = {"type": "integer"}
DAY = {"type": "string", "format": "date"}
TEXTS = {"type": "array", "items": TEXT}
PAIR = {"type": "array", "items": NUMBER}
YES_NO = {"type": "boolean"}

UNITS = {
    "commune": (TEXT, noop("Xã, phường")),
    "former_commune": (TEXT, noop("Xã, phường trước 01/7/2025")),
    "district": (TEXT, noop("Huyện, thành phố trước 01/7/2025")),
}
CODE = {"code": (TEXT, noop("Mã"))}
CHECKED = {"checked_on": (DAY, noop("Kiểm tra ngày"))}
ESTIMATED = {"point_estimated": (YES_NO, noop("Vị trí ước lượng"))}  # only where it is so


@dataclass(frozen=True)
class Collection:
    """One collection. `properties`: name -> (JSON schema, title), as features hold them.
    Titles and descriptions are messages: whoever says them asks `gettext`.

    `filters`: parameter -> the layer's own. Where a property has the parameter's name, it filters
    that property. `level` is that of units; their `key` names them with their era. `led` is what
    pages ask for besides, where there is nothing without it.
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
    led: str = ""

    def items(self, form: str) -> str:
        """Where pages lead people to for its items, in this form."""
        return f"/ogc/collections/{self.id}/items?f={form}{self.led and '&' + self.led}"

    def queryables(self) -> list[str]:
        """The properties that may be filtered by."""
        return [name for name in self.filters if name in self.properties]


def _same(*names: str) -> dict[str, str]:
    return {name: name for name in names}


def _units(id_: str, level: str, title: str, description: str, led: str = "") -> Collection:
    properties = CODE | {
        "name": (TEXT, noop("Tên")),
        "short_name": (TEXT, noop("Tên ngắn")),
        "level": (TEXT, noop("Cấp")),
        "approximate": (YES_NO, noop("Ranh giới vẽ gần đúng")),
        "label": (PAIR, noop("Điểm đặt tên")),
        "valid_from": (DAY, noop("Có từ ngày")),
        "valid_to": (DAY, noop("Hết hiệu lực từ ngày")),
    }
    return Collection(
        id_, "units", title, description, "MultiPolygon", properties, {}, level, "key", "name", led
    )


COLLECTIONS = {
    found.id: found
    for found in (
        Collection(
            "needs",
            "needs",
            noop("Nhu cầu hỗ trợ"),
            noop("Nhu cầu đang mở ở các địa chỉ tình nguyện. Không có thông tin của cá nhân nào."),
            "Point",
            CODE
            | {
                "title": (TEXT, noop("Nhu cầu")),
                "place": (TEXT, noop("Mã địa điểm")),
                "place_title": (TEXT, noop("Tên địa điểm")),
                "kind": (TEXT, noop("Loại địa điểm")),
                "category": (TEXT, noop("Lĩnh vực")),
                "urgency": (WHOLE, noop("Mức khẩn cấp (1–4)")),
                "status": (TEXT, noop("Trạng thái")),
                "quantity": (NUMBER, noop("Số lượng")),
                "unit": (TEXT, noop("Đơn vị tính")),
                "parts": (WHOLE, noop("Số đội cần")),
                "parts_taken": (WHOLE, noop("Số đội đã nhận")),
                "people": (WHOLE, noop("Số người mỗi đội")),
                "together": (YES_NO, noop("Các đội phải đến cùng lúc")),
                "people_in_all": (WHOLE, noop("Số người các đội góp lại")),
                "skills": (TEXTS, noop("Kỹ năng")),
                "wanted_from": (DAY, noop("Cần từ ngày")),
                "wanted_until": (DAY, noop("Cần đến ngày")),
                "campaign": (TEXT, noop("Chiến dịch")),
            }
            | UNITS
            | CHECKED
            | ESTIMATED,
            _same("category", "urgency", "status", "kind", "campaign", "skill", "q")
            | {"within": "unit"},
        ),
        Collection(
            "places",
            "places",
            noop("Các địa điểm"),
            noop("Địa chỉ tình nguyện là địa điểm, đơn vị đã được công bố."),
            "Point",
            CODE
            | {"title": (TEXT, noop("Tên")), "kind": (TEXT, noop("Loại địa điểm"))}
            | UNITS
            | CHECKED
            | ESTIMATED
            | {
                "needs": (WHOLE, noop("Số nhu cầu đang mở")),
                "max_urgency": (WHOLE, noop("Mức khẩn cấp cao nhất")),
            },
            _same("kind", "q") | {"within": "unit"},
        ),
        Collection(
            "teams",
            "teams",
            noop("Đội hình tình nguyện"),
            noop("Đội đã được xác nhận; vị trí là của xã, trừ khi đội tự công bố."),
            "Point",
            CODE
            | {
                "name": (TEXT, noop("Tên đội")),
                "kind": (TEXT, noop("Loại đội")),
                "skills": (TEXTS, noop("Kỹ năng")),
                "people": (WHOLE, noop("Số người")),
                "radius_km": (NUMBER, noop("Bán kính hoạt động (km)")),
                "state": (TEXT, noop("Trạng thái")),
                "organisation": (TEXT, noop("Tổ chức Đoàn")),
                "commune": UNITS["commune"],
                "district": UNITS["district"],
            },
            _same("kind", "skill", "q") | {"state": "status", "within": "unit"},
            name="name",
        ),
        Collection(
            "people",
            "people",
            noop("Vùng có hộ khó khăn"),
            noop(
                "Vùng gộp từ 10 hộ trở lên, không bao giờ là điểm; "
                "số hộ là khoảng, hãy nói “ít nhất”."
            ),
            "MultiPolygon",
            CODE
            | {
                "area": (TEXT, noop("Vùng")),
                "name": (TEXT, noop("Tên")),
                "level": (TEXT, noop("Mức gộp")),
                "group": (TEXT, noop("Nhóm")),
                "band_low": (WHOLE, noop("Ít nhất (hộ)")),
                "band_high": (WHOLE, noop("Nhiều nhất (hộ)")),
                "label": (PAIR, noop("Điểm đặt tên")),
                "units": (TEXTS, noop("Gồm các xã, phường")),
                "unit_codes": (TEXTS, noop("Mã các xã, phường")),
            },
            {"group": "group", "within": "unit"},
            name="name",
        ),
        _units(
            "communes",
            "commune",
            noop("Xã, phường, thị trấn"),
            noop("Các đơn vị có hiệu lực vào ngày hỏi (datetime), không hỏi thì là hôm nay."),
        ),
        _units(
            "districts",
            "district",
            noop("Huyện, thị xã, thành phố"),
            noop("Cấp huyện có đến hết 30/6/2025: hãy hỏi một ngày (datetime) trước đó."),
            "datetime=2025-06-30",
        ),
    )
}


def collection(name: str) -> Collection:
    """The collection of this id; NotFound where there is none."""
    if name not in COLLECTIONS:
        raise NotFound(_("Không có bộ dữ liệu này."), fields={"collection": ["is unknown"]})
    return COLLECTIONS[name]
