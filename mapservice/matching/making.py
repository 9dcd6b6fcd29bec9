"""Stored plans in the making: solved and kept, at once or by the worker. Flushes."""

import json
from datetime import UTC, datetime
from uuid import UUID

import structlog
from sqlalchemy import text
from sqlalchemy.orm import Session

from mapservice import faults
from mapservice.accounts import rights
from mapservice.errors import Conflict, DomainError
from mapservice.matching import explain, facts, loading, plan_queries, planning, service
from mapservice.matching.explain import Explanation
from mapservice.matching.loading import Instance
from mapservice.matching.models import Failure, PlanStatus, Proposer, StoredPlan
from mapservice.matching.planning import Plan
from mapservice.matching.progress import Report, Step, silent
from mapservice.matching.scope import Grouping, Scope

MOST_TRIES = 3  # of the worker, before a plan has failed
OUT_OF_TIME = "57014"  # SQLSTATE of a statement that took longer than it may
OVER = "Phương án này không còn sửa được."

log = structlog.get_logger()


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

    Where a need or a team it names was deleted while it ran it is made again. Until then nothing is
    written or locked: solving takes long, and nobody is to wait for it.
    """
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
    plan.travel_cost = made.instance.travel_cost
    plan.input_hash = facts.input_hash(made.instance.problem, plan.travel_cost)
    plan.facts = facts.of(made)
    plan.version += 1
    session.flush()
    session.execute(text(plan_queries.STORE), {"plan": plan.id, "pairs": _pairs(made)})
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


def _pairs(made: Plan) -> str:
    """As JSON: thousands of rows in one value are stored in half the time of as many statements."""
    pairs = [pair(made.instance, found, origin=Proposer.SOLVER) for found in made.proposals]
    return json.dumps(pairs, ensure_ascii=False, default=str)


def pair(instance: Instance, found: Explanation, **values: object) -> dict[str, object]:
    """A pair of a plan as it is stored, with these values."""
    return values | {
        "need_code": found.need.code,
        "team_code": found.team.code,
        "need_id": instance.cards[found.need.code]["id"],
        "team_id": instance.team_ids[found.team.code],
        "team_name": found.team.name,
        "metres": round(found.pair.metres),
        "explanation": explain.kept(found, instance.skill_names, instance.travel_cost),
        "group_key": found.need.group,
    }


def make_next(session: Session, grouping: Grouping) -> int:
    """One step of a plan that waits: 1, or 0 when none does.

    A plan is first marked as running, so that people see it. One that breaks is tried again behind
    the others, MOST_TRIES times; then it has failed, and says why.
    """
    waiting = session.execute(text(plan_queries.NEXT)).one_or_none()
    if waiting is None:
        return 0
    if waiting.status == PlanStatus.QUEUED:
        service.expire_overdue(session)
        session.execute(text(plan_queries.RUN), {"plan": waiting.id})
        return 1
    tries = count_try(session, waiting.id)
    if tries > MOST_TRIES:  # the worker ended in each of them without a word
        _fail(session, waiting.id, Failure.STOPPED)
        return 1
    try:
        with session.begin_nested():
            plan = session.get_one(StoredPlan, waiting.id)
            report = _teller(session, waiting.id)
            make(session, plan, grouping, loading.COMMAND_PATIENCE, report)
    except DomainError:  # cancelled meanwhile, or its office is gone
        _fail(session, waiting.id, Failure.ERROR)
    except Exception as error:
        if faults.is_outage(error):
            raise
        log.error("plan not made", plan=str(waiting.id), tries=tries, **faults.about(error))
        slow = faults.code(error) == OUT_OF_TIME
        if slow or tries == MOST_TRIES:
            _fail(session, waiting.id, Failure.TIME if slow else Failure.ERROR)
    return 1


def count_try(session: Session, plan_id: UUID) -> int:
    """Note that the worker begins, in a transaction of its own: it stays whatever becomes of the
    work. How often it did."""
    with _apart(session) as apart:
        tries = apart.scalar(text(plan_queries.TRY), {"plan": plan_id})
        apart.commit()
    return tries


def _fail(session: Session, plan_id: UUID, failure: Failure) -> None:
    session.execute(text(plan_queries.FAIL), {"plan": plan_id, "failure": failure})


def _apart(session: Session) -> Session:
    return Session(session.get_bind(), join_transaction_mode="create_savepoint")


def _teller(session: Session, plan_id: UUID) -> Report:
    """Writes how far the plan is where others see it at once: in transactions of its own.

    Conflict when the plan was cancelled, so that nobody goes on with it.
    """

    def tell(step: Step, done: int, total: int) -> None:
        values = {"plan": plan_id, "step": step, "done": done, "total": total}
        with _apart(session) as apart:
            told = apart.execute(text(plan_queries.TELL), values).rowcount
            apart.commit()
        if not told:
            raise Conflict(OVER, code="plan-over")

    return tell
