"""Many records changed at once, by the rules of one: for lists that come in. Flushes.

What single records ask again and again is asked once, and each table is written in one statement.
Whether a place that moves or is called otherwise may be registered already is asked before, as for
new ones (`many`). A fault of one refuses them all: the caller then changes them one by one and
learns whose it is.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from sqlalchemy.orm import Session

from mapservice.accounts import rights
from mapservice.accounts.rights import Action, Actor
from mapservice.addresses.models import Address
from mapservice.disclosure import service as disclosure
from mapservice.errors import Invalid, NotFound
from mapservice.geo import point
from mapservice.registration import (
    consents,
    contacts,
    needs,
    persons,
    places,
    public_texts,
    queries,
    records,
    spots,
)
from mapservice.registration.records import Anew

Values = Mapping[str, object]


class Change(NamedTuple):
    """What a record gets: the values of its form, and its needs as `needs.write` takes them;
    `version` is that of the record these were made of."""

    record: Address
    version: int
    values: Values
    wanted: Sequence[Values]


def change_places(session: Session, actor: Actor, given: Sequence[Change]) -> None:
    """Give places these values (of PlaceInput). Raises as `places.change`."""
    _hold(session, actor, given)
    kinds = {kind.code for kind in session.scalars(queries.KINDS)}
    if any(change.values["kind"] not in kinds for change in given):
        raise Invalid(places.NO_KIND, fields={"kind": [places.NO_KIND]})
    # Of what nobody has submitted yet nothing is public.
    told = [change for change in given if change.record.status not in records.BEGUN]
    before = public_texts.passages_all(session, [change.record for change in told])
    records.store_changed(session, _places_anew(session, actor, given))
    contacts.write_many(session, [(change.record, change.values) for change in given])
    needs.write_many(session, actor, [(change.record, change.wanted) for change in given])
    if told:
        shown = [(change.record, change.wanted) for change in told]
        public_texts.require_all_ticked(session, shown, before)


def change_persons(session: Session, actor: Actor, given: Sequence[Change]) -> None:
    """Give persons these values (of PersonInput), with the consents they tell of.

    Raises as `persons.change`.
    """
    rights.require(actor, Action.SEE_PERSONS)
    _hold(session, actor, given)
    if any(change.values["opened"] and not change.values["name"] for change in given):
        raise Invalid(persons.NO_NAME, fields={"name": [persons.NO_NAME]})
    anew, sealed = _persons_anew(session, actor, given)
    records.store_changed(session, anew)
    if sealed:
        disclosure.change_many(session, sealed)
    consents.take_many(session, actor, [(change.record, change.values) for change in given])
    needs.write_many(session, actor, [(change.record, change.wanted) for change in given])
    records.settle_constraints(session)


def _hold(session: Session, actor: Actor, given: Sequence[Change]) -> None:
    """Lock the records: each is the actor's to change, and as it was seen with its needs."""
    rights.require(actor, Action.REGISTER)
    session.scalars(queries.locked([change.record.id for change in given])).all()
    for record, version, _, _ in given:
        if record.erased_at is not None or not actor.covers(record.unit_ids):
            raise NotFound(records.NONE)
        records.require_editable(actor, record)
        if records.is_stale(record, version):
            raise records.stale()
    if needs.any_stale(session, {change.record.id: change.wanted for change in given}):
        raise records.stale()


def _places_anew(session: Session, actor: Actor, given: Sequence[Change]) -> list[Anew]:
    stored = places.typed_all(session, [change.record for change in given])
    before = [stored[change.record.id] for change in given]
    moved = [
        spots.moved((old["lng"], old["lat"]), (new["lng"], new["lat"]))
        for old, (_, _, new, _) in zip(before, given, strict=True)
    ]
    elsewhere = [
        at or old["commune"] != change.values["commune"]
        for at, old, change in zip(moved, before, given, strict=True)
    ]
    settled = _settled(session, actor, given, elsewhere)
    anew = []
    for change, columns, at in zip(given, settled, moved, strict=True):
        record, values = change.record, change.values
        columns = columns | {name: values[name] for name in places.PLAIN}
        fields = records.differing(record, columns)
        if at:
            columns["point"] = point(values["lng"], values["lat"])
            columns["point_estimated"] = bool(values.get(spots.ESTIMATED))
            fields.append("point")
        anew.append(Anew(record, columns, fields))
    return anew


def _persons_anew(
    session: Session, actor: Actor, given: Sequence[Change]
) -> tuple[list[Anew], list[tuple[Address, Values]]]:
    """What they get in clear, and what of whom is to be sealed anew."""
    communes = spots.keys_of(session, [change.record for change in given])
    moved = [
        communes[record.id] != values["commune"] or values["lat"] is not None
        for record, _, values, _ in given
    ]
    anew, sealed = [], []
    for change, columns in zip(given, _settled(session, actor, given, moved), strict=True):
        record, values = change.record, change.values
        private = persons.private_fields(values)
        if private or columns:
            sealed.append((record, private))
        columns = columns | persons.in_clear(session, actor, values)
        anew.append(Anew(record, columns, [*records.differing(record, columns), *private]))
    return anew, sealed


def _settled(
    session: Session, actor: Actor, given: Sequence[Change], moved: Sequence[bool]
) -> list[dict[str, object]]:
    """The communes of those that moved, as columns; nothing of the others."""
    asked = [change.values for change, away in zip(given, moved, strict=True) if away]
    found = iter(spots.settle_many(session, actor, asked) if asked else ())
    return [next(found) if away else {} for away in moved]
