"""How long ended sign-ins, links and tokens are kept; then they are of no more use to anybody."""

from datetime import UTC, datetime

from sqlalchemy.orm import Session

from mapservice.accounts import guarding, limits, queries, sessions

KEPT = sessions.LONGEST + guarding.REMEMBERED  # as long as a session tells whose network it was


def forget_old(session: Session) -> int:
    """Delete counters whose window is over, and sessions, links and tokens that ended; how many."""
    ended = queries.forget_ended(datetime.now(UTC) - KEPT)
    return limits.clean(session) + sum(session.execute(gone).rowcount for gone in ended)
