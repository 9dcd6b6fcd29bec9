"""What is pasted into other sites, in a browser: the element that finds its height, the builder."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser import hosts
from tests.browser.conftest import DESK, PHONE
from tests.browser.test_embed import ready
from tests.browser.test_pages import violations

PAGES = ["/embed/builder?unit=220@2022", "/embed/check?site=la.example"]


@pytest.fixture
def element(visit, live_server, other_site, allow):
    """`element(html)`: a page of an allowed site with our script and this."""
    allow(other_site.origin)

    def element(html: str, **context) -> Page:
        page = visit.blank(**context)
        page.goto(other_site.show(f'<script async src="{live_server}/embed.js"></script>{html}'))
        return page

    return element


def expect_height(page: Page, wanted: int, within: int = 0) -> None:
    """Wait until the element's frame is so high, in pixels."""
    page.wait_for_function(
        """([wanted, within]) => {
            const frame = document.querySelector("volunteer-map iframe");
            return Math.abs(frame.clientHeight - wanted) <= within;
        }""",
        arg=[wanted, within],
    )


@pytest.mark.parametrize(("screen", "height"), [(DESK, 708), (PHONE, 620)], ids=["desk", "phone"])
def test_the_element_is_as_high_as_its_map_wants(element, screen, height):
    link = '<a href="/x">Mở</a>'
    page = element(f'<volunteer-map urgency="4" list="0">{link}</volunteer-map>', **screen)
    frame = ready(page)
    expect(page.locator("volunteer-map > a")).to_be_visible()
    assert "urgency=4" in page.frames[1].url and "list=0" in page.frames[1].url
    expect_height(page, height, within=6)
    expect(frame.get_by_role("checkbox", name="Khẩn cấp")).to_be_checked()


def test_the_element_asks_for_its_map_when_the_reader_is_near(element, live_server):
    page = element(f"<p>{hosts.TEXT}</p><volunteer-map></volunteer-map>")
    expect(page.locator("volunteer-map iframe")).to_be_attached()
    page.wait_for_timeout(500)
    assert not [frame for frame in page.frames if frame.url.startswith(live_server)]
    page.locator("volunteer-map").scroll_into_view_if_needed()
    ready(page)


def test_what_strangers_say_changes_nothing(element):
    page = element('<volunteer-map height="500"></volunteer-map>')
    ready(page)
    expect_height(page, 500)
    page.evaluate("""() => {
        window.postMessage({ volunteerMap: "height", height: 1900 }, "*");
        const other = document.body.appendChild(document.createElement("iframe"));
        other.srcdoc = `<script>parent.postMessage({ volunteerMap: "height", height: 1900 }, "*")
            </script>`;
        return new Promise((resolve) => { other.onload = () => setTimeout(resolve, 200); });
    }""")
    expect_height(page, 500)


def test_a_height_beyond_reason_is_cut(element, other_site):
    page = element('<volunteer-map height="500"></volunteer-map>')
    ready(page)
    expect_height(page, 500)
    page.evaluate("""() => {
        const frame = document.querySelector("volunteer-map iframe");
        window.heights = new Set();
        const note = () => window.heights.add(frame.style.height);
        new MutationObserver(note).observe(frame, { attributes: true });
    }""")
    for said in ("1e9", "-1", "NaN", "'x'", "undefined"):
        message = f"{{ volunteerMap: 'height', height: {said} }}"
        page.frames[1].evaluate(f"parent.postMessage({message}, '{other_site.origin}')")
        page.wait_for_timeout(200)
    expect_height(page, 500)  # the map, asked anew by each change, says so again
    assert set(page.evaluate("[...heights]")) == {"2000px", "240px", "500px"}


def test_the_builder_shows_at_once_what_is_chosen(visit, live_server):
    page = visit("/embed/builder")
    preview = page.frame_locator("[data-preview]")
    expect(page.locator("form[data-live]")).to_be_attached()
    expect(preview.locator("[data-summary]")).to_contain_text("trong khung nhìn")
    page.get_by_role("group", name="Mức độ cần").get_by_label("Khẩn cấp").check()
    page.get_by_label("Danh sách").select_option("0")
    copied = page.get_by_label("Mã HTML, dùng được ở mọi nơi")
    expect(copied).to_have_value(re.compile(r"/embed\?urgency=4&amp;list=0"))
    expect(preview.get_by_role("checkbox", name="Khẩn cấp")).to_be_checked()
    expect(preview.locator(".results")).to_be_hidden()
    assert page.url.endswith("?urgency=4&list=0")
    assert page.context.cookies() == []


def test_the_builder_takes_the_view_of_its_preview(visit):
    page = visit("/embed/builder?unit=220@2022")
    preview = page.frame_locator("[data-preview]")
    expect(page.locator("form[data-live]")).to_be_attached()
    expect(preview.locator("[data-summary]")).to_contain_text("trong khung nhìn")
    page.get_by_text("Khung nhìn lúc mở").click()
    preview.locator(".leaflet-control-zoom-in").click()
    page.frames[1].wait_for_url(re.compile("zoom="))
    page.get_by_role("button", name="Lấy khung nhìn của bản xem thử").click()
    expect(page.get_by_label("Vĩ độ")).not_to_have_value("")
    expect(page.get_by_label("Đường dẫn, cho trang tự nhúng")).to_have_value(
        re.compile(r"unit=220@2022&lat=[0-9.]+&lng=[0-9.]+&zoom=[0-9.]+$")
    )


def test_without_script_the_builder_is_a_form(visit):
    page = visit("/embed/builder", java_script_enabled=False)
    page.get_by_label("Màu nền").select_option("dark")
    page.get_by_role("button", name="Xem và lấy mã").click()
    expect(page.get_by_label("Mã HTML, dùng được ở mọi nơi")).to_have_value(
        re.compile("theme=dark")
    )


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("screen", [DESK, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("path", PAGES)
def test_axe_finds_nothing_and_nothing_overflows(visit, path, screen, scheme):
    page = visit(path, **screen, color_scheme=scheme)
    page.wait_for_load_state("networkidle")
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
