"""Invitations: a link by which somebody makes the account that the inviter fixed.

Flushes; the caller commits.
"""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from mapservice.accounts import limits, logins, passwords, queries, rights, service, tokens
from mapservice.accounts.models import Invitation, Organisation, Role, UserAccount
from mapservice.accounts.rights import Action, Actor
from mapservice.audit import service as audit
from mapservice.errors import Conflict, Invalid, NotFound

LASTS = timedelta(days=7)
MOST, WINDOW = 100, timedelta(hours=1)  # invitations of one account
GONE = "Đường dẫn này không dùng được nữa. Hãy nhờ người đã mời gửi đường dẫn mới."


def invite(
    session: Session, actor: Actor, *, login: str, role: Role, organisation_id: UUID
) -> tuple[Invitation, str]:
    """A new invitation and the token of its link; an older one to the same login is over.

    Raises Forbidden for a role the actor may not give, NotFound for an organisation elsewhere,
    Invalid for a login that cannot be or is taken.
    """
    rights.permit_grant(session, actor, role, organisation_id)
    limits.hit(session, "invite", str(actor.id), MOST, WINDOW)
    wanted = logins.checked(login)
    if session.scalar(queries.account_by_login(wanted)) is not None:
        sentence = "Đã có tài khoản dùng tên đăng nhập này."
        raise Invalid(sentence, code="login-taken", fields={"login": [sentence]})
    for older in session.scalars(queries.open_invitations_to(wanted)):
        older.revoked_at = datetime.now(UTC)
    token, now = tokens.new(), datetime.now(UTC)
    made = Invitation(
        token_hash=tokens.digest(token),
        login=wanted,
        role=role,
        organisation_id=organisation_id,
        invited_by=actor.id,
        created_at=now,
        expires_at=now + LASTS,
    )
    session.add(made)
    session.flush()
    _record(session, "invited", made)
    return made, token


def open_invitation(session: Session, token: str) -> tuple[Invitation, Organisation]:
    """The invitation of this token, if it may still be accepted (NotFound, always the same)."""
    found = session.scalar(queries.invitation_by_token(tokens.digest(token)))
    if found is None or not _stands(session, found):
        raise NotFound(GONE)
    return found, session.get_one(Organisation, found.organisation_id)


def accept(
    session: Session, token: str, *, name: str, new_password: str, consent: bool
) -> UserAccount:
    """Make the account, once (NotFound as `open_invitation`; Invalid for password or consent)."""
    found, _ = open_invitation(session, token)
    passwords.refuse_weak(new_password, found.login, name)
    if found.role is Role.TEAM_LEADER and not consent:
        sentence = "Cần sự đồng ý để lưu tên và số điện thoại của đội trưởng."
        raise Invalid(sentence, code="consent-needed", fields={"consent": [sentence]})
    if session.scalar(queries.account_by_login(found.login)) is not None:
        raise NotFound(GONE)
    made = UserAccount(
        login=found.login,
        password_hash=service.HASHER.hash(new_password),
        name=name,
        role=found.role,
        organisation_id=found.organisation_id,
        consented_at=datetime.now(UTC) if consent else None,
    )
    session.add(made)
    found.used_at = datetime.now(UTC)
    session.flush()
    detail = {"invitation": str(found.id), "role": made.role}
    audit.record(
        session, "account_made", table_name="user_account", record_id=made.id, detail=detail
    )
    return made


def seen(
    session: Session, actor: Actor, invitation_id: UUID, *, locked: bool = False
) -> Invitation:
    """An invitation of the actor's part of the tree (NotFound), also one that ended."""
    found = session.get(Invitation, invitation_id, with_for_update=locked or None)
    rights.permit_organisation(
        session,
        actor,
        Action.MANAGE_ACCOUNTS,
        found.organisation_id if found else None,
        table="invitation",
        record_id=invitation_id,
        sentence="Không có lời mời này.",
    )
    return found


def revoke(session: Session, actor: Actor, invitation_id: UUID, version: int | None = None) -> None:
    """End an invitation of the actor's part of the tree (NotFound); one that ended stays as it is.

    `version`: the one that was seen, where somebody says so (Conflict for another).
    """
    found = seen(session, actor, invitation_id, locked=True)
    if version is not None and version != found.version:
        raise Conflict("Lời mời này vừa thay đổi.", code="stale")
    if found.used_at is None and found.revoked_at is None:
        found.revoked_at = datetime.now(UTC)
        session.flush()
        _record(session, "invitation_revoked", found)


def _stands(session: Session, found: Invitation) -> bool:
    """Unused, in time, and its inviter might still invite so."""
    over = found.used_at or found.revoked_at or found.expires_at <= datetime.now(UTC)
    inviter = session.get(UserAccount, found.invited_by) if found.invited_by else None
    if over or inviter is None or not inviter.active:
        return False
    actor = rights.actor(session, inviter)
    inside = actor.organisations is None or found.organisation_id in actor.organisations
    return inside and found.role in rights.grantable(actor)


def _record(session: Session, action: str, row: Invitation) -> None:
    detail = {"role": row.role, "organisation": str(row.organisation_id)}
    audit.record(session, action, table_name="invitation", record_id=row.id, detail=detail)
