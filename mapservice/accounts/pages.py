"""What the pages of accounts and organisations show."""

from uuid import UUID

from sqlalchemy.orm import Session

from mapservice import forms
from mapservice.accounts import (
    invitations,
    management,
    organisations,
    rights,
    second_factor,
    sessions,
)
from mapservice.accounts.models import Organisation, Role, UserAccount
from mapservice.accounts.rights import Actor
from mapservice.forms import Filled


def choices(session: Session, actor: Actor) -> dict[str, object]:
    """The roles the actor may give, and the organisations in reach, in the tree's order."""
    tree = organisations.tree(session)
    reach = actor.organisations
    return {
        "roles": [role for role in Role if role in rights.grantable(actor)],
        "organisations": [row for row in tree if reach is None or row["id"] in reach],
    }


def account(
    session: Session, actor: Actor, account_id: UUID, form: Filled | None
) -> dict[str, object]:
    """One account; `form`: what was typed, when it was refused (then `now` is what is stored)."""
    found = management.seen(session, actor, account_id)
    stored = {
        "name": found.name,
        "role": found.role,
        "organisation": found.organisation_id,
        "version": found.version,
    }
    typed = form is not None and bool(form.given)
    return choices(session, actor) | {
        "account": found,
        "organisation": organisation(session, found.organisation_id),
        "form": form
        if typed
        else Filled(forms.shown(stored).given, {}, form.errors if form else {}),
        "stale": typed and str(found.version) != form.given.get("version"),
        "own": found.id == actor.id,
        "may_change": management.may_change(actor, found),
        "sessions": len(sessions.living(session, found.id)),
        "second_factor": second_factor.is_on(session, found.id),
    }


def invitation(session: Session, actor: Actor, invitation_id: UUID) -> dict[str, object]:
    """One invitation with where it leads and who made it."""
    found = invitations.seen(session, actor, invitation_id)
    return {
        "invitation": found,
        "organisation": organisation(session, found.organisation_id),
        "inviter": session.get(UserAccount, found.invited_by) if found.invited_by else None,
    }


def organisation(session: Session, organisation_id: UUID) -> Organisation:
    """The organisation of an account that was found in reach."""
    return session.get_one(Organisation, organisation_id)


def organisation_page(
    session: Session, organisation_id: UUID, form: Filled | None, words: str
) -> dict[str, object]:
    """One organisation with its territory, and the units that `words` find."""
    row = organisations.found(session, organisation_id)
    held = organisations.units(session, row.id)
    stored = {
        "name": row.name,
        "parent": row.parent_id,
        "self_verification": "true" if row.self_verification else "",
        "version": row.version,
    }
    typed = form is not None and "name" in form.given
    found = organisations.search_units(session, words) if words else []
    tree = organisations.tree(session)
    return {
        "organisation": row,
        "form": form
        if typed
        else Filled(forms.shown(stored).given, {}, form.errors if form else {}),
        "stale": typed and str(row.version) != form.given.get("version"),
        "parent": next((other for other in tree if other["id"] == row.parent_id), None),
        "above": [
            other
            for other in tree
            if organisations.ORDER.index(other["level"]) < organisations.ORDER.index(row.level)
        ],
        "units": held,
        "wanted": words,
        "found": [unit for unit in found if unit["id"] not in {u["id"] for u in held}],
    }
