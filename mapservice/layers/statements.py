"""Statements of the public layers, asked as cheaply as SQLAlchemy and PostgreSQL can."""

from collections.abc import Mapping
from functools import lru_cache
from itertools import count

from sqlalchemy import Connection, Row, TextClause, text
from sqlalchemy.dialects.postgresql import psycopg2
from sqlalchemy.orm import Session

Reader = Connection | Session  # both read by text alike; layers need no more than the first
# Filters combine to few statements, and finding the parameters in one takes a tenth of a request.
KEPT = 512
NUMBERS = count()  # a name is never given twice, whatever became of its statement
NUMBERED = psycopg2.dialect(paramstyle="numeric_dollar")  # as PREPARE names parameters: $1, $2


def one(connection: Connection, statement: str, values: Mapping[str, object]) -> Row:
    """The one row that a statement gives."""
    return connection.execute(_read(statement), values).one()


def planned_once(connection: Connection, statement: str, values: Mapping[str, object]) -> Row:
    """The same, by a plan that its connection keeps: making one takes longer than many an answer.

    What is kept knows no values (`plan_cache_mode` of public connections). It is for statements
    that one plan suits, whatever is asked, and for few of them: each takes memory of every
    connection.
    """
    kept = connection.info.setdefault("planned_once", {})
    if statement not in kept:
        kept[statement] = _prepare(connection, f"planned_{next(NUMBERS)}", statement)
    return connection.exec_driver_sql(kept[statement], values).one()


def _prepare(connection: Connection, name: str, statement: str) -> str:
    """Let the connection keep a statement by this name; gives the driver's text that asks it, by
    the same values."""
    numbered = _read(statement).compile(dialect=NUMBERED)
    as_it_is = {"no_parameters": True}  # a % in it is a %
    connection.exec_driver_sql(f"PREPARE {name} AS {numbered}", execution_options=as_it_is)
    values = ", ".join(f"%({value})s" for value in numbered.positiontup)
    return f"EXECUTE {name} ({values})"


@lru_cache(maxsize=KEPT)
def _read(statement: str) -> TextClause:
    return text(statement)
