"""Texts that try to become script, in what is answered to a form: shown again, saved, or revealed.

Every form of the office is sent with one in every field it reads, over records whose texts are such
already, the sealed ones of people and contacts too. Each answer is looked at as a browser's parser
reads it; those that hold a text of ours are shown in the browser, as they were sent.
"""

from collections.abc import Iterator
from itertools import count

import pytest
from flask import Response
from sqlalchemy import text

from mapservice.accounts.models import Role
from mapservice.accounts.rights import ALLOWED
from mapservice.disclosure import keys, vault
from mapservice.disclosure.entry import Field
from tests import noting, office, payloads
from tests.browser import hostile
from tests.cells import add_people
from tests.rights import (
    BODIES,
    NONE,
    OWN,
    OWN_PERSON,
    bare,
    filled,
    fillings,
    named,
    office_rules,
)

HOST = "http://localhost"
PLAIN = {Field.PHONE: "+84912345678", Field.BIRTH_YEAR: "1950", Field.POINT: None}
SEALED = {
    vault.PERSONS: "person",
    vault.PLACES: "place",
    vault.TEAMS: "team",
    vault.OFFERS: "offer",
    vault.SUGGESTIONS: "suggestion",
}
# Between them they see whatever anybody sees in answer to a form.
WRITERS = (Role.ADMIN, Role.REGISTRAR, Role.TEAM_LEADER)
# What opens something that is sealed: here a text must really come out.
REVEALING = {
    "/manage/addresses/<code>/reveal",
    "/manage/teams/<code>/contact",
    "/manage/proposals/<assignment>/contact",
    "/manage/inbox/offers/<code>/sender",
    "/manage/inbox/suggestions/<code>/sender",
}


def text_for(number: int, turn: int) -> str:
    texts = payloads.ALL if turn else payloads.FEW
    return texts[(number + turn * len(payloads.FEW)) % len(texts)]


@pytest.fixture
def world(session):
    """An office with somebody behind every record that seals who it is."""
    world = office.build(session)
    add_people(session, world)
    here = world.here.records
    vault.set_place_contact(session, here["place"], name="Cô Mẫu", role="Hiệu trưởng")
    vault.set_team_contact(session, here["team"], name="Anh Mẫu", phone="0912 345 679")
    return world


def seal(session, world, turn: int) -> None:
    """Hostile texts into every sealed text of the own side."""
    ring = keys.for_writing(session)
    for number, (safe, record) in enumerate(SEALED.items()):
        row = session.get(safe.model, world.here.records[record].id)
        texts = {name: text_for(number + place, turn) for place, name in enumerate(safe.fields)}
        safe.seal_all(ring, row, texts | {n: t for n, t in PLAIN.items() if n in texts})
    session.flush()


def forms_of(app, world, role: Role) -> Iterator[tuple[str, str]]:
    """(rule, path) of every form of a page that the role may send, to the own place and person."""
    for rule in office_rules(app):
        allowed = role in ALLOWED[app.view_functions[rule.endpoint].action]
        if allowed and "POST" in rule.methods and not rule.rule.startswith("/api/"):
            for whose, names, _ in fillings(named(rule), world):
                if whose in {NONE, OWN, OWN_PERSON}:
                    yield bare(rule), filled(rule, names)


@pytest.fixture
def send(client, connection, monkeypatch):
    """`send(rule, path, turn)`: the answers to the good form, and to one that is hostile in every
    field it reads. What they change does not stay."""
    read = noting.fields_read(monkeypatch)

    def post(path: str, body: dict):
        with connection.begin_nested() as tried:
            reply = client.post(path, data=body, buffered=True)
            tried.rollback()
        return reply

    def send(rule: str, path: str, turn: int):
        body = BODIES.get(("POST", rule), {})
        read.clear()
        good = post(path, body() if callable(body) else body)
        names = sorted(read)
        return [good] + [post(path, hostile_body(names, turn))] * bool(names)

    return send


def hostile_body(names: list[str], turn: int) -> dict[str, str]:
    return {name: text_for(number, turn) for number, name in enumerate(names)}


@pytest.fixture
def show(chromium, client):
    """`show(path, reply)`: what ran, or stands ready to run, where a browser gets this answer."""
    page = chromium.new_page()

    def answer(route):
        shown = show.reply if route.request.is_navigation_request() else None
        got = shown or client.get(route.request.url.removeprefix(HOST), buffered=True)
        headers = {name: value for name, value in got.headers if name != "Set-Cookie"}
        route.fulfill(status=got.status_code, headers=headers, body=got.data)

    def show(path: str, reply) -> list[str]:
        show.reply = reply
        page.goto(HOST + path, wait_until="load")
        ran = page.evaluate("mark => window[mark]", payloads.MARK)
        found = page.evaluate(payloads.TRACES, payloads.MARK)
        return [f"{path}: it ran"] * bool(ran) + [f"{path}: {trace}" for trace in found]

    page.route("**/*", answer)
    yield show
    page.context.close()


@pytest.fixture
def answers(app, connection, session, world, client, send):
    """`answers(role, turn)`: (rule, path, answer) of every form that holds a text of ours."""

    def answers(role: Role, turn: int) -> Iterator[tuple[str, str, object]]:
        with connection.begin_nested() as poisoned:
            connection.execute(text("RESET ROLE"))  # the last request left its own
            hostile.poison(connection, lambda number: text_for(number, turn))
            seal(session, world, turn)
            office.enter(client, world.account(role))
            for rule, path in forms_of(app, world, role):
                for reply in send(rule, path, turn):
                    assert reply.status_code < 500, path
                    if reply.mimetype == "text/html" and payloads.MARK in reply.text:
                        yield rule, path, reply
            poisoned.rollback()

    return answers


@pytest.mark.parametrize("role", WRITERS)
def test_no_answer_to_a_form_runs_what_was_typed(
    app, world, answers, show, chromium, role, long_form, record_property
):
    """A text a field, every fourth answer shown in the browser; or every text in turn, and all."""
    parser, found, told, shown, revealed = chromium.new_page(), [], count(), 0, set()
    for turn in range(1, 26) if long_form else [0]:
        for rule, path, reply in answers(role, turn):
            revealed |= {rule} & REVEALING
            traces = parser.evaluate(payloads.PARSED, [reply.text, payloads.MARK])
            found += [f"{path}: {trace}" for trace in traces]
            if next(told) % 4 == 0 or long_form:
                found += show(path, reply)
                shown += 1
    parser.context.close()
    record_property(
        f"hostile forms of {role}",
        f"{next(told)} answers with a hostile text, {shown} shown, {len(found)} faults",
    )
    assert found == []
    assert revealed == REVEALING & {rule for rule, _ in forms_of(app, world, role)}
    assert shown > 3


def test_an_answer_that_lets_a_text_through_is_noticed(show):
    answer = Response(f"<!doctype html><title>x</title><p>{payloads.RUNS[0]}</p>")
    assert len(show("/manage/", answer)) == 2
