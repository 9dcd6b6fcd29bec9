"""Brings a database's schema up (or down) to a revision of `migrations/`."""

import importlib
from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config as AlembicConfig
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData

from mapservice.db import Base

SCRIPTS = Path(__file__).resolve().parent.parent / "migrations"
VERSION_SCHEMA = "core"
# Every feature with tables; importing its models registers them on Base.
FEATURES = (
    "rest",
    "territory",
    "audit",
    "worker",
    "mail",
    "accounts",
    "addresses",
    "photos",
    "consent",
    "campaigns",
    "needs",
    "teams",
    "screening",
    "matching",
    "release",
    "disclosure",
    "inbox",
    "review",
    "imports",
    "embed",
)


def metadata() -> MetaData:
    """The tables as the models define them, all features loaded."""
    for feature in FEATURES:
        importlib.import_module(f"mapservice.{feature}.models")
    return Base.metadata


def upgrade(connection: Connection, revision: str = "head") -> None:
    """Apply migrations up to `revision` in the connection's transaction (a member of owner)."""
    command.upgrade(_alembic(connection), revision)


def downgrade(connection: Connection, revision: str) -> None:
    """Undo migrations down to `revision` ("base": all)."""
    command.downgrade(_alembic(connection), revision)


def current(connection: Connection) -> str | None:
    """The revision the database is at, None when it was never migrated."""
    options = {"version_table_schema": VERSION_SCHEMA}
    return MigrationContext.configure(connection, opts=options).get_current_revision()


@cache
def head() -> str | None:
    """The newest revision in `migrations/`."""
    return ScriptDirectory(str(SCRIPTS)).get_current_head()


def _alembic(connection: Connection) -> AlembicConfig:
    configuration = AlembicConfig()
    configuration.set_main_option("script_location", str(SCRIPTS))
    configuration.attributes["connection"] = connection
    return configuration
