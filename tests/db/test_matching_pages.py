"""The pages of proposals, and the command: who sees what, and what a form does."""

import json
from uuid import uuid4

import pytest
from sqlalchemy import text

from mapservice.accounts.models import Role
from mapservice.cli import match
from mapservice.errors import Forbidden, NotFound
from tests import commands
from tests.factories import (
    make_account,
    make_assignment,
    make_need,
    make_person,
    make_team,
)


@pytest.fixture
def pair(session):
    return make_need(session, title="Dạy bơi hè"), make_team(session, name="Đội áo xanh")


@pytest.fixture
def leader(session, sign_in):
    return sign_in(make_account(session, role=Role.TEAM_LEADER))


@pytest.fixture
def proposal(session, leader):
    team = make_team(session, name="Đội áo xanh", leader_id=leader.id)
    need = make_need(session, title="Dạy bơi hè")
    reasons = {"reasons": ["Có đủ kỹ năng: Dạy học."]}
    return make_assignment(session, need=need, team=team, explanation=reasons)


def test_a_leader_sees_the_own_proposals_with_reasons(client, session, proposal):
    make_assignment(session, need=make_need(session, title="Việc của đội khác"))
    page = client.get("/manage/proposals").text
    assert "Dạy bơi hè" in page and "Có đủ kỹ năng: Dạy học." in page
    assert "Việc của đội khác" not in page


def test_a_leader_accepts_starts_and_reports(client, session, proposal):
    path = f"/manage/proposals/{proposal.id}"
    for step, data, words in (
        ("accept", {}, "Đã nhận việc."),
        ("start", {}, "đội đang thực hiện"),
        ("done", {"hours": "12,5", "volunteers": "6", "results": "Vui"}, "Đã gửi báo cáo"),
    ):
        reply = client.post(f"{path}/{step}", data=data)
        assert (reply.status_code, reply.location) == (303, "/manage/proposals")
        assert words in client.get("/manage/proposals").text
    session.refresh(proposal)
    assert (proposal.status, proposal.hours, proposal.volunteers) == ("done", 12.5, 6)


def test_declining_without_a_reason_asks_for_it(client, session, proposal):
    reply = client.post(f"/manage/proposals/{proposal.id}/decline", data={"reason": "  "})
    assert reply.status_code == 422 and "Cần ghi lý do." in reply.text
    reply = client.post(f"/manage/proposals/{proposal.id}/decline", data={"reason": "x" * 501})
    assert reply.status_code == 422 and "x" * 501 in reply.text, "what was typed is kept"
    reply = client.post(f"/manage/proposals/{proposal.id}/decline", data={"reason": "Bận thi\x00"})
    assert reply.status_code == 303
    session.refresh(proposal)
    assert (proposal.status, proposal.status_reason) == ("declined", "Bận thi")


@pytest.mark.parametrize(
    "data",
    [
        {"hours": "", "volunteers": "6"},
        {"hours": "nan", "volunteers": "6"},
        {"hours": "-1", "volunteers": "6"},
        {"hours": "2", "volunteers": "sáu"},
        {"hours": "1e400", "volunteers": "6"},
        {},
    ],
)
def test_a_report_that_cannot_be_is_asked_again(client, session, proposal, data):
    session.execute(text("UPDATE core.assignment SET status = 'accepted'"))
    session.execute(text("UPDATE core.assignment SET status = 'underway'"))
    reply = client.post(f"/manage/proposals/{proposal.id}/done", data=data)
    assert reply.status_code == 422 and 'aria-invalid="true"' in reply.text


def test_a_step_that_is_over_says_so(client, session, proposal):
    session.execute(text("UPDATE core.assignment SET status = 'cancelled'"))
    session.expire_all()
    reply = client.post(f"/manage/proposals/{proposal.id}/accept")
    assert reply.status_code == 409 and "không còn ở trạng thái cho phép" in reply.text


@pytest.mark.parametrize("step", ["accept", "decline", "start", "release", "done"])
def test_anothers_proposal_answers_like_an_unknown_one(client, session, leader, step):
    foreign = make_assignment(session)
    data = {"reason": "x", "hours": "1", "volunteers": "1"}
    replies = [
        client.post(f"/manage/proposals/{assignment}/{step}", data=data)
        for assignment in (foreign.id, uuid4())
    ]
    assert [reply.status_code for reply in replies] == [404, 404]
    assert replies[0].text == replies[1].text
    session.refresh(foreign)
    assert foreign.status == "proposed"


@pytest.mark.parametrize("role", [Role.ADMIN, Role.OFFICER, Role.VIEWER, Role.REGISTRAR])
def test_only_team_leaders_answer(client, session, sign_in, role):
    sign_in(make_account(session, role=role))
    assert client.get("/manage/proposals").status_code == 403
    assert client.post(f"/manage/proposals/{uuid4()}/accept").status_code == 403


def test_of_a_persons_need_a_leader_learns_group_and_commune(client, session, leader):
    person = make_person(session)
    need = make_need(session, address=person, category="housing")
    team = make_team(session, leader_id=leader.id)
    make_assignment(session, need=need, team=team)
    page = client.get("/manage/proposals").text
    assert "Hộ gia đình" in page and "Xã An Lạc" in page and "Nhà ở" not in page
    assert person.public_code not in page and "household" not in page


@pytest.fixture
def for_a_person(session, leader):
    need = make_need(session, address=make_person(session))
    return make_assignment(session, need=need, team=make_team(session, leader_id=leader.id))


def test_of_a_persons_need_a_leader_chooses_a_reason(client, session, for_a_person):
    page = client.get("/manage/proposals").text
    assert '<option value="too_far">Quá xa</option>' in page
    assert "<textarea" not in page
    path = f"/manage/proposals/{for_a_person.id}/decline"
    reply = client.post(path, data={"reason": "Em Mận đi vắng"})
    assert reply.status_code == 422 and "hãy chọn một lý do" in reply.text
    assert "Em Mận" not in reply.text and 'aria-invalid="true"' in reply.text
    assert client.post(path, data={"reason": ""}).status_code == 422
    # A code of a job's is no answer of a leader's.
    assert client.post(path, data={"reason": "consent_withdrawn"}).status_code == 422
    session.refresh(for_a_person)
    assert for_a_person.status == "proposed"
    assert client.post(path, data={"reason": "too_far"}).status_code == 303
    session.refresh(for_a_person)
    assert (for_a_person.status, for_a_person.status_reason) == ("declined", "too_far")
    assert "</strong>: Quá xa" in client.get("/manage/proposals").text


def test_a_refused_report_on_a_person_keeps_its_numbers(client, session, for_a_person):
    session.execute(text("UPDATE core.assignment SET status = 'accepted'"))
    session.execute(text("UPDATE core.assignment SET status = 'underway'"))
    assert 'name="results"' not in client.get("/manage/proposals").text
    path = f"/manage/proposals/{for_a_person.id}/done"
    data = {"hours": "7,5", "volunteers": "3"}
    reply = client.post(path, data=data | {"results": "Gặp em Mận"})
    assert reply.status_code == 422 and 'value="7,5"' in reply.text
    assert "không ghi bằng lời" in reply.text and "Em Mận" not in reply.text
    assert client.post(path, data=data).status_code == 303
    session.refresh(for_a_person)
    assert (for_a_person.status, for_a_person.results) == ("done", None)


@pytest.fixture
def run(monkeypatch, office):
    """`run(*arguments)`: the command, inside the test's transaction."""
    return commands.inside(monkeypatch, match, office)


def test_the_command_answers_as_the_contract_says(run, pair, tmp_path):
    need, team = pair
    file = tmp_path / "problem.json"
    reply = run("--json", "--problem", str(file))
    assert reply.exit_code == 0, reply.output
    found = json.loads(reply.stdout)
    assert set(found) >= {
        "status", "needs", "parts", "teams", "pairs", "certificate", "combined", "proposals",
        "unmet", "districts", "greedy", "seconds",
    }  # fmt: skip
    [proposal] = found["proposals"]
    assert (proposal["need"], proposal["team"]) == (need.public_code, team.public_code)
    assert set(proposal) >= {"km", "travel", "reasons"} and all(proposal["reasons"])
    assert [row["urgency"] for row in found["certificate"]] == [4, 3, 2, 1]
    problem = json.loads(file.read_text(encoding="utf-8"))
    assert problem["needs"] == [
        {
            "need": need.public_code,
            "urgency": 2,
            "parts": 1,
            "group": "220@2022",
            "together": False,
            "joint": None,
        }
    ]
    named = {"team": team.public_code, "places": 1, "skills": [], "people": 10}
    assert problem["teams"] == [named]
    [edge] = problem["pairs"]
    assert set(edge) == {"need", "team", "metres", "travel_metres", "kept"}


def test_the_command_sends_only_when_told(run, session, pair):
    count = text("SELECT count(*) FROM core.assignment")
    assert "thêm --commit" in run().output
    assert session.scalar(count) == 0
    found = json.loads(run("--commit", "--json").stdout)
    assert (found["committed"], found["refused"], session.scalar(count)) == (1, [], 1)


def test_the_command_keeps_a_plan_for_its_page(run, session, pair):
    admin = make_account(session, role=Role.ADMIN)
    found = json.loads(run("--store", admin.login, "--unit", "220@2022", "--json").stdout)
    states = text("SELECT p.status, r.state FROM core.plan AS p JOIN core.plan_pair AS r"
                  " ON r.plan_id = p.id WHERE p.id = CAST(:plan AS uuid)")  # fmt: skip
    assert session.execute(states, {"plan": found["plan"]}).all() == [("draft", "proposed")]
    found = json.loads(run("--store", admin.login, "--commit", "--json").stdout)
    assert found["committed"] == 1
    assert session.execute(states, {"plan": found["plan"]}).all() == [("sent", "sent")]
    viewer = make_account(session, role=Role.VIEWER)
    assert isinstance(run("--store", viewer.login).exception, Forbidden)


def test_the_command_refuses_a_unit_that_is_not_there(run):
    assert isinstance(run("--unit", "99999").exception, NotFound)
