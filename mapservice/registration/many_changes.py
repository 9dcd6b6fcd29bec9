"""Many begun places changed at once where they stand, by the rules of one: for lists that come in.

Of what nobody has submitted yet nothing is public, and where point, contact and needs stay there is
little to ask: all else is changed one by one. A fault of one refuses them all. Flushes.
"""

from collections.abc import Mapping, Sequence

from sqlalchemy.orm import Session

from mapservice.accounts import rights
from mapservice.accounts.rights import Action, Actor
from mapservice.addresses.models import Address, Nature
from mapservice.errors import Invalid, NotFound
from mapservice.registration import contacts, places, queries, records

Values = Mapping[str, object]


def fits(place: Address, fields: frozenset[str], values: Values) -> bool:
    """Whether a change of these fields is one that `change_places` does."""
    if place.nature is not Nature.PLACE or place.status not in records.BEGUN:
        return False
    contact = values[contacts.REMOVE] or any(values[name] for name in contacts.TYPED.values())
    return not contact and fields <= set(places.PLAIN)


def change_places(session: Session, actor: Actor, given: Sequence[tuple[Address, Values]]) -> None:
    """Give begun places these values (of PlaceInput), of which only what is in clear differs.

    Raises as `places.change`; a place that is no longer as it is in the session is stale.
    """
    rights.require(actor, Action.REGISTER)
    kinds = {kind.code for kind in session.scalars(queries.KINDS)}
    seen = {place.id: place.version for place, _ in given}
    session.scalars(queries.locked(seen)).all()
    anew = []
    for place, values in given:
        _require_begun(actor, place, seen[place.id])
        if values["kind"] not in kinds:
            raise Invalid(places.NO_KIND, fields={"kind": [places.NO_KIND]})
        anew.append((place, {name: values[name] for name in places.PLAIN}))
    records.store_changed(session, anew)


def _require_begun(actor: Actor, place: Address, version: int) -> None:
    """The place is the actor's to change, begun, and as it was seen."""
    if place.erased_at is not None or not actor.covers(place.unit_ids):
        raise NotFound(records.NONE)
    records.require_editable(actor, place)
    if place.status not in records.BEGUN or records.is_stale(place, version):
        raise records.stale()
