"""A draft's pairs go out to the teams' leaders: at once, or piece by piece by the worker. Flushes.

A piece is sent and told in one transaction: what breaks off in between goes on where it stopped.
"""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from uuid import UUID

import structlog
from sqlalchemy import RowMapping, text, update
from sqlalchemy.orm import Session

from mapservice import faults
from mapservice.accounts import rights
from mapservice.accounts.rights import Action, Actor
from mapservice.audit import queries as acting
from mapservice.audit import service as audit
from mapservice.matching import loading, making, plan_queries, plans, sending
from mapservice.matching.models import PairState, PlanPair, PlanStatus, Proposer, StoredPlan
from mapservice.matching.sending import Committed, Pair, RefusedPair

AT_ONCE = 500  # pairs that are sent while somebody waits
GIVEN_UP = "Hệ thống gặp lỗi khi gửi. Hãy lập phương án mới cho nhu cầu này."

log = structlog.get_logger()


def send(
    session: Session,
    actor: Actor,
    plan_id: UUID,
    version: int,
    only: Collection[Pair] | None = None,
    *,
    at_once: int = AT_ONCE,
) -> Committed:
    """Propose the draft's pairs to the teams' leaders: all, or `only` these (need, team) codes.

    Each is checked again under lock: what fits no more is refused with its reason and the rest
    goes through. The plan is over once nothing of it is left to send and something was sent. More
    pairs than `at_once` are left to `send_next`: then nothing is told yet, and the plan is sending.
    """
    plan = plans.lock(session, actor, plan_id, version, Action.COMMIT_PLANS)
    chosen = _choose(session, plan, only)
    plan.status, plan.sent_by, plan.tries = PlanStatus.SENDING, actor.id, 0
    plan.version += 1
    session.flush()
    if chosen > at_once:
        return Committed([], [])
    return _send_piece(session, plan, loading.PAGE_PATIENCE, whole=True)


def _choose(session: Session, plan: StoredPlan, only: Collection[Pair] | None) -> int:
    """Mark the pairs that are to be sent; how many."""
    chosen = update(PlanPair).where(
        PlanPair.plan_id == plan.id, PlanPair.state == PairState.PROPOSED
    )
    if only is not None:
        codes = [f"{need}-{team}" for need, team in only]
        chosen = chosen.where((PlanPair.need_code + "-" + PlanPair.team_code).in_(codes))
    return session.execute(chosen.values(state=PairState.SENDING)).rowcount


def send_next(session: Session) -> int:
    """One piece of a plan that is being sent: 1, or 0 when there is none.

    What breaks is tried again behind the others; in the end what is left of it is refused.
    """
    waiting = session.scalar(text(plan_queries.TO_SEND))
    if waiting is None:
        return 0
    tries = making.count_try(session, waiting)
    try:
        with session.begin_nested():
            if tries > making.MOST_TRIES:
                _give_up(session, waiting)
            else:
                send_on(session, waiting)
    except Exception as error:
        if faults.is_outage(error):
            raise
        log.error("plan not sent", plan=str(waiting), tries=tries, **faults.about(error))
    return 1


def send_on(session: Session, plan_id: UUID) -> bool:
    """One piece of a plan that is being sent, in the name of who sent it; False when it is over."""
    plan = _sending(session, plan_id)
    if plan is None:
        return False
    _send_piece(session, plan, loading.COMMAND_PATIENCE)
    plan.tries = 0
    return True


def outcome(session: Session, plan_id: UUID) -> Committed:
    """What came of a plan's pairs that were to be sent."""
    plan = session.get_one(StoredPlan, plan_id)
    told = plans.pairs(session, plan, [PairState.SENT, PairState.REFUSED])
    gone = [row for row in plans.gone(session, plan) if row["state"] == PairState.REFUSED]
    return Committed(
        [(row["need"], row["team"]) for row in told if row["state"] == PairState.SENT],
        [
            RefusedPair(row["need"], row["team"], row["refusal"])
            for row in [*told, *gone]
            if row["state"] == PairState.REFUSED
        ],
    )


def _sending(session: Session, plan_id: UUID) -> StoredPlan | None:
    plan = session.get_one(StoredPlan, plan_id)
    session.refresh(plan, with_for_update=True)
    if plan.status is not PlanStatus.SENDING:
        return None
    session.execute(acting.act_as(plan.sent_by))
    return plan


def _send_piece(
    session: Session, plan: StoredPlan, patience: str, *, whole: bool = False
) -> Committed:
    """Send the next pairs, or all: a second piece's locks would be out of order in a transaction
    that holds those of the first."""
    rows = plans.pairs(session, plan, [PairState.SENDING]) if whole else _piece(session, plan)
    pairs = {(row["need"], row["team"]): row for row in rows}
    committed = sending.commit(
        session,
        list(pairs),
        explained={pair: row["explanation"] for pair, row in pairs.items()},
        territory=None if plan.province else rights.territory(session, plan.organisation_id),
        by_officer={pair for pair, row in pairs.items() if row["origin"] == Proposer.OFFICER},
        patience=patience,
    )
    committed.refused.extend(_gone(session, plan))
    _mark(session, plan, committed)
    return committed


def _gone(session: Session, plan: StoredPlan) -> list[RefusedPair]:
    """The pairs to be sent whose need or team was deleted."""
    return [
        RefusedPair(row["need"], row["team"], row["refusal"])
        for row in plans.gone(session, plan)
        if row["state"] == PairState.SENDING
    ]


def _piece(session: Session, plan: StoredPlan) -> Sequence[RowMapping]:
    """The next pairs, most urgent first; a need's all at once: it may want its teams together."""
    rows = plans.pairs(session, plan, [PairState.SENDING], sending.PIECE)
    if len(rows) < sending.PIECE:
        return rows
    return [row for row in rows if row["need"] != rows[-1]["need"]] or rows


def _mark(session: Session, plan: StoredPlan, committed: Committed) -> None:
    """Keep what came of each pair; the plan is over, or a draft again, when none waits."""
    told = [(*pair, PairState.SENT, None) for pair in committed.sent]
    told += [(r.need, r.team, PairState.REFUSED, r.reason) for r in committed.refused]
    names = ("needs", "teams", "states", "refusals")
    columns = zip(*told, strict=True) if told else ((),) * len(names)
    values = dict(zip(names, map(list, columns), strict=True))
    session.execute(text(plan_queries.MARK), values | {"plan": plan.id})
    counts = {"sent": len(committed.sent), "refused": len(committed.refused)}
    audit.record(session, "plan_sent", table_name="plan", record_id=plan.id, detail=counts)
    states = set(session.scalars(text(plan_queries.STATES), {"plan": plan.id}))
    if told and PairState.SENDING in states:
        return
    plan.version += 1
    plan.status = PlanStatus.DRAFT
    if PairState.SENT in states and PairState.PROPOSED not in states:
        plan.status, plan.sent_at = PlanStatus.SENT, datetime.now(UTC)
    session.flush()


def _give_up(session: Session, plan_id: UUID) -> None:
    plan = _sending(session, plan_id)
    if plan is not None:
        left = plans.pairs(session, plan, [PairState.SENDING])
        refused = [RefusedPair(row["need"], row["team"], GIVEN_UP) for row in left]
        _mark(session, plan, Committed([], refused + _gone(session, plan)))
