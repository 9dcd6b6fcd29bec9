"""Accounts, invitations and organisations as lists, upon what an actor's part of the tree holds."""

from collections.abc import Mapping

from sqlalchemy import ColumnElement, Select, case, func, literal, or_, select
from sqlalchemy.dialects.postgresql import array
from sqlalchemy.orm import aliased

from mapservice.accounts import logins
from mapservice.accounts.models import (
    Invitation,
    Organisation,
    OrganisationUnit,
    SecondFactor,
    SignInSession,
    UserAccount,
)
from mapservice.accounts.queries import organisations_below
from mapservice.office.queries import VIETNAMESE
from mapservice.territory.models import UnitWithin
from mapservice.territory.names import fold

ACTIVE, DISABLED = "active", "disabled"
Filters = Mapping[str, object]


def accounts(listed: Select, filters: Filters) -> Select:
    """`listed`: what `accounts.listing.accounts` gives; `filters["unit"]` is an id."""
    state = case((UserAccount.active, ACTIVE), else_=DISABLED)
    seen = select(func.max(SignInSession.seen_at)).where(SignInSession.account_id == UserAccount.id)
    factor = select(SecondFactor.account_id).where(SecondFactor.account_id == UserAccount.id)
    statement = listed.add_columns(
        Organisation.name.label("organisation_name"),
        state.label("state"),
        factor.exists().label("second_factor"),
        seen.scalar_subquery().label("seen_at"),
    )
    if "role" in filters:
        statement = statement.where(UserAccount.role == filters["role"])
    if "state" in filters:
        statement = statement.where(state == filters["state"])
    if "q" in filters:
        named = _holds(UserAccount.name + " " + UserAccount.login, filters)
        statement = statement.where(or_(named, _signs_in(UserAccount.login, filters)))
    return _of_organisation(statement, filters)


def invitations(listed: Select, filters: Filters) -> Select:
    """`listed`: what `accounts.listing.all_invitations` gives; `filters` as of `accounts`."""
    inviter = aliased(UserAccount)
    statement = listed.add_columns(
        Organisation.name.label("organisation_name"),
        Invitation.state.label("state"),
        inviter.name.label("inviter"),
    ).outerjoin(inviter, inviter.id == Invitation.invited_by)
    if "role" in filters:
        statement = statement.where(Invitation.role == filters["role"])
    if "state" in filters:
        statement = statement.where(Invitation.state == filters["state"])
    if "q" in filters:
        named = _holds(Invitation.login, filters)
        statement = statement.where(or_(named, _signs_in(Invitation.login, filters)))
    return _of_organisation(statement, filters)


def organisations(listed: Select, filters: Filters) -> Select:
    """`listed`: what `accounts.listing.organisations` gives.

    `path` orders every organisation below its own parent; `filters["organisation"]` is an
    organisation with all below it.
    """
    tree, above = _tree(), aliased(Organisation)
    accounts = _how_many(UserAccount, UserAccount.active)
    units = _how_many(OrganisationUnit)
    statement = (
        listed.add_columns(
            Organisation.id,
            above.name.label("parent_name"),
            accounts.label("accounts"),
            units.label("unit_count"),
            tree.c.path,
        )
        .join(tree, tree.c.id == Organisation.id)
        .outerjoin(above, above.id == Organisation.parent_id)
    )
    if "level" in filters:
        statement = statement.where(Organisation.level == filters["level"])
    if "bare" in filters:
        statement = statement.where(units == 0)
    if "q" in filters:
        named = _holds(Organisation.name, filters)
        statement = statement.where(or_(named, Organisation.code == str(filters["q"])))
    if "organisation" in filters:
        top = select(Organisation.id).where(Organisation.code == filters["organisation"])
        below = organisations_below(top.scalar_subquery())
        statement = statement.where(Organisation.id.in_(below))
    return _of_unit(statement, filters)


def _tree() -> object:
    """(id, path) of every organisation."""

    def step(of: type[Organisation]) -> ColumnElement:
        return array([(of.name + of.code).collate(VIETNAMESE)])

    top = select(Organisation.id, step(Organisation).label("path"))
    tree = top.where(Organisation.parent_id.is_(None)).cte("tree", recursive=True)
    child = aliased(Organisation)
    below = select(child.id, tree.c.path.op("||")(step(child)))
    return tree.union_all(below.join(tree, child.parent_id == tree.c.id))


def _how_many(model: type, *which: ColumnElement[bool]) -> ColumnElement[int]:
    """How many of these an organisation has."""
    found = select(func.count(literal(1))).select_from(model)
    return found.where(model.organisation_id == Organisation.id, *which).scalar_subquery()


def _holds(words: ColumnElement[str], filters: Filters) -> ColumnElement[bool]:
    return func.core.fold(words).contains(fold(str(filters["q"])), autoescape=True)


def _signs_in(login: ColumnElement[str], filters: Filters) -> ColumnElement[bool]:
    """A phone number is found as people write it, 0912 345 678."""
    return login == logins.normal(str(filters["q"]))


def _of_organisation(statement: Select, filters: Filters) -> Select:
    if "organisation" in filters:
        statement = statement.where(Organisation.code == filters["organisation"])
    return _of_unit(statement, filters)


def _of_unit(statement: Select, filters: Filters) -> Select:
    """Whose territory lies in the unit, or some of it."""
    if "unit" not in filters:
        return statement
    held = (
        select(OrganisationUnit.unit_id)
        .join(UnitWithin, UnitWithin.unit_id == OrganisationUnit.unit_id)
        .where(
            OrganisationUnit.organisation_id == Organisation.id,
            UnitWithin.container_id == filters["unit"],
        )
    )
    return statement.where(held.exists())
