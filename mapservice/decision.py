"""Who may see what of a person: one pure function over what is known of viewer and record.

Everything that shows a person (disclosure, matching) asks `decide` and nothing else;
tests/unit/test_decision.py holds the whole table.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from enum import StrEnum

from mapservice.accounts.models import OrganisationLevel, Role

VIETNAM = timezone(timedelta(hours=7))
VISIT = timedelta(days=30)  # how long an accepted need without dates stays open to its team


class LookReason(StrEnum):
    """Why somebody looks: a code, no words, for the trail outlives an erasure."""

    REVIEW = "review"
    CALL = "call"
    VISIT = "visit"
    DOUBLES = "doubles"
    CORRECTION = "correction"
    OWN_REQUEST = "own_request"
    COMPLAINT = "complaint"
    EMERGENCY = "emergency"


class Decision(StrEnum):
    """What a viewer gets of one record."""

    FORBIDDEN = "forbidden"  # this account sees nobody's private data, whatever the record
    NEEDS_REASON = "needs_reason"
    ABSENT = "absent"  # for this viewer the record does not exist
    OUTLINE = "outline"  # group and commune
    TEAM = "team"  # what a team needs to visit
    OFFICE = "office"  # everything


class Stage(StrEnum):
    """How far the viewer's team has come with a need of the record."""

    NONE, PROPOSED, HELD = "none", "proposed", "held"


@dataclass(frozen=True, slots=True)
class Facts:
    """`level`: of the viewer's organisation. `covered`: the record exists and lies in the viewer's
    territory. `shared`: its person may be shown to a team (consent to share, or an emergency).
    `stated`: a usable reason is given. `outline`: no more than group and commune is asked for.
    `open`: nothing to protect from this viewer: an office's line, the viewer's own contact."""

    role: Role
    level: OrganisationLevel
    active: bool
    covered: bool = False
    stage: Stage = Stage.NONE
    shared: bool = False
    stated: bool = False
    outline: bool = False
    open: bool = False


@dataclass(frozen=True, slots=True)
class Held:
    """One assignment of the viewer's team; `wanted_until` is the first day after the visit's."""

    status: str  # of matching.models.AssignmentStatus
    status_at: datetime
    lease_until: datetime | None
    wanted_until: date | None


def decide(facts: Facts) -> Decision:
    """The rule. Role and account come first: their answer must not depend on the record."""
    if facts.active and facts.open:
        return Decision.TEAM
    if not facts.active or facts.role is Role.VIEWER:
        return Decision.FORBIDDEN
    if _from_afar(facts) and not (facts.stated or facts.outline):
        return Decision.NEEDS_REASON
    if facts.role is Role.TEAM_LEADER:
        return _for_team(facts)
    if not facts.covered:
        return Decision.ABSENT
    return Decision.OUTLINE if facts.outline else Decision.OFFICE


def _from_afar(facts: Facts) -> bool:
    """The province looks at a person only for a reason it states."""
    return facts.role is Role.ADMIN or facts.level is OrganisationLevel.PROVINCE


def _for_team(facts: Facts) -> Decision:
    if facts.stage is Stage.NONE:
        return Decision.ABSENT
    if facts.stage is Stage.HELD and facts.shared:
        return Decision.TEAM
    return Decision.OUTLINE


def stage(assignments: Iterable[Held], now: datetime) -> Stage:
    """The furthest stage any of these assignments gives at this moment."""
    stages = {_stage(held, now) for held in assignments}
    return next((s for s in (Stage.HELD, Stage.PROPOSED) if s in stages), Stage.NONE)


def _stage(held: Held, now: datetime) -> Stage:
    if held.status in {"accepted", "underway"}:
        return Stage.HELD if now < open_until(held) else Stage.NONE
    if held.status == "proposed" and (held.lease_until is None or now < held.lease_until):
        return Stage.PROPOSED
    return Stage.NONE


def open_until(held: Held) -> datetime:
    """When an accepted assignment closes to its team: after the last wanted day (Vietnam time),
    or VISIT after its last step where no day is named; never before its lease."""
    if held.wanted_until is None:
        ends = held.status_at + VISIT
    else:
        ends = datetime.combine(held.wanted_until, time(), VIETNAM)
    return max(ends, held.lease_until or datetime.min.replace(tzinfo=UTC))


def stated(code: str | None) -> LookReason | None:
    """The reason with this code; anything else is none."""
    return LookReason(code) if code in set(LookReason) else None
