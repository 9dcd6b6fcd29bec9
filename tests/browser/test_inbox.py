"""An officer answers what the public sent, by keyboard and on a phone; photos go onto a record."""

from io import BytesIO
from random import randbytes

import pytest
from PIL import ExifTags, Image
from playwright.sync_api import expect
from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session

from tests.browser.conftest import DESK, PHONE
from tests.browser.test_matching import overflows
from tests.browser.test_pages import violations
from tests.factories import make_offer, make_place, make_suggestion, officer_of, picture

OFFICER = "hopthu@demo.invalid"
# The files that a form would send now.
CHOSEN = """[...document.querySelector("#photos").files]
    .map(({ name, type, size }) => ({ name, type, size }))"""


@pytest.fixture
def inbox(cluster, site_database):
    """An officer of Sơn Động with two things to answer and a draft place; all of it goes again."""
    engine = create_engine(cluster.url("owner", site_database))
    with Session(engine) as session:
        account = officer_of(session, "220")
        account.login = OFFICER
        place = make_place(session, title="Điểm trường Bản Mới")
        make_offer(session, address=place.public_code, people="5", name="Hoàng Văn Mẫu")
        make_suggestion(session, title="Nhà văn hóa Khe Vàng", words="Gặp anh Tuấn ở cuối thôn.")
        session.commit()
        session.info["place"] = place.public_code
        yield session
        session.rollback()
        for statement in (
            "DELETE FROM core.offer",
            "DELETE FROM core.suggestion",
            "DELETE FROM core.photo",
            "DELETE FROM core.address WHERE title IN ('Điểm trường Bản Mới')",
            f"DELETE FROM core.user_account WHERE login = {OFFICER!r}",
        ):
            session.execute(text(statement))
        session.commit()
    engine.dispose()


def test_from_the_list_to_an_answer_by_keyboard(sign_in, inbox):
    page = sign_in(OFFICER, "/manage/inbox?open=1")
    page.wait_for_load_state("networkidle")  # the module that listens is loaded
    first_links = page.locator(".list-table tbody .cell-public-code a")
    page.keyboard.press("j")
    expect(first_links.nth(0)).to_be_focused()
    page.keyboard.press("j")
    expect(first_links.nth(1)).to_be_focused()
    page.keyboard.press("k")
    expect(first_links.nth(0)).to_be_focused()
    assert not overflows(page)
    page.get_by_role("link", name="Điểm trường Bản Mới").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/manage/inbox/offers/*")
    expect(page.locator("text=Hoàng Văn Mẫu")).to_have_count(0)
    page.click("text=Hiện thông tin liên hệ")
    page.wait_for_selector("text=Hoàng Văn Mẫu")
    page.click("text=Đã liên hệ")
    page.wait_for_selector("text=Đã ghi: đã liên hệ.")
    page.click("text=Hoàn tác bước vừa rồi")
    page.wait_for_selector("text=Đã hoàn tác.")


@pytest.mark.parametrize("context", [DESK, PHONE], ids=["desk", "phone"])
def test_a_suggestion_becomes_a_draft_without_script(sign_in, inbox, context):
    page = sign_in(OFFICER, "/manage/inbox", java_script_enabled=False, **context)
    page.click("text=Nhà văn hóa Khe Vàng")
    expect(page.locator("text=Tuấn (tên người)")).to_be_visible()
    page.click("text=Nhận, tạo bản nháp địa chỉ")
    expect(page.locator("text=Bản nháp:")).to_be_visible()
    inbox.execute(text("UPDATE core.suggestion SET converted_to = NULL"))
    inbox.execute(text("DELETE FROM core.address WHERE title = 'Nhà văn hóa Khe Vàng'"))
    inbox.commit()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("screen", [DESK, PHONE], ids=["desk", "phone"])
def test_axe_finds_nothing_in_the_inbox(sign_in, inbox, screen, scheme):
    page = sign_in(OFFICER, "/manage/inbox", **screen, color_scheme=scheme)
    assert violations(page) == [] and not overflows(page)
    page.click("text=Điểm trường Bản Mới")
    for summary in page.locator("main summary").all():
        summary.click()
    assert violations(page) == [] and not overflows(page)


def test_a_large_photo_is_drawn_smaller_before_it_is_sent(sign_in, inbox):
    page = sign_in(OFFICER, f"/manage/addresses/{inbox.info['place']}")
    drawn = Image.frombytes("RGB", (30, 40), randbytes(3_600)).resize((3000, 4000))
    large = BytesIO()
    turned = Image.Exif()
    turned[ExifTags.Base.Orientation] = 6  # a phone held upright
    drawn.save(large, "JPEG", quality=97, exif=turned)
    large.write(randbytes(12 * 1024 * 1024))  # a moving photo has its film behind the picture
    files = [{"name": "Bản Nà.JPG", "mimeType": "image/jpeg", "buffer": large.getvalue()}]
    page.set_input_files("#photos", files)
    shown = page.locator("[data-previews] img")
    expect(shown).to_have_js_property("naturalWidth", 2000)
    expect(shown).to_have_js_property("naturalHeight", 1500)
    (sent,) = page.evaluate(CHOSEN)
    assert (sent["name"], sent["type"]) == ("Bản Nà.jpg", "image/jpeg")
    assert sent["size"] < large.tell() / 4
    page.click("text=Gửi ảnh")
    expect(page.locator(".photo-list img")).to_have_count(1)


def test_more_photos_than_there_is_room_for_are_not_sent(sign_in, inbox):
    page = sign_in(OFFICER, f"/manage/addresses/{inbox.info['place']}")
    one = {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": picture()}
    page.set_input_files("#photos", [one] * 9)
    said = page.get_by_role("alert").filter(has_text="Chỉ gửi thêm được 8 ảnh, bạn đã chọn 9")
    expect(said).to_be_visible()
    page.click("text=Gửi ảnh")
    expect(page.locator("#photos")).to_be_focused()
    page.set_input_files("#photos", [one])
    expect(said).to_be_hidden()
    page.click("text=Gửi ảnh")
    expect(page.locator(".photo-list img")).to_have_count(1)


def test_pictures_chosen_before_the_script_came_are_looked_at_too(sign_in, inbox):
    page = sign_in(OFFICER, "/manage/account")
    held = []
    page.route("**/js/photos/previews.js", lambda route: held.append(route))
    with page.expect_request("**/js/photos/previews.js"):
        place = f"/manage/addresses/{inbox.info['place']}"
        page.goto(page.url.split("/manage")[0] + place, wait_until="commit")
    one = {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": picture()}
    page.set_input_files("#photos", [one] * 9)
    held[0].continue_()
    said = page.get_by_role("alert").filter(has_text="Chỉ gửi thêm được 8 ảnh, bạn đã chọn 9")
    expect(said).to_be_visible()


@pytest.mark.parametrize("screen", [DESK, PHONE], ids=["desk", "phone"])
def test_photos_are_sent_shown_removed_and_brought_back(visit, sign_in, inbox, screen):
    page = sign_in(OFFICER, f"/manage/addresses/{inbox.info['place']}", **screen)
    visit.expected.append("415")
    sent = {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": picture(width=800, height=600)}
    fake = {"name": "a.png", "mimeType": "image/png", "buffer": b"<svg/>"}
    page.wait_for_load_state("networkidle")  # the script of the form is there, and its modules
    page.set_input_files("#photos", [fake])
    page.click("text=Gửi ảnh")
    page.wait_for_selector("text=Chỉ nhận ảnh JPEG, PNG hoặc WEBP.")
    page.set_input_files("#photos", [sent])
    expect(page.locator("[data-previews] img")).to_have_count(1)
    assert page.evaluate(CHOSEN)[0]["size"] == len(sent["buffer"])  # small: sent as it is
    page.click("text=Gửi ảnh")
    shown = page.locator(".photo-list img").first
    page.wait_for_selector(".photo-list img")
    shown.scroll_into_view_if_needed()
    expect(shown).to_have_js_property("naturalWidth", 480)
    assert violations(page) == [] and not overflows(page)
    page.click(".photo-list button:has-text('Gỡ ảnh')")
    page.wait_for_selector("text=Đã gỡ ảnh.")
    page.click("text=Ảnh đã gỡ (1)")
    page.click("button:has-text('Lấy lại')")
    page.wait_for_selector("text=Đã lấy lại ảnh.")
