"""The whole way of a record and a team, in the tree with districts and in the one without.

Since 1/7/2025 the state has none: a province's union may stand right above those of communes.
"""

from dataclasses import dataclass

import pytest
from sqlalchemy import text

from mapservice.accounts.models import OrganisationLevel, OrganisationUnit, Role, UserAccount
from mapservice.registration.api import NEED, PLACE
from mapservice.teams.models import Team
from tests import office as offices
from tests.factories import make_account, make_organisation, unit_id
from tests.programs import program

WHENEVER = {name: value for name, value in NEED.items() if not name.startswith("wanted")}
TODAY = "2025-07-01"


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
