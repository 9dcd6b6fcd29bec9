"""Sign-in sessions: one row a browser that signed in. Flushes; the caller commits.

The browser's cookie holds a random token, the row its hash: who ends the row ends the session,
whatever copies of the cookie there are.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from mapservice.accounts import queries, tokens
from mapservice.accounts.models import Role, SessionKind, SignInSession, UserAccount
from mapservice.audit import service as audit
from mapservice.errors import NotFound


@dataclass(frozen=True, slots=True)
class Lifetime:
    """How long a session lives unused, and at most."""

    idle: timedelta
    absolute: timedelta


LIFETIMES = {
    SessionKind.OFFICE: Lifetime(timedelta(minutes=30), timedelta(hours=12)),
    SessionKind.ENROLMENT: Lifetime(timedelta(minutes=30), timedelta(minutes=30)),
    SessionKind.DEVICE: Lifetime(timedelta(days=30), timedelta(days=30)),
}
LONGEST = max(lifetime.absolute for lifetime in LIFETIMES.values())
SEEN_EVERY = timedelta(minutes=1)  # "seen at" is as exact as this, and written no more often
# What a browser says of itself -> what people call it; the first that fits, as many say several.
BROWSERS = (
    ("Zalo", "Zalo"),
    ("coc_coc", "Cốc Cốc"),
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("CriOS", "Chrome"),
    ("Safari", "Safari"),
)
SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS", "Mac"),
    ("Linux", "Linux"),
)


def kind_for(role: Role) -> SessionKind:
    """A team leader's phone stays signed in; whoever sees more signs in every day."""
    return SessionKind.DEVICE if role is Role.TEAM_LEADER else SessionKind.OFFICE


def begin(
    session: Session, account: UserAccount, kind: SessionKind, user_agent: str, network: bytes
) -> tuple[SignInSession, str]:
    """A new session of this account, and the token for its cookie."""
    token = tokens.new()
    now = datetime.now(UTC)
    row = SignInSession(
        account_id=account.id,
        token_hash=tokens.digest(token),
        kind=kind,
        created_at=now,
        seen_at=now,
        user_agent=browser(user_agent),
        network=network,
    )
    session.add(row)
    session.flush()
    audit.record(session, "signed_in", table_name="sign_in_session", record_id=row.id)
    return row, token


def find(session: Session, token: str) -> tuple[SignInSession, UserAccount] | None:
    """The living session of this token with its account, which is active; else None."""
    found = session.execute(queries.session_by_token(tokens.digest(token))).first()
    if found is None or not found.UserAccount.active or not lives(found.SignInSession):
        return None
    return found.SignInSession, found.UserAccount


def lives(row: SignInSession) -> bool:
    """Neither ended nor expired."""
    now, lifetime = datetime.now(UTC), LIFETIMES[row.kind]
    return (
        row.revoked_at is None
        and now - row.seen_at <= lifetime.idle
        and now - row.created_at <= lifetime.absolute
    )


def is_to_be_seen(row: SignInSession) -> bool:
    """Whether its last sight is long enough ago to be written anew."""
    return datetime.now(UTC) - row.seen_at > SEEN_EVERY


def see(session: Session, row: SignInSession) -> None:
    """It was used just now."""
    row.seen_at = datetime.now(UTC)
    session.add(row)
    session.flush()


def living(session: Session, account_id: UUID) -> Sequence[SignInSession]:
    """The sessions of an account that may still be used, the last seen first."""
    return [row for row in session.scalars(queries.sessions_of(account_id)) if lives(row)]


def end(session: Session, account_id: UUID, session_id: UUID) -> None:
    """End one session of this account (NotFound for another's)."""
    row = session.get(SignInSession, session_id)
    if row is None or row.account_id != account_id:
        raise NotFound("Không có lần đăng nhập này.")
    if row.revoked_at is None:
        row.revoked_at = datetime.now(UTC)
        session.flush()
        audit.record(session, "signed_out", table_name="sign_in_session", record_id=row.id)


def end_all(session: Session, account_id: UUID, *, but: UUID | None = None) -> int:
    """End every session of this account except one; how many were ended."""
    ended = [row for row in living(session, account_id) if row.id != but]
    for row in ended:
        end(session, account_id, row.id)
    return len(ended)


def browser(user_agent: str) -> str:
    """A browser in a few words: "Chrome, Windows"; what it says is never shown as it is."""
    names = (
        next((name for sign, name in known if sign in user_agent), None)
        for known in (BROWSERS, SYSTEMS)
    )
    return ", ".join(filter(None, names)) or "Trình duyệt khác"
