"""One legal step of an assignment, under locks that all writers take in one order.

Needs by id, teams by id, then assignments: so any number of officers and leaders may act at once.
"""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from mapservice import refusals
from mapservice.addresses.models import Address
from mapservice.addresses.queries import protected
from mapservice.errors import Conflict, Invalid
from mapservice.matching.models import Assignment, AssignmentStatus
from mapservice.needs.models import Need
from mapservice.teams.models import Team

REASON_LENGTH = 500  # characters


def move(
    session: Session,
    found: Assignment,
    to: AssignmentStatus,
    *,
    version: int | None = None,
    **values: object,
) -> Assignment:
    """Bring the assignment to `to` with these values.

    Conflict when the step is not legal (any more), or the record is not at `version` any more.
    """
    hold(session, found)
    if version is not None and found.version != version:
        raise Conflict("Phân công vừa thay đổi. Hãy xem lại rồi quyết định.", code="stale")
    if found.status is AssignmentStatus.PROPOSED and _overdue(found):
        raise Conflict("Đề nghị này đã quá hạn trả lời.", code="lease-over")
    if found.status is to:  # no step at all: the database would let it pass
        raise Conflict("Phân công đã ở trạng thái này.", code="tr_assignment_status")
    for name, value in {**values, "status": to, "version": found.version + 1}.items():
        setattr(found, name, value)
    return flush(session, found)


def hold(session: Session, found: Assignment) -> None:
    """Lock the need, the team and the assignment, and read it as it is now."""
    session.execute(select(Need.id).where(Need.id == found.need_id).with_for_update(key_share=True))
    session.execute(select(Team.id).where(Team.id == found.team_id).with_for_update(key_share=True))
    session.refresh(found, with_for_update=True)


def flush(session: Session, made: Assignment) -> Assignment:
    """Write; the database's refusal becomes a sentence."""
    try:
        session.flush()
    except IntegrityError as error:
        raise refusals.explain(error) from error
    return made


def is_protected(session: Session, need: UUID) -> bool:
    """Whether the need is a person's, or of a place that is kept from the map like one."""
    found = select(Address.id).join(Need, Need.address_id == Address.id)
    return session.scalar(found.where(Need.id == need, protected())) is not None


def check_words(
    session: Session, need: UUID, values: Mapping[str, object], reasons: Collection[str]
) -> None:
    """Of a protected need nothing is told in words: the reason is one of these codes."""
    if not is_protected(session, need):
        return
    if "status_reason" in values and values["status_reason"] not in reasons:
        sentence = refusals.PERSON_REASON
        raise Invalid(sentence, code="reason", fields={"reason": [sentence]})
    if values.get("results"):
        sentence = refusals.PERSON_WORDS
        raise Invalid(sentence, code="results", fields={"results": [sentence]})


def reason(given: str) -> str:
    """A reason, trimmed (Invalid for none or too many words)."""
    said = given.strip()
    if not said or len(said) > REASON_LENGTH:
        sentence = "Cần ghi lý do." if not said else f"Lý do dài quá {REASON_LENGTH} ký tự."
        raise Invalid(sentence, code="reason", fields={"reason": [sentence]})
    return said


def reason_words(session: Session) -> dict[str, str]:
    """Every reason a person's record may have, code to words."""
    rows = session.execute(text("SELECT code, words FROM core.person_reason ORDER BY code"))
    return dict(rows.all())


def _overdue(assignment: Assignment) -> bool:
    return assignment.lease_until is not None and assignment.lease_until < datetime.now(UTC)
