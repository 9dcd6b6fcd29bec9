"""Needs whose teams bring skills and people between them: planned, sent, given back, shown."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from mapservice.accounts import rights
from mapservice.accounts.models import Role
from mapservice.errors import Conflict
from mapservice.matching import (
    changes,
    dispatching,
    loading,
    plan_pages,
    planning,
    plans,
    sending,
    service,
)
from mapservice.matching.problem import Joint
from mapservice.matching.scope import Scope
from tests.factories import make_account, make_assignment, make_need, make_person, make_team
from tests.races import at_once

BRIDGE = {
    "parts": 3,
    "together": True,
    "people_in_all": 40,
    "skills": ["construction", "driving"],
    "title": "Làm cầu dân sinh",
}


@pytest.fixture
def admin(session):
    return rights.actor(session, make_account(session, role=Role.ADMIN))


@pytest.fixture
def leader(session):
    return make_account(session, role=Role.TEAM_LEADER)


@pytest.fixture
def bridge(session):
    """40 people from teams of 15, 15 and 10, of which none has both skills."""
    return make_need(session, **BRIDGE)


@pytest.fixture
def three(session, leader):
    return builders(session, leader_id=leader.id)


def builders(session, **values):
    return [
        make_team(session, people=15, skills=["construction"], **values),
        make_team(session, people=15, skills=["driving"], **values),
        make_team(session, people=10, **values),
    ]


def held(session, plan, state="proposed"):
    rows = plans.pairs(session, plan)
    return {(row["need"], row["team"]) for row in rows if row["state"] == state}


def reason(session, **scope) -> str:
    [unmet] = planning.plan(session, Scope(**scope)).unmet
    return unmet.reason


def test_what_no_team_has_alone_several_bring(session, admin, bridge, three):
    plan = plans.ask(session, admin, [])
    assert held(session, plan) == {(bridge.public_code, team.public_code) for team in three}
    assert plan.facts["status"] == "optimal"
    assert plan.facts["combined"] == {"needs": 1, "served": 1, "bound": 1, "gap": 0}
    page = plan_pages.view(session, plan)
    said = {line["team"]: line["reasons"] for line in page.pairs}
    first, second, third = (said[team.public_code] for team in three)
    assert first[0] == "Góp kỹ năng: Xây dựng, sửa chữa."
    assert second[0] == "Góp kỹ năng: Lái xe, vận chuyển."
    assert third[0] == "Góp người; kỹ năng cần có do các đội khác góp."
    assert third[2].startswith("Đội có 10 người, các đội cần góp lại ít nhất 40;")
    assert {(line["short"], line["lacks"]) for line in page.pairs} == {(0, "")}
    sent = dispatching.send(session, admin, plan.id, plan.version)
    assert len(sent.sent) == 3 and sent.refused == []


def test_nothing_is_proposed_where_skill_or_people_are_missing_and_says_which(session, bridge):
    builder, driver, helper = builders(session)
    assert held_by(session) == 3
    session.execute(text("UPDATE core.team SET people = 9 WHERE id = :id"), {"id": helper.id})
    assert reason(session) == (
        "Trong 3 đội phù hợp, 3 đội đông nhất góp được 39 người, còn thiếu 1."
    )
    session.execute(text("UPDATE core.team SET people = 90, skills = '{}'"))
    assert reason(session) == (
        "Trong 3 đội phù hợp, không đội nào góp được kỹ năng Xây dựng, sửa chữa, "
        "Lái xe, vận chuyển."
    )
    session.execute(text("DELETE FROM core.team WHERE id = :id"), {"id": builder.id})
    session.execute(text("UPDATE core.team SET skills = '{construction,driving}'"))
    assert reason(session) == "Trong 2 đội phù hợp, chưa đủ 3 đội."
    assert driver and bridge.together


def held_by(session) -> int:
    return len(planning.plan(session, Scope()).proposals)


def test_teams_of_others_are_not_taken_and_the_reason_says_so(session, bridge, three):
    """The only builder is the only one of another, less urgent need."""
    make_need(session, urgency=1, skills=["construction"], title="Sửa mái")
    assert reason(session) == (
        "Cần 3 đội góp lại mà không lấy đội của nhu cầu khác: trong 2 đội còn chỗ, "
        "không đội nào góp được kỹ năng Xây dựng, sửa chữa."
    )
    assert len(three) == 3


def test_each_team_brings_at_least_the_people_of_a_part(session):
    make_need(session, **BRIDGE, people_per_part=12)
    builders(session)
    assert reason(session) == "Trong 2 đội phù hợp, chưa đủ 3 đội."


def test_what_held_teams_bring_is_not_asked_again(session, bridge, three):
    """After one declined, the other two stay; what is lacking is what the third had brought."""
    for team, status, part in zip(
        three, ("declined", "accepted", "proposed"), (1, 2, 3), strict=True
    ):
        make_assignment(session, need=bridge, team=team, status=status, part=part)
    [need] = loading.load(session, Scope()).problem.needs
    assert (need.parts, need.joint) == (1, Joint(("construction",), 15))
    small = make_team(session, people=14, skills=["construction"])
    assert reason(session) == (
        "Trong 1 đội phù hợp, 1 đội đông nhất góp được 14 người, còn thiếu 1."
    )
    session.execute(text("UPDATE core.team SET people = 15 WHERE id = :id"), {"id": small.id})
    [proposal] = planning.plan(session, Scope()).proposals
    assert proposal.team.code == small.public_code


def test_what_falls_short_when_sent_is_not_sent_at_all(session, admin, bridge, three):
    plan = plans.ask(session, admin, [])
    smaller = text("UPDATE core.team SET people = 9 WHERE id = :id")
    session.execute(smaller, {"id": three[2].id})
    committed = dispatching.send(session, admin, plan.id, plan.version)
    assert committed.sent == []
    assert {refused.reason for refused in committed.refused} == {
        "Các đội được gửi chưa góp đủ kỹ năng hoặc số người mà nhu cầu cần."
    }
    assert session.scalar(text("SELECT count(*) FROM core.assignment")) == 0


def test_what_the_database_refuses_of_one_is_sent_to_none(session, bridge, three):
    """The last word is the database's: of its second part it says no."""
    session.execute(text("ALTER TABLE core.assignment ADD CONSTRAINT ck_no CHECK (part <> 2)"))
    pairs = [(bridge.public_code, team.public_code) for team in three]
    committed = sending.commit(session, pairs)
    assert committed.sent == []
    assert {(refused.need, refused.team) for refused in committed.refused} == set(pairs)
    assert session.scalar(text("SELECT count(*) FROM core.assignment")) == 0


def test_a_change_by_hand_says_what_is_lacking_and_what_each_brings(session, admin, bridge, three):
    plan = plans.ask(session, admin, [])
    spare = make_team(session, people=20)
    _, _, [offer] = changes.offers(session, admin, plan.id, bridge.public_code)
    assert (offer.team, offer.brings) == (spare.public_code, Joint((), 20))
    [given_up] = offer.given_up
    changes.choose(session, admin, plan.id, plan.version, bridge.public_code, spare.public_code)
    page = plan_pages.view(session, plan)
    lacks = {team.public_code: words for team, words in zip(
        three, ("kỹ năng Xây dựng, sửa chữa", "kỹ năng Lái xe, vận chuyển", ""), strict=True
    )}  # fmt: skip
    assert {line["lacks"] for line in page.pairs} == {lacks[given_up["team"]]}
    [line] = {line["need"]: line for line in page.pairs}.values()
    assert line["people_in_all"] == 40


def test_nobody_takes_it_without_being_asked(session, leader, bridge, three):
    actor = rights.actor(session, leader)
    code = three[0].public_code
    assert service.claimable(session, actor, code) == []
    with pytest.raises(Conflict) as refused:
        service.claim(session, actor, code, bridge.public_code)
    assert refused.value.code == "claim-joint"


def test_leaders_see_how_many_of_the_teams_there_are(
    client, sign_in, session, admin, leader, bridge, three
):
    plan = plans.ask(session, admin, [])
    dispatching.send(session, admin, plan.id, plan.version)
    sign_in(leader)
    page = client.get("/manage/proposals").text
    assert "cả 3 đội cùng làm một lúc, góp lại 40 người và đủ kỹ năng" in page
    assert page.count("đã ghép đủ 3 đội") == 3
    own = text("SELECT id FROM core.assignment WHERE team_id = :team")
    first = session.scalar(own, {"team": three[0].id})
    service.decline(session, leader.id, first, "Đội bận")
    session.commit()
    assert client.get("/manage/proposals").text.count("mới có 2/3 đội, còn chờ ghép thêm") == 2


def test_of_a_person_no_skill_is_named(session, admin):
    make_need(session, **BRIDGE | {"title": None}, address=make_person(session), category="health")
    builders(session, radius_km=60)
    plan = plans.ask(session, admin, [])
    page = plan_pages.view(session, plan)
    assert len(page.pairs) == 3
    told = " ".join(reason for line in page.pairs for reason in line["reasons"])
    assert "Xây dựng" not in told and "Lái xe" not in told
    assert {line["people_in_all"] for line in page.pairs} == {None}
    session.execute(text("UPDATE core.team SET skills = '{}'"))
    assert "không đội nào góp được một kỹ năng cần có" in reason(session)


def test_two_offices_that_send_it_at_once_send_it_once(committed, office_connections):
    account = make_account(committed, role=Role.ADMIN)
    bridge = make_need(committed, **BRIDGE)
    builders(committed)
    builders(committed)
    actor = rights.actor(committed, account)
    made = [plans.ask(committed, actor, []) for _ in range(2)]
    committed.commit()
    orders = [(plan.id, plan.version) for plan in made]
    results = at_once(
        office_connections, [lambda s, o=order: dispatching.send(s, actor, *o) for order in orders]
    )
    assert sorted(len(result.sent) for result in results) == [0, 3]
    assert bridge.together


@pytest.mark.parametrize(
    "wrong",
    [
        {"together": False},
        {"parts": 1},
        {"parts": 21},
        {"people_in_all": 2},
        {"skills": ["teaching", "digital_skills", "it_repair", "construction", "medical", "legal",
                    "media", "driving", "farming"]},
    ],
)  # fmt: skip
def test_what_cannot_be_asked_for_so_is_refused_by_the_database(session, wrong):
    with pytest.raises(IntegrityError, match="ck_need_in_all"), session.begin_nested():
        make_need(session, **BRIDGE | wrong)
