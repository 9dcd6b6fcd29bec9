"""What went wrong with work in the background, told without a word that it said; whose fault."""

import traceback
from pathlib import Path

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

# SQLSTATEs of a server that cannot serve now: connection, resources (a full disk, too many
# connections), shutdown or start-up, a standby that does not write yet.
_AWAY = ("08", "53", "57P", "25006")

FRAMES = 8  # of the traceback, the last ones


def code(error: Exception) -> str:
    """The SQLSTATE, else the error's name: what it said may hold a person's data."""
    state = getattr(getattr(error, "orig", None), "pgcode", None)
    return state or type(error).__name__


def about(error: Exception) -> dict[str, object]:
    """What a log may hold of a fault: its code, where it came from, the names the server gave."""
    frames = traceback.extract_tb(error.__traceback__)[-FRAMES:]
    told: dict[str, object] = {
        "error": code(error),
        "where": [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames],
    }
    diagnosis = getattr(getattr(error, "orig", None), "diag", None)
    for name in ("constraint_name", "table_name", "column_name"):
        if value := getattr(diagnosis, name, None):
            told[name] = value
    return told


def is_outage(error: Exception) -> bool:
    """Whether the database was away: no fault of the job, which waits for it."""
    if isinstance(error, PoolTimeout):
        return True
    if not isinstance(error, DBAPIError):
        return False
    if error.connection_invalidated:
        return True
    state = getattr(error.orig, "pgcode", None)
    if state is None:
        return isinstance(error, OperationalError | InterfaceError)
    return state.startswith(_AWAY)
