"""What every operation of the JSON API does alike: versions, keys, pages, strict bodies."""

import pytest
from marshmallow import Schema, fields, validate
from sqlalchemy import select, text

from mapservice.accounts import service as accounts
from mapservice.accounts.models import Role
from mapservice.accounts.rights import Action
from mapservice.addresses.models import Address
from mapservice.errors import Invalid
from mapservice.rest import service, versions
from mapservice.rest.models import IdempotentRequest
from mapservice.rest.operations import Blueprint
from mapservice.rest.paging import Listing
from tests import office as offices
from tests.factories import make_account, make_place


class Thing(Schema):
    title = fields.Str(required=True, validate=validate.Length(3, 200))
    code = fields.Str(dump_only=True, attribute="public_code")
    version = fields.Int(dump_only=True)


@pytest.fixture
def things(app, session):
    """A small API over addresses, of every kind of operation."""
    bp = Blueprint("things", __name__, tag="Things")

    def show(session, code):
        return session.scalars(select(Address).where(Address.public_code == code)).one()

    @bp.lists("/things", Action.SEE_RECORDS, Thing, words="Things")
    def list_things(session, filters):
        return Listing(select(Address), Address.public_code)

    @bp.creates("/things", Action.REGISTER, Thing, Thing, show=show, at="/things", words="Make")
    def make_thing(_session, values):
        if values["title"] == "refused":
            raise Invalid("refused")
        return make_place(session, **values).public_code

    @bp.changes("/things/<code>", Action.REGISTER, Thing, Thing, words="Change")
    def change_thing(session, values, seen, code):
        found = show(session, code)
        versions.match(found.version, seen)
        found.title, found.version = values["title"], found.version + 1
        session.flush()
        return found

    app.register_blueprint(bp)
    return bp


@pytest.fixture
def officer(client, session, things):
    """The client is signed in as this officer."""
    hashed = accounts.HASHER.hash(offices.PASSWORD)
    account = make_account(session, role=Role.ADMIN, password_hash=hashed)
    offices.enter(client, account)
    return account


def post(client, body, key=None, **more):
    headers = {"Idempotency-Key": key} if key else {}
    return client.post("/api/v1/things", json=body, headers=headers, **more)


def test_the_same_request_twice_makes_one_record(client, officer, session):
    first = post(client, {"title": "Trường A"}, "k1")
    again = post(client, {"title": "Trường A"}, "k1")
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json == again.json and first.location == again.location
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    assert first.location == f"/api/v1/things/{first.json['code']}"
    made = session.scalars(select(Address).where(Address.title == "Trường A")).all()
    assert len(made) == 1


def test_a_key_belongs_to_one_request_of_one_account(client, officer):
    assert post(client, {"title": "Trường A"}, "k1").status_code == 201
    other = post(client, {"title": "Trường B"}, "k1")
    assert other.status_code == 422 and other.json["type"] == "/problems/idempotency-key-reused"
    assert "Idempotency-Key" in other.json["errors"]


def test_what_was_refused_may_be_sent_again_mended(client, officer):
    assert post(client, {"title": "refused"}, "k1").status_code == 422
    assert post(client, {"title": "Trường A"}, "k1").status_code == 201


@pytest.mark.parametrize("key", ["a b", "x" * 201, "khóa"])
def test_a_key_is_plain_text(client, officer, key):
    assert post(client, {"title": "Trường A"}, key).status_code == 400


def test_nothing_that_was_sent_is_kept(client, officer, session):
    post(client, {"title": "Trường Bí Mật"}, "k1")
    kept = session.execute(text("SELECT t::text FROM core.idempotent_request AS t")).scalar_one()
    assert "Bí Mật" not in kept


def test_old_keys_are_forgotten(client, officer, session, office):
    post(client, {"title": "Trường A"}, "old")
    post(client, {"title": "Trường B"}, "new")
    session.execute(
        text(
            "UPDATE core.idempotent_request SET created_at = now() - interval '73 hours'"
            " WHERE key = 'old'"
        )
    )
    assert service.forget_old(office) == 1
    assert session.scalars(select(IdempotentRequest.key)).all() == ["new"]


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ('"1"', 200),
        ('W/"1"', 200),
        (None, 428),
        ("*", 428),
        ('"2"', 412),
        ('"0"', 412),
        ('"abc"', 412),
        ('"1", "2"', 412),
        ('"99999999999999999999"', 412),
        ('"١"', 412),
    ],
)
def test_a_change_names_the_version_that_was_seen(client, officer, session, given, status):
    code = make_place(session).public_code
    headers = {"If-Match": given} if given else {}
    reply = client.patch(f"/api/v1/things/{code}", json={"title": "Mới"}, headers=headers)
    assert reply.status_code == status
    if status == 200:
        assert reply.headers["ETag"] == '"2"' and reply.json["version"] == 2


def test_every_row_is_met_once_while_others_come_and_go(client, officer, session):
    before = {make_place(session).public_code for _ in range(7)}
    seen, query = [], {"limit": 3}
    while True:
        reply = client.get("/api/v1/things", query_string=query)
        assert reply.status_code == 200 and len(reply.json["items"]) <= 3
        seen += [item["code"] for item in reply.json["items"]]
        make_place(session)
        if reply.json["next"] is None:
            assert "Link" not in reply.headers
            break
        assert f"after={reply.json['next']}" in reply.headers["Link"]
        query = {"limit": 3, "after": reply.json["next"]}
    assert before <= set(seen) and len(seen) == len(set(seen)) and seen == sorted(seen)


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=201",
        "limit=1000000",
        "limit=x",
        "after=abc",
        "after=",
        "offset=3",
        "limit=1&limit=2",
        "after=%ff",
        "limit=%00",
    ],
)
def test_an_unreadable_page_is_refused(client, officer, query):
    reply = client.get(f"/api/v1/things?{query}")
    assert reply.status_code == 400 and reply.mimetype == "application/problem+json"


def test_a_cursor_of_one_list_means_nothing_to_another(client, officer, session):
    make_place(session), make_place(session)
    cursor = client.get("/api/v1/things?limit=1").json["next"]
    assert client.get(f"/api/v1/things?after={cursor}").status_code == 200
    assert client.get(f"/api/v1/addresses?after={cursor}").status_code == 400


DEEP = 100_000
BODIES = {
    "deep lists": (b'{"title": ' + b"[" * DEEP + b"]" * DEEP + b"}", 400),
    "deep objects": (b'{"a":' * DEEP + b"1" + b"}" * DEEP, 400),
    "a little too deep": (b'{"title": ' + b"[" * 13 + b"]" * 13 + b"}", 400),
    "NUL": (b'{"title": "a\\u0000bc"}', 400),
    "NUL in a name": (b'{"a\\u0000": 1}', 400),
    "half a character": (b'{"title": "abc\\ud800"}', 400),
    "half a character in a name": (b'{"\\udc00": 1}', 400),
    "broken UTF-8": (b'{"title": "\xff\xfeabc"}', 400),
    "a control character": (b'{"title": "abc\\u0007"}', 400),
    "not a number": (b'{"title": NaN}', 400),
    "infinite": (b'{"title": 1e309}', 400),
    "ten thousand digits": (b'{"title": ' + b"9" * 10_000 + b"}", 400),
    "a name twice": (b'{"title": "abc", "title": "abd"}', 400),
    "half": (b'{"title": "abc"', 400),
    "a list": (b"[]", 422),
    "a text": (b'"abc"', 422),
    "null": (b"null", 422),
    "nothing": (b"", 422),
    "unknown": (b'{"title": "abc", "status": "published"}', 422),
    "unknown too": (b'{"title": "abc", "organisation_id": 1, "role": "admin"}', 422),
    "dump only": (b'{"title": "abc", "version": 9}', 422),
    "too large": (b'{"title": "' + b"a" * 1_000_001 + b'"}', 413),
}


@pytest.mark.parametrize("name", BODIES)
def test_hostile_bodies_are_refused(client, officer, name):
    body, status = BODIES[name]
    reply = client.post("/api/v1/things", data=body, content_type="application/json")
    assert reply.status_code == status, reply.text
    assert reply.mimetype == "application/problem+json"
    assert "Traceback" not in reply.text and "json" not in reply.json["errors"]


def test_other_content_is_not_read(client, officer):
    for kind in ("text/plain", "application/xml", "application/x-www-form-urlencoded"):
        reply = client.post("/api/v1/things", data=b'{"title": "abc"}', content_type=kind)
        assert reply.status_code in {415, 422}, kind
    assert client.post("/api/v1/things", data=b"x", content_type="text/plain").status_code == 415


def test_look_alikes_are_normalised(client, officer):
    body = '{"title": "Tru\u031bo\u031b\u0300ng\u200b \u202eA"}'.encode()
    reply = client.post("/api/v1/things", data=body, content_type="application/json")
    assert reply.json["title"] == "Trường A"
    assert "Trường".encode() in reply.data  # readable, not escaped


def test_another_method_is_told_what_is_allowed(client, officer):
    reply = client.delete("/api/v1/things")
    assert reply.status_code == 405
    assert set(reply.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS", "POST"}
    assert reply.mimetype == "application/problem+json"
