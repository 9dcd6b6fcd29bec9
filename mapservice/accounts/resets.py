"""Password resets: a link that sets one new password, soon. Flushes; the caller commits."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from mapservice.accounts import letters, logins, queries, service, tokens
from mapservice.accounts.models import PasswordReset, UserAccount
from mapservice.audit import service as audit
from mapservice.errors import NotFound
from mapservice.mail import service as mail

LASTS = timedelta(minutes=15)
GONE = (
    "Đường dẫn này không dùng được nữa: đường dẫn đặt lại mật khẩu chỉ dùng một lần, trong 15 phút."
)


def ask(session: Session, login: str, link: Callable[[str], str]) -> None:
    """Send a link to whoever owns this login; nobody is told whether somebody does.

    An unknown login costs the same: its rows are written and taken back.
    """
    wanted = logins.normal(login)
    account = session.scalar(queries.account_by_login(wanted))
    known = account is not None and account.active
    with session.begin_nested() as written:
        row, token = _make(session, account if known else None, None)
        send(session, wanted, link(token), row.expires_at)
        if not known:
            written.rollback()


def give(
    session: Session, account: UserAccount, asked_by: UUID | None
) -> tuple[PasswordReset, str]:
    """A link's token for somebody who forgot; who may ask for it is `management`'s rule."""
    return _make(session, account, asked_by)


def send(session: Session, login: str, link: str, until: datetime) -> None:
    """Queue the letter with the link."""
    subject, text = letters.reset(link)
    mail.queue(session, to=login, subject=subject, text=text, secret_until=until)


def owner(session: Session, token: str) -> UserAccount:
    """Whose password this link may set now (NotFound, always the same)."""
    found = session.scalar(queries.reset_by_token(tokens.digest(token)))
    over = found is None or found.used_at or found.expires_at <= datetime.now(UTC)
    account = None if over else service.account(session, found.account_id)
    if account is None:
        raise NotFound(GONE)
    return account


def use(session: Session, token: str, new_password: str) -> UserAccount:
    """Set the new password, once; every open link and session of the account is over."""
    account = owner(session, token)
    service.set_password(session, account, new_password)
    now = datetime.now(UTC)
    for row in session.scalars(queries.open_resets(account.id)):
        row.used_at = now
    session.flush()
    return account


def _make(
    session: Session, account: UserAccount | None, asked_by: UUID | None
) -> tuple[PasswordReset, str]:
    token, now = tokens.new(), datetime.now(UTC)
    row = PasswordReset(
        token_hash=tokens.digest(token),
        account_id=account.id if account else None,
        asked_by=asked_by,
        created_at=now,
        expires_at=now + LASTS,
    )
    session.add(row)
    session.flush()
    audit.record(
        session,
        "password_reset_asked",
        table_name="user_account",
        record_id=account.id if account else None,
    )
    return row, token
