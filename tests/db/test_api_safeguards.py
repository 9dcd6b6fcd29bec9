"""Photos, consents, words that may name somebody, tales from the field and links, by programs."""

import base64
from uuid import uuid4

import pytest

from mapservice.accounts.models import Role
from mapservice.addresses.models import AddressStatus, AgeBand
from mapservice.consent.models import Purpose
from mapservice.matching.models import AssignmentStatus
from mapservice.needs.models import NeedStatus
from mapservice.review.privacy import PURPOSES
from tests import office as offices
from tests.factories import make_assignment, make_need, make_person, make_place, picture
from tests.programs import program

ELSEWHERE = "07282"  # in the other district


@pytest.fixture
def union(session):
    return offices.build(session)


@pytest.fixture
def caller(app, session, union):
    """`caller(role)`: a program of this account of the own district."""
    return lambda role: program(app, session, union.account(role))


def encoded(**options) -> str:
    return base64.b64encode(picture(**options)).decode()


def test_a_picture_of_a_place_is_sent_shown_and_published(caller, union, client):
    place = union.here.records["place"].public_code
    registrar, officer = caller(Role.REGISTRAR), caller(Role.OFFICER)
    path, body = f"/addresses/{place}/photos", {"picture": encoded(), "caption": "Cổng trường"}
    made = registrar.post(path, body, **{"Idempotency-Key": "one"})
    assert made.status_code == 201, made.text
    assert registrar.post(path, body, **{"Idempotency-Key": "one"}).json == made.json
    assert registrar.post(path, body | {"caption": None}).json["id"] == made.json["id"]
    assert [one["id"] for one in officer.get(path).json["items"]] == [made.json["id"]]
    photo = made.location.removeprefix("/api/v1")
    assert officer.get(photo).headers["ETag"] == f'"{made.json["version"]}"'
    file = officer.get(made.json["picture"].removeprefix("/api/v1"))
    assert file.mimetype == "image/webp" and file.data.startswith(b"RIFF")
    seen = made.json["version"]
    assert registrar.step(f"{photo}/publish", seen, {"no_face": True}).status_code == 403
    assert officer.step(f"{photo}/publish", seen, {"no_face": False}).status_code == 422
    public = officer.step(f"{photo}/publish", seen, {"no_face": True})
    assert public.json["public_at"] and public.json["version"] == seen + 1
    assert officer.step(f"{photo}/hide", seen).status_code == 412
    hidden = officer.step(f"{photo}/hide", seen + 1).json
    assert hidden["public_at"] is None
    gone = registrar.step(f"{photo}/remove", hidden["version"]).json
    assert gone["removed_at"] and registrar.get(path).json["items"] == []
    back = registrar.step(f"{photo}/restore", gone["version"]).json
    named = registrar.change(photo, back["version"], {"caption": None}).json
    assert (named["removed_at"], named["caption"]) == (None, None)


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ("Ảnh", 422),
        ("Zm9v", 415),
        ("", 422),
        (base64.b64encode(b"<svg xmlns='http://www.w3.org/2000/svg'/>").decode(), 415),
        ("A" * 12_000_000, 413),
        ("A" * 11_190_000, 422),
    ],
    ids=["words", "no picture", "nothing", "a drawing", "a body too large", "a picture too large"],
)
def test_what_is_no_picture_is_refused(caller, union, given, status):
    path = f"/addresses/{union.here.records['place'].public_code}/photos"
    refused = caller(Role.REGISTRAR).post(path, {"picture": given})
    assert refused.status_code == status and refused.mimetype == "application/problem+json"


def test_a_person_has_no_picture(caller, union):
    path = f"/addresses/{union.here.records['person'].public_code}/photos"
    registrar = caller(Role.REGISTRAR)
    assert registrar.post(path, {"picture": encoded()}).status_code == 422
    assert registrar.get(path).json["items"] == []
    assert caller(Role.VIEWER).get(path).status_code == 404


def test_consent_is_read_out_given_and_taken_back(caller, session, union):
    person = make_person(
        session,
        age_band=AgeBand.FROM_7_TO_15,
        organisation_id=union.here.commune.id,
    )
    registrar, path = caller(Role.REGISTRAR), f"/addresses/{person.public_code}/consents"
    asked = registrar.get(path).json
    assert [one["purpose"] for one in asked["purposes"]] == list(PURPOSES)
    register, share = asked["purposes"]
    assert register["holds"] and not share["holds"]
    assert {one["giver"] for one in share["readings"]} == {"guardian", "child"}
    assert all(len(one["text"]) > 50 for one in share["readings"])
    consent = {"purpose": "share_with_team", "givers": ["guardian"], "channel": "paper"}
    refused = registrar.post(path, consent)
    assert refused.status_code == 422 and list(refused.json["errors"]) == ["givers"]
    told = registrar.post(path, consent | {"givers": ["guardian", "child"]})
    assert told.status_code == 201 and told.location == f"/api/v1{path}"
    assert told.json["purposes"][1]["holds"]
    seen = told.json["version"]
    withdraw = {"purpose": "share_with_team"}
    assert registrar.step(f"{path}/withdraw", seen + 1, withdraw).status_code == 412
    after = registrar.step(f"{path}/withdraw", seen, withdraw).json
    assert not after["purposes"][1]["holds"] and after["purposes"][1]["given"][0]["withdrawn_at"]
    all_of_it = {"purpose": Purpose.REGISTER}
    assert registrar.step(f"{path}/withdraw", seen, all_of_it).status_code == 422
    erased = registrar.step(f"{path}/withdraw", seen, all_of_it | {"sure": True})
    assert erased.json["erased"] and erased.json["purposes"] == []
    assert registrar.get(path).status_code == 404


def test_a_place_asks_nobody_for_consent(caller, union):
    path = f"/addresses/{union.here.records['place'].public_code}/consents"
    registrar = caller(Role.REGISTRAR)
    assert registrar.get(path).json["purposes"] == []
    consent = {"purpose": "register", "givers": ["person"], "channel": "paper"}
    assert registrar.post(path, consent).status_code == 409
    assert caller(Role.VIEWER).get(path).status_code == 403


def test_words_that_may_name_somebody_are_called_harmless(caller, session, union):
    place = make_place(
        session,
        title="Nhà bà Nguyễn Thị Lan",
        organisation_id=union.here.commune.id,
        status=AddressStatus.SUBMITTED,
    )
    make_need(session, address=place, status=NeedStatus.SUBMITTED, title="Gọi 0912 345 678")
    officer, path = caller(Role.OFFICER), f"/addresses/{place.public_code}"
    step = officer.step(f"{path}/verify-and-publish", place.version)
    assert step.status_code == 422 and step.json["type"] == "/problems/names-found"
    checks = officer.get(f"{path}/text-checks").json
    assert {one["kind"] for one in checks["finds"]} >= {"name", "phone"}
    assert {one["field"] for one in checks["finds"]} == step.json["errors"].keys()
    marks, seen = [one["mark"] for one in checks["finds"]], checks["version"]
    gone = officer.step(f"{path}/text-checks", seen, {"checked": ["0" * 64]})
    assert gone.status_code == 409
    assert officer.step(f"{path}/text-checks", seen + 1, {"checked": marks}).status_code == 412
    ticked = officer.step(f"{path}/text-checks", seen, {"checked": marks})
    assert all(one["harmless"] for one in ticked.json["finds"])
    assert officer.step(f"{path}/verify-and-publish", seen).status_code == 200
    assert caller(Role.REGISTRAR).get(f"{path}/text-checks").status_code == 403


def test_a_leader_tells_from_the_field_with_pictures(caller, session, union):
    need = make_need(session, address=union.here.records["place"])
    visit = make_assignment(
        session, need=need, team=union.here.records["team"], status=AssignmentStatus.ACCEPTED
    )
    leader, officer = caller(Role.TEAM_LEADER), caller(Role.OFFICER)
    path = f"/me/assignments/{visit.id}/reports"
    tale = {"report": str(uuid4()), "text": "Đã sơn hai phòng học", "day": "2026-01-10"}
    told = leader.post(path, tale | {"lng": 106.97, "lat": 21.33})
    assert told.status_code == 201, told.text
    assert told.json["id"] == tale["report"] and told.json["lng"] == 106.97
    assert leader.post(path, tale | {"text": "Khác hẳn"}).status_code == 422
    assert leader.post(path, tale | {"lng": 106.97, "lat": 21.33}).json == told.json
    report = told.location.removeprefix("/api/v1")
    photo = leader.post(f"{report}/photos", {"picture": encoded()})
    assert photo.status_code == 201, photo.text
    assert leader.get(report).json["photos"] == [photo.json["id"]]
    assert leader.get(path).json["items"] == [leader.get(report).json]
    assert officer.get(f"/assignments/{visit.id}/reports").json == leader.get(path).json
    public = officer.step(f"/photos/{photo.json['id']}/publish", 1, {"no_face": True})
    assert public.status_code == 200


def test_nothing_is_told_from_a_persons_home(caller, session, union):
    need = make_need(session, address=union.here.records["person"])
    visit = make_assignment(
        session, need=need, team=union.here.records["team"], status=AssignmentStatus.ACCEPTED
    )
    tale = {"report": str(uuid4()), "text": "Gặp bà Lan", "day": "2026-01-10"}
    refused = caller(Role.TEAM_LEADER).post(f"/me/assignments/{visit.id}/reports", tale)
    assert refused.status_code == 422 and "Lan" not in refused.text


def test_a_link_is_told_once_and_opens_for_its_leader(caller, union, client):
    asked = union.here.records["assignment"]
    officer, path = caller(Role.OFFICER), f"/assignments/{asked.id}/links"
    told = officer.post(path, **{"Idempotency-Key": "link"})
    assert told.status_code == 201, told.text
    address = told.json["address"]
    assert address in told.json["message"] and told.location == f"/api/v1/assignments/{asked.id}"
    again = officer.post(path, **{"Idempotency-Key": "link"})
    assert again.headers["Idempotency-Replayed"] == "true"
    assert (again.json["address"], again.json["message"]) == (None, None)
    offices.enter(client, union.account(Role.TEAM_LEADER))
    opened = client.get("/" + address.split("/", 3)[3])
    assert opened.status_code == 303 and opened.location.endswith(str(asked.id))
    assert caller(Role.VIEWER).post(path).status_code == 403
