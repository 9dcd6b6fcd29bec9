"""Registering and changing a place. Flushes; the caller commits."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy.orm import Session

from mapservice.accounts import rights
from mapservice.accounts.rights import Action, Actor
from mapservice.addresses.models import Address, Nature, PlaceKind
from mapservice.errors import Invalid
from mapservice.geo import point
from mapservice.registration import (
    contacts,
    duplicates,
    needs,
    public_texts,
    queries,
    records,
    spots,
)

Values = Mapping[str, object]
NO_KIND = "Chọn loại địa điểm trong danh sách."
PLAIN = (
    "kind",
    "title",
    "summary",
    "hamlet",
    "children",
    "youth",
    "elderly",
    "disabled",
    "households",
    "severity",
    "sensitive",
    "programme_year",
)


def register(session: Session, actor: Actor, values: Values, wanted: Sequence[Values]) -> Address:
    """Begin a place of the actor's organisation, with its needs, as a draft.

    Raises Forbidden for the role; Invalid naming the fields at fault, also those that wait for a
    confirmation (`confirm_outside`, `confirm_duplicate`).
    """
    rights.require(actor, Action.REGISTER)
    place = Address(
        nature=Nature.PLACE, organisation_id=actor.organisation.id, registered_by=actor.id
    )
    _fill(session, actor, place, values)
    records.store(session, place, "register", PLAIN)
    contacts.write(session, place, values)
    needs.write(session, actor, place, wanted)
    return place


def change(
    session: Session,
    actor: Actor,
    code: str,
    version: int,
    values: Values,
    wanted: Sequence[Values],
) -> Address:
    """Change a place and its needs, if nobody did since `version` was shown.

    Raises NotFound, Conflict (its state, or `stale`), Invalid as `register`, and at a public text
    that reads as if it named somebody (`names-found`).
    """
    place = records.find(session, actor, code, nature=Nature.PLACE, lock=True)
    records.require_editable(actor, place)
    if records.is_stale(place, version) or needs.stale(session, place.id, wanted):
        raise records.stale()
    before = public_texts.passages(session, place)
    changed = _fill(session, actor, place, values)
    records.store(session, place, "change", changed)
    contacts.write(session, place, values)
    needs.write(session, actor, place, wanted)
    public_texts.require_ticked(session, place, before, wanted)
    return place


def typed(session: Session, place: Address) -> dict[str, object]:
    """What is stored of a place, as its form gives it; the contact apart (`contact`)."""
    return typed_all(session, [place])[place.id]


def typed_all(session: Session, places: Sequence[Address]) -> dict[UUID, dict[str, object]]:
    """As `typed`, of several places by their ids."""
    communes = spots.keys_of(session, places)
    stored = {
        place.id: {name: getattr(place, name) for name in PLAIN} | {"commune": communes[place.id]}
        for place in places
    }
    for key, lng, lat in session.execute(queries.points_of(stored)):
        stored[key] |= {"lng": lng, "lat": lat}
    return stored


def _fill(session: Session, actor: Actor, place: Address, values: Values) -> list[str]:
    if session.get(PlaceKind, values["kind"]) is None:
        raise Invalid(NO_KIND, fields={"kind": [NO_KIND]})
    spot = (values["lng"], values["lat"])
    known = session.execute(queries.point_of(place.id)).one() if place.id else (None, None)
    moved = spots.moved(known, spot)
    columns = spots.settle(session, actor, values, place if place.id else None)
    if moved or place.title != values["title"]:
        duplicates.require_confirmed(session, actor, place.id, values)
    changed = records.assign(place, columns | {name: values[name] for name in PLAIN})
    if moved:
        place.point = point(*spot)
        place.point_estimated = bool(values.get(spots.ESTIMATED))
        changed.append("point")
    return changed
