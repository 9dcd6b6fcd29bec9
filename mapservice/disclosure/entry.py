"""What is written down of a person or contact: fields, checks, normal forms. Pure."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from enum import StrEnum

from mapservice import phones
from mapservice.errors import Invalid
from mapservice.language import gettext as _
from mapservice.territory import eras
from mapservice.territory.names import fold

EARLIEST_BIRTH = 1900
VIETNAM_BOX = (102.0, 8.0, 110.0, 23.5)  # west, south, east, north; degrees
_SPACES = re.compile(r"\s+")


class Field(StrEnum):
    """The sealed columns of all private tables."""

    NAME, PHONE, BIRTH_YEAR, GUARDIAN = "name", "phone", "birth_year", "guardian"
    DOOR, HAMLET, STORY, NOTE, POINT = "door", "hamlet", "story", "note", "point"
    ROLE = "role"
    CONTENT = "content"  # of a draft
    SECRET = "secret"  # noqa: S105 - of an account's second factor, for the rotation of keys only


def clean(
    given: Mapping[str, object], allowed: frozenset[Field], *, complete: bool
) -> dict[Field, str | None]:
    """Checked and normalised text per field; empty means none.

    Raises Invalid naming every field at fault; `complete`: a name must be there.
    """
    faults: dict[str, list[str]] = {}
    cleaned: dict[Field, str | None] = {}
    for key, value in given.items():
        if key not in set(allowed):
            faults[key] = ["Không có mục này."]
            continue
        try:
            cleaned[Field(key)] = None if value in (None, "") else CHECKS[Field(key)](value)
        except ValueError as error:
            faults[key] = [str(error)]
    if (complete or Field.NAME in cleaned) and not cleaned.get(Field.NAME):
        faults.setdefault(Field.NAME.value, ["Cần ghi họ tên."])
    if faults:
        raise Invalid("Thông tin chưa đúng.", code="private-fields", fields=faults)
    return cleaned


def identity(name: str, birth_year: str | None, commune_code: str) -> str:
    """What two records of one person have in common: folded name, birth year, commune today."""
    return f"{fold(_SPACES.sub(' ', name).strip())}|{birth_year or '-'}|{commune_code}"


def value(field: Field, text: str | None) -> str | int | tuple[float, float] | None:
    """An opened text as its value: the birth year a number, the point (lng, lat) in degrees."""
    if text is None:
        return None
    if field is Field.BIRTH_YEAR:
        return int(text)
    if field is Field.POINT:
        lng, lat = text.split()
        return float(lng), float(lat)
    return text


def line(longest: int) -> Callable[[object], str]:
    """One line of text; `longest` in characters."""

    def check(value: object) -> str:
        text = _SPACES.sub(" ", _normal(value)).strip()
        if not 1 <= len(text) <= longest:
            raise ValueError(_("Cần từ 1 đến %(longest)s ký tự.", longest=longest))
        return text

    return check


def paragraphs(longest: int) -> Callable[[object], str]:
    def check(value: object) -> str:
        text = _normal(value).strip()
        if not 1 <= len(text) <= longest:
            raise ValueError(_("Cần từ 1 đến %(longest)s ký tự.", longest=longest))
        return text

    return check


def _normal(value: object) -> str:
    """NFC without characters nobody sees: zero width, direction marks, controls."""
    if not isinstance(value, str):
        raise ValueError(_("Cần ghi bằng chữ."))
    text = unicodedata.normalize("NFC", value.replace("\r\n", "\n"))
    if any(unicodedata.category(c) in {"Cs", "Cn", "Co"} for c in text):
        raise ValueError(_("Có ký tự không đọc được."))
    return "".join(c for c in text if c in "\n\t" or unicodedata.category(c) not in {"Cc", "Cf"})


def _birth_year(value: object) -> str:
    text = str(value).strip()
    this_year = eras.today().year
    if not (re.fullmatch(r"[0-9]{4}", text) and EARLIEST_BIRTH <= int(text) <= this_year):
        raise ValueError(f"Năm sinh từ {EARLIEST_BIRTH} đến {this_year}.")
    return text


def _point(value: object) -> str:
    west, south, east, north = VIETNAM_BOX
    try:
        lng, lat = (float(number) for number in value)  # type: ignore[union-attr]
    except (TypeError, ValueError):
        lng = lat = float("nan")
    if not (west <= lng <= east and south <= lat <= north):
        raise ValueError("Vị trí phải là [kinh độ, vĩ độ] trong lãnh thổ Việt Nam.")
    return f"{lng:.7f} {lat:.7f}"


CHECKS: dict[Field, Callable[[object], str]] = {
    Field.NAME: line(100),
    Field.PHONE: phones.e164,
    Field.BIRTH_YEAR: _birth_year,
    Field.GUARDIAN: line(100),
    Field.DOOR: line(200),
    Field.HAMLET: line(200),
    Field.STORY: paragraphs(4000),
    Field.NOTE: paragraphs(4000),
    Field.POINT: _point,
    Field.ROLE: line(100),
}
