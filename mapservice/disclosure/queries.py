"""What disclosure asks of the database; nothing here opens a sealed value."""

from collections.abc import Collection, Sequence
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import ARRAY, Delete, Integer, Select, cast, delete, func, or_, select
from sqlalchemy.dialects.postgresql import Insert, insert
from sqlalchemy.orm import aliased

from mapservice.accounts.models import UserAccount
from mapservice.accounts.queries import inside
from mapservice.addresses.models import Address, AddressStatus, Nature, PersonPrivate
from mapservice.disclosure.models import DisclosureUse, FormDraft, KeyMark, PlaceContact
from mapservice.matching.models import Assignment, AssignmentStatus
from mapservice.needs.models import Need
from mapservice.teams.models import Team, TeamContact, TeamState
from mapservice.territory.models import AdminUnit, Level

# A team goes to nobody whose record is a draft, was refused, withdrawn or is a double.
VISITED = (
    AddressStatus.SUBMITTED,
    AddressStatus.VERIFIED,
    AddressStatus.PUBLISHED,
    AddressStatus.EXPIRED,
)
LIVE_RECORDS = (*VISITED, AddressStatus.DRAFT, AddressStatus.RETURNED)
LIVE = (AssignmentStatus.PROPOSED, AssignmentStatus.ACCEPTED, AssignmentStatus.UNDERWAY)


def viewer(account_id: UUID) -> Select[tuple[UserAccount]]:
    """The account as it is now, locked until the end: one viewer's disclosures queue, so that
    the daily quota counts right."""
    return (
        select(UserAccount)
        .where(UserAccount.id == account_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )


def person(address_id: UUID) -> Select:
    """(address, its sealed row, today's commune, whether a team may be shown the person)."""
    shared = func.core.may_share(Address.id, Address.age_band, func.now())
    return (
        select(Address, PersonPrivate, AdminUnit, shared)
        .join(PersonPrivate, PersonPrivate.address_id == Address.id)
        .join(AdminUnit, AdminUnit.id == Address.commune_id)
        .where(Address.id == address_id)
        .execution_options(populate_existing=True)
    )


def place_contact(address_id: UUID) -> Select:
    """(place, the sealed row of its contact)."""
    return (
        select(Address, PlaceContact)
        .join(PlaceContact, PlaceContact.address_id == Address.id)
        .where(Address.id == address_id)
        .execution_options(populate_existing=True)
    )


def team_contact(team_id: UUID) -> Select:
    """(team, the sealed row of its leader)."""
    return (
        select(Team, TeamContact)
        .join(TeamContact, TeamContact.team_id == Team.id)
        .where(Team.id == team_id)
        .execution_options(populate_existing=True)
    )


def sender(model: type, record_id: UUID) -> Select:
    """(unit_ids, the sealed row) of an offer or suggestion, by the model of its contact.

    Their tables belong to the inbox; of them only where they lie is asked here.
    """
    key = next(iter(model.__table__.primary_key))
    received = next(iter(key.foreign_keys)).column.table
    return (
        select(received.c.unit_ids, model)
        .join(model, key == received.c.id)
        .where(key == record_id)
        .execution_options(populate_existing=True)
    )


def live_assignments(leader: UUID, address_id: UUID) -> Select:
    """(status, status_at, lease_until, first day after the wanted ones) of the leader's teams at
    an address; none for a team that is suspended or not verified."""
    return (
        select(
            Assignment.status,
            Assignment.status_at,
            Assignment.lease_until,
            func.upper(Need.wanted_during),
        )
        .join(Need, Need.id == Assignment.need_id)
        .join(Address, Address.id == Need.address_id)
        .join(Team, Team.id == Assignment.team_id)
        .where(
            Need.address_id == address_id,
            Team.leader_id == leader,
            Team.verified,
            Team.state != TeamState.SUSPENDED,
            Address.status.in_(VISITED),
            Assignment.status.in_(LIVE),
        )
        .order_by(Assignment.id)
    )


def sealed(model: type, record_id: UUID) -> Select:
    """A sealed row of one of the private tables, as it stands now."""
    key = next(iter(model.__table__.primary_key))
    return select(model).where(key == record_id).execution_options(populate_existing=True)


def locked(model: type, record_id: UUID) -> Select:
    """The same, locked for a change."""
    return sealed(model, record_id).with_for_update()


def commune_code(commune_id: int) -> Select[tuple[str]]:
    return select(AdminUnit.code).where(AdminUnit.id == commune_id)


def commune_codes(ids: Collection[int]) -> Select[tuple[int, str]]:
    return select(AdminUnit.id, AdminUnit.code).where(AdminUnit.id.in_(ids))


def commune_of(address_id: UUID) -> Select[tuple[str]]:
    """Code of the commune an address lies in today."""
    return (
        select(AdminUnit.code)
        .join(Address, Address.commune_id == AdminUnit.id)
        .where(Address.id == address_id)
    )


def mark(version: int) -> Select[tuple[bytes]]:
    return select(KeyMark.mark).where(KeyMark.version == version)


def leave_mark(version: int, mark: bytes) -> Insert:
    """The first to come leaves it; of two at once the second waits and finds the first's."""
    return insert(KeyMark).values(version=version, mark=mark).on_conflict_do_nothing()


def use(viewer_id: UUID, day: date, record_id: UUID) -> Insert:
    """Count a record for the day; the same record again counts once."""
    row = {"viewer_id": viewer_id, "day": day, "record_id": record_id}
    return insert(DisclosureUse).values(row).on_conflict_do_nothing()


def other_uses(viewer_id: UUID, day: date, record_id: UUID) -> Select[tuple[int]]:
    """How many records but this one were counted for the day."""
    return select(func.count()).where(
        DisclosureUse.viewer_id == viewer_id,
        DisclosureUse.day == day,
        DisclosureUse.record_id != record_id,
    )


def earlier_uses(viewer_id: UUID, day: date) -> Delete:
    return delete(DisclosureUse).where(
        DisclosureUse.viewer_id == viewer_id, DisclosureUse.day < day
    )


def same(
    phone_hashes: Sequence[bytes],
    identity_hashes: Sequence[bytes],
    territory: Collection[int] | None,
) -> Select:
    """(address id, phone hash, identity hash) of persons with one of these hashes.

    `territory`: unit ids of which an address must hold one; None: everywhere.
    """
    found = (
        select(PersonPrivate.address_id, PersonPrivate.phone_hash, PersonPrivate.identity_hash)
        .join(Address, Address.id == PersonPrivate.address_id)
        .where(
            or_(
                PersonPrivate.phone_hash.in_(phone_hashes),
                PersonPrivate.identity_hash.in_(identity_hashes),
            )
        )
        .order_by(PersonPrivate.address_id)
    )
    return found.where(inside(Address.unit_ids, territory))


def pairs(territory: Collection[int] | None, most: int) -> Select:
    """(id, id, whether by phone) of two live records of persons with an equal hash."""
    one, other = aliased(PersonPrivate), aliased(PersonPrivate)
    first, second = aliased(Address), aliased(Address)
    by_phone = one.phone_hash == other.phone_hash
    return (
        select(first.id, second.id, func.coalesce(by_phone, False))
        .join(one, one.address_id == first.id)
        .join(other, or_(one.identity_hash == other.identity_hash, by_phone))
        .join(second, second.id == other.address_id)
        .where(
            first.id < second.id,
            first.status.in_(LIVE_RECORDS),
            second.status.in_(LIVE_RECORDS),
            inside(first.unit_ids, territory),
            inside(second.unit_ids, territory),
        )
        .order_by(first.id, second.id)
        .limit(most)
    )


def of_commune(commune_id: int, territory: Collection[int] | None) -> Select:
    """(address id, sealed row) of every person of one commune, of either era."""
    found = (
        select(PersonPrivate)
        .join(Address, Address.id == PersonPrivate.address_id)
        .where(
            Address.nature == Nature.PERSON,
            Address.unit_ids.op("@>")(cast([commune_id], ARRAY(Integer))),
        )
        .order_by(PersonPrivate.address_id)
    )
    return found.where(inside(Address.unit_ids, territory))


# What of a person is compared with another; of records that still stand.
_COMPARED = (
    select(
        PersonPrivate.address_id,
        PersonPrivate.name,
        PersonPrivate.birth_year,
        PersonPrivate.phone,
        PersonPrivate.guardian,
        PersonPrivate.hamlet,
        PersonPrivate.identity_hash,
    )
    .join(Address, Address.id == PersonPrivate.address_id)
    .where(
        Address.nature == Nature.PERSON,
        Address.status.in_(LIVE_RECORDS),
        Address.erased_at.is_(None),
    )
    .order_by(PersonPrivate.address_id)
)


def compared(
    commune_id: int, beside: Collection[UUID], territory: Collection[int] | None
) -> Select:
    """The sealed traits of every person of one commune of today, and of those named `beside`."""
    here = or_(Address.commune_id == commune_id, Address.id.in_(beside))
    return _COMPARED.where(here, inside(Address.unit_ids, territory))


def is_commune(unit_id: int) -> Select[tuple[int]]:
    return select(AdminUnit.id).where(AdminUnit.id == unit_id, AdminUnit.level == Level.COMMUNE)


def now() -> Select:
    """The moment by the database's clock."""
    return select(func.clock_timestamp())


def drafts_of(account_id: UUID) -> Select[tuple[FormDraft]]:
    """An account's drafts that were not discarded, the last written first."""
    return (
        select(FormDraft)
        .where(FormDraft.account_id == account_id, FormDraft.discarded_at.is_(None))
        .order_by(FormDraft.updated_at.desc(), FormDraft.id)
    )


def count_drafts(account_id: UUID) -> Select[tuple[int]]:
    return select(func.count()).where(
        FormDraft.account_id == account_id, FormDraft.discarded_at.is_(None)
    )


def forget_drafts(kept: timedelta, taken_back: timedelta) -> Delete:
    """Drafts last written before `kept`, or discarded before `taken_back`; returns their ids."""
    return (
        delete(FormDraft)
        .where(
            or_(
                FormDraft.updated_at < func.now() - kept,
                FormDraft.discarded_at < func.now() - taken_back,
            )
        )
        .returning(FormDraft.id)
    )
