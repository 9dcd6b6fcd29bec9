"""A place's page: from the search to sharing it by keyboard alone, its story read aloud."""

import json
import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESK, PHONE
from tests.browser.province import HERITAGE
from tests.browser.test_map import SCREENS, ready
from tests.browser.test_pages import violations

ZALO = "Mozilla/5.0 (Linux; Android 13) Chrome/120 Mobile Zalo android/12080722"
# A device with voices of these languages, which notes what it is to say.
SPEECH = """
  window.SpeechSynthesisUtterance = class { constructor(text) { this.text = text; } };
  Object.defineProperty(window, "speechSynthesis", { value: {
    spoken: [], paused: false,
    getVoices: () => %s.map((lang) => ({ lang })),
    speak(one) { this.spoken.push(one); },
    cancel() { this.spoken = []; },
    pause() { this.paused = true; },
    resume() { this.paused = false; },
    addEventListener() {},
  } });"""


@pytest.fixture(scope="session")
def heritage_path(site):
    """Path of the page of the place with a story."""
    found = site.test_client().get("/search.json", query_string={"q": HERITAGE})
    return json.loads(found.text)["results"][0]["url"]


def tab_to(page: Page, target) -> None:
    """Press Tab until `target` has the focus."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if target.evaluate("(element) => element === document.activeElement"):
            return
    raise AssertionError("not reached by keyboard")


def unfold_qr(page: Page) -> None:
    """Show the QR code, once the scripts have put their buttons before it."""
    expect(page.get_by_role("button", name="Chép đường dẫn")).to_be_visible()
    page.get_by_text("Mã QR của trang này").click()
    expect(page.locator(".share-qr svg.qr-code")).to_be_visible()


def test_from_the_search_to_sharing_a_place_by_keyboard_alone(visit):
    page = ready(visit("/", permissions=["clipboard-read", "clipboard-write"]))
    search = page.get_by_role("combobox", name="Tìm địa điểm")
    expect(search).to_be_visible()
    tab_to(page, search)
    page.keyboard.type("viec 12 o")
    expect(page.locator(".suggestion").first).to_contain_text("Việc 12 ở")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator(".popup-title a")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".place-need").first).to_contain_text("Việc")
    address = page.url
    copy = page.get_by_role("button", name="Chép đường dẫn")
    expect(copy).to_be_visible()
    tab_to(page, copy)
    page.keyboard.press("Enter")
    expect(page.get_by_text("Đã chép đường dẫn.")).to_be_visible()
    path = address.split("/places/")[1]
    assert page.evaluate("navigator.clipboard.readText()").endswith(f"/places/{path}")


def test_a_place_where_nothing_is_needed_is_led_to(visit, heritage_path):
    page = ready(visit("/"))
    page.get_by_role("combobox", name="Tìm địa điểm").fill("chua bo da")
    page.locator(".suggestion").first.click()
    expect(page).to_have_url(re.compile(re.escape(heritage_path) + "$"))


def with_speech(visit, path: str, languages: list[str]) -> Page:
    page = visit.blank()
    page.add_init_script(SPEECH % json.dumps(languages))
    page.goto(path)
    return page


def test_a_story_is_read_aloud_paused_and_stopped(visit, heritage_path):
    page = with_speech(visit, heritage_path, ["en-US", "vi-VN"])
    page.get_by_role("button", name="Nghe thuyết minh").click()
    spoken = page.evaluate(
        "speechSynthesis.spoken.map(({ text, lang, voice }) => [text, lang, voice.lang])"
    )
    assert spoken == [
        [f"{HERITAGE}. Chùa dựng từ thời Lý. Vườn tháp có gần trăm ngôi.", "vi-VN", "vi-VN"]
    ]
    page.get_by_role("button", name="Tạm dừng").click()
    assert page.evaluate("speechSynthesis.paused")
    page.get_by_role("button", name="Nghe tiếp").click()
    assert not page.evaluate("speechSynthesis.paused")
    page.evaluate("speechSynthesis.spoken.at(-1).onend()")
    expect(page.get_by_role("button", name="Nghe thuyết minh")).to_be_visible()
    page.get_by_role("button", name="Nghe thuyết minh").click()
    page.get_by_role("button", name="Dừng", exact=True).click()
    assert page.evaluate("speechSynthesis.spoken") == []
    expect(page.get_by_role("button", name="Nghe thuyết minh")).to_be_focused()


def test_a_device_that_cannot_read_vietnamese_offers_nothing(visit, heritage_path):
    page = with_speech(visit, heritage_path, ["en-US"])
    expect(page.get_by_role("button", name="Chép đường dẫn")).to_be_visible()
    expect(page.locator(".narration")).to_be_hidden()


def test_a_place_without_a_story_has_nothing_to_read_aloud(visit, place_path):
    page = visit(place_path)
    expect(page.get_by_role("button", name="Chép đường dẫn")).to_be_visible()
    expect(page.locator(".narration")).to_have_count(0)


def test_in_zalo_the_way_out_is_named_and_nowhere_else(visit, heritage_path):
    page = visit(heritage_path, **PHONE, user_agent=ZALO)
    expect(page.locator("[data-in-app]")).to_contain_text("Mở bằng trình duyệt")
    page = visit(heritage_path, **PHONE)
    expect(page.get_by_role("button", name="Chép đường dẫn")).to_be_visible()
    expect(page.locator("[data-in-app]")).to_be_hidden()


def test_a_link_can_be_sent_scanned_and_seen(visit, heritage_path):
    page = visit(heritage_path, **DESK)
    zalo = page.get_by_role("link", name="Zalo").get_attribute("href")
    assert zalo.startswith("https://sp.zalo.me/plugins/share?url=http") and "places" in zalo
    unfold_qr(page)
    picture = page.locator('meta[property="og:image"]').get_attribute("content")
    assert picture.endswith(f"{heritage_path}/preview.jpg")


@SCREENS
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_a_place_with_a_story(visit, heritage_path, screen, scheme):
    page = visit(heritage_path, **screen, color_scheme=scheme)
    unfold_qr(page)
    assert violations(page) == []
