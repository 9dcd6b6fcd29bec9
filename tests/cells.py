"""The cells of the matrix of rights: every route of the office x whose record, from the route map.

A role that may not is refused alike whatever the record (403). A role that may is let through to
its own record, and gets for a record of elsewhere what an unknown one gives (404); so it does for a
person's record where it may know of nobody.
"""

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from mapservice.accounts.models import Role
from mapservice.accounts.rights import ALLOWED, Action
from mapservice.consent import service as consent
from mapservice.consent.models import Purpose
from mapservice.disclosure import vault
from mapservice.matching.models import AssignmentStatus, Origin
from tests import office
from tests.factories import make_assignment, make_consent, make_need
from tests.rights import (
    MORE_INSIDE,
    NOBODYS,
    NONE,
    OTHER,
    OTHER_PERSON,
    OWN,
    OWN_PERSON,
    PERSONAL,
    WITHIN,
    bare,
    filled,
    fillings,
    named,
    office_rules,
)

# Answers that people have none of: for these not even the office finds a person.
NOT_OF_PEOPLE = {
    ("GET", "/manage/addresses/<code>/qr.svg"),
    ("PATCH", "/api/v1/addresses/places/<code>"),
}
# What a leader does to the own team's assignments, whomever they help.
LEADING = {Action.ANSWER_PROPOSALS, Action.KEEP_OWN_TEAM}
TOKEN = re.compile(r'(?<=name="csrf_token" value=")[^"]+')
READABLE = {"text/html", "application/json", "application/problem+json", "image/svg+xml"}


@contextmanager
def undone(client, connection) -> Iterator[None]:
    """What is asked within leaves nothing behind: neither rows nor another session."""
    with client.session_transaction() as cookie:
        kept = dict(cookie)
    with connection.begin_nested() as tried:
        yield
        tried.rollback()
    with client.session_transaction() as cookie:
        cookie.clear()
        cookie.update(kept)


@dataclass(frozen=True)
class Answer:
    """What an answer tells; what is each request's own (its id, the
    form's token) and the names it asked for are left out."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: str
    traces: int = field(compare=False)  # refused looks that the audit trail got

    @property
    def asks_to_sign_in(self) -> bool:
        """Whether nobody was signed in for it."""
        led = any(name == "Location" and "/sign-in" in value for name, value in self.headers)
        return self.status == 401 or (self.status == 302 and led)

    @classmethod
    def of(cls, reply, said: object, names: Iterable[str], traces: int) -> "Answer":
        """`said`: what the next page will tell."""
        told = f"{reply.text if reply.mimetype in READABLE else ''}{said or ''}"
        told = TOKEN.sub("·", told)
        for own in (reply.headers["X-Request-ID"], *names):
            told = told.replace(own, "·")
        headers = sorted(
            (name, "" if name == "Set-Cookie" else value)  # the session's, signed anew each second
            for name, value in reply.headers
            if name != "X-Request-ID"
        )
        return cls(reply.status_code, tuple(headers), told, traces)


@dataclass(frozen=True)
class Cell:
    """One attempt: what it does, to whose record, and what it must come to."""

    rule: str
    method: str
    path: str
    action: Action
    whose: str
    twin: str  # the same path with names that no record has
    names: frozenset[str]  # of records, in both paths

    def wrong(self, role: Role, answer: Answer, unknown: Answer) -> str | None:
        """What is wrong with this answer, None when nothing is; `unknown` is its twin's."""
        if role not in ALLOWED[self.action]:
            if answer.status != 403:
                return "a role that may not was not refused"
            return None if answer == unknown else "a refusal told of a record"
        if not self.reached(role):
            if answer.status != 404:
                return "a record out of reach did not look unknown"
            if answer != unknown:
                return "its 404 differs from an unknown record's"
            looked = self.whose != NOBODYS
            return None if looked == bool(answer.traces) else "the audit trail tells it wrongly"
        return self._wrong_where_reached(answer.status)

    def reached(self, role: Role) -> bool:
        """Whether this record exists for the role."""
        if self.whose == OWN_PERSON:
            leads = role is Role.TEAM_LEADER and self.action in LEADING
            return leads or role in ALLOWED[Action.SEE_PERSONS]
        everywhere = role is Role.ADMIN and self.whose in {OTHER, OTHER_PERSON, WITHIN}
        return everywhere or self.whose in {OWN, NONE}

    def _wrong_where_reached(self, status: int) -> str | None:
        route = (self.method, self.rule)
        if route in MORE_INSIDE:
            return None if status == 422 else "a form without what it asks for was not refused"
        if route in PERSONAL:
            return None if status == 404 else "what is another account's did not look unknown"
        if self.whose == WITHIN:
            return None if status == 404 else "a record was found below another one"
        if self.whose in {OWN_PERSON, OTHER_PERSON}:
            if route in NOT_OF_PEOPLE:
                return None if status == 404 else "people were found where there are none"
        elif status in {400, 415, 422, 428}:
            return "say in BODIES what this route accepts: the check behind it was not reached"
        return "an own record was refused" if status in {403, 404} or status >= 500 else None


def cells(app, world: office.Office) -> list[Cell]:
    """Every method of every route, to each record it may be tried on."""
    found = []
    for rule in office_rules(app):
        action = app.view_functions[rule.endpoint].action
        for whose, names, unknown in fillings(named(rule), world):
            path, twin = filled(rule, names), filled(rule, unknown)
            both = frozenset([*names.values(), *unknown.values()])
            found += [
                Cell(bare(rule), method, path, action, whose, twin, both)
                for method in sorted(rule.methods - {"HEAD", "OPTIONS"})
            ]
    return found


def add_people(session: Session, world: office.Office) -> None:
    """Say who each side's person is, and let the side's team go there: both agreed to that."""
    for side in (world.here, world.there):
        person = side.records["person"]
        vault.register_private(session, person, name="Lương Thị Mẫu", phone="0912 345 678")
        for giver in consent.GIVERS[person.age_band]:
            make_consent(session, address=person, giver=giver, purpose=Purpose.SHARE_WITH_TEAM)
        need = make_need(session, address=person, parts=3)
        accepted = {"status": AssignmentStatus.ACCEPTED, "origin": Origin.OFFICER}
        visit = make_assignment(session, need=need, team=side.records["team"], **accepted)
        side.records |= {"person's need": need, "person's assignment": visit}
