"""Stored plans: asked for, made (at once or by the worker), cancelled. Flushes.

A plan belongs to an organisation. Nobody but its offices and those above sees it.
"""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from mapservice.accounts import rights
from mapservice.accounts.rights import Action, Actor
from mapservice.audit import service as audit
from mapservice.errors import BadRequest, Conflict, Invalid, NotFound
from mapservice.matching import loading, making, plan_queries, planning, service
from mapservice.matching.models import PairState, PlanStatus, StoredPlan
from mapservice.matching.planning import Plan
from mapservice.matching.progress import Report
from mapservice.matching.scope import Grouping
from mapservice.territory.service import find_unit

AT_ONCE = 1500  # needs: a larger plan is left to the worker
GONE_WORDS = {
    "need": "Nhu cầu này không còn trong hệ thống.",
    "team": "Đội này không còn trong hệ thống.",
}
NO_PLAN = "Không có phương án này."
STALE = "Phương án vừa được sửa ở nơi khác. Hãy xem lại rồi làm tiếp."
OVER_STATES = frozenset({PlanStatus.SENT, PlanStatus.CANCELLED, PlanStatus.FAILED})


def ask(
    session: Session, actor: Actor, units: Sequence[str], grouping: Grouping = Grouping.DISTRICT
) -> StoredPlan:
    """A plan for these units (none: the whole territory), made at once where it is small.

    Invalid for a unit that does not exist.
    """
    service.expire_apart(session)
    found = _asked(session, actor, units, grouping)
    if found.needs <= AT_ONCE:
        found.status = PlanStatus.RUNNING
        session.flush()
        making.make(session, found, grouping)
    return found


def keep(
    session: Session, actor: Actor, units: Sequence[str], grouping: Grouping, report: Report
) -> tuple[StoredPlan, Plan]:
    """As `ask`, made at once however large, with the time that a command has.

    What nobody answered in time the command frees before, in a transaction of its own.
    """
    found = _asked(session, actor, units, grouping)
    found.status = PlanStatus.RUNNING
    session.flush()
    return found, making.make(session, found, grouping, loading.COMMAND_PATIENCE, report)


def _asked(session: Session, actor: Actor, units: Sequence[str], grouping: Grouping) -> StoredPlan:
    rights.require(actor, Action.KEEP_PLANS)
    found = StoredPlan(
        organisation_id=actor.organisation.id,
        made_by=actor.id,
        province=actor.territory is None,
        units=sorted({_unit_id(session, name) for name in units}) or None,
        status=PlanStatus.QUEUED,
    )
    session.add(found)
    scope = making.scope_of(session, found, grouping)
    statement = text(plan_queries.open_count(scope.names))
    found.needs = session.scalar(statement, scope.values)
    session.flush()
    audit.record(session, "plan_asked", table_name="plan", record_id=found.id)
    return found


def find(
    session: Session, actor: Actor, plan_id: UUID, action: Action = Action.SEE_PLANS
) -> StoredPlan:
    """A plan the actor may see (NotFound alike for one of elsewhere and none at all)."""
    plan = session.get(StoredPlan, plan_id)
    told = {"table": "plan", "record_id": plan_id, "sentence": NO_PLAN}
    owner = plan.organisation_id if plan else None
    rights.permit_organisation(session, actor, action, owner, **told)
    if plan.province and actor.territory is not None:
        rights.refuse(session, actor.id, action, **told)
    return plan


def lock(
    session: Session,
    actor: Actor,
    plan_id: UUID,
    version: int,
    action: Action = Action.KEEP_PLANS,
    statuses: Collection[PlanStatus] = (PlanStatus.DRAFT,),
) -> StoredPlan:
    """As `find`, alone at it; Conflict when it changed since `version`, or is in no such state."""
    plan = find(session, actor, plan_id, action)
    session.refresh(plan, with_for_update=True)
    if plan.version != version:
        raise Conflict(STALE, code="stale")
    if plan.status not in statuses:
        raise Conflict(making.OVER, code="plan-over")
    return plan


def cancel(session: Session, actor: Actor, plan_id: UUID, version: int) -> StoredPlan:
    """Give the plan up: one that waits is not made, one that is being made is thrown away; of one
    that is being sent what did not go out yet stays here."""
    planning.allow(session, loading.PAGE_PATIENCE)  # the piece that is being sent holds the plan
    before = set(PlanStatus) - OVER_STATES
    plan = lock(session, actor, plan_id, version, statuses=before)
    plan.status = PlanStatus.CANCELLED
    plan.version += 1
    session.flush()
    audit.record(session, "plan_cancelled", table_name="plan", record_id=plan.id)
    return plan


def pairs(
    session: Session,
    plan: StoredPlan,
    states: Collection[PairState] = tuple(PairState),
    most: int | None = None,
) -> list[RowMapping]:
    """Its pairs in these states, the `most` urgent first, as every office may see them.

    Those whose need or team was deleted since are `gone`, and not among them.
    """
    values = {"plan": plan.id, "states": list(states), "most": most}
    return list(session.execute(text(plan_queries.PAIRS), values).mappings())


def gone(session: Session, plan: StoredPlan) -> list[dict[str, object]]:
    """Its pairs that cannot be sent any more as their need or team was deleted: what is left of
    them, by codes, and `refusal`."""
    rows = session.execute(text(plan_queries.GONE), {"plan": plan.id}).mappings()
    return [dict(row) | {"refusal": GONE_WORDS[row["gone"]]} for row in rows]


def forget_old(session: Session) -> int:
    """Delete plans of over 90 days; how many."""
    return len(session.execute(text(plan_queries.FORGET)).all())


def _unit_id(session: Session, name: str) -> int:
    try:
        return find_unit(session, name).id
    except (BadRequest, NotFound) as refusal:
        raise Invalid(refusal.detail, fields={"units": [refusal.detail]}) from refusal
