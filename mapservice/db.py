"""Tables share one base, one naming convention, one set of column words; the engines.

Each engine logs in as its own database role: *office* for signed-in people, *public* for every
anonymous read (schema `pub` only, read-only, 2 s), *owner* for migrations and nothing else.
"""

import enum
from datetime import datetime
from typing import Annotated
from uuid import UUID

from geoalchemy2 import Geometry, WKBElement
from sqlalchemy import DateTime, Engine, Enum, MetaData, Text, create_engine, func, text
from sqlalchemy.orm import DeclarativeBase, mapped_column

NAMES = {
    "pk": "pk_%(table_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
}


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


def office_engine(config: Config) -> Engine:
    """Reads and writes `core` and `private` for a signed-in person; 5 s a statement."""
    return _engine(str(config["DATABASE_URL"]), "5s")


def public_engine(config: Config) -> Engine:
    """Reads `pub` for anybody: read-only transactions, 2 s a statement."""
    return _engine(str(config["PUBLIC_DATABASE_URL"]), "2s", "-c default_transaction_read_only=on")


def owner_engine(config: Config) -> Engine:
    """Owns every object: migrations and the territory's seed, never a request."""
    return _engine(str(config["OWNER_DATABASE_URL"]), "0")


def _engine(url: str, statement_timeout: str, options: str = "") -> Engine:
    # `options` travel with the connection: a SET inside a session would leak through the pool.
    return create_engine(
        url,
        pool_pre_ping=True,
        hide_parameters=True,  # what people typed stays out of logs
        pool_size=5,
        max_overflow=5,
        pool_timeout=2,
        connect_args={
            "connect_timeout": 2,
            "application_name": "mapservice",
            "options": f"-c statement_timeout={statement_timeout} -c timezone=UTC {options}",
        },
    )
