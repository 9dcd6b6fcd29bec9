"""Is this person registered already? Only inside the viewer's territory, and always recorded.

Equal phones and equal identities are found by keyed hashes, opening nothing. Likeness of names
needs the names: those of one commune are opened in memory, compared, and dropped.
"""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from rapidfuzz import fuzz
from sqlalchemy.orm import Session

from mapservice.accounts import rights
from mapservice.accounts import service as accounts
from mapservice.accounts.models import Role, UserAccount
from mapservice.audit import service as audit
from mapservice.decision import Facts, decide, stated
from mapservice.disclosure import entry, keys, queries, service, vault
from mapservice.disclosure.entry import Field
from mapservice.territory.names import fold

ALIKE = 85.0  # of 100, on folded names in any order of words
YEARS_APART = 1  # birth years are often told by the lunar year


@dataclass(frozen=True, slots=True)
class Match:
    """A record that may be the same person; what is in it is shown by `service.reveal` only."""

    address_id: UUID
    by: str  # phone, identity, name
    score: float  # 0 to 100


def find_same(
    session: Session,
    viewer: UserAccount,
    *,
    phone: str | None = None,
    name: str | None = None,
    birth_year: int | None = None,
    commune_id: int | None = None,
    reason: str | None = None,
) -> list[Match]:
    """Records with this phone, or with this name, birth year and commune of today.

    A record elsewhere is as if it were not there. Raises Forbidden for accounts that may not
    search, Invalid for an unreadable number or a missing reason.
    """
    territory = territory_of(session, viewer, reason)
    given = {"phone": phone, "name": name, "birth_year": birth_year}
    known = entry.clean(
        {key: value for key, value in given.items() if value}, vault.PERSONS.fields, complete=False
    )
    ring, number = keys.of(session), known.get(Field.PHONE)
    phones = ring.hashes(vault.PHONE, number) if number else []
    identities = []
    code = session.scalar(queries.commune_code(commune_id)) if commune_id is not None else None
    if known.get(Field.NAME) and code:
        same = entry.identity(str(known[Field.NAME]), known.get(Field.BIRTH_YEAR), code)
        identities = ring.hashes(vault.IDENTITY, same)
    rows = session.execute(queries.same(phones, identities, territory)).all()
    record(session, "search_same", [row.address_id for row in rows], reason)
    return [
        Match(row.address_id, "phone" if row.phone_hash in phones else "identity", 100.0)
        for row in rows
    ]


def find_similar(
    session: Session,
    viewer: UserAccount,
    *,
    name: str,
    commune_id: int,
    birth_year: int | None = None,
    reason: str | None = None,
) -> list[Match]:
    """Records of one commune (of either era) with a name like this one, the likest first.

    Opens name and birth year of that commune's records inside the territory, after recording
    whose; a commune elsewhere has none.
    """
    territory = territory_of(session, viewer, reason)
    known = entry.clean(
        {"name": name, "birth_year": birth_year}, vault.PERSONS.fields, complete=True
    )
    rows = []
    if session.scalar(queries.is_commune(commune_id)) is not None:
        rows = session.scalars(queries.of_commune(commune_id, territory)).all()
    record(session, "search_similar", [row.address_id for row in rows], reason)
    wanted, ring = fold(str(known[Field.NAME])), keys.of(session)
    matches = []
    for row in rows:
        if not _near(known.get(Field.BIRTH_YEAR), vault.PERSONS.open(ring, row, Field.BIRTH_YEAR)):
            continue
        opened = fold(vault.PERSONS.open(ring, row, Field.NAME) or "")
        score = fuzz.token_sort_ratio(wanted, opened)
        if score >= ALIKE:
            matches.append(Match(row.address_id, "name", score))
    return sorted(matches, key=lambda match: (-match.score, match.address_id))


def find_pairs(
    session: Session, viewer: UserAccount, most: int, reason: str | None = None
) -> list[tuple[UUID, UUID, str]]:
    """Two records each of the territory with one phone, or one identity, opening nothing.

    Leaves its audit row: the caller commits. Raises as `find_same`.
    """
    territory = territory_of(session, viewer, reason)
    rows = session.execute(queries.pairs(territory, most)).all()
    if rows:
        record(session, "search_pairs", sorted({i for row in rows for i in row[:2]}), reason)
    return [(one, other, "phone" if phone else "identity") for one, other, phone in rows]


def territory_of(
    session: Session, viewer: UserAccount, reason: str | None
) -> Collection[int] | None:
    """Where this viewer may search (None: everywhere); only who would see all of a record may."""
    account = service.current(session, viewer)
    level = accounts.organisation(session, account.organisation_id).level
    facts = Facts(
        account.role, level, account.active, covered=True, stated=stated(reason) is not None
    )
    service.permit(decide(facts))
    service.act_as(session, account)
    if account.role is Role.ADMIN:
        return None
    return rights.territory(session, account.organisation_id)


def record(session: Session, action: str, ids: list[UUID], reason: str | None) -> None:
    """One row a search, with the ids it touched, before anything is opened."""
    detail = {"ids": [str(found) for found in ids]}
    audit.record(
        session, action, table_name=vault.PERSONS.table, reason=stated(reason), detail=detail
    )


def _near(wanted: str | None, known: str | None) -> bool:
    return not wanted or not known or abs(int(wanted) - int(known)) <= YEARS_APART
