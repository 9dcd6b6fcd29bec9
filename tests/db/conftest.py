"""Real PostGIS. Each test runs inside one transaction that is rolled back at the end.

All sessions of a test share that transaction, the application's too, so that it sees the test's
rows; each acts as the database role it would log in as (SET LOCAL ROLE), so that the rights are
those of life.
"""

import pytest
from sqlalchemy import create_engine, event, text
from sqlalchemy.orm import Session, sessionmaker

from mapservice import create_app
from mapservice.disclosure.sealing import KeyRing
from tests.conftest import DATA_KEY
from tests.database import superuser_url


@pytest.fixture(scope="session")
def engine(cluster, test_database):
    """May become any role. A test that opens connections of its own cleans up what it commits."""
    engine = create_engine(superuser_url(cluster, test_database))
    yield engine
    engine.dispose()


@pytest.fixture
def connection(engine):
    with engine.connect() as connection:
        transaction = connection.begin()
        yield connection
        transaction.rollback()


@pytest.fixture
def session(connection):
    """A session of the owner; what it commits is a savepoint, rolled back after the test."""
    with sessions_of("owner", connection)() as session:
        yield session


@pytest.fixture
def office(connection):
    """A session of the office role, beside `session` in the same transaction."""
    with sessions_of("office", connection)() as session:
        yield session


@pytest.fixture
def public(connection):
    """A session of the public role, beside `session` in the same transaction."""
    with sessions_of("public", connection)() as session:
        yield session


@pytest.fixture
def app(settings, connection):
    app = create_app(settings)
    app.config["WTF_CSRF_ENABLED"] = False
    for kind in ("office", "public"):
        app.extensions[f"{kind}_sessions"].kw["bind"].dispose()
        app.extensions[f"{kind}_sessions"] = sessions_of(kind, connection)
    return app


@pytest.fixture
def client(app):
    return app.test_client()


def sessions_of(role: str, connection) -> sessionmaker:
    """Sessions on the test's connection that act as `role` and leave the owner's rights behind."""
    make = sessionmaker(
        connection,
        class_=type(f"{role.title()}Session", (Session,), {}),
        join_transaction_mode="create_savepoint",
        expire_on_commit=False,
        info={"keys": KeyRing.parse(DATA_KEY)},
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
