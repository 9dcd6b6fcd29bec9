"""A leader on a phone takes a need, tells of it and reports; an officer at a desk confirms."""

import os
import re

import pytest
from playwright.sync_api import expect
from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session

from mapservice.accounts.models import Role
from mapservice.needs.models import Need
from tests.browser.conftest import DESK, PHONE
from tests.browser.test_matching import overflows
from tests.browser.test_pages import violations
from tests.factories import make_account, make_assignment, make_team, picture

ADMIN, LEADER = "tinhdoan@demo.invalid", "doitruong@demo.invalid"
SCREENS = pytest.mark.parametrize("screen", [DESK, PHONE], ids=["desk", "phone"])


@pytest.fixture
def people(cluster, site_database):
    """An admin, and the leader of a team of its own; nothing is left of what they do."""
    engine = create_engine(cluster.url("owner", site_database))
    with Session(engine, expire_on_commit=False) as session:
        make_account(session, login=ADMIN, role=Role.ADMIN)
        leader = make_account(session, login=LEADER, role=Role.TEAM_LEADER)
        team = make_team(
            session,
            leader_id=leader.id,
            name="Đội áo xanh An Lạc",
            max_concurrent=3,
            skills=["teaching", "driving"],
        )
        session.info["team"] = team
        session.commit()
        yield session
        session.rollback()
        for statement in (
            "DELETE FROM core.assignment",
            f"DELETE FROM core.team WHERE id = '{team.id}'",
            f"DELETE FROM core.user_account WHERE login IN ({ADMIN!r}, {LEADER!r})",
        ):
            session.execute(text(statement))
        session.commit()
    engine.dispose()


@pytest.fixture
def shot(request):
    folder = os.environ.get("SHOTS")

    def take(page, name):
        if folder:
            width = page.viewport_size["width"]
            page.screenshot(path=f"{folder}/{name}-{width}.png", full_page=True)

    return take


def rows_of_buttons(page) -> dict[str, list[int]]:
    """Top edge -> the heights of the answers' buttons that begin there, each once."""
    return page.evaluate("""() => {
      const rows = {};
      for (const button of document.querySelectorAll(".match-answers .button")) {
        const box = button.getBoundingClientRect();
        if (!box.height || button.closest("details form")) continue;
        (rows[Math.round(box.top)] ??= new Set()).add(Math.round(box.height));
      }
      return Object.fromEntries(Object.entries(rows).map(([top, set]) => [top, [...set]]));
    }""")


def test_from_a_need_nearby_to_the_public_page(sign_in, people, shot, visit):
    """Take, tell with a photo, report; confirm and publish the photo; progress is public."""
    team = people.info["team"]
    phone = sign_in(LEADER, f"/manage/my-teams/{team.public_code}/needs", **PHONE)
    shot(phone, "needs")
    assert not overflows(phone)
    card = phone.locator("article", has_text="Nhận việc này").first
    place = card.locator("h2 a").get_attribute("href")
    card.get_by_role("button", name=re.compile("Nhận việc này")).click()
    phone.wait_for_selector("text=Đã nhận việc. Cảm ơn đội!")
    phone.click("text=Bắt đầu")
    phone.wait_for_selector("text=Đã ghi: đội đang thực hiện.")
    assert all(len(heights) == 1 for heights in rows_of_buttons(phone).values())
    phone.click("text=Nhật ký, ảnh")
    inputs = phone.locator("input[type=file] >> visible=true")
    phone.click("summary:has-text('Báo cáo đã xong')")
    expect(inputs).to_have_count(1)
    phone.click("summary:has-text('Ghi nhật ký')")
    expect(inputs).to_have_count(1)  # the other one has folded itself away
    phone.fill("#text", "Đã dạy buổi đầu, 20 em")
    phone.set_input_files(
        "#photos", {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": picture()}
    )
    phone.click("text=Gửi nhật ký")
    phone.wait_for_selector("text=Đã ghi nhật ký.")
    expect(phone.locator(".report-photos img")).to_have_count(1)
    shot(phone, "visit")
    assert not overflows(phone)
    phone.click("summary:has-text('Báo cáo đã xong')")
    shot(phone, "done-form")
    phone.fill("input[name=hours]", "12,5")
    phone.fill("input[name=volunteers]", "5")
    phone.click("text=Gửi báo cáo")
    phone.wait_for_selector("text=Đã gửi báo cáo, chờ xác nhận.")
    shot(phone, "proposals")
    done = people.scalar(text("SELECT id FROM core.assignment WHERE status = 'done'"))
    desk = sign_in(ADMIN, f"/manage/assignments/{done}")
    shot(desk, "assignment")
    assert not overflows(desk)
    desk.check("input[name=no_face]")
    desk.click("text=Công khai ảnh này")
    desk.wait_for_selector("text=Đang công khai")
    desk.click("text=Xác nhận kết quả")
    desk.wait_for_selector("text=Đã xác nhận kết quả.")
    public = visit(place)
    assert public.locator("text=1/").count() >= 1
    status = people.scalar(text("SELECT status FROM core.assignment WHERE id = :id"), {"id": done})
    assert status == "confirmed"


def test_state_is_changed_by_keyboard_alone(sign_in, people, shot):
    page = sign_in(LEADER, "/manage/my-teams", **PHONE)
    shot(page, "my-teams")
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.value") == "resting":
            break
    page.keyboard.press("Enter")
    page.wait_for_selector("text=Đã đổi trạng thái của đội.")
    state = text("SELECT state FROM core.team WHERE id = :id")
    assert people.scalar(state, {"id": people.info["team"].id}) == "resting"


def test_a_message_is_copied_and_reads_without_script(sign_in, people, shot):
    asked = make_assignment(people, team=people.info["team"], need=_a_need(people))
    people.commit()
    path = f"/manage/assignments/{asked.id}"
    page = sign_in(ADMIN, path)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.click("main button:has-text('Gửi qua Zalo')")
    page.click("text=Chép lời nhắn")
    page.wait_for_selector("text=Đã chép.")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == page.locator("#message").input_value()
    assert re.search(r"/manage/proposals/open/[\w-]{32}", copied)
    shot(page, "message")
    plain = sign_in(ADMIN, path, java_script_enabled=False, **PHONE)
    plain.click("main button:has-text('Gửi qua Zalo')")
    expect(plain.locator("#message")).to_be_visible()
    expect(plain.locator("[data-buttons]")).to_be_hidden()


@SCREENS
def test_a_team_is_registered_and_nothing_typed_is_lost(sign_in, people, shot, screen, visit):
    visit.expected.append("422")
    page = sign_in(ADMIN, "/manage/teams/new", **screen)
    shot(page, "new")
    page.fill("#name", "Đội thử nghiệm")
    page.select_option("#kind", "student")
    page.select_option("#commune", "07645@2022")
    page.fill("#position", "106.9, 21.3")
    page.click("main button[type=submit]")
    page.wait_for_selector("text=Cần xem lại")
    assert page.input_value("#name") == "Đội thử nghiệm"
    assert violations(page) == []
    shot(page, "new-refused")
    page.fill("#position", "")
    page.click("main button[type=submit]")
    page.wait_for_selector("text=Đã đăng ký đội.")
    assert not overflows(page) and violations(page) == []
    shot(page, "team")
    people.execute(text("DELETE FROM core.team WHERE name = 'Đội thử nghiệm'"))
    people.commit()


@SCREENS
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(sign_in, people, shot, screen, scheme):
    team = people.info["team"]
    asked = make_assignment(people, team=team, need=_a_need(people))
    people.commit()
    look = screen | {"color_scheme": scheme}
    for path in (
        "/manage/matching/waiting",
        f"/manage/assignments/{asked.id}",
        f"/manage/teams/{team.public_code}",
        f"/manage/teams/{team.public_code}/edit",
    ):
        page = sign_in(ADMIN, path, **look)
        shot(page, path.strip("/").replace("/", "_")[:20] + scheme)
        assert violations(page) == [], path
        assert not overflows(page), path
    own = f"/manage/my-teams/{team.public_code}"
    for path in ("/manage/my-teams", own, f"{own}/needs", f"/manage/proposals/{asked.id}"):
        page = sign_in(LEADER, path, **look)
        shot(page, path.strip("/").replace("/", "_")[:20] + scheme)
        assert violations(page) == [], path
        assert not overflows(page), path


def _a_need(session):
    """A need that everybody sees and nobody has taken."""
    free = text("SELECT id FROM pub.need WHERE status = 'published' ORDER BY code LIMIT 1")
    return session.get_one(Need, session.scalar(free))
