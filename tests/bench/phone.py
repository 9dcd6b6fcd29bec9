"""The public map on a phone with one bar of signal: bytes, seconds, long tasks, requests at once.

`python -m tests.bench.phone [--size N …] [--address URL]`: provinces of so many needs, or a site
that runs already. A province is visited by HTTP/1.1 from the application itself, and as in life: by
HTTP/2 over TLS from nginx with the sample before it. Each figure is the median of three visits.
Chromium emulates the line; the machine's speed is in the seconds and tasks.
"""

import argparse
import json
import os
import shutil
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from playwright.sync_api import CDPSession, Page, sync_playwright

from mapservice.config import ROOT
from tests import front
from tests.bench import province, tools
from tests.watching import WATCH

HOME = ROOT / ".local" / "bench"
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
LINE = {"latency": 400, "downloadThroughput": 50_000, "uploadThroughput": 50_000}  # 400 kbit/s
FREE = {"latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
MEGABYTES = 64
MOVING_SECONDS = 20
LONG_MS = 100  # of one task: from here on a finger notices
SIZES = (200, 200_000)
VISITS = 3


@dataclass
class Transferred:
    """Bytes that came over the line so far, headers and compression counted as they are sent."""

    total: int = 0
    shell: int = 0
    files: int = 0

    def follow(self, line: CDPSession) -> None:
        paths = {}
        line.on(
            "Network.requestWillBeSent",
            lambda e: paths.update({e["requestId"]: e["request"]["url"]}),
        )
        line.on("Network.loadingFinished", lambda e: self._count(paths.get(e["requestId"], ""), e))

    def _count(self, url: str, event: dict) -> None:
        self.files += 1
        self.total += round(event["encodedDataLength"])
        if "/static/" in url:
            self.shell += round(event["encodedDataLength"])


def measure(page: Page, address: str, *, moving: bool) -> dict[str, float]:
    """The figures of one visit; `moving`: those of panning and zooming too."""
    line = page.context.new_cdp_session(page)
    line.send("Network.enable")
    line.send("Network.emulateNetworkConditions", {"offline": False, **LINE})
    came = Transferred()
    came.follow(line)
    page.add_init_script(WATCH)
    page.goto(address, wait_until="commit")
    for drawn in (".unit-district", ".cluster, .pin"):
        page.locator(drawn).first.wait_for(state="attached", timeout=120_000)
    told = {"KB": came.total / 1000, "shell KB": came.shell / 1000, "answers": came.files}
    told["seconds"] = page.evaluate("seen.useful") / 1000
    page.wait_for_load_state("networkidle")
    told["KB in the end"] = came.total / 1000
    line.send("Network.emulateNetworkConditions", {"offline": False, **FREE})
    return told | (_traced(page) if moving else {})


def _traced(page: Page) -> dict[str, float]:
    """Moves the map; adds the processor's own time of the main thread's tasks to what it saw.

    On a busy machine a task waits for the processor, and is long without being much.
    """
    browser = page.context.browser
    browser.start_tracing(page=page, categories=["toplevel", "devtools.timeline"])
    told = _move(page)
    events = json.loads(browser.stop_tracing())["traceEvents"]
    named = [e for e in events if e["name"] == "thread_name"]
    main = {(e["pid"], e["tid"]) for e in named if e["args"]["name"] == "CrRendererMain"}
    own = [
        e["tdur"] / 1000
        for e in events
        if "tdur" in e and e["name"].endswith("RunTask") and (e["pid"], e["tid"]) in main
    ]
    return told | {
        "longest ms of processor": max(own, default=0),
        f"tasks over {LONG_MS} ms of processor": sum(ms > LONG_MS for ms in own),
    }


def _move(page: Page) -> dict[str, float]:
    """Pans and zooms without a rest."""
    page.evaluate("() => { Object.assign(seen, { tasks: [], most: 0, layers: 0 }); }")
    until = time.monotonic() + MOVING_SECONDS
    turn = 0
    while time.monotonic() < until:
        page.mouse.move(195, 420)
        if turn % 3 == 2:
            page.mouse.wheel(0, -400 if turn % 12 < 6 else 400)
        else:
            page.mouse.down()
            page.mouse.move(80 if turn % 2 else 310, 320 + turn % 5 * 40, steps=6)
            page.mouse.up()
        page.wait_for_timeout(120)
        turn += 1
    seen = page.evaluate("seen")
    long = [ms for ms in seen["tasks"] if ms > LONG_MS]
    return {
        "longest ms": max(seen["tasks"], default=0),
        f"tasks over {LONG_MS} ms": len(long),
        "layer requests": seen["layers"],
        "most at once": seen["most"],
    }


@contextmanager
def site(size: int) -> Iterator[dict[str, str]]:
    """The addresses of a site with so many needs, by how they are served."""
    cluster, database, _load = province.prepare(HOME, size)
    try:
        with (
            tools.serving(cluster, database, HOME / "phone", MEGABYTES) as port,
            front.running(HOME / "phone-nginx", port, secure=True) as before,
        ):
            yield {"HTTP/1.1": f"http://127.0.0.1:{port}", "HTTP/2": f"https://127.0.0.1:{before}"}
    finally:
        cluster.stop()


def visit(address: str, *, moving: bool) -> dict[str, float]:
    """Measures with a browser of its own, which keeps nothing from before."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        context = chromium.new_context(locale="vi-VN", ignore_https_errors=True, **PHONE)
        told = measure(context.new_page(), address, moving=moving)
        chromium.close()
    return told


def tell(name: str, address: str, *, moving: bool) -> None:
    """Prints the medians of several visits, and how busy the machine was with all it does."""
    visit(address, moving=False)  # the first asks for what the site has not made yet
    visits = [visit(address, moving=moving) for _ in range(VISITS)]
    told = {what: statistics.median(figures[what] for figures in visits) for what in visits[0]}
    told["load of the machine"] = os.getloadavg()[0]
    print(name, *(f"{what}: {figure:.4g}" for what, figure in told.items()), sep="\n  ", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, action="append", help="needs of a province made for it")
    parser.add_argument("--address", help="a site that runs already")
    asked = parser.parse_args()
    if asked.address:
        tell(asked.address, asked.address, moving=True)
        return
    for size in asked.size or SIZES:
        with site(size) as addresses:
            for name, address in addresses.items():
                tell(f"{size} needs, {name}", address, moving=name == "HTTP/2")


if __name__ == "__main__":
    main()
