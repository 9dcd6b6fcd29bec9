"""The office's front door, lists and histories in Chromium: at both sizes, by keys, on paper."""

import re

import pytest
from playwright.sync_api import expect
from sqlalchemy import create_engine, delete, select, text
from sqlalchemy.orm import Session

from mapservice.accounts.models import Organisation, Role, UserAccount
from mapservice.office import lists
from tests.browser.conftest import DESK, PHONE
from tests.browser.test_pages import violations
from tests.factories import (
    make_account,
    make_invitation,
    make_offer,
    make_organisation,
    make_place,
    make_plan,
    make_suggestion,
)

ADMIN = "tong-quan@demo.invalid"
LISTS = tuple(listing.name for listing in lists.ALL)
NONE_HERE = {"assignments", "imports", "embeds", "embed-views"}  # lists that the site has none of
EMPTY_AND_NEW = ("/manage/teams?q=khongco", "/manage/embeds/new")
LONG = "Liên chi đoàn Trường Trung học phổ thông Dân tộc nội trú liên huyện Sơn Động và Lục Ngạn"
LOGIN = "doan-vien-phu-trach-thong-tin.truong-noi-tru@tinhdoan.demo.invalid"
A4_LANDSCAPE = re.compile(rb"/MediaBox \[\s*0 0 84[12][\d.]* 59[45]")


@pytest.fixture
def admin(cluster, site_database):
    """An account of the whole province; nothing is left of it."""
    engine = create_engine(cluster.url("owner", site_database))
    with Session(engine) as session:
        owner = make_organisation(session)
        make_account(session, organisation=owner, login=ADMIN, role=Role.ADMIN)
        session.commit()
        yield ADMIN
        for table in ("sign_in_session WHERE account_id IN (SELECT id FROM core.user_account"
                      f" WHERE organisation_id = '{owner.id}')",
                      f"user_account WHERE organisation_id = '{owner.id}'",
                      f"organisation WHERE id = '{owner.id}'"):  # fmt: skip
            session.execute(text(f"DELETE FROM core.{table}"))
        session.commit()
    engine.dispose()


@pytest.fixture
def long_words(cluster, site_database, admin):
    """A row with the longest words of its kind in the lists that the site leaves empty."""
    engine = create_engine(cluster.url("owner", site_database))
    with Session(engine) as session:
        account = session.scalars(select(UserAccount).where(UserAccount.login == admin)).one()
        office = session.get_one(Organisation, account.organisation_id)
        account.name, office.name = "Nguyễn Thị Phương Thảo Nguyên", LONG
        place = make_place(session, title=LONG)
        sent = [
            make_offer(session, address=place.public_code),
            make_suggestion(session, title=LONG),
        ]
        invited = make_invitation(session, organisation=office, by=account, login=LOGIN)
        plan = make_plan(session, by=account, province=True, needs=1234)
        session.commit()
        yield
        session.rollback()
        for record in (*sent, invited, plan, place):
            session.execute(delete(type(record)).where(type(record).id == record.id))
        session.commit()
    engine.dispose()


def overflows(page) -> bool:
    return page.evaluate("document.documentElement.scrollWidth > innerWidth")


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_every_page_fits_and_is_accessible(admin, sign_in, live_server, size):
    page = sign_in(admin, "/manage/", **size)
    for path in ("/manage/", *(f"/manage/{name}" for name in LISTS), *EMPTY_AND_NEW):
        page.goto(live_server + path)
        assert not overflows(page), path
        assert violations(page) == [], path


def test_the_menu_unfolds_on_a_phone_and_marks_where_one_is(admin, sign_in):
    page = sign_in(admin, "/manage/addresses", **PHONE)
    menu = page.get_by_role("navigation", name="Việc của tôi")
    menu.get_by_text("Địa chỉ").first.click()
    current = menu.locator(".office-fold [aria-current=page]")
    expect(current).to_have_text("Địa chỉ")
    menu.locator(".office-fold").get_by_role("link", name="Nhu cầu").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Nhu cầu hỗ trợ")


def test_the_longest_menu_stands_in_one_line_on_a_desk(admin, sign_in):
    page = sign_in(admin, "/manage/account", **DESK)
    tops = page.locator(".office-strip a").evaluate_all("found => found.map((a) => a.offsetTop)")
    assert len(tops) >= 13 and len(set(tops)) == 1


def test_a_list_is_filtered_ordered_and_left_by_keys(admin, sign_in):
    page = sign_in(admin, "/manage/addresses", **DESK)
    page.get_by_label("Tìm theo tên hoặc mã").fill("truong an")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"[?&]q=truong"))
    expect(page.locator(".list-count")).to_contain_text("kết quả")
    titles = page.locator("tbody .cell-title").all_inner_texts()
    assert titles and all("Trường An" in title for title in titles)
    page.get_by_label("Trạng thái").select_option("draft")
    page.get_by_role("button", name="Lọc").click()
    expect(page.locator(".empty")).to_contain_text("Không có dòng nào")
    page.get_by_role("link", name="Xóa bộ lọc").first.click()
    page.get_by_role("link", name="Tên", exact=True).click()
    expect(page.locator("th[aria-sort=ascending]")).to_contain_text("Tên")
    page.get_by_role("link", name="Trang sau").click()
    expect(page.locator(".list-count")).to_contain_text("trang 2/")
    page.locator("tbody .cell-title a").first.focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/manage/addresses/[0-9A-Z]{8}$"))


def test_hostile_texts_stay_texts_in_lists(admin, sign_in):
    page = sign_in(admin, "/manage/addresses?q=<img", **DESK)
    assert page.title() == "Địa chỉ tình nguyện"
    expect(page.locator("tbody tr").first).to_contain_text("<img src=x")


def test_a_list_prints_on_a4_with_its_headings_and_no_buttons(admin, sign_in):
    page = sign_in(admin, "/manage/needs?format=print&reason=report", **DESK)
    expect(page.get_by_role("button", name="In")).to_be_visible()
    page.emulate_media(media="print")
    for gone in (".topbar", ".office-menu", ".buttons"):
        expect(page.locator(gone).first).to_be_hidden()
    head = page.locator("thead")
    assert head.evaluate("e => getComputedStyle(e).display") == "table-header-group"
    paper = page.pdf(prefer_css_page_size=True)
    assert paper.startswith(b"%PDF") and len(A4_LANDSCAPE.findall(paper)) > 1


# What stands on the sheet is inside the printed area; with CSS pixels of 96 to the inch.
SHEET = {"width": round((297 - 20) * 96 / 25.4), "height": round((210 - 26) * 96 / 25.4)}
CUT = """() => [...document.querySelectorAll(".list-table :is(th, td)")].filter((cell) => {
  const box = cell.getBoundingClientRect();
  return box.left < -1 || box.right > innerWidth + 1 || cell.scrollWidth > cell.clientWidth + 1;
}).map((cell) => cell.textContent.trim())"""


@pytest.mark.parametrize("name", sorted({*LISTS} - NONE_HERE))
def test_no_column_of_a_printed_list_is_cut(admin, long_words, sign_in, name):
    page = sign_in(admin, f"/manage/{name}?format=print&reason=report", viewport=SHEET)
    page.emulate_media(media="print")
    expect(page.locator(".list-table tbody tr").first).to_be_visible()
    assert page.evaluate(CUT) == []
    sheets = len(A4_LANDSCAPE.findall(page.pdf(prefer_css_page_size=True)))
    # Paper is not wasted: ten rows to a sheet, however long their titles are.
    assert sheets <= page.locator(".list-table tbody tr").count() / 10 + 2


def test_a_file_is_taken_by_its_button(admin, sign_in):
    page = sign_in(admin, "/manage/teams", **DESK)
    with page.expect_download() as waited:
        page.get_by_role("link", name="Tải Excel").click()
    assert re.fullmatch(
        r"doi-hinh-tinh-nguyen-\d\d-\d\d-\d{4}\.xlsx", waited.value.suggested_filename
    )
