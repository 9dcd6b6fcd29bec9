"""Offers and suggestions as programs read them: never who sent them, nor a note.

Both lie where they are wanted; a moderator reads those of the own territory.
"""

from collections.abc import Mapping

from geoalchemy2 import functions as spatial
from sqlalchemy import RowMapping, Select, func, select
from sqlalchemy.orm import Session, aliased

from mapservice.accounts import rights
from mapservice.accounts.queries import inside
from mapservice.accounts.rights import Action, Actor
from mapservice.addresses.models import Address
from mapservice.inbox.models import Offer, Suggestion
from mapservice.inbox.service import ABSENT
from mapservice.needs.models import Need
from mapservice.teams.models import Team
from mapservice.territory.models import AdminUnit

HEAD = ("id", "public_code", "status", "status_reason", "status_at", "version", "created_at")


def offers() -> Select:
    """Offers with the codes of what they are for, in no order."""
    return (
        select(
            *(getattr(Offer, name) for name in HEAD),
            Offer.kind,
            Offer.people,
            Offer.available_from,
            Offer.available_until,
            Offer.pledged_quantity,
            Offer.person_kind,
            Offer.outcome,
            Offer.unit_ids,
            Address.public_code.label("address"),
            Need.public_code.label("need"),
            Team.public_code.label("team"),
            AdminUnit.code.label("commune"),
            AdminUnit.name.label("commune_name"),
        )
        .outerjoin(Address, Address.id == Offer.address_id)
        .outerjoin(Need, Need.id == Offer.need_id)
        .outerjoin(Team, Team.id == Offer.team_id)
        .join(AdminUnit, AdminUnit.id == func.coalesce(Offer.commune_id, Address.commune_id))
    )


def suggestions() -> Select:
    """Suggestions with their commune and the address that came of them, in no order."""
    made = aliased(Address)
    return (
        select(
            *(getattr(Suggestion, name) for name in HEAD),
            Suggestion.nature,
            Suggestion.kind,
            Suggestion.title,
            Suggestion.words,
            Suggestion.person_kind,
            Suggestion.unit_ids,
            spatial.ST_X(Suggestion.point).label("lng"),
            spatial.ST_Y(Suggestion.point).label("lat"),
            made.public_code.label("address"),
            AdminUnit.code.label("commune"),
            AdminUnit.name.label("commune_name"),
        )
        .outerjoin(made, made.id == Suggestion.converted_to)
        .join(AdminUnit, AdminUnit.id == Suggestion.commune_id)
    )


SHOWN = {Offer: offers, Suggestion: suggestions}


def listed(actor: Actor, model: type, filters: Mapping[str, object]) -> Select:
    """Those of the actor's territory. `filters`: `status` (a list)."""
    statement = SHOWN[model]().where(inside(model.unit_ids, actor.territory))
    return (
        statement.where(model.status.in_(filters["status"])) if "status" in filters else statement
    )


def read(session: Session, actor: Actor, model: type, code: str) -> RowMapping:
    """One of them; NotFound for one that is unknown or elsewhere."""
    found = session.execute(SHOWN[model]().where(model.public_code == code)).mappings().first()
    rights.permit(
        session,
        actor,
        Action.MODERATE,
        found["unit_ids"] if found else None,
        table=model.__tablename__,
        record_id=found["id"] if found else None,
        sentence=ABSENT,
    )
    return found
