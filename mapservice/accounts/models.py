"""Organisations (the union tree), their territories, accounts and what opens them."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    ForeignKey,
    Index,
    LargeBinary,
    SmallInteger,
    Text,
    case,
    func,
    text,
)
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column

from mapservice.db import Base, created_now, primary_key, row_version

token_hash = Annotated[bytes, mapped_column(LargeBinary, unique=True)]
of_account = Annotated[
    UUID, mapped_column(ForeignKey("core.user_account.id", ondelete="CASCADE"), index=True)
]


class OrganisationLevel(StrEnum):
    PROVINCE, DISTRICT, COMMUNE = "province", "district", "commune"


class Role(StrEnum):
    REGISTRAR, OFFICER, ADMIN = "registrar", "officer", "admin"
    TEAM_LEADER, VIEWER = "team_leader", "viewer"


class SessionKind(StrEnum):
    """`office`: a desk, short; `device`: a team leader's phone, long and narrow; `enrolment`: an
    account that must set up its second factor before anything else."""

    OFFICE, DEVICE, ENROLMENT = "office", "device", "enrolment"


class Scope(StrEnum):
    """What an API token may at most: `read` asks, `write` changes too."""

    READ, WRITE = "read", "write"


class InvitationState(StrEnum):
    """Whether it may still be accepted, and if not, why."""

    WAITING, USED, REVOKED, EXPIRED = "waiting", "used", "revoked", "expired"


class Organisation(Base):
    """A union unit. It is not an admin unit: its territory is made of them (OrganisationUnit)."""

    __tablename__ = "organisation"
    __table_args__ = (Index("ix_organisation_parent_id", "parent_id"),)

    id: Mapped[primary_key]
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    level: Mapped[OrganisationLevel]
    parent_id: Mapped[UUID | None] = mapped_column(ForeignKey("core.organisation.id"))
    self_verification: Mapped[bool] = mapped_column(server_default=text("false"))
    version: Mapped[row_version]


class OrganisationUnit(Base):
    """One admin unit (of either era) of an organisation's territory."""

    __tablename__ = "organisation_unit"

    organisation_id: Mapped[UUID] = mapped_column(
        ForeignKey("core.organisation.id", ondelete="CASCADE"), primary_key=True
    )
    unit_id: Mapped[int] = mapped_column(ForeignKey("core.admin_unit.id"), primary_key=True)


class UserAccount(Base):
    """A person who signs in; `login` is an e-mail address or an E.164 phone, lower case.

    `consented_at`: when a team leader agreed that name and phone are kept.
    """

    __tablename__ = "user_account"

    id: Mapped[primary_key]
    login: Mapped[str] = mapped_column(unique=True)
    password_hash: Mapped[str]
    name: Mapped[str]
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("core.organisation.id"), index=True)
    role: Mapped[Role]
    active: Mapped[bool] = mapped_column(server_default=text("true"))
    created_at: Mapped[created_now]
    version: Mapped[row_version]
    consented_at: Mapped[datetime | None]


class SignInSession(Base):
    """One browser that signed in. Its cookie holds the token, this row the token's hash.

    `user_agent`: the browser in a few words; `network`: a keyed hash of where it began.
    """

    __tablename__ = "sign_in_session"

    id: Mapped[primary_key]
    account_id: Mapped[of_account]
    token_hash: Mapped[token_hash]
    kind: Mapped[SessionKind]
    created_at: Mapped[created_now]
    seen_at: Mapped[datetime] = mapped_column(server_default=func.now())
    user_agent: Mapped[str]
    network: Mapped[bytes | None] = mapped_column(LargeBinary)
    revoked_at: Mapped[datetime | None]


class SecondFactor(Base):
    """The sealed secret of an authenticator app; `last_step` is the last 30 seconds it opened."""

    __tablename__ = "second_factor"
    __table_args__ = (
        Index("ix_second_factor_key_version", "key_version"),
        {"schema": "private"},
    )

    account_id: Mapped[UUID] = mapped_column(
        ForeignKey("core.user_account.id", ondelete="CASCADE"), primary_key=True
    )
    key_version: Mapped[int] = mapped_column(SmallInteger)
    secret: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[created_now]
    last_step: Mapped[int] = mapped_column(BigInteger)


class RecoveryCode(Base):
    """Opens an account once without the second factor's app."""

    __tablename__ = "recovery_code"

    account_id: Mapped[UUID] = mapped_column(
        ForeignKey("core.user_account.id", ondelete="CASCADE"), primary_key=True
    )
    code_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    used_at: Mapped[datetime | None]


class Invitation(Base):
    """A link that makes one account: login, role and organisation as the inviter fixed them."""

    __tablename__ = "invitation"

    id: Mapped[primary_key]
    token_hash: Mapped[token_hash]
    login: Mapped[str]
    role: Mapped[Role]
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("core.organisation.id"), index=True)
    invited_by: Mapped[UUID | None] = mapped_column(ForeignKey("core.user_account.id"))
    created_at: Mapped[created_now]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]

    @hybrid_property
    def version(self) -> int:
        """1 while it stands as it was made: nothing of it ever changes but that it ends."""
        return 1 + (self.used_at is not None) + (self.revoked_at is not None)

    @version.inplace.expression
    @classmethod
    def _version(cls) -> ColumnElement[int]:
        return 1 + func.num_nonnulls(cls.used_at, cls.revoked_at)

    @hybrid_property
    def state(self) -> InvitationState:
        """What became of it by now."""
        if self.used_at:
            return InvitationState.USED
        if self.revoked_at:
            return InvitationState.REVOKED
        over = self.expires_at <= datetime.now(UTC)
        return InvitationState.EXPIRED if over else InvitationState.WAITING

    @state.inplace.expression
    @classmethod
    def _state(cls) -> ColumnElement[str]:
        return case(
            (cls.used_at.is_not(None), InvitationState.USED.value),
            (cls.revoked_at.is_not(None), InvitationState.REVOKED.value),
            (cls.expires_at <= func.now(), InvitationState.EXPIRED.value),
            else_=InvitationState.WAITING.value,
        )


class PasswordReset(Base):
    """A link that sets one new password; `asked_by` is null when the owner asked by mail."""

    __tablename__ = "password_reset"

    id: Mapped[primary_key]
    token_hash: Mapped[token_hash]
    account_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("core.user_account.id", ondelete="CASCADE"), index=True
    )
    asked_by: Mapped[UUID | None] = mapped_column(ForeignKey("core.user_account.id"))
    created_at: Mapped[created_now]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class Attempt(Base):
    """How often something was tried since `began_at`; who tried or on whom is hashed."""

    __tablename__ = "attempt"
    __table_args__ = (Index("ix_attempt_began_at", "began_at"),)

    kind: Mapped[str] = mapped_column(primary_key=True)
    key_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    began_at: Mapped[datetime]
    hits: Mapped[int]


class ApiToken(Base):
    """What a program signs in with; it may never do more than its account at that moment."""

    __tablename__ = "api_token"

    id: Mapped[primary_key]
    account_id: Mapped[of_account]
    name: Mapped[str]
    token_hash: Mapped[token_hash]
    scopes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    created_at: Mapped[created_now]
    used_at: Mapped[datetime | None]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
