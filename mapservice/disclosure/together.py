"""Sealed rows of several records at once, by the rules of one (`vault`): for lists that come in.

A fault of one refuses them all. Nothing here asks whether somebody may see them. Flushes.
"""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import inspect
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from mapservice import refusals
from mapservice.addresses.models import Address, PersonPrivate
from mapservice.audit import service as audit
from mapservice.disclosure import entry, keys, list_queries, queries
from mapservice.disclosure.entry import Field
from mapservice.disclosure.models import PlaceContact
from mapservice.disclosure.vault import ENDED, PERSONS, PLACES, Row, Vault, hash_person
from mapservice.errors import Conflict, NotFound
from mapservice.sealing import KeyRing

People = Sequence[tuple[Address, Mapping[str, object]]]
Written = Sequence[tuple[Row, Sequence[str]]]  # and which fields were given


def register_many(session: Session, people: People) -> None:
    """As `register_private`, of new persons whose communes are settled, in one statement."""
    codes = _commune_codes(session, people)
    ring, rows = keys.for_writing(session), []
    for address, fields in people:
        values = entry.clean(fields, PERSONS.fields, complete=True)
        row = _sealed_person(ring, address, values, codes)
        rows.append((row, sorted(fields)))
    _insert(session, PERSONS, rows)


def change_many(session: Session, people: People) -> None:
    """As `change_private`, of several persons, in one statement."""
    known = _locked(session, PERSONS, [address.id for address, _ in people])
    codes = _commune_codes(session, people)
    ring, rows = keys.for_writing(session), []
    for address, fields in people:
        if address.status in ENDED:
            raise Conflict("Hồ sơ này đã kết thúc.", code="record-ended")
        if address.id not in known:
            raise NotFound("Không có hồ sơ này.")
        given = entry.clean(fields, PERSONS.fields, complete=False)
        values = {**PERSONS.open_all(ring, known[address.id]), **given}
        row = _sealed_person(ring, address, values, codes)
        rows.append((row, sorted(fields)))
    _write_over(session, PERSONS, rows)


def set_place_contacts(
    session: Session, contacts: Sequence[tuple[UUID, bool, Mapping[str, object]]]
) -> None:
    """(place, whether an office's line, fields): as `set_place_contact`, of several places."""
    known = _locked(session, PLACES, [place_id for place_id, _, _ in contacts])
    ring, new, changed = keys.for_writing(session), [], []
    for place_id, office_line, fields in contacts:
        values = entry.clean(fields, PLACES.fields, complete=place_id not in known)
        if place_id in known:
            values = {**PLACES.open_all(ring, known[place_id]), **values}
        row = PlaceContact(address_id=place_id, office_line=office_line)
        PLACES.seal_all(ring, row, values)
        (changed if place_id in known else new).append((row, sorted(fields)))
    _insert(session, PLACES, new)
    _write_over(session, PLACES, changed)


def remove_place_contacts(session: Session, place_ids: Sequence[UUID]) -> None:
    """As `remove_place_contact`, of several places."""
    known = _locked(session, PLACES, place_ids)
    for row in known.values():
        session.delete(row)
    session.flush()
    rows = [(row, sorted(PLACES.fields)) for row in known.values()]
    _tell(session, PLACES, "private_removed", rows)


def _locked(session: Session, vault: Vault, records: Sequence[UUID]) -> dict[UUID, Row]:
    """The sealed rows of several records, held until the end of the transaction."""
    asked = list_queries.locked(vault.model, records)
    return {getattr(row, vault.key): row for row in session.scalars(asked)}


def _commune_codes(session: Session, people: People) -> dict[int, str]:
    ids = {address.commune_id for address, _ in people}
    return dict(session.execute(queries.commune_codes(ids)).all())


def _sealed_person(
    ring: KeyRing,
    address: Address,
    values: Mapping[Field, str | None],
    codes: Mapping[int, str],
) -> PersonPrivate:
    row = PersonPrivate(address_id=address.id)
    PERSONS.seal_all(ring, row, values)
    hash_person(ring, row, values, codes[address.commune_id])
    return row


def _insert(session: Session, vault: Vault, rows: Written) -> None:
    """Store rows that are new."""
    session.add_all(row for row, _ in rows)
    try:
        session.flush()
    except IntegrityError as error:
        raise refusals.explain(error) from error
    _tell(session, vault, "private_registered", rows)


def _write_over(session: Session, vault: Vault, rows: Written) -> None:
    """Store rows, none of them the session's, in place of those of `_locked`: in one statement."""
    if not rows:
        return
    sealed = [
        {
            name: value
            for name, value in inspect(row).dict.items()
            if name in vault.model.__table__.c
        }
        for row, _ in rows
    ]
    statement = insert(vault.model)
    anew = {name: statement.excluded[name] for name in sealed[0] if name != vault.key}
    session.execute(statement.on_conflict_do_update(index_elements=[vault.key], set_=anew), sealed)
    _tell(session, vault, "private_changed", rows)


def _tell(session: Session, vault: Vault, action: str, rows: Written) -> None:
    """Of each row which fields were given."""
    by_fields: dict[tuple[str, ...], list[UUID]] = {}
    for row, fields in rows:
        by_fields.setdefault(tuple(fields), []).append(getattr(row, vault.key))
    for fields, ids in by_fields.items():
        told = {"record_ids": ids, "detail": {"fields": list(fields)}}
        audit.record_many(session, action, table_name=vault.table, **told)
