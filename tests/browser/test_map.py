"""The map page in a real browser."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session

from tests.browser.conftest import DESK, PHONE
from tests.browser.province import HOSTILE, LONG_WORD, NEEDS
from tests.factories import make_need, make_organisation, make_place

ALL = NEEDS + 1
CLOSE = f"lng={HOSTILE[0]}&lat={HOSTILE[1]}&zoom=15"
DEMO_WORDS = "Dữ liệu minh hoạ – không phải nhu cầu thật"
SCREENS = pytest.mark.parametrize("screen", [DESK, PHONE], ids=["desk", "phone"])


def ready(page: Page) -> Page:
    """Wait until the list speaks of the view, as it does once the layer has answered."""
    expect(page.locator("[data-summary]")).to_contain_text("trong khung nhìn")
    expect(page.locator("#results")).to_have_attribute("aria-busy", "false")
    return page


def query(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query)


def urgent(page: Page) -> Locator:
    """The chip of the highest urgency."""
    return page.get_by_role("group", name="Mức độ cần").get_by_role("checkbox", name="Khẩn cấp")


def count(page: Page) -> int:
    """How many needs the list says are in view."""
    return int(page.locator("[data-summary] strong").inner_text().replace(".", ""))


def test_the_province_is_drawn_as_clusters_and_listed(visit):
    page = ready(visit("/"))
    expect(page.locator(".unit-district")).to_have_count(10)
    shown = page.locator(".cluster-count").all_inner_texts()
    assert sum(map(int, shown)) + page.locator(".pin").count() == ALL
    assert count(page) == ALL
    expect(page.locator(".need-list .need")).to_have_count(40)


def test_a_cluster_zooms_in_until_pins_show(visit):
    page = ready(visit("/"))
    before = page.locator(".cluster").count()
    page.locator(".cluster").first.click()
    expect(page.locator(".pin").first).to_be_visible()
    ready(page)
    assert before > 0 and count(page) < ALL
    expect(page.locator(".map-label-commune").first).to_be_attached()


def test_approximate_areas_have_no_lines_that_look_official(visit):
    page = ready(visit("/?lat=21.3&lng=106.5&zoom=12"))
    expect(page.locator(".map-label-commune").first).to_be_attached()
    expect(page.locator(".unit-district.unit-soft")).to_have_count(10)
    expect(page.locator(".unit-commune")).to_have_count(0)
    page.locator(".legend summary").click()
    expect(page.locator(".legend")).to_contain_text("vẽ gần đúng")


def test_official_areas_are_drawn_as_lines(visit):
    def make_official(route):
        answer = route.fetch()
        route.fulfill(response=answer, body=answer.text().replace(" : true", " : false"))

    page = visit.blank()
    page.route("**/layers/units.geojson*", make_official)
    page.goto("/?lat=21.3&lng=106.5&zoom=12")
    ready(page)
    expect(page.locator(".unit-commune")).not_to_have_count(0)
    expect(page.locator(".unit-soft")).to_have_count(0)
    page.locator(".legend summary").click()
    expect(page.locator(".legend")).to_contain_text("Ranh giới xã, phường hiện nay")


def test_a_filter_narrows_map_list_and_address(visit):
    page = ready(visit("/"))
    urgent(page).check(force=True)
    expect(page.locator("[data-summary]")).to_contain_text("theo bộ lọc")
    ready(page)
    assert count(page) == NEEDS // 4 + 1
    assert query(page)["urgency"] == ["4"]
    digits = page.locator(".map-canvas .urgency-digit").all_inner_texts()
    assert digits and set(digits) == {"4"}
    assert set(page.locator(".need-list .urgency-digit").all_inner_texts()) == {"4"}


def test_back_undoes_a_filter(visit):
    page = ready(visit("/"))
    urgent(page).check(force=True)
    expect(page.locator("[data-summary] strong")).to_have_text(str(NEEDS // 4 + 1))
    page.go_back()
    expect(page.locator("[data-summary] strong")).to_have_text(str(ALL))
    expect(urgent(page)).not_to_be_checked()
    assert "urgency" not in query(page)


def test_back_empties_the_search_box_that_has_the_focus(visit):
    page = ready(visit("/"))
    box = page.get_by_role("combobox", name="Tìm địa điểm")
    box.fill("khongconoinao")
    page.keyboard.press("Enter")
    expect(page.locator("[data-empty]")).to_be_visible()
    expect(box).to_be_focused()
    page.go_back()
    expect(page.locator("[data-summary] strong")).to_have_text(str(ALL))
    expect(box).to_have_value("")


def test_a_district_is_zoomed_to_and_can_be_taken_away(visit):
    page = ready(visit("/"))
    page.get_by_label("Khu vực", exact=True).select_option(label=option(page, "Huyện Sơn Động"))
    expect(page.locator(".unit-district.unit-chosen")).to_have_count(1)
    page.get_by_role("button", name="Huyện Sơn Động").click()
    expect(page.locator(".unit-district.unit-chosen")).to_have_count(0)
    ready(page)
    assert "unit" not in query(page)


def option(page: Page, name: str) -> str:
    """The whole text of the option that begins with `name`: its count follows in brackets."""
    texts = page.get_by_label("Khu vực", exact=True).locator("option").all_inner_texts()
    return next(text for text in texts if text.startswith(name))


def test_a_commune_that_is_no_choice_of_the_form_is_still_named_and_taken_away(visit):
    page = ready(visit("/?unit=07645@2022"))
    assert count(page) == 1
    assert page.get_by_label("Khu vực", exact=True).input_value() == "07645@2022"
    page.locator(".chip-active").click()
    expect(page.locator("[data-summary] strong")).to_have_text(str(ALL))


def test_a_shared_address_shows_the_same_view(visit):
    page = ready(visit(f"/?urgency=4&{CLOSE}"))
    expect(urgent(page)).to_be_checked()
    expect(page.locator(".pin")).to_have_count(1)


def test_texts_of_others_stay_text(visit):
    page = ready(visit(f"/?teams=1&{CLOSE}"))
    page.locator(".pin-anchor").click()
    popup = page.locator(".popup")
    expect(popup).to_contain_text("<img src=x onerror=")
    page.locator(".leaflet-popup-close-button").click()
    page.locator(".team-anchor").dispatch_event("click")
    expect(page.locator(".popup", has_text="Đội tình nguyện")).to_contain_text("<script>")
    expect(page.locator(".need-list")).to_contain_text("<script>")
    expect(page.locator("main img")).to_have_count(0)
    assert "broken" not in page.title()


def test_a_team_says_what_it_can_do(visit):
    page = ready(visit(f"/?teams=1&{CLOSE}"))
    page.locator(".team-anchor").dispatch_event("click")
    card = page.locator(".popup")
    expect(card).to_contain_text("Đội thanh niên tình nguyện · 10 người · đi trong 20 km")
    expect(card).to_contain_text(re.compile("Kỹ năng: (?!Khác)"))
    expect(page.locator(".team-reach")).to_have_count(1)


def test_a_card_near_the_edge_does_not_slide_for_who_asked_for_less_motion(visit):
    page = ready(visit(f"/?{CLOSE}"))
    before = page.url
    page.locator(".leaflet-marker-pane").evaluate(
        """() => {
          const pin = document.querySelector(".pin-anchor");
          pin.dispatchEvent(new MouseEvent("click", { bubbles: true }));
          window.slides = document.querySelectorAll(".leaflet-pan-anim").length;
        }"""
    )
    expect(page.locator(".popup")).to_be_visible()
    assert page.evaluate("window.slides") == 0
    assert query(page)["lat"] != parse_qs(urlsplit(before).query)["lat"], "the map did not move"


def test_back_closes_the_open_card(visit):
    page = ready(visit(f"/?{CLOSE}"))
    page.locator(".pin-anchor").click()
    expect(page.locator(".popup")).to_be_visible()
    assert query(page)["place"]
    page.go_back()
    expect(page.locator(".popup")).to_have_count(0)


def test_a_card_does_not_slip_below_the_switches_of_layers(visit):
    page = ready(visit(f"/?{CLOSE}", viewport={"width": 900, "height": 520}))
    page.locator(".pin-anchor").click()
    page.locator(".leaflet-popup-close-button").click()
    expect(page.locator(".popup")).to_have_count(0)


def test_a_link_to_a_place_opens_its_card(visit):
    page = ready(visit(f"/?{CLOSE}"))
    page.locator(".pin-anchor").click()
    shared = page.url
    again = ready(visit("/?" + shared.partition("?")[2]))
    expect(again.locator(".popup")).to_be_visible()


def test_markers_are_reached_and_opened_by_keyboard(visit):
    page = ready(visit(f"/?{CLOSE}"))
    pin = page.get_by_role("button", name=re.compile("Khẩn cấp, mức 4"))
    pin.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".popup")).to_be_visible()
    expect(page.locator(".popup-title a")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator(".popup")).to_have_count(0)
    expect(pin).to_be_focused()


def test_a_cluster_opened_by_keyboard_hands_its_focus_on(visit):
    page = ready(visit("/"))
    page.evaluate("""() => {
        window.focused = [];
        window.said = [];
        document.addEventListener("focusin", ({ target }) => window.focused.push(target));
        const summary = document.querySelector("[data-summary]");
        new MutationObserver(() => window.said.push(summary.textContent))
          .observe(summary, { childList: true });
    }""")
    page.locator(".cluster-anchor").first.evaluate("(cluster) => { cluster.id = 'left'; }")
    page.locator("#left").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#left")).to_have_count(0)
    page.wait_for_load_state("networkidle")
    assert page.evaluate("document.activeElement.matches('.leaflet-marker-icon, .map-canvas')")
    assert page.evaluate("window.focused.length") == 2  # the cluster, and what took over from it
    said = page.evaluate("window.said")
    assert len(said) == len(set(said)) == 1


def test_the_list_is_one_key_away(visit):
    page = ready(visit("/"))
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Bỏ qua bản đồ")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#results")).to_be_focused()


def test_an_outage_keeps_what_is_shown_and_heals(visit):
    visit.expected.append("Failed to load resource")
    page = ready(visit("/"))
    page.route("**/layers/needs.geojson*", lambda route: route.abort())
    urgent(page).check(force=True)
    notice = page.get_by_role("alert")
    expect(notice).to_contain_text("Chưa kết nối được máy chủ. Đang hiển thị dữ liệu lúc")
    assert count(page) == ALL and page.locator(".cluster").count() > 0
    page.unroute("**/layers/needs.geojson*")
    page.get_by_role("button", name="Thử lại").click()
    expect(page.locator("[data-summary] strong")).to_have_text(str(NEEDS // 4 + 1))
    expect(notice).to_have_count(0)


def test_an_empty_view_says_what_to_do(visit):
    page = visit("/?q=khongconoinao")
    expect(page.locator("[data-empty]")).to_contain_text("thu nhỏ bản đồ hoặc bỏ bớt điều kiện lọc")
    page.get_by_role("link", name="Xem toàn tỉnh").click()
    expect(page.locator("[data-summary] strong")).to_have_text(str(ALL))


def test_the_map_is_held_to_the_province(visit):
    page = ready(visit("/"))
    out = page.get_by_role("button", name="Thu nhỏ")
    expect(out).to_have_attribute("aria-disabled", "true")


def test_without_javascript_the_list_filters_and_pages(visit):
    page = visit("/", java_script_enabled=False)
    expect(page.locator(".need-list .need")).to_have_count(30)
    expect(page.get_by_text("Bản đồ cần JavaScript")).to_be_visible()
    page.get_by_role("link", name="Xem tiếp").click()
    expect(page.get_by_role("link", name="Trang trước")).to_be_visible()
    urgent(page).check(force=True)
    page.get_by_role("button", name="Lọc").click()
    expect(page).to_have_url(re.compile(r"[?&]urgency=4\b"))
    expect(page.locator("[data-summary]")).to_contain_text(str(NEEDS // 4 + 1))
    assert set(page.locator(".need-list .urgency-digit").all_inner_texts()) == {"4"}


def test_on_a_phone_the_list_is_a_sheet_with_three_stops(visit):
    page = ready(visit("/", **PHONE))
    sheet, handle = page.locator("#results"), page.locator("[data-sheet-handle]")
    heights = []
    for stop in ("peek", "half", "full"):
        expect(sheet).to_have_attribute("data-stop", stop)
        sheet.evaluate("sheet => Promise.all(sheet.getAnimations().map((one) => one.finished))")
        heights.append(sheet.bounding_box()["height"])
        handle.click()
    assert heights == sorted(heights) and heights[0] < 130 and heights[2] > 700
    expect(sheet).to_have_attribute("data-stop", "peek")


def test_the_sheet_follows_a_finger(visit):
    page = ready(visit("/", **PHONE))
    box = page.locator("[data-sheet-handle]").bounding_box()
    page.mouse.move(box["x"] + 190, box["y"] + 10)
    page.mouse.down()
    page.mouse.move(box["x"] + 190, box["y"] - 200, steps=5)
    page.mouse.up()
    expect(page.locator("#results")).to_have_attribute("data-stop", "half")


def test_a_row_leads_to_its_pin_on_a_phone(visit):
    page = ready(visit(f"/?{CLOSE}", **PHONE))
    page.locator("[data-sheet-handle]").click()
    page.get_by_role("button", name=re.compile("Xem trên bản đồ")).first.click()
    expect(page.locator("#results")).to_have_attribute("data-stop", "peek")
    expect(page.locator(".popup")).to_be_visible()


@pytest.mark.parametrize("path", ["/", "/about/privacy", "/sign-in", "/units/24@2022", "/nowhere"])
@pytest.mark.parametrize("script", [True, False])
def test_no_page_is_wider_than_a_phone(visit, path, script):
    visit.expected.append("404")
    page = visit(path, **PHONE | {"java_script_enabled": script})
    width = page.evaluate("document.documentElement.scrollWidth") if script else None
    body = page.locator("body").bounding_box()["width"]
    assert (width or body) <= 390


def right_edge(element: Locator) -> float:
    box = element.bounding_box()
    return box["x"] + box["width"]


@SCREENS
def test_a_word_without_end_stays_in_its_row_card_and_page(visit, screen):
    page = ready(visit(f"/?{CLOSE}", **screen))
    if screen is PHONE:
        page.locator("[data-sheet-handle]").click()
    row = page.locator(".need", has_text=LONG_WORD)
    assert right_edge(row.locator(".need-pin")) <= right_edge(page.locator(".results"))
    assert spills(page, ".need") == []
    row.locator(".need-pin").click()
    expect(page.locator(".popup")).to_be_visible()
    assert spills(page, ".leaflet-popup-content") == []
    page.get_by_role("link", name="Xem chi tiết").click()
    expect(page.locator(".place-need")).to_be_visible()
    assert spills(page, ".place-head, .place-main, .card, html") == []
    page.goto(
        page.get_by_role("navigation", name="Đường dẫn")
        .get_by_role("link")
        .last.evaluate("(link) => link.href")
    )
    expect(page.locator(".need", has_text=LONG_WORD)).to_be_visible()
    assert spills(page, ".need, html") == []


@SCREENS
def test_a_word_without_end_stays_in_its_chip(visit, screen):
    page = ready(visit(f"/?q={'x' * 73}", **screen))
    if screen is PHONE:
        page.locator("[data-sheet-handle]").click()
    expect(page.locator(".chip-active")).to_be_visible()
    assert right_edge(page.locator(".chip-active")) <= right_edge(page.locator(".results"))


def spills(page: Page, selector: str) -> list[str]:
    """What is wider inside than it is."""
    return page.evaluate(
        """(selector) => [...document.querySelectorAll(selector)]
          .filter((element) => element.scrollWidth > element.clientWidth)
          .map((element) => `${element.className} ${element.scrollWidth}`)""",
        selector,
    )


@SCREENS
def test_the_map_says_that_its_needs_are_invented(visit, screen):
    page = ready(visit("/", **screen))
    note = page.get_by_text(DEMO_WORDS)
    expect(note).to_be_visible()
    box, head = note.bounding_box(), page.locator(".filters").bounding_box()
    assert box["x"] >= 0 and right_edge(note) <= screen["viewport"]["width"]
    assert box["y"] + box["height"] <= head["y"] and box["height"] < 30
    bottom = page.locator(".map-page").bounding_box()
    assert bottom["y"] + bottom["height"] == screen["viewport"]["height"]
    chip = page.locator("[data-facet=category] summary")
    chip.click()
    panel = page.locator(".facet-panel").bounding_box()
    assert panel["y"] >= chip.bounding_box()["y"] + chip.bounding_box()["height"]


def test_without_javascript_the_map_still_says_so(visit):
    page = visit("/", java_script_enabled=False)
    expect(page.get_by_text(DEMO_WORDS)).to_be_visible()


@SCREENS
def test_a_demo_place_and_its_commune_say_so_and_no_other_place(visit, screen):
    page = ready(visit(f"/?{CLOSE}", **screen))
    page.locator(".pin-anchor").click()
    page.get_by_role("link", name="Xem chi tiết").click()
    expect(page.get_by_text(DEMO_WORDS)).to_be_visible()
    preview = page.locator('meta[property="og:description"]').get_attribute("content")
    assert preview.startswith(DEMO_WORDS)
    page.locator(".breadcrumb a").last.click()
    expect(page.get_by_text(DEMO_WORDS)).to_be_visible()
    page = visit("/units/220@2022", **screen)
    page.locator(".need", has_not_text=LONG_WORD).first.get_by_role("link").click()
    expect(page.locator(".place-need").first).to_be_visible()
    expect(page.get_by_text(DEMO_WORDS)).to_have_count(0)


@pytest.fixture
def publish(cluster, site_database):
    """`publish(title)`: a need beside the hostile place is on the map from now on; none stays."""
    engine = create_engine(cluster.url("owner", site_database))
    with Session(engine) as session:
        owner = make_organisation(session)
        session.commit()

        def publish(title):
            spot = {"lng": HOSTILE[0] + 0.001, "lat": HOSTILE[1]}
            place = make_place(session, **spot, organisation_id=owner.id)
            make_need(session, address=place, title=title)
            session.commit()

        yield publish
        values = {"id": owner.id}
        session.execute(text("DELETE FROM core.address WHERE organisation_id = :id"), values)
        session.execute(text("DELETE FROM core.organisation WHERE id = :id"), values)
        session.commit()
    engine.dispose()


def test_what_is_published_is_seen_at_once_by_who_just_looked(visit, publish):
    """The layer may be kept for 20 seconds, and the browser has it: it asks again all the same."""
    page = ready(visit(f"/?{CLOSE}"))
    shown = page.locator(".need-list .need")
    before = shown.count()
    publish("Dạy vẽ buổi tối")
    page.goto(page.url)
    expect(shown.filter(has_text="Dạy vẽ buổi tối")).to_have_count(1)
    publish("Dạy hát buổi tối")
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")  # come back to
    expect(shown.filter(has_text="Dạy hát buổi tối")).to_have_count(1)
    expect(shown).to_have_count(before + 2)
