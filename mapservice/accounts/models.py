"""Organisations (the union tree), their territories, and user accounts."""

from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from mapservice.db import Base, created_now, primary_key


class OrganisationLevel(StrEnum):
    PROVINCE, DISTRICT, COMMUNE = "province", "district", "commune"


class Role(StrEnum):
    REGISTRAR, OFFICER, ADMIN = "registrar", "officer", "admin"
    TEAM_LEADER, VIEWER = "team_leader", "viewer"


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


class OrganisationUnit(Base):
    """One admin unit (of either era) of an organisation's territory."""

    __tablename__ = "organisation_unit"

    organisation_id: Mapped[UUID] = mapped_column(
        ForeignKey("core.organisation.id", ondelete="CASCADE"), primary_key=True
    )
    unit_id: Mapped[int] = mapped_column(ForeignKey("core.admin_unit.id"), primary_key=True)


class UserAccount(Base):
    """A person who signs in; `login` is an e-mail address or an E.164 phone, lower case."""

    __tablename__ = "user_account"

    id: Mapped[primary_key]
    login: Mapped[str] = mapped_column(unique=True)
    password_hash: Mapped[str]
    name: Mapped[str]
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("core.organisation.id"))
    role: Mapped[Role]
    active: Mapped[bool] = mapped_column(server_default=text("true"))
    created_at: Mapped[created_now]
