"""Signing in, and keeping accounts. Flushes; the caller commits."""

from uuid import UUID

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from sqlalchemy.orm import Session

from mapservice.accounts import logins, passwords, queries
from mapservice.accounts.models import Organisation, Role, UserAccount
from mapservice.audit import service as audit
from mapservice.errors import Invalid, NotFound

HASHER = PasswordHasher()
# Verified when the login is unknown, so that both refusals take the same time.
_NOBODY = HASHER.hash("nobody")


def sign_in(session: Session, login: str, password: str) -> UserAccount:
    """The active account with this login and password.

    Raises Invalid with one and the same sentence for an unknown login, a wrong password and a
    disabled account.
    """
    account = session.scalar(queries.account_by_login(login))
    matches = _matches(account.password_hash if account else _NOBODY, password)
    if account is None or not matches or not account.active:
        sentence = "Tên đăng nhập hoặc mật khẩu không đúng."
        raise Invalid(sentence, code="sign-in-refused", fields={"password": [sentence]})
    return account


def account(session: Session, account_id: UUID) -> UserAccount | None:
    """The account if it exists and is active: a revoked one is nobody from its next request."""
    found = session.get(UserAccount, account_id)
    return found if found is not None and found.active else None


def add(
    session: Session, *, login: str, password: str, name: str, role: Role, organisation: str
) -> UserAccount:
    """Create an account in the organisation with this code (NotFound)."""
    owner = session.scalar(queries.organisation_by_code(organisation))
    if owner is None:
        raise NotFound(f"Không có tổ chức mã {organisation}.")
    made = UserAccount(
        login=logins.checked(login),
        password_hash=HASHER.hash(password),
        name=name,
        role=role,
        organisation_id=owner.id,
    )
    session.add(made)
    session.flush()
    audit.record(
        session,
        "account_made",
        table_name="user_account",
        record_id=made.id,
        detail={"role": made.role},
    )
    return made


def set_password(session: Session, account: UserAccount, new_password: str) -> None:
    """Take a new password (Invalid when it is weak); every session of the account ends."""
    passwords.refuse_weak(new_password, account.login, account.name)
    account.password_hash = HASHER.hash(new_password)
    session.add(account)
    session.flush()
    audit.record(session, "password_set", table_name="user_account", record_id=account.id)


def rename(session: Session, account: UserAccount, name: str) -> None:
    """How the account's owner is called on pages."""
    account.name = name
    account.version += 1
    session.add(account)
    session.flush()
    audit.record(session, "account_renamed", table_name="user_account", record_id=account.id)


def organisation(session: Session, organisation_id: UUID) -> Organisation:
    """The organisation with this id (NotFound)."""
    found = session.get(Organisation, organisation_id)
    if found is None:
        raise NotFound("Không có tổ chức này.")
    return found


def _matches(password_hash: str, password: str) -> bool:
    try:
        return HASHER.verify(password_hash, password)
    except (VerifyMismatchError, InvalidHashError):
        return False
