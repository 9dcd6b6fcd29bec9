"""Addresses over the API: whose, which, and nothing of a person."""

import pytest

from mapservice.accounts import service
from mapservice.accounts.models import Role
from tests import office as offices
from tests.factories import make_person, make_place

HIDDEN = ("kind", "title", "summary", "hamlet", "lng", "lat", "children", "severity")


@pytest.fixture
def union(session):
    return offices.build(session, password_hash=service.HASHER.hash(offices.PASSWORD))


@pytest.fixture
def enter(client):
    """`enter(account)`: the client is signed in as this account from now on."""
    return lambda account: offices.enter(client, account)


def codes(reply):
    assert reply.status_code == 200, reply.text
    return {item["code"] for item in reply.json["items"]}


def test_everybody_lists_the_own_territory(client, enter, union):
    here, there = union.here.records, union.there.records
    places = {here["place"].public_code, here["person"].public_code}
    everything = places | {there["place"].public_code, there["person"].public_code}
    for role in (Role.REGISTRAR, Role.OFFICER):
        enter(union.account(role))
        assert codes(client.get("/api/v1/addresses")) == places
    enter(union.account(Role.VIEWER))
    assert codes(client.get("/api/v1/addresses")) == {here["place"].public_code}
    enter(union.admin)
    assert codes(client.get("/api/v1/addresses")) == everything
    enter(union.account(Role.TEAM_LEADER))
    assert client.get("/api/v1/addresses").status_code == 403


def test_of_a_person_only_group_and_commune_are_told(client, enter, union, session):
    enter(union.account(Role.OFFICER))
    shelter = make_place(
        session, commune="07645", sensitive=True, title="Mái ấm Bí Mật", summary="Đừng kể"
    )
    person = union.here.records["person"]
    for record in (person, shelter):
        reply = client.get(f"/api/v1/addresses/{record.public_code}")
        assert reply.status_code == 200
        assert [reply.json[name] for name in HIDDEN] == [None] * len(HIDDEN)
        assert reply.json["former_commune"] == "07645@2022" and "Bí Mật" not in reply.text
    assert codes(client.get("/api/v1/addresses?q=mai am bi mat")) == set()
    assert client.get(f"/api/v1/addresses/{person.public_code}").json["person_kind"] == "household"


def test_a_place_is_shown_whole(client, enter, union):
    enter(union.account(Role.VIEWER))
    place = union.here.records["place"]
    reply = client.get(f"/api/v1/addresses/{place.public_code}")
    assert reply.headers["ETag"] == '"1"' and reply.json["version"] == 1
    assert reply.json["title"] == place.title and reply.json["kind"] == "school"
    assert reply.json["organisation"] == union.here.commune.code
    assert abs(reply.json["lng"] - 106.97) < 0.5 and abs(reply.json["lat"] - 21.33) < 0.5


def test_elsewhere_reads_like_unknown_to_the_byte(client, enter, union):
    def answer(code):
        headers = {"X-Request-ID": "the-same-one"}
        reply = client.get(f"/api/v1/addresses/{code}", headers=headers)
        return reply.status_code, reply.data

    unknown = {}
    for role in (Role.REGISTRAR, Role.OFFICER, Role.VIEWER):
        enter(union.account(role))
        unknown = answer("ZZZZZZZZ")
        assert unknown[0] == 404
        for record in ("place", "person"):
            assert answer(union.there.records[record].public_code) == unknown
    assert answer(union.here.records["person"].public_code) == unknown  # to a viewer


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("nature=place", {"place"}),
        ("nature=person", {"person"}),
        ("nature=place,person", {"place", "person"}),
        ("status=draft", set()),
        ("status=published&status=draft", {"place", "person"}),
        ("kind=school", {"place"}),
        ("unit=07645@2022", {"place", "person"}),
        ("unit=215@2022", set()),
        ("programme_year=2025", {"place", "person"}),
        ("programme_year=2024", set()),
        ("q=truong thu", {"place"}),
        ("q=%25", set()),
    ],
)
def test_lists_are_filtered(client, enter, union, query, found):
    enter(union.account(Role.OFFICER))
    expected = {union.here.records[name].public_code for name in found}
    assert codes(client.get(f"/api/v1/addresses?{query}")) == expected


@pytest.mark.parametrize(
    "query", ["nature=thing", "status=x", "unit=''", "unit=99999", "programme_year=1", "colour=red"]
)
def test_unknown_filters_are_refused(client, enter, union, query):
    enter(union.account(Role.OFFICER))
    reply = client.get(f"/api/v1/addresses?{query}")
    assert reply.status_code == 400 and reply.json["errors"], reply.text


def test_nobody_is_asked_to_sign_in(client, union):
    reply = client.get("/api/v1/addresses")
    assert reply.status_code == 401 and reply.mimetype == "application/problem+json"


def test_a_person_added_elsewhere_changes_nothing_here(client, enter, union, session):
    enter(union.account(Role.OFFICER))
    before = client.get("/api/v1/addresses").json
    make_person(session, commune="07282")
    assert client.get("/api/v1/addresses").json == before


def test_the_record_that_was_kept_is_told_to_those_who_may_read_it(client, enter, union, session):
    """The province merges across territories, and a place may be protected later."""
    kept = make_place(session, commune="07282")
    shelter = make_place(session, commune="07645", sensitive=True)
    double, hidden = (
        make_place(session, commune="07645", status="duplicate", duplicate_of_id=one.id)
        for one in (kept, shelter)
    )
    told = {
        Role.ADMIN: [kept.public_code, shelter.public_code],
        Role.OFFICER: [None, shelter.public_code],
        Role.VIEWER: [None, None],
    }
    for role, expected in told.items():
        enter(union.account(role))
        for record, code in zip((double, hidden), expected, strict=True):
            read = client.get(f"/api/v1/addresses/{record.public_code}")
            listed = client.get("/api/v1/addresses?status=duplicate").json["items"]
            assert read.json["duplicate_of"] == code
            assert {one["code"]: one["duplicate_of"] for one in listed}[read.json["code"]] == code
