"""What officers make of assignments: confirm or dispute a report, cancel, suspend a team. Flushes.

An assignment lies where its need does: its officer is the one of that territory.
"""

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from mapservice.accounts import rights
from mapservice.accounts.rights import Action, Actor
from mapservice.addresses.models import Address
from mapservice.audit import service as audit
from mapservice.errors import Conflict
from mapservice.matching import queries, steps, work_queries
from mapservice.matching.models import Assignment, AssignmentStatus
from mapservice.needs.models import Need
from mapservice.teams import service as teams
from mapservice.teams.models import SuspensionReason, Team, TeamState

ABSENT = "Không có phân công này."
# What an officer may say of an assignment at a person's, in this order.
OFFICERS_CODES = (
    "report_incomplete",
    "cannot_reach",
    "no_longer_needed",
    "wrong_record",
    "plan_changed",
    "other",
)


def confirm(session: Session, actor: Actor, assignment: UUID, version: int) -> Assignment:
    """The officer has seen the report, as it is at `version`, and it is true: the need follows.

    Conflict for the one who reported it, and for a report that changed meanwhile.
    """
    found = find(session, actor, assignment, Action.CONFIRM_RESULTS)
    to = AssignmentStatus.CONFIRMED
    return steps.move(session, found, to, version=version, confirmer_id=actor.id)


def dispute(
    session: Session, actor: Actor, assignment: UUID, version: int, reason: str
) -> Assignment:
    """The report is not enough, and why: the leader mends it or goes on with the work.

    Of a protected need the reason is one of `officers_reasons`.
    """
    found = find(session, actor, assignment, Action.CONFIRM_RESULTS)
    values = _because(session, found, reason)
    return steps.move(session, found, AssignmentStatus.DISPUTED, version=version, **values)


def cancel(
    session: Session, actor: Actor, assignment: UUID, version: int, reason: str
) -> Assignment:
    """End an assignment that came to nothing, for a reason as in `dispute`: its part is free."""
    found = find(session, actor, assignment, Action.CONFIRM_RESULTS)
    values = _because(session, found, reason)
    return steps.move(session, found, AssignmentStatus.CANCELLED, version=version, **values)


def suspend(
    session: Session,
    actor: Actor,
    code: str,
    version: int | None = None,
    *,
    reason: SuspensionReason,
) -> Team:
    """End a team's work; what it holds is cancelled, so that its needs are free for others.

    `version`: the one that was seen, where somebody says so (Stale).
    """
    team = teams.find(session, actor, code, Action.VERIFY_TEAMS)
    while not _hold_with_needs(session, team):
        pass
    teams.match(team, version)
    if team.state is TeamState.SUSPENDED:
        raise Conflict("Đội đã ngừng hoạt động.", code="team-suspended")
    session.execute(text(work_queries.CANCEL_HELD), {"team": team.id})
    team.state, team.suspension_reason = TeamState.SUSPENDED, reason
    team.version += 1
    session.flush()
    audit.record(
        session, "team_suspended", table_name="team", record_id=team.id, detail={"reason": reason}
    )
    return team


def _hold_with_needs(session: Session, team: Team) -> bool:
    """Lock the needs whose parts the team holds, then the team; False when it took one meanwhile.

    Needs come first, as for every writer: then the locks are given back, to be taken again.
    """
    held = text(work_queries.NEEDS_HELD)
    attempt = session.begin_nested()
    needs = session.scalars(held, {"team": team.id}).all()
    session.execute(text(queries.LOCK_NEEDS), {"codes": needs})
    session.refresh(team, with_for_update={"key_share": True})
    if not set(session.scalars(held, {"team": team.id})) <= set(needs):
        attempt.rollback()
        return False
    attempt.commit()
    return True


def to_confirm(session: Session, territory: Collection[int] | None) -> Sequence[Mapping]:
    """Reports that wait for an officer of this territory (None: everywhere), the oldest first.

    Of a protected need group and commune alone.
    """
    values = {"territory": None if territory is None else sorted(territory)}
    return session.execute(text(work_queries.TO_CONFIRM), values).mappings().all()


def officers_reasons(session: Session) -> dict[str, str]:
    """What an officer chooses from where the need is protected, code to words, in order."""
    words = steps.reason_words(session)
    return {code: words[code] for code in OFFICERS_CODES}


def find(session: Session, actor: Actor, assignment: UUID, action: Action) -> Assignment:
    """The assignment, when the actor may do `action` where its need lies."""
    rights.require(actor, action)
    place = select(Assignment, Address.unit_ids).join(Need, Need.id == Assignment.need_id)
    place = place.join(Address, Address.id == Need.address_id)
    row = session.execute(place.where(Assignment.id == assignment)).one_or_none()
    found, units = row or (None, None)
    where = {"table": "assignment", "record_id": assignment, "sentence": ABSENT}
    rights.permit(session, actor, action, units, **where)
    return found


def _because(session: Session, found: Assignment, reason: str) -> dict[str, object]:
    values: dict[str, object] = {"status_reason": steps.reason(reason)}
    steps.check_words(session, found.need_id, values, OFFICERS_CODES)
    return values
