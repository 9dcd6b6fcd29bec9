"""An officer works through a queue by keys at a desk, and on a phone by touch."""

import pytest
from playwright.sync_api import expect
from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session

from mapservice.accounts.models import Role
from tests.browser.conftest import DESK, PHONE
from tests.browser.test_pages import violations
from tests.factories import make_account, make_need, make_organisation, make_person, make_place

OFFICER = "duyet@demo.invalid"
QUEUE = "/manage/review?tab=submitted"
# Of this test alone: no other place is submitted on the browser's site.
TITLES = ("Trường mầm non Thanh Sơn", "Nhà văn hoá thôn Đồng Bài", "Trạm y tế An Lạc")


@pytest.fixture
def waiting(cluster, site_database):
    """Three submitted places and a person; nothing is left of them."""
    engine = create_engine(cluster.url("owner", site_database))
    with Session(engine) as session:
        owner = make_organisation(session)
        account = make_account(session, organisation=owner, login=OFFICER, role=Role.ADMIN)
        made = []
        for number, title in enumerate(TITLES):
            place = make_place(
                session,
                status="submitted",
                title=title,
                organisation_id=owner.id,
                summary="Gặp cô Nguyễn Thị Mận để hỏi đường." if number == 2 else "Cần người giúp.",
            )
            make_need(
                session, address=place, status="submitted", urgency=3 - number, title="Sơn lại lớp"
            )
            made.append(place)
        made.append(make_person(session, status="submitted", organisation_id=owner.id))
        session.commit()
        yield made
        session.rollback()
        for statement in (
            "DELETE FROM core.text_check",
            f"DELETE FROM core.address WHERE organisation_id = '{owner.id}'",
            "DELETE FROM core.consent WHERE collected_by IN (SELECT id FROM core.user_account"
            f" WHERE organisation_id = '{owner.id}')",
            f"DELETE FROM core.sign_in_session WHERE account_id = '{account.id}'",
            f"DELETE FROM core.user_account WHERE organisation_id = '{owner.id}'",
            f"DELETE FROM core.organisation WHERE id = '{owner.id}'",
        ):
            session.execute(text(statement))
        session.commit()
    engine.dispose()


def overflows(page) -> bool:
    return page.evaluate("document.documentElement.scrollWidth > innerWidth")


def test_a_queue_by_keys(sign_in, waiting):
    page = sign_in(OFFICER, QUEUE, **DESK)
    rows = page.locator("[data-row]")
    keys = page.locator("[data-keys]")  # shown by the script that listens
    expect(rows).to_have_count(4)
    expect(keys).to_be_visible()
    for key, title in (("j", TITLES[0]), ("j", TITLES[1]), ("j", TITLES[2]), ("k", TITLES[1])):
        page.keyboard.press(key)
        expect(page.locator(":focus")).to_have_text(title)
    page.keyboard.press("x")
    expect(page.locator("[data-count]")).to_have_text("Đang chọn 1 dòng.")
    page.keyboard.press("a")
    expect(page.locator(".notice-good")).to_contain_text("Đã xác minh và công khai: 1 hồ sơ.")
    expect(rows).to_have_count(3)
    expect(keys).to_be_visible()
    page.keyboard.press("j")
    page.keyboard.press("r")
    reason = page.locator("#reason-return")
    expect(reason).to_be_visible()
    reason.fill("ajkr: thiếu số học sinh")  # letters here are letters
    expect(reason).to_have_value("ajkr: thiếu số học sinh")
    page.locator("details[open] form button").click()
    expect(page.locator(".notice-good")).to_contain_text("Đã trả lại")
    expect(rows).to_have_count(2)
    page.locator(".review-taken summary").click()
    page.locator(".review-taken input[type=checkbox]").check()
    page.locator(".review-taken button").click()
    expect(rows).to_have_count(3)


def test_keys_can_be_switched_off(sign_in, waiting):
    page = sign_in(OFFICER, QUEUE, **DESK)
    page.locator("[data-keys-on]").uncheck()
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement.hasAttribute('data-open')") is False


@pytest.mark.parametrize("screen", [DESK, PHONE], ids=["desk", "phone"])
def test_pages_of_a_review_fit_and_axe_finds_nothing(sign_in, waiting, screen):
    page = sign_in(OFFICER, QUEUE, **screen)
    paths = [QUEUE, "/manage/review?tab=returned", "/manage/review/duplicates"]
    paths += [f"/manage/addresses/{made.public_code}?do=return" for made in waiting[2:]]
    for path in paths:
        page.goto(page.url.split("/manage")[0] + path)
        page.wait_for_load_state("networkidle")
        assert not overflows(page), path
        assert violations(page) == [], path


def test_a_name_is_ticked_on_a_phone_and_the_place_goes_out(sign_in, waiting, visit):
    visit.expected.append("422")
    page = sign_in(OFFICER, f"/manage/addresses/{waiting[2].public_code}", **PHONE)
    publish = page.locator("button", has_text="Xác minh và công khai")
    publish.click()
    expect(page.locator(".notice-bad")).to_contain_text("Có lời giống tên người")
    expect(page.locator("mark")).to_have_text("Nguyễn Thị Mận")
    page.locator(".screened input[type=checkbox]").check()
    page.locator(".screened button").click()
    publish.click()
    expect(page.locator(".notice-good")).to_contain_text("Đã xác minh và công khai.")
    public = visit(f"/places/{waiting[2].public_code}", **PHONE)
    expect(public.locator("h1")).to_have_text(TITLES[2])


@pytest.mark.parametrize("screen", [DESK, PHONE], ids=["desk", "phone"])
def test_a_name_typed_into_a_public_place_is_ticked_on_its_form(visit, sign_in, waiting, screen):
    visit.expected.append("422")  # the console names the answer that asks for ticks
    session = Session.object_session(waiting[0])
    place = make_place(session, organisation_id=waiting[0].organisation_id, severity=2)
    session.commit()
    path = f"/manage/addresses/{place.public_code}"
    page = sign_in(OFFICER, f"{path}/edit", **screen)
    page.fill("#summary", "Em Nguyễn Văn An, 0912 345 678")
    page.click(".save-bar button")
    expect(page.get_by_role("alert")).to_contain_text("“0912 345 678” giống số điện thoại")
    expect(page.locator("#summary")).to_have_value("Em Nguyễn Văn An, 0912 345 678")
    assert not overflows(page) and violations(page) == []
    boxes = page.locator("#told input[type=checkbox]")
    expect(boxes).to_have_count(2)
    for box in boxes.all():
        box.check()
    page.click(".save-bar button")
    expect(page.locator(".notice-good").first).to_contain_text("Đã lưu.")
    expect(page.locator("#texts .tag-good")).to_have_count(2)
