"""The test cluster and, for each test process, its own database."""

import os

import pytest

from mapservice import create_app
from tests import database

# Runs side by side do not share a database.
DATABASE = f"mapservice_test_{os.getpid()}"
DATA_KEY = "1:6l6v3W0gVYKkFWd7dDVSyCZWm0RHd3ZVhSDXlSb0Y7I="  # for tests only


def pytest_sessionstart(session):
    session.config.stash[USE] = database.take_part()


def pytest_sessionfinish(session):
    # The last run to leave stops the cluster; workers leave before their controller.
    session.config.stash[USE].close()
    if not hasattr(session.config, "workerinput"):
        database.stop_if_unused()


USE = pytest.StashKey()


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
def settings(cluster, test_database):
    """Settings that point at the test database with its three roles."""
    return {
        "TESTING": True,
        "SECRET_KEY": "a key for tests only, of thirty-two or more letters",
        "DATA_KEY": DATA_KEY,
        "DATABASE_URL": cluster.url("office", test_database),
        "PUBLIC_DATABASE_URL": cluster.url("public", test_database),
        "OWNER_DATABASE_URL": cluster.url("owner", test_database),
    }


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
            "OWNER_DATABASE_URL": nowhere,
        }
    )
    yield app
    for kind in ("office_sessions", "public_sessions"):
        app.extensions[kind].kw["bind"].dispose()
