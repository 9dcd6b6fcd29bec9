"""Many begun records changed at once where they stand, by the rules of one: for lists that come in.

Of what nobody has submitted yet nothing is public, and where point, needs and what is sealed stay
there is little to ask: all else is changed one by one. A fault of one refuses them all. Flushes.
"""

from collections.abc import Mapping, Sequence

from sqlalchemy.orm import Session

from mapservice.accounts import rights
from mapservice.accounts.rights import Action, Actor
from mapservice.addresses.models import Address, Nature
from mapservice.errors import Invalid, NotFound
from mapservice.registration import consents, contacts, persons, places, queries, records

Values = Mapping[str, object]
PLAIN = {Nature.PLACE: places.PLAIN, Nature.PERSON: persons.PLAIN}
# What a form gives of a record only where it is to be sealed, moved or joined anew.
MORE = {
    Nature.PLACE: (contacts.REMOVE, *contacts.TYPED.values()),
    Nature.PERSON: (*persons.PRIVATE, "lat", "household", "alone"),
}


def fits(record: Address, fields: frozenset[str], values: Values) -> bool:
    """Whether a change of these fields is one that `change_places`, `change_persons` do."""
    more = any(values[name] for name in MORE[record.nature])
    return record.status in records.BEGUN and not more and fields <= set(PLAIN[record.nature])


def change_places(session: Session, actor: Actor, given: Sequence[tuple[Address, Values]]) -> None:
    """Give begun places these values (of PlaceInput), of which only what is in clear differs.

    Raises as `places.change`; a place that is no longer as it is in the session is stale.
    """
    kinds = {kind.code for kind in session.scalars(queries.KINDS)}
    for _, values in given:
        if values["kind"] not in kinds:
            raise Invalid(places.NO_KIND, fields={"kind": [places.NO_KIND]})
    _change(session, actor, Nature.PLACE, given)


def change_persons(session: Session, actor: Actor, given: Sequence[tuple[Address, Values]]) -> None:
    """Give begun persons these values (of PersonInput) likewise, with the consents they tell of.

    Raises as `persons.change`.
    """
    rights.require(actor, Action.SEE_PERSONS)
    _change(session, actor, Nature.PERSON, given)
    consents.take_many(session, actor, given)
    records.settle_constraints(session)


def _change(
    session: Session, actor: Actor, nature: Nature, given: Sequence[tuple[Address, Values]]
) -> None:
    rights.require(actor, Action.REGISTER)
    seen = {record.id: record.version for record, _ in given}
    session.scalars(queries.locked(seen)).all()
    for record, _ in given:
        _require_begun(actor, record, seen[record.id])
    anew = [(each, {name: values[name] for name in PLAIN[nature]}) for each, values in given]
    records.store_changed(session, anew)


def _require_begun(actor: Actor, record: Address, version: int) -> None:
    """The record is the actor's to change, begun, and as it was seen."""
    if record.erased_at is not None or not actor.covers(record.unit_ids):
        raise NotFound(records.NONE)
    records.require_editable(actor, record)
    if record.status not in records.BEGUN or records.is_stale(record, version):
        raise records.stale()
