"""Needs, teams, assignments, organisations and accounts over the API: whose, and what of them."""

from datetime import date

import pytest
from sqlalchemy.dialects.postgresql import Range

from mapservice.accounts.models import Role
from tests import office as offices
from tests.factories import make_assignment, make_campaign, make_need, make_place, make_team
from tests.matching_world import days
from tests.programs import program


@pytest.fixture
def union(session):
    return offices.build(session)


@pytest.fixture
def caller(app, session, union):
    """`caller(role)`: a program of that role of the first district."""
    return lambda role: program(app, session, union.account(role))


def names(reply, name="code"):
    assert reply.status_code == 200, reply.text
    return {item[name] for item in reply.json["items"]}


def test_needs_of_people_and_shelters_tell_only_how_urgent(caller, session, union):
    person = union.here.records["person"]
    shelter = make_place(session, commune="07645", sensitive=True)
    place = union.here.records["place"]
    wanted = Range(date(2026, 6, 1), date(2026, 6, 4))
    open_need = make_need(
        session,
        address=place,
        description="Phòng máy",
        wanted_during=wanted,
        campaign_id=make_campaign(session, code="he-2026").id,
    )
    hidden = [make_need(session, address=person), make_need(session, address=shelter)]
    officer = caller(Role.OFFICER)
    for need in hidden:
        told = officer.get(f"/needs/{need.public_code}").json
        assert told["urgency"] == 2 and told["status"] == "published"
        telling = ("category", "title", "quantity", "unit", "skills", "wanted_from", "campaign")
        assert [told[name] for name in telling] == [None] * len(telling)
    told = officer.get(f"/needs/{open_need.public_code}").json
    assert (told["wanted_from"], told["wanted_until"]) == ("2026-06-01", "2026-06-03")
    assert told["campaign"] == "he-2026" and told["address"] == place.public_code
    assert names(officer.get("/needs?category=education")).isdisjoint(n.public_code for n in hidden)
    seen = names(caller(Role.VIEWER).get("/needs"))
    assert open_need.public_code in seen and seen.isdisjoint(n.public_code for n in hidden)
    for need in hidden:
        assert caller(Role.VIEWER).get(f"/needs/{need.public_code}").status_code == 404


def test_needs_are_filtered(caller, union, session):
    officer, need = caller(Role.OFFICER), union.here.records["need"]
    place = union.here.records["place"].public_code
    assert names(officer.get(f"/needs?address={place}")) == {need.public_code}
    assert names(officer.get("/needs?status=published&urgency=2,3")) == {need.public_code}
    assert names(officer.get("/needs?urgency=4")) == set()
    assert names(officer.get("/needs?unit=215@2022")) == set()
    assert officer.get("/needs?urgency=5").status_code == 400


def test_teams_tell_where_they_set_out_only_when_they_say_so(caller, session, union):
    officer, team = caller(Role.OFFICER), union.here.records["team"]
    told = officer.get(f"/teams/{team.public_code}").json
    assert told["lng"] is None and told["lat"] is None and "leader" not in str(told)
    known = make_team(session, base_public=True, skills=["teaching"])
    told = officer.get(f"/teams/{known.public_code}").json
    assert abs(told["lng"] - 106.97) < 0.1 and told["skills"] == ["teaching"]
    assert told["available_during"] is None
    assert names(officer.get("/teams?skill=teaching")) == {known.public_code}
    assert names(officer.get("/teams?verified=true&state=ready,busy&kind=volunteer")) == {
        known.public_code,
        team.public_code,
    }
    assert names(officer.get("/teams?verified=false")) == set()


def test_days_a_team_has_time(caller, session, union):
    team = union.here.records["team"]
    team.available_during = days((date(2026, 6, 1), date(2026, 9, 1)), (date(2027, 1, 1), None))
    session.commit()
    told = caller(Role.OFFICER).get(f"/teams/{team.public_code}").json
    assert told["available_during"] == [
        {"first": "2026-06-01", "last": "2026-08-31"},
        {"first": "2027-01-01", "last": None},
    ]


def test_assignments_of_the_own_territory(caller, session, union):
    here, there = (side.records["assignment"] for side in (union.here, union.there))
    assert names(caller(Role.VIEWER).get("/assignments"), "id") == {str(here.id)}
    assert names(caller(Role.ADMIN).get("/assignments"), "id") == {str(here.id), str(there.id)}
    need = make_need(session, address=union.here.records["person"])
    hidden = make_assignment(session, need=need, team=union.here.records["team"])
    assert names(caller(Role.VIEWER).get("/assignments"), "id") == {str(here.id)}
    officer = caller(Role.OFFICER)
    assert names(officer.get(f"/assignments?need={need.public_code}"), "id") == {str(hidden.id)}
    assert officer.get(f"/assignments/{hidden.id}").json["need"] == need.public_code
    assert officer.get(f"/assignments/{there.id}").status_code == 404


def test_a_leader_does_the_whole_work(caller, session, union):
    leader, own = caller(Role.TEAM_LEADER), union.here.records["assignment"]
    assert names(leader.get("/me/assignments"), "id") == {str(own.id)}
    path = f"/me/assignments/{own.id}"
    accepted = leader.step(f"{path}/accept", 1)
    assert (accepted.status_code, accepted.json["status"]) == (200, "accepted")
    assert accepted.headers["ETag"] == '"2"'
    assert leader.step(f"{path}/start", 1).status_code == 412
    assert leader.step(f"{path}/start", 2).json["status"] == "underway"
    told = {"hours": 12.5, "volunteers": 5, "results": "Dạy xong ba lớp"}
    done = leader.step(f"{path}/done", 3, told)
    assert done.json["status"] == "done" and done.json["hours"] == 12.5
    again = leader.step(f"{path}/done", 4, told)
    assert again.status_code == 409 and again.json["type"] == "/problems/tr_assignment_status"


def test_of_a_protected_need_a_leader_gives_a_code(caller, session, union):
    need = make_need(session, address=union.here.records["person"])
    own = make_assignment(session, need=need, team=union.here.records["team"])
    leader, path = caller(Role.TEAM_LEADER), f"/me/assignments/{own.id}/decline"
    assert leader.step(path, 1, {"reason": "Nhà cô Lan đi vắng"}).status_code == 422
    code = leader.get("/me/reasons").json["reasons"][0]["code"]
    refused = leader.step(path, 1, {"reason": code})
    assert refused.status_code == 200 and refused.json["status_reason"] is None


def test_the_tree_below_is_listed(caller, union):
    officer = caller(Role.OFFICER)
    own = {union.here.district.code, union.here.commune.code}
    assert names(officer.get("/organisations")) == own
    told = officer.get(f"/organisations/{union.here.commune.code}").json
    assert told["parent"] == union.here.district.code and told["units"] == ["07645@2022"]
    assert officer.get(f"/organisations/{union.there.commune.code}").status_code == 404
    assert union.province.code in names(caller(Role.ADMIN).get("/organisations"))


def test_accounts_are_listed_to_those_who_keep_them(caller, union):
    here = {account.login for account in union.here.accounts.values()}
    officer = caller(Role.OFFICER)
    listed = officer.get("/users")
    assert names(listed, "login") >= here and "password" not in listed.text
    elsewhere = {account.login for account in union.there.accounts.values()}
    assert names(listed, "login").isdisjoint(elsewhere)
    assert names(officer.get("/users?role=viewer"), "role") == {"viewer"}
    assert names(officer.get("/users?active=false")) == set()
    viewer = union.here.accounts[Role.VIEWER]
    assert officer.get(f"/users/{viewer.id}").json["login"] == viewer.login
    assert officer.get(f"/users/{union.there.accounts[Role.VIEWER].id}").status_code == 404
    assert caller(Role.REGISTRAR).get("/users").status_code == 403
