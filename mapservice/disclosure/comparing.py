"""Many persons of a list against those that are registered, and against each other.

As `lookup`, for a whole list: equal phones and identities are found by keyed hashes in one query,
opening nothing; the records of one commune at a time are opened in memory, after a row of the
trail said whose, compared, and dropped.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy.orm import Session

from mapservice.accounts.models import UserAccount
from mapservice.disclosure import entry, keys, lookup, queries, vault
from mapservice.disclosure.alike import IN_WORDS, Likeness, Pool, Traits, traits
from mapservice.disclosure.entry import Field
from mapservice.sealing import KeyRing


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of a list; `commune_id` and `commune_code` are those of today."""

    commune_id: int
    commune_code: str
    name: str = field(repr=False)
    birth_year: int | None = field(default=None, repr=False)
    phone: str | None = field(default=None, repr=False)
    guardian: str | None = field(default=None, repr=False)
    hamlet: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Match:
    """A record, or an earlier row of the list, that may be the same person. `sure`: of the same
    name, birth year and commune. `why` names what agrees, no value of it."""

    address_id: UUID | None
    row: int | None
    score: float
    why: str
    sure: bool


def find_doubles(
    session: Session, viewer: UserAccount, people: Mapping[int, Person], reason: str | None = None
) -> dict[int, Match]:
    """For rows of a list whom they may double, the likest only; rows without one are left out.

    Only inside the viewer's territory. Leaves an audit row a commune: the caller commits. Raises
    Forbidden and Invalid (a reason is missing) as `lookup.find_same`.
    """
    territory = lookup.territory_of(session, viewer, reason)
    hashes = _Hashes(keys.of(session), people)
    beside = _same(session, hashes, territory)
    found: dict[int, Match] = {}
    for commune_id, rows in _by_commune(people).items():
        named = {address for row in rows for address in beside.get(row, ())}
        stored = session.execute(queries.compared(commune_id, named, territory)).all()
        ids = [row.address_id for row in stored]
        lookup.record(session, "search_similar", ids, reason)
        opened = {row.address_id: _opened(hashes.ring, row) for row in stored}
        identities = {row.address_id: bytes(row.identity_hash) for row in stored}
        found |= _compare(people, rows, opened, identities, beside, hashes)
    return found


class _Hashes:
    """The keyed hashes of a list's persons, by each key of the ring."""

    def __init__(self, ring: KeyRing, people: Mapping[int, Person]):
        self.ring = ring
        self.phones: dict[bytes, list[int]] = defaultdict(list)
        self.identities: dict[int, frozenset[bytes]] = {}
        for row, person in people.items():
            for hashed in ring.hashes(vault.PHONE, person.phone) if person.phone else ():
                self.phones[hashed].append(row)
            year = str(person.birth_year) if person.birth_year else None
            same = entry.identity(person.name, year, person.commune_code)
            self.identities[row] = frozenset(ring.hashes(vault.IDENTITY, same))


def _same(
    session: Session, hashes: _Hashes, territory: Iterable[int] | None
) -> dict[int, list[UUID]]:
    """Records with the phone of a row, wherever in the territory they are."""
    if not hashes.phones:
        return {}
    found: dict[int, list[UUID]] = defaultdict(list)
    for record in session.execute(queries.same(list(hashes.phones), [], territory)):
        for row in hashes.phones.get(bytes(record.phone_hash), ()):
            found[row].append(record.address_id)
    return found


def _by_commune(people: Mapping[int, Person]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = defaultdict(list)
    for row in sorted(people):
        found[people[row].commune_id].append(row)
    return found


def _opened(ring: KeyRing, row: vault.Row) -> Traits:
    known = (Field.NAME, Field.BIRTH_YEAR, Field.PHONE, Field.GUARDIAN, Field.HAMLET)
    name, *rest = (vault.PERSONS.open(ring, row, field) for field in known)
    return traits(name or "", *rest)


def _compare(
    people: Mapping[int, Person],
    rows: Sequence[int],
    opened: Mapping[UUID, Traits],
    identities: Mapping[UUID, bytes],
    beside: Mapping[int, Sequence[UUID]],
    hashes: _Hashes,
) -> dict[int, Match]:
    """The rows of one commune, each against the records and the rows before it."""
    pool, found = Pool(), {}
    asked = {row: _traits(people[row]) for row in rows}
    pool.count([*opened.values(), *asked.values()])
    by_identity: dict[bytes, UUID | int] = {hashed: key for key, hashed in identities.items()}
    for address_id, known in opened.items():
        pool.add(address_id, known)
    for row in rows:
        same = next((by_identity[h] for h in hashes.identities[row] if h in by_identity), None)
        best = pool.best(asked[row], beside.get(row, ()))
        if same is not None and people[row].birth_year:
            found[row] = _match(same, Likeness(100.0, ("birth_year",)), sure=True)
        elif best is not None:
            found[row] = _match(*best, sure=False)
        pool.add(row, asked[row])
        for hashed in hashes.identities[row]:
            by_identity.setdefault(hashed, row)
    return found


def _traits(person: Person) -> Traits:
    return traits(person.name, person.birth_year, person.phone, person.guardian, person.hamlet)


def _match(key: object, like: Likeness, *, sure: bool) -> Match:
    agree = ["Tên giống nhau", *(IN_WORDS[what] for what in like.by), "cùng xã"]
    address_id = key if isinstance(key, UUID) else None
    row = key if isinstance(key, int) else None
    return Match(address_id, row, like.score, ", ".join(agree), sure)
