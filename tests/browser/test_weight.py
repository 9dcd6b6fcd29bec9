"""What the public map costs a phone: bytes over the line, and requests at once."""

import gzip
import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE
from tests.browser.test_map import ready
from tests.watching import WATCH

FIRST_MAP = 300_000  # bytes, of all that a visit brings
USEFUL_MAP = 150_000  # bytes until land and marks are drawn: 3 s at 400 kbit/s
# Times that something must have come before the next is asked for. A frame is of any size: what is
# in its view is known with its scripts only.
ROUNDS = {"/": 2, "/embed": 3}
QUIET_MS = 400  # nothing more is asked for
HEAD = 600  # bytes: a generous answer's headers, which HTTP/2 sends once


def weight(response) -> int:
    """Bytes of an answer as a server that compresses sends it."""
    body = response.body()
    kind = response.headers.get("content-type", "")
    packed = len(body) if kind.startswith(("font/", "image/")) else len(gzip.compress(body))
    return packed + HEAD


def watched(visit, path: str, **context) -> tuple[Page, list]:
    """A page that keeps nothing from before, and the answers it gets."""
    page = visit.blank(**context)
    line = page.context.new_cdp_session(page)
    line.send("Network.enable")
    line.send("Network.setCacheDisabled", {"cacheDisabled": True})
    came = []
    page.add_init_script(WATCH)
    page.on("response", lambda response: came.append(response))
    page.goto(path)
    return page, came


def test_the_first_map_is_light(visit, record_property):
    page, came = watched(visit, "/", **PHONE)
    ready(page)
    expect(page.locator(".unit-district").first).to_be_attached()
    whole = sum(weight(response) for response in came if response.status == 200)
    record_property("bytes of the first map, headers counted", whole)
    assert len(came) > 30
    assert whole <= FIRST_MAP


@pytest.mark.parametrize("path", ROUNDS)
def test_the_map_is_useful_after_few_rounds_and_bytes(visit, record_property, path):
    """Each round lets go what was asked for until then: how deep the page is, on any machine."""
    page = visit.blank(**PHONE)
    waiting, came, rounds = [], [], 1  # the page itself
    page.on("response", lambda response: came.append(response))
    page.route(re.compile(r"/(static|layers)/|\.json$"), lambda route: waiting.append(route))
    page.goto(path, wait_until="commit")
    while not _is_useful(page):
        page.wait_for_timeout(QUIET_MS)
        assert waiting and rounds < ROUNDS[path], f"not drawn after {rounds} rounds"
        rounds += 1
        under_way = [route.request for route in waiting]
        while waiting:
            waiting.pop().continue_()
        for request in under_way:
            request.response().finished()
        page.wait_for_timeout(QUIET_MS)
    whole = sum(weight(response) for response in came)
    page.unroute_all(behavior="ignoreErrors")
    record_property("rounds until the map is useful", rounds)
    record_property("bytes until then, headers counted", whole)
    assert 50_000 < whole <= USEFUL_MAP


def _is_useful(page: Page) -> bool:
    marks, land = page.locator(".cluster, .pin"), page.locator(".unit-district")
    return marks.count() > 0 and land.count() > 0


def test_however_fast_somebody_moves_one_layer_is_asked_at_a_time(visit, record_property):
    page, _ = watched(visit, "/?teams=1&lat=21.3&lng=106.5&zoom=11")
    ready(page)
    page.locator(".map-canvas").focus()
    for key in ["ArrowRight", "+", "ArrowDown", "ArrowLeft", "-", "ArrowUp"] * 6:
        page.keyboard.press(key)
    page.wait_for_load_state("networkidle")
    ready(page)
    seen = page.evaluate("seen")
    record_property("layer requests for 36 steps", seen["layers"])
    assert seen["now"] == 0 and seen["layers"] >= 3
    assert seen["most"] == 1
