"""What a row of a list can hold: the fields of the three kinds, as our own templates head them.

Other headings for the same are data: `synonyms.csv` (no kind: of all three).
"""

import csv
from collections import defaultdict
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

SYNONYMS = Path(__file__).with_name("synonyms.csv")


class Kind(StrEnum):
    """What the rows of a list are."""

    PLACES, PERSONS, TEAMS = "places", "persons", "teams"


@dataclass(frozen=True, slots=True)
class Field:
    """`heading`, `note`, `example` and `other` (a second example) are those of our own template.

    `synonyms`: other headings for the same, compared without case and diacritics. `choices` names
    the words that the template offers (`blank.words`).
    """

    key: str
    heading: str
    note: str
    example: str = ""
    other: str = ""
    synonyms: tuple[str, ...] = ()
    required: bool = False
    choices: str | None = None


SEALED = "Được mã hóa, không công khai."
COUNTED = "Một số; để trống nếu chưa đếm."
CHOOSE = "Chọn trong danh sách."
TEACHING = "Dạy học, ôn tập"
LEADER = "Chỉ ghi khi người đó đồng ý; được mã hóa."
SEVERAL = "Cách nhau bằng dấu chấm phẩy."
POINT = "Vĩ độ, kinh độ như 21.3456, 106.5678, hoặc liên kết Google Maps đầy đủ. "

WHERE = (
    Field("hamlet", "Thôn, tổ dân phố", "Tên thôn, bản, tổ dân phố.", "Nà Trắng", "Tổ số 2"),
    Field(
        "commune_text", "Xã, phường", "Tên xã hiện nay hoặc tên trước 1/7/2025.",
        "xã An Lạc", "xã Lệ Viễn",
    ),
    Field(
        "district_text", "Huyện (trước 1/7/2025)",
        "Giúp phân biệt các xã trùng tên. Bỏ trống được.", "huyện Sơn Động", "huyện Sơn Động",
    ),
    Field("address_text", "Địa chỉ", "Cả địa chỉ trong một ô; dùng khi không có cột xã."),
)  # fmt: skip
NUMBERS = (
    Field("lat", "Vĩ độ", "Số như 21.3456."),
    Field("lng", "Kinh độ", "Số như 106.5678."),
)
HARDSHIP = (
    Field(
        "severity", "Mức khó khăn", "1 Còn thiếu thốn đến 4 Đặc biệt khó khăn.",
        "Khó khăn", "Rất khó khăn", choices="severities",
    ),
    Field("programme_year", "Năm chương trình", "Năm như 2026; để trống là năm nay.", "2026"),
)  # fmt: skip
NEED_WORDS = (
    Field(
        "need_title", "Việc cần giúp",
        "Một việc ở mỗi dòng; một nơi nhiều việc thì ghi nhiều dòng.",
        "Ôn tập hè cho học sinh", "Dạy đọc cho các em nhỏ",
    ),
    Field(
        "need_description", "Mô tả việc cần giúp", "Ghi rõ hơn nếu cần. Không ghi tên người.",
        "Toán và tiếng Việt, buổi sáng",
    ),
    Field("need_unit", "Đơn vị tính", "Ví dụ cuốn, bộ, buổi.", "buổi", "buổi"),
)  # fmt: skip
CATEGORY = Field(
    "need_category", "Lĩnh vực hỗ trợ", CHOOSE, TEACHING, TEACHING, choices="categories"
)
NEED = (
    Field("need_quantity", "Số lượng", "Số như 30 hoặc 1,5.", "20", "12"),
    Field("need_parts", "Số đội cần", "Từ 1 đến 100; để trống là 1.", "1"),
    Field("need_people", "Số người mỗi đội", "Mỗi đội cần mấy người.", "10"),
    Field(
        "need_urgency", "Mức khẩn", "1 Thường xuyên đến 4 Khẩn cấp.",
        "Cần sớm", "Thường xuyên", choices="urgencies",
    ),
    Field("need_from", "Cần từ ngày", "Ngày như 01/07/2026.", "01/07/2026"),
    Field("need_until", "Cần đến ngày", "Ngày như 31/08/2026.", "31/08/2026"),
    Field("need_skills", "Kỹ năng cần", SEVERAL, choices="skills"),
)  # fmt: skip
CODE = Field(
    "code", "Mã hồ sơ",
    "Chỉ có khi dòng này lấy từ danh sách tải về của hệ thống. Để trống là hồ sơ mới.",
)  # fmt: skip
PLACES = (
    Field(
        "title", "Tên địa điểm, đơn vị",
        "Tên trường, nhà văn hoá, điểm cần giúp. Không ghi tên người dân.",
        "Điểm trường Nà Trắng", "Nhà văn hoá thôn Mẫu", required=True,
    ),
    Field("kind", "Loại địa điểm", CHOOSE, "Trường học", "Địa chỉ khác", choices="place_kinds"),
    *WHERE,
    Field(
        "position", "Toạ độ", f"{POINT}Để trống thì vị trí được ước lượng ở giữa xã.",
    ),
    *NUMBERS,
    Field(
        "summary", "Giới thiệu", "Vài câu về nơi này, ai cũng đọc được. Không ghi tên người.",
        "Điểm trường vùng cao, 2 lớp ghép",
    ),
    Field("children", "Trẻ em", COUNTED, "42"),
    Field("youth", "Thanh niên", COUNTED),
    Field("elderly", "Người cao tuổi", COUNTED),
    Field("disabled", "Người khuyết tật", COUNTED),
    Field("households", "Số hộ", COUNTED, "", "35"),
    *HARDSHIP,
    Field("contact_name", "Người liên hệ", SEALED, "Bùi Văn Mẫu"),
    Field("contact_role", "Chức vụ người liên hệ", "Ví dụ Hiệu trưởng.", "Hiệu trưởng"),
    Field("contact_phone", "SĐT liên hệ", SEALED, "0912 345 678"),
    Field(
        "sensitive", "Nơi cần giữ kín",
        "Có nếu vị trí không được công khai (ví dụ nhà tạm lánh).", choices="yes_no",
    ),
    CATEGORY, *NEED_WORDS, *NEED, CODE,
)  # fmt: skip
PERSONS = (
    Field("name", "Họ và tên", SEALED, "Nguyễn Văn Ví Dụ", "Trần Thị Ví Dụ", required=True),
    Field(
        "person_kind", "Nhóm", CHOOSE, "Trẻ em", "Hộ gia đình",
        required=True, choices="person_kinds",
    ),
    Field("birth_year", "Năm sinh", "Năm như 2015.", "2015", "1980"),
    Field("age", "Tuổi", "Chỉ khi không biết năm sinh, tính đến hôm nay."),
    Field("phone", "Số điện thoại", SEALED, "0912 345 678"),
    Field("guardian", "Người chăm sóc", "Của trẻ em; được mã hóa.", "Nguyễn Văn Mẫu"),
    *WHERE,
    Field("position", "Toạ độ", f"{POINT}Được mã hóa; để trống thì ghi theo xã."),
    *NUMBERS,
    Field("door", "Số nhà, lối vào", SEALED),
    Field(
        "story", "Hoàn cảnh", f"{SEALED} Không ghi bệnh án, số giấy tờ.", "Gia đình neo người"
    ),
    Field("note", "Ghi chú", SEALED),
    *HARDSHIP,
    Field(
        "consent_given", "Người đồng ý",
        "Ai đã đồng ý cho đăng ký; chưa hỏi thì để trống, dòng sẽ chờ bổ sung.",
        "Cha, mẹ hoặc người giám hộ", "Chính người được đăng ký (từ 16 tuổi)", choices="givers",
    ),
    Field(
        "consent_channel", "Cách hỏi", CHOOSE,
        "Giấy có chữ ký", "Hỏi trực tiếp", choices="channels",
    ),
    Field("consent_date", "Ngày đồng ý", "Ngày như 01/07/2026.", "01/07/2026", "02/07/2026"),
    Field(
        "consent_evidence", "Bằng chứng đồng ý", "Phiếu nào, lưu ở đâu.",
        "Phiếu số 12, lưu tại Đoàn xã", "Hỏi tại nhà",
    ),
    CATEGORY, *NEED, CODE,
)  # fmt: skip
TEAMS = (
    Field(
        "name", "Tên đội", "Tên riêng của đội.",
        "Đội thanh niên tình nguyện xã Mẫu", "Câu lạc bộ Ví Dụ", required=True,
    ),
    Field(
        "kind", "Loại đội", CHOOSE,
        "Đội thanh niên tình nguyện", "Câu lạc bộ, nhóm tình nguyện",
        required=True, choices="team_kinds",
    ),
    Field("people", "Số người", "Từ 1 đến 500.", "15", "30", required=True),
    *WHERE,
    Field("position", "Toạ độ", f"{POINT}Nơi đội xuất phát; để trống là giữa xã."),
    *NUMBERS,
    Field(
        "organisation", "Tổ chức Đoàn",
        "Tên hoặc mã tổ chức trong hệ thống; để trống là tổ chức của người nhập.",
    ),
    Field("skills", "Kỹ năng", SEVERAL, "Dạy học; Y tế", "Dạy học", choices="skills"),
    Field(
        "languages", "Ngôn ngữ", SEVERAL,
        "Tiếng Việt; Tiếng Tày", "Tiếng Việt", choices="languages",
    ),
    Field("max_concurrent", "Nhận cùng lúc", "Đội làm được mấy việc cùng lúc.", "1", "2"),
    Field("radius_km", "Bán kính (km)", "Đội đi xa nhất mấy ki-lô-mét.", "30", "20"),
    Field("vehicles", "Phương tiện", "Số xe của đội.", "4", "0"),
    Field("leader_name", "Đội trưởng", LEADER, "Lê Thị Mẫu"),
    Field("leader_phone", "SĐT đội trưởng", LEADER, "0912 345 678"),
    Field(
        "contact_consent", "Đội trưởng đồng ý",
        "Có nếu đội trưởng đã đồng ý cho ghi tên, điện thoại.", "Có", choices="yes_no",
    ),
    CODE,
)  # fmt: skip


def _with_synonyms() -> dict[Kind, tuple[Field, ...]]:
    found: dict[tuple[str, str], tuple[str, ...]] = defaultdict(tuple)
    with SYNONYMS.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            found[row["kind"], row["key"]] += tuple(row["headings"].split("; "))
    lists = {Kind.PLACES: PLACES, Kind.PERSONS: PERSONS, Kind.TEAMS: TEAMS}
    return {
        kind: tuple(
            replace(field, synonyms=found[kind, field.key] + found["", field.key])
            for field in fields
        )
        for kind, fields in lists.items()
    }


FIELDS = _with_synonyms()
# What may be said once for all rows of a list; what each person agreed to is not among it.
FOR_ALL = {
    Kind.PLACES: ("kind", "commune_text", "need_category"),
    Kind.PERSONS: ("person_kind", "commune_text"),
    Kind.TEAMS: ("kind", "commune_text"),
}
