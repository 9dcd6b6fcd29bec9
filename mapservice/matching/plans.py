"""Stored plans: asked for, made (at once or by the worker), cancelled, sent. Flushes.

A plan belongs to an organisation. Nobody but its offices and those above sees it.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import RowMapping, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from mapservice.accounts import rights
from mapservice.accounts.rights import Action, Actor
from mapservice.audit import service as audit
from mapservice.errors import BadRequest, Conflict, DomainError, Invalid, NotFound
from mapservice.matching import facts, loading, plan_queries, planning, sending, service
from mapservice.matching.models import Origin, PairState, PlanPair, PlanStatus, StoredPlan
from mapservice.matching.planning import Plan
from mapservice.matching.progress import Report, Step, silent
from mapservice.matching.scope import Grouping, Scope
from mapservice.matching.sending import Committed
from mapservice.territory.service import find_unit

AT_ONCE = 1500  # needs: a larger plan is left to the worker
NO_PLAN = "Không có phương án này."
STALE = "Phương án vừa được sửa ở nơi khác. Hãy xem lại rồi làm tiếp."
OVER = "Phương án này không còn sửa được."


def ask(
    session: Session, actor: Actor, units: Sequence[str], grouping: Grouping = Grouping.DISTRICT
) -> StoredPlan:
    """A plan for these units (none: the whole territory), made at once where it is small.

    Invalid for a unit that does not exist.
    """
    found = _asked(session, actor, units, grouping)
    if found.needs <= AT_ONCE:
        found.status = PlanStatus.RUNNING
        session.flush()
        make(session, found, grouping)
    return found


def keep(
    session: Session, actor: Actor, units: Sequence[str], grouping: Grouping, report: Report
) -> tuple[StoredPlan, Plan]:
    """As `ask`, made at once however large, with the time that a command has."""
    found = _asked(session, actor, units, grouping)
    found.status = PlanStatus.RUNNING
    session.flush()
    return found, make(session, found, grouping, loading.COMMAND_PATIENCE, report)


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
    scope = scope_of(session, found, grouping)
    statement = text(plan_queries.open_count(scope.names))
    found.needs = session.scalar(statement, scope.values)
    session.flush()
    audit.record(session, "plan_asked", table_name="plan", record_id=found.id)
    return found


def scope_of(session: Session, plan: StoredPlan, grouping: Grouping) -> Scope:
    """Which needs and teams a stored plan is about."""
    territory = None if plan.province else rights.territory(session, plan.organisation_id)
    return Scope(units=plan.units, territory=territory, grouping=grouping)


def make(
    session: Session,
    plan: StoredPlan,
    grouping: Grouping,
    patience: str = loading.PAGE_PATIENCE,
    report: Report = silent,
) -> Plan:
    """Solve a running plan and keep what comes out, unless it was cancelled meanwhile.

    Where a need or a team it names was deleted while it ran it is made again.
    """
    service.expire_overdue(session)
    kept = {tuple(row) for row in session.execute(text(plan_queries.KEPT), {"plan": plan.id})}
    scope = scope_of(session, plan, grouping)
    made = None
    while made is None or not _still_there(session, made):
        made = planning.plan(session, scope, kept=kept, patience=patience, report=report)
    report(Step.STORING, 0, 1)
    session.refresh(plan, with_for_update=True)
    if plan.status is not PlanStatus.RUNNING:
        return made
    plan.status, plan.finished_at = PlanStatus.DRAFT, datetime.now(UTC)
    plan.needs = len(made.instance.problem.needs)
    plan.input_hash = facts.input_hash(made.instance.problem)
    plan.travel_cost = f"{made.instance.travel.name} {made.instance.travel.version}"
    plan.facts = facts.of(made)
    plan.version += 1
    session.add_all(_pairs(plan, made))
    session.flush()
    return made


def _still_there(session: Session, made: Plan) -> bool:
    """Whether all that the plan names still exists; what does stays until the plan is kept."""
    instance = made.instance
    for table, ids in (
        ("need", {instance.cards[found.need.code]["id"] for found in made.proposals}),
        ("team", {instance.team_ids[found.team.code] for found in made.proposals}),
    ):
        statement = text(plan_queries.STILL_THERE.format(table=table))
        if len(session.scalars(statement, {"ids": sorted(ids)}).all()) < len(ids):
            return False
    return True


def _pairs(plan: StoredPlan, made: Plan) -> list[PlanPair]:
    instance = made.instance
    return [
        PlanPair(
            plan_id=plan.id,
            need_id=instance.cards[found.need.code]["id"],
            team_id=instance.team_ids[found.team.code],
            origin=Origin.SOLVER,
            metres=round(found.pair.metres),
            explanation=sending.explanation(instance, found) | {"group": found.need.group},
        )
        for found in made.proposals
    ]


def make_next(session: Session, grouping: Grouping) -> int:
    """One step of the plan that waits longest: 1, or 0 when none does.

    A plan is first marked as running, so that people see it; what cannot be made has failed.
    """
    waiting = session.execute(text(plan_queries.NEXT)).one_or_none()
    if waiting is None:
        return 0
    values = {"plan": waiting.id}
    if waiting.status == PlanStatus.QUEUED:
        session.execute(text(plan_queries.RUN), values)
        return 1
    try:
        with session.begin_nested():
            plan = session.get_one(StoredPlan, waiting.id)
            report = _teller(session, waiting.id)
            make(session, plan, grouping, loading.COMMAND_PATIENCE, report)
    except (DBAPIError, DomainError, ArithmeticError) as error:
        if getattr(error, "connection_invalidated", False):
            raise
        session.execute(text(plan_queries.FAIL), values)
    return 1


def _teller(session: Session, plan_id: UUID) -> Report:
    """Writes how far the plan is where others see it at once: in transactions of its own.

    Conflict when the plan was cancelled, so that nobody goes on with it.
    """

    def tell(step: Step, done: int, total: int) -> None:
        values = {"plan": plan_id, "step": step, "done": done, "total": total}
        with Session(session.get_bind(), join_transaction_mode="create_savepoint") as apart:
            told = apart.execute(text(plan_queries.TELL), values).rowcount
            apart.commit()
        if not told:
            raise Conflict(OVER, code="plan-over")

    return tell


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
        raise Conflict(OVER, code="plan-over")
    return plan


def cancel(session: Session, actor: Actor, plan_id: UUID, version: int) -> StoredPlan:
    """Give the plan up: one that waits is not made, one that is being made is thrown away."""
    before = (PlanStatus.QUEUED, PlanStatus.RUNNING, PlanStatus.DRAFT)
    plan = lock(session, actor, plan_id, version, statuses=before)
    plan.status = PlanStatus.CANCELLED
    plan.version += 1
    session.flush()
    audit.record(session, "plan_cancelled", table_name="plan", record_id=plan.id)
    return plan


def pairs(session: Session, plan: StoredPlan) -> list[RowMapping]:
    """Its pairs in whatever state, most urgent first, as every office may see them."""
    return list(session.execute(text(plan_queries.PAIRS), {"plan": plan.id}).mappings())


def send(
    session: Session,
    actor: Actor,
    plan_id: UUID,
    version: int,
    only: Collection[tuple[str, str]] | None = None,
) -> Committed:
    """Propose the draft's pairs to the teams' leaders: all, or `only` these (need, team) codes.

    Each is checked again under lock: what fits no more is refused with its reason and the rest
    goes through. The plan is over once nothing of it is left to send.
    """
    plan = lock(session, actor, plan_id, version, Action.COMMIT_PLANS)
    rows = {
        (row["need"], row["team"]): row
        for row in pairs(session, plan)
        if row["state"] == PairState.PROPOSED
    }
    chosen = [pair for pair in rows if only is None or pair in only]
    territory = None if plan.province else rights.territory(session, plan.organisation_id)
    by_hand = {pair for pair in chosen if rows[pair]["origin"] == Origin.OFFICER}
    committed = sending.commit(session, chosen, territory=territory, by_officer=by_hand)
    _mark(session, plan, rows, committed)
    plan.version += 1
    if len(committed.sent) + len({(r.need, r.team) for r in committed.refused}) == len(rows):
        plan.status, plan.sent_at = PlanStatus.SENT, datetime.now(UTC)
    session.flush()
    told = {"sent": len(committed.sent), "refused": len(committed.refused)}
    audit.record(session, "plan_sent", table_name="plan", record_id=plan.id, detail=told)
    return committed


def _mark(
    session: Session,
    plan: StoredPlan,
    rows: Mapping[tuple[str, str], RowMapping],
    committed: Committed,
) -> None:
    outcomes = dict.fromkeys(committed.sent, (PairState.SENT, None))
    for refused in committed.refused:
        outcomes[refused.need, refused.team] = (PairState.REFUSED, refused.reason)
    for pair, (state, refusal) in outcomes.items():
        session.execute(
            update(PlanPair)
            .where(
                PlanPair.plan_id == plan.id,
                PlanPair.need_id == rows[pair]["need_id"],
                PlanPair.team_id == rows[pair]["team_id"],
            )
            .values(state=state, refusal=refusal)
        )


def forget_old(session: Session) -> int:
    """Delete plans of over 90 days; how many."""
    return len(session.execute(text(plan_queries.FORGET)).all())


def _unit_id(session: Session, name: str) -> int:
    try:
        return find_unit(session, name).id
    except (BadRequest, NotFound) as refusal:
        raise Invalid(refusal.detail, fields={"units": [refusal.detail]}) from refusal
