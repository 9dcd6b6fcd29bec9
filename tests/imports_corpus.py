"""Lists as districts really send them, made by code, and what must become of each row.

They are of an officer of Sơn Động (district 220 of 2022). `fates`: row of the sheet -> its fate
and the field that is at fault ("" for none); a row that is not named is none of the list.
"""

# ruff: noqa: E501 - a row of a list stands in one line
import base64
import unicodedata
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import xlsxwriter
from xlsxwriter.utility import xl_cell_to_rowcol

from mapservice.imports.fields import Kind

NEW, WAITING, REFUSED, DOUBLE = "new", "waiting", "refused", "duplicate"
Rows = Sequence[Sequence[object]]
Fates = dict[int, tuple[str, str]]


@dataclass(frozen=True)
class Messy:
    """`make` writes the file; `columns`: keys that its headings must be taken for, in order."""

    name: str
    file_name: str
    kind: Kind
    make: Callable[[Path], None]
    fates: Fates
    columns: Sequence[str]
    skipped: Mapping[int, str] = field(default_factory=dict)
    sheet: int = 0


def new(*rows: int) -> Fates:
    return dict.fromkeys(rows, (NEW, ""))


def book(*sheets: tuple[str, Rows], merged: Sequence[str] = (), hidden: Sequence[int] = ()):
    """A maker of an xlsx; `merged` blocks ("A1:C1") and `hidden` rows (from 1) of its first sheet."""

    def make(path: Path) -> None:
        with xlsxwriter.Workbook(
            path, {"strings_to_formulas": False, "strings_to_urls": False}
        ) as file:
            day = file.add_format({"num_format": "dd/mm/yyyy"})
            for name, rows in sheets:
                page = file.add_worksheet(name)
                for at, row in enumerate(rows):
                    for column, value in enumerate(row):
                        if isinstance(value, date):
                            page.write_datetime(at, column, value, day)
                        elif value is not None:
                            page.write(at, column, value)
            first = file.worksheets()[0]
            for block in merged:
                _merge(first, block, sheets[0][1])
            for row in hidden:
                first.set_row(row - 1, None, None, {"hidden": True})

    return make


def _merge(page, block: str, rows: Rows) -> None:
    row, column = xl_cell_to_rowcol(block.split(":")[0])
    page.merge_range(block, rows[row][column])


def text(rows: Rows, encoding: str, separator: str):
    """A maker of a csv."""

    def make(path: Path) -> None:
        lines = [separator.join("" if cell is None else str(cell) for cell in row) for row in rows]
        path.write_bytes(encoded("\r\n".join(lines) + "\r\n", encoding))

    return make


def encoded(words: str, encoding: str) -> bytes:
    """As Python does, and Windows-1258 as Windows does: letters, then their tones."""
    if encoding != "cp1258":
        return words.encode(encoding)
    out = bytearray()
    for letter in unicodedata.normalize("NFC", words):
        try:
            out += letter.encode("cp1258")
        except UnicodeEncodeError:
            out += _apart(unicodedata.normalize("NFD", letter)).encode("cp1258")
    return bytes(out)


def _apart(decomposed: str) -> str:
    """The letter with its hat or horn, then its tone."""
    tones = [sign for sign in decomposed if sign in "\u0300\u0301\u0303\u0309\u0323"]
    rest = "".join(sign for sign in decomposed if sign not in tones)
    return unicodedata.normalize("NFC", rest) + "".join(tones)


CELL = (
    '<table:table-cell office:value-type="string"{more}><text:p>{text}</text:p></table:table-cell>'
)


def ods(rows: Rows, merged_down: Mapping[tuple[int, int], int] | None = None):
    """A maker of an ods as LibreOffice writes it: repeated empty cells, covered ones, a long tail."""

    def make(path: Path) -> None:
        body = "".join(_ods_row(row, at, merged_down or {}) for at, row in enumerate(rows))
        tail = '<table:table-row table:number-rows-repeated="1048000"><table:table-cell table:number-columns-repeated="1024"/></table:table-row>'
        content = (
            '<?xml version="1.0" encoding="UTF-8"?><office:document-content'
            ' xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"'
            ' xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"'
            ' xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" office:version="1.2">'
            f'<office:body><office:spreadsheet><table:table table:name="Danh sách">{body}{tail}'
            "</table:table></office:spreadsheet></office:body></office:document-content>"
        )
        with ZipFile(path, "w", ZIP_DEFLATED) as file:
            file.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
            file.writestr("content.xml", content)
            file.writestr("META-INF/manifest.xml", "<manifest/>")

    return make


def _ods_row(row: Sequence[object], at: int, merged_down: Mapping[tuple[int, int], int]) -> str:
    covered = {
        (top + step, column)
        for (top, column), high in merged_down.items()
        for step in range(1, high)
    }
    cells = []
    for column, value in enumerate(row):
        if (at, column) in covered:
            cells.append("<table:covered-table-cell/>")
        elif value is None:
            cells.append("<table:table-cell/>")
        elif isinstance(value, int | float):
            cells.append(f'<table:table-cell office:value-type="float" office:value="{value}"/>')
        else:
            high = merged_down.get((at, column))
            more = (
                f' table:number-columns-spanned="1" table:number-rows-spanned="{high}"'
                if high
                else ""
            )
            cells.append(CELL.format(more=more, text=value))
    return f"<table:table-row>{''.join(cells)}</table:table-row>"


# Made once with xlwt 1.3 (a merged title, headings in row 3, two rows), packed by zlib: nothing
# that we use writes this format.
XLS = """
eNrtWE1IVFEU/u6bN44z+TPjT5DRYxCyMjfVpo1NlmWUDlZTWQQ1/tCINoYVZIuyH5dB0KpoI7iJwGzTD0Yl0Q/9YD+L
IBA0aVOrwqCFOp1z3k9juUgwqXjn8c4959xzznffvffde997ORga7r5eNIKfaA08mEz5kZFmU3T7bSUIqk+lWLTLTLpT
Lv1T5M+kgczwoj/7uY/HkMd7BBr69AHiwHu69+IQom3JpvAc0jppQ1xxG8qJK1wmSw4WSKvyhDcIzxd+TTzvCF8rlnPC
y8l3WO3BYCRautqaxXVasdTlgPPelJh3YlmBQjzhWXzyvDJ9vahob463/p0Vhp6FHtC4VTUlm9rjrcMooAHswddUGBiz
39T7Ydc+t3YFsn+bavdNY7+g6UAnUvtlgnchhC86ZJGtjCcT4cMjDYlxbFZBc7nFIqhKVCCKTZRnOwawXqSgempUUMna
EyOMGJ5bPlFUYQd245ER5ekdi2VBxfARSaoLqWdGXMpmPDAOQoeqRhu6jWYSEUuMJSmibjQDajteUdYjaEe/kQ8VtAJM
U58aMpI4QNoWJNBEZQ2uGkcRYKT06gReGA3UC2qqH+WvkPZUE3QD9ZOEdUv+DsG4R+DHMCouj0neiWY8pKT+6Vw9UGZe
Hz9Oujs9TX08wJ0rK15wyoqXLStBFvFG5IockvUgSHva+JXPr2vqayP7xNIpu5y5Fy7m4UMKpziCgnOkxgs7a6lELBd+
WrIuFLlIeAF5UllSW2gJG8+Iz1mpLSGcVUJvIkvS5KUkd33aesvoGo0sI7m3auR4Qe/bSDeKqUcaKZ6vMyhTZerSRabb
EbtU1ro5JHzBL2topha02p6yNvxcTCAgYkj4XZmH3Dv25ZUobZooTaK4n0zN7lNT00jzOJqHNN3RdMlra17SMqzWeX7C
OaEFxGZ6sL9HcHyOxjiZjsY4fkdjHH46MwvjrLRw9GlwdMEJWNG64MxzNMbJcjTGyXY0xslxNMbJJe0DvyPWUuDFGi0P
N7h7aPf6QQG45JJLLrnkkksuzTbxCYSPHXyK0q3TK5+lfNZ/nQm6J93fJP8tbaNvvjb6dApjA32G8Rddx4zmz3x4lZ1L
/WaM/b+QaReht6MF9dKOlhnPX/qiUenP89uBwdl7hWaKPzmTdv5h/O+QuBCO"""


def xls(path: Path) -> None:
    path.write_bytes(zlib.decompress(base64.b64decode(XLS)))


# fmt: off
HEAD = ["STT", "Tên địa điểm", "Loại", "Thôn", "Xã", "Huyện", "Người liên hệ", "SĐT"]
KEYS = ["title", "kind", "hamlet", "commune_text", "district_text", "contact_name", "contact_phone"]
SD = "Sơn Động"


def place(number: int, name: str, commune: object = "An Lạc", district: object = SD, **more) -> list:
    """One row below HEAD."""
    kind, hamlet = more.get("kind", "Trường học"), more.get("hamlet", f"Thôn Mẫu {number}")
    contact, phone = more.get("contact", "Bùi Văn Mẫu"), more.get("phone", "0912345678")
    return [number, name, kind, hamlet, commune, district, contact, phone]


PLAIN = [HEAD, *(place(n, f"Điểm trường Khe {name}") for n, name in enumerate(("Lim", "Táu", "Gụ"), 1))]
PERSON_HEAD = [
    "TT", "Họ tên chủ hộ", "Đối tượng", "Năm sinh", "Thôn/TDP", "Xã/Phường", "Hoàn cảnh", "Số ĐT",
    "Người đồng ý", "Cách hỏi", "Ngày đồng ý",
]
PERSON_KEYS = [
    "name", "person_kind", "birth_year", "hamlet", "commune_text", "story", "phone",
    "consent_given", "consent_channel", "consent_date",
]


def person(number: int, name: str, year: object = 1960, **more) -> list:
    """One row below PERSON_HEAD, agreed to unless `giver` says otherwise."""
    return [
        number, name, more.get("kind", "Hộ gia đình"), year, "Mẫu", more.get("commune", "xã An Lạc"),
        more.get("story", "Neo người"), more.get("phone"), more.get("giver", "Chính chủ"),
        more.get("channel", "Giấy có chữ ký"), more.get("day", "01/06/2026"),
    ]


def nfd(rows: Rows) -> Rows:
    return [
        [unicodedata.normalize("NFD", c) if isinstance(c, str) else c for c in row] for row in rows
    ]


TITLED = [
    ["TỈNH ĐOÀN BẮC GIANG", None, None, None, "ĐOÀN TNCS HỒ CHÍ MINH"],
    ["HUYỆN ĐOÀN SƠN ĐỘNG", None, None, None, "Sơn Động, ngày 12 tháng 6 năm 2026"],
    [],
    ["DANH SÁCH ĐỊA CHỈ TÌNH NGUYỆN NĂM 2026"] + [None] * 7,
    ["(Kèm theo Công văn số 12-CV/ĐTN)"] + [None] * 7,
    HEAD,
    ["(1)", "(2)", "(3)", "(4)", "(5)", "(6)", "(7)", "(8)"],
    *PLAIN[1:],
    ["Tổng cộng", 3],
    [],
    [None, "Người lập biểu", None, None, None, "TM. BAN THƯỜNG VỤ"],
    [None, "(Ký, ghi rõ họ tên)", None, None, None, "BÍ THƯ"],
    [],
    [None, "Trần Thị Mẫu", None, None, None, "Lê Văn Mẫu"],
]
TWO_ROWS = [
    ["DANH SÁCH TRẺ EM CÓ HOÀN CẢNH KHÓ KHĂN"],
    [],
    ["STT", "Họ và tên", "Ngày, tháng, năm sinh", "Nhóm", "Nơi ở", None, "Hoàn cảnh", "Phụ huynh", None],
    [None, None, None, None, "Thôn", "Xã", None, "Họ tên bố mẹ", "SĐT"],
    [1, "Nguyễn Văn An Mẫu", "12/03/2015", "Trẻ em", "Mẫu", "An Lạc", "Mồ côi cha", "Nguyễn Thị B", 912345678],
    [2, "Trần Thị Bình Mẫu", 2016, "Trẻ em", "Mẫu", "Lệ Viễn", "Nhà xa trường", "Trần Văn C", "0912.345.679"],
]
SECTIONS = [
    HEAD,
    ["I", "Xã An Lạc"],
    place(1, "Điểm trường Khe Lim", "An Lạc"),
    place(2, "Điểm trường Khe Táu", None),
    ["Xã Lệ Viễn"] * 8,
    place(1, "Nhà văn hóa thôn Thia", "Lệ Viễn", kind="Thôn, bản"),
    [None] * 8,
    HEAD,
    place(2, "Trạm y tế Lệ Viễn", "Lệ Viễn", kind="Trạm y tế"),
    ["Cộng", 4],
]
IN_SECTIONS = [
    ["TT", "Tên địa điểm", "Loại", "Thôn", "Xã"],
    ["I", "Xã An Lạc"],
    [1, "Điểm trường Nà Một", "Trường học", "Thôn Mẫu", None],
    [2, "Điểm trường Nà Hai", "Trường học", "Thôn Mẫu", "Lệ Viễn"],
    ["II. XÃ LỆ VIỄN:"] * 5,
    [1, "Điểm trường Nà Ba", "Trường học", "Thôn Thử", None],
    ["Xã Phúc Sơn"] * 5,  # two communes bear the name
    [1, "Điểm trường Nà Bốn", "Trường học", "Thôn Mẫu", None],
    [2, "Điểm trường Nà Năm", "Trường học", "Thôn Mẫu", "An Lạc"],
    ["Khối trường học"] * 5,
    [1, "Điểm trường Nà Sáu", "Trường học", "Thôn Thử", None],
    ["Xã Không Có Thật"] * 5,
    [1, "Điểm trường Nà Bảy", "Trường học", "Thôn Thử", None],
]
FORMULAS = [
    HEAD,
    place(1, "=1+1"),
    place(2, "Điểm trường Gốc Gạo", hamlet="-", contact="+cmd|' /C calc'!A0"),
    place(3, "Điểm trường Gốc Sấu", hamlet="-", phone="+84912345678"),
    place(4, "@SUM(A1:A9)"),
]
PHONES = [
    HEAD,
    place(1, "Điểm trường Gốc Mít", phone=912345678),
    place(2, "Điểm trường Gốc Đa", phone="0912.345.678 - 0987 654 321"),
    place(3, "Điểm trường Gốc Si", phone="12345"),
    place(4, "Điểm trường Gốc Trám", phone="84912345678"),
]
COORDINATES = [
    ["Tên điểm", "Loại hình", "Xã", "Toạ độ"],
    ["Điểm trường Đồi Một", "Trường học", "An Lạc", "21.3282, 106.9693"],
    ["Điểm trường Đồi Hai", "Trường học", "An Lạc", "21,3282; 106,9693"],
    ["Điểm trường Đồi Ba", "Trường học", "An Lạc", "21°19'41.5\"B 106°58'9.5\"Đ"],
    ["Điểm trường Đồi Bốn", "Trường học", "An Lạc", "https://www.google.com/maps/@21.3282,106.9693,15z"],
    ["Điểm trường Đồi Năm", "Trường học", "An Lạc", "10.7769, 106.7009"],
    ["Điểm trường Đồi Sáu", "Trường học", "An Lạc", "ở gần chợ"],
]
TWO_COLUMNS = [
    ["Tên điểm", "Loại hình", "Xã", "Vĩ độ", "Kinh độ"],
    ["Điểm trường Dốc Một", "Trường học", "An Lạc", 21.3282, 106.9693],
    ["Điểm trường Dốc Hai", "Trường học", "An Lạc", "21,3282", "106,9693"],
    ["Điểm trường Dốc Ba", "Trường học", "An Lạc", 21.3282, None],
]
COMMUNES = [
    HEAD,
    place(1, "Điểm trường cũ", "xã Quế Sơn"),
    place(2, "Điểm trường mới", "TT Tây Yên Tử"),
    place(3, "Điểm trường ngoài", "xã Đồng Vương", "huyện Yên Thế"),
    place(4, "Điểm trường lạ", "xã Không Có Thật"),
    place(5, "Điểm trường chung tên", "Phúc Sơn", None),
    place(6, "Điểm trường viết tắt", "x. le vien", "h. son dong"),
]
ADDRESS = [
    ["Tên đơn vị", "Phân loại", "Địa chỉ"],
    ["Điểm trường Suối Một", "Trường học", "Thôn Mẫu, xã An Lạc, huyện Sơn Động, tỉnh Bắc Giang"],
    ["Điểm trường Suối Hai", "Trường học", "xã Lệ Viễn (cũ), Sơn Động"],
    ["Điểm trường Suối Ba", "Trường học", "Hà Nội"],
]
REPEATS = [
    ["Tên địa điểm", "Loại", "Thôn", "Xã", "SĐT"],
    ["Điểm trường Khe Trên", "Trường học", "Thôn Mẫu", "An Lạc", "Bố: 0987654321, mẹ: 0912345678"],
    ["Điểm trường Khe Dưới", "nt", "-nt-", '"', "không có"],
    ["Điểm trường Khe Cuối", "như trên", "nt", "nt", "9.87E+08"],
]
NOTHING_REPEATED = [
    ["Tên địa điểm", "Loại", "Thôn", "Xã"],
    ["Điểm trường Khe Đầu", "Trường học", None, "An Lạc"],
    ["Điểm trường Khe Giữa", "Trường học", "nt", "An Lạc"],
]
IN_ONE_CELL = [
    ["TT", "Tên địa điểm", "Loại", "Thôn, xã", "Người liên hệ", None],
    [None, None, None, None, "Họ tên", "SĐT"],
    [1, "Điểm trường Khe Ngang", "Trường học", "Thôn Mẫu, xã An Lạc", "Bùi Văn Mẫu", "0912345678"],
    [2, "Điểm trường Khe Dọc", "Trường học", "Mẫu - Lệ Viễn", "Bùi Văn Mẫu", "0912345678"],
]
TWO_NAMES = [
    ["TT", "Trẻ", None, "Người giám hộ", None, "Nhóm", "Xã"],
    [None, "Họ tên", "Năm sinh", "Họ tên", "SĐT", None, None],
    [1, "Nguyễn Văn Ngang Mẫu", "2016", "Nguyễn Thị Mẫu", "0912345678", "Trẻ em", "An Lạc"],
]
NOTES_BELOW = [
    ["TT", "Họ và tên các em", "Năm sinh", "Chỗ ở hiện nay", None, "Nhóm", "Điện thoại gia đình"],
    [None, None, "(ngày/tháng/năm)", "Thôn (bản, TDP)", "Xã (TT)", None, None],
    ["A", "XÃ AN LẠC (2 em)"],
    [1, "Hoàng Văn Ngang Mẫu", "12/5/2014", "Mẫu", None, "Trẻ em", "không"],
    [2, "Vi Thị Dọc Mẫu", "15/8/17", "nt", "nt", "nt", None],
    [None, "Cộng xã An Lạc: 2 em"],
    ["B", "THỊ TRẤN AN CHÂU"],
    [1, "Nông Thị Khác Mẫu", "2016", "TDP số 1", "TT An Châu", "Trẻ em", 912345679],
    [None, "TỔNG TOÀN HUYỆN", 3],
]
LIMITS = [
    HEAD,
    place(1, "T" * 201),
    place(2, None),
    place(3, "TRƯỜNG TIỂU HỌC KHE MẪU"),
    place(4, "Điểm trường Khe Loại", kind="Loại không có"),
]
DOUBLES = [
    HEAD,
    place(1, "Điểm trường Khe Đôi", hamlet="Mẫu"),
    place(2, "Điểm trường Khe Khác", hamlet="Mẫu"),
    place(3, "diem truong  khe doi", hamlet="thôn Mẫu"),
]
PERSONS = [
    PERSON_HEAD,
    person(1, "Nguyễn Văn Mẫu Một"),
    person(2, "Nguyễn Văn Mẫu Hai", giver=None),
    person(3, "Nguyễn Văn Mẫu Ba", kind="Trẻ em", year=2016, giver="Mẹ"),
    person(4, "Nguyễn Văn Mẫu Bốn", kind=None),
    person(5, "Nguyễn Văn Mẫu Năm", year="năm ngoái"),
    person(6, "Nguyễn Văn Mẫu Sáu", commune="xã Đồng Vương, huyện Yên Thế"),
]
TEAMS = [
    ["STT", "Tên đội hình", "Loại hình", "Số thành viên", "Xã", "Kỹ năng", "Đội trưởng", "SĐT", "Đồng ý"],
    [1, "Đội xanh An Lạc", "Đội thanh niên tình nguyện", 15, "An Lạc", "Dạy học; Y tế", "Lê Thị Mẫu", "0912345678", "x"],
    [2, "Tổ công nghệ số Lệ Viễn", "Tổ công nghệ số cộng đồng", "20 người", "Lệ Viễn", "", None, None, None],
    [3, "Đội không người", "Câu lạc bộ, nhóm tình nguyện", 0, "Lệ Viễn", "", None, None, None],
    [4, "Đội chưa hỏi", "Đội thanh niên tình nguyện", 12, "Lệ Viễn", "", "Lê Văn Mẫu", "0912345678", None],
]
NEEDS = [
    ["Tên trường", "Loại", "Xã", "Lĩnh vực", "Nội dung hỗ trợ", "Số lượng", "ĐVT", "Mức khẩn", "Từ ngày", "Đến ngày"],
    ["Điểm trường Khe Sách", "Trường học", "An Lạc", "Giáo dục", "Tặng sách", "1.200", "cuốn", "Gấp", date(2026, 7, 1), 46265],
    ["Điểm trường Khe Mái", "Trường học", "An Lạc", "Giáo dục", "Dạy hè", 2, "lớp", "2", "1/7/2026", "31/8/2026"],
    ["Điểm trường Khe Ngược", "Trường học", "An Lạc", "Giáo dục", "Dạy hè", 2, "lớp", "2", "31/8/2026", "1/7/2026"],
    ["Điểm trường Khe Ít", "Trường học", "An Lạc", "Giáo dục", "Dạy hè", "vài", "lớp", "2", None, None],
]
NEED_KEYS = [
    "title", "kind", "commune_text", "need_category", "need_title", "need_quantity", "need_unit",
    "need_urgency", "need_from", "need_until",
]
GAPS = [
    [],
    [None, *HEAD[:3], None, *HEAD[3:]],
    [],
    *([None, *row[:3], None, *row[3:]] for row in PLAIN[1:3]),
    [],
    *([None, *row[:3], None, *row[3:]] for row in PLAIN[3:]),
]
TABS = [[f"{cell}" if cell is not None else "" for cell in row] for row in PLAIN]
NOTES = [["Lưu ý", "Nội dung"], ["1", "Gửi trước ngày 15"], ["2", "Không ghi tên người dân"]]
SEVERAL = ["Tên địa điểm", "Loại", "Xã"]

FILES = (
    Messy("plain", "ds.xlsx", Kind.PLACES, book(("Sheet1", PLAIN)), new(2, 3, 4), KEYS),
    Messy(
        "titles, totals, signatures", "ds.xlsx", Kind.PLACES,
        book(("DS", TITLED), merged=("A1:D1", "A4:H4", "A5:H5")), new(8, 9, 10), KEYS,
    ),
    Messy(
        "headings in two rows", "tre em.xlsx", Kind.PERSONS,
        book(("DS", TWO_ROWS), merged=("E3:F3", "H3:I3", "A3:A4", "B3:B4", "C3:C4")),
        dict.fromkeys((5, 6), (WAITING, "consent_given")),
        ["name", "birth_year", "person_kind", "hamlet", "commune_text", "story", "guardian", "phone"],
    ),
    Messy(
        "headings in two rows, not merged", "tre em.csv", Kind.PERSONS,
        text(TWO_ROWS, "utf-8-sig", ";"), dict.fromkeys((5, 6), (WAITING, "consent_given")),
        ["name", "birth_year", "person_kind", "hamlet", "commune_text", "story", "guardian", "phone"],
    ),
    Messy("semicolons, UTF-8 with mark", "a.csv", Kind.PLACES, text(PLAIN, "utf-8-sig", ";"), new(2, 3, 4), KEYS),
    Messy("tabs, Windows-1258", "a.csv", Kind.PLACES, text(TABS, "cp1258", "\t"), new(2, 3, 4), KEYS),
    Messy("tabs, UTF-16", "a.txt", Kind.PLACES, text(TABS, "utf-16", "\t"), new(2, 3, 4), KEYS),
    Messy("commas, decomposed letters", "a.csv", Kind.PLACES, text(nfd(PLAIN), "utf-8", ","), new(2, 3, 4), KEYS),
    Messy("decomposed letters", "a.xlsx", Kind.PLACES, book(("a", nfd(PLAIN))), new(2, 3, 4), KEYS),
    Messy("OpenDocument", "a.ods", Kind.PLACES, ods(PLAIN), new(2, 3, 4), KEYS),
    Messy(
        "Excel 97", "a.xls", Kind.PLACES, xls, new(4) | {5: (REFUSED, "children")},
        ["title", "kind", "hamlet", "commune_text", "children"],
    ),
    Messy(
        "sections, headings repeated", "a.xlsx", Kind.PLACES, book(("a", SECTIONS), merged=("A5:H5",)),
        new(3, 4, 6, 9), KEYS,
        {5: "dòng đầu mục", 7: "dòng trống", 8: "tên cột nhắc lại"},
    ),
    Messy(
        "communes stand in sections", "a.xlsx", Kind.PLACES,
        book(("a", IN_SECTIONS), merged=("A5:E5", "A7:E7", "A10:E10", "A12:E12")),
        new(3, 4, 6, 9) | dict.fromkeys((8, 11, 13), (REFUSED, "commune_text")),
        ["title", "kind", "hamlet", "commune_text"],
        dict.fromkeys((5, 7, 10, 12), "dòng đầu mục"),
    ),
    Messy(
        "formulas as text", "a.xlsx", Kind.PLACES, book(("a", FORMULAS)),
        {2: (REFUSED, "title"), 3: (REFUSED, "contact_name"), 4: (NEW, ""), 5: (REFUSED, "title")}, KEYS,
    ),
    Messy(
        "telephones", "a.xlsx", Kind.PLACES, book(("a", PHONES)),
        new(2, 3, 5) | {4: (REFUSED, "contact_phone")}, KEYS,
    ),
    Messy(
        "positions in one column", "a.xlsx", Kind.PLACES, book(("a", COORDINATES)),
        new(2, 3, 4, 5) | {6: (REFUSED, "position"), 7: (REFUSED, "position")},
        ["title", "kind", "commune_text", "position"],
    ),
    Messy(
        "positions in two columns", "a.xlsx", Kind.PLACES, book(("a", TWO_COLUMNS)),
        new(2, 3) | {4: (REFUSED, "lng")}, ["title", "kind", "commune_text", "lat", "lng"],
    ),
    Messy(
        "communes old, elsewhere, unknown, of one name", "a.xlsx", Kind.PLACES, book(("a", COMMUNES)),
        new(2, 3, 7) | {4: (REFUSED, "commune_text"), 5: (REFUSED, "commune_text"), 6: (WAITING, "commune_text")},
        KEYS,
    ),
    Messy(
        "whole addresses", "a.xlsx", Kind.PLACES, book(("a", ADDRESS)),
        new(2, 3) | {4: (REFUSED, "address_text")}, ["title", "kind", "address_text"],
    ),
    Messy(
        "as above, two telephones, none, a shortened one", "a.xlsx", Kind.PLACES, book(("a", REPEATS)),
        new(2, 3) | {4: (REFUSED, "contact_phone")},
        ["title", "kind", "hamlet", "commune_text", "contact_phone"],
    ),
    Messy(
        "as nothing above", "a.xlsx", Kind.PLACES, book(("a", NOTHING_REPEATED)),
        new(2) | {3: (REFUSED, "hamlet")}, ["title", "kind", "hamlet", "commune_text"],
    ),
    Messy(
        "hamlet and commune in one cell", "a.xlsx", Kind.PLACES, book(("a", IN_ONE_CELL), merged=("E1:F1",)),
        new(3, 4), ["title", "kind", "address_text", "contact_name", "contact_phone"],
    ),
    Messy(
        "one heading below two", "a.xlsx", Kind.PERSONS, book(("a", TWO_NAMES), merged=("B1:C1", "D1:E1")),
        {3: (WAITING, "consent_given")}, ["name", "birth_year", "guardian", "phone", "person_kind", "commune_text"],
    ),
    Messy(
        "notes as second headings, communes counted, sums between", "a.xlsx", Kind.PERSONS,
        book(("a", NOTES_BELOW), merged=("D1:E1",)),
        dict.fromkeys((4, 5, 8), (WAITING, "consent_given")),
        ["name", "birth_year", "hamlet", "commune_text", "person_kind", "phone"],
        {6: "dòng tổng cộng", 7: "dòng đầu mục"},
    ),
    Messy(
        "missing, too long, unknown", "a.xlsx", Kind.PLACES, book(("a", LIMITS)),
        {2: (REFUSED, "title"), 3: (REFUSED, "title"), 4: (NEW, ""), 5: (REFUSED, "kind")}, KEYS,
    ),
    Messy(
        "one place twice", "a.xlsx", Kind.PLACES, book(("a", DOUBLES)), new(2, 3) | {4: (DOUBLE, "")}, KEYS,
    ),
    Messy(
        "persons", "a.xlsx", Kind.PERSONS, book(("a", PERSONS)),
        {
            2: (NEW, ""), 3: (WAITING, "consent_given"), 4: (WAITING, "consent_given"),
            5: (REFUSED, "person_kind"), 6: (REFUSED, "birth_year"), 7: (REFUSED, "commune_text"),
        },
        PERSON_KEYS,
    ),
    Messy(
        "teams", "doi.xlsx", Kind.TEAMS, book(("a", TEAMS)),
        new(2, 3) | {4: (REFUSED, "people"), 5: (REFUSED, "contact_consent")},
        ["name", "kind", "people", "commune_text", "skills", "leader_name", "leader_phone", "contact_consent"],
    ),
    Messy(
        "needs, numbers and days in every form", "a.xlsx", Kind.PLACES, book(("a", NEEDS)),
        new(2, 3) | {4: (REFUSED, "need_until"), 5: (REFUSED, "need_quantity")}, NEED_KEYS,
    ),
    Messy(
        "empty rows and columns, hidden rows", "a.xlsx", Kind.PLACES, book(("a", GAPS), hidden=(5,)),
        new(4, 5, 7), KEYS, {6: "dòng trống"},
    ),
    Messy(
        "several sheets", "a.xlsx", Kind.PLACES,
        book(("Lưu ý", NOTES), ("Trường", [SEVERAL, ["Điểm trường Khe Hai", "Trường học", "An Lạc"]])),
        new(2), ["title", "kind", "commune_text"], sheet=1,
    ),
    Messy(
        "a commune for several rows", "a.xlsx", Kind.PLACES,
        book(("a", [SEVERAL, ["Trường Gốc Bàng", "Trường học", "An Lạc"], ["Trường Gốc Phượng", "Trường học"]]), merged=("C2:C3",)),
        new(2, 3), ["title", "kind", "commune_text"],
    ),
    Messy(
        "a commune for several rows, OpenDocument", "a.ods", Kind.PLACES,
        ods([SEVERAL, ["Trường Gốc Bàng", "Trường học", "An Lạc"], ["Trường Gốc Phượng", "Trường học", None]], {(1, 2): 2}),
        new(2, 3), ["title", "kind", "commune_text"],
    ),
)
