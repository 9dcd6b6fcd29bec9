"""What happened to a record and to what belongs to it, as sentences, the newest first.

Never a value of a person: of protected records the trail itself holds none, and reasons are told
only where they are codes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.orm import Session

from mapservice.accounts.rights import Action, Actor
from mapservice.audit.models import AuditEvent
from mapservice.decision import VIETNAM
from mapservice.matching import service as matching
from mapservice.office import history_queries as queries
from mapservice.office import words
from mapservice.office.cells import Words, number
from mapservice.office.history_subjects import OF_TEAM, Subject
from mapservice.office.history_words import (
    ACTIONS,
    CODES,
    COUNTS,
    FIELDS,
    ORGANISATIONS,
    OWN_FIELDS,
    RECORDS,
    UNITS,
)

PAGE = 50  # events
TERRITORY = ("territory_grown", "territory_shrunk")
STATUSES = {
    "address": "address_statuses",
    "need": "need_statuses",
    "assignment": "statuses",
    "offer": "letter_statuses",
    "suggestion": "letter_statuses",
}
LETTERS = frozenset({"offer", "suggestion"})  # their reasons are codes of their own


@dataclass(frozen=True)
class Event:
    """`at` on Vietnam's clock; `who` is empty for the system; `changes` are lines of their own."""

    at: datetime
    who: str
    organisation: str
    subject: str
    what: str
    changes: list[str]
    reason: str | None


@dataclass(frozen=True)
class History:
    """One page of what happened; `name` is the record's, `back` leads to it."""

    name: str
    back: str
    section: str
    events: list[Event]
    total: int
    page: int
    pages: int


def page(session: Session, actor: Actor, subject: Subject, key: str | UUID, wanted: int) -> History:
    """One page of a record's history. NotFound for a record this actor may not see."""
    record = subject.read(session, actor, key)
    values = {"id": record["id"]}
    if subject is OF_TEAM:
        values["people"] = actor.may(Action.SEE_PERSONS)
    labels = dict(map(tuple, session.execute(subject.records, values)))
    total = session.scalar(queries.count(labels)) or 0
    pages = max(1, -(-total // PAGE))
    number_of_page = min(wanted, pages)
    statement = queries.events(labels).limit(PAGE).offset((number_of_page - 1) * PAGE)
    found = session.execute(statement).all()
    teller = _Teller(session, [event for event, *_ in found], bool(record.get("protected")))
    return History(
        name=subject.name(record),
        back=subject.page(key),
        section=subject.section,
        events=[teller.tell(*row, labels) for row in found],
        total=total,
        page=number_of_page,
        pages=pages,
    )


class _Teller:
    """Says events in words; of a `protected` record only reasons that are codes."""

    def __init__(self, session: Session, events: Sequence[AuditEvent], protected: bool):
        self._words: Words = words.load(session)
        self._reasons = matching.reason_words(session) | self._words["look_reasons"]
        self._protected = protected
        ids = {i for event in events for i in _unit_ids(event)}
        self._units = dict(map(tuple, session.execute(queries.unit_names(ids)))) if ids else {}
        offices = {i for event in events for i in _organisation_ids(event.detail)}
        named = session.execute(queries.organisation_names(offices)) if offices else ()
        self._organisations = {str(id_): name for id_, name in named}

    def tell(
        self,
        event: AuditEvent,
        who: str | None,
        organisation: str | None,
        labels: Mapping[UUID, str | None],
    ) -> Event:
        subject, label = RECORDS[event.table_name], labels[event.record_id]
        return Event(
            at=event.at.astimezone(VIETNAM),
            who=who or "",
            organisation=organisation or "",
            subject=f"{subject} “{label}”" if label else subject,
            what=self._what(event),
            changes=self._changes(event),
            # An assignment that a team's history does not name is at a protected need.
            reason=self._reason(event, discreet=self._protected or label is None),
        )

    def _what(self, event: AuditEvent) -> str:
        detail = event.detail or {}
        if event.action == "status":
            said = self._words[STATUSES[event.table_name]]
            return f"chuyển sang “{said.get(detail['to'], detail['to'])}”"
        if event.action == "team_state":
            return f"chuyển sang “{self._words['team_states'].get(detail['state'], '')}”"
        return ACTIONS.get(event.action, "được cập nhật")

    def _changes(self, event: AuditEvent) -> list[str]:
        detail = event.detail or {}
        told = [
            f"{_field(event, name).capitalize()}: {self._value(event, name, before)}"
            f" → {self._value(event, name, after)}"
            for name, (before, after) in detail.get("values", {}).items()
            if name in FIELDS
        ]
        if event.action in TERRITORY:
            told.append(self._units.get(detail["unit"], "không rõ"))
        if event.action == "plan_sent":
            told += [f"{said.capitalize()}: {detail[name]}" for name, said in COUNTS.items()]
        named = [_field(event, name) for name in detail.get("fields", ()) if name in FIELDS]
        if named and event.action not in ("register", "private_registered"):
            told.append(f"Mục: {', '.join(named)}")
        return told

    def _value(self, event: AuditEvent, name: str, value: object) -> str:
        if value in (None, "", []):
            return "không ghi"
        if isinstance(value, bool):
            return "có" if value else "không"
        if name in UNITS:
            return self._units.get(value, "không rõ")
        if name in ORGANISATIONS:
            return self._organisations.get(value, "không rõ")
        said = self._words.get(CODES.get((event.table_name, name), ""), {})
        if isinstance(value, list):
            return ", ".join(self._value(event, name, part) for part in value)
        if isinstance(value, float):
            return number(value)
        return str(said.get(value, _day(value)))

    def _reason(self, event: AuditEvent, *, discreet: bool) -> str | None:
        detail = event.detail or {}
        if event.action == "team_suspended":
            return self._words["suspensions"].get(detail.get("reason"))
        if not event.reason:
            return None
        if event.table_name in LETTERS:
            return self._words["reasons"].get(event.reason)
        return self._reasons.get(event.reason, None if discreet else event.reason)


def _organisation_ids(detail: Mapping | None) -> set[UUID]:
    values = (detail or {}).get("values", {})
    return {UUID(i) for name in ORGANISATIONS & values.keys() for i in values[name] if i}


def _unit_ids(event: AuditEvent) -> set[int]:
    detail = event.detail or {}
    if event.action in TERRITORY:
        return {detail["unit"]}
    values = detail.get("values", {})
    return {i for name in UNITS & values.keys() for i in values[name] if i is not None}


def _field(event: AuditEvent, name: str) -> str:
    return OWN_FIELDS.get((event.table_name, name), FIELDS[name])


def _day(value: object) -> object:
    """ "2025-06-01" as 01/06/2025; anything else as it is."""
    try:
        return date.fromisoformat(str(value)).strftime("%d/%m/%Y")
    except ValueError:
        return value
