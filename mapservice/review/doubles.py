"""Pairs of records that may be one: near places with like names, persons with an equal hash."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from mapservice.accounts.rights import Action, Actor
from mapservice.addresses.models import Address
from mapservice.audit import service as audit
from mapservice.decision import Decision, Facts, decide
from mapservice.disclosure import lookup
from mapservice.errors import Invalid, NotFound
from mapservice.registration.duplicates import STRONG, STRONG_METRES
from mapservice.registration.likeness import likeness
from mapservice.review import merging, queue_queries, records

MOST = 60  # pairs shown
COMPARED = 2000  # near places whose names are compared
PLACE = "place"
PERSONS = {"phone": "Cùng số điện thoại", "identity": "Cùng tên, năm sinh và xã"}
Likeness = tuple[str, str]  # what is alike (PLACE, or a key of PERSONS), and in words


@dataclass(frozen=True, slots=True)
class Pair:
    """Two records that may be one. `kept` has come further, or is older: the other would go.

    `by`: what is alike; `why`: the same in words.
    """

    kept: Address
    kept_commune: str
    double: Address
    double_commune: str
    by: str
    why: str


def pairs(session: Session, actor: Actor) -> list[Pair]:
    """The likeliest pairs of the actor's territory; those of persons leave an audit row.

    Who has to give a reason to look at persons is shown places only.
    """
    found = {**_places(session, actor), **_persons(session, actor)}
    shown = list(found.items())[:MOST]
    ids = {i for pair, _ in shown for i in pair}
    rows = {address.id: (address, commune) for address, commune in _rows(session, ids)}
    return [_pair(rows[one], rows[other], alike) for (one, other), alike in shown]


def compares_persons(actor: Actor) -> bool:
    """Whether `pairs` looks at persons for this actor: the province only does for a reason."""
    facts = Facts(actor.role, actor.level, actor.account.active, covered=True)
    return decide(facts) is Decision.OFFICE


def tell_apart(
    session: Session, actor: Actor, one_code: str, other_code: str, version: int | None = None
) -> None:
    """Say that two records are two, though they look alike.

    `version`: that of the first, where somebody says which was seen. Raises NotFound, Forbidden,
    Conflict for another version, Invalid naming `other`.
    """
    one = records.address(session, actor, Action.REVIEW, one_code)
    if version is not None:
        records.expect(session, one, version)
    try:
        other = records.address(session, actor, Action.REVIEW, other_code)
    except NotFound as error:
        raise Invalid(error.detail, fields={"other": [error.detail]}) from error
    if one.id == other.id or one.nature is not other.nature:
        sentence = "Cần hai hồ sơ khác nhau, cùng loại."
        raise Invalid(sentence, fields={"other": [sentence]})
    session.execute(queue_queries.tell_apart(one.id, other.id, actor.id))
    detail = {"other": other.public_code}
    audit.record(session, "tell_apart", table_name="address", record_id=one.id, detail=detail)


def _places(session: Session, actor: Actor) -> dict[tuple[UUID, UUID], Likeness]:
    values = {
        "metres": STRONG_METRES,
        "everywhere": actor.territory is None,
        "territory": sorted(actor.territory or ()),
        "most": COMPARED,
    }
    near = session.execute(queue_queries.NEAR_PLACES, values).all()
    ids = {i for row in near for i in (row.one, row.other)}
    titles = {address.id: str(address.title) for address, _ in _rows(session, ids)}
    found: dict[tuple[UUID, UUID], Likeness] = {}
    for row in near:
        one, other = sorted((row.one, row.other))
        if likeness(titles[one], titles[other]) >= STRONG:
            words = f"Tên giống nhau, cách {row.metres:.0f} m"
            found.setdefault((one, other), (PLACE, words))
    return found


def _persons(session: Session, actor: Actor) -> dict[tuple[UUID, UUID], Likeness]:
    if not compares_persons(actor):
        return {}
    same = lookup.find_pairs(session, actor.account, MOST)
    ids = {i for pair in same for i in pair[:2]}
    apart = {tuple(row) for row in session.execute(queue_queries.told_apart(ids))}
    return {(one, other): (by, PERSONS[by]) for one, other, by in same if (one, other) not in apart}


def _rows(session: Session, ids: set[UUID]) -> list[tuple[Address, str]]:
    return [tuple(row) for row in session.execute(queue_queries.addresses(ids))]


def _pair(one: tuple[Address, str], other: tuple[Address, str], alike: Likeness) -> Pair:
    kept, double = sorted((one, other), key=_worth)
    return Pair(*kept, *double, *alike)


def _worth(row: tuple[Address, str]) -> tuple:
    address = row[0]
    return (-merging.FAR[address.status], address.created_at, address.id)
