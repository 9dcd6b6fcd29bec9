"""The office's front door: what waits for whom, counted as the lists count it."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from mapservice.accounts import rights
from mapservice.accounts.models import Role
from mapservice.office import home
from tests import office as world
from tests.factories import make_assignment, make_need, make_person, make_place, make_team


@pytest.fixture
def sides(session):
    return world.build(session)


def fill(session, side, code: str) -> None:
    """One piece of each kind of work."""
    registrar = side.accounts[Role.REGISTRAR]
    spot = {"commune": world.COMMUNE[code], "organisation_id": side.commune.id}
    soon = datetime.now(UTC) + timedelta(days=3)
    make_place(session, status="submitted", registered_by=registrar.id, **spot)
    make_person(session, status="submitted", registered_by=registrar.id, **spot)
    make_place(session, status="verified", registered_by=registrar.id, **spot)
    make_place(session, status="returned", registered_by=registrar.id, **spot)
    make_place(session, status="expired", registered_by=registrar.id, **spot)
    make_place(session, assured_until=soon, registered_by=registrar.id, **spot)
    make_team(session, verified=False, commune=world.COMMUNE[code])
    make_team(session, verified=True, to_recheck=True, commune=world.COMMUNE[code])
    make_assignment(session, need=make_need(session, address=side.records["place"]))


def counts(session, account) -> dict[str, int]:
    actor = rights.actor(session, account)
    return {found.tile.words: found.count for found in home.waiting(session, actor)}


def test_each_role_sees_its_own_work(sides, session, office):
    fill(session, sides.here, world.HERE)
    fill(session, sides.there, world.THERE)
    officer = counts(office, sides.here.accounts[Role.OFFICER])
    assert officer["Chờ xác minh"] == 2
    assert officer["Chờ công khai"] == 1
    assert officer["Bị trả lại"] == 0
    assert officer["Cần kiểm tra lại"] == 2  # one soon, one expired
    assert officer["Đội chờ xác minh"] == 2
    assert "Việc hệ thống bị dừng" not in officer and "Quá hạn kiểm tra" not in officer
    letters = "SELECT count(*) FROM core.offer UNION ALL SELECT count(*) FROM core.suggestion"
    sent = sum(session.scalars(text(letters)))  # half of it to each side
    assert officer["Hộp thư chưa xử lý"] == sent / 2 > 0
    assert "Việc hệ thống bị dừng" not in officer
    registrar = counts(office, sides.here.accounts[Role.REGISTRAR])
    assert registrar["Bị trả lại"] == 1
    assert registrar["Cần kiểm tra lại trong 7 ngày"] == registrar["Quá hạn kiểm tra"] == 1
    assert "Chờ xác minh" not in registrar and "Đội chờ xác minh" not in registrar
    admin = counts(office, sides.admin)
    assert admin["Chờ xác minh"] == 4
    assert counts(office, sides.here.accounts[Role.VIEWER]) == {}


def test_a_count_is_what_its_list_shows(client, sides, sign_in, session):
    fill(session, sides.here, world.HERE)
    for account in (
        sides.admin,
        *(sides.here.accounts[role] for role in (Role.OFFICER, Role.REGISTRAR, Role.VIEWER)),
    ):
        sign_in(account)
        page = client.get("/manage/").text
        tiles = re.findall(r'href="(/manage/[^"]+)">\s*<svg.*?tile-count">([\d.]+)<', page, re.S)
        assert tiles
        for href, told in tiles:
            listed = client.get(href.replace("&amp;", "&")).text
            if "tab=" in href and told != "0" and "returned" not in href:
                assert listed.count('name="pick"') == int(told), href
            elif "?" in href and "tab=" not in href:
                assert f"<strong>{told}</strong> kết quả" in listed, href


def test_a_viewer_sees_totals_alone_and_a_leader_goes_on(client, sides, sign_in):
    sign_in(sides.here.accounts[Role.VIEWER])
    page = client.get("/manage/").text
    assert "Trong địa bàn" in page and "Việc chờ tôi" not in page
    sign_in(sides.here.accounts[Role.TEAM_LEADER])
    assert client.get("/manage/").location == "/manage/proposals"


def test_nothing_waiting_says_what_to_do_next(client, sides, sign_in, session):
    for table in ("field_report", "offer", "suggestion", "assignment", "import_batch"):
        session.execute(text(f"DELETE FROM core.{table}"))
    sign_in(sides.here.accounts[Role.OFFICER])
    assert "Không có việc nào đang chờ." in client.get("/manage/").text


def test_what_was_set_aside_waits_for_the_admin(sides, session, office):
    before = counts(office, sides.admin)["Việc hệ thống bị dừng"]
    session.execute(
        text("""INSERT INTO core.worker_job (name, done_at, set_aside_at)
                VALUES ('a job of this test', '-infinity', now())""")
    )
    assert counts(office, sides.admin)["Việc hệ thống bị dừng"] == before + 1
