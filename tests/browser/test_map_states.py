"""The map with what opens over it, in both schemes and on both screens: axe finds nothing."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESK, PHONE
from tests.browser.test_near import ALLOWED
from tests.browser.test_pages import violations


def stop(name: str, taps: int) -> Callable[[Page], None]:
    """The sheet at this stop, after so many taps on its handle."""

    def act(page: Page) -> None:
        sheet = page.locator("#results")
        for _ in range(taps):
            page.locator("[data-sheet-handle]").click()
        expect(sheet).to_have_attribute("data-stop", name)
        sheet.evaluate("sheet => Promise.all(sheet.getAnimations().map((one) => one.finished))")

    return act


def search(page: Page) -> None:
    page.locator("#q").fill("truong son")
    expect(page.get_by_role("option").filter(has=page.locator("mark")).first).to_be_visible()


def see_unit(page: Page) -> None:
    expect(page.locator("[data-unit-card] h2")).to_be_visible()


def go_near(page: Page) -> None:
    page.locator("[data-near]").click()
    expect(page.locator(".need-distance").first).to_be_attached()
    expect(page.locator("[data-near-note]")).to_be_hidden()


def refuse(page: Page) -> None:
    page.context.clear_permissions()
    page.locator("[data-near]").click()
    expect(page.locator("[data-near-note] .button-main")).to_be_visible()


def see_people(page: Page) -> None:
    if page.viewport_size == PHONE["viewport"]:
        stop("full", 2)(page)
    page.locator("[data-people-list] summary").press("Enter")
    expect(page.locator("[data-people-areas] a").first).to_be_visible()


STATES = {
    "half": stop("half", 1),
    "full": stop("full", 2),
    "people": see_people,
    "search": search,
    "unit": see_unit,
    "near": go_near,
    "refused": refuse,
}
OF_A_SHEET = {"half", "full"}  # a desk has none


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("screen", [DESK, PHONE], ids=["desk", "phone"])
def test_axe_finds_nothing_in_what_opens(visit, long_form, screen, scheme):
    found = {}
    page = visit.blank(**ALLOWED, **screen, color_scheme=scheme)
    states = [name for name in STATES if screen is PHONE or name not in OF_A_SHEET]
    for language in ("vi", "en") if long_form else ("vi",):
        page.context.grant_permissions(ALLOWED["permissions"])
        for name in states:
            unit = "&unit=07645@2022" if name == "unit" else ""
            page.goto(f"/?lang={language}{unit}")
            expect(page.locator("main[data-live]")).to_be_attached()
            STATES[name](page)
            if seen := violations(page):
                found[language, name] = seen
    assert found == {}
