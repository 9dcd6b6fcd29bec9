"""Every route × method is public by declaration or closed; every public one is attacked."""

import re

import pytest

from mapservice import web
from mapservice.layers import service as layers
from tests.attack.corpus import HOSTILE, Crawler, is_public, public_rules, published

# Who may call without signing in. A new line is a decision; `web.allow_anonymous` alone is not.
PUBLIC = {
    "GET /",
    "GET /about/privacy",
    "GET /api/docs",
    "GET /api/v1/openapi.json",
    "GET /embed",
    "GET /embed.js",
    "GET /embed/builder",
    "GET /embed/check",
    "GET /healthz",
    "GET /help/<code>",
    "GET /help/unit/<name>",
    "GET /invitation/<token>",
    "GET /layers/<layer>.geojson",
    "GET /layers/needs/near",
    "GET /layers/withdrawn.json",
    "GET /manifest.webmanifest",
    "GET /oembed",
    "GET /offline",
    "GET /ogc/",
    "GET /ogc/api",
    "GET /ogc/collections",
    "GET /ogc/collections/<collection_id>",
    "GET /ogc/collections/<collection_id>/items",
    "GET /ogc/collections/<collection_id>/items/<path:feature_id>",
    "GET /ogc/collections/<collection_id>/queryables",
    "GET /ogc/conformance",
    "GET /password",
    "GET /password/<token>",
    "GET /photos/<uuid:photo>",
    "GET /photos/<uuid:photo>/small",
    "GET /places/<code>",
    "GET /places/<code>/narration",
    "GET /places/<code>/preview.jpg",
    "GET /readyz",
    "GET /receipt",
    "GET /receipt/<code>",
    "GET /service-worker.js",
    "GET /sign-in",
    "GET /static/<path:filename>",
    "GET /static/v-<build>/<path:name>",
    "GET /search",
    "GET /search.json",
    "GET /stats",
    "GET /stats.json",
    "GET /suggest",
    "GET /tiles/<layer>.json",
    "GET /tiles/<layer>/<int:z>/<int:x>/<int:y>.mvt",
    "GET /units/<name>",
    "GET /units/<name>/preview.jpg",
    "POST /help/<code>",
    "POST /help/unit/<name>",
    "POST /invitation/<token>",
    "POST /password",
    "POST /password/<token>",
    "POST /receipt/<code>",
    "POST /sign-in",
    "POST /sign-in/code",
    "POST /sign-out",
    "POST /suggest",
}
# Public routes that may open a session of the office: one compares the schema's revision, the
# others look up the account that wants in, the link that opens one, the session that is to end.
THROUGH_THE_OFFICE = {
    "GET /invitation/<token>",
    "GET /password/<token>",
    "GET /readyz",
    "POST /invitation/<token>",
    "POST /password",
    "POST /password/<token>",
    "POST /sign-in",
    "POST /sign-in/code",
    "POST /sign-out",
}
AUTOMATIC = {"HEAD", "OPTIONS"}


def routes(app, *, public: bool) -> set[str]:
    return {
        f"{method} {rule.rule}"
        for rule in app.url_map.iter_rules()
        if is_public(app, rule) == public
        for method in rule.methods - AUTOMATIC
    }


@pytest.fixture
def app(world):
    """A new application, to be given holes."""
    app = world.app()
    yield app
    for kind in ("office", "public", "intake"):
        app.extensions[f"{kind}_sessions"].kw["bind"].dispose()


def office_users(app, requests) -> set[str]:
    """Which of these (method, url) opened a session of the office."""
    opened = []
    make = app.extensions["office_sessions"]

    def counted():
        opened.append(True)
        return make()

    app.extensions["office_sessions"] = counted
    guilty = set()
    for method, url in requests:
        opened.clear()
        client = app.test_client(use_cookies=False)
        response = client.open(url, method=method, data={"login": "a", "password": "b"})
        response.close()
        if opened:
            guilty.add(f"{method} {url}")
    app.extensions["office_sessions"] = make
    return guilty


def undeclared(app) -> set[str]:
    return routes(app, public=True) ^ PUBLIC


def test_public_routes_are_exactly_the_declared_ones(app):
    assert undeclared(app) == set()


def test_a_new_public_route_is_noticed(app):
    app.add_url_rule("/leak", "leak", web.allow_anonymous(lambda: ""), methods=["GET"])
    assert undeclared(app) == {"GET /leak"}


def test_a_route_that_says_nothing_is_closed(app):
    app.add_url_rule("/new", "new", lambda: "secret", methods=["GET", "POST"])
    client = app.test_client()
    assert b"secret" not in client.get("/new").data
    assert undeclared(app) == set()


def test_every_other_route_refuses_a_stranger_before_its_view_runs(app):
    reached = []
    closed = [r for r in app.url_map.iter_rules() if not is_public(app, r)]
    for rule in closed:
        app.view_functions[rule.endpoint] = lambda **_: reached.append(1) or "secret"
    client = app.test_client()
    asked = 0
    for rule in closed:
        path = re.sub(r"<[^<>]*>", "00000000-0000-0000-0000-000000000000", rule.rule)
        for method in rule.methods:
            response = client.open(path, method=method)
            asked += 1
            if method != "OPTIONS":
                assert response.status_code in {302, 400, 401, 403, 404, 405}, (method, path)
    assert asked > 20 and not reached


def test_every_public_route_is_in_the_corpus(crawler, answers):
    for rule in public_rules(crawler.app):
        pattern = re.compile(re.sub(r"<[^<>]*>", ".+", re.sub(r"([.])", r"\\\1", rule.rule)))
        mine = [u for u in answers if pattern.fullmatch(u.partition("?")[0])]
        assert mine, rule.rule
        if rule.arguments:
            good = [u for u in mine if answers[u].status < 400]
            assert good, f"{rule.rule}: no value known that it answers; see corpus._values"
    assert len(answers) > 400


def test_a_route_added_later_is_in_the_corpus(app, world):
    late = Crawler(world)
    late.app.add_url_rule("/late/<thing>", "late", web.allow_anonymous(lambda thing: thing))
    seen = published(world)
    found = {url.partition("?")[0] for url in late.urls() if url.startswith("/late/")}
    assert {f"/late/{code}" for code in seen.codes} <= found
    late.rest()


def test_the_corpus_reaches_every_kind_of_answer(answers):
    """Clusters, single features, distances, cells of people, a second page, a problem."""
    shown = "\n".join(answer.text for answer in answers.values())
    figures = (r'"metres":\d', r'"band_low" : \d', r'"radius_km":\d')
    for sign in ('"cluster" : true', *figures, "offset=30"):
        assert re.search(sign, shown), sign
    assert "application/problem+json" in shown


def test_nothing_public_fails(answers):
    """No parameter, published or hostile, makes the server stumble or tell of its inside."""
    for url, answer in answers.items():
        assert answer.status in {200, 204, 400, 404}, (url, answer.status)
        assert "Traceback" not in answer.text and "psycopg2" not in answer.text, url
    assert any(HOSTILE[4] in url or "%3Cscript%3E" in url for url in answers)


def test_anonymous_pages_set_no_cookie(answers):
    assert [url for url, answer in answers.items() if "Set-Cookie:" in answer.text] == []


def test_public_routes_read_as_the_public_role(app, answers):
    """One address a route, and every method it has."""
    once = {
        re.sub(r"(/(places|units|layers|password|invitation)/).*", r"\1", u.partition("?")[0]): u
        for u in answers
    }
    requests = [("GET", url) for url in once.values()]
    requests += [("HEAD", "/"), ("OPTIONS", "/"), ("POST", "/sign-in"), ("POST", "/password")]
    allowed = set()
    for method, rule in (route.split() for route in THROUGH_THE_OFFICE):
        allowed.add(
            f"{method} {once.get(rule.partition('<')[0], rule) if method == 'GET' else rule}"
        )
    assert office_users(app, requests) <= allowed


def test_a_route_that_reads_through_the_office_is_noticed(app):
    @web.allow_anonymous
    def hole():
        return {"rows": layers.labels(web.session(), "skills")}

    app.add_url_rule("/hole", "hole", hole)
    assert office_users(app, [("GET", "/hole"), ("GET", "/")]) == {"GET /hole"}
