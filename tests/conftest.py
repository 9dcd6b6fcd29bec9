"""The test cluster and, for each test process, its own database."""

import os
import shutil

import pytest
from hypothesis import settings
from playwright.sync_api import sync_playwright

from mapservice import create_app
from tests import database

# Runs side by side do not share a database.
DATABASE = f"mapservice_test_{os.getpid()}"
DATA_KEY = "1:6l6v3W0gVYKkFWd7dDVSyCZWm0RHd3ZVhSDXlSb0Y7I="  # for tests only

# How long an example takes is the machine's matter: a busy one would fail what is right.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")


def pytest_addoption(parser):
    parser.addoption("--proof", action="store_true", help="run the long forms of tests")


def pytest_configure(config):
    config.addinivalue_line("markers", "proof: has a long form; `make proof` runs these alone")


# What takes longest begins first, so that at the end no process waits for another's long module.
LONGEST = (
    "tests/system/test_up.py",
    "tests/browser/test_hostile_texts.py",
    "tests/db/test_rights.py",
    "tests/db/test_api_fuzz.py",
    "tests/browser/test_team_work.py",
    "tests/browser/test_registration.py",
)
# Of the four looks of a page, two show every width and every scheme; the others are proofs.
MORE_LOOKS = ({"phone", "light"}, {"desk", "dark"})


@pytest.hookimpl(tryfirst=True)  # before `-m` selects
def pytest_collection_modifyitems(config, items):
    """A test that asks whether the run is long has a long form: it is one of the proofs."""
    for item in items:
        if "long_form" in item.fixturenames or _is_further_look(item):
            item.add_marker("proof")
    if not config.getoption("--proof"):
        config.hook.pytest_deselected(items=[item for item in items if _is_further_look(item)])
        items[:] = [item for item in items if not _is_further_look(item)]
    items.sort(key=lambda item: _rank(item.nodeid.split("::")[0]))


def _is_further_look(item) -> bool:
    parts = set(item.callspec.id.split("-")) if hasattr(item, "callspec") else set()
    return any(look <= parts for look in MORE_LOOKS)


def _rank(path: str) -> int:
    return LONGEST.index(path) if path in LONGEST else len(LONGEST)


def pytest_sessionstart(session):
    session.config.stash[USE] = database.take_part()


def pytest_sessionfinish(session):
    # The last run to leave stops the cluster; workers leave before their controller.
    session.config.stash[USE].close()
    if not hasattr(session.config, "workerinput"):
        database.stop_if_unused()


USE = pytest.StashKey()


@pytest.fixture(scope="session")
def long_form(request) -> bool:
    """Whether this run is a proof: full rounds of races, every payload, all combinations."""
    return request.config.getoption("--proof")


@pytest.fixture(scope="session")
def cluster():
    cluster = database.test_cluster()
    cluster.ensure()
    return cluster


@pytest.fixture(scope="session")
def test_database(cluster):
    """Name of this process's database: migrated, with the territory of the province."""
    database.clone(cluster, DATABASE)
    yield DATABASE
    database.drop(cluster, DATABASE)


@pytest.fixture(scope="session")
def settings(cluster, test_database, tmp_path_factory):
    """Settings that point at the test database with its four roles."""
    return {
        "TESTING": True,
        "VERSIONS_SECONDS": 0,  # tests change and ask within milliseconds
        "SECRET_KEY": "a key for tests only, of thirty-two or more letters",
        "DATA_KEY": DATA_KEY,
        "MAPSERVICE_HOME": tmp_path_factory.mktemp("home"),
        "DATABASE_URL": cluster.url("office", test_database),
        "PUBLIC_DATABASE_URL": cluster.url("public", test_database),
        "INTAKE_DATABASE_URL": cluster.url("intake", test_database),
        "OWNER_DATABASE_URL": cluster.url("owner", test_database),
    }


@pytest.fixture(scope="session")
def chromium():
    """A browser, one for the whole run."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"),
            args=["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
        )
        yield browser
        browser.close()


@pytest.fixture
def offline_app():
    """The application with a database that never answers: for tests that need none."""
    nowhere = "postgresql+psycopg2://nobody@/nothing?host=/nonexistent"
    app = create_app(
        {
            "TESTING": True,
            "SECRET_KEY": "a key for tests only, of thirty-two or more letters",
            "DATABASE_URL": nowhere,
            "PUBLIC_DATABASE_URL": nowhere,
            "INTAKE_DATABASE_URL": nowhere,
            "OWNER_DATABASE_URL": nowhere,
        }
    )
    yield app
    for kind in ("office_sessions", "public_sessions", "intake_sessions"):
        app.extensions[kind].kw["bind"].dispose()


def pytest_terminal_summary(terminalreporter):
    """Print the figures that tests measured (`record_property`), from every worker."""
    reports = [r for kind in terminalreporter.stats.values() for r in kind]
    figures = sorted({f for r in reports for f in getattr(r, "user_properties", ())})
    for name, value in figures:
        terminalreporter.write_line(f"{name}: {value}")
