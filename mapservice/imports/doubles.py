"""Which rows of a list are registered already, or stand in the list twice.

Only inside the actor's territory. Places and teams are compared by name, hamlet, kind and point
within a commune and near it; persons by keyed hashes, and their names commune by commune, in
`disclosure.comparing`, which leaves a row of the trail for each.
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Row, TextClause
from sqlalchemy.orm import Session

from mapservice.accounts.rights import Actor
from mapservice.decision import LookReason
from mapservice.disclosure import comparing
from mapservice.disclosure.comparing import Person
from mapservice.imports import double_queries
from mapservice.imports.fields import Kind
from mapservice.registration import resemblance
from mapservice.registration.likeness import key
from mapservice.registration.resemblance import Likeness, Place, Pool
from mapservice.territory.eras import FORMER_DAY
from mapservice.territory.names import fold

SAME_DEGREES = 1e-6
AT_ONCE = 500  # stored places that are read together
Values = Mapping[str, object]
Rows = Sequence[tuple[int, Values]]


@dataclass(frozen=True, slots=True)
class Double:
    """What a row may be the same as: the record with this `code`, or another `row`, an earlier one
    where both lie in one commune.

    `sure`: the natural key is equal, so that it is the same record; else a person decides.
    """

    code: str | None
    row: int | None
    why: str
    score: float  # 0 to 100
    sure: bool


def find(
    session: Session,
    actor: Actor,
    kind: Kind,
    rows: Rows,
    reason: str | None = LookReason.DOUBLES.value,
) -> dict[int, Double]:
    """For each row (its number, its values) the likeliest double; rows without one are left out.

    `reason`: why an account of the province looks at persons. Of persons it leaves audit rows: the
    caller commits. Raises Forbidden for accounts that may not look for persons.
    """
    communes = {
        row.key: row for row in session.execute(double_queries.COMMUNES, {"former": FORMER_DAY})
    }
    known = [(number, values) for number, values in rows if values.get("commune") in communes]
    if kind is Kind.PERSONS:
        return _persons(session, actor, known, communes, reason)
    stored = double_queries.PLACES if kind is Kind.PLACES else double_queries.TEAMS
    return _places(session, actor, known, communes, stored)


def _places(
    session: Session, actor: Actor, rows: Rows, communes: Mapping[str, Row], stored: TextClause
) -> dict[int, Double]:
    territory = {
        "everywhere": actor.territory is None,
        "territory": sorted(actor.territory or ()),
    }
    pool = Pool()
    asked = {number: _place(values, communes) for number, values in rows if _title(values)}
    themselves = {n: _natural(values, communes) for n, values in rows if n in asked}
    wanted, registered = set(themselves.values()), {}
    for row in session.execute(stored, territory, execution_options={"yield_per": AT_ONCE}):
        values = _typed(row._mapping)
        place = _place(values, communes)
        pool.count([place])
        pool.add(row.code, place)
        if (itself := _natural(values, communes)) in wanted:
            registered.setdefault(itself, row.code)
    pool.count(asked.values())
    return _compare(asked, themselves, pool, registered)


def _compare(
    asked: Mapping[int, Place],
    themselves: Mapping[int, Hashable],
    pool: Pool,
    registered: dict[Hashable, Hashable],
) -> dict[int, Double]:
    """Each row against what is registered and the rows before it, one commune after the other."""
    found: dict[int, Double] = {}
    for number, place in sorted(asked.items(), key=lambda row: str(row[1].commune)):
        itself = themselves[number]
        if itself in registered:
            found[number] = _double(registered[itself], Likeness(100.0, None), sure=True)
        elif (best := pool.best(place)) is not None:
            found[number] = _double(*best, sure=False)
        pool.add(number, place)
        registered.setdefault(itself, number)
    return found


def _typed(row: Values) -> dict[str, object]:
    """A stored place or team as rows have it."""
    return dict(row) | {"commune": row["key"]}


def _title(values: Values) -> str:
    return str(values.get("title") or values.get("name") or "")


def _place(values: Values, communes: Mapping[str, Row]) -> Place:
    commune = communes[str(values["commune"])]
    return resemblance.place(
        commune.today,
        _title(values),
        hamlet=str(values.get("hamlet") or ""),
        kind=str(values["kind"]) if values.get("kind") else None,
        spot=_spot(values, commune),
        around=(commune.name, commune.today_name),
    )


def _spot(values: Values, commune: Row) -> tuple[float, float] | None:
    """Where it is; None at the commune's label point, where it only is for want of a better."""
    lng, lat = values.get("position") or (values.get("lng"), values.get("lat"))
    if lng is None or lat is None:
        return None
    estimated = max(abs(lng - commune.lng), abs(lat - commune.lat)) < SAME_DEGREES
    return None if estimated else (float(lng), float(lat))


def _natural(values: Values, communes: Mapping[str, Row]) -> Hashable:
    """What makes it the same place or team, however it is spelt."""
    hamlet = " ".join(fold(str(values.get("hamlet") or "")).split())
    commune = communes[str(values["commune"])].today
    return str(values.get("kind") or ""), key(_title(values)), hamlet, commune


def _double(found: Hashable, like: Likeness, *, sure: bool) -> Double:
    code, row = (None, found) if isinstance(found, int) else (str(found), None)
    where = "cùng xã" if like.metres is None else f"cách {like.metres:.0f} m"
    why = "Cùng tên, loại, thôn và xã" if sure else f"Tên giống nhau, {where}"
    return Double(code, row, why, like.score, sure)


def _persons(
    session: Session,
    actor: Actor,
    rows: Rows,
    communes: Mapping[str, Row],
    reason: str | None,
) -> dict[int, Double]:
    people = {
        number: _person(values, communes[str(values["commune"])])
        for number, values in rows
        if values.get("name")
    }
    if not people:
        return {}
    found = comparing.find_doubles(session, actor.account, people, reason)
    ids = {match.address_id for match in found.values() if match.address_id is not None}
    codes = dict(session.execute(double_queries.codes(ids)).all())
    return {
        number: Double(codes.get(match.address_id), match.row, match.why, match.score, match.sure)
        for number, match in found.items()
    }


def _person(values: Values, commune: Row) -> Person:
    given = {
        name: str(values[name]) for name in ("phone", "guardian", "hamlet") if values.get(name)
    }
    born = values.get("birth_year")
    return Person(
        commune_id=commune.today_id,
        commune_code=commune.today,
        name=str(values["name"]),
        birth_year=born if isinstance(born, int) else None,
        **given,
    )
