"""The map inside pages of other sites: shown where it is allowed, refused elsewhere."""

import re

import pytest
from playwright.sync_api import FrameLocator, Page, expect

from mapservice.assets import vendor_folder
from mapservice.config import ROOT
from tests.browser import hosts
from tests.browser.conftest import DESK, PHONE
from tests.browser.test_offline import keeps, kept, until
from tests.browser.test_pages import violations
from tests.browser.test_weight import FIRST_MAP, watched, weight

GUIDE = (ROOT / "docs" / "integrators.md").read_text(encoding="utf-8")
SUGGESTION = "[data-suggestions] [role=option]"
REFUSED = "frame-ancestors"


@pytest.fixture
def article(visit, live_server, other_site, allow):
    """`article(query, …)`: a page of an allowed site that holds the frame with this query."""
    allow(other_site.origin)

    def article(query: str = "", width: str = "100%", height: int = 600, **context) -> Page:
        page = visit.blank(**context)
        frame = f'<iframe src="{live_server}/embed{query}" width="{width}" height="{height}"'
        page.goto(other_site.show(f'{frame} title="Bản đồ"></iframe>'))
        return page

    return article


def framed(page: Page) -> FrameLocator:
    return page.frame_locator("iframe")


def ready(page: Page) -> FrameLocator:
    """The frame, once its list speaks of the view."""
    frame = framed(page)
    expect(frame.locator("[data-summary]")).to_contain_text("trong khung nhìn")
    expect(frame.locator(".map-page[data-live]")).to_be_attached()
    return frame


@pytest.mark.parametrize("screen", [DESK, PHONE], ids=["desk", "phone"])
def test_an_allowed_site_shows_the_map(article, screen):
    frame = ready(article("?urgency=4", **screen))
    expect(frame.locator(".unit-district").first).to_be_attached()
    expect(frame.get_by_role("checkbox", name="Khẩn cấp")).to_be_checked()
    expect(frame.locator(".need-list .need").first).to_be_attached()


def test_the_browser_refuses_every_other_site(visit, live_server):
    visit.expected = [REFUSED, "ERR_BLOCKED_BY_RESPONSE"]
    with hosts.site() as stranger:
        page = visit.blank()
        said = []
        page.on("console", lambda message: said.append(message.text))
        page.goto(stranger.show(f'<iframe src="{live_server}/embed" title="Bản đồ"></iframe>'))
        expect(page.get_by_role("heading", name="Bài viết")).to_be_visible()
        page.wait_for_timeout(500)
        assert any(REFUSED in text for text in said)
        assert all(live_server not in frame.url for frame in page.frames)


def test_a_stranger_around_an_allowed_site_is_refused_too(visit, live_server, other_site, allow):
    visit.expected = [REFUSED, "ERR_BLOCKED_BY_RESPONSE"]
    allow(other_site.origin)
    inner = other_site.show(f'<iframe src="{live_server}/embed" title="Bản đồ"></iframe>')
    with hosts.site() as stranger:
        page = visit.blank()
        said = []
        page.on("console", lambda message: said.append(message.text))
        page.goto(stranger.show(f'<iframe src="{inner}" width="900" height="700"></iframe>'))
        expect(framed(page).get_by_role("heading", name="Bài viết")).to_be_visible()
        page.wait_for_timeout(500)
        assert any(REFUSED in text for text in said)
        assert all(live_server not in frame.url for frame in page.frames)


KEEPING = """
window.touched = [];
for (const name of ["localStorage", "sessionStorage", "indexedDB", "caches", "cookieStore"]) {
  const own = Object.getOwnPropertyDescriptor(window, name);
  const get = () => { touched.push(name); return own.get.call(window); };
  Object.defineProperty(window, name, { get });
}
const cookie = Object.getOwnPropertyDescriptor(Document.prototype, "cookie");
Object.defineProperty(document, "cookie", {
  get() { touched.push("cookie"); return cookie.get.call(document); },
  set(text) { touched.push("cookie"); cookie.set.call(document, text); },
});
const register = ServiceWorkerContainer.prototype.register;
ServiceWorkerContainer.prototype.register = function (...asked) {
  touched.push("worker");
  return register.apply(this, asked);
};
"""  # notes who so much as looks at what keeps something on a device


def used(page: Page, frame: FrameLocator, live_server: str) -> list[str]:
    """What was touched while somebody searched and chose in the frame."""
    frame.locator("#q").fill("truong")
    frame.locator(SUGGESTION).first.click()
    expect(frame.locator("[data-suggestions]")).to_be_hidden()
    inside = next(f for f in page.frames[1:] if f.url.startswith(f"{live_server}/embed"))
    return inside.evaluate("touched")


def test_the_frame_keeps_nothing_and_asks_nobody_else(article, live_server, other_site):
    asked = []
    page = article("?teams=1")
    page.add_init_script(KEEPING)
    page.on("request", lambda request: asked.append(request.url))
    page.reload()
    assert used(page, ready(page), live_server) == []
    assert page.context.cookies() == []
    own = (live_server, other_site.origin, "data:", "blob:")
    assert [url for url in asked if not url.startswith(own)] == []


def test_nor_does_it_in_our_own_page_where_it_could(visit, live_server):
    page = visit("/embed/builder")
    page.add_init_script(KEEPING)
    page.reload()
    frame = page.frame_locator("[data-preview]")
    expect(frame.locator(".map-page[data-live]")).to_be_attached()
    assert used(page, frame, live_server) == []
    assert page.evaluate("localStorage.length") == 0 and page.context.cookies() == []
    page.goto(f"{live_server}/")
    expect(page.locator(".map-page[data-live]")).to_be_attached()
    page.locator("#q").fill("truong")
    page.locator(SUGGESTION).first.click()
    assert "localStorage" in page.evaluate("touched"), "what notes it is deaf"


def test_links_open_outside_and_know_nothing_of_the_page(article, live_server):
    page = article("?unit=220@2022")
    frame = ready(page)
    whole = frame.get_by_role("link", name="Mở bản đồ toàn màn hình")
    frame.get_by_role("group", name="Mức độ cần").get_by_text("Khẩn cấp").click()
    expect(frame.locator("[data-summary]")).to_contain_text("theo bộ lọc")
    for link, path in ((whole, "/?urgency=4"), (frame.locator(".need-title a").first, "/places/")):
        with page.context.expect_page() as opened:
            link.click()
        opened.value.wait_for_load_state()
        assert opened.value.url.startswith(live_server + path)
        assert opened.value.evaluate("opener") is None
    assert len(page.frames) == 2 and "/embed" in page.frames[1].url


def test_what_is_done_in_the_frame_is_no_step_of_the_page_around_it(article):
    page = article("?list=0&theme=light")
    frame = ready(page)
    before = page.evaluate("history.length")
    frame.get_by_role("group", name="Mức độ cần").get_by_text("Khẩn cấp").click()
    frame.get_by_text("Đội tình nguyện").first.click()
    inside = page.frames[1]
    inside.wait_for_url(re.compile("teams=1"))
    assert page.evaluate("history.length") == before
    assert "list=0&theme=light" in inside.url and "urgency=4" in inside.url


def test_the_wheel_scrolls_the_page_and_with_ctrl_the_map(article):
    page = article()
    frame = ready(page)
    frame.locator("[data-map]").hover()
    scale = frame.locator(".leaflet-control-scale-line")
    before = scale.inner_text()
    page.mouse.wheel(0, 400)
    page.wait_for_function("scrollY > 100")
    expect(frame.locator(".gesture-hint.is-shown")).to_contain_text("Ctrl")
    assert scale.inner_text() == before
    page.evaluate("scrollTo(0, 0)")
    frame.locator("[data-map]").hover()
    page.keyboard.down("Control")
    page.mouse.wheel(0, -400)
    page.keyboard.up("Control")
    expect(scale).not_to_have_text(before)
    assert page.evaluate("scrollY") == 0


def test_one_finger_leaves_the_map_where_it_is_and_two_move_it(article):
    page = article(**PHONE)
    ready(page)
    inside = page.frames[1]
    box = framed(page).locator("[data-map]").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    line = page.context.new_cdp_session(page)

    def drag(*fingers):
        def touch(kind, by):
            at = [{"x": x + dx + by, "y": y, "id": n} for n, dx in enumerate(fingers)]
            line.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": at})

        touch("touchStart", 0)
        for by in range(10, 90, 20):
            touch("touchMove", by)
        line.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
        page.wait_for_timeout(600)

    before = inside.url
    drag(0)
    expect(framed(page).locator(".gesture-hint")).to_contain_text("hai ngón tay")
    assert inside.url == before
    drag(-30, 30)
    inside.wait_for_url(lambda url: url != before)


@pytest.mark.parametrize("query", ["", "?unit=220@2022"])
def test_a_frame_that_is_unfolded_later_shows_its_area(
    visit, live_server, other_site, allow, query
):
    allow(other_site.origin)
    page = visit.blank()
    frame = f'<iframe src="{live_server}/embed{query}" width="700" height="420"></iframe>'
    page.goto(other_site.show(f"<details><summary>Bản đồ</summary>{frame}</details>"))
    page.wait_for_load_state("networkidle")
    page.get_by_text("Bản đồ", exact=True).click()
    inside = ready(page)
    expect(inside.locator(".pin, .cluster").first).to_be_visible()
    expect(inside.locator(".leaflet-control-scale-line")).to_have_text(re.compile("^[0-9]0? km$"))
    expect(inside.locator(".leaflet-control-zoom-in")).not_to_have_class(re.compile("disabled"))


def test_a_low_frame_shows_the_province_too(article):
    frame = ready(article("?list=0", width="400", height=240))
    expect(frame.locator(".cluster").first).to_be_attached()
    expect(frame.locator(".leaflet-control-scale-line")).to_have_text(re.compile("0 km"))


@pytest.mark.parametrize("screen", [DESK, PHONE], ids=["desk", "phone"])
def test_a_frame_without_its_list_still_tells_what_fails(article, visit, screen):
    visit.expected.append("Failed to load resource")
    page = article("?list=0", **screen)
    frame = framed(page)
    expect(frame.locator(".map-page[data-live]")).to_be_attached()
    expect(frame.locator("#results")).to_be_hidden()
    page.route("**/layers/**", lambda route: route.abort())
    closer = frame.get_by_role("button", name="Phóng to", exact=True)
    closer.click()
    expect(frame.get_by_role("alert")).to_be_in_viewport(ratio=1)
    expect(frame.get_by_role("button", name="Thử lại")).to_be_visible()
    expect(frame.locator(".need-list")).to_be_hidden()
    expect(closer).to_be_in_viewport(ratio=1)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_frame_may_be_of_another_scheme_than_the_device(article, scheme):
    other = {"light": "dark", "dark": "light"}[scheme]
    page = article(f"?theme={scheme}", color_scheme=other)
    ready(page)
    paper = page.frames[1].evaluate(
        "getComputedStyle(document.documentElement).getPropertyValue('--paper').trim()"
    )
    assert paper == {"light": "#fff", "dark": "#151e2e"}[scheme]


@pytest.mark.parametrize("screen", [DESK, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("query", ["", "?list=0&legend=1&teams=1"])
def test_axe_finds_nothing_in_the_frame(visit, screen, query):
    page = visit(f"/embed{query}", **screen)
    expect(page.locator(".map-page[data-live]")).to_be_attached()
    expect(page.locator(".pin, .cluster").first).to_be_attached()
    assert violations(page) == []


def test_an_open_legend_can_be_read_in_a_low_frame(article):
    frame = ready(article("?legend=1", height=300))
    words = frame.locator(".legend-body")
    expect(words.get_by_text("Mức độ cần")).to_be_visible()
    assert words.bounding_box()["height"] >= 80


def test_in_a_sandbox_that_lets_no_module_in_the_frame_is_the_list(
    visit, live_server, other_site, allow
):
    """As sites put one around the answer of an oEmbed provider that they do not know."""
    visit.expected = ["CORS policy", "ERR_FAILED"]
    allow(other_site.origin)
    page = visit("/about/privacy")
    frame = f'<iframe src="{live_server}/embed" sandbox="allow-scripts" width="900" height="600">'
    page.goto(other_site.show(f"{frame}</iframe>"))
    expect(framed(page).locator(".need-list .need").first).to_be_visible()
    expect(framed(page).get_by_text("Đang tải bản đồ")).to_be_hidden()


def test_without_script_the_frame_is_the_list(visit):
    page = visit("/embed?list=0", java_script_enabled=False)
    expect(page.locator(".need-list .need").first).to_be_visible()
    expect(page.get_by_role("link", name="Mở bản đồ toàn màn hình")).to_be_visible()


def test_the_worker_of_our_own_pages_keeps_nothing_of_a_frame(visit):
    """The builder's page, or an article of the same site as the map, has it beside the frame."""
    page = visit("/about/privacy", **PHONE | {"service_workers": "allow"})
    until(page, "navigator.serviceWorker.controller !== null")
    page.goto(page.url.replace("about/privacy", "embed/builder?unit=220@2022"))
    frame = page.frame_locator("[data-preview]")
    expect(frame.locator("[data-summary]")).to_contain_text("trong khung nhìn")
    page.wait_for_load_state("networkidle")
    assert not [address for address in kept(page) if address.startswith(("/layers/", "/embed"))]
    page.goto(page.url.split("embed/builder")[0])
    keeps(page, "/layers/needs.geojson")


def test_the_frame_is_as_light_as_the_public_map(visit, record_property):
    page, came = watched(visit, "/embed?urgency=4", **PHONE)
    expect(page.locator("[data-summary]")).to_contain_text("trong khung nhìn")
    expect(page.locator(".unit-district").first).to_be_attached()
    whole = sum(weight(response) for response in came if response.status == 200)
    record_property("bytes of the first map in a frame, headers counted", whole)
    assert len(came) > 30 and whole <= FIRST_MAP


def test_the_guides_example_draws_the_layer_on_another_site(visit, live_server, other_site):
    """As docs/integrators.md has it, from a site that nobody allowed anything."""
    (example,) = re.findall(r"```html\n(<link.*?)```", GUIDE, re.DOTALL)
    leaflet = f"{live_server}/static/vendor/{vendor_folder('leaflet').name}/dist/leaflet"
    body = example.replace("https://map.example", live_server)
    for kind in ("css", "js"):
        body = body.replace(f'"leaflet.{kind}"', f'"{leaflet}.{kind}"')
    page = visit.blank()
    page.goto(other_site.show(body))
    marks = page.locator("path.leaflet-interactive")
    expect(marks.first).to_be_attached()
    expect(page.locator(".leaflet-control-attribution")).to_contain_text("Tỉnh đoàn")
    marks.first.dispatch_event("click")
    expect(page.locator(".leaflet-popup")).to_contain_text(re.compile("nhu cầu|Dạy|Trường"))
