"""Many new places or persons at once, by the rules of one: for lists that come in. Flushes.

What single records ask again and again (kinds, communes, wordings, keys) is asked once, and each
table is written in one statement. Whether one of them may be registered already is asked before,
by whoever shows the answer to somebody. A fault of one refuses them all: the caller then registers
them one by one and learns whose it is.
"""

from collections.abc import Mapping, Sequence
from uuid import uuid4

from sqlalchemy.orm import Session

from mapservice.accounts import rights
from mapservice.accounts.rights import Action, Actor
from mapservice.addresses.models import Address, Nature
from mapservice.disclosure import service as disclosure
from mapservice.errors import Invalid
from mapservice.geo import point
from mapservice.registration import consents, contacts, needs, persons, places, queries, records
from mapservice.registration import spots as where

Values = Mapping[str, object]
Given = Sequence[tuple[Values, Sequence[Values]]]


def register_places(session: Session, actor: Actor, given: Given) -> list[Address]:
    """Begin these places as drafts: (values of PlaceInput, of its needs) each, in their order.

    Raises as `places.register`.
    """
    rights.require(actor, Action.REGISTER)
    kinds = {kind.code for kind in session.scalars(queries.KINDS)}
    columns = where.settle_many(session, actor, [values for values, _ in given])
    rows = []
    for (values, _), settled in zip(given, columns, strict=True):
        if values["kind"] not in kinds:
            raise Invalid(places.NO_KIND, fields={"kind": [places.NO_KIND]})
        plain = {name: values[name] for name in places.PLAIN}
        spot = point(values["lng"], values["lat"])
        told = {"point": spot, "point_estimated": values.get(where.ESTIMATED, False)}
        rows.append(_row(actor, Nature.PLACE, **settled, **plain, **told))
    begun = records.store_new(session, rows, places.PLAIN)
    contacts.write_many(session, _with(begun, given))
    _begin_needs(session, actor, begun, given)
    return begun


def register_persons(session: Session, actor: Actor, given: Given) -> list[Address]:
    """Begin these persons as drafts, sealed and with their consents, in their order.

    Raises as `persons.register`.
    """
    rights.require(actor, Action.REGISTER)
    rights.require(actor, Action.SEE_PERSONS)
    columns = where.settle_many(session, actor, [values for values, _ in given])
    rows = []
    for (values, _), settled in zip(given, columns, strict=True):
        if not values["name"]:
            raise Invalid(persons.NO_NAME, fields={"name": [persons.NO_NAME]})
        told = {
            "age_band": persons.band(values["birth_year"]),
            "household_id": persons.household(session, actor, values),
            **{name: values[name] for name in persons.PLAIN},
        }
        rows.append(_row(actor, Nature.PERSON, **settled, **told))
    begun = records.store_new(session, rows, persons.PLAIN)
    sealed = [(each, persons.private_fields(values)) for each, values in _with(begun, given)]
    disclosure.register_many(session, sealed)
    consents.take_many(session, actor, _with(begun, given))
    _begin_needs(session, actor, begun, given)
    return begun


def _row(actor: Actor, nature: Nature, **columns: object) -> dict[str, object]:
    """The columns of a new address."""
    owner = {"organisation_id": actor.organisation.id, "registered_by": actor.id}
    return {"id": uuid4(), "nature": nature, **owner, **columns}


def _with(begun: Sequence[Address], given: Given) -> list[tuple[Address, Values]]:
    return [(each, values) for each, (values, _) in zip(begun, given, strict=True)]


def _begin_needs(session: Session, actor: Actor, begun: Sequence[Address], given: Given) -> None:
    wanted = [(each, needed) for each, (_, needed) in zip(begun, given, strict=True)]
    needs.write_many(session, actor, wanted)
