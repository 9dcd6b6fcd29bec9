"""Anybody offers help or proposes an address: by keyboard, on a phone, without script or signal."""

import re
import time
from itertools import count

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import create_engine, text

from tests.browser.conftest import DESK, PHONE
from tests.browser.province import HOSTILE
from tests.browser.test_matching import overflows
from tests.browser.test_offline import LOST, keeps, until
from tests.browser.test_outbox import FULL
from tests.browser.test_pages import violations

COMMUNE = "07645@2022"
PHONES = count()  # one number may be written down ten times an hour
RECEIPT = re.compile(r"/receipt/[A-Z2-7]{16}$")


@pytest.fixture
def letters(cluster, site_database):
    """`letters(query)`: what was sent, as the owner reads it; all of it goes again."""
    engine = create_engine(cluster.url("owner", site_database))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as owner:

        def letters(table: str, columns: str = "*"):
            return owner.execute(text(f"SELECT {columns} FROM core.{table}")).all()

        yield letters
        for table in ("offer", "suggestion", "attempt"):
            owner.execute(text(f"DELETE FROM core.{table}"))
    engine.dispose()


@pytest.fixture
def help_path(place_path):
    return place_path.replace("/places/", "/help/")


def live(page: Page) -> None:
    """Until the form's script listens."""
    expect(page.locator("form[data-live]")).to_have_count(1)


def sign(page: Page) -> None:
    """Who sends it, and that officers may call."""
    page.get_by_label("Họ tên của bạn").fill("Hoàng Văn Mẫu")
    page.get_by_label("Số điện thoại của bạn").fill(f"09123{next(PHONES):05d}")
    page.get_by_label("Tôi đồng ý").check()


def tab_to(page: Page, target) -> None:
    """Press Tab until the focus is there."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if target.evaluate("element => element === document.activeElement"):
            return
    raise AssertionError("not reached by keyboard")


@pytest.mark.parametrize("screen", [DESK, PHONE], ids=["desk", "phone"])
def test_help_is_offered_and_taken_back_by_keyboard(visit, place_path, letters, screen):
    page = visit(place_path, **screen)
    tab_to(page, page.get_by_role("link", name="Tôi muốn giúp").first)
    page.keyboard.press("Enter")
    page.wait_for_url("**/help/*")
    live(page)
    tab_to(page, page.get_by_label("Đến giúp một tay"))
    page.keyboard.press("Space")
    expect(page.get_by_label("Số lượng hiện vật")).to_be_hidden()
    for label, typed in (
        ("Bao nhiêu người", "4"),
        ("Họ tên của bạn", "Hoàng Văn Mẫu"),
        ("Số điện thoại của bạn", f"09123{next(PHONES):05d}"),
    ):
        tab_to(page, page.get_by_label(label))
        page.keyboard.type(typed)
    tab_to(page, page.get_by_label("Tôi đồng ý"))
    page.keyboard.press("Space")
    tab_to(page, page.get_by_role("button", name="Gửi lời đề nghị"))
    page.keyboard.press("Enter")
    page.wait_for_url(RECEIPT)
    expect(page.get_by_role("heading", name="Đã nhận, cảm ơn bạn!")).to_be_visible()
    assert letters("offer", "kind, people, status") == [("join", 4, "new")]
    tab_to(page, page.locator("summary"))
    page.keyboard.press("Enter")
    tab_to(page, page.get_by_role("button", name="Rút lại và xoá"))
    page.keyboard.press("Enter")
    expect(page.get_by_text("của bạn đã bị xoá")).to_be_visible()
    assert letters("offer", "status") == [("withdrawn",)]


@pytest.mark.parametrize("screen", [DESK, PHONE], ids=["desk", "phone"])
def test_everything_works_without_script(visit, help_path, letters, screen):
    page = visit(help_path, java_script_enabled=False, **screen)
    page.get_by_label("Góp hiện vật").check()
    page.get_by_label("Số lượng hiện vật").fill("12")
    page.get_by_label("Họ tên của bạn").fill("Hoàng Văn Mẫu")
    page.get_by_role("textbox", name="Lời nhắn").fill("Tôi có xe tải")
    visit.expected.append("422")
    page.click("text=Gửi lời đề nghị")
    expect(page.get_by_role("alert")).to_contain_text("Cần số điện thoại")
    expect(page.get_by_role("textbox", name="Lời nhắn")).to_have_value("Tôi có xe tải")
    sign(page)
    page.click("text=Gửi lời đề nghị")
    page.wait_for_url(RECEIPT)
    code = page.get_by_label("Mã biên nhận của bạn").input_value()
    page.click("text=Xem lại điều đã gửi")
    page.get_by_label("Mã biên nhận").fill(code.lower())
    page.click("main button[type=submit]")
    expect(page.get_by_text("Góp hiện vật")).to_be_visible()
    page.goto(page.url.split("/receipt")[0] + "/suggest?about=people")
    page.get_by_label("Người cao tuổi").check()
    page.get_by_label("Xã, phường").select_option(COMMUNE)
    sign(page)
    page.click("text=Gửi đề xuất")
    page.wait_for_url(RECEIPT)
    assert letters("suggestion", "nature, person_kind, title") == [("person", "elderly", None)]
    assert page.context.cookies() == []


def test_where_the_device_keeps_nothing_what_was_typed_stays(visit, help_path, letters):
    page = visit(help_path, **PHONE)
    page.add_init_script(FULL)
    page.reload()
    live(page)
    page.get_by_label("Đưa cả đội").check()
    page.get_by_role("textbox", name="Lời nhắn").fill("Đội 12 người")
    sign(page)
    visit.expected.append("ERR_FAILED")
    page.route("**/help/*", lambda route: route.abort())
    page.click("text=Gửi lời đề nghị")
    expect(page.locator("[data-said]")).to_contain_text("vẫn còn đây")
    expect(page.get_by_role("textbox", name="Lời nhắn")).to_have_value("Đội 12 người")
    page.unroute("**/help/*")
    page.click("text=Gửi lời đề nghị")
    page.wait_for_url(RECEIPT)
    assert letters("offer", "kind") == [("team",)]


@pytest.mark.parametrize("lost", ["there", "back"])
def test_an_offer_waits_for_the_signal_and_goes_once(visit, help_path, letters, lost):
    """Also when the server had it, and only its answer was lost."""
    page = visit(help_path, **PHONE)
    live(page)
    page.get_by_label("Đưa cả đội").check()
    sign(page)
    visit.expected.append("ERR_FAILED")

    def lose(route):
        if lost == "back":
            route.fetch()
        route.abort()

    page.route("**/help/*", lose)
    page.click("text=Gửi lời đề nghị")
    waiting = page.locator(".outbox")
    expect(waiting).to_contain_text("1 mục đang chờ trên máy này. Sẽ tự gửi khi có mạng.")
    expect(page.get_by_role("button", name="Gửi lời đề nghị")).to_be_hidden()
    expect(waiting).to_be_focused()
    assert violations(page) == []
    page.unroute("**/help/*")
    page.goto(page.url.split("/help/")[0] + "/stats")
    code = waiting.get_by_role("link")
    expect(code).to_have_attribute("href", RECEIPT)
    assert letters("offer", "kind") == [("team",)]
    waiting.get_by_role("button", name="Tôi đã ghi lại mã").click()
    expect(waiting).to_be_hidden()
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(waiting).to_be_hidden()


def test_an_offer_goes_while_no_page_is_open(visit, help_path, letters):
    """The browser wakes the worker when there is a signal again; DevTools do so here."""
    page = visit(help_path, **PHONE | {"service_workers": "allow"})
    until(page, "navigator.serviceWorker.controller !== null")
    live(page)
    page.get_by_label("Đưa cả đội").check()
    sign(page)
    visit.expected.append("503")
    page.route("**/help/*", lambda route: route.fulfill(status=503, body="{}"))
    page.click("text=Gửi lời đề nghị")
    expect(page.locator(".outbox")).to_contain_text("1 mục đang chờ")
    origin = page.url.split("/help/")[0]
    other = page.context.new_page()
    other.goto("about:blank")
    devtools, found = page.context.new_cdp_session(other), []
    devtools.on(
        "ServiceWorker.workerRegistrationUpdated", lambda e: found.extend(e["registrations"])
    )
    devtools.send("ServiceWorker.enable")
    page.close()
    other.wait_for_timeout(300)
    mine = next(one for one in found if one["scopeURL"].startswith(origin))
    devtools.send(
        "ServiceWorker.dispatchSyncEvent",
        {
            "origin": origin,
            "registrationId": mine["registrationId"],
            "tag": "outbox",
            "lastChance": False,
        },
    )
    deadline = time.monotonic() + 10
    while not letters("offer"):
        assert time.monotonic() < deadline
        other.wait_for_timeout(100)
    other.goto(origin + "/stats")
    expect(other.locator(".outbox").get_by_role("link")).to_have_attribute("href", RECEIPT)
    assert letters("offer", "kind") == [("team",)]


def test_an_offer_that_waits_may_be_taken_away_or_sent_at_once(visit, help_path, letters):
    page = visit(help_path, **PHONE)
    live(page)
    page.get_by_label("Đưa cả đội").check()
    sign(page)
    visit.expected.append("503")
    page.route("**/help/*", lambda route: route.fulfill(status=503, body="{}"))
    page.click("text=Gửi lời đề nghị")
    waiting = page.locator(".outbox")
    expect(waiting).to_contain_text("1 mục đang chờ")
    waiting.get_by_role("button", name="Bỏ").click()
    waiting.get_by_role("button", name="Bấm lần nữa để bỏ").click()
    expect(waiting).to_be_hidden()
    page.unroute("**/help/*")
    page.reload()
    live(page)
    page.wait_for_timeout(500)
    assert letters("offer") == []


def test_a_form_opens_without_a_signal_and_asks_for_what_is_missing(visit, place_path, letters):
    """Each time it is another offer, though the device has the page once."""
    visit.expected += LOST
    page = visit(place_path, **PHONE | {"service_workers": "allow"})
    until(page, "navigator.serviceWorker.controller !== null")
    keeps(page, place_path.replace("/places/", "/help/"))
    keeps(page, "/suggest?about=people")
    page.context.set_offline(True)
    for waiting in ("1 mục", "2 mục"):
        page.goto(page.url.split("/help/")[0].split("/places/")[0] + place_path)
        page.get_by_role("link", name="Tôi muốn giúp").first.click()
        live(page)
        said = page.locator("[data-said]")
        expect(said).to_contain_text("máy giữ lại và tự gửi khi có mạng")
        expect(page.locator("input[name=need]:checked")).not_to_have_value("")
        page.click("text=Gửi lời đề nghị")
        expect(said).to_contain_text("điền ô còn thiếu")
        page.get_by_label("Đưa cả đội").check()
        sign(page)
        page.click("text=Gửi lời đề nghị")
        expect(page.locator(".outbox")).to_contain_text(f"{waiting} đang chờ trên máy này")
    page.context.set_offline(False)
    expect(page.locator(".outbox").get_by_role("link")).to_have_count(2)
    assert letters("offer", "kind, need_id IS NOT NULL") == [("team", True)] * 2


def test_an_offer_that_is_refused_later_is_mended(visit, help_path, letters):
    page = visit(help_path, **PHONE)
    live(page)
    page.get_by_label("Đưa cả đội").check()
    page.get_by_role("textbox", name="Lời nhắn").fill("Đội 12 người")
    sign(page)
    page.get_by_label("Số điện thoại của bạn").fill("12")
    visit.expected += ["ERR_FAILED", "422"]
    page.route("**/help/*", lambda route: route.abort())
    page.click("text=Gửi lời đề nghị")
    waiting = page.locator(".outbox")
    expect(waiting).to_contain_text("1 mục đang chờ")
    page.unroute("**/help/*")
    page.goto(page.url.split("/help/")[0] + "/stats")
    expect(waiting).to_contain_text("Đội 12 người")
    waiting.get_by_role("button", name="Xem lại và sửa").click()
    expect(page.get_by_role("alert")).to_contain_text("Số điện thoại")
    live(page)
    page.wait_for_load_state("networkidle")
    expect(waiting).to_be_hidden()
    page.get_by_label("Số điện thoại của bạn").fill(f"09123{next(PHONES):05d}")
    page.click("text=Gửi lời đề nghị")
    page.wait_for_url(RECEIPT)
    page.wait_for_load_state("networkidle")
    expect(waiting).to_be_hidden()
    assert letters("offer", "kind") == [("team",)]


def test_a_form_refused_in_place_is_shown_with_its_errors(visit, help_path, letters):
    visit.expected.append("422")
    page = visit(help_path, **PHONE)
    live(page)
    page.get_by_label("Họ tên của bạn").fill("Hoàng Văn Mẫu")
    page.click("text=Gửi lời đề nghị")
    expect(page.get_by_role("alert")).to_be_focused()
    expect(page.get_by_role("alert")).to_contain_text("Chọn cách giúp.")
    expect(page.get_by_label("Họ tên của bạn")).to_have_value("Hoàng Văn Mẫu")
    assert violations(page) == [] and not overflows(page)
    assert letters("offer") == []


def test_a_second_tap_sends_nothing_more(visit, help_path, letters):
    page = visit(help_path, **PHONE)
    live(page)
    page.get_by_label("Đến giúp một tay").check()
    sign(page)
    page.get_by_role("button", name="Gửi lời đề nghị").dblclick()
    page.wait_for_url(RECEIPT)
    assert len(letters("offer")) == 1


@pytest.mark.parametrize("screen", [DESK, PHONE], ids=["desk", "phone"])
def test_a_place_is_proposed_with_the_cross_by_keyboard(visit, letters, screen):
    page = visit("/suggest", **screen)
    live(page)
    page.get_by_label("Tên địa điểm").fill("Điểm trường Khe Mới")
    page.get_by_label("Loại địa điểm").select_option("school")
    page.get_by_label("Xã, phường").select_option(COMMUNE)
    tab_to(page, page.locator("[data-map]"))
    page.keyboard.press("ArrowRight")
    expect(page.locator("[data-point-said]")).to_have_text("Đã lấy vị trí ở dấu cộng.")
    sign(page)
    page.click("text=Gửi đề xuất")
    page.wait_for_url(RECEIPT)
    near = "ext.ST_DWithin(s.point, u.label_point, 0.2)"
    sent = letters("suggestion AS s JOIN core.admin_unit AS u ON u.id = s.former_commune_id", near)
    assert sent == [(True,)]


def test_a_position_outside_the_province_is_told_and_not_taken(visit):
    far = {"geolocation": {"longitude": 105.9, "latitude": 20.5}}
    page = visit("/suggest", permissions=["geolocation"], **far, **PHONE)
    live(page)
    page.get_by_role("button", name="Tôi đang ở đó").click()
    expect(page.locator("[data-point-said]")).to_contain_text("ở ngoài tỉnh")
    assert page.locator("[name=lng]").input_value() == ""


def test_the_shaded_communes_people_are_offered_help_from_the_commune_page(visit, letters):
    page = visit(f"/units/{COMMUNE}", **PHONE)
    page.get_by_role("link", name="Tôi muốn giúp").click()
    page.wait_for_url(f"**/help/unit/{COMMUNE}")
    live(page)
    page.get_by_label("Trẻ em").check()
    page.get_by_label("Đến giúp một tay").check()
    sign(page)
    page.click("text=Gửi lời đề nghị")
    page.wait_for_url(RECEIPT)
    assert letters("offer", "person_kind, address_id") == [("child", None)]


def test_a_place_on_the_map_leads_to_its_form(visit, help_path):
    lng, lat = HOSTILE
    page = visit(f"/?lng={lng}&lat={lat}&zoom=15&lang=en")
    page.locator(".pin-anchor").click()
    link = page.locator(".leaflet-popup").get_by_role("link", name="I want to help")
    expect(link).to_have_attribute("href", f"{help_path}?lang=en")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("screen", [DESK, PHONE], ids=["desk", "phone"])
def test_axe_finds_nothing_in_the_forms(visit, help_path, screen, scheme):
    page = visit(help_path, **screen, color_scheme=scheme)
    paths = (
        help_path,
        f"/help/unit/{COMMUNE}",
        "/help/unit/220@2022",
        "/suggest",
        "/suggest?about=people&lang=en",
        "/receipt",
    )
    for path in paths:
        page.goto(page.url.split("/help")[0].split("/suggest")[0].split("/receipt")[0] + path)
        page.wait_for_load_state("networkidle")
        assert violations(page) == [] and not overflows(page), path
