"""No page of the office leads anybody where they may not go, or where nothing is."""

from collections import Counter, deque
from html.parser import HTMLParser
from urllib.parse import parse_qs, urlsplit

import pytest
from werkzeug.exceptions import HTTPException

from mapservice.accounts.models import Role
from tests.cells import add_people
from tests.factories import make_team

LOOKS = 2  # at pages that are alike


class Links(HTMLParser):
    """The office's addresses that a page links to."""

    def __init__(self, html: str):
        super().__init__()
        self.found: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        href = dict(attrs).get("href") or ""
        if tag == "a" and href.startswith("/manage"):
            self.found.append(href.partition("#")[0])


@pytest.mark.parametrize("role", list(Role), ids=lambda role: role.value)
def test_every_link_leads_somewhere(app, client, session, sides, sign_in, role):
    add_people(session, sides)
    make_team(session, organisation_id=sides.here.district.id)  # one without work
    sign_in(sides.account(role))
    routes = app.url_map.bind("localhost")
    waiting, seen, broken = deque([("/manage/", "the start")]), set(), []
    looked = Counter()
    while waiting:
        path, page = waiting.popleft()
        route = _route(routes, path)
        if path in seen or looked[route] == LOOKS:
            continue
        seen.add(path)
        looked[route] += 1
        reply = client.get(path, follow_redirects=True, buffered=True)
        if reply.status_code >= 400:
            broken.append(f"{reply.status_code} {path} on {page}")
        elif reply.mimetype == "text/html":
            waiting.extend((link, path) for link in Links(reply.text).found)
    assert broken == []
    assert len(looked) > 5


def _route(routes, path: str) -> tuple[str, str]:
    """Pages of one route with the same names in their query are alike."""
    parts = urlsplit(path)
    names = " ".join(sorted(parse_qs(parts.query)))
    try:
        return routes.match(parts.path, method="GET")[0], names
    except HTTPException:
        return path, names
