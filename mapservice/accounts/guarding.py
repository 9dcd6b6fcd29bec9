"""Guessing at what opens an account: what is counted, and on whom.

Counted are failures: by network (an IPv4 address, an IPv6 /64) and by account. The account's own
networks, from which somebody signed in lately, have a counter apart: whoever guesses elsewhere
shuts himself out and not the owner. Nothing depends on whether the account exists.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy.orm import Session

from mapservice.accounts import limits, logins, queries

WINDOW = timedelta(minutes=15)
BY_ACCOUNT, BY_NETWORK = 5, 20
REMEMBERED = timedelta(days=90)  # how long a network counts as the account's own


@dataclass(frozen=True, slots=True)
class Try:
    """One try that was counted; `kind` is what was tried: a password, a code."""

    kind: str
    account: str
    network: str


def begin(session: Session, kind: str, login: str, network: str, mark: bytes) -> Try:
    """Count one try at `login` before it is made; TooMany when there were enough.

    `mark` is what is kept of `network` (networks.mark).
    """
    name = logins.normal(login)
    since = datetime.now(UTC) - REMEMBERED
    own = session.scalar(queries.began_here(name, mark, since))
    made = Try(kind, f"{name}|{network if own else ''}", network)
    limits.hit(session, f"{kind}-network", made.network, BY_NETWORK, WINDOW)
    limits.hit(session, f"{kind}-account", made.account, BY_ACCOUNT, WINDOW)
    return made


def succeed(session: Session, made: Try) -> None:
    """It was no guess: the account begins anew, its network has failed once less."""
    limits.forget(session, f"{made.kind}-account", made.account)
    limits.forgive(session, f"{made.kind}-network", made.network)
