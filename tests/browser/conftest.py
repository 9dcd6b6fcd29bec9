"""A running site with a small, fixed province, and a real browser to look at it.

The site has a database of its own: what is written here stays written for the whole run.
"""

import json
from threading import Thread

import pytest
from flask import session as cookie
from sqlalchemy import create_engine, select, text
from sqlalchemy.orm import Session
from werkzeug.serving import make_server

from mapservice import create_app, web
from mapservice.accounts import gate
from mapservice.accounts.models import UserAccount
from tests import database
from tests.browser import hosts, province
from tests.browser.answers import Answers
from tests.conftest import DATABASE

# What a service worker answers no test sees on the wire: those of the worker allow it.
ALONE = {"service_workers": "block"}
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True} | ALONE
DESK = {"viewport": {"width": 1280, "height": 800}} | ALONE


@pytest.fixture(scope="session")
def site_database(cluster):
    name = f"{DATABASE}_browser"
    database.clone(cluster, name)
    engine = create_engine(cluster.url("owner", name))
    with Session(engine) as session:
        province.fill(session)
        session.commit()
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))
    engine.dispose()
    yield name
    database.drop(cluster, name)


@pytest.fixture(scope="session")
def site(cluster, site_database, tmp_path_factory):
    """The application on the browser's own database."""
    app = create_app(
        {
            "VERSIONS_SECONDS": 0,
            "SECRET_KEY": "a key for tests only, of thirty-two or more letters",
            "MAPSERVICE_HOME": tmp_path_factory.mktemp("site"),
            "DATABASE_URL": cluster.url("office", site_database),
            "PUBLIC_DATABASE_URL": cluster.url("public", site_database),
            "INTAKE_DATABASE_URL": cluster.url("intake", site_database),
            "OWNER_DATABASE_URL": cluster.url("owner", site_database),
        }
    )
    yield app
    for kind in ("office_sessions", "public_sessions", "intake_sessions"):
        app.extensions[kind].kw["bind"].dispose()


@pytest.fixture(scope="session")
def answers(site):
    """The site, as it is served."""
    return Answers(site)


@pytest.fixture(scope="session")
def live_server(answers):
    """Address of the running site, without a slash at the end."""
    server = make_server("127.0.0.1", 0, answers, threaded=True)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def visit(chromium, live_server, answers):
    """`visit(path, **context)` opens a page; at the end no page may have complained.

    `visit.blank(**context)`: one that has loaded nothing yet, for who listens or prepares first.

    A complaint is a script error or anything the console calls an error: a Content-Security-Policy
    violation is one. `visit.expected` lists parts of complaints that a test provokes on purpose.
    """
    opened, complaints = [], []

    def blank(**context):
        options = DESK | {"locale": "vi-VN", "reduced_motion": "reduce", "base_url": live_server}
        options |= context
        page = chromium.new_context(**options).new_page()
        page.set_default_timeout(10_000)
        opened.append(page.context)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
        return page

    def visit(path="/", **context):
        page = blank(**context)
        page.goto(path)
        return page

    visit.blank = blank
    visit.expected = []
    yield visit
    for context in opened:
        context.close()
    assert answers.ended(), "a request goes on without its page"
    unexpected = [c for c in complaints if not any(part in c for part in visit.expected)]
    assert unexpected == []


@pytest.fixture
def sign_in(visit, site, live_server):
    """`sign_in(login, path, **context)` opens a page as this account, past passwords and codes."""

    def sign_in(login, path, **context):
        page = visit.blank(**context)
        with site.test_request_context(environ_base={"REMOTE_ADDR": "127.0.0.1"}):
            wanted = select(UserAccount).where(UserAccount.login == login)
            gate.enter(web.session().scalars(wanted).one())
            value = site.session_interface.get_signing_serializer(site).dumps(dict(cookie))
        name = site.config["SESSION_COOKIE_NAME"]
        page.context.add_cookies([{"name": name, "value": value, "url": live_server}])
        page.goto(path)
        return page

    return sign_in


@pytest.fixture(scope="session")
def place_path(site):
    """Path of the hostile place's page."""
    lng, lat = province.HOSTILE
    box = f"{lng - 0.001},{lat - 0.001},{lng + 0.001},{lat + 0.001}"
    found = site.test_client().get("/layers/places.geojson", query_string={"bbox": box})
    return "/places/" + json.loads(found.text)["features"][0]["properties"]["code"]


@pytest.fixture(scope="module")
def other_site():
    with hosts.site() as site:
        yield site


@pytest.fixture(scope="module")
def allow(cluster, site_database):
    """`allow(origin)`: this site may show the map from now on."""
    engine = create_engine(cluster.url("owner", site_database))

    def allow(origin: str) -> None:
        with engine.begin() as connection:
            add = "INSERT INTO core.embed_origin (origin) VALUES (:origin) ON CONFLICT DO NOTHING"
            connection.execute(text(add), {"origin": origin})

    yield allow
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM core.embed_view; DELETE FROM core.embed_origin"))
    engine.dispose()
