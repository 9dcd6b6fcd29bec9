"""Organisations and accounts as programs read them: those of the actor's part of the tree."""

from collections.abc import Collection, Mapping
from uuid import UUID

from sqlalchemy import ColumnElement, RowMapping, Select, func, literal_column, select, true
from sqlalchemy.dialects.postgresql import ARRAY, TEXT, aggregate_order_by
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from mapservice.accounts import rights
from mapservice.accounts.models import (
    Invitation,
    Organisation,
    OrganisationUnit,
    UserAccount,
)
from mapservice.accounts.rights import Action, Actor
from mapservice.errors import Invalid
from mapservice.territory.models import AdminUnit

NONE = literal_column("'{}'::text[]", ARRAY(TEXT))


def organisations(actor: Actor) -> Select:
    """Organisations in the actor's reach, with the names of their parent and their units."""
    parent = aliased(Organisation)
    name = func.core.unit_key(AdminUnit.code, AdminUnit.valid_from, AdminUnit.valid_to)
    units = (
        select(func.coalesce(func.array_agg(aggregate_order_by(name, name)), NONE))
        .join(OrganisationUnit, OrganisationUnit.unit_id == AdminUnit.id)
        .where(OrganisationUnit.organisation_id == Organisation.id)
        .scalar_subquery()
    )
    return (
        select(
            Organisation.code,
            Organisation.name,
            Organisation.level,
            Organisation.self_verification,
            Organisation.version,
            parent.code.label("parent"),
            units.label("units"),
        )
        .outerjoin(parent, parent.id == Organisation.parent_id)
        .where(_reach(Organisation.id, actor.organisations))
    )


def organisation(session: Session, actor: Actor, code: str) -> RowMapping:
    """One organisation in the actor's reach (NotFound)."""
    statement = organisations(actor).where(Organisation.code == code)
    found = session.execute(statement).mappings().first()
    if found is None:
        there = session.scalar(select(Organisation.id).where(Organisation.code == code))
        told = {"table": "organisation", "record_id": there, "sentence": "Không có tổ chức này."}
        rights.refuse(session, actor.id, Action.SEE_RECORDS, **told)
    return found


def accounts(actor: Actor, filters: Mapping[str, object]) -> Select:
    """Accounts of the organisations in the actor's reach.

    `filters`: `role` (a list), `active`, `organisation` (code).
    """
    statement = (
        select(
            UserAccount.id,
            UserAccount.login,
            UserAccount.name,
            UserAccount.role,
            UserAccount.active,
            UserAccount.version,
            UserAccount.created_at,
            Organisation.code.label("organisation"),
        )
        .join(Organisation, Organisation.id == UserAccount.organisation_id)
        .where(_reach(UserAccount.organisation_id, actor.organisations))
    )
    if "role" in filters:
        statement = statement.where(UserAccount.role.in_(filters["role"]))
    if "active" in filters:
        statement = statement.where(UserAccount.active == filters["active"])
    if "organisation" in filters:
        statement = statement.where(Organisation.code == filters["organisation"])
    return statement


def account(session: Session, actor: Actor, account_id: UUID) -> RowMapping:
    """One account in the actor's reach (NotFound)."""
    statement = accounts(actor, {}).where(UserAccount.id == account_id)
    found = session.execute(statement).mappings().first()
    if found is None:
        there = session.scalar(select(UserAccount.id).where(UserAccount.id == account_id))
        told = {"table": "user_account", "record_id": there, "sentence": "Không có tài khoản này."}
        rights.refuse(session, actor.id, Action.MANAGE_ACCOUNTS, **told)
    return found


def invitations(actor: Actor) -> Select:
    """Invitations into the actor's reach that may still be accepted."""
    return all_invitations(actor).where(
        Invitation.used_at.is_(None),
        Invitation.revoked_at.is_(None),
        Invitation.expires_at > func.now(),
    )


def all_invitations(actor: Actor) -> Select:
    """Invitations into the actor's reach, also those that ended."""
    return (
        select(
            Invitation.id,
            Invitation.login,
            Invitation.role,
            Invitation.created_at,
            Invitation.expires_at,
            Invitation.used_at,
            Invitation.revoked_at,
            Invitation.version.label("version"),
            Organisation.code.label("organisation"),
        )
        .join(Organisation, Organisation.id == Invitation.organisation_id)
        .where(_reach(Invitation.organisation_id, actor.organisations))
    )


def invitation(session: Session, actor: Actor, invitation_id: UUID) -> RowMapping:
    """One invitation into the actor's reach (NotFound), also one that ended."""
    statement = all_invitations(actor).where(Invitation.id == invitation_id)
    found = session.execute(statement).mappings().first()
    if found is None:
        there = session.scalar(select(Invitation.id).where(Invitation.id == invitation_id))
        told = {"table": "invitation", "record_id": there, "sentence": "Không có lời mời này."}
        rights.refuse(session, actor.id, Action.MANAGE_ACCOUNTS, **told)
    return found


def named(session: Session, actor: Actor, code: str, field: str) -> Organisation:
    """The organisation that a value of `field` names (Invalid there when it is out of reach)."""
    statement = select(Organisation).where(
        Organisation.code == code, _reach(Organisation.id, actor.organisations)
    )
    found = session.scalar(statement)
    if found is None:
        sentence = "Không có tổ chức này."
        raise Invalid(sentence, fields={field: [sentence]})
    return found


def _reach(
    column: InstrumentedAttribute, organisations: Collection[UUID] | None
) -> ColumnElement[bool]:
    return true() if organisations is None else column.in_(organisations)
