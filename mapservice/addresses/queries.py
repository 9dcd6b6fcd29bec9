"""Addresses as the office's programs read them: of people and protected places only an outline."""

from collections.abc import Collection, Mapping

from geoalchemy2 import functions as spatial
from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, aliased

from mapservice.accounts.models import Organisation
from mapservice.accounts.queries import inside
from mapservice.addresses.models import Address, Nature
from mapservice.territory.models import AdminUnit
from mapservice.territory.names import fold

TODAY, FORMER = aliased(AdminUnit), aliased(AdminUnit)
CLEAR = (
    Address.public_code,
    Address.nature,
    Address.person_kind,
    Address.sensitive,
    Address.programme_year,
    Address.status,
    Address.assured_at,
    Address.assured_until,
    Address.version,
    Address.created_at,
    Address.updated_at,
)
# Shown of places only, and not of those that are protected like people.
OF_PLACES = (
    Address.kind,
    Address.title,
    Address.summary,
    Address.hamlet,
    Address.children,
    Address.youth,
    Address.elderly,
    Address.disabled,
    Address.households,
    Address.severity,
    Address.status_reason,
    Address.point_estimated,
)


def protected(record: type[Address] = Address) -> ColumnElement[bool]:
    """People, and the places that are treated as people."""
    return or_(record.nature == Nature.PERSON, record.sensitive)


def readable(
    record: type[Address], territory: Collection[int] | None, *, people: bool
) -> ColumnElement[bool]:
    """Whether an address lies in the territory (None: everywhere) and, unless `people`, is nobody's
    who is protected."""
    reached = inside(record.unit_ids, territory)
    return reached if people else and_(reached, ~protected(record))


def shown(territory: Collection[int] | None, *, people: bool) -> Select:
    """Addresses with the names of their communes and organisation, in no order.

    The record that one was merged into is told where it is itself `readable`.
    """
    hidden = protected()
    original = aliased(Address)
    return (
        select(
            *CLEAR,
            *(_unless(hidden, column) for column in OF_PLACES),
            case((hidden, None), else_=spatial.ST_X(Address.point)).label("lng"),
            case((hidden, None), else_=spatial.ST_Y(Address.point)).label("lat"),
            _unit_name(TODAY).label("commune"),
            TODAY.name.label("commune_name"),
            _unit_name(FORMER).label("former_commune"),
            FORMER.name.label("former_commune_name"),
            Organisation.code.label("organisation"),
            original.public_code.label("duplicate_of"),
            Address.id,
            Address.unit_ids,
            hidden.label("protected"),
        )
        .join(TODAY, TODAY.id == Address.commune_id)
        .outerjoin(FORMER, FORMER.id == Address.former_commune_id)
        .join(Organisation, Organisation.id == Address.organisation_id)
        .outerjoin(
            original,
            and_(
                original.id == Address.duplicate_of_id,
                readable(original, territory, people=people),
            ),
        )
    )


def by_code(code: str, territory: Collection[int] | None, *, people: bool) -> Select:
    """The address with this public code, wherever it lies, as `shown`."""
    return shown(territory, people=people).where(Address.public_code == code)


def listed(
    territory: Collection[int] | None, *, people: bool, filters: Mapping[str, object]
) -> Select:
    """The addresses of a territory (None: everywhere), those of `people` or not; filtered.

    `filters`: `status`, `nature`, `kind` (lists), `unit` (id), `programme_year`, `q` (words of the
    title; a protected title is found by nobody).
    """
    statement = shown(territory, people=people)
    statement = statement.where(readable(Address, territory, people=people))
    for name in ("status", "nature", "kind"):
        if name in filters:
            statement = statement.where(getattr(Address, name).in_(filters[name]))
    if "kind" in filters or "q" in filters:
        statement = statement.where(~protected())
    if "unit" in filters:
        statement = statement.where(inside(Address.unit_ids, [filters["unit"]]))
    if "programme_year" in filters:
        statement = statement.where(Address.programme_year == filters["programme_year"])
    if "q" in filters:
        words = fold(str(filters["q"]))
        statement = statement.where(Address.title_folded.contains(words, autoescape=True))
    return statement


def _unless(hidden: ColumnElement[bool], column: InstrumentedAttribute) -> ColumnElement:
    return case((hidden, None), else_=column).label(column.key)


def _unit_name(unit: type[AdminUnit]) -> ColumnElement[str]:
    name = func.core.unit_key(unit.code, unit.valid_from, unit.valid_to)
    return case((unit.id.is_(None), None), else_=name)
