"""Children grow up: their age bands advance, and with them whose consent is needed."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from mapservice.addresses.models import Address, AddressStatus, AgeBand
from mapservice.audit.service import record
from mapservice.consent import queries

ACTIVE = {AddressStatus.SUBMITTED, AddressStatus.VERIFIED, AddressStatus.PUBLISHED}
ORDER = [AgeBand.UNKNOWN, AgeBand.UNDER_7, AgeBand.FROM_7_TO_15, AgeBand.FROM_16]


@dataclass(frozen=True)
class Advanced:
    """Records that moved to another band; `suspended` of them lack a consent it asks for."""

    moved: int
    suspended: int


def band(birth_year: int, year: int) -> AgeBand:
    """The band in `year` of somebody of whom only the birth year is known.

    In doubt the one that asks for more: the child is asked from the year of the seventh
    birthday, the guardian until the end of the year of the sixteenth.
    """
    age = year - birth_year
    if age < 7:
        return AgeBand.UNDER_7
    return AgeBand.FROM_7_TO_15 if age <= 16 else AgeBand.FROM_16


def advance_age_bands(
    session: Session, birth_year: Callable[[UUID], int | None], today: date
) -> Advanced:
    """Move every child's record to the band of this year, never back.

    Bands follow from the year alone, so once after each New Year is enough; `birth_year` is the
    disclosure's (each call opens a sealed value and leaves its audit row), None when unknown. A
    record whose new band lacks a consent leaves the active list until it is given.
    """
    moved = suspended = 0
    for row in session.execute(queries.growing_up()).all():
        year = birth_year(row.id)
        wanted = row.age_band if year is None else band(year, today.year)
        if ORDER.index(wanted) <= ORDER.index(row.age_band):
            continue
        moved += 1
        values: dict[str, object] = {"age_band": wanted}
        holds = select(func.core.has_basis(row.id, wanted, func.clock_timestamp()))
        if row.status in ACTIVE and not session.scalar(holds):
            suspended += 1
            values["status"] = (
                AddressStatus.RETURNED
                if row.status is AddressStatus.SUBMITTED
                else AddressStatus.EXPIRED
            )
            values["status_reason"] = "consent_for_age"
        session.execute(update(Address).where(Address.id == row.id).values(values))
    if moved:
        detail = {"moved": moved, "suspended": suspended}
        record(session, "privacy.age_bands", table_name="address", detail=detail)
    return Advanced(moved, suspended)
