"""What team leaders do with proposals: accept, decline, start, report, give back. Flushes only.

Sending them is `sending`, taking a need without being asked `claiming`, what officers make of
reports `confirming`, what is told from the field `reporting`; their acts are named here too.
"""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from mapservice.accounts import rights
from mapservice.accounts.rights import Action
from mapservice.matching import queries, steps, work_queries
from mapservice.matching.claiming import claim, claimable
from mapservice.matching.confirming import (
    ABSENT,
    cancel,
    confirm,
    dispute,
    officers_reasons,
    suspend,
    to_confirm,
)
from mapservice.matching.models import Assignment, AssignmentStatus
from mapservice.matching.reporting import report, reports_of
from mapservice.matching.steps import reason_words
from mapservice.teams.models import Team

__all__ = [
    "accept",
    "cancel",
    "claim",
    "claimable",
    "confirm",
    "decline",
    "dispute",
    "expire_apart",
    "expire_overdue",
    "is_told",
    "leaders_assignments",
    "leaders_reasons",
    "officers_reasons",
    "own",
    "reason_words",
    "release",
    "report",
    "report_done",
    "reports_of",
    "start",
    "suspend",
    "to_confirm",
]


def accept(
    session: Session, leader: UUID, assignment: UUID, *, version: int | None = None
) -> Assignment:
    """The team's leader takes the part. Conflict when it is no longer open to an answer.

    `version`, here and below: the one that was seen, where somebody says so (Conflict: `stale`).
    """
    return _move(session, leader, assignment, AssignmentStatus.ACCEPTED, version=version)


def decline(
    session: Session, leader: UUID, assignment: UUID, reason: str, *, version: int | None = None
) -> Assignment:
    """The leader refuses with a reason (Invalid without): the pair rests for 60 days.

    Of a protected need the reason is a code of `leaders_reasons`.
    """
    said = steps.reason(reason)
    to = AssignmentStatus.DECLINED
    return _move(session, leader, assignment, to, version=version, status_reason=said)


def release(
    session: Session, leader: UUID, assignment: UUID, reason: str, *, version: int | None = None
) -> Assignment:
    """The leader gives an accepted part back with a reason, as in `decline`: it is free again."""
    said = steps.reason(reason)
    to = AssignmentStatus.RELEASED
    return _move(session, leader, assignment, to, version=version, status_reason=said)


def start(
    session: Session, leader: UUID, assignment: UUID, *, version: int | None = None
) -> Assignment:
    """The team is on its way."""
    return _move(session, leader, assignment, AssignmentStatus.UNDERWAY, version=version)


def report_done(
    session: Session,
    leader: UUID,
    assignment: UUID,
    *,
    hours: float,
    volunteers: int,
    results: str | None,
    version: int | None = None,
) -> Assignment:
    """The team reports its visit: hours of all volunteers together. An officer confirms it.

    Of a protected need `results` in words are Invalid.
    """
    return _move(
        session,
        leader,
        assignment,
        AssignmentStatus.DONE,
        version=version,
        hours=hours,
        volunteers=volunteers,
        results=results or None,
        reporter_id=leader,
    )


def is_told(
    session: Session, leader: UUID, assignment: UUID, *, hours: float, volunteers: int, results: str
) -> bool:
    """Whether the visit was reported already with exactly these hours, volunteers and results."""
    found = own(session, leader, assignment)
    if found.status not in {AssignmentStatus.DONE, AssignmentStatus.CONFIRMED}:
        return False
    told = (float(found.hours), found.volunteers, found.results or "")
    return told == (round(hours, 1), volunteers, results)


def leaders_reasons(session: Session) -> dict[str, str]:
    """The reasons a leader may choose from for a protected need, in their order."""
    rows = session.execute(
        text("SELECT code, words FROM core.person_reason WHERE offered > 0 ORDER BY offered")
    )
    return dict(rows.all())


def _move(
    session: Session,
    leader: UUID,
    assignment: UUID,
    to: AssignmentStatus,
    *,
    version: int | None,
    **values: object,
) -> Assignment:
    """One legal step of the leader's own assignment; another's is NotFound like an unknown one."""
    found = own(session, leader, assignment)
    steps.check_words(session, found.need_id, values, leaders_reasons(session))
    return steps.move(session, found, to, version=version, **values)


def own(session: Session, leader: UUID, assignment: UUID) -> Assignment:
    """The assignment, when the account leads its team (NotFound)."""
    found = session.get(Assignment, assignment)
    if found is None or session.get_one(Team, found.team_id).leader_id != leader:
        where = {"table": "assignment", "record_id": found and found.id, "sentence": ABSENT}
        rights.refuse(session, leader, Action.ANSWER_PROPOSALS, **where)
    return found


def expire_overdue(session: Session) -> int:
    """Free what nobody answered in time; how many. Nobody's act: the trail names no actor."""
    rows = session.execute(text(work_queries.OVERDUE)).mappings().all()
    if not rows:
        return 0
    session.execute(text(queries.LOCK_NEEDS), {"codes": [row["need"] for row in rows]})
    session.execute(text(queries.LOCK_TEAMS), {"codes": [row["team"] for row in rows]})
    setting = "current_setting('mapservice.actor', true)"
    actor = session.scalar(text(f"SELECT {setting}"))
    forget = text("SELECT set_config('mapservice.actor', :actor, true)")
    session.execute(forget, {"actor": ""})
    gone = session.execute(text(work_queries.EXPIRE), {"ids": [str(row["id"]) for row in rows]})
    count = len(gone.all())
    session.execute(forget, {"actor": actor or ""})
    return count


def expire_apart(session: Session) -> int:
    """As `expire_overdue`, in a transaction of its own, whose locks are over when it returns."""
    with Session(session.get_bind(), join_transaction_mode="create_savepoint") as apart:
        count = expire_overdue(apart)
        apart.commit()
    return count


def leaders_assignments(session: Session, leader: UUID) -> Sequence[Mapping]:
    """Assignments of the leader's teams: open ones, and those of the last 30 days."""
    return (
        session.execute(text(work_queries.LEADERS_ASSIGNMENTS), {"leader": leader}).mappings().all()
    )
