"""Whatever changes something in the office leaves a row in the audit trail."""

import pytest
from sqlalchemy import text

from mapservice.accounts.models import Role
from mapservice.accounts.rights import ALLOWED
from tests import office
from tests.cells import add_people, cells, undone
from tests.rights import BODIES, NONE, OWN, examples

ROWS = text("SELECT count(*) FROM core.audit_event")
# What the tables' bodies leave as it is.
CHANGES = {
    ("PATCH", "/api/v1/organisations/<organisation>"): {"self_verification": True},
    ("PATCH", "/api/v1/users/<account>"): {"name": "Tên đã đổi"},
    ("POST", "/manage/photos/<photo>/caption"): {"caption": "Mái lớp học"},
}
# Sent to the records of this world, these find nothing to change, or only ask.
NOTHING_NEW = {
    ("POST", "/api/v1/photos/<photo>/hide"),  # it is not public
    ("POST", "/manage/photos/<photo>/hide"),
    ("POST", "/api/v1/photos/<photo>/restore"),  # it was not removed
    ("POST", "/manage/photos/<photo>/restore"),
    ("POST", "/api/v1/users/<account>/enable"),  # it is active
    ("POST", "/manage/users/<account>/enable"),
    ("POST", "/api/v1/users/<account>/end-sessions"),  # it has none; each that ends leaves a row
    ("POST", "/manage/users/<account>/end-sessions"),
    ("POST", "/manage/account/sessions/end"),
    ("POST", "/manage/addresses/new"),  # one need more in the form
    ("POST", "/manage/review"),  # nothing of that code waits
    ("POST", "/manage/review/duplicates"),  # shows the pair
    ("POST", "/manage/embeds/<site>/restore"),  # it is allowed
    ("POST", "/manage/where.json"),  # tells the commune of a point
}


@pytest.fixture
def world(session):
    world = office.build(session)
    add_people(session, world)
    return world


def test_every_change_leaves_a_row(app, client, connection, session, world, record_property):
    bodies, silent, told = examples(app) | BODIES | CHANGES, set(), 0
    for role in Role:
        office.enter(client, world.account(role))
        for cell in cells(app, world):
            if not _changes(cell, role):
                continue
            body = bodies.get((cell.method, cell.rule), {})
            rows = _rows_of(client, connection, session, cell, body() if callable(body) else body)
            told += bool(rows)
            if rows == 0:
                silent.add((cell.method, cell.rule))
    record_property("changes that left a row", told)
    assert silent == NOTHING_NEW, "\n".join(" ".join(one) for one in sorted(silent))


def _changes(cell, role: Role) -> bool:
    first = next(one for one in Role if one in ALLOWED[cell.action])
    return cell.method != "GET" and cell.whose in {OWN, NONE} and role is first


def _rows_of(client, connection, session, cell, body: dict) -> int | None:
    """How many rows the change left; None where it was refused."""
    with undone(client, connection):
        before = session.scalar(ROWS)
        sent = {"data": body}
        if cell.path.startswith("/api/"):
            sent = {"json": body, "headers": {"If-Match": '"1"'}}
        reply = client.open(cell.path, method=cell.method, buffered=True, **sent)
        rows = session.scalar(ROWS) - before
    return rows if reply.status_code < 400 else None
