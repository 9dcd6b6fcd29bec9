"""Reading needs: within the actor's territory, of people and protected places the outline."""

from collections.abc import Mapping

from sqlalchemy import RowMapping, Select
from sqlalchemy.orm import Session

from mapservice.accounts.rights import Action, Actor
from mapservice.addresses import service as addresses
from mapservice.needs import queries
from mapservice.territory import service as territory


def listed(session: Session, actor: Actor, filters: Mapping[str, object]) -> Select:
    """The needs in the actor's reach, filtered as `queries.listed` says; `unit` by its name."""
    plain = territory.with_unit_id(session, filters)
    people = actor.may(Action.SEE_PERSONS)
    return queries.listed(actor.territory, people=people, filters=plain)


def read(session: Session, actor: Actor, code: str) -> RowMapping:
    """One need; NotFound for one that is unknown, elsewhere, or not for this role."""
    statement = queries.by_code(code, actor.territory, people=actor.may(Action.SEE_PERSONS))
    sentence = "Không có nhu cầu này."
    return addresses.outline(session, actor, statement, table="need", sentence=sentence)
