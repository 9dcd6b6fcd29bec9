"""The words of the form: names of fields and of codes, said once for pages and comparisons."""

from collections.abc import Callable, Mapping
from datetime import date

from mapservice.conflicts import plain
from mapservice.registration.sheet import NEED

SEVERITIES = {4: "Đặc biệt khó khăn", 3: "Rất khó khăn", 2: "Khó khăn", 1: "Còn thiếu thốn"}
URGENCIES = {4: "Khẩn cấp", 3: "Gấp", 2: "Cần sớm", 1: "Thường xuyên"}
CONCERNS = {"health": "Sức khỏe", "disability": "Người khuyết tật", "children": "Trẻ em"}
PERSON_KINDS = {
    "child": "Trẻ em",
    "youth": "Thanh niên",
    "household": "Hộ gia đình",
    "elderly": "Người cao tuổi",
    "other": "Hoàn cảnh khác",
}
CHANNELS = {"paper": "Giấy có chữ ký", "spoken": "Hỏi trực tiếp", "online": "Qua điện thoại, mạng"}
GROUNDS = {
    "life_or_health": "Nguy hiểm đến tính mạng, sức khỏe",
    "child_at_risk": "Trẻ em đang gặp nguy hiểm",
    "natural_disaster": "Thiên tai",
    "fire_or_accident": "Hỏa hoạn, tai nạn",
}
GIVERS = {
    "person": "Chính người được đăng ký (từ 16 tuổi)",
    "guardian": "Cha, mẹ hoặc người giám hộ",
    "child": "Chính em (từ 7 đến dưới 16 tuổi)",
}
FIELDS = {
    "kind": "Loại địa điểm",
    "title": "Tên",
    "summary": "Giới thiệu",
    "hamlet": "Thôn, tổ",
    "children": "Trẻ em",
    "youth": "Thanh niên",
    "elderly": "Người cao tuổi",
    "disabled": "Người khuyết tật",
    "households": "Số hộ",
    "severity": "Mức khó khăn",
    "contact_name": "Người liên hệ",
    "contact_role": "Chức vụ người liên hệ",
    "contact_phone": "Điện thoại người liên hệ",
    "contact_remove": "Bỏ người liên hệ",
    "sensitive": "Nơi cần giữ kín",
    "programme_year": "Năm chương trình",
    "commune": "Xã, phường",
    "lat": "Vĩ độ",
    "lng": "Kinh độ",
    "point": "Vị trí",
    "person_kind": "Nhóm",
    "name": "Họ tên",
    "phone": "Điện thoại",
    "birth_year": "Năm sinh",
    "guardian": "Người chăm sóc",
    "door": "Số nhà, lối vào",
    "story": "Hoàn cảnh",
    "note": "Ghi chú",
    "category": "Lĩnh vực",
    "description": "Mô tả",
    "quantity": "Số lượng",
    "unit": "Đơn vị",
    "parts": "Số lượt đội",
    "together": "Cần đủ các đội cùng lúc",
    "people_in_all": "Tổng số người các đội góp lại",
    "people_per_part": "Số người mỗi đội",
    "skills": "Kỹ năng",
    "wanted_from": "Từ ngày",
    "wanted_until": "Đến ngày",
    "urgency": "Mức khẩn",
    "helps_people": "Giúp bao nhiêu người",
    "concerns": "Liên quan đến",
}
EMPTY = "(để trống)"


def label(name: str) -> str:
    """What a field of the form is called; a need's says which need."""
    if found := NEED.fullmatch(name):
        return f"Nhu cầu {int(found[1]) + 1}: {FIELDS.get(found[2], found[2])}"
    return FIELDS.get(name, name)


def lead(name: str) -> str:
    """What stands before something said against a field: its name; of a mere question nothing."""
    found = NEED.fullmatch(name)
    if (found[2] if found else name) in FIELDS:
        return f"{label(name)}: "
    return f"Nhu cầu {int(found[1]) + 1}: " if found else ""


def in_words(codes: Mapping[str, Mapping[str, str]]) -> Callable[[str, object], str]:
    """A function that says a field's value; `codes`: words of the codes of some fields."""

    def say(name: str, value: object) -> str:
        found = NEED.fullmatch(name)
        field = found[2] if found else name
        if value is None or value in ("", []):
            return EMPTY
        if isinstance(value, bool):
            return "Có" if value else "Không"
        if isinstance(value, date):
            return f"{value:%d/%m/%Y}"
        known = codes.get(field, {})
        if isinstance(value, list):
            return ", ".join(known.get(str(part), str(part)) for part in value)
        return known.get(str(value), plain(value))

    return say
