"""What an officer changes of a draft by hand, and what each change costs. Flushes.

Only admissible pairs can be put into a plan. Where a part or a place must be given up for one, the
least urgent, farthest pair is, and the offer says so beforehand.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.orm import Session

from mapservice.accounts import rights
from mapservice.accounts.rights import Action, Actor
from mapservice.audit import service as audit
from mapservice.errors import Conflict, NotFound
from mapservice.matching import facts, loading, making, planning, plans
from mapservice.matching.loading import Instance
from mapservice.matching.models import PairState, PlanPair, Proposer, StoredPlan
from mapservice.matching.pairs import Pair
from mapservice.matching.problem import URGENCIES, Joint, OpenNeed, ReadyTeam
from mapservice.matching.scope import Grouping, Scope
from mapservice.needs import service as needs

NO_NEED = "Nhu cầu này không còn chờ đội trong phương án."
NO_TEAM = "Đội này không (còn) phù hợp với nhu cầu. Hãy xem lại danh sách đội."
NO_PAIR = "Phương án không có đề nghị này."


@dataclass(frozen=True)
class Offer:
    """A team that the need could get: the pairs given up for it, and what that comes to.

    `served`: parts more or fewer by urgency; `km` more or fewer, in a straight line. `brings`: of
    what several teams are to bring between them.
    """

    team: str
    name: str
    pair: Pair
    given_up: tuple[Mapping, ...]
    served: Mapping[int, int]
    km: float
    brings: Joint | None = None

    @property
    def metres(self) -> float:
        return self.pair.metres


def offers(
    session: Session, actor: Actor, plan_id: UUID, need: str
) -> tuple[StoredPlan, Instance, list[Offer]]:
    """The teams a need of the draft could get besides those it has, nearest first.

    NotFound when the need is not open, or not of the plan.
    """
    plan = plans.find(session, actor, plan_id, Action.KEEP_PLANS)
    rows = plans.pairs(session, plan, [PairState.PROPOSED])
    instance = _instance(session, actor, plan, need)
    own = [row for row in rows if row["need"] == need]
    has = {row["team"] for row in own}
    found = []
    for pair in instance.problem.candidates[0]:
        team = instance.problem.teams[pair.team]
        if team.code not in has:
            found.append(_offer(instance, pair, rows, own))
    return plan, instance, found


def _instance(session: Session, actor: Actor, plan: StoredPlan, need: str) -> Instance:
    territory = None if plan.province else rights.territory(session, plan.organisation_id)
    grouping = Grouping(plan.facts.get("grouping", Grouping.DISTRICT))
    scope = Scope(units=plan.units, territory=territory, codes=[need], grouping=grouping)
    found = loading.load(session, scope, all_pairs=True)
    if not found.problem.needs:
        needs.read(session, actor, need)  # NotFound for one that is not the actor's to know
        raise NotFound(NO_NEED)
    return found


def _offer(
    instance: Instance, pair: Pair, rows: Sequence[Mapping], own: Sequence[Mapping]
) -> Offer:
    need, team = instance.problem.needs[pair.need], instance.problem.teams[pair.team]
    given_up: list[Mapping] = []
    if len(own) >= need.parts:
        given_up.append(max(own, key=lambda row: (row["metres"], row["team"])))
    busy = [row for row in rows if row["team"] == team.code]
    if len(busy) >= team.places:
        loser = min(busy, key=lambda row: (row["urgency"], -row["metres"], row["need"]))
        given_up += (
            [row for row in rows if row["need"] == loser["need"]] if loser["together"] else [loser]
        )
    before = facts.standing(given_up)
    gained = {u: (u == need.urgency) - before["served"][u] for u in URGENCIES}
    km = round(pair.metres / 1000 - before["km"], 1)
    return Offer(team.code, team.name, pair, tuple(given_up), gained, km, _brings(need, team))


def _brings(need: OpenNeed, team: ReadyTeam) -> Joint | None:
    if need.joint is None:
        return None
    return Joint(tuple(skill for skill in need.joint.skills if skill in team.skills), team.people)


def choose(
    session: Session, actor: Actor, plan_id: UUID, version: int, need: str, team: str
) -> StoredPlan:
    """Put the pair into the draft, giving up what its offer says. Conflict when it fits no more."""
    plans.lock(session, actor, plan_id, version)
    try:
        plan, instance, found = offers(session, actor, plan_id, need)
    except NotFound as gone:
        raise Conflict(gone.detail, code="need-gone") from gone
    offer = next((offer for offer in found if offer.team == team), None)
    if offer is None:
        raise Conflict(NO_TEAM, code="not-admissible")
    for row in offer.given_up:
        _set(session, plan, row["need"], row["team"], PairState.REMOVED)
    if session.get(PlanPair, (plan.id, need, team)):
        _set(session, plan, need, team, PairState.PROPOSED)
    else:
        session.add(_pair(session, plan, instance, offer))
    return _changed(session, plan, "plan_pair_chosen")


def _pair(session: Session, plan: StoredPlan, instance: Instance, offer: Offer) -> PlanPair:
    """Explained against the whole plan as it is without what is given up."""
    given: dict[str, dict[str, int]] = {}
    for row in plans.pairs(session, plan, [PairState.PROPOSED]):
        given.setdefault(row["team"], {})[row["need"]] = row["urgency"]
    [found] = planning.explained(session, instance, [offer.pair], given=given)
    made_by = {"plan_id": plan.id, "origin": Proposer.OFFICER, "state": PairState.PROPOSED}
    return PlanPair(**making.pair(instance, found, **made_by))


def remove(
    session: Session, actor: Actor, plan_id: UUID, version: int, need: str, team: str
) -> StoredPlan:
    """Take a pair out of the draft; of a need that wants its teams together, all of them."""
    plan = plans.lock(session, actor, plan_id, version)
    own = [row for row in plans.pairs(session, plan, [PairState.PROPOSED]) if row["need"] == need]
    if team not in {row["team"] for row in own}:
        raise Conflict(NO_PAIR, code="not-in-plan")
    for row in own:
        if row["team"] == team or row["together"]:
            _set(session, plan, need, row["team"], PairState.REMOVED)
    return _changed(session, plan, "plan_pair_removed")


def _set(session: Session, plan: StoredPlan, need: str, team: str, state: PairState) -> None:
    which = (PlanPair.plan_id == plan.id, PlanPair.need_code == need, PlanPair.team_code == team)
    session.execute(update(PlanPair).where(*which).values(state=state, refusal=None))


def _changed(session: Session, plan: StoredPlan, what: str) -> StoredPlan:
    plan.version += 1
    session.flush()
    audit.record(session, what, table_name="plan", record_id=plan.id)
    return plan
