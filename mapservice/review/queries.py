"""What reviewing asks of the database about one record."""

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Select, Update, func, select, update

from mapservice.accounts.models import Organisation, UserAccount
from mapservice.addresses.models import Address
from mapservice.audit.models import AuditEvent
from mapservice.consent.models import Consent
from mapservice.matching.models import Assignment, AssignmentStatus
from mapservice.needs.models import Need, NeedCategory
from mapservice.review.models import AddressMerge, LastStep
from mapservice.territory.models import AdminUnit

TAKEN = (
    AssignmentStatus.ACCEPTED,
    AssignmentStatus.UNDERWAY,
    AssignmentStatus.DONE,
    AssignmentStatus.CONFIRMED,
    AssignmentStatus.DISPUTED,
)


def address(code: str) -> Select[tuple[Address]]:
    """The address with this public code."""
    return select(Address).where(Address.public_code == code)


def address_of_need(code: str) -> Select[tuple[Address]]:
    """The address whose need has this public code."""
    return select(Address).join(Need, Need.address_id == Address.id).where(Need.public_code == code)


def needs(address_id: UUID) -> Select[tuple[Need]]:
    """The needs of an address, the oldest first."""
    return select(Need).where(Need.address_id == address_id).order_by(Need.created_at, Need.id)


def self_verification(organisation_id: UUID) -> Select[tuple[bool]]:
    """Whether an organisation lets its registrars verify places of their own."""
    return select(Organisation.self_verification).where(Organisation.id == organisation_id)


def now() -> Select[tuple[datetime]]:
    """The beginning of the transaction."""
    return select(func.now())


def names(ids: Collection[UUID]) -> Select[tuple[UUID, str]]:
    """Names of accounts."""
    return (
        select(UserAccount.id, UserAccount.name)
        .where(UserAccount.id.in_(ids))
        .order_by(UserAccount.id)
    )


def history(record_ids: Collection[UUID], most: int) -> Select[tuple[AuditEvent, str | None]]:
    """The latest events of these records with the actor's name, the newest first."""
    return (
        select(AuditEvent, UserAccount.name)
        .outerjoin(UserAccount, UserAccount.id == AuditEvent.actor_id)
        .where(AuditEvent.record_id.in_(record_ids), AuditEvent.table_name.in_(("address", "need")))
        .order_by(AuditEvent.id.desc())
        .limit(most)
    )


def reason_of_state(table: str, record_id: UUID, status: str) -> Select[tuple[str | None]]:
    """Why a record came into this state when it last did."""
    return (
        select(AuditEvent.reason)
        .where(
            AuditEvent.table_name == table,
            AuditEvent.record_id == record_id,
            AuditEvent.action == "status",
            AuditEvent.detail["to"].astext == status,
        )
        .order_by(AuditEvent.id.desc())
        .limit(1)
    )


def taken_by(account_id: UUID, window: timedelta) -> Select[tuple[Address, LastStep]]:
    """Addresses whose last step this account took within the window, the latest first."""
    return (
        select(Address, LastStep)
        .join(LastStep, LastStep.record_id == Address.id)
        .where(
            LastStep.table_name == "address",
            LastStep.taken_by == account_id,
            LastStep.taken_at > func.now() - window,
        )
        .order_by(LastStep.taken_at.desc(), Address.id)
    )


def lock_both(one: UUID, other: UUID) -> Select[tuple[UUID]]:
    """Hold two addresses, in the order everybody takes them."""
    return (
        select(Address.id)
        .where(Address.id.in_((one, other)))
        .order_by(Address.id)
        .with_for_update(key_share=True)
    )


def merge_of(double: UUID) -> Select[tuple[AddressMerge]]:
    """The merge that made this record a double."""
    return select(AddressMerge).where(
        AddressMerge.duplicate_id == double, AddressMerge.undone_at.is_(None)
    )


def doubles(kept: UUID) -> Select[tuple[Address]]:
    """The doubles of a record."""
    return (
        select(Address)
        .where(Address.duplicate_of_id == kept)
        .order_by(Address.status_at, Address.id)
    )


def hand_doubles_on(double: UUID, kept: UUID) -> Update:
    """The doubles of a double are doubles of what is kept: one step leads to every one."""
    return update(Address).where(Address.duplicate_of_id == double).values(duplicate_of_id=kept)


# What had been merged into the double before, and into that, follows it out again.
TAKE_DOUBLES_BACK = """
WITH RECURSIVE own AS (
  SELECT m.duplicate_id FROM core.address_merge AS m
  WHERE m.kept_id = :double AND m.undone_at IS NULL
  UNION
  SELECT m.duplicate_id FROM core.address_merge AS m JOIN own ON m.kept_id = own.duplicate_id
  WHERE m.undone_at IS NULL)
UPDATE core.address SET duplicate_of_id = :double
WHERE duplicate_of_id = :kept AND id IN (SELECT duplicate_id FROM own)"""


def units(ids: Collection[int]) -> Select:
    """(id, level, name, valid_to) of units."""
    return (
        select(AdminUnit.id, AdminUnit.level, AdminUnit.name, AdminUnit.valid_to)
        .where(AdminUnit.id.in_(ids))
        .order_by(AdminUnit.id)
    )


def categories() -> Select[tuple[NeedCategory]]:
    return select(NeedCategory).order_by(NeedCategory.position)


def teams_at(need_ids: Collection[UUID]) -> Select[tuple[UUID, int]]:
    """For each need how many teams took a part of it."""
    return (
        select(Assignment.need_id, func.count())
        .where(Assignment.need_id.in_(need_ids), Assignment.status.in_(TAKEN))
        .group_by(Assignment.need_id)
        .order_by(Assignment.need_id)
    )


def consents(address_id: UUID) -> Select[tuple[Consent]]:
    """The consents of a person, the newest first."""
    return (
        select(Consent)
        .where(Consent.address_id == address_id)
        .order_by(Consent.given_at.desc(), Consent.id)
    )
