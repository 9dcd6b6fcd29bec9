"""Sealed rows as fields and back: persons, contacts of places, leaders of teams, drafts.

Nothing here asks whether somebody may see it: `service` does. Flushes; the caller commits.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from mapservice import refusals
from mapservice.accounts.models import SecondFactor
from mapservice.addresses.models import Address, AddressStatus, Nature, PersonPrivate
from mapservice.audit import service as audit
from mapservice.disclosure import entry, keys, queries
from mapservice.disclosure.entry import Field
from mapservice.disclosure.models import (
    FormDraft,
    ImportCells,
    ImportFile,
    OfferContact,
    PlaceContact,
    SuggestionContact,
)
from mapservice.errors import Conflict, Invalid, NotFound
from mapservice.sealing import KeyRing
from mapservice.teams.models import Team, TeamContact

Row = (
    PersonPrivate
    | PlaceContact
    | TeamContact
    | FormDraft
    | SecondFactor
    | OfferContact
    | SuggestionContact
    | ImportFile
    | ImportCells
)
PHONE, IDENTITY = "phone", "identity"  # kinds of look-up hash
ENDED = {AddressStatus.WITHDRAWN, AddressStatus.REJECTED, AddressStatus.DUPLICATE}


@dataclass(frozen=True, slots=True)
class Vault:
    """One private table: its model, the column that names the record, its sealed columns."""

    model: type
    key: str
    fields: frozenset[Field]

    @property
    def table(self) -> str:
        return self.model.__tablename__

    def open(self, ring: KeyRing, row: Row, field: Field) -> str | None:
        """One field in clear. Raises SealBroken."""
        sealed = getattr(row, field)
        place = {"table": self.table, "column": field.value, "row": getattr(row, self.key)}
        return None if sealed is None else ring.open(sealed, **place)

    def open_all(self, ring: KeyRing, row: Row) -> dict[Field, str | None]:
        return {field: self.open(ring, row, field) for field in self.fields}

    def seal_all(self, ring: KeyRing, row: Row, values: Mapping[Field, str | None]) -> None:
        """Every sealed column anew, under the current key."""
        row.key_version = ring.current
        for field in self.fields:
            text, record = values.get(field), getattr(row, self.key)
            place = {"table": self.table, "column": field.value, "row": record}
            setattr(row, field, None if text is None else ring.seal(text, **place))


OTHERS = {Field.ROLE, Field.CONTENT, Field.SECRET}  # sealed columns that no person has
PERSONS = Vault(PersonPrivate, "address_id", frozenset(Field) - OTHERS)
PLACES = Vault(PlaceContact, "address_id", frozenset({Field.NAME, Field.ROLE, Field.PHONE}))
TEAMS = Vault(TeamContact, "team_id", frozenset({Field.NAME, Field.PHONE}))
DRAFTS = Vault(FormDraft, "id", frozenset({Field.CONTENT}))
SECOND_FACTORS = Vault(SecondFactor, "account_id", frozenset({Field.SECRET}))
OFFERS = Vault(OfferContact, "offer_id", frozenset({Field.NAME, Field.PHONE, Field.NOTE}))
SUGGESTIONS = Vault(SuggestionContact, "suggestion_id", OFFERS.fields)
IMPORT_FILES = Vault(ImportFile, "batch_id", DRAFTS.fields)
IMPORT_CELLS = Vault(ImportCells, "row_id", DRAFTS.fields)
VAULTS = (
    PERSONS,
    PLACES,
    TEAMS,
    DRAFTS,
    SECOND_FACTORS,
    OFFERS,
    SUGGESTIONS,
    IMPORT_FILES,
    IMPORT_CELLS,
)


def hash_person(
    ring: KeyRing, row: PersonPrivate, values: Mapping[Field, str | None], commune_code: str
) -> None:
    """Both look-up hashes under the current key."""
    phone = values.get(Field.PHONE)
    known = entry.identity(str(values[Field.NAME]), values.get(Field.BIRTH_YEAR), commune_code)
    row.phone_hash = ring.hash(PHONE, phone) if phone else None
    row.identity_hash = ring.hash(IDENTITY, known)


def register_private(session: Session, address: Address, **fields: object) -> None:
    """Seal what is known of the person of this address.

    Fields are those of PERSONS, at least `name`; `point` is (lng, lat). Raises Invalid naming the
    fields at fault, Conflict when there is a row already or the record has ended.
    """
    if address.nature is not Nature.PERSON:
        raise Invalid("Địa chỉ này không phải của một người.", fields={"nature": ["person"]})
    if address.status in ENDED:
        raise Conflict("Hồ sơ này đã kết thúc.", code="record-ended")
    _create(session, PERSONS, PersonPrivate(address_id=address.id), fields, address)


def change_private(session: Session, address: Address, **fields: object) -> None:
    """Change these fields of the person (None or "" removes one), and hash anew.

    Without fields it only hashes anew: to be called when the address moved to another commune.
    """
    if address.status in ENDED:
        raise Conflict("Hồ sơ này đã kết thúc.", code="record-ended")
    _change(session, PERSONS, address.id, fields, address)


def set_place_contact(
    session: Session, place: Address, *, office_line: bool = False, **fields: object
) -> None:
    """Write or change who answers for a place; `office_line`: the number is an office's."""
    if place.nature is not Nature.PLACE:
        raise Invalid("Địa chỉ này không phải một địa điểm.", fields={"nature": ["place"]})
    found = session.scalar(queries.locked(PlaceContact, place.id))
    if found is not None:
        found.office_line = office_line
        _change(session, PLACES, place.id, fields)
        return
    row = PlaceContact(address_id=place.id, office_line=office_line)
    _create(session, PLACES, row, fields)


def remove_place_contact(session: Session, place: Address) -> None:
    """Forget who answers for a place; nothing happens where nobody does."""
    row = session.scalar(queries.locked(PlaceContact, place.id))
    if row is not None:
        session.delete(row)
        _written(session, PLACES, place.id, "private_removed", sorted(PLACES.fields))


def sealed_place_contact(session: Session, place_id: UUID) -> bytes:
    """The contact as it is sealed, empty where there is none: to tell one writing from another."""
    row = session.scalar(queries.sealed(PlaceContact, place_id))
    if row is None:
        return b""
    return b"|".join(getattr(row, field) or b"" for field in sorted(PLACES.fields))


def has_place_contact(session: Session, place_id: UUID) -> bool:
    """Whether somebody is named who answers for a place."""
    return bool(sealed_place_contact(session, place_id))


def set_team_contact(session: Session, team: Team, **fields: object) -> None:
    """Write or change name and phone of a team's leader."""
    if session.scalar(queries.locked(TeamContact, team.id)) is not None:
        _change(session, TEAMS, team.id, fields)
    else:
        _create(session, TEAMS, TeamContact(team_id=team.id), fields)


def keep_sender(session: Session, vault: Vault, record_id: UUID, **fields: object) -> None:
    """Seal who sent an offer or suggestion (OFFERS, SUGGESTIONS): name, phone, maybe a note."""
    _create(session, vault, vault.model(**{vault.key: record_id}), fields)


def seal_sender(ring: KeyRing, vault: Vault, record_id: UUID, **fields: object) -> Row:
    """The same as a row that nobody has stored yet: for who may not write the table itself."""
    if not fields.get(Field.PHONE):
        sentence = "Cần số điện thoại để cán bộ gọi lại."
        raise Invalid(sentence, code="private-fields", fields={"phone": [sentence]})
    row = vault.model(**{vault.key: record_id})
    vault.seal_all(ring, row, entry.clean(fields, vault.fields, complete=True))
    return row


def _create(
    session: Session,
    vault: Vault,
    row: Row,
    fields: Mapping[str, object],
    address: Address | None = None,
) -> None:
    values = entry.clean(fields, vault.fields, complete=True)
    _fill(session, keys.for_writing(session), vault, row, values, address)
    record = getattr(row, vault.key)
    if session.get(vault.model, record) is not None:
        raise Conflict("Đã có thông tin riêng của hồ sơ này.", code="private-there")
    session.add(row)
    _written(session, vault, record, "private_registered", fields)


def _change(
    session: Session,
    vault: Vault,
    record: UUID,
    fields: Mapping[str, object],
    address: Address | None = None,
) -> None:
    given = entry.clean(fields, vault.fields, complete=False)
    row = session.scalar(queries.locked(vault.model, record))
    if row is None:
        raise NotFound("Không có hồ sơ này.")
    ring = keys.for_writing(session)
    # The whole row is sealed anew: one version a row, and no column tells that it alone changed.
    values = {**vault.open_all(ring, row), **given}
    _fill(session, ring, vault, row, values, address)
    _written(session, vault, record, "private_changed", fields)


def _fill(
    session: Session,
    ring: KeyRing,
    vault: Vault,
    row: Row,
    values: Mapping[Field, str | None],
    address: Address | None,
) -> None:
    code = session.scalar(queries.commune_code(address.commune_id)) if address else None
    vault.seal_all(ring, row, values)
    if code is not None:
        hash_person(ring, row, values, code)


def _written(
    session: Session, vault: Vault, record: UUID, action: str, fields: Iterable[str]
) -> None:
    try:
        session.flush()
    except IntegrityError as error:
        raise refusals.explain(error) from error
    detail = {"fields": sorted(fields)}
    audit.record(session, action, table_name=vault.table, record_id=record, detail=detail)
