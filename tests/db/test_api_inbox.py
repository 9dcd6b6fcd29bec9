"""What the public sent, over the API: whose, which, and never who sent it."""

import pytest

from mapservice.accounts.models import Role
from tests import office as offices
from tests.factories import make_suggestion
from tests.programs import program


@pytest.fixture
def union(session):
    return offices.build(session)


@pytest.fixture
def officer(app, session, union):
    return program(app, session, union.account(Role.OFFICER))


def test_offers_tell_what_and_where_and_not_who(officer, union):
    offer = union.here.records["offer"]
    listed = officer.get("/offers")
    assert [one["code"] for one in listed.json["items"]] == [offer.public_code]
    told = officer.get(f"/offers/{offer.public_code}")
    assert told.json["address"] == union.here.records["place"].public_code
    assert not {"name", "phone", "note", "id", "receipt_hash"} & told.json.keys()
    assert officer.get("/offers?status=spam").json["items"] == []
    other = union.there.records["offer"].public_code
    assert officer.get(f"/offers/{other}").status_code == 404
    assert officer.step(f"/offers/{other}/contacted", 1).status_code == 404


def test_an_offer_is_answered_and_the_answer_taken_back(officer, union):
    path = f"/offers/{union.here.records['offer'].public_code}"
    called = officer.step(f"{path}/contacted", 1)
    assert called.json["status"] == "contacted" and called.headers["ETag"] == '"2"'
    assert officer.step(f"{path}/convert", 1, {"outcome": "direct"}).status_code == 412
    helped = officer.step(f"{path}/convert", 2, {"outcome": "direct"})
    assert (helped.json["status"], helped.json["outcome"]) == ("converted", "direct")
    back = officer.step(f"{path}/undo", 3)
    assert (back.json["status"], back.json["outcome"]) == ("contacted", None)
    assert officer.step(f"{path}/decline", 4, {"reason": "Nói nhiều quá"}).status_code == 422
    assert officer.step(f"{path}/decline", 4, {"reason": "no_answer"}).json["status"] == "declined"


def test_a_suggestion_becomes_a_draft_address(officer, union):
    path = f"/suggestions/{union.here.records['suggestion'].public_code}"
    told = officer.get(path).json
    taken = officer.step(f"{path}/accept", 1, {"confirm_duplicate": True, "confirm_outside": True})
    assert taken.status_code == 200, taken.text
    assert taken.json["status"] == "accepted"
    if told["nature"] == "place":
        made = officer.get(f"/addresses/{taken.json['address']}").json
        assert (made["status"], made["title"]) == ("draft", told["title"])


def test_of_people_a_suggestion_tells_only_the_group(session, officer):
    people = make_suggestion(session, commune="07645@2022", group="child")
    told = officer.get(f"/suggestions/{people.public_code}").json
    assert (told["nature"], told["group"]) == ("person", "child")
    assert [told[name] for name in ("title", "words", "kind", "lng", "lat")] == [None] * 5
    assert officer.step(f"/suggestions/{people.public_code}/spam", 1).json["status"] == "spam"
