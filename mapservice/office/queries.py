"""The office's lists as statements, upon what each feature lets an actor read; no order here."""

from collections.abc import Mapping
from datetime import timedelta

from sqlalchemy import ColumnElement, Select, case, func, or_, select, text
from sqlalchemy.orm import InstrumentedAttribute

from mapservice.accounts.models import Organisation
from mapservice.accounts.queries import inside
from mapservice.addresses.models import Address, AddressStatus, PlaceKind
from mapservice.addresses.queries import protected
from mapservice.matching.models import Assignment, AssignmentStatus
from mapservice.needs.models import OPEN, Need, NeedCategory, NeedStatus
from mapservice.teams.models import Team
from mapservice.territory.models import AdminUnit
from mapservice.territory.names import fold

VIETNAMESE = "vi-x-icu"
ENDED = (
    NeedStatus.REJECTED,
    NeedStatus.WITHDRAWN,
    NeedStatus.DUPLICATE,
    NeedStatus.CLOSED,
)
# Somebody has still to do something; the parts of a need that these and the confirmed ones fill.
PENDING = (
    AssignmentStatus.PROPOSED,
    AssignmentStatus.ACCEPTED,
    AssignmentStatus.UNDERWAY,
    AssignmentStatus.DONE,
    AssignmentStatus.DISPUTED,
)
Filters = Mapping[str, object]


def addresses(listed: Select, filters: Filters) -> Select:
    """`listed`: what `addresses.service.listed` gives."""
    needs = select(func.count()).where(Need.address_id == Address.id, Need.status.not_in(ENDED))
    statement = listed.add_columns(
        Organisation.name.label("organisation_name"),
        Address.status_at,
        _unless_protected(PlaceKind.name, "kind_name"),
        case((protected(), None), else_=needs.scalar_subquery()).label("needs"),
    ).outerjoin(PlaceKind, PlaceKind.code == Address.kind)
    if "category" in filters:
        wanted = select(Need.id).where(
            Need.address_id == Address.id, Need.category == filters["category"]
        )
        statement = statement.where(~protected(), wanted.exists())
    if "q" in filters:
        statement = statement.where(_named(str(filters["q"]), Address, Address.public_code))
    if "due" in filters:
        until = func.now() + timedelta(days=int(filters["due"]))
        statement = statement.where(
            Address.status == AddressStatus.PUBLISHED, Address.assured_until < until
        )
    if "mine" in filters:
        statement = statement.where(Address.registered_by == filters["mine"])
    return _of_organisation(statement, filters)


def needs(listed: Select, filters: Filters) -> Select:
    """`listed`: what `needs.service.listed` gives."""
    statement = (
        listed.add_columns(
            Address.person_kind,
            Address.programme_year,
            _unless_protected(NeedCategory.name, "category_name"),
            _unless_protected(Address.title, "address_title"),
            AdminUnit.name.label("commune_name"),
            Organisation.name.label("organisation_name"),
            _taken().label("parts_taken"),
        )
        .join(NeedCategory, NeedCategory.code == Need.category)
        .join(AdminUnit, AdminUnit.id == Address.commune_id)
        .join(Organisation, Organisation.id == Address.organisation_id)
    )
    if "open" in filters:
        statement = statement.where(Need.status.in_(OPEN))
    if "q" in filters:
        q = str(filters["q"])
        statement = statement.where(_named(q, Need, Need.public_code, Address.public_code))
    return _of_organisation(_of_year(statement, filters), filters)


def assignments(listed: Select, filters: Filters) -> Select:
    """`listed`: what `matching.reading.listed` gives; `filters["unit"]` is an id."""
    statement = (
        listed.add_columns(
            Address.person_kind,
            Address.programme_year,
            Need.urgency,
            Address.public_code.label("address"),
            _unless_protected(func.coalesce(Need.title, NeedCategory.name), "need_title"),
            _unless_protected(NeedCategory.name, "category_name"),
            _unless_protected(Need.unit, "unit"),
            AdminUnit.name.label("commune_name"),
            Team.name.label("team_name"),
            Organisation.name.label("organisation_name"),
        )
        .join(NeedCategory, NeedCategory.code == Need.category)
        .join(AdminUnit, AdminUnit.id == Address.commune_id)
        .join(Organisation, Organisation.id == Team.organisation_id)
    )
    if "unit" in filters:
        statement = statement.where(inside(Address.unit_ids, [filters["unit"]]))
    if "category" in filters:
        statement = statement.where(~protected(), Need.category == filters["category"])
    if "urgency" in filters:
        statement = statement.where(Need.urgency == filters["urgency"])
    if "open" in filters:
        statement = statement.where(Assignment.status.in_(PENDING))
    if "q" in filters:
        q = str(filters["q"])
        by_name = func.core.fold(Team.name).contains(fold(q), autoescape=True)
        codes = (Team.public_code, Need.public_code, Address.public_code)
        statement = statement.where(or_(by_name, _named(q, Need, *codes)))
    return _of_organisation(_of_year(statement, filters), filters)


def teams(listed: Select, filters: Filters) -> Select:
    """`listed`: what `teams.service.listed` gives."""
    statement = listed.add_columns(Organisation.name.label("organisation_name"))
    if "q" in filters:
        q = str(filters["q"])
        by_name = func.core.fold(Team.name).contains(fold(q), autoescape=True)
        statement = statement.where(or_(by_name, Team.public_code == q.upper()))
    if "unsure" in filters:
        statement = statement.where(or_(~Team.verified, Team.to_recheck))
    return _of_organisation(statement, filters)


def in_order(statement: Select, keys: tuple[str, ...]) -> Select:
    """Ordered by these columns, "-" before one for the greatest first; what is absent last."""
    columns = statement.selected_columns
    for key in keys:
        column = _by_alphabet(columns[key.removeprefix("-")])
        statement = statement.order_by(
            (column.desc() if key.startswith("-") else column.asc()).nulls_last()
        )
    return statement


def count(statement: Select) -> Select[tuple[int]]:
    """How many rows a statement without order has."""
    return statement.with_only_columns(func.count(), maintain_column_froms=True)


def count_persons(statement: Select) -> Select[tuple[int]]:
    """How many rows of a statement without order tell of a person in hardship."""
    if "person_kind" not in statement.selected_columns:
        return select(0)
    rows = statement.subquery()
    return select(func.count(rows.c.person_kind))


# Rows about persons that an account took as files or printed within a day.
PERSONS_TAKEN = text("""
    SELECT coalesce(sum(CAST(detail->>'persons' AS integer)), 0) FROM core.audit_event
    WHERE actor_id = :account AND action = 'export' AND at > now() - interval '1 day'""")

# Jobs and letters that failed until they were set aside.
STOPPED = text("""
    SELECT (SELECT count(*) FROM core.worker_job WHERE set_aside_at IS NOT NULL)
         + (SELECT count(*) FROM core.mail WHERE set_aside_at IS NOT NULL)""")

# Districts and communes of today and of :former in a territory (:everywhere: all), by their era;
# `district` where the unit has one. A name of a unit is CODE or CODE@era.
UNITS = text("""
    SELECT core.unit_key(u.code, u.valid_from, u.valid_to) AS key, u.level, u.name,
           u.valid_to IS NULL AS today, d.name AS district
    FROM core.admin_unit AS u
      LEFT JOIN core.admin_unit AS d ON d.id = u.parent_id AND d.level = 'district'
    WHERE u.level <> 'province'
      AND (u.valid_to IS NULL OR (u.valid_from <= :former AND u.valid_to > :former))
      AND (:everywhere OR EXISTS (SELECT FROM core.unit_within AS w
        WHERE w.unit_id = u.id AND w.container_id = ANY(CAST(:territory AS integer[]))))
    ORDER BY u.valid_to IS NULL DESC, u.level = 'commune', d.name COLLATE "vi-x-icu" NULLS FIRST,
             u.name COLLATE "vi-x-icu", u.id""")
KINDS = select(PlaceKind.code, PlaceKind.name).order_by(PlaceKind.position, PlaceKind.code)
CATEGORIES = select(NeedCategory.code, NeedCategory.name).order_by(
    NeedCategory.position, NeedCategory.code
)


def _taken() -> ColumnElement[int]:
    taken = select(func.count()).where(
        Assignment.need_id == Need.id,
        Assignment.status.in_((*PENDING, AssignmentStatus.CONFIRMED)),
    )
    return taken.scalar_subquery()


def _named(
    q: str, table: type[Address] | type[Need], *codes: InstrumentedAttribute
) -> ColumnElement[bool]:
    """Words of a title, or a code; a protected title is found by nobody."""
    title = table.title_folded.contains(fold(q), autoescape=True)
    return or_(title & ~protected(), *(code == q.upper() for code in codes))


def _of_organisation(statement: Select, filters: Filters) -> Select:
    if "organisation" not in filters:
        return statement
    return statement.where(Organisation.code == filters["organisation"])


def _of_year(statement: Select, filters: Filters) -> Select:
    if "year" not in filters:
        return statement
    return statement.where(Address.programme_year == filters["year"])


def _unless_protected(column: ColumnElement, name: str) -> ColumnElement:
    return case((protected(), None), else_=column).label(name)


def _by_alphabet(column: ColumnElement) -> ColumnElement:
    plain = getattr(column, "element", column)  # what a label names
    return plain.collate(VIETNAMESE) if plain.type.python_type is str else plain
