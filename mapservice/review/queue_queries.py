"""What waits, asked of the database; every list has a total order."""

from collections.abc import Collection
from datetime import timedelta
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Integer,
    Select,
    and_,
    bindparam,
    func,
    or_,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import Insert, insert
from sqlalchemy.orm import aliased

from mapservice.accounts.models import UserAccount
from mapservice.accounts.queries import inside
from mapservice.addresses.models import Address, AddressStatus
from mapservice.needs.models import Need, NeedCategory, NeedStatus
from mapservice.review.models import NotDuplicate
from mapservice.review.steps import ACCEPTED
from mapservice.territory.models import AdminUnit

# How many needs an address has, and how urgent the most urgent is; ended ones left out.
NEEDS = (
    select(
        Need.address_id,
        func.count().label("needs"),
        func.max(Need.urgency).label("urgency"),
    )
    .where(
        Need.status.not_in(
            (NeedStatus.REJECTED, NeedStatus.WITHDRAWN, NeedStatus.DUPLICATE, NeedStatus.CLOSED)
        )
    )
    .group_by(Need.address_id)
)


def _addresses(territory: Collection[int] | None) -> Select:
    """(address, commune, registrar's name, needs, urgency) of a territory."""
    needs = NEEDS.where(Need.address_id == Address.id).lateral()
    return (
        select(Address, AdminUnit.name, UserAccount.name, needs.c.needs, needs.c.urgency)
        .join(AdminUnit, AdminUnit.id == Address.commune_id)
        .outerjoin(UserAccount, UserAccount.id == Address.registered_by)
        .outerjoin(needs, needs.c.address_id == Address.id)
        .where(inside(Address.unit_ids, territory))
    )


def in_state(territory: Collection[int] | None, state: AddressStatus) -> Select:
    """Addresses in this state: the most urgent first, then who has waited longest."""
    found = _addresses(territory).where(Address.status == state)
    return found.order_by(text("urgency DESC NULLS LAST"), Address.status_at, Address.id)


def due(territory: Collection[int] | None, warned: timedelta) -> Select:
    """Published addresses whose check ends soon, and those that have expired, or hold a need
    that has; the first to end first."""
    expired_need = (
        select(Need.id)
        .where(Need.address_id == Address.id, Need.status == NeedStatus.EXPIRED)
        .exists()
    )
    soon = and_(
        Address.status == AddressStatus.PUBLISHED,
        or_(Address.assured_until < func.now() + warned, expired_need),
    )
    return (
        _addresses(territory)
        .where(or_(soon, Address.status == AddressStatus.EXPIRED))
        .order_by(Address.assured_until.nulls_first(), Address.id)
    )


def returned_to(territory: Collection[int] | None, account_id: UUID) -> Select:
    """Addresses that came back to who registered them, or hold a need that did; those of somebody
    who is there no more come back to everybody who registers there."""
    need = (
        select(Need.id)
        .where(
            Need.address_id == Address.id,
            Need.status == NeedStatus.RETURNED,
            _falls_to(account_id, Need.registered_by),
        )
        .exists()
    )
    returned = Address.status == AddressStatus.RETURNED
    own = and_(returned, _falls_to(account_id, Address.registered_by))
    return _addresses(territory).where(or_(own, need)).order_by(Address.status_at, Address.id)


def returned_needs(addresses: Collection[UUID], account_id: UUID) -> Select[tuple[Need, str]]:
    """(need, category) of these addresses' needs that came back to this account."""
    return (
        select(Need, NeedCategory.name)
        .join(NeedCategory, NeedCategory.code == Need.category)
        .join(Address, Address.id == Need.address_id)
        .where(
            Need.address_id.in_(addresses),
            Need.status == NeedStatus.RETURNED,
            _falls_to(account_id, Need.registered_by),
        )
        .order_by(Need.status_at, Need.id)
    )


def _falls_to(account_id: UUID, registered_by: ColumnElement[UUID | None]) -> ColumnElement[bool]:
    """Whether the account registered it, or nobody who works where its address was registered."""
    registrar = aliased(UserAccount)
    works_there = (
        select(registrar.id)
        .where(
            registrar.id == registered_by,
            registrar.active,
            registrar.organisation_id == Address.organisation_id,
        )
        .correlate(Address, Need)
        .exists()
    )
    return or_(registered_by == account_id, ~works_there)


def added_needs(territory: Collection[int] | None) -> Select:
    """(need, category, address, commune, registrar's name) of needs that wait by themselves."""
    return (
        select(Need, NeedCategory.name, Address, AdminUnit.name, UserAccount.name)
        .join(Address, Address.id == Need.address_id)
        .join(NeedCategory, NeedCategory.code == Need.category)
        .join(AdminUnit, AdminUnit.id == Address.commune_id)
        .outerjoin(UserAccount, UserAccount.id == Need.registered_by)
        .where(
            inside(Address.unit_ids, territory),
            or_(
                and_(Need.status == NeedStatus.SUBMITTED, Address.status.in_(ACCEPTED)),
                and_(
                    Need.status == NeedStatus.VERIFIED,
                    Address.status == AddressStatus.PUBLISHED,
                ),
            ),
        )
        .order_by(Need.urgency.desc(), Need.status_at, Need.id)
    )


def count(rows: Select) -> Select[tuple[int]]:
    """How many rows a queue has."""
    counted = rows.with_only_columns(func.count(), maintain_column_froms=True)
    return counted.order_by(None)


# Places near each other, one of which is not published yet or is new: their names are compared
# by whoever asks. What somebody said is no double is left out.
NEAR_PLACES = text("""
    SELECT a.id AS one, b.id AS other,
           ext.ST_Distance(ext.geography(a.point), ext.geography(b.point)) AS metres
    FROM core.address AS a JOIN core.address AS b
      ON ext.ST_DWithin(ext.geography(a.point), ext.geography(b.point), :metres) AND a.id <> b.id
    WHERE a.nature = 'place' AND b.nature = 'place'
      AND (a.status IN ('submitted', 'verified')
           OR (a.status = 'published' AND a.created_at > now() - interval '30 days'))
      AND b.status IN ('submitted', 'verified', 'published', 'expired')
      AND (:everywhere OR (a.unit_ids && :territory AND b.unit_ids && :territory))
      AND NOT EXISTS (SELECT FROM core.not_duplicate AS n
        WHERE n.one_id = least(a.id, b.id) AND n.other_id = greatest(a.id, b.id))
    ORDER BY metres, a.id, b.id LIMIT :most""").bindparams(
    bindparam("territory", type_=ARRAY(Integer))
)


def told_apart(ids: Collection[UUID]) -> Select[tuple[UUID, UUID]]:
    """Pairs among these records that somebody said are two."""
    return (
        select(NotDuplicate.one_id, NotDuplicate.other_id)
        .where(NotDuplicate.one_id.in_(ids), NotDuplicate.other_id.in_(ids))
        .order_by(NotDuplicate.one_id, NotDuplicate.other_id)
    )


def tell_apart(one: UUID, other: UUID, by: UUID) -> Insert:
    """Say that two records are two; again: no change."""
    first, second = sorted((one, other))
    row = {"one_id": first, "other_id": second, "said_by": by}
    return insert(NotDuplicate).values(row).on_conflict_do_nothing()


def addresses(ids: Collection[UUID]) -> Select:
    """(address, commune) of these records."""
    place = aliased(AdminUnit)
    return (
        select(Address, place.name)
        .join(place, place.id == Address.commune_id)
        .where(Address.id.in_(ids))
        .order_by(Address.id)
    )
