"""Going by distance: asked for on a tap, told in kilometres, kept nowhere; the ways without."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE
from tests.browser.test_map import ALL, CLOSE, query, ready, urgent
from tests.browser.test_pages import violations

HERE = {"latitude": 21.3271234, "longitude": 106.9685678}
HANOI_SOUTH = {"latitude": 20.5, "longitude": 105.9}
ALLOWED = {"permissions": ["geolocation"], "geolocation": HERE}
REFUSING = """() => {
    navigator.geolocation.getCurrentPosition = (good, bad) => bad({ code: %d });
}"""


def near(page: Page):
    return page.get_by_role("button", name="Gần tôi", exact=True)


def note(page: Page):
    return page.locator("[data-near-note]")


@pytest.fixture
def asked(visit):
    """`asked(path, **context)` opens a page and returns it with the addresses it asks for."""

    def open_page(path="/", **context):
        page = visit.blank(**context)
        seen = []
        page.on("request", lambda request: seen.append(request.url))
        page.goto(path)
        return ready(page), seen

    return open_page


@pytest.mark.parametrize("screen", [{}, PHONE], ids=["desk", "phone"])
def test_the_nearest_come_first_with_their_distance(asked, screen):
    page, seen = asked("/", **ALLOWED, **screen)
    assert not any("/needs/near" in url for url in seen)
    near(page).click()
    expect(page.locator("[data-summary]")).to_contain_text("gần bạn nhất")
    expect(page.locator(".need-distance").first).to_have_text(re.compile(r"^(dưới 100 m|\d+ m)$"))
    told = [metres(text) for text in page.locator(".need-distance").all_inner_texts()]
    assert len(told) == 40 and told == sorted(told)
    expect(near(page)).to_have_attribute("aria-pressed", "true")
    assert violations(page) == []
    [question] = [url for url in seen if "/needs/near" in url]
    assert "lng=106.969&lat=21.327" in question


def metres(text: str) -> float:
    number = float(re.sub(r"[^\d,]", "", text).replace(",", "."))
    return number * 1000 if text.endswith("km") else number


def test_the_position_is_kept_nowhere(asked):
    page, seen = asked("/", **ALLOWED)
    near(page).click()
    expect(page.locator(".here")).to_be_attached()
    page.wait_for_load_state("networkidle")
    assert {"lat", "lng", "zoom"}.isdisjoint(query(page))
    kept = page.evaluate("JSON.stringify([history.state, { ...localStorage }, document.cookie])")
    exact = re.compile(r"106\.9685|21\.3271|106\.969|21\.327(?!\d)")
    assert not exact.search(kept) and not exact.search(page.url)
    assert not any("106.9685" in url or "21.3271" in url for url in seen)


def test_back_and_the_chip_lead_out_again(asked):
    page, _ = asked("/?urgency=4", **ALLOWED)
    near(page).click()
    expect(page.locator(".need-distance").first).to_be_visible()
    page.go_back()
    expect(page.locator("[data-summary]")).to_contain_text("trong khung nhìn")
    expect(page.locator(".need-distance")).to_have_count(0)
    expect(page.locator(".here")).to_have_count(0)
    assert query(page)["urgency"] == ["4"]
    page.go_forward()
    expect(page.locator(".need-distance").first).to_be_visible()
    page.get_by_role("button", name="Gần tôi (bỏ điều kiện này)").click()
    expect(page.locator("[data-summary]")).to_contain_text("trong khung nhìn")
    expect(near(page)).to_have_attribute("aria-pressed", "false")


def test_filters_hold_for_what_is_near_too(asked):
    page, seen = asked("/", **ALLOWED)
    near(page).click()
    expect(page.locator(".need-distance").first).to_be_visible()
    urgent(page).check(force=True)
    expect(page.locator(".need-list .urgency-digit", has_not_text="4")).to_have_count(0)
    expect(page.locator(".need-distance").first).to_be_visible()
    assert any("/needs/near" in url and "urgency=4" in url for url in seen)


@pytest.mark.parametrize(
    ("code", "words"), [(1, "chưa được phép"), (2, "chưa xác định"), (3, "lâu quá")]
)
def test_a_refused_position_is_told_and_a_tap_does_instead(asked, code, words):
    page, _ = asked(f"/?{CLOSE}")
    page.evaluate(REFUSING % code)
    near(page).click()
    expect(note(page)).to_contain_text(words)
    assert violations(page) == []
    note(page).get_by_role("button", name="Chạm vào bản đồ").click()
    expect(note(page)).to_contain_text("Chạm vào chỗ của bạn")
    page.locator(".map-canvas").click(position={"x": 500, "y": 500})
    expect(page.locator(".need-distance").first).to_be_visible()
    expect(note(page)).to_be_hidden()


def test_by_keyboard_the_middle_of_the_map_is_the_spot(asked):
    page, _ = asked(f"/?{CLOSE}")
    page.evaluate(REFUSING % 1)
    near(page).press("Enter")
    note(page).get_by_role("button", name="Chạm vào bản đồ").press("Enter")
    expect(page.locator(".map-canvas")).to_be_focused()
    note(page).get_by_role("button", name="Lấy giữa bản đồ").press("Enter")
    expect(page.locator(".need-distance").first).to_be_visible()


def test_a_commune_can_be_chosen_instead(asked):
    page, _ = asked()
    page.evaluate(REFUSING % 1)
    near(page).click()
    note(page).get_by_role("button", name="Chọn xã, phường").click()
    expect(page.get_by_role("combobox", name="Tìm địa điểm")).to_be_focused()
    expect(note(page)).to_be_hidden()


def test_who_is_far_away_is_told_and_shown_the_province(asked):
    page, seen = asked(f"/?{CLOSE}", permissions=["geolocation"], geolocation=HANOI_SOUTH)
    near(page).click()
    expect(note(page)).to_contain_text(re.compile(r"ngoài Bắc Giang, cách khoảng \d+ km"))
    expect(page.locator("[data-summary] strong")).to_have_text(str(ALL))
    assert not any("/needs/near" in url for url in seen)
    note(page).get_by_role("button", name="Đóng").click()
    expect(note(page)).to_be_hidden()


def test_a_page_that_is_loaded_anew_asks_for_nothing(asked):
    page, seen = asked("/", **ALLOWED)
    near(page).click()
    expect(page.locator(".need-distance").first).to_be_visible()
    seen.clear()
    page.reload()
    ready(page)
    expect(near(page)).to_have_attribute("aria-pressed", "false")
    assert not any("/needs/near" in url for url in seen)


def test_in_zalo_the_way_out_is_named(asked):
    page, _ = asked(
        "/", user_agent="Mozilla/5.0 (Linux; Android 13) Chrome/120 Mobile Zalo android/1"
    )
    page.evaluate(REFUSING % 1)
    near(page).click()
    expect(note(page)).to_contain_text("Mở bằng trình duyệt")


def test_an_outage_is_told_and_heals(asked, visit):
    visit.expected.append("Failed to load resource")
    page, _ = asked("/", **ALLOWED)
    page.route("**/layers/needs/near*", lambda route: route.abort())
    near(page).click()
    expect(note(page)).to_contain_text("Chưa tải được")
    page.unroute("**/layers/needs/near*")
    note(page).get_by_role("button", name="Thử lại").click()
    expect(page.locator(".need-distance").first).to_be_visible()
