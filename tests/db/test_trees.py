"""The whole way of a record and a team, in the tree with districts and in the one without.

Since 1/7/2025 the state has none: a province's union may stand right above those of communes.
"""

import re
from dataclasses import dataclass

import pytest
from sqlalchemy import text

from mapservice.accounts.models import OrganisationLevel, OrganisationUnit, Role, UserAccount
from mapservice.needs import freshness
from mapservice.registration.api import NEED, PERSON, PLACE
from mapservice.teams.models import Team
from tests import office as offices
from tests.factories import make_account, make_organisation, unit_id
from tests.programs import program

WHENEVER = {name: value for name, value in NEED.items() if not name.startswith("wanted")}
TODAY = "2025-07-01"
# "Huyện Sơn Động" is a name; these are words about people and offices.
DISTRICT_WORDS = re.compile("(cán bộ|cấp|đoàn|của) huyện|huyện đoàn", re.IGNORECASE)


@dataclass
class Tree:
    """Who works at the foot of a tree: `commune` names their unit, `unit` the officer's."""

    registrar: UserAccount
    officer: UserAccount
    leader: UserAccount
    commune: str
    unit: str


@pytest.fixture(params=["province, district, commune", "province, commune"])
def tree(request, session):
    province = make_organisation(session)
    districts = "district" in request.param
    home = province
    if districts:
        home = _below(session, province, OrganisationLevel.DISTRICT, unit_id(session, "220"))
    unit = unit_id(session, "07645") if districts else unit_id(session, "07654", TODAY)
    commune = _below(session, home, OrganisationLevel.COMMUNE, unit)
    officers = home if districts else commune
    return Tree(
        registrar=make_account(session, organisation=commune, role=Role.REGISTRAR),
        officer=make_account(session, organisation=officers, role=Role.OFFICER),
        leader=make_account(session, organisation=commune, role=Role.TEAM_LEADER),
        commune="07645@2022" if districts else "07654",
        unit="220@2022" if districts else "07654",
    )


def _below(session, parent, level, unit):
    made = make_organisation(session, level=level, parent_id=parent.id)
    session.add(OrganisationUnit(organisation_id=made.id, unit_id=unit))
    session.flush()
    return made


@pytest.fixture
def programs(app, session, tree):
    """Of the registrar, the officer and the leader."""
    return [program(app, session, one) for one in (tree.registrar, tree.officer, tree.leader)]


def taken(reply, status):
    """The version after a step that led to this status."""
    assert reply.status_code == 200, reply.text
    assert reply.json["status"] == status
    return reply.json["version"]


def register(registrar, officer, tree) -> tuple[str, list[str]]:
    """A place on the map with two needs: registered, returned, mended, verified, published."""
    made = registrar.post("/addresses/places", PLACE | {"commune": tree.commune})
    assert made.status_code == 201, made.text
    path = f"/addresses/{made.json['code']}"
    needs = [registrar.post(f"{path}/needs", WHENEVER | {"parts": 1}) for _ in range(2)]
    seen = registrar.get(path).json["version"]
    seen = taken(registrar.step(f"{path}/submit", seen), "submitted")
    seen = taken(officer.step(f"{path}/return", seen, {"reason": "Thiếu số lượng"}), "returned")
    seen = taken(registrar.step(f"{path}/reopen", seen), "draft")
    seen = taken(registrar.step(f"{path}/submit", seen), "submitted")
    seen = taken(officer.step(f"{path}/verify", seen), "verified")
    seen = taken(officer.step(f"{path}/publish", seen), "published")
    taken(officer.step(f"{path}/reassure", seen), "published")
    return made.json["code"], [need.json["code"] for need in needs]


def form_team(registrar, officer, session, tree) -> str:
    """A verified team near by, led by the leader."""
    team = {
        "kind": "volunteer",
        "name": "Đội xã An Lạc",
        "commune": tree.commune,
        "people": 12,
        "max_concurrent": 2,
        "radius_km": 25,
    }
    made = registrar.post("/teams", team)
    assert made.status_code == 201, made.text
    code = made.json["code"]
    # Who leads is told on the office's page, where consent is asked for.
    session.query(Team).filter_by(public_code=code).update({"leader_id": tree.leader.id})
    session.commit()
    verified = officer.step(f"/teams/{code}/verify", made.json["version"])
    assert verified.status_code == 200 and verified.json["verified"]
    return code


def test_the_whole_way_in_either_tree(client, session, tree, programs):
    registrar, officer, leader = programs
    place, (first, second) = register(registrar, officer, tree)
    team = form_team(registrar, officer, session, tree)
    offices.enter(client, tree.officer)
    made = client.post("/manage/matching", data={"unit": tree.unit}).location
    chosen = {"version": 2, "pair": [f"{need}-{team}" for need in (first, second)]}
    assert client.post(f"{made}/send", data=chosen).status_code == 303
    asked = {one["need"]: one for one in leader.get("/me/assignments").json["items"]}
    assert asked.keys() == {first, second}
    seen, path = asked[first]["version"], f"/me/assignments/{asked[first]['id']}"
    seen = taken(leader.step(f"{path}/accept", seen), "accepted")
    assert officer.get(f"/needs/{first}").json["status"] == "matched"
    seen = taken(leader.step(f"{path}/start", seen), "underway")
    seen = taken(leader.step(f"{path}/done", seen, {"hours": 12, "volunteers": 4}), "done")
    taken(officer.step(f"/assignments/{asked[first]['id']}/confirm", seen), "confirmed")
    assert officer.get(f"/needs/{first}").json["status"] == "met"
    other = f"/me/assignments/{asked[second]['id']}"
    taken(leader.step(f"{other}/accept", asked[second]["version"]), "accepted")

    seen = officer.get(f"/addresses/{place}").json["version"]
    gone = officer.step(f"/addresses/{place}/withdraw", seen, {"reason": "Không còn cần"})
    taken(gone, "withdrawn")
    assert leader.get(other).json["status"] == "cancelled"
    assert {officer.get(f"/needs/{need}").json["status"] for need in (first, second)} == {
        "withdrawn"
    }
    assert client.get(f"/places/{place}").status_code == 404
    steps = text("""SELECT count(*) FROM core.audit_event AS e JOIN core.address AS a
        ON a.id = e.record_id WHERE a.public_code = :code AND e.action = 'status'""")
    assert session.scalar(steps, {"code": place}) == 7


def test_a_persons_way_in_either_tree(tree, programs):
    registrar, officer, _leader = programs
    made = registrar.post("/addresses/persons", PERSON | {"commune": tree.commune})
    assert made.status_code == 201, made.text
    path = f"/addresses/{made.json['code']}"
    assert registrar.post(f"{path}/needs", {"category": "health", "urgency": 3}).status_code == 201
    seen = taken(registrar.step(f"{path}/submit", registrar.get(path).json["version"]), "submitted")
    assert registrar.step(f"{path}/verify", seen).status_code == 403
    seen = taken(officer.step(f"{path}/verify", seen), "verified")
    seen = taken(officer.step(f"{path}/publish", seen), "published")
    taken(officer.step(f"{path}/withdraw", seen, {"reason": "moved_away"}), "withdrawn")


def test_what_is_rejected_and_what_expires_in_either_tree(session, tree, programs):
    registrar, officer, _leader = programs
    made = registrar.post("/addresses/places", PLACE | {"commune": tree.commune}).json
    path = f"/addresses/{made['code']}"
    assert registrar.post(f"{path}/needs", WHENEVER).status_code == 201
    seen = taken(registrar.step(f"{path}/submit", registrar.get(path).json["version"]), "submitted")
    taken(officer.step(f"{path}/reject", seen, {"reason": "Không có thật"}), "rejected")

    place, _ = register(registrar, officer, tree)
    session.execute(
        text("UPDATE core.address SET assured_until = now() - interval '1 day'"
             " WHERE public_code = :code"), {"code": place}
    )  # fmt: skip
    freshness.expire_unassured(session)
    session.commit()
    seen = officer.get(f"/addresses/{place}").json
    assert seen["status"] == "expired"
    taken(officer.step(f"/addresses/{place}/reassure", seen["version"]), "published")


def test_a_need_is_claimed_and_given_back_in_either_tree(client, session, tree, programs):
    registrar, officer, leader = programs
    _place, (need, _) = register(registrar, officer, tree)
    team = form_team(registrar, officer, session, tree)
    near = {one["need"]: one for one in leader.get(f"/me/teams/{team}/needs").json["needs"]}
    assert (near[need]["why"], near[need]["free"]) == ("fits", 1)
    claimed = leader.post("/me/assignments", {"team": team, "need": need})
    assert claimed.status_code == 201, claimed.text
    path = f"/me/assignments/{claimed.json['id']}"
    released = leader.step(f"{path}/release", claimed.json["version"], {"reason": "Đội bận thi"})
    assert released.status_code == 200, released.text
    assert officer.get(f"/needs/{need}").json["status"] == "published"


@pytest.mark.parametrize("tree", ["province, commune"], indirect=True)
def test_no_page_speaks_of_districts_where_there_are_none(client, session, tree, programs):
    """The names of units of the former era may; roles, steps and hints may not."""
    registrar, officer, _leader = programs
    place, _ = register(registrar, officer, tree)
    offices.enter(client, tree.officer)
    pages = ["", "addresses", "needs", "review", "teams", "teams/new", "matching", "inbox", "users",
             "users/invite", "account", "addresses/new", f"addresses/{place}",
             f"addresses/{place}/edit"]  # fmt: skip
    for page in pages:
        reply = client.get(f"/manage/{page}", follow_redirects=True)
        assert reply.status_code == 200, page
        assert not DISTRICT_WORDS.search(reply.text), (page, DISTRICT_WORDS.search(reply.text))
