"""Tables share one base, one naming convention, one set of column words; the engines.

Each engine logs in as its own database role: *office* for signed-in people, *public* for every
anonymous read (schema `pub` only, read-only, 2 s), *intake* for every anonymous form (the functions
of schema `intake` only, 2 s), *owner* for migrations and nothing else.
"""

import enum
import math
import time
from datetime import datetime
from typing import Annotated
from uuid import UUID

import psycopg2
import psycopg2.extensions
from geoalchemy2 import Geometry, WKBElement
from sqlalchemy import DateTime, Engine, Enum, MetaData, Text, create_engine, event, func, text
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.orm import DeclarativeBase, mapped_column
from sqlalchemy.pool import ConnectionPoolEntry

NAMES = {
    "pk": "pk_%(table_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
}
# Cast to this type, text comes as bytes: what is only sent on is neither decoded nor encoded. No
# column is of it, and no other statement gives it.
SENT_ON = "bpchar"
BPCHAR = 1042  # its number in PostgreSQL's catalogue (pg_type)
# Registered as a type of ours it would be decoded for the caster, and encoded again by it.
psycopg2.extensions.string_types[BPCHAR] = psycopg2.extensions.BYTES
ASKED_AFTER = 1.0  # seconds idle; the database may have been restarted meanwhile


def _enum_values(kind: type[enum.Enum]) -> list[str]:
    return [member.value for member in kind]


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMES, schema="core")
    type_annotation_map = {
        enum.Enum: Enum(
            enum.Enum,
            native_enum=False,
            create_constraint=True,
            length=32,
            values_callable=_enum_values,
        ),
        datetime: DateTime(timezone=True),
        str: Text,
    }


primary_key = Annotated[
    UUID, mapped_column(primary_key=True, server_default=text("gen_random_uuid()"))
]
created_now = Annotated[datetime, mapped_column(server_default=func.now())]
row_version = Annotated[int, mapped_column(server_default=text("1"))]
point_4326 = Annotated[WKBElement, mapped_column(Geometry("POINT", srid=4326, spatial_index=False))]

Config = dict[str, object]
CONNECTIONS, KEPT_OPEN = 10, 5  # of one process at most; those that stay open when idle


def office_engine(config: Config, connections: int = CONNECTIONS) -> Engine:
    """Reads and writes `core` and `private` for a signed-in person; 5 s a statement.

    `connections`: how many it may hold at once.
    """
    return _engine(str(config["DATABASE_URL"]), "5s", connections=connections)


def public_engine(config: Config) -> Engine:
    """Reads `pub` for anybody: read-only, 2 s a statement, each one a transaction of its own.

    Its many short reads cost one trip to the database: no BEGIN, no ROLLBACK, and only a connection
    that lay idle is asked whether it still lives. Plans that are kept are kept from the first time.
    """
    options = ("default_transaction_read_only=on", "plan_cache_mode=force_generic_plan")
    engine = _engine(
        str(config["PUBLIC_DATABASE_URL"]),
        "2s",
        " ".join(f"-c {option}" for option in options),
        pool_pre_ping=False,
        isolation_level="AUTOCOMMIT",
        skip_autocommit_rollback=True,
    )
    event.listen(engine, "before_cursor_execute", _only_asks)
    event.listen(engine, "checkin", _lies_idle)
    event.listen(engine, "checkout", _lives)
    return engine


def intake_engine(config: Config) -> Engine:
    """Hands in what anybody sends, and reads nothing back; 2 s a statement."""
    return _engine(str(config["INTAKE_DATABASE_URL"]), "2s")


def owner_engine(config: Config) -> Engine:
    """Owns every object: migrations and the territory's seed, never a request."""
    return _engine(str(config["OWNER_DATABASE_URL"]), "0")


def _only_asks(_connection, _cursor, statement: str, *_) -> None:
    # No transaction ends here: a SET would go on with the connection into the next request. Plans
    # of questions (`layers.statements`) are to go on with it.
    if not statement.lstrip().upper().startswith(("SELECT", "WITH", "PREPARE", "EXECUTE")):
        raise ValueError("The public reads, and does nothing else.")


def _lies_idle(_connection: object, record: ConnectionPoolEntry) -> None:
    record.info["idle_since"] = time.monotonic()


def _lives(connection, record: ConnectionPoolEntry, _proxy: object) -> None:
    if time.monotonic() - record.info.get("idle_since", math.inf) < ASKED_AFTER:
        return
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT")
    except psycopg2.Error as error:
        raise DisconnectionError from error  # the pool makes a new one


def _engine(
    url: str,
    statement_timeout: str,
    options: str = "",
    connections: int = CONNECTIONS,
    **pooled: object,
) -> Engine:
    # `options` travel with the connection: a SET inside a session would leak through the pool.
    return create_engine(
        url,
        **{"pool_pre_ping": True} | pooled,
        hide_parameters=True,  # what people typed stays out of logs
        pool_size=min(connections, KEPT_OPEN),
        max_overflow=max(0, connections - KEPT_OPEN),
        pool_timeout=2,
        connect_args={
            "connect_timeout": 2,
            "application_name": "mapservice",
            "options": f"-c statement_timeout={statement_timeout} -c timezone=UTC {options}",
        },
    )
