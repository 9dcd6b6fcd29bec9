"""Programs of several people lead records from registration to the map and back."""

import pytest
from sqlalchemy import select, text

from mapservice.accounts.models import Role
from mapservice.addresses.models import Address
from mapservice.registration.api import NEED, PERSON, PLACE
from mapservice.rest.models import IdempotentRequest
from mapservice.team_office.api import TEAM
from tests import office as offices
from tests.factories import make_assignment, make_need, make_place
from tests.programs import program


@pytest.fixture
def union(session):
    return offices.build(session)


@pytest.fixture
def registrar(app, session, union):
    return program(app, session, union.account(Role.REGISTRAR))


@pytest.fixture
def officer(app, session, union):
    return program(app, session, union.account(Role.OFFICER))


def made(reply):
    assert reply.status_code == 201, reply.text
    assert reply.location.endswith("/" + reply.json["code"])
    assert reply.headers["ETag"] == f'"{reply.json["version"]}"'
    return reply.json


def stepped(reply, status):
    assert reply.status_code == 200, reply.text
    assert reply.json["status"] == status
    return reply.json


def test_a_place_goes_to_the_map_and_back(registrar, officer, client):
    place = made(registrar.post("/addresses/places", PLACE))
    assert place["status"] == "draft" and place["title"] == PLACE["title"]
    path = f"/addresses/{place['code']}"
    need = made(registrar.post(f"{path}/needs", NEED))
    assert need["address"] == place["code"] and need["wanted_until"] == "2026-07-31"
    changed = registrar.change(f"/addresses/places/{place['code']}", 2, {"children": 90})
    assert changed.json["children"] == 90 and changed.json["title"] == PLACE["title"]
    change = {"urgency": 4}
    assert registrar.change(f"/needs/{need['code']}", 1, change).json["urgency"] == 4
    assert registrar.change(f"/needs/{need['code']}", 1, change).status_code == 412
    # Who read the address before the need was changed, has read something else.
    seen = registrar.get(path).json["version"]
    assert seen == changed.json["version"] + 1
    assert registrar.step(f"{path}/submit", seen - 1).status_code == 412
    seen = stepped(registrar.step(f"{path}/submit", seen), "submitted")["version"]
    assert registrar.step(f"{path}/verify", seen).status_code == 403
    told = officer.step(f"{path}/return", seen, {"reason": "Thiếu số người"})
    seen = stepped(told, "returned")["version"]
    assert told.json["status_reason"] == "Thiếu số người"
    seen = stepped(registrar.step(f"{path}/submit", seen), "submitted")["version"]
    seen = stepped(officer.step(f"{path}/verify", seen), "verified")["version"]
    seen = stepped(officer.step(f"{path}/publish", seen), "published")["version"]
    assert officer.get(f"/needs/{need['code']}").json["status"] == "published"
    assert PLACE["title"] in client.get(f"/places/{place['code']}").text
    assert officer.step(f"{path}/publish", seen).status_code == 409
    gone = officer.step(f"{path}/withdraw", seen, {"reason": "Không còn cần"})
    stepped(gone, "withdrawn")
    assert client.get(f"/places/{place['code']}").status_code == 404


def test_a_person_is_registered_and_nothing_comes_back(registrar, officer, session):
    secret = PERSON | {"phone": "0912345678", "door": "Nhà cuối dốc", "story": "Sống một mình"}
    reply = registrar.post("/addresses/persons", secret, **{"Idempotency-Key": "once"})
    person = made(reply)
    again = registrar.post("/addresses/persons", secret, **{"Idempotency-Key": "once"})
    assert again.json == person and again.headers["Idempotency-Replayed"] == "true"
    path = f"/addresses/{person['code']}"
    need = {"category": "health", "urgency": 4}
    told = [reply, again, registrar.post(f"{path}/needs", need), officer.get(path)]
    told.append(officer.change(f"/addresses/persons/{person['code']}", 2, {"severity": 3}))
    for answer in told:
        assert answer.status_code < 300, answer.text
        for word in ("Mẫu Thử", "912345678", "cuối dốc", "một mình", "1948", "health"):
            assert word not in answer.text
    kept = session.scalar(text("SELECT string_agg(t::text, ' ') FROM core.idempotent_request t"))
    assert "Mẫu" not in kept and "912345678" not in kept
    assert session.scalars(select(IdempotentRequest.made)).all() == [person["code"]]


def test_a_need_of_a_person_has_no_words(registrar, union):
    path = f"/addresses/{union.here.records['person'].public_code}/needs"
    refused = registrar.post(path, {"category": "health", "urgency": 4, "title": "Thuốc cho bà"})
    assert refused.status_code == 422
    assert "Thuốc" not in refused.text


@pytest.mark.parametrize(
    "more",
    [
        {"status": "published"},
        {"organisation_id": "00000000-0000-0000-0000-000000000000"},
        {"registered_by": "me"},
        {"version": 7},
        {"demo": True},
        {"public_code": "ABCDEFGH"},
    ],
)
def test_nothing_else_can_be_assigned(registrar, session, more):
    before = session.scalar(text("SELECT count(*) FROM core.address"))
    refused = registrar.post("/addresses/places", PLACE | more)
    assert refused.status_code == 422 and set(refused.json["errors"]) == set(more)
    assert session.scalar(text("SELECT count(*) FROM core.address")) == before


def test_a_change_of_one_field_leaves_the_others(registrar, session):
    place = made(registrar.post("/addresses/places", PLACE | {"hamlet": "Biểng"}))
    stored = session.scalars(select(Address).where(Address.public_code == place["code"])).one()
    for name, value in {"severity": 2, "summary": None, "title": "Trường khác hẳn"}.items():
        path = f"/addresses/places/{place['code']}"
        reply = registrar.change(path, stored.version, {name: value})
        assert reply.status_code == 200, reply.text
        moving = {name, "version", "updated_at"}
        assert {k for k in place if place[k] != reply.json[k]} <= moving
        place, _ = reply.json, session.refresh(stored)
    assert stored.title == "Trường khác hẳn" and stored.hamlet == "Biểng"


def test_a_wrong_field_of_a_need_is_named_as_it_was_given(registrar, session):
    place = made(registrar.post("/addresses/places", PLACE))
    path = f"/addresses/{place['code']}/needs"
    refused = registrar.post(path, NEED | {"category": "nothing-like-it"})
    assert refused.status_code == 422 and list(refused.json["errors"]) == ["category"]
    refused = registrar.post(path, NEED | {"wanted_until": "2026-01-01"})
    assert refused.status_code == 422 and list(refused.json["errors"]) == ["wanted_until"]
    assert session.scalar(text("SELECT count(*) FROM core.need WHERE title LIKE 'Dạy tin%'")) == 0


def test_doubles_are_merged_and_separated(registrar, officer, union):
    first = made(registrar.post("/addresses/places", PLACE))
    second = made(registrar.post("/addresses/places", PLACE | {"confirm_duplicate": True}))
    path = f"/addresses/{second['code']}"
    merged = officer.step(f"{path}/duplicate", 1, {"kept": first["code"]})
    assert stepped(merged, "duplicate")["duplicate_of"] == first["code"]
    back = officer.step(f"{path}/separate", merged.json["version"])
    assert stepped(back, "draft")["duplicate_of"] is None


def test_like_records_are_a_pair_until_they_are_one_or_two(session, officer, union):
    told = {"commune": "07645", "title": "Trường Tiểu học Biểng"}
    one = make_place(session, **told, status="verified")
    two = make_place(session, **told, status="submitted")
    found = officer.get("/duplicates").json
    assert found["persons"] is True
    pair = next(p for p in found["pairs"] if p["kept"] == one.public_code)
    assert (pair["double"], pair["by"], pair["nature"]) == (two.public_code, "place", "place")
    assert "Biểng" not in str(found)
    path, other = f"/addresses/{two.public_code}", {"other": one.public_code}
    elsewhere = {"other": union.there.records["place"].public_code}
    for wrong in (elsewhere, {"other": two.public_code}):
        refused = officer.step(f"{path}/distinct", two.version, wrong)
        assert refused.status_code == 422 and list(refused.json["errors"]) == ["other"]
    assert officer.step(f"{path}/distinct", two.version + 1, other).status_code == 412
    stepped(officer.step(f"{path}/distinct", two.version, other), "submitted")
    left = [(p["kept"], p["double"]) for p in officer.get("/duplicates").json["pairs"]]
    assert (one.public_code, two.public_code) not in left


def test_an_own_step_is_taken_back(registrar):
    place = made(registrar.post("/addresses/places", PLACE))
    path = f"/addresses/{place['code']}"
    seen = stepped(registrar.step(f"{path}/submit", 1), "submitted")["version"]
    stepped(registrar.step(f"{path}/undo", seen), "draft")


def test_a_team_is_registered_verified_and_suspended(registrar, officer):
    team = made(registrar.post("/teams", TEAM))
    assert not team["verified"] and team["lng"] is None
    assert team["available_during"] == TEAM["available_during"]
    path = f"/teams/{team['code']}"
    assert registrar.step(f"{path}/verify", 1).status_code == 403
    changed = registrar.change(path, 1, {"people": 15, "radius_km": 30.5})
    assert (changed.json["people"], changed.json["radius_km"]) == (15, 30.5)
    assert changed.json["skills"] == TEAM["skills"]
    assert registrar.change(path, 1, {"people": 16}).status_code == 412
    verified = officer.step(f"{path}/verify", changed.json["version"])
    assert verified.json["verified"] is True
    suspended = officer.step(f"{path}/suspend", verified.json["version"], {"reason": "inactive"})
    assert suspended.json["state"] == "suspended"
    back = officer.step(f"{path}/resume", suspended.json["version"])
    assert back.json["state"] == "resting"
    assert officer.step(f"{path}/unverify", back.json["version"]).json["verified"] is False


def test_where_a_team_sets_out_needs_a_commune(registrar):
    team = made(registrar.post("/teams", TEAM))
    path, spot = f"/teams/{team['code']}", {"lng": 106.97, "lat": 21.33}
    for wrong in (spot, {"lng": 106.97, "commune": "07645@2022"}):
        assert registrar.change(path, 1, wrong).status_code == 422
    moved = registrar.change(path, 1, spot | {"commune": "07645@2022", "base_public": True})
    assert (moved.json["lng"], moved.json["lat"]) == (106.97, 21.33)
    far = {"lng": 105.0, "lat": 20.0, "commune": "07645@2022"}
    assert registrar.change(path, 2, far).status_code == 422


def test_a_leader_keeps_the_own_team(app, session, union):
    leader = program(app, session, union.account(Role.TEAM_LEADER))
    team = union.here.records["team"]
    path = f"/me/teams/{team.public_code}"
    assert [one["code"] for one in leader.get("/me/teams").json["items"]] == [team.public_code]
    changed = leader.change(path, team.version, {"people": 14, "skills": ["teaching"]})
    assert changed.json["people"] == 14 and changed.json["skills"] == ["teaching"]
    resting = leader.step(f"{path}/state", changed.json["version"], {"state": "resting"})
    assert resting.json["state"] == "resting"
    assert leader.step(f"{path}/state", 1, {"state": "ready"}).status_code == 412
    assert leader.step(f"{path}/state", 1, {"state": "suspended"}).status_code == 422
    assert leader.change(path, 1, {"radius_km": 400}).status_code == 422
    assert leader.get(f"/me/teams/{union.there.records['team'].public_code}").status_code == 404


def test_a_need_is_claimed_reported_and_confirmed(app, session, union, officer):
    leader = program(app, session, union.account(Role.TEAM_LEADER))
    need = make_need(session, address=union.here.records["place"])
    claim = {"team": union.here.records["team"].public_code, "need": need.public_code}
    told = leader.post("/me/assignments", claim, **{"Idempotency-Key": "a"})
    assert told.status_code == 201 and told.json["status"] == "accepted"
    assert told.location == f"/api/v1/me/assignments/{told.json['id']}"
    again = leader.post("/me/assignments", claim, **{"Idempotency-Key": "a"})
    assert again.json["id"] == told.json["id"]
    assert leader.post("/me/assignments", claim).status_code == 409
    path = f"/me/assignments/{told.json['id']}"
    seen = leader.step(f"{path}/start", told.json["version"]).json["version"]
    done = leader.step(f"{path}/done", seen, {"hours": 10, "volunteers": 4}).json
    path = f"/assignments/{told.json['id']}"
    assert officer.step(f"{path}/confirm", done["version"] - 1).status_code == 412
    assert officer.step(f"{path}/confirm", done["version"]).json["status"] == "confirmed"


def test_what_a_claim_names_must_exist(app, session, union):
    leader = program(app, session, union.account(Role.TEAM_LEADER))
    team = union.here.records["team"].public_code
    person = make_need(session, address=union.here.records["person"]).public_code
    for claim, field in (
        ({"team": team, "need": "ZZZZZZZZ"}, "need"),
        ({"team": team, "need": person}, "need"),
        ({"team": union.there.records["team"].public_code, "need": "ZZZZZZZZ"}, "team"),
    ):
        refused = leader.post("/me/assignments", claim)
        assert refused.status_code == 422 and list(refused.json["errors"]) == [field]


def test_an_officer_disputes_and_cancels(session, union, officer):
    leader = union.account(Role.TEAM_LEADER)
    need = make_need(session, address=union.here.records["person"])
    done = {"status": "done", "hours": 2, "volunteers": 2, "reporter_id": leader.id}
    own = make_assignment(session, need=need, team=union.here.records["team"], **done)
    path = f"/assignments/{own.id}"
    words = officer.step(f"{path}/dispute", 1, {"reason": "Bà Lan chưa gặp đội"})
    assert words.status_code == 422
    code = officer.get("/assignments/reasons").json["reasons"][0]["code"]
    assert officer.step(f"{path}/dispute", 1, {"reason": code}).json["status"] == "disputed"
    waiting = union.here.records["assignment"]
    gone = officer.step(f"/assignments/{waiting.id}/cancel", 1, {"reason": "Đổi kế hoạch"})
    assert gone.json["status"] == "cancelled"
