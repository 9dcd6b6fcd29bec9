"""Whom a team visits: told to its leader while it holds the work, recorded, and to nobody else."""

import pytest
from sqlalchemy import text

from mapservice.accounts.models import Role
from mapservice.consent.models import Giver, Purpose
from mapservice.disclosure import service as disclosure
from tests import office
from tests.factories import make_assignment, make_consent, make_need, make_person, make_place

NAME, DOOR, PHONE = "Lương Thị Mẫu", "Nhà cuối xóm Mẫu", "0912 345 678"
READ = text("""SELECT count(*) FROM core.audit_event
    WHERE action = 'reveal' AND record_id = :id AND actor_id = :actor""")


@pytest.fixture
def world(session):
    return office.build(session)


@pytest.fixture
def leader(world, sign_in):
    return sign_in(world.here.accounts[Role.TEAM_LEADER])


@pytest.fixture
def person(session):
    found = make_person(session)
    disclosure.register_private(session, found, name=NAME, door=DOOR, phone=PHONE)
    return found


def asked(client, work, **form):
    return client.post(f"/manage/proposals/{work.id}/contact", data=form)


def sent(session, world, address, status="accepted"):
    need = make_need(session, address=address)
    leader = world.here.accounts[Role.TEAM_LEADER]
    reported = {"reporter_id": leader.id, "hours": 3, "volunteers": 2}
    team = world.here.records["team"]
    made = make_assignment(
        session, need=need, team=team, status=status, **reported if status == "done" else {}
    )
    session.commit()
    return made


def test_a_team_that_took_a_persons_need_learns_whom_to_visit(
    client, session, world, leader, person
):
    make_consent(session, address=person, giver=Giver.GUARDIAN, purpose=Purpose.SHARE_WITH_TEAM)
    work = sent(session, world, person)
    card = client.get("/manage/proposals").text
    assert f"/manage/proposals/{work.id}/contact" in card and NAME not in card
    page = asked(client, work)
    assert page.status_code == 200 and page.headers["Cache-Control"] == "no-store"
    assert NAME in page.text and DOOR in page.text and "+84912345678" in page.text
    assert session.scalar(READ, {"id": person.id, "actor": leader.id}) == 1
    assert (
        session.scalar(text("SELECT count(*) FROM core.audit_event WHERE detail::text ~ 'Mẫu'"))
        == 0
    )


@pytest.mark.parametrize(
    ("status", "share"), [("accepted", False), ("proposed", True), ("done", True)]
)
def test_who_does_not_hold_the_work_or_was_not_agreed_to_learns_nothing(
    client, session, world, leader, person, status, share
):
    if share:
        make_consent(session, address=person, giver=Giver.GUARDIAN, purpose=Purpose.SHARE_WITH_TEAM)
    page = asked(client, sent(session, world, person, status))
    assert page.status_code in {403, 404}
    assert not [told for told in (NAME, DOOR, "912345678") if told in page.text]
    assert session.scalar(READ, {"id": person.id, "actor": leader.id}) == 0


@pytest.mark.parametrize("sensitive", [False, True])
def test_a_place_is_reached_by_its_contact(client, session, world, leader, sensitive):
    place = make_place(session, title="Mái ấm Mẫu", sensitive=sensitive)
    work = sent(session, world, place)
    assert "chưa ghi người liên hệ" in asked(client, work).text
    disclosure.set_place_contact(session, place, name="Cô Hoa", phone=PHONE)
    session.commit()
    page = asked(client, work)
    assert page.status_code == 200 and "Cô Hoa" in page.text
    assert ("Mái ấm Mẫu" in page.text) == sensitive
    assert session.scalar(READ, {"id": place.id, "actor": leader.id}) == 1


def test_anothers_work_looks_like_none(client, session, world, sign_in, person):
    work = sent(session, world, person)
    sign_in(world.there.accounts[Role.TEAM_LEADER])
    assert asked(client, work).status_code == 404
    sign_in(world.here.accounts[Role.OFFICER])
    assert asked(client, work).status_code == 403
