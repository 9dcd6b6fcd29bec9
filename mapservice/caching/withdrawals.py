"""Public codes that are public no more, for clients that kept them while they were offline.

Places, needs and teams; of people there was never anything to take back.
"""

from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, text
from sqlalchemy.orm import Session

from mapservice.caching import queries

KEPT = timedelta(days=7)


def since() -> datetime:
    """From when on withdrawals are told: whole hours, so that an answer holds for an hour."""
    return datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - KEPT


def codes(connection: Connection, begin: datetime) -> str:
    """The codes withdrawn since then and not published again, as a JSON array in their order."""
    return connection.scalar(text(queries.WITHDRAWN), {"since": begin})


def forget_old(session: Session) -> int:
    """Drop what is told no more; how many."""
    return session.scalar(text(queries.FORGET))
