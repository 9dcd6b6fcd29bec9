"""Histories: every step is told, in words, to those who may know, and no value of a person."""

import pytest
from sqlalchemy import text

from mapservice.accounts.models import Role
from mapservice.audit import service as audit
from tests import office as world
from tests.factories import make_assignment, make_need, make_place


@pytest.fixture
def sides(session):
    return world.build(session)


@pytest.fixture
def officer(sides, sign_in):
    return sign_in(sides.here.accounts[Role.OFFICER])


def act(session, account) -> None:
    session.execute(
        text("SELECT set_config('mapservice.actor', :id, true)"),
        {"id": str(account.id) if account else ""},
    )


def move(session, record, status: str, reason: str | None = None, **values) -> None:
    record.status, record.status_reason = status, reason
    for name, value in values.items():
        setattr(record, name, value)
    session.flush()


def test_the_whole_way_of_an_address_is_told(client, sides, officer, session):
    registrar = sides.here.accounts[Role.REGISTRAR]
    place = make_place(
        session,
        status="draft",
        commune=world.COMMUNE[world.HERE],
        organisation_id=sides.here.commune.id,
        registered_by=registrar.id,
    )
    act(session, registrar)
    move(session, place, "submitted")
    act(session, officer)
    move(session, place, "returned", "Thiếu số người")
    act(session, registrar)
    changed = {"children": 12, "title": "Tên mới"}
    audit.record_change(session, "address", place.id, {"children": None}, changed, protected=False)
    move(session, place, "draft")
    move(session, place, "submitted")
    act(session, officer)
    move(session, place, "verified", verified_by=officer.id)
    move(session, place, "published")
    need = make_need(session, address=place, title="Dạy bơi hè")
    visit = make_assignment(session, need=need, team=sides.here.records["team"])
    leader = sides.here.accounts[Role.TEAM_LEADER]
    act(session, leader)
    for status in ("accepted", "underway"):
        move(session, visit, status)
    move(session, visit, "done", hours=4, volunteers=3, reporter_id=leader.id)
    act(session, officer)
    move(session, visit, "confirmed", confirmer_id=officer.id)
    act(session, None)
    move(session, place, "withdrawn", "Đã xong")
    page = client.get(f"/manage/addresses/{place.public_code}/history").text
    for told in (
        "Chờ duyệt", "Bị trả lại", "Bản nháp", "Đã xác minh", "Đang công khai", "Đã rút",
        "Thiếu số người", "Trẻ em: không ghi → 12", "Mục: tên", "Nhu cầu “Dạy bơi hè”",
        "Đã nhận", "Đang thực hiện", "Đã báo cáo, chờ xác nhận", "Đã xác nhận", "Hệ thống",
        f"Hồ sơ “{place.title}”",
        registrar.name, officer.name, leader.name, sides.here.commune.name,
    ):  # fmt: skip
        assert told in page, told
    assert "Tên mới" not in page
    assert page.index("Đã rút") < page.index("Bị trả lại")  # the newest first
    visit_page = client.get(f"/manage/assignments/{visit.id}/history").text
    assert "Đã xác nhận" in visit_page and "Bị trả lại" not in visit_page
    team_page = client.get(f"/manage/teams/{sides.here.records['team'].public_code}/history").text
    assert "Phân công “Dạy bơi hè”" in team_page and "Đã xác nhận" in team_page


def test_each_change_of_a_status_in_the_trail_is_on_the_page(client, sides, officer, session):
    place = sides.here.records["place"]
    move(session, place, "expired", "Quá hạn")
    move(session, place, "published")
    trail = session.scalar(
        text("SELECT count(*) FROM core.audit_event WHERE record_id = :id"), {"id": place.id}
    )
    page = client.get(f"/manage/addresses/{place.public_code}/history").text
    assert f"{trail} việc được ghi" in page and trail == page.count("<strong>Hồ sơ “")


def test_a_persons_history_holds_no_words_of_anybody(client, sides, officer, session):
    person = sides.here.records["person"]
    act(session, officer)
    audit.record_change(session, "address", person.id, {"age_band": "7_15"}, {"age_band": "16_up"})
    private = {"table_name": "person_private", "record_id": person.id}
    seen = {"fields": ["name"], "decision": "officer"}
    audit.record(session, "reveal", reason="visit", detail=seen, **private)
    moved = {"from": "published", "to": "withdrawn"}
    reason, own = "nhà bà Tư ở đầu dốc", {"table_name": "address", "record_id": person.id}
    audit.record(session, "status", reason=reason, detail=moved, **own)
    page = client.get(f"/manage/addresses/{person.public_code}/history").text
    assert "được mở xem. Lý do: Thu xếp chuyến đi của đội" in page
    assert "Thông tin riêng" in page and "Mục: độ tuổi" in page
    assert "bà Tư" not in page and "16_up" not in page and "7_15" not in page


def test_a_viewer_learns_of_no_person_and_nobody_of_elsewhere(client, sides, sign_in, session):
    need = make_need(session, address=sides.here.records["person"])
    visit = make_assignment(session, need=need, team=sides.here.records["team"])
    move(session, visit, "accepted")
    sign_in(sides.here.accounts[Role.VIEWER])
    person = sides.here.records["person"].public_code
    assert client.get(f"/manage/addresses/{person}/history").status_code == 404
    assert client.get(f"/manage/assignments/{visit.id}/history").status_code == 404
    team = sides.here.records["team"].public_code
    assert "Đã nhận" not in client.get(f"/manage/teams/{team}/history").text
    sign_in(sides.here.accounts[Role.OFFICER])
    assert "Đã nhận" in client.get(f"/manage/teams/{team}/history").text
    elsewhere = client.get(f"/manage/addresses/{sides.there.records['place'].public_code}/history")
    unknown = client.get("/manage/addresses/ZZZZZZZZ/history")
    assert elsewhere.status_code == unknown.status_code == 404


def test_codes_become_words_and_units_names(client, sides, officer, session):
    team = sides.here.records["team"]
    before = {"state": "ready", "kind": "club", "verified": False, "commune_id": team.commune_id}
    after = {"state": "busy", "kind": "medical", "verified": True, "commune_id": None}
    audit.record_change(session, "team", team.id, before, after, protected=False)
    page = client.get(f"/manage/teams/{team.public_code}/history").text
    assert "Trạng thái: Sẵn sàng → Đang làm nhiệm vụ" in page
    assert "Loại: Câu lạc bộ, nhóm tình nguyện → Đội y, bác sĩ trẻ tình nguyện" in page
    assert "Xác minh: không → có" in page and "→ không ghi" in page


def test_a_long_history_has_pages(client, sides, officer, session):
    place = sides.here.records["place"]
    for _ in range(60):
        audit.record(session, "change", table_name="address", record_id=place.id)
    first = client.get(f"/manage/addresses/{place.public_code}/history").text
    second = client.get(f"/manage/addresses/{place.public_code}/history?page=2").text
    assert first.count("được sửa") == 50 and 10 <= second.count("được sửa") < 50
    assert 'rel="next"' in first and 'rel="prev"' in second
