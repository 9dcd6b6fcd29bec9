"""The public pages without a signal: what the device keeps, says and forgets."""

import re
import time
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import create_engine
from sqlalchemy import text as sql
from sqlalchemy.orm import Session

from mapservice.accounts.models import Role
from tests.browser.conftest import PHONE
from tests.browser.province import HOSTILE
from tests.browser.test_map import CLOSE, ready
from tests.browser.test_near import ALLOWED, near
from tests.factories import make_account, make_need, make_organisation, make_place

WITH_WORKER = PHONE | {"service_workers": "allow"}
LOST = ["ERR_INTERNET_DISCONNECTED", "Failed to fetch", "Failed to load resource"]
NOTICE = re.compile(r"Ngoại tuyến – dữ liệu lúc \d\d:\d\d \d\d/\d\d/\d{4}")
MAP_BYTES = 130_000  # with one weight of the font
SHELL_BYTES = 147_000  # with search, places, figures, outbox; fetched while the page is at rest
KEPT = """async () => (await Promise.all((await caches.keys()).map(async (name) =>
    (await (await caches.open(name)).keys()).map(({ url }) => url)))).flat()"""
KEPT_TEXTS = """async () => (await Promise.all((await caches.keys()).map(async (name) => {
    const cache = await caches.open(name);
    return Promise.all((await cache.keys()).map(async (key) => (await cache.match(key)).text()));
}))).flat().join("\\n")"""

VIEWS = """() => performance.getEntriesByType("resource").map(({ name }) => name)
    .filter((name) => name.includes("/layers/needs.geojson"))
    .map((name) => new URL(name)).map(({ pathname, search }) => pathname + search)"""


def kept(page: Page) -> list[str]:
    """Paths with queries of everything that the device keeps."""
    parts = map(urlsplit, page.evaluate(KEPT))
    return [part.path + (f"?{part.query}" if part.query else "") for part in parts]


def until(page: Page, told: str) -> None:
    """Wait until an expression is true in the page (the page's policy forbids Playwright's way)."""
    deadline = time.monotonic() + 10
    while not page.evaluate(told):
        assert time.monotonic() < deadline, told
        page.wait_for_timeout(50)


def keeps(page: Page, part: str, wanted: bool = True) -> None:
    """Wait until something is kept whose address has this part; or nothing is any more."""
    deadline = time.monotonic() + 10
    while any(part in address for address in kept(page)) != wanted:
        assert time.monotonic() < deadline, kept(page)
        page.wait_for_timeout(50)


@pytest.fixture
def installed(visit):
    """`installed(path)`: a page with the worker beside it, which has seen what the page is of."""

    def installed(path="/", **context):
        visit.expected += LOST
        page = visit(path, **WITH_WORKER, **context)
        until(page, "navigator.serviceWorker.controller !== null")
        return page

    return installed


@pytest.fixture
def place(cluster, site_database):
    """A public place with a need, and `place.withdraw()`; nothing is left of it."""
    engine = create_engine(cluster.url("owner", site_database))
    with Session(engine, expire_on_commit=False) as session:
        owner = make_organisation(session)
        spot = {"lng": HOSTILE[0] + 0.001, "lat": HOSTILE[1]}
        made = make_place(session, **spot, organisation_id=owner.id, title="Nhà văn hóa Suối Ngầm")
        make_need(session, address=made, title="Dạy chữ buổi tối")
        session.commit()

        def withdraw():
            session.execute(sql("DELETE FROM core.address WHERE id = :id"), {"id": made.id})
            session.commit()

        made.withdraw = withdraw
        yield made
        withdraw()
        session.execute(sql("DELETE FROM core.organisation WHERE id = :id"), {"id": owner.id})
        session.commit()
    engine.dispose()


def test_after_one_visit_the_map_opens_without_a_signal_and_tells_its_day(installed):
    page = ready(installed())
    listed = page.locator(".need-list .need").count()
    for view in page.evaluate(VIEWS):
        keeps(page, view)
    keeps(page, "level=district")
    page.context.set_offline(True)
    page.reload()
    ready(page)
    expect(page.locator("[data-offline]")).to_have_text(NOTICE)
    expect(page.locator("[data-offline]")).not_to_contain_text("chưa được lưu")
    expect(page.locator("#results")).to_have_attribute("data-stop", "peek")
    expect(page.get_by_role("link", name="Nơi đã có trên máy này")).to_be_in_viewport(ratio=1)
    expect(page.locator(".need-list .need")).to_have_count(listed)
    expect(page.locator(".unit-district")).to_have_count(10)
    page.context.set_offline(False)
    page.reload()
    ready(page)
    expect(page.locator("[data-offline]")).to_have_count(0)


def test_an_area_that_was_never_seen_says_so(installed):
    page = ready(installed(f"/?{CLOSE}"))
    keeps(page, "/layers/needs.geojson")
    page.context.set_offline(True)
    page.goto(page.url.split("?")[0] + "?lng=106.6&lat=21.4&zoom=15")
    ready(page)
    expect(page.locator("[data-offline]")).to_contain_text("Vùng này chưa được lưu trên máy")


def test_views_around_somebody_are_never_kept(installed):
    """Neither by the worker, nor from the list of what the page asked for before it was there."""
    page = ready(installed(**ALLOWED))
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    near(page).click()
    expect(page.locator(".need-distance").first).to_be_visible()
    page.wait_for_load_state("networkidle")
    page.locator("label.layer-toggle", has_text="Đội tình nguyện").click()
    expect(page.locator(".team-pin").first).to_be_attached()
    near(page).click()  # left: the view is still the one around the spot
    ready(page)
    around = [urlsplit(url) for url in asked if "/layers/" in url]
    assert {part.path for part in around} >= {
        "/layers/needs/near",
        "/layers/needs.geojson",
        "/layers/teams.geojson",
    }
    assert [part.query for part in around if part.query in " ".join(kept(page))] == []
    page.locator(".map-canvas").focus()
    page.keyboard.press("ArrowLeft")  # a view that somebody chose
    keeps(page, "/layers/teams.geojson")


def test_a_place_seen_before_opens_and_another_page_says_what_to_do(installed, place):
    page = installed()
    page.goto(f"{page.url.split('?')[0]}places/{place.public_code}")
    keeps(page, f"/places/{place.public_code}")
    page.context.set_offline(True)
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Nhà văn hóa Suối Ngầm")
    expect(page.locator("[data-offline]")).to_have_text(NOTICE)
    page.goto(page.url.replace(place.public_code, "00000000"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Đang ngoại tuyến")
    page.goto(page.url + "?lang=en")
    expect(page.get_by_role("heading", level=1)).to_have_text("You are offline")


def test_what_was_withdrawn_meanwhile_is_forgotten_with_the_next_connection(installed, place):
    page = ready(installed(f"/?{CLOSE}"))
    root = page.url.split("?")[0]
    keeps(page, "/layers/needs.geojson")
    page.goto(f"{root}places/{place.public_code}")
    keeps(page, f"/places/{place.public_code}")
    assert place.public_code in page.evaluate(KEPT_TEXTS)
    page.context.set_offline(True)
    page.goto(root)
    ready(page)
    place.withdraw()
    page.context.set_offline(False)
    page.goto(f"{root}stats")
    keeps(page, f"/places/{place.public_code}", wanted=False)
    keeps(page, "/stats")
    assert place.public_code not in page.evaluate(KEPT_TEXTS)


def test_the_office_and_its_door_are_never_answered_or_kept(
    installed, sign_in, cluster, site_database
):
    page = ready(installed())
    root = page.url.split("?")[0]
    page.goto(f"{root}sign-in")
    assert page.evaluate("fetch('/search.json?q=an').then((answer) => answer.ok)")
    stored = kept(page)
    assert not [url for url in stored if re.match(r"/(sign-in|manage|api|search\.json)", url)]
    page.context.set_offline(True)
    for path in ("sign-in", "manage/", "api/docs"):
        with pytest.raises(Exception, match="ERR_INTERNET_DISCONNECTED"):
            page.goto(root + path)


def test_nothing_of_the_office_is_kept(installed, sign_in, cluster, site_database):
    engine = create_engine(cluster.url("owner", site_database))
    with Session(engine) as session:
        make_account(session, login="tinhdoan@demo.invalid", role=Role.ADMIN)
        session.commit()
    try:
        page = sign_in("tinhdoan@demo.invalid", "/", **WITH_WORKER)
        until(page, "navigator.serviceWorker.controller !== null")
        keeps(page, "/layers/needs.geojson")
        root = page.url.split("?")[0]
        page.goto(f"{root}manage/")
        expect(page.get_by_role("button", name="Đăng xuất")).to_be_visible()
        page.goto(root)
        ready(page)
        assert not [url for url in kept(page) if url.startswith(("/manage", "/api", "/sign"))]
        # Scripts name the field; no page that holds one is kept.
        assert 'name="csrf_token"' not in page.evaluate(KEPT_TEXTS)
    finally:
        with engine.begin() as connection:
            connection.execute(
                sql("DELETE FROM core.user_account WHERE login = 'tinhdoan@demo.invalid'")
            )
        engine.dispose()


def test_an_old_version_goes_and_its_pages_are_drawn_anew(installed, place):
    page = installed()
    page.goto(f"{page.url.split('?')[0]}places/{place.public_code}")
    page.wait_for_load_state("networkidle")  # at rest it has registered the worker again
    page.evaluate(
        """async ([page]) => {
            for (const name of ["shell-old", "pages-old"])
                await (await caches.open(name)).put(page, new Response("old"));
            const registration = await navigator.serviceWorker.getRegistration();
            await registration.unregister();
        }""",
        [f"/places/{place.public_code}"],
    )
    page.reload()
    until(page, "navigator.serviceWorker.controller !== null")
    until(page, "caches.keys().then((names) => !names.some((name) => name.endsWith('-old')))")
    keeps(page, f"/places/{place.public_code}")


def test_it_can_be_installed(visit):
    page = visit("/", **WITH_WORKER)
    found = page.context.new_cdp_session(page).send("Page.getAppManifest")
    assert found["url"].endswith("/manifest.webmanifest") and found["errors"] == []
    told = page.request.get(found["url"])
    assert told.headers["content-type"] == "application/manifest+json"
    manifest = told.json()
    assert manifest["lang"] == "vi" and manifest["display"] == "standalone"
    assert manifest["start_url"] == manifest["scope"] == "/"
    for icon in manifest["icons"]:
        size = page.evaluate(
            """async (src) => { const image = new Image(); image.src = src; await image.decode();
            return `${image.naturalWidth}x${image.naturalHeight}`; }""",
            icon["src"],
        )
        assert size == icon["sizes"]
    english = page.request.get(found["url"] + "?lang=en").json()
    assert english["lang"] == "en" and english["start_url"] == "/?lang=en"
    assert english["name"].startswith("Map of places for volunteers")


def compressed(client, urls: set[str]) -> int:
    """Bytes of these files as they are sent."""
    size = 0
    for url in urls:
        with client.get(url, headers={"Accept-Encoding": "br"}) as answer:
            size += len(answer.data)
    return size


def named(page: str) -> set[str]:
    """Files that a page names, and the modules that its parts ask for."""
    files = set(re.findall(r'(?:href|src)="(/static/[^"]+)"', page))
    folder = next(url for url in files if url.endswith("/js/main.js")).removesuffix("main.js")
    files |= {
        f"{folder}{module}.js" for module in re.findall(r'data-(?:module|at-rest)="([^"]+)"', page)
    }
    return {
        url for url in files if not url.endswith(".png")
    }  # icons are the screen's, not the page's


def test_the_shell_is_light_and_holds_all_that_public_pages_name(visit, site, place):
    page = visit("/stats")
    script = page.request.get(page.url.replace("stats", "service-worker.js"))
    assert script.headers["cache-control"] == "no-cache"
    client = site.test_client()
    shell = set(re.findall(r'"(/static/[^"]+)"', script.text().split("\n")[1]))
    paths = [f"/places/{place.public_code}", "/units/220@2022", "/search?q=an", "/stats"]
    paths += [f"/help/{place.public_code}", "/suggest", "/suggest?about=people"]
    for path in ["/about/privacy", "/offline", *paths]:
        assert named(client.get(path).text) - shell == set(), path
    of_the_map = named(client.get("/").text)
    fonts = {url for url in shell if url.endswith(".woff2")}
    assert len(of_the_map) > 30 and of_the_map < shell and len(fonts) == 2
    assert compressed(client, of_the_map | fonts) <= MAP_BYTES
    assert compressed(client, shell) <= SHELL_BYTES
