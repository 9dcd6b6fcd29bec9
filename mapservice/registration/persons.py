"""Registering and changing a person: nothing in clear but kind, age band and commune."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy.orm import Session

from mapservice.accounts import rights
from mapservice.accounts.rights import Action, Actor
from mapservice.addresses.models import Address, AgeBand, Nature
from mapservice.consent import ages
from mapservice.disclosure import service as disclosure
from mapservice.disclosure.entry import Field
from mapservice.errors import Invalid, NotFound
from mapservice.registration import consents, duplicates, needs, queries, records, spots
from mapservice.territory.eras import today

Values = Mapping[str, object]
PLAIN = ("person_kind", "severity", "programme_year")
PRIVATE = ("name", "phone", "birth_year", "guardian", "door", "hamlet", "story", "note")
NO_NAME = "Cần ghi họ tên."


def register(session: Session, actor: Actor, values: Values, wanted: Sequence[Values]) -> Address:
    """Begin a person's record with its needs, sealed data and consents, as a draft.

    Raises Forbidden for the role; Invalid naming the fields at fault: a record needs everybody's
    consent by age, or an emergency (`consent_register`).
    """
    rights.require(actor, Action.REGISTER)
    rights.require(actor, Action.SEE_PERSONS)
    if not values["name"]:
        raise Invalid(NO_NAME, fields={"name": [NO_NAME]})
    columns = spots.settle(session, actor, values) | {name: values[name] for name in PLAIN}
    _require_new(session, actor, values, columns)
    person = Address(
        nature=Nature.PERSON,
        organisation_id=actor.organisation.id,
        registered_by=actor.id,
        age_band=band(values["birth_year"]),
        household_id=household(session, actor, values),
        **columns,
    )
    records.store(session, person, "register", PLAIN)
    disclosure.register_private(session, person, **private_fields(values))
    consents.take(session, actor, person, values)
    needs.write(session, actor, person, wanted)
    return person


def change(
    session: Session,
    actor: Actor,
    code: str,
    version: int,
    values: Values,
    wanted: Sequence[Values],
) -> Address:
    """Change a person and its needs, if nobody did since `version` was shown.

    Private fields that are not given stay, unless `opened` says that all of them are. Raises
    NotFound, Conflict (its state, or `stale`), Invalid as `register`.
    """
    rights.require(actor, Action.SEE_PERSONS)
    person = records.find(session, actor, code, nature=Nature.PERSON, lock=True)
    records.require_editable(actor, person)
    if records.is_stale(person, version) or needs.stale(session, person.id, wanted):
        raise records.stale()
    columns = spots.settle(session, actor, values, person)
    moved = bool(columns)
    columns |= in_clear(session, actor, values)
    changed = records.assign(person, columns)
    private = private_fields(values)
    if values["opened"] and not values["name"]:
        raise Invalid(NO_NAME, fields={"name": [NO_NAME]})
    records.store(session, person, "change", [*changed, *private])
    if private or moved:
        disclosure.change_private(session, person, **private)
    consents.take(session, actor, person, values)
    needs.write(session, actor, person, wanted)
    records.settle_constraints(session)
    return person


def in_clear(session: Session, actor: Actor, values: Values) -> dict[str, object]:
    """The columns in clear that a change gives a person, its communes apart; what follows from
    sealed fields only where they are given."""
    columns = {name: values[name] for name in PLAIN}
    if values["household"] or values["alone"]:
        columns["household_id"] = household(session, actor, values)
    if values["birth_year"] or values["opened"]:
        columns["age_band"] = band(values["birth_year"])
    return columns


def typed(session: Session, person: Address) -> dict[str, object]:
    """What is in clear of a person, as its form gives it."""
    return typed_all(session, [person])[person.id]


def typed_all(session: Session, people: Sequence[Address]) -> dict[UUID, dict[str, object]]:
    """As `typed`, of several persons by their ids."""
    communes = spots.keys_of(session, people)
    return {
        person.id: {name: getattr(person, name) for name in PLAIN}
        | {"commune": communes[person.id]}
        for person in people
    }


def opened(session: Session, actor: Actor, person: Address, reason: str | None) -> dict:
    """The private fields as the form gives them. Leaves its audit row: the caller commits.

    Raises Forbidden and Invalid (a reason is asked for) as `disclosure.reveal`.
    """
    fields = (*PRIVATE, Field.POINT.value)
    shown = disclosure.reveal(session, actor.account, person.id, fields, reason)
    values = {name: shown.values[Field(name)] for name in PRIVATE}
    lng, lat = shown.values[Field.POINT] or (None, None)
    return values | {"lng": lng, "lat": lat}


def _require_new(session: Session, actor: Actor, values: Values, columns: Values) -> None:
    """Ask for a confirmation where the territory has this person, by phone or identity."""
    if values["confirm_duplicate"]:
        return
    asked = dict(values) | {"commune_id": _commune_today(session, columns)}
    if any(found.strong for found in duplicates.persons(session, actor, asked)):
        raise duplicates.confirm()


def _commune_today(session: Session, columns: Values) -> int | None:
    return columns["commune_id"] or session.scalar(
        queries.commune_today(columns["former_commune_id"])
    )


def band(birth_year: int | None) -> AgeBand:
    """The age band today of somebody born in this year."""
    return AgeBand.UNKNOWN if birth_year is None else ages.band(birth_year, today().year)


def household(session: Session, actor: Actor, values: Values) -> UUID | None:
    """The household of the record that is named as of the same home."""
    if not values["household"] or values["alone"]:
        return None
    try:
        other = records.find(session, actor, str(values["household"]).upper(), nature=Nature.PERSON)
    except NotFound as error:
        sentence = "Không có hồ sơ nào của người dân mang mã này trong địa bàn."
        raise Invalid(sentence, fields={"household": [sentence]}) from error
    return other.household_id or other.id


def private_fields(values: Values) -> dict[str, object]:
    """What to seal: the fields given, or all of them where all were shown."""
    given = {name: values[name] for name in PRIVATE}
    given["point"] = None if values["lat"] is None else (values["lng"], values["lat"])
    if values["opened"]:
        return given
    return {name: value for name, value in given.items() if value is not None}
