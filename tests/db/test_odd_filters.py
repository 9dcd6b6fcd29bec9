"""Whatever the query string of an office's page holds, the page answers, or says what is wrong.

Which filters a page has is learned from the page itself: every name that it asks its query for.
"""

import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from itertools import count

import pytest
from flask import Request
from sqlalchemy import text
from werkzeug.datastructures import ImmutableMultiDict

from tests import noting, office
from tests.rights import filled, fillings, named, office_rules

# What stands in the address, already spelled for it.
ODD = {
    "a quote": "%27%20OR%201=1;%20DROP%20TABLE%20core.need;--",
    "another query": "1)%20UNION%20SELECT%20login%20FROM%20core.user_account--",
    "bound names": "%25(id)s%20:id%20$1%20%7Bid%7D%20%25s",
    "a pattern": "%25_%5C",
    "a regular expression": "(((((a%2B)%2B)%2B)%2B)%2B)$%5B",
    "10,000 letters": "x" * 10_000,
    "10,000 digits": "9" * 10_000,
    "NUL": "a%00b",
    "no UTF-8": "%FF%FE",
    "half a character": "%ED%A0%80",
    "letters without width": "%E2%80%8B%E2%80%AE",
    "markup": "%3Cscript%3Ealert(1)%3C/script%3E",
    "a list": "a,b,,c",
    "a word": "abc",
    "a negative number": "-1",
    "zero": "0",
    "a fraction": "1.5",
    "beyond every number": "1e309",
    "no number": "NaN",
    "beyond 64 bits": "99999999999999999999",
    "digits of another script": "%D9%A3",
    "an unknown unit": "99999",
    "a unit before its time": "220@1066",
    "half a unit": "@2022",
    "an unknown id": "00000000-0000-0000-0000-000000000000",
}
ASKED = 6  # values of a filter in the short form
SAID = {"unit": "đơn vị"}  # where people are told in words
INSIDE = ("psycopg2", "sqlalchemy", "Traceback", "LINE 1:", "<script>alert")


@dataclass(frozen=True)
class Filter:
    """A name that a page asks its query string for."""

    path: str
    name: str


class Asked(ImmutableMultiDict):
    """A query string that notes what it is asked for."""

    names: set[str] = set()

    def get(self, key, *more, **named):
        self.names.add(key)
        return super().get(key, *more, **named)

    def getlist(self, key, *more, **named):
        self.names.add(key)
        return super().getlist(key, *more, **named)


@pytest.fixture
def pages(app, client, session):
    """Paths of the office's pages that answer an admin, with own records where they name any."""
    world = office.build(session)
    office.enter(client, world.admin)
    found = []
    for rule in office_rules(app):
        if "GET" in rule.methods and not rule.rule.startswith("/api/"):
            _, names, _ = next(fillings(named(rule), world))
            found.append(filled(rule, names))
    return found


@pytest.fixture
def filters(app, client, pages, monkeypatch) -> list[Filter]:
    """Every filter of every page, as the pages ask for them."""
    asked = noting.fields_read(monkeypatch)
    monkeypatch.setattr(Asked, "names", asked)
    monkeypatch.setattr(
        app, "request_class", type("Noting", (Request,), {"parameter_storage_class": Asked})
    )
    found = []
    for path in pages:
        asked.clear()
        client.get(path).close()
        found += [Filter(path, name) for name in sorted(asked)]
    monkeypatch.undo()
    return found


def test_the_filters_are_found(filters):
    names = defaultdict(set)
    for one in filters:
        names[one.path].add(one.name)
    assert {"unit", "q", "status", "sort", "page", "format", "due", "mine"} <= names[
        "/manage/addresses"
    ]
    assert {"role", "organisation"} <= names["/manage/users/invite"]
    assert len(filters) > 60


def test_every_filter_bears_every_value(client, session, filters, long_form, record_property):
    """A page (or a file), or 400 that names the filter; nothing of the inside, nothing run."""
    kinds = list(ODD)
    needs = text("SELECT count(*) FROM core.need")
    before, turn, answers, wrong = session.scalar(needs), count(), Counter(), []
    for one in filters:
        for kind in kinds if long_form else [kinds[next(turn) % len(kinds)] for _ in range(ASKED)]:
            reply = client.get(f"{one.path}?{one.name}={ODD[kind]}", buffered=True)
            answers[reply.status_code] += 1
            if fault := fault_of(reply, one):
                wrong.append((fault, one.path, one.name, kind, reply.status_code))
    told = ", ".join(f"{number} × {status}" for status, number in sorted(answers.items()))
    record_property("odd filters", f"{len(filters)} filters, {len(ODD)} kinds of values: {told}")
    assert wrong == []
    assert session.scalar(needs) == before


def fault_of(reply, asked: Filter) -> str | None:
    """What is wrong with an answer to an odd value, None when nothing is."""
    if reply.status_code not in {200, 303, 400, 404, 422}:
        return "an answer of another kind"
    shown = reply.text if reply.mimetype in {"text/html", "application/json"} else ""
    if any(part in shown for part in INSIDE):
        return "the inside is told, or markup let through"
    if reply.status_code == 400 and not re.search(
        f"{asked.name}|{SAID.get(asked.name)}", reply.text
    ):
        return "a refusal that names no filter"
    return None


@pytest.mark.parametrize(
    "query",
    [
        "&".join(f"name{number}=1" for number in range(10_000)),
        "&".join(["q=x"] * 10_000),
        "q=" + "x" * 1_000_000,
        "unit=" + "9," * 50_000,
        "page=1000000000&sort=" + "-" * 1000,
    ],
    ids=["10,000 names", "one name 10,000 times", "1 MB", "100,000 values", "page 10^9"],
)
@pytest.mark.parametrize("path", ["/manage/addresses", "/manage/users", "/api/v1/needs", "/search"])
def test_many_and_long_parameters_are_borne(client, session, path, query):
    office.enter(client, office.build(session).admin)
    reply = client.get(f"{path}?{query}")
    assert reply.status_code in {200, 400, 413, 414}, reply.status_code
