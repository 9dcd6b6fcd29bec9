"""Histories of letters, accounts, organisations and plans: what was done, in words, by whom."""

import re

from sqlalchemy import text

from mapservice.accounts import api_tokens, rights
from mapservice.accounts.models import Role, Scope
from mapservice.inbox import service as inbox
from mapservice.office import history_subjects
from tests.db.test_office_history import act
from tests.factories import make_offer, unit_id

SENDER = {"name": "Hoàng Thị Bưởi", "phone": "0912345678", "note": "Gọi sau giờ tan ca"}


def test_what_was_done_with_an_offer(client, sides, officer, session):
    offer = make_offer(session, address=sides.here.records["place"].public_code, **SENDER)
    path = f"/manage/inbox/offers/{offer.public_code}"
    assert f'href="{path}/history"' in client.get(path).text
    assert client.post(f"{path}/sender").status_code == 200
    client.post(f"{path}/contacted", data={"version": "1"})
    client.post(f"{path}/decline", data={"version": "2", "reason": "no_answer"})
    page = client.get(f"{path}/history").text
    for told in (
        f"Lịch sử: Đề nghị giúp {offer.public_code}", "được gửi tới", officer.name,
        "Thông tin người gửi</strong> được mở xem", "chuyển sang “Đã liên hệ”",
        "chuyển sang “Đã từ chối”. Lý do: Gọi nhiều lần không được",
    ):  # fmt: skip
        assert told in page, told
    for secret in ("Bưởi", "912345678", "tan ca"):
        assert secret not in page


def test_what_was_done_with_a_suggestion(client, sides, officer, office):
    suggestion = sides.here.records["suggestion"]
    act(office, officer)
    actor = rights.actor(office, officer)
    inbox.decline(office, actor, type(suggestion), suggestion.public_code, 1, "not_true")
    page = client.get(f"/manage/inbox/suggestions/{suggestion.public_code}/history").text
    assert "chuyển sang “Đã từ chối”. Lý do: Thông tin không đúng" in page
    assert suggestion.title not in page


def test_what_was_changed_of_an_account(client, sides, admin, session):
    viewer, commune = sides.here.accounts[Role.VIEWER], sides.here.commune
    path = f"/manage/users/{viewer.id}"
    changed = {"name": "Tên Khác", "role": "registrar", "organisation": commune.id, "version": 1}
    assert client.post(path, data=changed).status_code == 303
    client.post(f"{path}/disable")
    client.post(f"{path}/enable")
    act(session, viewer)
    api_tokens.add(session, viewer, name="Bảng tính", scopes=[Scope.READ])
    assert f'href="{path}/history"' in client.get(path).text
    page = client.get(f"{path}/history").text
    for told in (
        "Vai trò: Người xem → Người đăng ký", "Mục: họ tên", admin.name,
        f"Tổ chức: {sides.here.district.name} → {commune.name}",
        "bị khóa", "được mở khóa", "Mã truy cập</strong> được lập",
    ):  # fmt: skip
        assert told in page, told
    assert "Bảng tính" not in page


def test_what_became_of_an_invitation(client, sides, officer):
    given = {"login": "0912 345 678", "role": "viewer", "organisation": sides.here.commune.id}
    client.post("/manage/users/invite", data=given)
    found = client.get("/manage/invitations?q=0912 345 678").text
    path = re.search(r'href="(/manage/users/invitations/[^"]+)">\+84912345678', found)[1]
    client.post(f"{path}/revoke")
    page = client.get(f"{path}/history").text
    assert "Lời mời</strong> được lập" in page and "Lời mời</strong> được thu hồi" in page
    assert officer.name in page and f'href="{path}/history"' in client.get(path).text


def test_what_was_changed_of_an_organisation(client, sides, admin, session):
    commune = sides.here.commune
    path = f"/manage/organisations/{commune.id}"
    before = commune.name
    changed = {"name": "Đoàn xã đổi tên", "parent": sides.there.district.id, "version": 1}
    assert client.post(path, data=changed).status_code == 303
    client.post(f"{path}/units", data={"unit": unit_id(session, "07282")})
    client.post(f"{path}/units/remove", data={"unit": unit_id(session, "07645")})
    page = client.get(f"{path}/history").text
    for told in (
        f"Tên: {before} → Đoàn xã đổi tên",
        f"Tổ chức cấp trên: {sides.here.district.name} → {sides.there.district.name}",
        "có thêm đơn vị trong địa bàn", "bớt đơn vị trong địa bàn", "<li>Xã An Lạc</li>",
    ):  # fmt: skip
        assert told in page, told
    assert f'href="{path}/history"' in client.get(path).text


def test_what_became_of_a_plan(client, sides, officer, session):
    plan = sides.here.records["plan"]
    path = f"/manage/plans/{plan.id}"
    client.post(f"{path}/cancel", data={"version": "1"})
    page = client.get(f"{path}/history").text
    assert "Phương án</strong> bị hủy" in page and officer.name in page
    assert f'href="{path}/history"' in client.get(path).text
    detail = '{"sent": 3, "refused": 1}'
    session.execute(
        text("""INSERT INTO core.audit_event (action, table_name, record_id, detail)
            VALUES ('plan_sent', 'plan', :id, CAST(:detail AS jsonb))"""),
        {"id": plan.id, "detail": detail},
    )
    page = client.get(f"{path}/history").text
    assert "<li>Đã gửi: 3</li>" in page and "<li>Không gửi được: 1</li>" in page


def test_a_viewer_and_a_leader_read_none_of_them(client, sides, sign_in):
    key = {"inbox/offers": "offer", "inbox/suggestions": "suggestion"}
    paths = [f"/manage/{at}/{sides.here.records[kind].public_code}" for at, kind in key.items()]
    paths += [f"/manage/users/{sides.here.accounts[Role.VIEWER].id}"]
    paths += [f"/manage/plans/{sides.here.records['plan'].id}"]
    for role in (Role.VIEWER, Role.TEAM_LEADER):
        sign_in(sides.here.accounts[role])
        for path in paths:
            assert client.get(f"{path}/history").status_code == 403, (role, path)


def test_every_record_with_a_page_and_a_trail_has_a_history(app):
    rules = {rule.rule for rule in app.url_map.iter_rules()}
    for subject in history_subjects.ALL:
        assert {subject.path, f"{subject.path}/history"} <= rules
