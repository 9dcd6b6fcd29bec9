"""Texts that try to become script, in every field that takes text, on every page that shows any.

Each page is read twice: as the browser runs it, and as its parser sees what the server sent.
"""

import re

import pytest

from mapservice.accounts.models import Role
from mapservice.accounts.rights import ALLOWED
from tests import office, payloads
from tests.browser import hostile, office_site
from tests.conftest import DATABASE
from tests.rights import filled, named, office_rules

# Downloads and pictures are no pages.
NO_PAGES = re.compile(r"\.(json|xlsx|svg|csv)$|/photos/|^/api/v1/|/static/|^/(healthz|readyz)$")
PUBLIC_PAGES = ("/", "/places/{place}", "/units/220@2022", "/about/privacy", "/sign-in")
OPEN_DATA = ("needs/items?f=html", "places/items/{place}?f=html")
PUBLIC_PAGES += tuple(f"/ogc/collections/{page}" for page in OPEN_DATA)
PUBLIC_PAGES += ("/search?q=x", "/search?q=script", "/stats")


def paths(site, role: Role) -> list[str]:
    """The pages that this role may open, with a record of ours and the own person; the public ones
    that show our records are the admin's."""
    here = site.world.here
    found = [page.format(place=here.records["place"].public_code) for page in PUBLIC_PAGES]
    found = found if role is Role.ADMIN else []
    for rule in office_rules(site.app):
        allowed = role in ALLOWED[site.app.view_functions[rule.endpoint].action]
        if allowed and "GET" in rule.methods and not NO_PAGES.search(rule.rule):
            records = named(rule)
            found.append(filled(rule, {name: one.value(here) for name, one in records.items()}))
            if any(one.key == "place" for one in records.values()):
                found.append(
                    filled(rule, {n: one.of_people().value(here) for n, one in records.items()})
                )
    return found


def readers(site) -> dict[str, list[Role]]:
    """Each page, with the roles that may open it."""
    found: dict[str, list[Role]] = {}
    for role in Role:
        for path in paths(site, role):
            found.setdefault(path, []).append(role)
    return found


def poison(site, payload) -> list[tuple[str, str]]:
    with site.engine.begin() as connection:
        return hostile.poison(connection, payload)


@pytest.fixture(scope="module")
def site(cluster, settings):
    with office_site.running(
        cluster, settings, f"{DATABASE}_hostile", WTF_CSRF_ENABLED=False
    ) as site:
        yield site


def signed_in(site) -> dict:
    clients = {role: site.app.test_client() for role in Role}
    for role, client in clients.items():
        office.enter(client, site.world.account(role))
    return clients


@pytest.fixture(scope="module")
def usual(site) -> dict[tuple[Role, str], int]:
    """The status of each role's pages, asked before any text is written: what is hidden afterwards
    would show nothing, and be found clean."""
    answers = {
        (role, path): client.get(path, follow_redirects=True).status_code
        for role, client in signed_in(site).items()
        for path in paths(site, role)
    }
    assert sum(status == 200 for status in answers.values()) > 0.9 * len(answers)
    return answers


def turning(texts, turn: int = 0):
    """Every field another text, and at the next turn each field the next one."""
    return lambda number: texts[(number + turn) % len(texts)]


def given_up(path: str, status: int) -> bool:
    """A search has two seconds; while every name holds the same text it may need more."""
    return status == 503 and path.startswith("/search")


def look(page, site, path, usual: int) -> list[str]:
    """What ran on a page, or stands in it ready to run; `usual`: its status without such texts."""
    status = page.goto(site.address + path).status
    if given_up(path, status):
        return []
    if status != usual:
        return [f"{path}: status {status}"]
    if page.locator("[data-module]").count():
        page.wait_for_load_state("networkidle")
    ran = page.evaluate("mark => window[mark]", payloads.MARK)
    traces = page.evaluate(payloads.TRACES, payloads.MARK)
    return [f"{path}: it ran"] * bool(ran) + [f"{path}: {trace}" for trace in traces]


def test_the_browser_runs_none(chromium, site, usual, long_form, record_property):
    """Every page: a text a field. In the long form as each role sees it, and more turns."""
    texts = payloads.ALL if long_form else payloads.FEW
    found, looks, taken = [], 0, set()
    pages = {role: site.entered(chromium, site.world.account(role)) for role in Role}
    for turn in range(25 if long_form else 1):
        taken |= set(poison(site, turning(texts, turn * len(payloads.FEW))))
        for path, roles in readers(site).items():
            for role in roles if long_form else [roles[looks % len(roles)]]:
                found += look(pages[role], site, path, usual[role, path])
                looks += 1
    record_property("hostile texts run", f"{looks} pages, {len(taken)} fields, {len(found)} faults")
    assert {("address", "title"), ("need", "description"), ("team", "name")} <= taken
    assert found == []


def test_no_page_holds_an_element_made_of_text(chromium, site, usual, long_form, record_property):
    """Every text in every field (in the short form every third turn, so that each text stands in
    every third field): what the server sent, as a browser's parser reads it.

    A page is read by one of its roles, at the next turn by the next one: they differ in buttons.
    """
    texts = payloads.ALL if long_form else payloads.FEW
    parser = chromium.new_page()
    found, looks = [], 0
    clients, pages = signed_in(site), readers(site)
    for turn in range(0, len(texts), 1 if long_form else 3):
        poison(site, turning(texts, turn))
        for path, roles in pages.items():
            role = roles[turn % len(roles)]
            answer = clients[role].get(path, follow_redirects=True)
            status = answer.status_code
            assert given_up(path, status) or status == usual[role, path], path
            traces = parser.evaluate(payloads.PARSED, [answer.text, payloads.MARK])
            found += [f"{path}: {trace}" for trace in traces]
            looks += 1
    record_property(
        "hostile texts parsed", f"{len(texts)} texts, {looks} pages, {len(found)} faults"
    )
    assert found == []


def test_the_payloads_are_alive(chromium):
    """Where nothing protects, most of them run, and all that make an element leave a trace."""
    page = chromium.new_page()
    ran = traces = 0
    for payload in payloads.FEW:
        page.set_content(f"<!doctype html><title>x</title><p>{payload}</p>")
        page.wait_for_timeout(50)
        ran += bool(page.evaluate("mark => window[mark]", payloads.MARK))
        traces += bool(page.evaluate(payloads.TRACES, payloads.MARK))
        page.goto("about:blank")
    assert ran >= 5 and traces >= 9
