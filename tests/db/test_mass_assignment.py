"""Nobody assigns what no form offers: every writing route gets the columns that it does not name.

The routes come from the route map, the columns from the tables of the records they write, and what
a route names from the schemas that it reads. Refused or left out: no column comes to hold what was
sent for it.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import count

import pytest
from flask import redirect, request
from sqlalchemy import Table

from mapservice import web
from mapservice.accounts import gate
from mapservice.accounts.models import ApiToken, Invitation, Organisation, Role, UserAccount
from mapservice.accounts.rights import ALLOWED
from mapservice.addresses.models import Address
from mapservice.embed.models import EmbedOrigin
from mapservice.imports.models import ImportBatch
from mapservice.matching.models import Assignment, StoredPlan
from mapservice.needs.models import Need
from mapservice.photos.models import Photo
from mapservice.teams.models import Team
from tests import noting, office
from tests.columns import arrived, held, rows, sent_for
from tests.db.test_registration_pages import FORM, values_of
from tests.rights import BODIES, Record, bare, examples, filled, named, office_rules

WRITING = {"POST", "PUT", "PATCH"}
# Who writes: the first of them that may.
WRITERS = (Role.ADMIN, Role.TEAM_LEADER)
# What a route makes that its path does not name.
MADE = {
    "/api/v1/addresses/persons": Address,
    "/api/v1/addresses/places": Address,
    "/api/v1/addresses/<code>/needs": Need,
    "/api/v1/addresses/<code>/photos": Photo,
    "/api/v1/imports": ImportBatch,
    "/api/v1/invitations": Invitation,
    "/api/v1/me/assignments": Assignment,
    "/api/v1/organisations": Organisation,
    "/api/v1/plans": StoredPlan,
    "/api/v1/teams": Team,
    "/manage/addresses/new": Address,
    "/manage/account/name": UserAccount,
    "/manage/account/tokens": ApiToken,
    "/manage/embeds/new": EmbedOrigin,
    "/manage/imports/new": ImportBatch,
    "/manage/matching": StoredPlan,
    "/manage/organisations/new": Organisation,
    "/manage/teams/new": Team,
    "/manage/users/invite": Invitation,
}
# What these write is no record of the tables above: secrets and drafts of the account that asks,
# questions, and steps of many records at once.
NOTHING_SHARED = {
    "/manage/account/password",
    "/manage/account/second-factor",
    "/manage/account/second-factor/codes",
    "/manage/account/second-factor/off",
    "/manage/account/sessions/end",
    "/manage/account/tokens/revoke",
    "/manage/drafts",
    "/manage/drafts/<draft>/discard",
    "/manage/drafts/<draft>/restore",
    "/manage/review",
    "/manage/review/duplicates",
    "/manage/similar-persons",
    "/manage/where.json",
}
# Forms that begin from what is stored: the page's own fields, with these changed.
FORMS = {
    "/manage/addresses/<code>/edit": {"act": "save", "title": "Tên mới"},
}


@dataclass(frozen=True)
class Route:
    """A way to write to own records; `tables` hold what it writes, `role` may."""

    rule: str
    method: str
    paths: tuple[str, ...]
    role: Role
    tables: tuple[Table, ...]

    @property
    def is_api(self) -> bool:
        return self.rule.startswith("/api/")


@pytest.fixture
def world(session):
    world = office.build(session)
    office.add_states(session, world)
    return world


@pytest.fixture
def routes(app, world) -> list[Route]:
    """Every writing route of the office."""
    found = []
    for rule in office_rules(app):
        action = app.view_functions[rule.endpoint].action
        plain, records = bare(rule), named(rule)
        models = [type(world.here.records[record.key]) for record in records.values()]
        tables = tuple(m.__table__ for m in [*models, MADE.get(plain)] if hasattr(m, "__table__"))
        role = next(role for role in WRITERS if role in ALLOWED[action])
        found += [
            Route(plain, method, tuple(paths(rule, records, world.here)), role, tables)
            for method in sorted(rule.methods & WRITING)
            if tables or plain not in NOTHING_SHARED
        ]
    return found


def paths(rule, records: Mapping[str, Record], side: office.Side) -> Iterator[str]:
    """The rule's path to each own record that it may name, the plain one first."""
    names = {name: record.value(side) for name, record in records.items()}
    yield filled(rule, names)
    for name, record in records.items():
        for key in side.records:
            if key.endswith(f" {record.key}"):
                yield filled(rule, names | {name: replace(record, key=key).value(side)})


@pytest.fixture
def read(monkeypatch) -> set[str]:
    """What the schemas name that anything was read through, since it was last cleared."""
    return noting.fields_read(monkeypatch)


@pytest.fixture
def strangers(world) -> dict[str, str]:
    """Ids of records of elsewhere, by their table: what a foreign key could be made to hold."""
    there = [*world.there.records.values(), world.there.accounts[Role.OFFICER]]
    return {
        row.__tablename__: str(row.id)
        for row in there
        if hasattr(row, "__tablename__") and hasattr(row, "id")
    }


def good_bodies(app, world) -> dict[tuple[str, str], dict]:
    """A body for each route that writes something, where the tables of rights have a lesser one."""
    here, home = world.here.records, str(world.here.district.id)
    account = {"role": "viewer", "organisation": home}
    union = {"name": "Đoàn mới", "parent": home}
    return (
        examples(app)
        | BODIES
        | {
            ("POST", "/api/v1/me/assignments"): {n: here[n].public_code for n in ("team", "need")},
            ("POST", "/manage/addresses/new"): FORM,
            ("POST", "/manage/organisations/new"): union | {"code": "MOI", "level": "commune"},
            ("POST", "/manage/organisations/<organisation>"): union | {"version": "1"},
            ("POST", "/manage/users/invite"): account | {"login": "moi@demo.invalid"},
            ("POST", "/manage/users/<account>"): account | {"version": "1", "name": "Tên mới"},
        }
    )


@pytest.fixture
def send(app, client, connection, world):
    """`send(route, path, sent)`: the answer, and the rows after it; nothing of it stays."""
    bodies, entered = good_bodies(app, world), []

    def body_of(route: Route, path: str) -> dict:
        if route.rule in FORMS:
            return values_of(client.get(path)) | FORMS[route.rule]
        body = bodies.get((route.method, route.rule), {})
        return body() if callable(body) else body

    def send(route: Route, path: str, sent: Mapping[str, str]):
        if entered[-1:] != [route.role]:
            entered.append(route.role)
            office.enter(client, world.account(route.role))
        with connection.begin_nested() as tried:
            whole = {**body_of(route, path), **sent}
            seen = '"0"' if path.endswith(("/duplicate", "/distinct")) else '"1"'
            told = (
                {"json": whole, "headers": {"If-Match": seen}} if route.is_api else {"data": whole}
            )
            reply = client.open(path, method=route.method, buffered=True, **told)
            after = rows(connection, route.tables)
            tried.rollback()
        return reply, after

    return send


def check(route: Route, reply, sent: Mapping[str, str]) -> str | None:
    """What is wrong with the answer itself, None when nothing is."""
    if reply.status_code >= 500:
        return "it stumbled"
    if route.is_api and (reply.status_code != 422 or sent.keys() - reply.json["errors"].keys()):
        return "not every unknown field is named"
    return None


def unnamed(route: Route, known: set[str], strangers: dict[str, str], before: dict) -> dict:
    """A value for every column of the route's tables that it does not name itself."""
    return {
        column.name: sent_for(column, strangers, held(before, column))
        for table in route.tables
        for column in table.columns
        if column.name not in known
    }


@dataclass(frozen=True)
class Tried:
    """What a route came to: alone, with how many columns beside its form, and what was wrong."""

    alone: int
    columns: int
    wrong: list[tuple]


@pytest.fixture
def attempt(connection, send, strangers, read):
    """`attempt(route, which)`: all unnamed columns at once, and by itself each that `which(names)`
    chooses, lest one hides another."""

    def attempt(route: Route, which: Callable[[list[str]], list[str]]) -> Tried:
        before = rows(connection, route.tables)
        read.clear()
        for path in route.paths:  # the first that there is something to write to
            reply, plain = send(route, path, {})
            if reply.status_code < 400:
                break
        sent, wrong = unnamed(route, read, strangers, before), []
        for more in (sent, *({name: sent[name]} for name in which(list(sent)))):
            answer, after = send(route, path, more)
            where = route.method, route.rule, *(more if len(more) == 1 else ["all"])
            faults = [check(route, answer, more), *arrived(before, plain, after, more)]
            wrong += [(*where, answer.status_code, fault) for fault in faults if fault]
        return Tried(reply.status_code, len(sent), wrong)

    return attempt


def test_no_column_beside_the_form_is_written(routes, attempt, long_form, record_property):
    """In the short form one by itself, with each route the next; in the long one each."""
    turn = count()
    found = [
        attempt(route, lambda names: names if long_form else [names[next(turn) % len(names)]])
        for route in routes
    ]
    came_to = Counter(tried.alone for tried in found)
    told = ", ".join(f"{number} × {status}" for status, number in sorted(came_to.items()))
    columns = sum(tried.columns for tried in found)
    record_property(
        "mass assignment", f"{len(routes)} writing routes (alone {told}), {columns} columns"
    )
    assert [fault for tried in found for fault in tried.wrong] == []
    saved = sum(number for status, number in came_to.items() if status < 400)
    assert saved > len(routes) * 0.6, "too few forms wrote anything"


def test_a_form_that_takes_more_is_noticed(app, routes, attempt):
    """The same, where a view writes whatever it is sent."""

    def hole():
        with web.transaction() as session:
            account = session.merge(gate.account())
            for name in request.form.keys() & {"role", "password_hash"}:
                setattr(account, name, request.form[name])
        return redirect("/manage/account", 303)

    route = next(route for route in routes if route.rule == "/manage/account/name")
    endpoint = next(r.endpoint for r in app.url_map.iter_rules() if r.rule == route.rule)
    hole.action = app.view_functions[endpoint].action
    app.view_functions[endpoint] = hole
    written = {fault[-1][-2] for fault in attempt(route, lambda _: ["role"]).wrong}
    assert {"role", "password_hash"} <= written
