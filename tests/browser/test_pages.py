"""The other public pages, and what holds for all of them."""

import gzip
import re

import pytest
from playwright.sync_api import Page, expect

from mapservice.config import ROOT
from tests.browser.conftest import DESK, PHONE
from tests.browser.province import HOSTILE

AXE = (ROOT / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")
PLACE = "a place"  # its code is random: found on the map page
PAGES = ["/", PLACE, "/units/220@2022", "/about/privacy", "/offline", "/sign-in", "/nowhere"]
PAGES += ["/ogc/?f=html", "/ogc/collections/needs/items?f=html", "/search?q=truong", "/stats"]


def violations(page: Page) -> list[str]:
    """What axe-core finds: rule and the elements it names."""
    page.evaluate(AXE)
    found = page.evaluate("axe.run(document).then((result) => result.violations)")
    return [f"{v['id']}: {[node['html'] for node in v['nodes']]}" for v in found]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("screen", [DESK, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("path", PAGES)
def test_axe_finds_nothing(visit, place_path, path, screen, scheme):
    visit.expected.append("404")
    page = visit(place_path if path == PLACE else path, **screen, color_scheme=scheme)
    page.wait_for_load_state("networkidle")
    assert violations(page) == []


def test_axe_finds_nothing_on_an_open_map(visit):
    page = visit(f"/?teams=1&urgency=4&lng={HOSTILE[0]}&lat={HOSTILE[1]}&zoom=15")
    page.locator(".pin-anchor").click()
    page.locator(".legend summary").click()
    page.locator("[data-facet=category] summary").click()
    expect(page.locator(".facet-panel")).to_be_visible()
    assert violations(page) == []


def test_a_place_page_shows_texts_of_others_as_text(visit, place_path):
    page = visit(place_path)
    expect(page.get_by_role("heading", level=1)).to_contain_text("<script>")
    expect(page.locator(".place-need").first).to_contain_text("<img src=x")
    expect(page.locator("main img")).to_have_count(0)
    assert page.title().startswith("Nhà <img")


def test_a_place_leads_to_the_map_and_back(visit, place_path):
    page = visit(place_path)
    expect(page.locator(".place-map .unit-district").first).to_be_attached()
    page.get_by_role("link", name="Trên bản đồ", exact=True).click()
    expect(page.locator(".popup")).to_be_visible()
    page.get_by_role("link", name="Xem chi tiết").click()
    expect(page).to_have_url(re.compile(re.escape(place_path) + "$"))


def test_a_place_on_paper_shows_its_code_beside_its_title(visit, place_path):
    page = visit(place_path, viewport={"width": 720, "height": 1000})
    code = page.locator(".paper-qr svg")
    expect(code).to_be_hidden()
    page.emulate_media(media="print")
    expect(code).to_be_visible()
    drawn, title = code.bounding_box(), page.locator("h1").bounding_box()
    assert 100 <= drawn["width"] == drawn["height"] <= 112  # 28 mm
    assert title["x"] + title["width"] <= drawn["x"] and drawn["x"] + drawn["width"] <= 720


def test_the_address_of_a_place_is_copied(visit, place_path):
    page = visit(place_path, permissions=["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Chép đường dẫn").click()
    expect(page.get_by_text("Đã chép đường dẫn.")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()").endswith(place_path)


def test_a_place_prints_without_the_frame(visit, place_path):
    page = visit(place_path)
    page.emulate_media(media="print")
    expect(page.locator(".topbar")).to_be_hidden()
    expect(page.locator(".place-need").first).to_be_visible()


def test_a_refused_sign_in_keeps_what_was_typed(visit):
    visit.expected.append("422")
    page = visit("/sign-in")
    page.get_by_label("Thư điện tử").fill("ai-do@demo.invalid")
    page.get_by_label("Mật khẩu").fill("sai")
    page.get_by_role("button", name="Đăng nhập").click()
    expect(page.get_by_role("alert")).to_be_focused()
    expect(page.get_by_label("Thư điện tử")).to_have_value("ai-do@demo.invalid")
    expect(page.get_by_label("Mật khẩu")).to_have_value("")
    assert violations(page) == []


def test_reading_sets_no_cookie(visit, place_path):
    page = visit("/")
    for path in ("/about/privacy", place_path, "/units/220@2022"):
        page.goto(page.url.split("/", 3)[0] + "//" + page.url.split("/", 3)[2] + path)
    assert page.context.cookies() == []


def font_styles() -> str:
    return (ROOT / "static" / "css" / "fonts.css").read_text(encoding="utf-8")


def test_fonts_named_by_the_stylesheet_exist():
    named = re.findall(r'url\("/static/([^"]+)"\)', font_styles())
    assert len(named) == 4
    assert [path for path in named if not (ROOT / "static" / path).exists()] == []


def test_the_shell_is_light(site):
    """Map library, styles, scripts and one weight of the font: at most 130 KB compressed."""
    client = site.test_client()
    named = set(re.findall(r'(?:src|href)="(/static/[^"]+\.(?:js|css))"', client.get("/").text))
    assert len(named) > 20
    packed = 0
    for path in named:
        with client.get(path) as answer:
            packed += len(gzip.compress(answer.data))
    fonts = [
        ROOT / "static" / path
        for path in re.findall(r'url\("/static/([^"]+-400-[^"]+)"\)', font_styles())
    ]
    assert len(fonts) == 2
    assert packed + sum(font.stat().st_size for font in fonts) <= 130_000
