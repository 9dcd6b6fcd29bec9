"""A running map with an office of its own: who signs in there, and the pages they see."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Thread

from flask import Flask
from playwright.sync_api import Browser, Page
from sqlalchemy import Engine, create_engine
from sqlalchemy.orm import Session
from werkzeug.serving import make_server

from mapservice import create_app
from mapservice.accounts import service
from mapservice.accounts.models import UserAccount
from mapservice.photos.files import Uploads
from mapservice.sealing import KeyRing
from tests import database, office
from tests.browser.conftest import DESK


@dataclass(frozen=True)
class OfficeSite:
    """The application on a database that is written for good, and the office in it."""

    app: Flask
    address: str
    engine: Engine
    world: office.Office

    def signed_in(self, chromium: Browser, account: UserAccount, **context: object) -> Page:
        """A page of this account, in a context of its own."""
        page = chromium.new_context(**DESK | {"locale": "vi-VN"} | context).new_page()
        page.set_default_timeout(10_000)
        page.goto(f"{self.address}/sign-in")
        page.fill("[name=login]", account.login)
        page.fill("[name=password]", office.PASSWORD)
        page.click("main button[type=submit]")
        page.wait_for_load_state()
        assert "/sign-in" not in page.url
        return page

    def entered(self, chromium: Browser, account: UserAccount) -> Page:
        """The same without the form, past the second step of signing in."""
        client = self.app.test_client()
        office.enter(client, account)
        name = self.app.config["SESSION_COOKIE_NAME"]
        context = chromium.new_context(**DESK, locale="vi-VN")
        context.add_cookies(
            [{"name": name, "value": client.get_cookie(name).value, "url": self.address}]
        )
        return context.new_page()


@contextmanager
def running(cluster, settings: dict, name: str, **config: object) -> Iterator[OfficeSite]:
    """Database `name` made anew, an office in it, and a server on it while the block runs."""
    database.clone(cluster, name)
    roles = ("PUBLIC", "INTAKE", "OWNER")
    urls = {f"{role}_DATABASE_URL": cluster.url(role.lower(), name) for role in roles}
    app = create_app(settings | urls | {"DATABASE_URL": cluster.url("office", name)})
    app.config.update(config)
    engine = create_engine(database.superuser_url(cluster, name))
    known = {
        "keys": KeyRing.parse(settings["DATA_KEY"]),
        "uploads": Uploads(settings["MAPSERVICE_HOME"]),
    }
    with Session(engine, expire_on_commit=False, info=known) as session:
        world = office.build(session, password_hash=service.HASHER.hash(office.PASSWORD))
        session.commit()
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield OfficeSite(app, f"http://127.0.0.1:{server.server_port}", engine, world)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        engine.dispose()
        for kind in ("office_sessions", "public_sessions", "intake_sessions"):
            app.extensions[kind].kw["bind"].dispose()
        database.drop(cluster, name)
