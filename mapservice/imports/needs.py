"""The one need that a row may hold beside its place or person."""

from datetime import date

from mapservice.imports import scalars
from mapservice.imports.rows import Row, shared
from mapservice.imports.vocabulary import URGENCY
from mapservice.registration.schemas import NeedInput, PersonNeedInput

COLUMNS = {
    "category": "need_category",
    "title": "need_title",
    "description": "need_description",
    "quantity": "need_quantity",
    "unit": "need_unit",
    "parts": "need_parts",
    "people_per_part": "need_people",
    "urgency": "need_urgency",
    "wanted_from": "need_from",
    "wanted_until": "need_until",
    "skills": "need_skills",
}
# What makes it a need; a column that is filled down every row (days, urgency) does not.
SAYS_SO = ("need_category", "need_title", "need_description", "need_quantity")
URGENCY_MISSING = "Không ghi mức khẩn: lấy mức “Thường xuyên”."
CATEGORY_BY_TITLE = "Không ghi lĩnh vực: hiểu theo việc cần giúp."
TITLE_BY_DESCRIPTION = "Không ghi việc cần giúp: lấy dòng đầu của mô tả."
COUNTED = "Ô chỉ có một con số: không hiểu là việc cần giúp, bỏ qua."
TITLE_MOST = 200
OF_PLACE, OF_PERSON = NeedInput(), PersonNeedInput()
PLACES_OWN = ("title", "description", "unit")


def read_need(row: Row, *, of_person: bool) -> dict[str, object] | None:
    """The need of this row, complete as its form gives it; None where it tells of none."""
    if not any(row.has(column) for column in SAYS_SO) or _only_counts(row):
        return None
    data: dict[str, object] = {}
    for name in () if of_person else PLACES_OWN:
        data[name] = row.read(COLUMNS[name], scalars.text)
    if not of_person and not data["title"] and data["description"]:
        data["title"] = str(data["description"]).splitlines()[0][:TITLE_MOST].strip()
        row.tell("need_title", TITLE_BY_DESCRIPTION)
    for name in ("parts", "people_per_part"):
        data[name] = row.read(COLUMNS[name], scalars.whole)
    quantity = row.read("need_quantity", scalars.number)
    data["quantity"] = None if quantity is None else f"{quantity:.10f}".rstrip("0").rstrip(".")
    data["category"] = _category(row, str(data.get("title") or ""))
    data["urgency"] = _urgency(row)
    data["skills"] = [str(code) for code in row.listed("need_skills", row.words.skills)]
    for name, last in (("wanted_from", False), ("wanted_until", True)):
        found = row.read(COLUMNS[name], scalars.day, last=last)
        data[name] = found.isoformat() if isinstance(found, date) else None
    given = {name: value for name, value in data.items() if value not in (None, "")}
    return row.load(OF_PERSON if of_person else OF_PLACE, given, COLUMNS)


def _only_counts(row: Row) -> bool:
    """Whether nothing is said of a need but how many there are, as our own lists do."""
    told = [column for column in SAYS_SO if row.has(column)]
    alone = told == ["need_title"] and scalars.plain(row.cells["need_title"]).isdigit()
    if alone:
        row.tell("need_title", COUNTED)
    return alone


def given(row: Row) -> frozenset[str]:
    """Of what the row itself says something of a need, by the names of its form."""
    return shared(frozenset(name for name, column in COLUMNS.items() if row.has(column)))


def _category(row: Row, title: str) -> object:
    if row.has("need_category"):
        return row.coded("need_category", row.words.categories)
    code = row.words.categories.find(title) if title else None
    if code is None:
        row.lacks("need_category", "lĩnh vực hỗ trợ", row.words.categories)
    else:
        row.tell("need_category", CATEGORY_BY_TITLE)
    return code


def _urgency(row: Row) -> object:
    if row.has("need_urgency"):
        return row.coded("need_urgency", URGENCY)
    row.tell("need_urgency", URGENCY_MISSING)
    return 1
