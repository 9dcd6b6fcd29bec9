"""A messy list from its file to records and back, by keys at a desk; a bad file on a phone."""

import re

import pytest
from playwright.sync_api import expect
from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session

from mapservice.accounts.models import OrganisationLevel, OrganisationUnit, Role
from tests.browser.conftest import PHONE
from tests.browser.test_matching import overflows
from tests.browser.test_pages import violations
from tests.factories import make_account, make_organisation, make_place, unit_id
from tests.imports_corpus import book

REGISTRAR = "nhapdanhsach@demo.invalid"
NEW = "/manage/imports/new"
MESSY = [
    ["HUYỆN ĐOÀN SƠN ĐỘNG"],
    ["DANH SÁCH ĐIỂM TÌNH NGUYỆN NĂM 2026", None, None, None, None],
    ["TT", "Tên điểm", "Loại", "Thôn", "Xã", "Dân"],
    ["I", "Xã An Lạc"],
    [1, "Điểm trường Khe Lim", "Trường học", "Mẫu", None, 12],
    [2, "Điểm trường Khe Cũ", "Trường học", "Cũ", None, 15],
    [3, "Điểm trường Khe Y", "Trường học", "Cũ", None, 7],
    [4, "Điểm trường Khe Đôi", "Trường học", "Mẫu", None, 3],
    [5, "diem truong  khe doi", "Trường học", "thôn Mẫu", None, 4],
    [6, "Trạm y tế Khe Sai", "Trạm y tế", "Mẫu", None, "nhiều"],
    [7, "Nhà văn hóa Khe Chung", "Địa chỉ khác", "Mẫu", "Phúc Sơn", 20],
    ["Tổng cộng", 7],
]
GONE = (
    "DELETE FROM core.import_batch WHERE organisation_id = :organisation",
    "DELETE FROM core.import_heading WHERE organisation_id = :organisation",
    "DELETE FROM core.address WHERE organisation_id = :organisation",
    "DELETE FROM core.user_account WHERE id = :account",
    "DELETE FROM core.organisation WHERE id = :organisation",
    "DELETE FROM core.organisation WHERE id = :province",
)


@pytest.fixture
def registrar(cluster, site_database):
    """Of Sơn Động, where two places of the list are registered; nothing is left of what is done."""
    engine = create_engine(cluster.url("owner", site_database))
    with Session(engine) as session:
        province = make_organisation(session)
        home = make_organisation(
            session,
            name="Huyện đoàn thử",
            level=OrganisationLevel.DISTRICT,
            parent_id=province.id,
        )
        session.add(OrganisationUnit(organisation_id=home.id, unit_id=unit_id(session, "220")))
        account = make_account(session, organisation=home, login=REGISTRAR, role=Role.REGISTRAR)
        known = {"organisation_id": home.id, "hamlet": "Cũ", "programme_year": 2026}
        for title, households in (("Điểm trường Khe Cũ", 12), ("Điểm trường Khe Y", 7)):
            make_place(session, title=title, households=households, status="draft", **known)
        session.commit()
        ids = {"account": account.id, "organisation": home.id, "province": province.id}
        yield session
        session.rollback()
        for statement in GONE:
            session.execute(text(statement), ids)
        session.commit()
    engine.dispose()


@pytest.fixture
def messy(tmp_path):
    path = tmp_path / "ds huyen.xlsx"
    book(("DS 2026", MESSY), merged=("A2:E2",))(path)
    return path


def press(page, name: str) -> None:
    """A button, reached and pressed by keys."""
    page.get_by_role("button", name=name).first.focus()
    page.keyboard.press("Enter")


def shown(page, fate: str, count: int) -> None:
    expect(page.get_by_role("heading", name=re.compile(rf"^{fate} \({count}\)$"))).to_be_visible()


def test_a_messy_list_goes_all_the_way_by_keys(registrar, sign_in, messy):
    page = sign_in(REGISTRAR, NEW)
    page.set_input_files("#file", messy)
    press(page, "Đưa lên và xem cột")
    # Columns: one that was not understood is named.
    column = page.get_by_label("Dân", exact=True)
    expect(column).to_have_value("5:")
    column.focus()
    page.keyboard.type("Số hộ")
    expect(column).to_have_value("5:households")
    assert violations(page) == []
    press(page, "Kiểm tra 7 dòng")
    # Each fate once: what waits for somebody is shown first.
    shown(page, "Không nhận", 1)
    totals = page.get_by_role("navigation", name="Lọc theo kết quả")
    for said in ("Mới 2", "Có thay đổi 1", "Không đổi 1", "Có thể trùng 1", "Chờ bổ sung 1"):
        expect(totals).to_contain_text(said)
    assert violations(page) == []
    cell = page.get_by_label("Số hộ", exact=True)
    expect(cell).to_have_value("nhiều")
    cell.fill("9")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Dòng 10: sẽ được ghi mới.")).to_be_visible()
    shown(page, "Chờ bổ sung", 1)
    page.get_by_role("radio").first.focus()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    shown(page, "Có thể trùng", 1)
    press(page, "Là hồ sơ khác: ghi mới")
    press(page, "Ghi 6 dòng")
    # Records are there, and are submitted together.
    expect(page.get_by_text("5 hồ sơ vừa ghi còn là bản nháp")).to_be_visible()
    row = page.locator(".import-row", has_text="Điểm trường Khe Lim")
    expect(row).to_contain_text("bản nháp")
    press(page, "Gửi duyệt 5 hồ sơ")
    expect(page.get_by_text("Cả 5 hồ sơ đã được gửi duyệt.")).to_be_visible()
    assert violations(page) == [] and not overflows(page)
    row.get_by_role("link").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Điểm trường Khe Lim")
    page.go_back()
    press(page, "Hoàn tác cả lần nhập")
    expect(page.get_by_text("Đã hoàn tác: những gì lần nhập này ghi đã được gỡ.")).to_be_visible()
    page.get_by_role("link", name="Lịch sử").click()
    for said in ("được gửi duyệt các bản nháp", "được hoàn tác"):
        expect(page.get_by_role("main")).to_contain_text(said)
    left = text("SELECT title, households FROM core.address WHERE title LIKE '%Khe%' ORDER BY 1")
    assert registrar.execute(left).all() == [("Điểm trường Khe Cũ", 12), ("Điểm trường Khe Y", 7)]


def test_a_refused_file_says_why_and_the_next_one_is_taken(
    registrar, visit, sign_in, messy, tmp_path
):
    visit.expected.append("422")
    bad = tmp_path / "danh sach.xls"
    bad.write_text("<html><body><table><tr><td>Tên điểm</td></tr></table></body></html>", "utf-8")
    page = sign_in(REGISTRAR, NEW, **PHONE)
    page.set_input_files("#file", bad)
    page.get_by_role("button", name="Đưa lên và xem cột").tap()
    error = page.locator("#file-error")
    expect(error).to_contain_text("trang web")
    expect(page.get_by_role("alert")).to_be_focused()
    assert violations(page) == [] and not overflows(page)
    page.set_input_files("#file", messy)
    page.get_by_role("button", name="Đưa lên và xem cột").tap()
    page.get_by_role("button", name="Kiểm tra 7 dòng").tap()
    shown(page, "Chờ bổ sung", 1)
    assert violations(page) == [] and not overflows(page)
    page.goto(page.url.rsplit("/", 1)[0])
    expect(page.get_by_role("link", name="ds huyen.xlsx").first).to_be_visible()
    assert not overflows(page)


def test_what_is_typed_in_other_rows_stays_while_one_is_sent(registrar, sign_in, tmp_path):
    path = tmp_path / "sai.xlsx"
    names = ("Khe Lim", "Suối Táu", "Đồi Gụ")
    rows = [[name, "Trạm y tế", f"Thôn {name}", "An Lạc", "nhiều"] for name in names]
    book(("DS", [["Tên điểm", "Loại", "Thôn", "Xã", "Số hộ"], *rows]))(path)
    page = sign_in(REGISTRAR, NEW)
    page.set_input_files("#file", path)
    press(page, "Đưa lên và xem cột")
    press(page, "Kiểm tra 3 dòng")
    shown(page, "Không nhận", 3)
    cells = page.get_by_label("Số hộ", exact=True)
    cells.nth(0).fill("11")
    cells.nth(2).fill("13")
    cells.nth(0).press("Enter")
    shown(page, "Không nhận", 2)
    expect(cells).to_have_count(2)
    expect(cells.nth(0)).to_be_focused()
    expect(cells.nth(1)).to_have_value("13")
    cells.nth(0).fill("12")
    cells.nth(0).press("Enter")
    shown(page, "Không nhận", 1)
    expect(cells).to_have_value("13")
    cells.press("Enter")
    expect(page.get_by_text("Ghi 3 dòng")).to_be_visible()
