"""The public pages in English, in a real browser: what scripts say, the switch, the axe."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESK, PHONE
from tests.browser.province import HOSTILE, NEEDS
from tests.browser.test_pages import violations
from tests.reading import vietnamese_in_english

CLOSE = f"lng={HOSTILE[0]}&lat={HOSTILE[1]}&zoom=15"
PAGES = ["/", "/units/220@2022", "/about/privacy", "/search?q=truong", "/stats", "/nowhere"]
PAGES += ["/suggest", "/suggest?about=people", "/receipt", "/help/unit/220@2022", "/offline"]
PAGES += ["/ogc/?f=html", "/ogc/collections/needs/items?f=html"]
# Resolved once main.js has started every module of the page.
LIVE = "import(document.querySelector('script[type=module]').src).then(() => null)"


def ready(page: Page) -> Page:
    expect(page.locator("[data-summary]")).to_contain_text("in view")
    expect(page.locator("#results")).to_have_attribute("aria-busy", "false")
    return page


@pytest.mark.parametrize("screen", [DESK, PHONE], ids=["desk", "phone"])
def test_the_map_speaks_english_in_all_its_parts(visit, screen):
    page = ready(visit(f"/?lang=en&teams=1&urgency=4&{CLOSE}", **screen))
    expect(page.locator("[data-summary]")).to_have_text("1 need in view, by your filters")
    page.locator(".pin-anchor").click()
    expect(page.get_by_role("link", name="See details")).to_be_visible()
    legend = page.locator(".legend summary")
    legend.click()
    assert vietnamese_in_english(page.content()) == []
    assert violations(page) == []
    expect(page.locator(".popup-title a")).to_have_attribute("lang", "vi")
    legend.click()
    page.get_by_role("link", name="See details").click()
    expect(page).to_have_url(re.compile(r"/places/\w+\?lang=en$"))
    expect(page.get_by_role("heading", name="Needs")).to_be_visible()


def test_the_switch_keeps_the_view_and_filters(visit):
    page = visit("/")
    expect(page.locator("[data-summary]")).to_contain_text("trong khung nhìn")
    page.get_by_role("group", name="Mức độ cần").get_by_text("Khẩn cấp").click()
    expect(page).to_have_url(re.compile("urgency=4"))
    page.get_by_role("link", name="English").click()
    expect(page).to_have_url(re.compile("(?=.*urgency=4)(?=.*lang=en)"))
    expect(ready(page).locator("[data-summary] strong")).to_have_text(str(NEEDS // 4 + 1))
    page.get_by_role("checkbox", name="Soon").check(force=True)
    expect(page).to_have_url(re.compile("(?=.*urgency=2,4)(?=.*lang=en)"))
    page.get_by_role("link", name="Tiếng Việt").click()
    expect(page.locator("[data-summary]")).to_contain_text("trong khung nhìn")
    expect(page).to_have_url(re.compile("^(?!.*lang=).*urgency=2,4"))


def test_the_filters_keep_english_without_script(visit):
    page = visit("/?lang=en", java_script_enabled=False)
    page.get_by_role("checkbox", name="Emergency").check(force=True)
    page.get_by_role("button", name="Filter").click()
    expect(page).to_have_url(re.compile("(?=.*urgency=4)(?=.*lang=en)"))
    page.get_by_role("link", name="See more").click()
    expect(page).to_have_url(re.compile("(?=.*offset=30)(?=.*lang=en)"))
    expect(page.locator("html")).to_have_attribute("lang", "en")


@pytest.mark.parametrize("width", [390, 360])
@pytest.mark.parametrize("address", ["/", "/?lang=en"])
def test_the_bar_is_one_line_on_a_phone(visit, address, width):
    page = visit(address, **PHONE | {"viewport": {"width": width, "height": 640}})
    assert page.locator(".topbar").bounding_box()["height"] == 52
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("path", PAGES)
def test_axe_finds_nothing_in_english(visit, path):
    visit.expected.append("404")
    page = visit(f"{path}{'&' if '?' in path else '?'}lang=en", **PHONE)
    page.evaluate(LIVE)
    assert violations(page) == []
    assert vietnamese_in_english(page.content()) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
