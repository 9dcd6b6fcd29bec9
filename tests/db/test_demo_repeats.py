"""The same seed and day give the same rows; another seed gives others; only into an empty house."""

from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import create_engine, text

from mapservice.accounts.service import HASHER
from mapservice.cli import seed as command
from mapservice.demo import service
from mapservice.demo.tables import TABLES
from mapservice.errors import Conflict
from mapservice.sealing import KeyRing
from tests import database
from tests.conftest import DATA_KEY
from tests.factories import make_team

DAY = date(2026, 3, 14)
KEYS = KeyRing.parse(DATA_KEY)
SECRET_OR_CLOCK = {"password_hash", "version"}


@pytest.fixture
def owner(connection):
    connection.execute(text("SET LOCAL ROLE mapservice_owner"))
    return connection


def province(connection, seed: int, today: date = DAY) -> dict[str, list[str]]:
    """All rows of a small demo, which is rolled back again."""
    savepoint = connection.begin_nested()
    service.fill(connection, "24", service.Size(120, 12, seed, today), lambda *_: None, KEYS)
    rows = {table: _rows(connection, table) for table in TABLES}
    savepoint.rollback()
    return rows


def _rows(connection, table: str) -> list[str]:
    schema, name = table.split(".")
    columns = connection.scalars(
        text("""SELECT quote_ident(column_name) FROM information_schema.columns
          WHERE table_schema = :schema AND table_name = :name AND NOT column_name = ANY(:not)
          ORDER BY 1"""),
        {"schema": schema, "name": name, "not": list(SECRET_OR_CLOCK)},
    ).all()
    query = f"SELECT ROW({', '.join(columns)})::text AS line FROM {table} ORDER BY line"
    return list(connection.scalars(text(query)))


def test_the_same_seed_and_day_give_the_same_rows(owner):
    first, second, other = (province(owner, seed) for seed in (7, 7, 8))
    assert first == second
    assert len(first["core.address"]) == 120
    for table in ("core.address", "core.need", "core.team"):
        assert not set(first[table]) & set(other[table]), table


def test_another_day_moves_the_dates_only(owner):
    first, later = province(owner, 7), province(owner, 7, date(2026, 3, 15))
    assert first["core.address"] != later["core.address"]
    assert first["core.organisation"] == later["core.organisation"]


@pytest.mark.parametrize(("addresses", "teams"), [(1, 0), (10, 1), (30, 3)])
def test_a_small_demo_works_too(owner, addresses, teams):
    made = service.fill(owner, "24", service.Size(addresses, teams, 1, DAY), lambda *_: None, KEYS)
    assert (made.counts["core.address"], made.counts["core.team"]) == (addresses, teams)


def test_a_database_with_rows_is_left_alone(session):
    make_team(session)
    session.flush()
    with pytest.raises(Conflict, match="not empty"):
        service.require_empty(session.connection())


def test_a_province_without_territory_is_refused(owner):
    with pytest.raises(Conflict, match="province 99"):
        service.fill(owner, "99", service.Size(10, 1, 1, DAY), lambda *_: None, KEYS)


@pytest.fixture(scope="module")
def private(cluster):
    """A database of its own, as a private cluster would hold it: the command commits."""
    name = database.TEMPLATE + "_demo"
    database.clone(cluster, name)
    yield cluster.url("owner", name)
    database.drop(cluster, name)


def test_the_command_fills_an_empty_cluster_once(private, tmp_path, monkeypatch):
    settings = {
        "PRIVATE_CLUSTER": True,
        "BASE_URL": "http://127.0.0.1:8000",
        "MAPSERVICE_HOME": tmp_path,
        "OWNER_DATABASE_URL": private,
        "DATA_KEY": DATA_KEY,
        "PROVINCE": "24",
    }
    monkeypatch.setattr(command.settings, "load", lambda: settings)
    arguments = ["demo", "--addresses", "60", "--teams", "8", "--today", "2026-03-14"]
    done = CliRunner().invoke(command.command, arguments)
    assert done.exit_code == 0, done.output
    assert "60 core.address" in done.output and "addresses: 60 in" in done.output

    login, password = _first_sign_in(tmp_path / "demo-sign-ins.txt")
    engine = create_engine(private)
    with engine.connect() as connection:
        hashed = connection.scalar(
            text("SELECT password_hash FROM core.user_account WHERE login = :login"),
            {"login": login},
        )
    engine.dispose()
    assert HASHER.verify(hashed, password)

    again = CliRunner().invoke(command.command, arguments)
    assert isinstance(again.exception, Conflict)
    assert "To start over" in again.exception.detail
    assert _first_sign_in(tmp_path / "demo-sign-ins.txt") == (login, password)


def _first_sign_in(path: Path) -> tuple[str, str]:
    login, password, *_ = path.read_text(encoding="utf-8").splitlines()[1].split()
    return login, password
