"""A row's cells -> what registering takes, with everything to be said of it. Pure but for `load`.

A cell that cannot be read refuses its row at that cell; what was understood beyond the words is
told; where a person must choose or add something, the row waits. No sentence repeats a cell.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import Enum
from functools import partial
from hashlib import sha256

from marshmallow import Schema

from mapservice.addresses.models import AgeBand
from mapservice.consent import ages
from mapservice.imports import consents, location, needs, repeats, scalars, telephones
from mapservice.imports.fields import Kind
from mapservice.imports.location import Spot
from mapservice.imports.rows import Problem, Row, shared
from mapservice.imports.tables import Cell
from mapservice.imports.vocabulary import LANGUAGE, PERSON_KIND, SEVERITY, TEAM_KIND
from mapservice.imports.words import Words, load
from mapservice.registration import spots
from mapservice.registration.consents import ON
from mapservice.registration.schemas import PersonInput, PlaceInput
from mapservice.registration.spots import Commune
from mapservice.team_office.pages import DEFAULTS
from mapservice.team_office.schemas import TeamWithContactForm
from mapservice.teams.forms import WINDOWS
from mapservice.territory.names import MARKERS, Role, composed, key

__all__ = ["Problem", "Reading", "Words", "fingerprint", "load", "read_row"]

THIS_YEAR = "Không ghi năm chương trình: lấy năm nay."
KIND_BY_TITLE = "Không ghi loại: hiểu theo tên địa điểm."
NAMED_BY_TITLE = "Không ghi tên người liên hệ: lấy tên địa điểm."
BY_DEFAULT = "Không ghi: lấy mức thường dùng."
LEADER_NOT_ASKED = "Ghi “Có” nếu đội trưởng đã đồng ý; chưa thì xóa tên, số điện thoại đội trưởng."
PLACE, PERSON, TEAM = PlaceInput(), PersonInput(), TeamWithContactForm()
PLACES_OWN = {
    **dict.fromkeys(("title", "summary", "hamlet", "contact_name", "contact_role"), scalars.text),
    **{group: partial(scalars.heads, group=group) for group in scalars.GROUPS},
    "sensitive": scalars.flag,
}
PERSONS_OWN = dict.fromkeys(
    ("name", "guardian", "door", "hamlet", "story", "note", "household"), scalars.text
)
TEAMS_OWN = {
    **dict.fromkeys(("name", "leader", "leader_name"), scalars.text),
    **dict.fromkeys(("people", "max_concurrent", "vehicles"), scalars.whole),
    **dict.fromkeys(("base_public", "contact_consent"), scalars.flag),
}
LOCATION = ("commune", "commune_text", "district_text", "address_text", "position", "lat", "lng")


@dataclass(slots=True)
class Reading:
    """What a row says. `values`: complete, as the services take them; `need`: of the same row.

    `given`, `need_given`: the values that the sheet itself says something of. `problems` refuse
    the row, `notes` are told; with communes to `choose` from, or something that a person must add
    (`waits`), it waits. `evidence`: of a consent, a line of its own at the end of the note.
    `estimated`: the place stands at its commune's label point. `today`: today's commune (CODE) that
    the words may mean too, where the former one of that name was taken. `code`: our own record's.
    """

    values: dict[str, object] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    notes: list[Problem] = field(default_factory=list)
    choose: list[Commune] = field(default_factory=list)
    waits: list[Problem] = field(default_factory=list)
    need: dict[str, object] | None = None
    given: frozenset[str] = frozenset()
    need_given: frozenset[str] = frozenset()
    evidence: str | None = field(default=None, repr=False)
    code: str | None = None
    estimated: bool = False
    today: str | None = None


def read_row(kind: Kind, cells: Mapping[str, Cell], words: Words) -> Reading:
    """Read the cells of one row, by field. Never raises, whatever stands in them."""
    row, reading = Row(telephones.beside(kind, cells), words), Reading()
    code = row.read("code", scalars.text)
    reading.code = str(code).upper() if code else None
    _READERS[kind](row, reading)
    if row.cells is not cells:
        row.tell(telephones.OF[kind][1], telephones.FROM_NAME)
    for name in str(cells.get(repeats.AS_ABOVE) or "").split():
        row.tell(name, repeats.GIVEN)
    reading.problems, reading.notes = row.problems, row.notes
    return reading


def fingerprint(values: Mapping[str, object], need: Mapping[str, object] | None = None) -> bytes:
    """32 bytes alike for rows that say the same, however they are composed and spaced.

    Of a person's row it is to be kept under a key only: names and phones can be tried out.
    """
    said = {name: _canonical(value) for name, value in values.items()}
    said |= {f"need.{name}": _canonical(value) for name, value in (need or {}).items()}
    kept = {name: value for name, value in said.items() if value not in (None, "", [])}
    text = json.dumps(kept, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return sha256(text.encode("utf-8", "surrogatepass")).digest()


def _canonical(value: object) -> object:
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, int | float | Decimal):
        return f"{float(value):.7f}".rstrip("0").rstrip(".")
    if isinstance(value, list | tuple | set | frozenset):
        return sorted(json.dumps(_canonical(v), ensure_ascii=False, default=str) for v in value)
    text = value.isoformat() if isinstance(value, date) else str(value)
    return re.sub(r"\s+", " ", composed(text)).strip()


def _place(row: Row, reading: Reading) -> None:
    row.take(PLACES_OWN)
    numbers = row.phone("contact_phone")
    if numbers:
        row.data["contact_phone"] = numbers[0]
    _hardship(row)
    _kind_of_place(row)
    spot = _locate(row, reading, estimate=True)
    _add_detail(row, spot)
    if numbers and not row.has("contact_name") and row.data.get("title"):
        row.data["contact_name"] = str(row.data["title"])[:100]
        row.tell("contact_name", NAMED_BY_TITLE)
    row.data |= {"lat": spot.lat, "lng": spot.lng, "confirm_outside": True}
    reading.need, reading.need_given = needs.read_need(row, of_person=False), needs.given(row)
    _finish(row, reading, PLACE)
    if spot.estimated:
        reading.values[spots.ESTIMATED] = True


def _person(row: Row, reading: Reading) -> None:
    row.take(PERSONS_OWN)
    _phones_of_person(row)
    _hardship(row)
    this_year = row.words.today.year
    born = row.read("birth_year", scalars.birth_year, this_year)
    born = row.read("age", scalars.age, this_year) if born is None else born
    if born is not None:
        row.data["birth_year"] = born
    group = row.coded("person_kind", PERSON_KIND)
    if group is not None:
        row.data["person_kind"] = str(group)
    elif not row.has("person_kind"):
        row.lacks("person_kind", "nhóm", PERSON_KIND)
    spot = _locate(row, reading, estimate=False)
    _add_detail(row, spot, door=True)
    row.data |= {"lat": spot.lat, "lng": spot.lng, "confirm_outside": True}
    band = AgeBand.UNKNOWN if not isinstance(born, int) else ages.band(born, this_year)
    agreed = consents.read(row, band)
    reading.waits = agreed.waits
    reading.need, reading.need_given = needs.read_need(row, of_person=True), needs.given(row)
    if not row.data.get("name") and not row.faulty("name"):
        row.refuse("name", "Cần ghi họ tên.")
    _finish(row, reading, PERSON)
    if agreed.on:
        reading.values[ON] = agreed.on
    if agreed.proved and reading.values.get("note"):
        reading.evidence = str(reading.values["note"]).splitlines()[-1]


def _team(row: Row, reading: Reading) -> None:
    row.take(TEAMS_OWN)
    if numbers := row.phone("leader_phone"):
        row.data["leader_phone"] = numbers[0]
    radius = row.read("radius_km", scalars.number)
    if radius is not None:
        row.data["radius_km"] = f"{radius:g}"
    for name in ("max_concurrent", "radius_km"):
        if not row.has(name):
            row.data[name] = str(DEFAULTS[name])
            row.tell(name, BY_DEFAULT)
    kind = row.coded("kind", TEAM_KIND)
    if not row.has("kind"):
        row.lacks("kind", "loại đội", TEAM_KIND)
    if (row.has("leader_name") or numbers) and not row.data.get("contact_consent"):
        row.refuse("contact_consent", LEADER_NOT_ASKED)
    organisation = row.coded("organisation", row.words.organisations)
    row.data |= {"kind": kind} if kind else {}
    row.data |= {"organisation": organisation} if organisation else {}
    row.data["skills"] = [str(code) for code in row.listed("skills", row.words.skills)]
    row.data["languages"] = [str(code) for code in row.listed("languages", LANGUAGE)] or ["vi"]
    _availability(row)
    spot = _locate(row, reading, estimate=False)
    if spot.lng is not None and spot.lat is not None:
        row.data["position"] = f"{spot.lat:.7f}, {spot.lng:.7f}"
    _finish(row, reading, TEAM)


_READERS: dict[Kind, Callable[[Row, Reading], None]] = {
    Kind.PLACES: _place,
    Kind.PERSONS: _person,
    Kind.TEAMS: _team,
}


def _finish(row: Row, reading: Reading, schema: Schema) -> None:
    """Load what was read as the form would; remember what of it the sheet said."""
    told = {name for name in row.data if row.has(name)} - {"lat", "lng", "position"}
    told |= {"commune"} if "commune" in row.data and _says_where(row) else set()
    if not reading.estimated and row.data.get("lat") is not None:
        told |= {"lat", "lng"}
    told |= {"position"} & set(row.data)
    told |= {"consent_register", "channel", "birth_year"} & set(row.data)
    reading.values = row.load(schema, row.data, {}, *LOCATION)  # of which `locate` has spoken
    reading.given = shared(frozenset(told))


def _says_where(row: Row) -> bool:
    return any(row.has(name) for name in LOCATION)


def _locate(row: Row, reading: Reading, *, estimate: bool) -> Spot:
    for column in ("commune_text", "district_text", "address_text"):
        row.read(column, scalars.text)  # refuses what no text may be
    spot = location.locate(row.cells, row.words, estimate=estimate)
    for column, reason in spot.problems:
        row.refuse(column, reason)
    for column, reason in spot.notes:
        row.tell(column, reason)
    if spot.commune:
        row.data["commune"] = spot.commune
    reading.choose, reading.estimated = spot.choose, spot.estimated
    reading.today = spot.today
    return spot


def _hardship(row: Row) -> None:
    severity = row.coded("severity", SEVERITY)
    if severity is not None:
        row.data["severity"] = severity
    year = row.read("programme_year", scalars.year)
    if year is None and not row.has("programme_year"):
        year = row.words.today.year
        row.tell("programme_year", THIS_YEAR)
    row.data["programme_year"] = year


def _kind_of_place(row: Row) -> None:
    kind = row.coded("kind", row.words.kinds)
    if kind is None and not row.has("kind") and row.data.get("title"):
        kind = row.words.kinds.first(str(row.data["title"]))
        if kind is not None:
            row.tell("kind", KIND_BY_TITLE)
    if kind is not None:
        row.data["kind"] = kind
    elif not row.has("kind"):
        row.lacks("kind", "loại địa điểm", row.words.kinds)


def _phones_of_person(row: Row) -> None:
    """The first number is the one to call; others go to the sealed note."""
    numbers = row.phone("phone")
    if not numbers:
        return
    row.data["phone"] = numbers[0]
    if numbers[1:]:
        more = f"Số điện thoại khác: {', '.join(numbers[1:])}"
        row.data["note"] = f"{row.data['note']}\n{more}" if row.data.get("note") else more


def _add_detail(row: Row, spot: Spot, *, door: bool = False) -> None:
    """What stands before the commune in an address: its hamlet, and the door of a person."""
    if not spot.detail or row.faulty("address_text"):
        return
    parts = [part.strip() for part in re.split(r"[,;\n]|\s-\s", spot.detail) if part.strip()]
    hamlets = [part for part in parts if _names_hamlet(part)]
    if hamlets and not row.has("hamlet"):
        row.data["hamlet"] = hamlets[-1][:200]
    rest = ", ".join(part for part in parts if part not in hamlets)
    if door and rest and not row.has("door"):
        row.data["door"] = rest[:200]


def _names_hamlet(part: str) -> bool:
    first = key(part.replace(".", " ")).split()
    found = (MARKERS.get(tuple(first[:length])) for length in (3, 2, 1))
    return any(marker is not None and marker.role is Role.HAMLET for marker in found)


def _availability(row: Row) -> None:
    for number in range(1, WINDOWS + 1):
        for end, last in (("from", False), ("until", True)):
            found = row.read(f"{end}_{number}", scalars.day, last=last)
            if isinstance(found, date):
                row.data[f"{end}_{number}"] = found.isoformat()
