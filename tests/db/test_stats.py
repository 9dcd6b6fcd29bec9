"""Public figures: sums of what is public, of a unit and of the units inside it."""

import json

from tests.factories import SPOT, make_need, make_person, make_place, make_team


def stats(client, **query):
    reply = client.get("/stats.json", query_string=query)
    assert reply.status_code == 200, reply.text
    return json.loads(reply.text)


def test_sums_are_those_of_the_layers(client, session):
    school = make_place(session)
    town = make_place(session, kind="locality", lng=106.2, lat=21.27, commune="07207")
    for urgency, category in ((4, "education"), (2, "education"), (2, "housing")):
        make_need(session, address=school, urgency=urgency, category=category)
    make_need(session, address=town, urgency=4, status="met")
    make_need(session, address=town, status="draft")
    make_team(session)
    make_need(session, address=make_person(session))

    whole = stats(client)
    assert whole["needs"] == {
        "by_status": {"published": 3, "met": 1},
        "by_category": {"education": 3, "housing": 1},
        "by_urgency": {"2": 2, "4": 2},
        "total": 4,
        "open": 3,
        "urgent": 1,
    }
    assert whole["places"] == {"by_kind": {"school": 1, "locality": 1}, "total": 2}
    assert whole["teams"]["total"] == 1
    assert whole["people"] == {"at_least": None, "by_group": {}}
    parts = {part["code"]: part for part in whole["parts"]}
    assert len(parts) == 10 and sum(part["needs"] for part in parts.values()) == 4
    counted = {"needs": 3, "urgent": 1, "places": 1, "teams": 1}
    assert [part["urgent"] for part in parts.values() if part["needs"]] == [0, 1]
    assert parts["220@2022"] == {"code": "220@2022", "name": "Huyện Sơn Động"} | counted

    inside = stats(client, unit="220@2022")
    west, south, east, north = inside["unit"]["bounds"]
    assert west < SPOT[0] < east and south < SPOT[1] < north
    assert inside["needs"]["total"] == 3 and inside["unit"]["name"] == "Huyện Sơn Động"
    assert sum(part["needs"] for part in inside["parts"]) == 3
    assert stats(client, unit="07645@2022")["parts"] == []


def test_what_is_unknown_is_refused(client):
    assert client.get("/stats.json?x=1").status_code == 400
    assert client.get("/stats.json?unit=no!").status_code == 400
    assert client.get("/stats.json?unit=99999").status_code == 404
    assert client.get("/stats?unit=99999").status_code == 404


def test_the_page_says_the_same(client, session):
    make_need(session, urgency=4)
    page = client.get("/stats?utm_source=zalo").text
    assert "Huyện Sơn Động" in page and "Khẩn cấp" in page
    empty = client.get("/stats?unit=213@2022").text
    assert "Chưa có gì được công bố ở đây" in empty
