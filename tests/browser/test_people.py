"""People in hardship on the map: shaded areas with a band, never a mark of somebody's home."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import DESK, PHONE
from tests.browser.test_map import query, ready

UNIT = re.compile(r"^/help/unit/\d{5}")
BAC_GIANG = "lat=21.28&lng=106.19&zoom=12"


@pytest.mark.parametrize("screen", [PHONE, DESK], ids=["phone", "desk"])
def test_areas_are_shaded_and_said_in_bands(visit, screen):
    page = ready(visit("/", **screen))
    expect(page.locator("path.people-cell")).to_have_count(2)
    expect(page.locator("path.people-20")).to_have_count(2)
    expect(page.locator(".people-label")).to_have_count(0)  # too far away for words
    ready(page.goto(page.url.split("?")[0] + f"?{BAC_GIANG}") and page)
    said = ["Phường Bắc Giang: ít nhất 30 hộ", "Cụm Vân Sơn – An Lạc – Dương Hưu: 20–49 hộ"]
    expect(page.locator(".people-label")).to_have_text(said)


def test_an_area_tells_its_bands_and_why_there_are_no_pins(visit):
    page = ready(visit(f"/?{BAC_GIANG}"))
    label = page.get_by_role("button", name="Phường Bắc Giang: ít nhất 30 hộ")
    label.focus()
    page.keyboard.press("Enter")
    card = page.locator(".leaflet-popup")
    expect(card).to_contain_text("Phường Bắc Giang")
    expect(card).to_contain_text("Hộ có người cao tuổi: 20–49 hộ")
    expect(card).to_contain_text("Hộ có thanh niên: 10–19 hộ")
    expect(card).to_contain_text("không bao giờ chỉ ra từng nhà")
    help_here = card.get_by_role("link", name="Tôi muốn giúp")
    expect(help_here).to_have_attribute("href", "/help/unit/07210")
    expect(help_here).to_be_focused()
    expect(card.get_by_role("button", name="Đóng")).to_be_visible()
    page.keyboard.press("Escape")
    expect(card).to_have_count(0)
    expect(label).to_be_focused()


def test_the_list_says_what_the_shades_say(visit):
    page = ready(visit("/"))
    people = page.locator("[data-people-list]")
    expect(people).to_contain_text("ít nhất 50 hộ trong 2 khu vực")
    people.locator("summary").click()
    expect(people).to_contain_text("Xã An Lạc, Xã Dương Hưu, Xã Vân Sơn")
    help_there = people.get_by_role("link", name="Tôi muốn giúp Phường Bắc Giang")
    expect(help_there).to_have_attribute("href", "/help/unit/07210")
    expect(people.get_by_role("link", name="Xã Dương Hưu")).to_have_attribute("href", UNIT)


def test_the_shades_can_be_turned_off_and_the_address_says_so(visit):
    page = ready(visit("/"))
    page.get_by_role("checkbox", name="Hộ khó khăn").uncheck(force=True)
    expect(page.locator("path.people-cell")).to_have_count(0)
    assert query(page)["people"] == ["0"]
    page.reload()
    ready(page)
    expect(page.locator("path.people-cell")).to_have_count(0)
    expect(page.locator("[data-people-list]")).to_be_hidden()


def test_the_legend_says_why(visit):
    page = ready(visit("/"))
    page.locator(".legend summary").click()
    expect(page.locator(".legend")).to_contain_text("để không ai dò ra từng nhà")
