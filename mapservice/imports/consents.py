"""Who agreed to a person's record, as a sheet tells it. Without it the row waits."""

import re
from datetime import date
from typing import NamedTuple

from mapservice.addresses.models import AgeBand
from mapservice.consent.models import Giver
from mapservice.consent.service import GIVERS, LASTS
from mapservice.imports import scalars
from mapservice.imports.rows import Problem, Row
from mapservice.imports.scalars import NO, YES
from mapservice.imports.vocabulary import CHANNEL, GIVER
from mapservice.registration.consents import MISSING
from mapservice.territory.names import fold

WHO = {
    frozenset({Giver.GUARDIAN}): "Ghi rõ ai đã đồng ý: người giám hộ (cha, mẹ …).",
    frozenset({Giver.GUARDIAN, Giver.CHILD}): (
        "Ghi rõ ai đã đồng ý: cả người giám hộ và chính em (như “mẹ và cháu”)."
    ),
}
_BRACKETS = re.compile(r"\([^()]*\)")
NOT_ASKED = "Thiếu đồng ý: ghi ai đã đồng ý, cách hỏi và bằng chứng."
REFUSED = "Chưa đồng ý: không đăng ký được."
HOW = "Thiếu đồng ý: ghi cách hỏi (giấy, trực tiếp, điện thoại)."
EVIDENCE = "Thiếu đồng ý: ghi bằng chứng (số phiếu, nơi giữ phiếu) hoặc ngày đồng ý."
LATER = "Ngày đồng ý ở sau hôm nay."
TOO_OLD = "Sự đồng ý đã quá một năm: cần hỏi lại."


class Told(NamedTuple):
    """`waits`: what is still to be added by a person; `on`: the day they agreed, where the sheet
    says it; `proved`: the last line of the note is its evidence."""

    waits: list[Problem]
    on: date | None
    proved: bool


def read(row: Row, band: AgeBand) -> Told:
    """Take who agreed, and how, into the row's values."""
    asked = GIVERS[band]
    waits = _givers(row, asked)
    channel = row.coded("consent_channel", CHANNEL)
    if channel is not None:
        row.data["channel"] = str(channel)
    evidence = " ".join(str(row.read("consent_evidence", scalars.text) or "").split())
    given_on = row.read("consent_date", scalars.day)
    given_on = given_on if isinstance(given_on, date) else None
    if given_on:
        waits += _dated(row, given_on)
    if not waits:
        waits += [] if channel else [Problem("consent_channel", HOW)]
        waits += [] if evidence or given_on else [Problem("consent_evidence", EVIDENCE)]
    told = [f"{given_on:%d/%m/%Y}" if given_on else "", evidence]
    if any(told):
        add_line(row.data, f"Bằng chứng đồng ý: {', '.join(part for part in told if part)}")
    return Told(waits, given_on, any(told))


def _givers(row: Row, asked: frozenset[Giver]) -> list[Problem]:
    words = row.read("consent_given", scalars.text)
    if words is None:
        return [] if row.faulty("consent_given") else [Problem("consent_given", NOT_ASKED)]
    spelt = fold(str(words))
    if spelt in NO:
        return [Problem("consent_given", REFUSED)]
    if spelt in YES:
        # "Có" says that somebody agreed: of a grown-up there is only one who can.
        if asked != {Giver.PERSON}:
            return [Problem("consent_given", WHO[asked])]
        row.data["consent_register"] = [Giver.PERSON.value]
        return []
    # What stands in brackets is said of them; a name elsewhere is nobody's word for who it is.
    codes, understood = GIVER.each(_BRACKETS.sub(" ", str(words)), strict=True)
    if not understood or set(codes) != asked:
        return [Problem("consent_given", MISSING[asked])]
    row.data["consent_register"] = sorted(str(code) for code in codes)
    return []


def _dated(row: Row, given_on: date) -> list[Problem]:
    if given_on > row.words.today:
        row.refuse("consent_date", LATER)
    elif row.words.today - given_on >= LASTS:
        return [Problem("consent_date", TOO_OLD)]
    return []


def add_line(values: dict[str, object], sentence: str) -> None:
    """Evidence is kept with the sealed note, for a consent itself holds no free text."""
    before = values.get("note")
    values["note"] = f"{before}\n{sentence}" if before else sentence
