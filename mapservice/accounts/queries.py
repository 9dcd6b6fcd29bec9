"""Questions asked of organisations and accounts."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Delete,
    Integer,
    Select,
    Update,
    case,
    cast,
    delete,
    func,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.dialects.postgresql import Insert, insert

from mapservice.accounts import logins
from mapservice.accounts.models import (
    ApiToken,
    Attempt,
    Invitation,
    Organisation,
    OrganisationUnit,
    PasswordReset,
    RecoveryCode,
    Role,
    SecondFactor,
    SignInSession,
    UserAccount,
)


def account_by_login(login: str) -> Select[tuple[UserAccount]]:
    """The account with this login, however it is written."""
    return select(UserAccount).where(UserAccount.login == logins.normal(login))


def first_admin() -> Select[tuple[UserAccount]]:
    """The province's first admin that may still sign in."""
    return (
        select(UserAccount)
        .where(UserAccount.role == Role.ADMIN, UserAccount.active)
        .order_by(UserAccount.created_at, UserAccount.login)
        .limit(1)
    )


def accounts() -> Select[tuple[UserAccount, Organisation]]:
    """All accounts with their organisations, by login."""
    return (
        select(UserAccount, Organisation)
        .join(Organisation, Organisation.id == UserAccount.organisation_id)
        .order_by(UserAccount.login)
    )


def territory(organisation_id: UUID) -> Select[tuple[int]]:
    """Ids of the admin units (either era) that make up an organisation's territory."""
    return (
        select(OrganisationUnit.unit_id)
        .where(OrganisationUnit.organisation_id == organisation_id)
        .order_by(OrganisationUnit.unit_id)
    )


def organisation_by_code(code: str) -> Select[tuple[Organisation]]:
    return select(Organisation).where(Organisation.code == code)


def organisations_below(organisation_id: UUID) -> Select[tuple[UUID]]:
    """Ids of an organisation and of all below it in the union's tree."""
    tree = select(Organisation.id).where(Organisation.id == organisation_id).cte(recursive=True)
    tree = tree.union(select(Organisation.id).join(tree, Organisation.parent_id == tree.c.id))
    return select(tree.c.id).order_by(tree.c.id)


def inside(unit_ids: Any, territory: Collection[int] | None) -> ColumnElement[bool]:
    """Whether a row with this `unit_ids` column lies in the territory (None: everywhere).

    The array operator is what the GIN index on `unit_ids` answers.
    """
    if territory is None:
        return true()
    return unit_ids.op("&&")(cast(sorted(territory), ARRAY(Integer)))


def session_by_token(token_hash: bytes) -> Select[tuple[SignInSession, UserAccount]]:
    """A session with its account, read anew: what a moment ago ended it shows."""
    return (
        select(SignInSession, UserAccount)
        .join(UserAccount, UserAccount.id == SignInSession.account_id)
        .where(SignInSession.token_hash == token_hash)
        .execution_options(populate_existing=True)
    )


def sessions_of(account_id: UUID) -> Select[tuple[SignInSession]]:
    """Sessions of an account that nobody ended, the last seen first."""
    return (
        select(SignInSession)
        .where(SignInSession.account_id == account_id, SignInSession.revoked_at.is_(None))
        .order_by(SignInSession.seen_at.desc(), SignInSession.id)
    )


def token_by_hash(token_hash: bytes) -> Select[tuple[ApiToken, UserAccount]]:
    """An API token with its account, read anew."""
    return (
        select(ApiToken, UserAccount)
        .join(UserAccount, UserAccount.id == ApiToken.account_id)
        .where(ApiToken.token_hash == token_hash)
        .execution_options(populate_existing=True)
    )


def tokens_of(account_id: UUID) -> Select[tuple[ApiToken]]:
    """API tokens of an account that nobody revoked, the newest first."""
    return (
        select(ApiToken)
        .where(ApiToken.account_id == account_id, ApiToken.revoked_at.is_(None))
        .order_by(ApiToken.created_at.desc(), ApiToken.id)
    )


def count_attempt(kind: str, key_hash: bytes, now: datetime, window: timedelta) -> Insert:
    """Count one try more, in a new window when the last is over; returns began_at, hits."""
    over = Attempt.began_at <= now - window
    first = insert(Attempt).values(kind=kind, key_hash=key_hash, began_at=now, hits=1)
    return first.on_conflict_do_update(
        constraint="pk_attempt",
        set_={
            "began_at": case((over, now), else_=Attempt.began_at),
            "hits": case((over, 1), else_=Attempt.hits + 1),
        },
    ).returning(Attempt.began_at, Attempt.hits)


def count_form(kind: str, key_hash: bytes, now: datetime, window: timedelta) -> Select:
    """The same for an anonymous form, by what the intake role may call."""
    counted = func.intake.count_form(kind, key_hash, now, window)
    return select(counted.table_valued("began_at", "hits"))


def uncount_attempt(kind: str, key_hash: bytes) -> Update:
    return (
        update(Attempt)
        .where(Attempt.kind == kind, Attempt.key_hash == key_hash, Attempt.hits > 0)
        .values(hits=Attempt.hits - 1)
    )


def forget_attempts(kind: str, key_hash: bytes) -> Delete:
    return delete(Attempt).where(Attempt.kind == kind, Attempt.key_hash == key_hash)


def forget_old_attempts(before: datetime) -> Delete:
    return delete(Attempt).where(Attempt.began_at < before)


def forget_ended(before: datetime) -> tuple[Delete, ...]:
    """Sessions that began, links and tokens that ended before then."""
    return (
        delete(SignInSession).where(SignInSession.created_at < before),
        delete(Invitation).where(Invitation.expires_at < before),
        delete(PasswordReset).where(PasswordReset.expires_at < before),
        delete(ApiToken).where(or_(ApiToken.expires_at < before, ApiToken.revoked_at < before)),
    )


def began_here(login: str, network: bytes, since: datetime) -> Select[tuple[bool]]:
    """Whether somebody signed in to this login from this network since then."""
    return select(
        select(SignInSession.id)
        .join(UserAccount, UserAccount.id == SignInSession.account_id)
        .where(
            UserAccount.login == login,
            SignInSession.network == network,
            SignInSession.created_at > since,
        )
        .exists()
    )


def use_step(account_id: UUID, step: int) -> Update:
    """Take the code of this step, if neither it nor a later one was taken; returns the step."""
    return (
        update(SecondFactor)
        .where(SecondFactor.account_id == account_id, SecondFactor.last_step < step)
        .values(last_step=step)
        .returning(SecondFactor.last_step)
    )


def use_recovery_code(account_id: UUID, code_hash: bytes) -> Update:
    """Use up a recovery code; returns when, nothing when it is none or was used."""
    return (
        update(RecoveryCode)
        .where(
            RecoveryCode.account_id == account_id,
            RecoveryCode.code_hash == code_hash,
            RecoveryCode.used_at.is_(None),
        )
        .values(used_at=func.now())
        .returning(RecoveryCode.used_at)
    )


def recovery_codes_left(account_id: UUID) -> Select[tuple[int]]:
    return select(func.count()).where(
        RecoveryCode.account_id == account_id, RecoveryCode.used_at.is_(None)
    )


def remove_recovery_codes(account_id: UUID) -> Delete:
    return delete(RecoveryCode).where(RecoveryCode.account_id == account_id)


def invitation_by_token(token_hash: bytes) -> Select[tuple[Invitation]]:
    """Locked until the transaction ends: of two who accept at once, one waits and is late."""
    return (
        select(Invitation)
        .where(Invitation.token_hash == token_hash)
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def open_invitations_to(login: str) -> Select[tuple[Invitation]]:
    return (
        select(Invitation)
        .where(
            Invitation.used_at.is_(None),
            Invitation.revoked_at.is_(None),
            Invitation.login == login,
        )
        .order_by(Invitation.id)
    )


def reset_by_token(token_hash: bytes) -> Select[tuple[PasswordReset]]:
    """Locked, as `invitation_by_token`."""
    return (
        select(PasswordReset)
        .where(PasswordReset.token_hash == token_hash)
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def open_resets(account_id: UUID) -> Select[tuple[PasswordReset]]:
    return (
        select(PasswordReset)
        .where(PasswordReset.account_id == account_id, PasswordReset.used_at.is_(None))
        .order_by(PasswordReset.id)
    )


def active_admins() -> Select[tuple[UUID]]:
    """Ids of the admins who may sign in, locked in one order."""
    return (
        select(UserAccount.id)
        .where(UserAccount.role == Role.ADMIN, UserAccount.active)
        .order_by(UserAccount.id)
        .with_for_update()
    )
