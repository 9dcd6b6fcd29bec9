"""The search box of the map: suggestions, keyboard, what choosing does, what is kept, outages."""

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import DESK, PHONE
from tests.browser.test_map import ALL, SCREENS, query, ready
from tests.browser.test_pages import violations


def box(page: Page):
    return page.get_by_role("combobox", name="Tìm địa điểm")


def options(page: Page):
    return page.get_by_role("listbox", name="Gợi ý").get_by_role("option")


@SCREENS
def test_words_without_diacritics_are_found_and_marked(visit, screen):
    page = ready(visit("/", **screen))
    box(page).fill("truong son")
    first = options(page).first
    expect(first).to_contain_text("Trường")
    expect(first.locator("mark").first).to_have_text("Trường")
    expect(first).to_contain_text("Xã, phường ·")
    expect(options(page).filter(has_text="Địa điểm ·")).not_to_have_count(0)
    expect(box(page)).to_have_attribute("aria-expanded", "true")
    assert violations(page) == []
    panel, screen_width = (
        page.locator("[data-suggestions]").bounding_box(),
        screen["viewport"]["width"],
    )
    assert panel["x"] >= 0 and panel["x"] + panel["width"] <= screen_width


def test_a_place_is_chosen_by_keyboard_and_its_card_is_read_on(visit):
    page = ready(visit("/?category=health"))
    page.keyboard.press("Tab")
    box(page).focus()
    page.keyboard.type("viec 7 o")
    expect(options(page).first).to_contain_text("Việc 7 ở")
    page.keyboard.press("ArrowDown")
    expect(options(page).first).to_have_attribute("aria-selected", "true")
    active = box(page).get_attribute("aria-activedescendant")
    assert options(page).first.get_attribute("id") == active
    page.keyboard.press("Enter")
    expect(page.locator(".popup")).to_contain_text("Việc 7 ở")
    expect(page.locator(".popup-title a")).to_be_focused()
    assert query(page)["place"] and "category" not in query(page)
    page.go_back()
    expect(page.locator(".popup")).to_have_count(0)
    assert query(page)["category"] == ["health"]


def test_arrows_go_round_and_escape_keeps_what_was_typed(visit):
    page = ready(visit("/"))
    box(page).fill("xa")
    expect(options(page).first).to_be_visible()
    last = options(page).count() - 1
    page.keyboard.press("ArrowUp")
    expect(options(page).nth(last)).to_have_attribute("aria-selected", "true")
    page.keyboard.press("ArrowDown")
    expect(page.locator(".suggestion[aria-selected=true]")).to_have_count(0)
    page.keyboard.press("Escape")
    expect(page.locator("[data-suggestions]")).to_be_hidden()
    expect(box(page)).to_have_value("xa")
    expect(box(page)).to_be_focused()


def test_a_commune_is_gone_to_and_told_in_figures(visit):
    page = ready(visit("/"))
    box(page).fill("xa tan son")
    options(page).filter(has_text="Xã, phường").first.click()
    card = page.get_by_role("region", name="Khu vực đã chọn")
    expect(card.get_by_role("link")).to_have_attribute("href", re.compile(r"^/units/"))
    expect(card).to_contain_text("nhu cầu đang mở")
    expect(page.locator(".chip-active")).to_have_text(
        re.compile(card.get_by_role("link").inner_text())
    )
    expect(page.locator(".map-canvas")).to_have_class(re.compile("zoom-near"))
    assert query(page)["unit"]
    card.get_by_role("button", name="Bỏ chọn khu vực").click()
    expect(card).to_be_hidden()
    expect(page.locator("[data-summary] strong")).to_have_text(str(ALL))


def test_enter_without_a_choice_filters_the_list(visit):
    page = ready(visit("/"))
    box(page).fill("Việc 7 ở")
    page.keyboard.press("Enter")
    expect(page.locator("[data-summary]")).to_contain_text("theo bộ lọc")
    assert query(page)["q"] == ["Việc 7 ở"]
    expect(page.locator("[data-suggestions]")).to_be_hidden()


def test_what_was_chosen_is_kept_on_the_device_until_it_is_forgotten(visit):
    page = ready(visit("/"))
    box(page).fill("viec 7 o")
    options(page).first.click()
    expect(page.locator(".popup")).to_be_visible()
    ready_again = ready(page)
    ready_again.reload()
    box(page).focus()
    expect(options(page)).to_have_text([re.compile("Việc 7 ở")])
    options(page).first.click()
    expect(options(page).first).to_contain_text("Nhu cầu")
    box(page).fill("")
    page.get_by_role("button", name="Xóa tìm kiếm gần đây").click()
    expect(page.locator("[data-suggestions]")).to_be_hidden()
    assert page.evaluate("localStorage.length") == 0


def test_nothing_found_says_so_and_what_to_do(visit):
    page = ready(visit("/"))
    box(page).fill("khongconoinao")
    expect(page.locator("[data-suggestions]")).to_contain_text("Không tìm thấy gì")
    expect(page.locator("[data-search-status]")).to_contain_text("Không tìm thấy gì")


def test_ten_thousand_letters_are_cut_with_a_word(visit):
    page = ready(visit("/"))
    box(page).fill("trường " * 1429)
    expect(page.locator("[data-suggestions]")).to_contain_text("chỉ 100 chữ cái đầu")
    page.keyboard.press("Enter")
    expect(page.locator("[data-empty]")).to_be_visible()
    assert len(query(page)["q"][0]) <= 100


def test_an_outage_is_told_in_the_box_and_heals(visit):
    visit.expected.append("Failed to load resource")
    page = ready(visit("/"))
    page.route("**/search.json*", lambda route: route.abort())
    box(page).fill("truong")
    expect(page.locator("[data-suggestions]")).to_contain_text("không kết nối được máy chủ")
    page.unroute("**/search.json*")
    page.get_by_role("button", name="Thử lại").click()
    expect(options(page).first).to_contain_text("Trường")


def test_a_slow_answer_to_older_letters_is_never_shown(visit):
    page = ready(visit("/"))
    held = []
    page.route("**/search.json?q=truong", lambda route: held.append(route))
    box(page).fill("truong")
    expect(page.locator("[data-suggestions]")).to_contain_text("Đang tìm")
    box(page).fill("viec 7 o")
    expect(options(page).first).to_contain_text("Việc 7 ở")
    assert held  # asked, and given up


def test_without_javascript_the_box_leads_to_the_page_of_results(visit):
    page = visit("/?urgency=4", **DESK, java_script_enabled=False)
    page.get_by_label("Tìm địa điểm").fill("truong")
    page.get_by_role("button", name="Tìm").click()
    expect(page).to_have_url(re.compile(r"/search\?q=truong$"))
    expect(page.locator(".item-list li").first).to_be_visible()


def test_on_a_phone_a_choice_lets_the_map_be_seen(visit):
    page = ready(visit("/", **PHONE))
    box(page).fill("viec 7 o")
    options(page).first.tap()
    expect(page.locator(".popup")).to_be_visible()
    expect(box(page)).not_to_be_focused()
    expect(page.locator("#results")).to_have_attribute("data-stop", "peek")
