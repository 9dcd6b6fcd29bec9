"""Sealed rows of several records at once, by the rules of one (`vault`): for lists that come in.

A fault of one refuses them all. Nothing here asks whether somebody may see them. Flushes.
"""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from mapservice import refusals
from mapservice.addresses.models import Address, PersonPrivate
from mapservice.audit import service as audit
from mapservice.disclosure import entry, keys, list_queries, queries
from mapservice.disclosure.models import PlaceContact
from mapservice.disclosure.vault import ENDED, PERSONS, PLACES, Row, Vault, hash_person
from mapservice.errors import Conflict, NotFound

People = Sequence[tuple[Address, Mapping[str, object]]]


def register_many(session: Session, people: People) -> None:
    """As `register_private`, of new persons whose communes are settled, in one statement."""
    codes = _commune_codes(session, people)
    ring, rows = keys.for_writing(session), []
    for address, fields in people:
        row = PersonPrivate(address_id=address.id)
        values = entry.clean(fields, PERSONS.fields, complete=True)
        PERSONS.seal_all(ring, row, values)
        hash_person(ring, row, values, codes[address.commune_id])
        rows.append((row, sorted(fields)))
    _written_many(session, PERSONS, "private_registered", rows)


def change_many(session: Session, people: People) -> None:
    """As `change_private`, of several persons at once."""
    known = _locked(session, PERSONS, [address.id for address, _ in people])
    codes = _commune_codes(session, people)
    ring, rows = keys.for_writing(session), []
    for address, fields in people:
        if address.status in ENDED:
            raise Conflict("Hồ sơ này đã kết thúc.", code="record-ended")
        if address.id not in known:
            raise NotFound("Không có hồ sơ này.")
        row = known[address.id]
        given = entry.clean(fields, PERSONS.fields, complete=False)
        values = {**PERSONS.open_all(ring, row), **given}
        PERSONS.seal_all(ring, row, values)
        hash_person(ring, row, values, codes[address.commune_id])
        rows.append((row, sorted(fields)))
    _written_many(session, PERSONS, "private_changed", rows)


def set_place_contacts(
    session: Session, contacts: Sequence[tuple[UUID, bool, Mapping[str, object]]]
) -> None:
    """(place, whether an office's line, fields): as `set_place_contact`, of several places."""
    known = _locked(session, PLACES, [place_id for place_id, _, _ in contacts])
    ring, new, changed = keys.for_writing(session), [], []
    for place_id, office_line, fields in contacts:
        row = known.get(place_id) or PlaceContact(address_id=place_id)
        values = entry.clean(fields, PLACES.fields, complete=place_id not in known)
        if place_id in known:
            values = {**PLACES.open_all(ring, row), **values}
        row.office_line = office_line
        PLACES.seal_all(ring, row, values)
        (changed if place_id in known else new).append((row, sorted(fields)))
    _written_many(session, PLACES, "private_registered", new)
    _written_many(session, PLACES, "private_changed", changed)


def remove_place_contacts(session: Session, place_ids: Sequence[UUID]) -> None:
    """As `remove_place_contact`, of several places."""
    known = _locked(session, PLACES, place_ids)
    for row in known.values():
        session.delete(row)
    rows = [(row, sorted(PLACES.fields)) for row in known.values()]
    _written_many(session, PLACES, "private_removed", rows)


def _locked(session: Session, vault: Vault, records: Sequence[UUID]) -> dict[UUID, Row]:
    """The sealed rows of several records, held until the end of the transaction."""
    asked = list_queries.locked(vault.model, records)
    return {getattr(row, vault.key): row for row in session.scalars(asked)}


def _commune_codes(session: Session, people: People) -> dict[int, str]:
    ids = {address.commune_id for address, _ in people}
    return dict(session.execute(queries.commune_codes(ids)).all())


def _written_many(
    session: Session, vault: Vault, action: str, rows: Sequence[tuple[Row, Sequence[str]]]
) -> None:
    """Store rows; what is told of each is which fields were given."""
    if action == "private_registered":
        session.add_all(row for row, _ in rows)
    try:
        session.flush()
    except IntegrityError as error:
        raise refusals.explain(error) from error
    by_fields: dict[tuple[str, ...], list[UUID]] = {}
    for row, fields in rows:
        by_fields.setdefault(tuple(fields), []).append(getattr(row, vault.key))
    for fields, ids in by_fields.items():
        detail = {"fields": list(fields)}
        told = {"table_name": vault.table, "record_ids": ids, "detail": detail}
        audit.record_many(session, action, **told)
