"""What team leaders do with proposals: accept, decline, start, report, give back. Flushes only.

Sending them is `sending`. Locks are always taken in one order (needs by id, teams by id, then
assignments), so that any number of officers and leaders may act at once.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from mapservice import refusals
from mapservice.addresses.models import Address, Nature
from mapservice.errors import Conflict, Invalid, NotFound
from mapservice.matching import queries
from mapservice.matching.models import Assignment, AssignmentStatus
from mapservice.needs.models import Need
from mapservice.teams.models import Team

REASON_LENGTH = 500  # characters


def accept(session: Session, leader: UUID, assignment: UUID) -> Assignment:
    """The team's leader takes the part. Conflict when it is no longer open to an answer."""
    return _move(session, leader, assignment, AssignmentStatus.ACCEPTED)


def decline(session: Session, leader: UUID, assignment: UUID, reason: str) -> Assignment:
    """The leader refuses with a reason (Invalid without): the pair rests for 60 days.

    Of a protected need the reason is a code of `leaders_reasons`.
    """
    return _move(
        session, leader, assignment, AssignmentStatus.DECLINED, status_reason=_reason(reason)
    )


def release(session: Session, leader: UUID, assignment: UUID, reason: str) -> Assignment:
    """The leader gives an accepted part back with a reason, as in `decline`: it is free again."""
    return _move(
        session, leader, assignment, AssignmentStatus.RELEASED, status_reason=_reason(reason)
    )


def start(session: Session, leader: UUID, assignment: UUID) -> Assignment:
    """The team is on its way."""
    return _move(session, leader, assignment, AssignmentStatus.UNDERWAY)


def report_done(
    session: Session,
    leader: UUID,
    assignment: UUID,
    *,
    hours: float,
    volunteers: int,
    results: str | None,
) -> Assignment:
    """The team reports its visit: hours of all volunteers together. An officer confirms it.

    Of a protected need `results` in words are Invalid.
    """
    return _move(
        session,
        leader,
        assignment,
        AssignmentStatus.DONE,
        hours=hours,
        volunteers=volunteers,
        results=results or None,
        reporter_id=leader,
    )


def reason_words(session: Session) -> dict[str, str]:
    """Every reason a person's record may have, code to words."""
    rows = session.execute(text("SELECT code, words FROM core.person_reason ORDER BY code"))
    return dict(rows.all())


def leaders_reasons(session: Session) -> dict[str, str]:
    """The reasons a leader may choose from for a protected need, in their order."""
    rows = session.execute(
        text("SELECT code, words FROM core.person_reason WHERE offered > 0 ORDER BY offered")
    )
    return dict(rows.all())


def _check_protected(session: Session, need: UUID, values: Mapping[str, object]) -> None:
    """Of a person, or a place kept from the map, nothing is told in a leader's words."""
    protected = select(Address.id).join(Need, Need.address_id == Address.id)
    protected = protected.where(
        Need.id == need, (Address.nature == Nature.PERSON) | Address.sensitive
    )
    if session.scalar(protected) is None:
        return
    if "status_reason" in values and values["status_reason"] not in leaders_reasons(session):
        sentence = refusals.PERSON_REASON
        raise Invalid(sentence, code="reason", fields={"reason": [sentence]})
    if values.get("results"):
        sentence = refusals.PERSON_WORDS
        raise Invalid(sentence, code="results", fields={"results": [sentence]})


def _reason(given: str) -> str:
    reason = given.strip()
    if not reason or len(reason) > REASON_LENGTH:
        sentence = "Cần ghi lý do." if not reason else f"Lý do dài quá {REASON_LENGTH} ký tự."
        raise Invalid(sentence, code="reason", fields={"reason": [sentence]})
    return reason


def _move(
    session: Session, leader: UUID, assignment: UUID, to: AssignmentStatus, **values: object
) -> Assignment:
    """One legal step of the leader's own assignment; another's is NotFound like an unknown one."""
    own = select(Assignment).join(Team, Team.id == Assignment.team_id)
    found = session.scalar(own.where(Assignment.id == assignment, Team.leader_id == leader))
    if found is None:
        raise NotFound("Không có phân công này.")
    _check_protected(session, found.need_id, values)
    session.execute(select(Need.id).where(Need.id == found.need_id).with_for_update(key_share=True))
    session.execute(select(Team.id).where(Team.id == found.team_id).with_for_update(key_share=True))
    session.refresh(found, with_for_update=True)
    if found.status is AssignmentStatus.PROPOSED and _overdue(found):
        raise Conflict("Đề nghị này đã quá hạn trả lời.", code="lease-over")
    if found.status is to:  # no step at all: the database would let it pass
        raise Conflict("Phân công đã ở trạng thái này.", code="tr_assignment_status")
    for name, value in {**values, "status": to, "version": found.version + 1}.items():
        setattr(found, name, value)
    try:
        session.flush()
    except IntegrityError as error:
        raise refusals.explain(error) from error
    return found


def _overdue(assignment: Assignment) -> bool:
    return assignment.lease_until is not None and assignment.lease_until < datetime.now(UTC)


def expire_overdue(session: Session) -> int:
    """Free what nobody answered in time; how many. Nobody's act: the trail names no actor."""
    rows = session.execute(text(queries.OVERDUE)).mappings().all()
    if not rows:
        return 0
    session.execute(text(queries.LOCK_NEEDS), {"codes": [row["need"] for row in rows]})
    session.execute(text(queries.LOCK_TEAMS), {"codes": [row["team"] for row in rows]})
    setting = "current_setting('mapservice.actor', true)"
    actor = session.scalar(text(f"SELECT {setting}"))
    forget = text("SELECT set_config('mapservice.actor', :actor, true)")
    session.execute(forget, {"actor": ""})
    gone = session.execute(text(queries.EXPIRE), {"ids": [str(row["id"]) for row in rows]})
    count = len(gone.all())
    session.execute(forget, {"actor": actor or ""})
    return count


def leaders_assignments(session: Session, leader: UUID) -> Sequence[Mapping]:
    """Assignments of the leader's teams: open ones, and those of the last 30 days."""
    return session.execute(text(queries.LEADERS_ASSIGNMENTS), {"leader": leader}).mappings().all()
