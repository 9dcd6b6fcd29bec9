"""What nobody has checked again in time leaves the map until somebody does."""

from collections.abc import Collection, Iterable, Sequence
from datetime import timedelta

from sqlalchemy import Row, func, select, text
from sqlalchemy.orm import Session

from mapservice.addresses.models import Address
from mapservice.needs import queries
from mapservice.needs.models import OPEN, Need

HOLDS = timedelta(days=90)  # how long a check holds (domain.md)
HOLDS_URGENT = timedelta(days=14)  # where one open need is of the highest urgency
URGENT = 4
REASON = "Quá hạn kiểm tra lại"
WARNED_DAYS = 7  # before the end
SHOWN = 500


def holds(needs: Iterable[Need]) -> timedelta:
    """How long a check of an address with these needs holds."""
    urgent = any(need.status in OPEN and need.urgency >= URGENT for need in needs)
    return HOLDS_URGENT if urgent else HOLDS


def fall_due_sooner(session: Session, address: Address, needs: Iterable[Need]) -> bool:
    """Let the check of an address end earlier where a need became urgent; whether it does."""
    if address.assured_until is None or holds(needs) is HOLDS:
        return False
    soon = session.scalar(select(func.now())) + HOLDS_URGENT
    if address.assured_until <= soon:
        return False
    address.assured_until = soon
    return True


def due_soon(
    session: Session,
    territory: Collection[int] | None,
    within_days: int = WARNED_DAYS,
    *,
    people: bool = True,
) -> Sequence[Row]:
    """Published addresses of the territory (None: the province) that expire so soon, the first
    end first, SHOWN at most: id, public_code, nature, protected, person_kind, commune,
    assured_until; kind and title unless protected. `people`: the protected ones too."""
    within = timedelta(days=within_days)
    statement = queries.due_soon(territory, within, people=people, most=SHOWN)
    return session.execute(statement).all()


def expire_unassured(session: Session, most: int = 500) -> int:
    """Expire published needs and addresses past `assured_until`, `most` of each; how many.

    A need that a team has taken stays as it is until it is done, or free and so due again.
    Proposals of an expired need are cancelled by the database. Without a date nothing expires.
    """
    values = {"most": most, "reason": REASON}
    statements = (queries.EXPIRE_NEEDS, queries.EXPIRE_ADDRESSES)
    return sum(len(session.execute(text(sql), values).all()) for sql in statements)
