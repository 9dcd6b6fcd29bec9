"""API tokens: what a program signs in with. Flushes; the caller commits."""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from mapservice.accounts import queries, second_factor, tokens
from mapservice.accounts.models import ApiToken, Scope, UserAccount
from mapservice.accounts.sessions import SEEN_EVERY
from mapservice.audit import service as audit
from mapservice.errors import Conflict, NotFound

# What a person chooses -> what the token may.
CHOICES = {Scope.READ: {Scope.READ}, Scope.WRITE: {Scope.READ, Scope.WRITE}}
PREFIX = "dctn_"  # by which a scanner of secrets knows one that was published by mistake
MOST = 20  # living tokens of one account
LONGEST = timedelta(days=366)


def add(
    session: Session,
    account: UserAccount,
    *,
    name: str,
    scopes: Collection[Scope],
    lifetime: timedelta = LONGEST,
) -> tuple[ApiToken, str]:
    """A new token of this account and its text, which is told this once.

    Raises Conflict when the account has as many as it may.
    """
    if len(living(session, account.id)) >= MOST:
        raise Conflict(f"Mỗi tài khoản có nhiều nhất {MOST} mã. Hãy hủy mã không còn dùng.")
    text = tokens.new(PREFIX)
    row = ApiToken(
        account_id=account.id,
        name=name,
        token_hash=tokens.digest(text),
        scopes=sorted(scopes),
        expires_at=datetime.now(UTC) + min(lifetime, LONGEST),
    )
    session.add(row)
    session.flush()
    detail = {"scopes": row.scopes, "account": str(account.id)}
    audit.record(session, "token_made", table_name="api_token", record_id=row.id, detail=detail)
    return row, text


def find(session: Session, text: str) -> tuple[ApiToken, UserAccount] | None:
    """The living token of this text with its account; else None.

    The account is active, and has the second factor if it needs one: a token is no way around it.
    """
    found = session.execute(queries.token_by_hash(tokens.digest(text))).first()
    if found is None or not found.UserAccount.active or not lives(found.ApiToken):
        return None
    account = found.UserAccount
    if second_factor.required(account) and not second_factor.is_on(session, account.id):
        return None
    return found.ApiToken, account


def lives(row: ApiToken) -> bool:
    """Neither revoked nor expired."""
    return row.revoked_at is None and datetime.now(UTC) < row.expires_at


def is_to_be_seen(row: ApiToken) -> bool:
    """Whether its last use is long enough ago to be written anew."""
    return row.used_at is None or datetime.now(UTC) - row.used_at > SEEN_EVERY


def see(session: Session, row: ApiToken) -> None:
    """It was used just now."""
    row.used_at = datetime.now(UTC)
    session.add(row)
    session.flush()


def living(session: Session, account_id: UUID) -> Sequence[ApiToken]:
    """The tokens of an account that may still be used, the newest first."""
    return [row for row in session.scalars(queries.tokens_of(account_id)) if lives(row)]


def revoke_all(session: Session, account_id: UUID) -> None:
    """End every token of this account: somebody else may have made one."""
    for row in living(session, account_id):
        revoke(session, account_id, row.id)


def revoke(session: Session, account_id: UUID, token_id: UUID) -> None:
    """End one token of this account (NotFound for another's)."""
    row = session.get(ApiToken, token_id)
    if row is None or row.account_id != account_id:
        raise NotFound("Không có mã này.")
    if row.revoked_at is None:
        row.revoked_at = datetime.now(UTC)
        session.flush()
        audit.record(session, "token_revoked", table_name="api_token", record_id=row.id)
