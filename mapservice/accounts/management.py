"""Other people's accounts: what an officer or admin may change. Flushes; the caller commits.

What is changed ends the account's sessions by the database's trigger.
"""

from uuid import UUID

from sqlalchemy.orm import Session

from mapservice.accounts import api_tokens, queries, resets, rights, second_factor, sessions
from mapservice.accounts.models import PasswordReset, Role, UserAccount
from mapservice.accounts.rights import Action, Actor
from mapservice.audit import service as audit
from mapservice.errors import Conflict, Forbidden, NotFound

NONE = "Không có tài khoản này."
CHANGED = ("name", "role", "organisation_id")


def seen(session: Session, actor: Actor, account_id: UUID) -> UserAccount:
    """An account of the actor's part of the tree (NotFound)."""
    account = session.get(UserAccount, account_id)
    rights.permit_organisation(
        session,
        actor,
        Action.MANAGE_ACCOUNTS,
        account.organisation_id if account else None,
        table="user_account",
        record_id=account_id,
        sentence=NONE,
    )
    return account


def may_change(actor: Actor, account: UserAccount) -> bool:
    """Whether the actor looks after accounts of this role, and it is not the own one."""
    return account.role in rights.grantable(actor) and account.id != actor.id


def change(
    session: Session,
    actor: Actor,
    account_id: UUID,
    *,
    version: int,
    name: str,
    role: Role,
    organisation_id: UUID,
) -> UserAccount:
    """New name, role or organisation.

    Raises NotFound (elsewhere), Forbidden (a role the actor may not give or take), Conflict when
    somebody changed it since `version` or it is the last admin.
    """
    account = _changeable(session, actor, account_id)
    rights.permit_grant(session, actor, role, organisation_id)
    _match(account, version)
    if role is not Role.ADMIN:
        _keep_an_admin(session, account)
    before = {field: getattr(account, field) for field in CHANGED}
    account.name, account.role, account.organisation_id = name, role, organisation_id
    account.version += 1
    session.flush()
    after = {field: getattr(account, field) for field in CHANGED}
    audit.record_change(session, "user_account", account.id, before, after, protected=False)
    return account


def disable(session: Session, actor: Actor, account_id: UUID, version: int | None = None) -> None:
    """Shut the account; its sessions and tokens open nothing from the next request on.

    `version`: the one that was seen, where somebody says so (Conflict as in `change`).
    """
    shut(session, _changeable(session, actor, account_id, version))


def enable(session: Session, actor: Actor, account_id: UUID, version: int | None = None) -> None:
    """Open a shut account again; `version` as in `disable`."""
    reopen(session, _changeable(session, actor, account_id, version))


def end_sessions(
    session: Session, actor: Actor, account_id: UUID, version: int | None = None
) -> int:
    """Sign it out everywhere, its programs too; how many sessions there were."""
    account = _changeable(session, actor, account_id, version)
    api_tokens.revoke_all(session, account.id)
    return sessions.end_all(session, account.id)


def remove_second_factor(
    session: Session, actor: Actor, account_id: UUID, version: int | None = None
) -> None:
    """For somebody who lost phone and recovery codes; an admin sets up a new one at sign-in."""
    account = _changeable(session, actor, account_id, version)
    second_factor.remove(session, account.id)
    api_tokens.revoke_all(session, account.id)
    sessions.end_all(session, account.id)


def reset(
    session: Session, actor: Actor, account_id: UUID, version: int | None = None
) -> tuple[PasswordReset, str]:
    """A link's token to set a new password; Conflict for an account that is shut."""
    account = _changeable(session, actor, account_id, version)
    if not account.active:
        raise Conflict("Tài khoản đang bị khóa: hãy mở khóa trước.")
    return resets.give(session, account, actor.id)


def by_login(session: Session, login: str) -> UserAccount:
    """The account with this login (NotFound): for the command line, which may everything."""
    account = session.scalar(queries.account_by_login(login))
    if account is None:
        raise NotFound(f"No account signs in as {login}.")
    return account


def shut(session: Session, account: UserAccount) -> None:
    """Let the account in no more (Conflict for the last admin)."""
    _keep_an_admin(session, account)
    _set_active(session, account, active=False)


def reopen(session: Session, account: UserAccount) -> None:
    """Let the account in again."""
    _set_active(session, account, active=True)


def _changeable(
    session: Session, actor: Actor, account_id: UUID, version: int | None = None
) -> UserAccount:
    """The account, locked, and still at `version` where one was seen."""
    account = seen(session, actor, account_id)
    if account.id == actor.id:
        raise Conflict("Không tự đổi quyền của chính mình; hãy nhờ một quản trị viên khác.")
    if not may_change(actor, account):
        raise Forbidden("Chỉ quản trị viên của tỉnh được sửa tài khoản này.")
    if account.role is Role.ADMIN:
        # All of them before the one, or two who shut out each other would wait in a circle.
        session.execute(queries.active_admins())
    session.refresh(account, with_for_update=True)
    _match(account, version)
    return account


def _match(account: UserAccount, version: int | None) -> None:
    if version is not None and account.version != version:
        raise Conflict("Người khác vừa sửa tài khoản này.", code="stale")


def _set_active(session: Session, account: UserAccount, *, active: bool) -> None:
    if account.active != active:
        account.active = active
        account.version += 1
        session.flush()
        _record(session, "account_enabled" if active else "account_disabled", account.id)


def _keep_an_admin(session: Session, account: UserAccount) -> None:
    """Of two admins who shut out each other at once, the second waits here and is refused."""
    if account.role is Role.ADMIN and account.active:
        others = [a for a in session.scalars(queries.active_admins()) if a != account.id]
        if not others:
            raise Conflict("Đây là quản trị viên cuối cùng đang hoạt động của tỉnh.")


def _record(
    session: Session, action: str, account_id: UUID, detail: dict[str, object] | None = None
) -> None:
    audit.record(session, action, table_name="user_account", record_id=account_id, detail=detail)
