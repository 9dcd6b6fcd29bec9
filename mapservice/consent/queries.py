"""What is asked about consents, retention and the ledger. A moment is always a parameter."""

from collections.abc import Collection
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Select, Update, func, or_, select, text, update
from sqlalchemy.orm import aliased

from mapservice.addresses.models import Address, AgeBand, Nature
from mapservice.consent.models import Consent, ConsentWording, Erasure, Giver, Purpose

# Jobs may take longer than a page: the limit of the trust document for them.
ALLOW_LONG_STATEMENTS = "SET LOCAL statement_timeout = '30s'"

# Persons' records whose time is over at :moment, each for one reason, the oldest first; with
# :ids only these. What is withdrawn, rejected or never submitted counts from that status; the
# rest from the end of its last consent or emergency, or of its assurance.
DUE = text("""
    WITH kept AS (
      SELECT a.id, CASE
          WHEN a.status = 'withdrawn' THEN 'address_withdrawn'
          WHEN a.status IN ('rejected', 'duplicate') THEN 'address_closed'
          WHEN a.status IN ('draft', 'returned') THEN 'address_draft'
          WHEN NOT core.has_basis(a.id, a.age_band, :moment) THEN CASE
            WHEN e.address_id IS NOT NULL AND c.ended_at IS NULL THEN 'emergency_ended'
            ELSE 'consent_ended' END
          WHEN a.status = 'expired' THEN 'address_expired' END AS purpose,
        a.status_at, a.updated_at, greatest(c.ended_at, e.expires_at) AS basis_ended_at
      FROM core.address AS a
        LEFT JOIN core.emergency_basis AS e ON e.address_id = a.id
        LEFT JOIN LATERAL (SELECT max(least(c.valid_until, c.withdrawn_at)) AS ended_at
          FROM core.consent AS c WHERE c.address_id = a.id AND c.purpose = 'register'
            AND least(c.valid_until, c.withdrawn_at) <= :moment) AS c ON true
      WHERE a.nature = 'person' AND a.erased_at IS NULL
        AND (CAST(:ids AS uuid[]) IS NULL OR a.id = ANY (CAST(:ids AS uuid[])))),
    since AS (
      SELECT id, purpose, CASE
          WHEN purpose = 'address_draft' THEN greatest(status_at, updated_at)
          WHEN purpose IN ('consent_ended', 'emergency_ended')
            THEN coalesce(basis_ended_at, status_at)
          ELSE status_at END AS since
      FROM kept WHERE purpose IS NOT NULL)
    SELECT s.id, s.purpose, s.since FROM since AS s JOIN core.retention AS r USING (purpose)
    WHERE s.since + make_interval(days => r.keep_days) <= :moment
    ORDER BY s.since, s.id""")

# FOR UPDATE also waits for a consent that is just being given (its foreign key holds the row).
LOCK_ADDRESSES = text("""
    SELECT id FROM core.address WHERE id = ANY (CAST(:ids AS uuid[])) ORDER BY id FOR UPDATE""")

ERASE = text("SELECT core.erase_persons(CAST(:ids AS uuid[]), :purpose)")

# Active records whose basis ran out by itself: no write told the database.
SUSPEND = text("""
    UPDATE core.address AS a
    SET status = CASE a.status WHEN 'submitted' THEN 'returned' ELSE 'expired' END,
        status_reason = 'basis_ended', version = version + 1
    WHERE a.nature = 'person' AND a.status IN ('submitted', 'verified', 'published')
      AND NOT core.has_basis(a.id, a.age_band, :moment)
    RETURNING a.id""")

# The ledger names them, and yet they are there: a backup brought them back.
RETURNED = text("""
    SELECT a.id, e.purpose FROM core.erasure AS e JOIN core.address AS a ON a.id = e.record_id
    WHERE a.erased_at IS NULL
       OR EXISTS (SELECT FROM private.person_private AS p WHERE p.address_id = a.id)
    ORDER BY a.id""")


def wordings(purpose: Purpose, day: date) -> Select:
    """Wordings of a purpose that hold on a day, the newest version first."""
    return (
        select(ConsentWording)
        .where(ConsentWording.purpose == purpose, ConsentWording.valid_from <= day)
        .order_by(ConsentWording.version.desc(), ConsentWording.giver)
    )


def wording(purpose: Purpose, giver: Giver, day: date) -> Select:
    """The newest wording for this giver on a day."""
    return wordings(purpose, day).where(ConsentWording.giver == giver).limit(1)


def same_person(address_id: UUID) -> Select[tuple[UUID]]:
    """Ids of this record and of every record marked as a double of the same one."""
    own, other = aliased(Address), aliased(Address)
    root = (
        select(func.coalesce(own.duplicate_of_id, own.id))
        .where(own.id == address_id)
        .scalar_subquery()
    )
    return (
        select(other.id)
        .where(other.nature == Nature.PERSON, or_(other.id == root, other.duplicate_of_id == root))
        .order_by(other.id)
    )


def now() -> Select[tuple[datetime]]:
    """The beginning of the transaction: what the database writes as `now()`."""
    return select(func.now())


def basis(address_id: UUID) -> Select[tuple[bool]]:
    """Whether a record may be processed at all at this moment."""
    return select(func.core.has_basis(Address.id, Address.age_band, func.clock_timestamp())).where(
        Address.id == address_id
    )


def without_basis(address_ids: Collection[UUID]) -> Select[tuple[UUID]]:
    """Which of these records may not be processed at this moment."""
    holds = func.core.has_basis(Address.id, Address.age_band, func.clock_timestamp())
    return select(Address.id).where(Address.id.in_(address_ids), ~holds)


def in_force(address_ids: Collection[UUID]) -> Select[tuple[Consent]]:
    """Consents of these records that were not withdrawn and have not ended."""
    return (
        select(Consent)
        .where(
            Consent.address_id.in_(address_ids),
            Consent.withdrawn_at.is_(None),
            Consent.valid_until > func.clock_timestamp(),
        )
        .order_by(Consent.address_id, Consent.given_at, Consent.id)
    )


def shared(address_id: UUID) -> Select[tuple[bool]]:
    """Whether the team that helps may learn who this is and where, at this moment."""
    return select(func.core.may_share(Address.id, Address.age_band, func.clock_timestamp())).where(
        Address.id == address_id
    )


def take_back(address_ids: list[UUID], purpose: Purpose) -> Update:
    """Withdraw every consent to a purpose that is not withdrawn yet."""
    # A consent of this very transaction began with it, too.
    return (
        update(Consent)
        .where(
            Consent.address_id.in_(address_ids),
            Consent.purpose == purpose,
            Consent.withdrawn_at.is_(None),
        )
        .values(withdrawn_at=func.greatest(func.now(), Consent.given_at))
        .returning(Consent.id)
    )


def persons() -> Select[tuple[int]]:
    """How many persons' records there are, tombstones left out."""
    return (
        select(func.count())
        .select_from(Address)
        .where(Address.nature == Nature.PERSON, Address.erased_at.is_(None))
    )


def growing_up() -> Select:
    """Records of children, and of persons of unknown age: id, band, status."""
    return (
        select(Address.id, Address.age_band, Address.status)
        .where(
            Address.nature == Nature.PERSON,
            Address.age_band != AgeBand.FROM_16,
            Address.erased_at.is_(None),
        )
        .order_by(Address.id)
    )


def ledger() -> Select:
    """Every erasure, the oldest first."""
    return select(Erasure.record_id, Erasure.purpose, Erasure.erased_at).order_by(
        Erasure.erased_at, Erasure.record_id
    )
