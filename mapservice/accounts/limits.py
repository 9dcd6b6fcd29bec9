"""How often something may be tried: counters in the database, one row for each who tries.

`hit` before the trying, in a transaction of its own that is committed; what then fails stays
counted. Several processes share the count; one statement counts and compares.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from math import ceil

from sqlalchemy.orm import Session

from mapservice.accounts import queries
from mapservice.errors import TooMany
from mapservice.language import counted

KEPT = timedelta(days=1)  # no window is longer


@dataclass(frozen=True, slots=True)
class Limit:
    """At most so many tries of a kind by one key within a window that begins with the first."""

    kind: str
    most: int
    window: timedelta


def hit(
    session: Session,
    kind: str,
    key: str,
    most: int,
    window: timedelta,
    count: Callable = queries.count_attempt,
) -> None:
    """Count one try. Raises TooMany when `most` were counted within the window already.

    `count`: the statement that counts, where the session may not write the counters itself.
    """
    now = datetime.now(UTC)
    tries = session.execute(count(kind, _hash(key), now, window)).one()
    if tries.hits > most:
        wait = max(1, ceil((tries.began_at + window - now).total_seconds()))
        raise TooMany(
            counted("Đã thử quá nhiều lần. Hãy đợi %(n)s phút rồi thử lại.", ceil(wait / 60)),
            retry_after=wait,
        )


def forgive(session: Session, kind: str, key: str) -> None:
    """Take one try back: it was no failure."""
    session.execute(queries.uncount_attempt(kind, _hash(key)))


def forget(session: Session, kind: str, key: str) -> None:
    """Begin the count anew."""
    session.execute(queries.forget_attempts(kind, _hash(key)))


def clean(session: Session) -> int:
    """Remove counters whose window has long ended; how many."""
    return session.execute(queries.forget_old_attempts(datetime.now(UTC) - KEPT)).rowcount


def _hash(key: str) -> bytes:
    return sha256(key.encode()).digest()
