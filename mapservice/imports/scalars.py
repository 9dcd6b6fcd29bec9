"""One cell of a sheet -> one value, as offices write it: texts, numbers, days, phones. Pure.

Every function gives a `Said`: the value (None for an empty cell) and, where more was understood
than was written, a note to be told. It raises ValueError with a Vietnamese sentence for a cell it
cannot read. No sentence repeats the cell: it may be of a person.
"""

import calendar
import re
from datetime import date, timedelta
from typing import NamedTuple

from mapservice.disclosure.entry import EARLIEST_BIRTH
from mapservice.imports.tables import Cell
from mapservice.territory.names import composed, fold

FORMULA = (
    "Ô bắt đầu bằng dấu = + - hoặc @, bảng tính sẽ hiểu là công thức: bỏ dấu đó ở đầu ô rồi nhập "
    "lại."
)
IDENTITY_CARD = "Có vẻ là số căn cước: hệ thống không thu thập số này. Xóa nó khỏi ô."
DAY = "Ngày viết như 01/07/2026."
NUMBER = "Cần một số, viết như 12 hoặc 12,5."
OTHER_GROUP = "Số này đếm nhóm khác với tên cột (như “30 hộ” ở cột trẻ em): chuyển sang đúng cột."
THOUSANDS = "Không rõ dấu phẩy là phần lẻ hay phần nghìn: viết lại, như 1234 hoặc 1,23."
WHOLE = "Cần một số nguyên, không có phần lẻ, như 12."
YES_OR_NO = "Ghi “có” hoặc “không”."
BIRTH_YEAR = "Ghi năm sinh bằng bốn chữ số như 2015, hoặc tuổi như “11 tuổi”."
AGE = "Tuổi là một số từ 0 đến 120."
FROM_AGE = "Năm sinh tính từ tuổi: có thể lệch một năm."
FAULT = "Ô báo lỗi của bảng tính (như #N/A): sửa công thức hoặc gõ lại giá trị."
EMPTY_WORDS = {"-", "–", "—", "/", ".", "...", "…", "n/a"}
NOTHING = {
    "khong", "khong co", "ko", "ko co", "k co", "khong ro", "chua", "chua co", "chua ro",
}  # fmt: skip
YES = {"co", "x", "v", "✓", "✔", "☑", "1", "dung", "yes", "true", "da dong y", "dong y", "roi"}
NO = {"khong", "ko", "k", "0", "no", "false", "chua", "sai"}

# What is counted, and the words that are written behind its number.
GROUPS = {
    "children": {"em", "tre", "tre em", "hoc sinh", "hs", "chau"},
    "youth": {"thanh nien", "doan vien", "dvtn"},
    "elderly": {"cu", "nguoi cao tuoi", "nguoi gia"},
    "disabled": {"nguoi khuyet tat", "nkt"},
    "households": {"ho", "ho dan", "ho gia dinh", "ho ngheo"},
}

_FAULT = re.compile(r"#(?:N/A|REF!|VALUE!|NAME\?|DIV/0!|NUM!|NULL!|SPILL!|CALC!|GETTING_DATA)")
_BLANKS = re.compile(r"[^\S\n]+")
# A card's twelve digits, however they are parted, or a shorter one with its name in front.
_CARD = re.compile(r"(?<![\d.,+])0\d{2}(?:[ .-]?\d{3}){3}(?![\d.,])")
_NAMED_CARD = re.compile(r"(?:cccd|cmnd|cmt|can cuoc|chung minh)\D{0,30}\d{9,12}")
_DAY = re.compile(
    r"(?:ngay )?(\d{1,2})\s*(?:[/.\- ]|thang)\s*(\d{1,2})\s*(?:[/.\- ]|nam)\s*(\d{2,4})"
)
_ISO_DAY = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[ t]\d{1,2}:\d{2}(?::\d{2})?)?")
_MONTH = re.compile(r"(?:thang )?(\d{1,2})\s*(?:[/.\- ]|nam)\s*(\d{4})")
_NUMBER = re.compile(r"(khoang|tren|hon|~|≈)?\s*(\d[\d.,]*)\s*([a-z][a-z ]{0,20})?")
_ABOUT = "Số ước chừng: lấy số đã ghi."
_AGE = re.compile(r"(\d{1,3})\s*tuoi")
SERIALS = range(20_000, 73_051)  # days since 30/12/1899 that Excel may mean: 1954 to 2099
EPOCH = date(1899, 12, 30)
MOST = 10**9


class Said(NamedTuple):
    """What a cell says; `note`: what was understood beyond its words."""

    value: object = None
    note: str | None = None


def plain(cell: Cell) -> str:
    """A cell as text, with one blank between words; "" for an empty one, a lone dash too."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "có" if cell else "không"
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    if isinstance(cell, date):
        return f"{cell.day:02}/{cell.month:02}/{cell.year}"
    words = _BLANKS.sub(" ", composed(str(cell))).strip()
    return "" if words.lower() in EMPTY_WORDS else words


def stated(cell: Cell) -> str:
    """The same of a cell that takes no words: "" also where it says that there is nothing."""
    words = plain(cell)
    return "" if fold(words) in NOTHING else words


def require_sound(cell: Cell) -> None:
    """Raise ValueError for what a formula left when it failed: "#N/A", "#REF!"."""
    if isinstance(cell, str) and _FAULT.fullmatch(cell.strip()):
        raise ValueError(FAULT)


def text(cell: Cell) -> Said:
    """Words as they are; formula-like ones and numbers of identity cards are refused."""
    words = plain(cell)
    if isinstance(cell, str) and words[:1] in set("=+-@"):
        raise ValueError(FORMULA)
    if _CARD.search(words) or _NAMED_CARD.search(fold(words)):
        raise ValueError(IDENTITY_CARD)
    return Said(words or None)


def number(cell: Cell) -> Said:
    """A decimal: 12, 12.5, "12,5", "1.234,5", "120 suất"."""
    if isinstance(cell, bool | date):
        raise ValueError(NUMBER)
    if isinstance(cell, int | float):
        return Said(_finite(cell))
    words = stated(cell)
    if not words:
        return Said()
    found = _NUMBER.fullmatch(fold(words))
    if found is None:
        raise ValueError(NUMBER)
    return Said(_finite(_decimal(found[2].rstrip(".,"))), _ABOUT if found[1] else None)


def whole(cell: Cell) -> Said:
    """A whole number."""
    said = number(cell)
    if said.value is None:
        return said
    if not float(said.value).is_integer():
        raise ValueError(WHOLE)
    return Said(int(said.value), said.note)


def heads(cell: Cell, group: str) -> Said:
    """How many of a group there are; a cell that counts another one ("30 hộ") is refused."""
    said = whole(cell)
    found = _NUMBER.fullmatch(fold(stated(cell)))
    words = (found[3] or "").strip() if found else ""
    for other, names in GROUPS.items():
        if other != group and words in names and words not in GROUPS[group]:
            raise ValueError(OTHER_GROUP)
    return said


def year(cell: Cell) -> Said:
    """A calendar year, also of a whole day."""
    words = stated(cell)
    if re.fullmatch(r"\d{4}", words):
        return Said(int(words))
    return Said(day(cell).value.year) if words else Said()


def birth_year(cell: Cell, this_year: int) -> Said:
    """The year somebody was born, also from a day; from an age only where it says so."""
    words, note = stated(cell), None
    if not words:
        return Said()
    if re.fullmatch(r"\d{4}", words):
        born = int(words)
    elif told := _AGE.fullmatch(fold(words)):
        born, note = this_year - int(told[1]), FROM_AGE
    else:
        try:
            born = day(cell, latest=this_year).value.year
        except ValueError:
            raise ValueError(BIRTH_YEAR) from None
    if not EARLIEST_BIRTH <= born <= this_year:
        raise ValueError(BIRTH_YEAR)
    return Said(born, note)


def age(cell: Cell, this_year: int) -> Said:
    """The year somebody of this age was born."""
    told = re.fullmatch(r"(\d{1,3})( tuoi)?", fold(stated(cell)))
    if told is None:
        if stated(cell):
            raise ValueError(AGE)
        return Said()
    if int(told[1]) > 120:
        raise ValueError(AGE)
    return Said(this_year - int(told[1]), FROM_AGE)


def day(cell: Cell, *, last: bool = False, latest: int = 2099) -> Said:
    """A day: of the sheet itself, its serial number, "1/7/26"; a month is its first (`last`: its
    last) day. Years of two digits lie in the hundred years up to `latest`."""
    if isinstance(cell, bool):
        raise ValueError(DAY)
    if isinstance(cell, date):
        return Said(date(cell.year, cell.month, cell.day))
    words = " ".join(fold(stated(cell)).split())
    if not words:
        return Said()
    if re.fullmatch(r"\d{5}(\.\d{1,12})?", words):
        return Said(_serial(int(words[:5])))
    if found := _ISO_DAY.fullmatch(words):
        return Said(_day(*found.groups(), latest))
    if found := _DAY.fullmatch(words):
        return Said(_day(*found.groups()[::-1], latest))
    if found := _MONTH.fullmatch(words):
        end = "cuối" if last else "đầu"
        return Said(_month(*found.groups(), last), f"Chỉ ghi tháng: lấy ngày {end} tháng.")
    raise ValueError(DAY)


def flag(cell: Cell) -> Said:
    """Yes or no: "có", "x", 1, "không", 0."""
    if isinstance(cell, bool):
        return Said(cell)
    words = fold(plain(cell))
    if not words:
        return Said()
    if words in YES or words in NO:
        return Said(words in YES)
    raise ValueError(YES_OR_NO)


def _finite(value: float) -> float:
    if not -MOST < value < MOST:  # nor NaN
        raise ValueError(NUMBER)
    return float(value)


def _decimal(digits: str) -> float:
    """Dots part thousands and a comma the rest, as here; the other way round where both show it."""
    if "," in digits and "." in digits:
        part = max(digits.rfind(","), digits.rfind("."))
        thousands, rest = digits[:part].replace(digits[part], "x"), digits[part + 1 :]
        groups = re.split(r"[.,]", thousands)
        if "x" in thousands or not _grouped(groups):
            raise ValueError(NUMBER)
        return float("".join(groups) + "." + rest)
    if re.fullmatch(r"\d{1,3}(\.\d{3})+", digits):
        return float(digits.replace(".", ""))
    if re.fullmatch(r"[1-9]\d{0,2}(,\d{3})+", digits):
        raise ValueError(THOUSANDS)
    if not re.fullmatch(r"\d+([.,]\d+)?", digits):
        raise ValueError(NUMBER)
    return float(digits.replace(",", "."))


def _grouped(groups: list[str]) -> bool:
    return len(groups[0]) in {1, 2, 3} and all(len(group) == 3 for group in groups[1:])


def _serial(days: int) -> date:
    if days not in SERIALS:
        raise ValueError(DAY)
    return EPOCH + timedelta(days=days)


def _day(year: str, month: str, day: str, latest: int) -> date:
    full = int(year)
    if len(year) == 2:
        full += latest // 100 * 100
        full -= 100 if full > latest else 0
    try:
        return date(full if len(year) in {2, 4} else 0, int(month), int(day))
    except ValueError:
        raise ValueError(DAY) from None


def _month(month: str, year: str, last: bool) -> date:
    if not (1 <= int(month) <= 12 and 1900 <= int(year) <= 2100):
        raise ValueError(DAY)
    days = calendar.monthrange(int(year), int(month))[1]
    return date(int(year), int(month), days if last else 1)
