"""Reading addresses: within the actor's territory, of people and protected places the outline."""

from collections.abc import Mapping

from sqlalchemy import RowMapping, Select
from sqlalchemy.orm import Session

from mapservice.accounts import rights
from mapservice.accounts.rights import Action, Actor
from mapservice.addresses import queries
from mapservice.territory import service as territory


def listed(session: Session, actor: Actor, filters: Mapping[str, object]) -> Select:
    """The addresses in the actor's reach, filtered as `queries.listed` says; `unit` by its name."""
    plain = territory.with_unit_id(session, filters)
    people = actor.may(Action.SEE_PERSONS)
    return queries.listed(actor.territory, people=people, filters=plain)


def read(session: Session, actor: Actor, code: str) -> RowMapping:
    """One address; NotFound for one that is unknown, elsewhere, or not for this role."""
    statement = queries.by_code(code, actor.territory, people=actor.may(Action.SEE_PERSONS))
    return outline(session, actor, statement, table="address", sentence="Không có địa chỉ này.")


def outline(
    session: Session, actor: Actor, statement: Select, *, table: str, sentence: str
) -> RowMapping:
    """The one row of a statement with `id`, `unit_ids` and `protected`, where the actor may read.

    A protected one is NotFound to whoever may not know of people at all.
    """
    found = session.execute(statement).mappings().first()
    where = {"table": table, "record_id": found["id"] if found else None, "sentence": sentence}
    if found and found["protected"] and not actor.may(Action.SEE_PERSONS):
        rights.require(actor, Action.SEE_RECORDS)
        rights.refuse(session, actor.id, Action.SEE_RECORDS, **where)
    units = found["unit_ids"] if found else None
    rights.permit(session, actor, Action.SEE_RECORDS, units, **where)
    return found
