"""Signing in for the first time, an expired form that goes on, and how the pages look."""

import re

import pyotp
import pytest
from playwright.sync_api import expect
from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session

from mapservice.accounts import service
from mapservice.accounts.models import Role
from tests.browser.conftest import DESK, PHONE
from tests.browser.test_pages import violations
from tests.factories import make_account, make_invitation, make_organisation, make_password_reset

PASSWORD = "con đường làng em"
ADMIN, OFFICER = "tinh@demo.invalid", "canbo.huyendoan.sondong.220@demo.invalid"
LINK = "duong-dan-thu"


@pytest.fixture
def people(cluster, site_database):
    """An admin and an officer with a password, and links that stand; gone at the end."""
    engine = create_engine(cluster.url("owner", site_database))
    known = {"password_hash": service.HASHER.hash(PASSWORD)}
    with Session(engine, expire_on_commit=False) as session:
        top = make_organisation(session, name="Tỉnh đoàn thử")
        below = make_organisation(
            session, name="Huyện đoàn thử", level="district", parent_id=top.id
        )
        admin = make_account(
            session, organisation=top, login=ADMIN, role=Role.ADMIN, name="Quản trị Thử", **known
        )
        make_account(session, organisation=below, login=OFFICER, name="Cán bộ Thử", **known)
        make_invitation(
            session,
            organisation=below,
            by=admin,
            token=LINK,
            role=Role.TEAM_LEADER,
            login="+84912345678",
        )
        make_password_reset(session, account=admin, token=LINK)
        session.commit()
        yield session
        session.rollback()
        for statement in (
            "DELETE FROM core.invitation",
            "DELETE FROM core.password_reset",
            "DELETE FROM core.attempt",
            f"DELETE FROM core.user_account WHERE organisation_id IN ('{top.id}', '{below.id}')",
            f"DELETE FROM core.organisation WHERE id = '{below.id}'",
            f"DELETE FROM core.organisation WHERE id = '{top.id}'",
        ):
            session.execute(text(statement))
        session.commit()
    engine.dispose()


def give_password(page, login):
    page.fill("[name=login]", login)
    page.fill("[name=password]", PASSWORD)
    page.click("main button[type=submit]")


def test_an_admins_first_and_second_sign_in(visit, people):
    page = visit("/sign-in", **PHONE)
    give_password(page, ADMIN)
    page.wait_for_url("**/manage/account/second-factor")
    assert page.locator(".qr path").count() >= 1
    assert page.evaluate("document.querySelector('.qr').getBoundingClientRect().width") > 180
    secret = page.locator(".secret").inner_text().replace(" ", "")
    page.fill("[name=code]", pyotp.TOTP(secret).now())
    page.click("text=Bật xác thực hai bước")
    expect(page.locator(".recovery-codes code")).to_have_count(10)
    codes = page.locator(".recovery-codes code").all_inner_texts()
    page.click("text=Đã cất, vào việc")
    page.wait_for_url("**/manage/**")

    desk = visit("/sign-in?next=/manage/users")
    give_password(desk, ADMIN)
    expect(desk.locator("h1")).to_have_text("Nhập mã xác thực")
    desk.fill("[name=code]", codes[0].lower())
    desk.click("main button[type=submit]")
    desk.wait_for_url("**/manage/users")
    expect(desk.get_by_role("heading", name="Tài khoản")).to_be_visible()


@pytest.mark.parametrize("script", [True, False], ids=["script", "plain"])
def test_a_form_that_met_an_ended_session_goes_on(visit, sign_in, people, script):
    visit.expected.append("401")  # the console names the answer of the ended session
    page = sign_in(OFFICER, "/manage/account", java_script_enabled=script)
    page.fill("#name", 'Tên "Mới" <b>')
    people.execute(text("UPDATE core.sign_in_session SET revoked_at = now()"))
    people.commit()
    page.click("text=Đổi tên")
    expect(page.locator("text=Nội dung vừa nhập vẫn còn")).to_be_visible()
    give_password(page, OFFICER)
    page.click("main button[type=submit]")
    expect(page.locator("text=Đã đổi tên.")).to_be_visible()
    assert page.input_value("#name") == 'Tên "Mới" <b>'


def test_a_link_is_copied(sign_in, people):
    page = sign_in(ADMIN, "/manage/users/invite")
    page.fill("[name=login]", "moi@demo.invalid")
    page.select_option("[name=role]", "viewer")
    page.select_option("[name=organisation]", label="– Huyện đoàn thử")
    page.click("text=Tạo lời mời")
    page.click("[data-copy]")
    expect(page.locator("[data-copy]")).to_have_text(re.compile("Đã"))
    selected = page.evaluate("document.activeElement.value")
    assert "/invitation/" in selected


SHEETS = ["/sign-in", "/password", f"/password/{LINK}", f"/invitation/{LINK}"]
PAGES = [
    "/manage/account",
    "/manage/account/second-factor",
    "/manage/users",
    "/manage/users/invite",
    "/manage/invitations",
    "/manage/organisations",
    "/manage/organisations/new",
]


@pytest.mark.parametrize("screen", [DESK, PHONE], ids=["desk", "phone"])
def test_axe_finds_nothing_and_nothing_overflows(visit, sign_in, people, screen):
    pages = [visit(path, **screen) for path in SHEETS]
    page = sign_in(ADMIN, PAGES[0], **screen)
    people_of = people.execute(
        text("SELECT id, organisation_id FROM core.user_account WHERE login = :login"),
        {"login": OFFICER},
    ).one()
    for opened in pages:
        assert violations(opened) == [], opened.url
    for path in (
        *PAGES,
        f"/manage/users/{people_of.id}",
        f"/manage/users/{people_of.id}/history",
        f"/manage/organisations/{people_of.organisation_id}?q=an+lac",
    ):
        page.goto(f"{page.url.split('/manage')[0]}{path}")
        assert violations(page) == [], path
        assert not page.evaluate("document.documentElement.scrollWidth > innerWidth"), path
