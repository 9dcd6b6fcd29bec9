"""The telephone numbers of a cell, as offices write them. Pure.

No sentence repeats the cell: it may be of a person.
"""

import re
from collections.abc import Mapping

from mapservice import phones
from mapservice.imports.fields import Kind
from mapservice.imports.scalars import plain, stated
from mapservice.imports.tables import Cell

PHONE = "Số điện thoại không đúng hoặc thiếu chữ số: viết như 0912 345 678."
SHORTENED = (
    "Bảng tính đã rút gọn số này (như 9,87E+08) và mất chữ số cuối: định dạng cột là Văn bản "
    "(Text) rồi gõ lại số."
)
FROM_NAME = "Lấy số điện thoại ghi cùng ô với tên."
LOST_ZERO = "Bù số 0 ở đầu số điện thoại."

_NEXT_PHONE = re.compile(r"[/,;|\n]|\s+-\s+|\s+(?:và|hoặc|va|hoac)\s+")
_SHORT = re.compile(r"(\d)[.,](\d{1,14})[eE]\+?(\d{1,2})")
_DIGITS = re.compile(r"\(?\+?\d[\d\s.()-]*\d")
_AROUND = re.compile(
    r"^[\W_]+|[\W_]+$|[\s(,;:-]*\b(?:sđt|đt|điện thoại|tel|zalo)\b[\W_]*$", re.IGNORECASE
)
# Who is called, and the telephone that offices often write into the same cell.
OF = {
    Kind.PLACES: ("contact_name", "contact_phone"),
    Kind.TEAMS: ("leader_name", "leader_phone"),
}
SHORTEST = 9  # digits of a number
# Mobile numbers of eleven digits until 2018, by their beginning, and what it became.
OLD_MOBILE = {
    **{f"016{n}": f"03{n}" for n in range(2, 10)},
    "0120": "070", "0121": "079", "0122": "077", "0126": "076", "0128": "078",
    "0123": "083", "0124": "084", "0125": "085", "0127": "081", "0129": "082",
    "0186": "056", "0188": "058", "0199": "059",
}  # fmt: skip


def numbers_of(cell: Cell) -> tuple[list[str], list[str]]:
    """The phone numbers of a cell in E.164, the first one the one to call, and notes.

    Numbers that a sheet made of them have lost their zero. ValueError where none is right.
    """
    words = _lengthened(stated(cell))
    if not words:
        return [], []
    found: list[str] = []
    notes: dict[str, None] = {}
    unread = 0
    for part in _NEXT_PHONE.split(words):
        for digits in _runs(part):
            try:
                right, note = _phone(digits)
            except ValueError:
                unread += 1
                continue
            found.append(right)
            notes |= {note: None} if note else {}
    if not found:
        raise ValueError(PHONE)
    if unread:
        notes["Có số điện thoại không đọc được trong ô: bỏ qua số đó."] = None
    return list(dict.fromkeys(found)), list(notes)


def _lengthened(words: str) -> str:
    """ "9.12345678E+08" as the number that it was, where no digit is lost (ValueError)."""
    short = _SHORT.fullmatch(words)
    if short is None:
        return words
    digits, zeros = short[1] + short[2], int(short[3]) - len(short[2])
    if zeros > 0:
        raise ValueError(SHORTENED)
    return digits[: int(short[3]) + 1]


def _runs(part: str) -> list[str]:
    """The runs of digits of a text; two numbers written in one breath are two."""
    found = []
    for match in _DIGITS.finditer(part):
        digits = _bare(match.group())
        half = len(digits) // 2
        two = len(digits) == 20 and digits[0] == digits[half] == "0"
        found += [digits[:half], digits[half:]] if two else [digits]
    return found


def _bare(written: str) -> str:
    return re.sub(r"[^\d+]", "", written)


def _phone(digits: str) -> tuple[str, str | None]:
    old = OLD_MOBILE.get(digits[:4]) if len(digits) == 11 else None
    if old:
        return phones.e164(old + digits[4:]), "Đổi đầu số cũ 11 chữ số sang đầu số mới."
    whole = digits.startswith(("0", "+")) or (digits.startswith("84") and len(digits) > 10)
    return phones.e164(digits if whole else f"0{digits}"), None if whole else LOST_ZERO


def parted(cell: Cell) -> tuple[str, str] | None:
    """The name and the number of a cell that holds both ("Cô Mẫu - 0912 345 678")."""
    words = plain(cell)
    found = [match for match in _DIGITS.finditer(words) if len(_bare(match.group())) >= SHORTEST]
    if len(found) != 1:
        return None
    (digits,) = found
    name = _AROUND.sub("", f"{words[: digits.start()]} {words[digits.end() :]}")
    return (name, digits.group()) if name else None


def beside(kind: Kind, cells: Mapping[str, Cell]) -> Mapping[str, Cell]:
    """The cells of a row; a telephone in the cell of who is called stands in its own."""
    name, phone = OF.get(kind, ("", ""))
    both = parted(cells.get(name)) if name and not cells.get(phone) else None
    return {**cells, name: both[0], phone: both[1]} if both else cells
