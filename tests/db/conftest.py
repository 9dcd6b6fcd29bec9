"""Real PostGIS. Each test runs inside one transaction that is rolled back at the end.

All sessions of a test share that transaction, the application's too, so that it sees the test's
rows; each acts as the database role it would log in as (SET LOCAL ROLE), so that the rights are
those of life.
"""

from contextlib import contextmanager
from functools import partial

import pytest
from sqlalchemy import create_engine, event, text
from sqlalchemy.orm import Session, sessionmaker

from mapservice import create_app
from mapservice.accounts.models import Role
from mapservice.layers import upkeep
from mapservice.photos.files import Uploads
from mapservice.sealing import KeyRing
from tests import office as world
from tests.conftest import DATA_KEY
from tests.database import superuser_url
from tests.office import enter


@pytest.fixture(scope="session")
def engine(cluster, test_database):
    """May become any role. A test that opens connections of its own cleans up what it commits."""
    engine = create_engine(superuser_url(cluster, test_database))
    yield engine
    engine.dispose()


@pytest.fixture
def committed(engine):
    """A session whose rows other connections see."""
    with Session(engine, expire_on_commit=False) as session:
        yield session
        session.rollback()
        tables = ("plan", "assignment", "need", "address", "team", "user_account", "organisation")
        for table in tables:
            session.execute(text(f"DELETE FROM core.{table}"))
        session.execute(text("DELETE FROM pub.withdrawal"))  # what the deleting left behind
        upkeep.fold(session)
        session.commit()


@pytest.fixture
def office_connections(engine):
    """Up to a hundred connections with the rights of the office."""
    options = {"options": "-c role=mapservice_office"}
    office = create_engine(engine.url, pool_size=100, connect_args=options)
    yield office
    office.dispose()


@pytest.fixture
def connection(engine, settings):
    with engine.connect() as connection:
        transaction = connection.begin()
        connection.info["uploads"] = Uploads(settings["MAPSERVICE_HOME"])
        yield connection
        transaction.rollback()


@pytest.fixture
def session(connection):
    """A session of the owner; what it commits is a savepoint, rolled back after the test."""
    with sessions_of("owner", connection)() as session:
        yield session


@pytest.fixture
def office(connection, session):
    """A session of the office role, beside `session` in the same transaction."""
    session.connection()  # first in, last out: their savepoints lie one inside the other
    with sessions_of("office", connection)() as session:
        yield session


@pytest.fixture
def public(connection):
    """A session of the public role, beside `session` in the same transaction."""
    with sessions_of("public", connection)() as session:
        yield session


@pytest.fixture
def anybody(connection, office):
    """A session of the role that anonymous forms use, beside `office` likewise."""
    office.connection()
    with sessions_of("intake", connection)() as session:
        yield session


@pytest.fixture
def app(settings, connection):
    app = create_app(settings)
    app.config["WTF_CSRF_ENABLED"] = False
    for kind in ("office", "public", "intake"):
        app.extensions[f"{kind}_sessions"].kw["bind"].dispose()
        app.extensions[f"{kind}_sessions"] = sessions_of(kind, connection)
    app.extensions["public_connections"] = partial(_as_public, connection)
    return app


@pytest.fixture
def client(app):
    return app.test_client()


@pytest.fixture
def sign_in(client):
    """`sign_in(account)`: the client is that account from now on."""

    def sign_in(account):
        enter(client, account)
        return account

    return sign_in


@contextmanager
def _as_public(connection):
    """The test's connection with the rights of the public role, which end with it."""
    with connection.begin_nested() as savepoint:
        connection.execute(text("SET LOCAL ROLE mapservice_public"))
        yield connection
        savepoint.rollback()


def sessions_of(role: str, connection) -> sessionmaker:
    """Sessions on the test's connection that act as `role` and leave the owner's rights behind."""
    make = sessionmaker(
        connection,
        class_=type(f"{role.title()}Session", (Session,), {}),
        join_transaction_mode="create_savepoint",
        expire_on_commit=False,
        info={"keys": KeyRing.parse(DATA_KEY), "uploads": connection.info["uploads"]},
    )
    become = text(f"SET LOCAL ROLE mapservice_{role}")

    @event.listens_for(make, "after_begin")
    def begin(_session, _transaction, used):
        used.execute(become)

    @event.listens_for(make, "do_orm_execute")
    def again(state):
        # Another session of the test may have spoken in between, as another role.
        state.session.connection().execute(become)

    @event.listens_for(make, "before_flush")
    def flush(session, _context, _instances):
        session.connection().execute(become)

    return make


@pytest.fixture
def sides(session):
    """Two districts with people and records, beside each other."""
    return world.build(session)


@pytest.fixture
def officer(sides, sign_in):
    """The officer of the own district, signed in."""
    return sign_in(sides.here.accounts[Role.OFFICER])


@pytest.fixture
def admin(sides, sign_in):
    """The province's admin, signed in."""
    return sign_in(sides.admin)
