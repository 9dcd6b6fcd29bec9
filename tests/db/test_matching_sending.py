"""A plan goes out: as it was explained, whole, in part and in pieces; what could not is told."""

import re
from threading import Event

import pytest
from sqlalchemy import text

from mapservice.accounts import rights
from mapservice.accounts.models import Role
from mapservice.errors import Conflict
from mapservice.matching import (
    changes,
    dispatching,
    making,
    plan_documents,
    plan_pages,
    plans,
    sending,
    service,
)
from mapservice.matching.models import PlanStatus
from tests.db.test_matching_stored import held, ticked
from tests.factories import SPOT, make_account, make_need, make_team
from tests.races import at_once, waiting


@pytest.fixture
def admin(session):
    return rights.actor(session, make_account(session, role=Role.ADMIN))


def test_what_was_deleted_since_is_told_and_a_plan_of_nothing_sent_is_a_draft(session, admin):
    """The one need is erased, the other's team is gone; that need waits for a team again."""
    needs = [make_need(session, skills=[skill]) for skill in ("medical", "teaching")]
    teams = [make_team(session, skills=[skill]) for skill in ("medical", "teaching")]
    plan = plans.ask(session, admin, [])
    session.execute(text("DELETE FROM core.need WHERE id = :id"), {"id": needs[0].id})
    session.execute(text("DELETE FROM core.team WHERE id = :id"), {"id": teams[1].id})
    committed = dispatching.send(session, admin, plan.id, plan.version)
    assert committed.sent == [] and plan.status is PlanStatus.DRAFT and plan.sent_at is None
    told = {(refused.need, refused.team): refused.reason for refused in committed.refused}
    assert told == {
        (needs[0].public_code, teams[0].public_code): "Nhu cầu này không còn trong hệ thống.",
        (needs[1].public_code, teams[1].public_code): "Đội này không còn trong hệ thống.",
    }
    page = plan_pages.view(session, plan)
    assert {(line["need"], line["team"]): line["refusal"] for line in page.refused} == told
    assert teams[1].name in {line["team_name"] for line in page.refused}
    [left] = page.unmet
    assert (left["need"], left["reason"]) == (
        needs[1].public_code,
        "Đội này không còn trong hệ thống.",
    )
    kept = "SELECT explanation, metres, group_key FROM core.plan_pair WHERE need_id IS NULL"
    assert session.execute(text(kept)).all() == [({}, 0, "")]


def test_the_page_says_that_nothing_could_be_sent(client, sign_in, session):
    sign_in(make_account(session, role=Role.ADMIN))
    make_need(session)
    team = make_team(session)
    path = client.post("/manage/matching", data={}).location
    page = client.get(path)
    session.execute(text("DELETE FROM core.team WHERE id = :id"), {"id": team.id})
    client.post(f"{path}/send", data={"version": 2, "pair": ticked(page)})
    after = client.get(path).text
    assert "Đã gửi" not in after and "1 đề nghị không gửi được" in after
    assert "Bản nháp" in after and "Đội này không còn trong hệ thống." in after
    told = client.get(path.replace("/manage/", "/api/v1/")).json
    assert [gone["team"] for gone in told["gone"]] == [team.public_code]
    assert (told["status"], told["pairs"]) == ("draft", [])


def test_a_plan_tells_what_its_teams_answered(client, sign_in, session):
    """One takes it, one declines, one has not looked; each line leads to its assignment."""
    account = make_account(session, role=Role.ADMIN)
    sign_in(account)
    leader = make_account(session, role=Role.TEAM_LEADER)
    skills = ("medical", "teaching", "construction")
    needs = [make_need(session, skills=[skill]) for skill in skills]
    for skill in skills:
        make_team(session, skills=[skill], leader_id=leader.id)
    admin = rights.actor(session, account)
    plan = plans.ask(session, admin, [])
    assert "Trả lời của các đội" not in client.get(f"/manage/plans/{plan.id}").text
    dispatching.send(session, admin, plan.id, plan.version)
    asked = {row["need"]: row["assignment"] for row in plans.pairs(session, plan)}
    took, refused, silent = (asked[need.public_code] for need in needs)
    service.accept(session, leader.id, took)
    service.decline(session, leader.id, refused, "Đội đang thi")
    page = client.get(f"/manage/plans/{plan.id}").text
    for told in ("đã nhận 1<", "chờ trả lời 1 (1 chưa xem)", "quá hạn hoặc trả lại 1<"):
        assert told in page
    lines = dict(re.findall(r'href="/manage/assignments/([^"]+)">([^<]+)<', page))
    assert lines == {
        str(took): "đã nhận", str(refused): "đã từ chối", str(silent): "đã gửi, chưa xem",
    }  # fmt: skip
    told = client.get(f"/api/v1/plans/{plan.id}").json["pairs"]
    assert {pair["assignment"]: pair["answer"] for pair in told} == {
        str(took): "accepted", str(refused): "declined", str(silent): "proposed",
    }  # fmt: skip


@pytest.mark.parametrize("order", [0, 1])
def test_what_is_sent_in_part_says_what_the_plan_said(session, admin, order):
    """Two needs and one near team, which the urgent one gets: the other's words name that, also
    when it goes out alone."""
    urgent = make_need(session, urgency=4, skills=["medical"])
    calm = make_need(session, urgency=1)
    make_team(session, name="Đội gần", skills=["medical"])
    far = make_team(session, lat=SPOT[1] + 0.05, radius_km=30)
    plan = plans.ask(session, admin, [])
    said = {r["need"]: r["explanation"]["reasons"] for r in plans.pairs(session, plan)}
    needs = [calm.public_code, urgent.public_code]
    pairs = {need: (need, team) for need, team in held(session, plan)}
    assert pairs[calm.public_code][1] == far.public_code
    named = "Đội gần gần hơn (0 m) nhưng chỗ trống dành cho nhu cầu khẩn hơn."
    assert named in said[calm.public_code]
    for need in needs[:: -1 if order else 1]:
        dispatching.send(session, admin, plan.id, plan.version, {pairs[need]})
        kept = session.scalar(
            text("""SELECT explanation -> 'reasons' FROM core.assignment AS x
            JOIN core.need AS n ON n.id = x.need_id WHERE n.public_code = :need"""),
            {"need": need},
        )
        assert kept == said[need]


def test_words_of_a_place_are_not_told_once_it_is_kept_from_the_map(session, admin):
    """They name the skill, which tells what somebody needs: on the page, and what leaders get."""
    need = make_need(session, skills=["medical"])
    make_team(session, skills=["medical"])
    plan = plans.ask(session, admin, [])
    assert "Y tế" in str(plan_pages.view(session, plan).pairs)
    hide = text("UPDATE core.address SET sensitive = true WHERE id = :id")
    session.execute(hide, {"id": need.address_id})
    session.execute(text("UPDATE core.team SET radius_km = 50"))
    assert "Y tế" not in str(plan_pages.view(session, plan).pairs)
    assert "Y tế" not in str(plan_documents.record(session, plan)["pairs"])
    assert len(dispatching.send(session, admin, plan.id, plan.version).sent) == 1
    assert "Y tế" not in str(session.scalar(text("SELECT explanation FROM core.assignment")))


def test_a_large_plan_goes_out_in_pieces_by_the_worker_and_all_is_told(session, admin, monkeypatch):
    """Seven pairs, three at a time; one fits no more, one team is gone, two teams come together."""
    monkeypatch.setattr(sending, "PIECE", 3)
    both = make_need(session, urgency=2, parts=2, together=True, skills=["teaching"])
    for _ in range(2):
        make_team(session, skills=["teaching"])
    needs = [make_need(session, urgency=4 - n // 2) for n in range(5)]
    teams = [make_team(session) for _ in range(5)]
    plan = plans.ask(session, admin, [])
    pairs = held(session, plan)
    assert len(pairs) == 7
    by_team = {team: need for need, team in pairs}
    session.execute(text("DELETE FROM core.team WHERE id = :id"), {"id": teams[0].id})
    session.execute(
        text("UPDATE core.team SET state = 'resting' WHERE id = :id"), {"id": teams[1].id}
    )
    told = dispatching.send(session, admin, plan.id, plan.version, at_once=3)
    assert (told.sent, told.refused, plan.status) == ([], [], PlanStatus.SENDING)
    for act in (changes.remove, changes.choose):
        with pytest.raises(Conflict):
            act(session, admin, plan.id, plan.version, *next(iter(pairs)))
    steps = 0
    while dispatching.send_next(session):
        steps += 1
        session.refresh(plan)
        sent = {need for need, _ in held(session, plan, "sent")}
        teams_of_both = [
            need for need, _ in held(session, plan, "sent") if need == both.public_code
        ]
        assert len(teams_of_both) in (0, 2) and sent
    assert steps > 1 and plan.status is PlanStatus.SENT
    told = dispatching.outcome(session, plan.id)
    assert {*told.sent, *((r.need, r.team) for r in told.refused)} == pairs
    reasons = {(r.need, r.team): r.reason for r in told.refused}
    gone, rests = teams[0].public_code, teams[1].public_code
    assert reasons[by_team[gone], gone] == "Đội này không còn trong hệ thống."
    assert "đang tạm nghỉ" in reasons[by_team[rests], rests]
    assert len(reasons) == 2 and len(needs) == 5
    by = session.scalars(
        text("""SELECT DISTINCT actor_id FROM core.audit_event
            WHERE action = 'plan_sent' AND record_id = :plan"""),
        {"plan": plan.id},
    )
    assert by.all() == [admin.id]


def test_a_large_plan_being_sent_can_be_stopped(session, admin, monkeypatch):
    monkeypatch.setattr(sending, "PIECE", 1)
    for _ in range(3):
        make_need(session)
    make_team(session, max_concurrent=3)
    plan = plans.ask(session, admin, [])
    dispatching.send(session, admin, plan.id, plan.version, at_once=1)
    dispatching.send_next(session)
    session.refresh(plan)
    plans.cancel(session, admin, plan.id, plan.version)
    assert dispatching.send_next(session) == 0
    assert (len(held(session, plan, "sent")), len(held(session, plan, "sending"))) == (1, 2)
    page, told = plan_pages.view(session, plan), plan_documents.record(session, plan)
    assert (
        [row["after"] for row in page.districts]
        == [1]
        == [row["after"] for row in told["districts"]]
    )
    assert sum(row["own"] for row in page.certificate) == 1 and page.pair_count == 3
    assert session.scalar(text("SELECT count(*) FROM core.assignment")) == 1


def test_who_stops_it_waits_for_the_piece_that_is_being_sent(
    committed, office_connections, engine, monkeypatch
):
    """A piece may take longer than a statement of a page: the act waits, and the rest stays."""
    monkeypatch.setattr(sending, "PIECE", 1)
    actor = rights.actor(committed, make_account(committed, role=Role.ADMIN))
    for _ in range(2):
        make_need(committed)
    make_team(committed, max_concurrent=2)
    plan = plans.ask(committed, actor, [])
    dispatching.send(committed, actor, plan.id, plan.version, at_once=0)
    committed.commit()
    holds, over = Event(), Event()

    def send(session):
        assert dispatching.send_next(session) == 1
        holds.set()
        while not waiting(engine, 0.2) and not over.is_set():
            pass

    def stop(session):
        assert holds.wait(10)
        session.execute(text("SET LOCAL statement_timeout = '100ms'"))
        try:
            return plans.cancel(session, actor, plan.id, plan.version).status
        finally:
            over.set()

    _, status = at_once(office_connections, [send, stop])
    assert status is PlanStatus.CANCELLED
    committed.expire_all()
    assert dispatching.send_next(committed) == 0
    assert committed.scalar(text("SELECT count(*) FROM core.assignment")) == 1


def test_what_breaks_while_it_is_sent_is_given_up_after_some_tries_and_told(
    session, admin, monkeypatch
):
    make_need(session)
    make_team(session)
    plan = plans.ask(session, admin, [])
    dispatching.send(session, admin, plan.id, plan.version, at_once=0)

    def broken(*_, **__):
        raise KeyError("x")

    monkeypatch.setattr(sending, "commit", broken)
    for _ in range(making.MOST_TRIES + 1):
        assert dispatching.send_next(session) == 1
    assert dispatching.send_next(session) == 0
    session.refresh(plan)
    [line] = plan_pages.view(session, plan).refused
    assert (plan.status, line["refusal"]) == (PlanStatus.DRAFT, dispatching.GIVEN_UP)


def test_more_than_a_page_shows_is_sent_by_one_button(client, sign_in, session, monkeypatch):
    """The page counts while it goes out, looks again by itself, and tells in the end."""
    monkeypatch.setattr(plan_pages, "SHOWN", 2)
    monkeypatch.setattr(sending, "PIECE", 2)
    monkeypatch.setitem(dispatching.send.__kwdefaults__, "at_once", 2)
    sign_in(make_account(session, role=Role.ADMIN))
    for _ in range(5):
        make_need(session)
    make_team(session, max_concurrent=5)
    path = client.post("/manage/matching", data={}).location
    page = client.get(path)
    assert len(ticked(page)) == 2 and "Gửi cả 5 đề nghị" in page.text
    part = client.post(f"{path}/send", data={"version": 2, "pair": ticked(page)})
    assert part.status_code == 303
    page = client.get(path)
    assert "Đã gửi 2 đề nghị" in page.text and "Gửi cả 3 đề nghị" in page.text
    assert len(ticked(page)) == 2, "what was not sent yet comes before what was"
    version = int(page.text.split('name="version" value="')[1].split('"')[0])
    assert client.post(f"{path}/send", data={"version": version, "all": "1"}).status_code == 303
    waiting = client.get(path)
    assert waiting.headers["Refresh"].endswith(path) and "Đang gửi đề nghị" in waiting.text
    assert "Đã gửi 2</strong>; còn 3 đề nghị" in waiting.text
    told = client.get(path.replace("/manage/", "/api/v1/")).json
    assert told["status"] == "sending"
    while dispatching.send_next(session):
        session.expire_all()
    done = client.get(path)
    assert "Refresh" not in done.headers and "Gửi cả" not in done.text
    assert session.scalar(text("SELECT count(*) FROM core.assignment")) == 5


def test_the_command_sends_in_pieces_of_whole_needs(monkeypatch):
    monkeypatch.setattr(sending, "PIECE", 2)
    pairs = [("A", "1"), ("B", "1"), ("B", "2"), ("B", "3"), ("C", "1"), ("D", "1"), ("E", "1")]
    found = list(sending.pieces(pairs))
    assert found == [pairs[:4], pairs[4:6], pairs[6:]]
    assert list(sending.pieces([])) == []
