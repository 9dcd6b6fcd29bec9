"""Teams as the office keeps them: registered, verified, changed side by side, suspended."""

import html
import re
from datetime import date

import pytest
from sqlalchemy import text

from mapservice.accounts.models import Organisation, Role
from mapservice.teams import windows
from mapservice.teams.windows import Window
from tests import office
from tests.db.test_registration_pages import values_of
from tests.factories import make_account, make_assignment, make_need, make_person, make_team

FORM = {
    "name": "Đội áo xanh An Lạc",
    "kind": "volunteer",
    "commune": "07645@2022",
    "people": "12",
    "max_concurrent": "2",
    "vehicles": "1",
    "radius_km": "12,5",
    "skills": ["teaching", "driving"],
    "languages": ["vi", "tyz"],
    "state": "ready",
}


@pytest.fixture
def world(session):
    return office.build(session)


@pytest.fixture
def form(world):
    return FORM | {"organisation": world.here.district.code}


def the_team(session, name=FORM["name"]):
    row = session.execute(text("SELECT * FROM core.team WHERE name = :name"), {"name": name})
    return row.mappings().one()


def trail(session, record):
    found = text("SELECT action FROM core.audit_event WHERE record_id = :id ORDER BY id")
    return list(session.scalars(found, {"id": record}))


def test_a_registrar_registers_and_an_officer_verifies(client, sign_in, session, world, form):
    registrar = world.here.accounts[Role.REGISTRAR]
    sign_in(registrar)
    mine = form | {"organisation": world.here.commune.code}
    reply = client.post("/manage/teams/new", data=mine)
    assert reply.status_code == 303, reply.text
    team = the_team(session)
    assert reply.location == f"/manage/teams/{team['public_code']}"
    assert (team["verified"], team["people"], float(team["radius_km"])) == (False, 12, 12.5)
    page = client.get(reply.location)
    assert "Chờ xác minh" in page.text and "Xác minh đội" not in page.text
    assert client.post(f"{reply.location}/verify").status_code == 403
    sign_in(world.here.accounts[Role.OFFICER])
    assert "Xác minh đội" in client.get(reply.location).text
    assert client.post(f"{reply.location}/verify").status_code == 303
    team = the_team(session)
    assert team["verified"] and team["verified_by"] == world.here.accounts[Role.OFFICER].id
    assert trail(session, team["id"]) == ["team_registered", "team_verified"]
    assert client.post(f"{reply.location}/unverify").status_code == 303
    assert not the_team(session)["verified"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"commune": "07282@2022"}, "commune"),
        ({"commune": "220@2022"}, "commune"),
        ({"commune": "x"}, "commune"),
        ({"organisation": "KHONG-CO"}, "organisation"),
        ({"people": "0"}, "people"),
        ({"max_concurrent": "101"}, "max_concurrent"),
        ({"radius_km": "501"}, "radius_km"),
        ({"name": "ab"}, "name"),
        ({"kind": "army"}, "kind"),
        ({"skills": ["flying"]}, "skills"),
        ({"state": "suspended"}, "state"),
        ({"position": "106.9693, 21.3282"}, "position"),
        ({"position": "21.9, 106.0"}, "position"),
        ({"from_1": "2026-08-01", "until_1": "2026-07-01"}, "until_1"),
        ({"leader_name": "Lê Văn Mẫu"}, "contact_consent"),
        ({"leader_phone": "0912345678", "contact_consent": "true"}, "leader_name"),
        ({"leader": "nobody@demo.invalid"}, "leader"),
        ({"verified": "true"}, "verified"),
        ({"organisation_id": "1"}, "organisation_id"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_nothing_is_lost(
    client, sign_in, session, world, form, change, field
):
    sign_in(world.here.accounts[Role.OFFICER])
    reply = client.post("/manage/teams/new", data=form | change)
    assert reply.status_code == 422
    assert f'href="#{field}"' in reply.text
    assert "Đội áo xanh An Lạc" in reply.text or field == "name"
    found = text("SELECT count(*) FROM core.team WHERE name = :name")
    assert session.scalar(found, {"name": FORM["name"]}) == 0


def test_several_windows_are_kept_and_shown(client, sign_in, session, world, form):
    sign_in(world.here.accounts[Role.OFFICER])
    days = {"from_1": "2026-06-01", "until_1": "2026-08-31", "from_3": "2027-01-01"}
    reply = client.post("/manage/teams/new", data=form | days)
    page = client.get(reply.location).text
    assert "31/08/2026" in page and "01/01/2027" in page
    edit = client.get(f"{reply.location}/edit").text
    assert 'value="2026-08-31"' in edit and 'value="2027-01-01"' in edit


@pytest.mark.parametrize(
    "kept",
    [
        [],
        [Window(date(2026, 1, 1), date(2026, 1, 1))],
        [Window(None, date(2026, 1, 1)), Window(date(2026, 3, 1), None)],
    ],
)
def test_windows_come_back_as_they_were_written(session, kept):
    team = make_team(session, available_during=windows.write(kept))
    assert windows.read(team.available_during) == kept


def versions(page) -> dict[str, tuple[str, str, str]]:
    """(mine, theirs, what is proposed) by the words of each field that two people changed."""
    found = {}
    for field in re.findall(r'<fieldset class="conflict-field".*?</fieldset>', page.text, re.S):
        mine, theirs = map(
            html.unescape, re.findall(r'class="version-text">(.*?)</span>', field, re.S)
        )
        chosen = re.search(r'value="(\w+)" checked', field)
        words = html.unescape(re.search(r"<legend>(.*?)</legend>", field)[1])
        found[words] = (mine, theirs, chosen[1] if chosen else "both")
    return found


def test_the_second_saver_sees_both_versions_and_loses_nothing(
    client, sign_in, session, world, form
):
    sign_in(world.here.accounts[Role.OFFICER])
    path = client.post("/manage/teams/new", data=form).location
    seen = values_of(client.get(f"{path}/edit"))["seen"]
    first = form | {"version": "1", "people": "20", "vehicles": "3"}
    mine = {"people": "15", "name": "Đội áo xanh mới"}
    second = form | {"version": "1", "seen": seen, "kind": "medical"} | mine
    assert client.post(f"{path}/edit", data=first).status_code == 303
    reply = client.post(f"{path}/edit", data=second)
    assert reply.status_code == 409
    assert versions(reply) == {
        "Số người": ("15", "20", "both"),
        "Tên đội": ("Đội áo xanh mới", "Đội áo xanh An Lạc", "mine"),
        "Số xe": ("1", "3", "theirs"),
        "Loại đội": ("Đội y, bác sĩ trẻ tình nguyện", "Đội thanh niên tình nguyện", "mine"),
    }
    officer = world.here.accounts[Role.OFFICER]
    assert f"<strong>{html.escape(officer.name)} vừa lưu" in reply.text
    assert the_team(session)["people"] == 20
    assert 'value="Đội áo xanh mới"' in reply.text and 'name="version" value="2"' in reply.text
    again = second | {"version": "2", "take-name": "mine", "take-vehicles": "theirs"}
    asked = client.post(f"{path}/edit", data=again | {"clash": "people"})
    assert asked.status_code == 409 and the_team(session)["people"] == 20
    chosen = again | {"clash": "people", "take-people": "mine"}
    assert client.post(f"{path}/edit", data=chosen).status_code == 303
    kept = the_team(session, "Đội áo xanh mới")
    assert (kept["people"], kept["vehicles"]) == (15, 3)


@pytest.mark.parametrize(("act", "people"), [("mine", 15), ("theirs", 20)])
def test_all_of_one_version_of_a_team_can_be_taken(
    client, sign_in, session, world, form, act, people
):
    sign_in(world.here.accounts[Role.OFFICER])
    path = client.post("/manage/teams/new", data=form).location
    client.post(f"{path}/edit", data=form | {"version": "1", "people": "20"})
    mine = form | {"version": "2", "people": "15", "take-people": "theirs", "act": act}
    assert client.post(f"{path}/edit", data=mine).status_code == 303
    assert the_team(session)["people"] == people


def test_who_serves_a_part_changes_a_team_without_taking_it_or_its_leader(
    client, sign_in, session, world
):
    """A commune's registrar may change the district's team, whose leader no list here holds."""
    team, registrar = world.here.records["team"], world.here.accounts[Role.REGISTRAR]
    sign_in(registrar)
    path = f"/manage/teams/{team.public_code}/edit"
    page = client.get(path)
    assert html.escape(world.here.district.name) in page.text
    given = values_of(page) | {"people": "31"}
    assert "organisation" not in given and "leader" not in given
    assert client.post(path, data=given | {"leader": ""}).status_code == 303
    session.expire_all()
    assert team.people == 31 and team.organisation_id == world.here.district.id
    assert team.leader_id == world.here.accounts[Role.TEAM_LEADER].id and team.verified


def test_two_contacts_of_a_leader_are_chosen_between_unseen(client, sign_in, session, world, form):
    sign_in(world.here.accounts[Role.OFFICER])
    path = client.post("/manage/teams/new", data=form).location
    seen = values_of(client.get(f"{path}/edit"))["seen"]
    contact = {"contact_consent": "true", "version": "1", "seen": seen}
    first = form | contact | {"leader_name": "Trần Thị Mẫu"}
    assert client.post(f"{path}/edit", data=first).status_code == 303
    second = form | contact | {"leader_name": "Lê Văn Thử"}
    reply = client.post(f"{path}/edit", data=second)
    assert reply.status_code == 409 and "Trần Thị Mẫu" not in reply.text
    ((mine, _, choice),) = versions(reply).values()
    assert (mine, choice) == ("Lê Văn Thử", "both")
    version = re.search(r'name="version" value="(\d+)"', reply.text)[1]
    kept = second | {"version": version, "clash": "leader_name", "take-leader_name": "theirs"}
    assert client.post(f"{path}/edit", data=kept).status_code == 303
    shown = client.post(f"{path}/contact", data={"reason": "call"}).text
    assert "Trần Thị Mẫu" in shown and "Lê Văn Thử" not in shown


def test_an_untouched_form_changes_nothing(client, sign_in, session, world, form):
    sign_in(world.here.accounts[Role.OFFICER])
    path = client.post("/manage/teams/new", data=form).location
    assert client.post(f"{path}/edit", data=form | {"version": "1"}).status_code == 303
    team = the_team(session)
    assert team["version"] == 1 and trail(session, team["id"]) == ["team_registered"]


def test_a_registrars_change_of_skills_asks_the_officer_again(
    client, sign_in, session, world, form
):
    sign_in(world.here.accounts[Role.OFFICER])
    path = client.post("/manage/teams/new", data=form).location
    client.post(f"{path}/verify")
    sign_in(world.here.accounts[Role.REGISTRAR])
    mine = form | {"organisation": world.here.commune.code, "version": "2"}
    assert client.post(f"{path}/edit", data=mine).status_code == 303
    assert not the_team(session)["to_recheck"]
    told = mine | {"version": "3", "skills": ["medical"]}
    assert client.post(f"{path}/edit", data=told).status_code == 303
    team = the_team(session)
    assert team["to_recheck"] and team["verified"]
    sign_in(world.here.accounts[Role.OFFICER])
    assert "Xác minh lại" in client.get(path).text
    client.post(f"{path}/verify")
    assert not the_team(session)["to_recheck"]


def test_the_leaders_contact_is_sealed_shown_on_demand_and_recorded(
    client, sign_in, session, world, form
):
    sign_in(world.here.accounts[Role.OFFICER])
    contact = {
        "leader_name": "Lê Văn Mẫu",
        "leader_phone": "0912 345 678",
        "contact_consent": "true",
    }
    path = client.post("/manage/teams/new", data=form | contact).location
    team = the_team(session)
    assert team["contact_consent_by"] == world.here.accounts[Role.OFFICER].id
    sealed = session.execute(text("SELECT name, phone FROM private.team_contact")).one()
    assert b"Mau" not in bytes(sealed.name) and sealed.phone
    for shown in (path, f"{path}/edit"):
        page = client.get(shown).text
        assert "Lê Văn Mẫu" not in page and "345" not in page
    page = client.post(f"{path}/contact").text
    assert "Lê Văn Mẫu" in page and "+84912345678" in page
    assert "reveal" in trail(session, team["id"])
    sign_in(world.admin)
    reply = client.post(f"{path}/contact")
    assert reply.status_code == 422 and "Chọn lý do xem" in reply.text
    reply = client.post(f"{path}/contact", data={"reason": "call"})
    assert "Lê Văn Mẫu" in reply.text
    sign_in(world.here.accounts[Role.VIEWER])
    assert client.post(f"{path}/contact").status_code == 403


def test_empty_contact_fields_keep_what_is_sealed(client, sign_in, session, world, form):
    sign_in(world.here.accounts[Role.OFFICER])
    contact = {"leader_name": "Lê Văn Mẫu", "contact_consent": "true"}
    path = client.post("/manage/teams/new", data=form | contact).location
    client.post(f"{path}/edit", data=form | {"version": "1", "people": "9"})
    assert "Lê Văn Mẫu" in client.post(f"{path}/contact").text


def test_a_suspended_team_gives_back_what_it_holds(client, sign_in, session, world):
    sign_in(world.here.accounts[Role.OFFICER])
    leader = world.here.accounts[Role.TEAM_LEADER]
    team = make_team(
        session, organisation_id=world.here.district.id, leader_id=leader.id, max_concurrent=3
    )
    place = make_assignment(session, team=team, status="accepted")
    asked = make_assignment(session, need=make_need(session), team=team)
    person = make_need(session, address=make_person(session))
    visit = make_assignment(session, need=person, team=team, status="accepted")
    path = f"/manage/teams/{team.public_code}"
    assert client.post(f"{path}/suspend").status_code == 422
    reply = client.post(f"{path}/suspend", data={"reason": "inactive"})
    assert reply.status_code == 303
    for each in (place, asked, visit):
        session.refresh(each)
        assert (each.status, each.status_reason) == ("cancelled", "plan_changed")
    session.refresh(person)
    assert person.status == "published"
    page = client.get(path).text
    assert "Không còn hoạt động" in page.lower() or "không còn hoạt động" in page
    assert client.post(f"{path}/suspend", data={"reason": "other"}).status_code == 409
    assert client.post(f"{path}/resume").status_code == 303
    session.refresh(team)
    assert (team.state, team.suspension_reason) == ("resting", None)


def test_teams_of_elsewhere_look_unknown(client, sign_in, session, world, form):
    sign_in(world.here.accounts[Role.OFFICER])
    there = world.there.records["team"].public_code
    for path in ("", "/edit"):
        foreign = client.get(f"/manage/teams/{there}{path}")
        unknown = client.get(f"/manage/teams/ZZZZZZZZ{path}")
        assert foreign.status_code == unknown.status_code == 404
        assert foreign.text.replace(there, "") == unknown.text.replace("ZZZZZZZZ", "")
    bad = client.post(f"/manage/teams/{there}/edit", data={"name": "x"})
    assert bad.status_code == 404


def test_of_a_person_elsewhere_the_teams_page_tells_nothing(client, sign_in, session, world):
    team = world.here.records["team"]
    there = make_need(session, address=world.there.records["person"], category="health")
    make_assignment(session, need=there, team=team, status="accepted")
    sign_in(world.here.accounts[Role.OFFICER])
    page = client.get(f"/manage/teams/{team.public_code}").text
    assert "Người dân ở địa bàn khác" in page
    assert "Chăm sóc sức khỏe" not in page and world.there.records["person"].public_code not in page


def test_a_viewer_reads_of_a_team_nothing_of_people(client, sign_in, session, world):
    team, leader = world.here.records["team"], world.here.accounts[Role.TEAM_LEADER]
    leader.name = "Lý Đội Trưởng"
    person = make_person(session, person_kind="elderly")
    make_assignment(session, need=make_need(session, address=person), team=team)
    session.flush()
    page = f"/manage/teams/{team.public_code}"
    told = ("Người cao tuổi", leader.name, leader.login)
    sign_in(world.here.accounts[Role.VIEWER])
    seen = client.get(page).text
    assert team.name in seen and not [words for words in told if words in seen]
    assert f"/manage/assignments/{world.here.records['assignment'].id}" in seen
    sign_in(world.here.accounts[Role.OFFICER])
    seen = client.get(page).text
    assert all(words in seen for words in told)


def test_the_leaders_account_comes_from_the_own_organisations(
    client, sign_in, session, world, form
):
    sign_in(world.here.accounts[Role.OFFICER])
    mine, theirs = (s.accounts[Role.TEAM_LEADER] for s in (world.here, world.there))
    page = client.get("/manage/teams/new").text
    assert mine.login in page and theirs.login not in page
    reply = client.post("/manage/teams/new", data=form | {"leader": theirs.login})
    assert reply.status_code == 422 and 'href="#leader"' in reply.text
    assert client.post("/manage/teams/new", data=form | {"leader": mine.login}).status_code == 303
    assert the_team(session)["leader_id"] == mine.id


def test_a_team_without_a_leader_leads_to_an_invitation(client, sign_in, session, world):
    team = make_team(session, organisation_id=world.here.district.id)
    sign_in(world.here.accounts[Role.OFFICER])
    page = client.get(f"/manage/teams/{team.public_code}").text
    link = re.search(r'href="(/manage/users/invite[^"]*)"', page)[1].replace("&amp;", "&")
    form = client.get(link).text
    assert re.search(rf'value="{world.here.district.id}"\s+selected', form)
    assert re.search(r'value="team_leader"\s+selected', form)


def test_a_registrar_gives_a_verified_team_to_no_other_leader(client, sign_in, session, world):
    """Whoever leads it is told whom it visits: that is for who answers for the team."""
    team = world.here.records["team"]
    registrar = sign_in(world.here.accounts[Role.REGISTRAR])
    home = session.get(Organisation, registrar.organisation_id)
    other = make_account(session, organisation=home, role=Role.TEAM_LEADER)
    given = values_of(client.get(f"/manage/teams/{team.public_code}/edit")) | {
        "leader": other.login
    }
    reply = client.post(f"/manage/teams/{team.public_code}/edit", data=given)
    assert reply.status_code == 409 and "nhờ cán bộ phụ trách đổi đội trưởng" in reply.text
    sign_in(world.here.accounts[Role.OFFICER])
    reply = client.post(f"/manage/teams/{team.public_code}/edit", data=given)
    assert reply.status_code == 303


def test_an_officer_vouches_for_the_team_that_was_seen(client, sign_in, session, world, form):
    sign_in(world.here.accounts[Role.OFFICER])
    path = client.post("/manage/teams/new", data=form).location
    seen = {"version": "1"}
    assert 'name="version" value="1"' in client.get(path).text
    client.post(f"{path}/edit", data=form | seen | {"people": "40"})
    reply = client.post(f"{path}/verify", data=seen)
    assert reply.status_code == 409 and not the_team(session)["verified"]
    assert client.post(f"{path}/verify", data={"version": "x"}).status_code == 422
    assert client.post(f"{path}/verify", data={"version": "2"}).status_code == 303
    assert the_team(session)["verified"]
