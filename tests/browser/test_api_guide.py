"""The guide to the API: read on a phone and at a desk, opened by keyboard."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import DESK, PHONE
from tests.browser.test_matching import overflows
from tests.browser.test_pages import violations


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("screen", [DESK, PHONE], ids=["desk", "phone"])
def test_it_fits_and_axe_finds_nothing(visit, screen, scheme):
    page = visit("/api/docs", **screen, color_scheme=scheme)
    page.locator("#create_place summary").press("Enter")
    expect(page.locator("#create_place pre")).to_be_visible()
    expect(page.locator("#create_place >> text=Idempotency-Key")).to_be_visible()
    assert not overflows(page)
    assert violations(page) == []
    for summary in page.locator("details.operation > summary").all():
        assert summary.bounding_box()["height"] >= 44


def test_an_operation_leads_to_its_shape(visit):
    page = visit("/api/docs", java_script_enabled=False)
    page.locator("#create_place summary").click()
    page.locator("#create_place a", has_text="PlaceInput").first.click()
    expect(page).to_have_url(re.compile(r"#shape-PlaceInput$"))
    expect(page.locator("#shape-PlaceInput")).to_be_visible()
