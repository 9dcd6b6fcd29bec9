"""Statements of the public layers, asked as cheaply as SQLAlchemy can."""

from collections.abc import Mapping
from functools import lru_cache

from sqlalchemy import Row, TextClause, text
from sqlalchemy.orm import Session

# Filters combine to few statements, and finding the parameters in one takes a tenth of a request.
KEPT = 512


def one(session: Session, statement: str, values: Mapping[str, object]) -> Row:
    """The one row that a statement gives. By the connection: text needs nothing of a session."""
    return session.connection().execute(_read(statement), values).one()


@lru_cache(maxsize=KEPT)
def _read(statement: str) -> TextClause:
    return text(statement)
