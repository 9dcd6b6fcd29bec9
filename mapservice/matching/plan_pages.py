"""What the pages show of stored plans."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.orm import Session

from mapservice.accounts.rights import Actor
from mapservice.matching import explain, facts, loading, plan_queries, plans, queries
from mapservice.matching.changes import Offer
from mapservice.matching.models import AssignmentStatus, PairState, PlanStatus, StoredPlan
from mapservice.matching.pages import GROUPS
from mapservice.matching.problem import URGENCIES, Joint
from mapservice.matching.progress import Step, percent
from mapservice.matching.scope import Scope

SHOWN_PLANS = 50
SHOWN, SHOWN_UNMET = 500, 200  # proposals and needs on one page, the most urgent
GIVEN_BACK = (
    AssignmentStatus.DECLINED,
    AssignmentStatus.EXPIRED,
    AssignmentStatus.RELEASED,
    AssignmentStatus.CANCELLED,
)
LIVE = (PairState.PROPOSED, PairState.SENDING, PairState.SENT)
# What tells of a person's need by what its teams can do, or in words of when it was none.
UNSHOWN = frozenset(
    {"team_skills", "team_people", "lacking_skills", "lacking_people", "explanation"}
)
URGENCY_WORDS = {4: "khẩn cấp", 3: "mức 3", 2: "mức 2", 1: "mức 1"}


@dataclass(frozen=True)
class PlanView:
    """A stored plan with everything its page shows; `units` are names, none for everywhere."""

    plan: StoredPlan
    units: list[str]
    pairs: list[dict]
    pair_count: int
    counts: Mapping[str, int]  # pairs by state, those that are gone apart
    answers: Mapping[str, int]  # what became of those sent, as `_answers` counts
    refused: list[dict]
    unmet: list[dict]
    unmet_count: int
    proof: str
    certificate: list[dict]
    districts: list[dict]
    cost: str | None
    km: float


def listed(session: Session, actor: Actor) -> list[tuple[StoredPlan, list[str]]]:
    """The newest plans in reach, each with the names of its units."""
    statement = plan_queries.reachable(actor).order_by(
        plan_queries.StoredPlan.created_at.desc(), plan_queries.StoredPlan.id
    )
    found = session.scalars(statement.limit(SHOWN_PLANS)).all()
    names = unit_names(session, {unit for plan in found for unit in plan.units or ()})
    return [(plan, [names[unit][1] for unit in plan.units or ()]) for plan in found]


def units(session: Session, territory: Collection[int] | None) -> dict[str, list[Mapping]]:
    """Units of a territory that hold open needs, in groups as a chooser shows them."""
    scope = Scope(territory=territory)
    found = session.execute(text(queries.units_with_needs(scope.names)), scope.values)
    groups: dict[str, list[Mapping]] = {}
    for row in found.mappings():
        groups.setdefault(_unit_group(row), []).append(row)
    return groups


def _unit_group(row: Mapping) -> str:
    if row["level"] == "district":
        return "Huyện, thị xã, thành phố" + ("" if row["current"] else " (trước 1/7/2025)")
    return "Xã, phường hiện nay" if row["current"] else "Xã, phường, thị trấn (trước 1/7/2025)"


def view(session: Session, plan: StoredPlan) -> PlanView:
    """The plan as its page shows it."""
    rows, gone = plans.pairs(session, plan), plans.gone(session, plan)
    live = sorted((row for row in rows if row["state"] in LIVE), key=is_sent)
    asked: dict[str, list[Mapping]] = {}
    for row in live:
        if row["state"] == PairState.PROPOSED:
            asked.setdefault(row["need"], []).append(row)
    skills = skill_names(session)
    names = unit_names(session, plan.units or ())
    change = facts.cost_of_changes(rows)
    left = facts.left(plan.facts, [*rows, *gone])
    standing = [row for row in counted(plan, rows) if row["state"] in LIVE]
    refused = [_line(row) for row in rows if row["state"] == PairState.REFUSED]
    return PlanView(
        plan=plan,
        units=[names[unit][1] for unit in plan.units or ()],
        pairs=[_line(row) | _short(row, asked, skills) for row in live[:SHOWN]],
        pair_count=len(live),
        counts=Counter(row["state"] for row in rows),
        answers=_answers(rows),
        refused=refused + [_gone(row) for row in gone],
        unmet=_unmet(session, left[:SHOWN_UNMET]),
        unmet_count=len(left),
        proof=explain.proof(plan.facts.get("status", ""), plan.facts.get("precision")),
        certificate=_certificate(plan, standing),
        districts=facts.districts(plan.facts, standing),
        cost=change and cost_words(change["served"], change["km"]),
        km=facts.standing(standing)["km"],
    )


def counted(plan: StoredPlan, rows: Sequence[Mapping]) -> list[Mapping]:
    """The pairs that a plan's figures count: of one that was given up those that had gone out."""
    return [row for row in rows if plan.status is not PlanStatus.CANCELLED or is_sent(row)]


def is_sent(row: Mapping) -> bool:
    """Whether a plan's pair has gone out to the team's leader."""
    return row["state"] == PairState.SENT


def _answers(rows: Sequence[Mapping]) -> dict[str, int]:
    """The proposals that the pairs became: those that wait (of them `unseen`), that the team took
    (`taken`) and that it did not keep (`free`)."""
    answers = Counter(row["answer"] for row in rows if row["answer"])
    waiting = answers.pop(AssignmentStatus.PROPOSED, 0)
    free = sum(answers[status] for status in GIVEN_BACK)
    unseen = sum(row["answer"] == AssignmentStatus.PROPOSED and not row["seen_at"] for row in rows)
    return {
        "waiting": waiting,
        "unseen": unseen,
        "taken": answers.total() - free,
        "free": free,
    }


def _gone(row: Mapping) -> dict[str, object]:
    """A pair whose need or team was deleted since, as `_line` shows others."""
    if row["gone"] == "need":
        return dict(row) | {"title": f"Nhu cầu {row['need']}", "where": ""}
    return named(row)


def _line(row: Mapping) -> dict[str, object]:
    shown = {name: value for name, value in row.items() if name not in UNSHOWN}
    return named(shown) | {
        "distance": explain.kilometres(row["metres"]),
        "reasons": explain.told(row["explanation"], protected=row["protected"]),
    }


def _short(
    row: Mapping, asked: Mapping[str, Sequence[Mapping]], skills: Mapping[str, str]
) -> dict[str, object]:
    """What a need that wants several teams at once lacks in the plan, so that it cannot be sent:
    teams (`short`), and what those it has do not bring between them (`lacks`, in words)."""
    if not row["together"] or row["state"] != PairState.PROPOSED:
        return {"short": 0, "lacks": ""}
    lacking = loading.joint(row)
    for other in asked[row["need"]] if lacking else ():
        lacking = lacking.after(other["team_skills"], other["team_people"])
    return {
        "short": max(row["free"] - len(asked[row["need"]]), 0),
        "lacks": joint_words(lacking, skills, protected=row["protected"]) if lacking else "",
    }


def joint_words(joint: Joint, skills: Mapping[str, str], *, protected: bool) -> str:
    """What is lacking or brought: "kỹ năng Y tế, 12 người"; no skill's name where `protected`."""
    words = []
    if joint.skills:
        words.append("kỹ năng " + ("cần có" if protected else explain.listed(joint.skills, skills)))
    if joint.people:
        words.append(f"{joint.people} người")
    return ", ".join(words)


def skill_names(session: Session) -> dict[str, str]:
    return dict(session.execute(text(queries.SKILL_NAMES)).all())


def named(row: Mapping) -> dict[str, object]:
    """With the group for a title, and nothing nearer than the commune, where it is protected."""
    title = GROUPS[row["person_kind"]] if row["protected"] else row["title"]
    where = row["commune"] if row["protected"] else f"{row['place']}, {row['commune']}"
    return dict(row) | {"title": title, "where": where}


def _unmet(session: Session, left: Sequence[Mapping]) -> list[dict]:
    """The needs that the plan leaves, in the order given; one that is gone since is left out."""
    values = {"codes": [item["need"] for item in left]}
    found = session.execute(text(plan_queries.NEEDS), values).mappings()
    rows = {row["need"]: named(row) for row in found}
    return [rows[item["need"]] | item for item in left if item["need"] in rows]


def _certificate(plan: StoredPlan, live: Sequence[Mapping]) -> list[dict]:
    served = facts.standing(live)["served"]
    asked = plan.facts.get("asked", {})
    proven = {row["urgency"]: row for row in plan.facts.get("certificate", ())}
    return [
        proven[u] | {"asked": asked.get(str(u), 0), "own": served[u]}
        for u in URGENCIES
        if u in proven
    ]


def offer_lines(
    offers: Sequence[Offer], skills: Mapping[str, str], *, protected: bool
) -> list[dict[str, object]]:
    """The teams a need could get, each with its cost in words; `brings`, where several teams are to
    bring it all between them."""
    return [
        {
            "team": offer.team,
            "name": offer.name,
            "distance": explain.kilometres(offer.metres),
            "brings": offer.brings and joint_words(offer.brings, skills, protected=protected),
            "given_up": [named(row) for row in offer.given_up],
            "cost": cost_words(offer.served, offer.km),
        }
        for offer in offers
    ]


def cost_words(served: Mapping[int, int], km: float) -> str:
    """What a change comes to: "bớt 1 lượt khẩn cấp, thêm 3,2 km"."""
    words = [
        f"{'thêm' if count > 0 else 'bớt'} {abs(count)} lượt {URGENCY_WORDS[u]}"
        for u, count in served.items()
        if count
    ]
    if km:
        words.append(f"{'thêm' if km > 0 else 'bớt'} {explain.number(abs(km))} km")
    return ", ".join(words) or "không thay đổi gì"


def is_waiting(plan: StoredPlan) -> bool:
    """Whether the worker has it: to be made, or to be sent."""
    return plan.status in {PlanStatus.QUEUED, PlanStatus.RUNNING, PlanStatus.SENDING}


def progress(plan: StoredPlan) -> dict[str, object] | None:
    """How far a plan in the making is: `step`, its `done` of `total`, `percent` of the whole.

    None while it waits for its turn, and when it is over.
    """
    if plan.status is not PlanStatus.RUNNING or "step" not in plan.facts:
        return None
    told = {name: plan.facts[name] for name in ("step", "done", "total")}
    return told | {"percent": percent(Step(told["step"]), told["done"], told["total"])}


def unit_names(session: Session, units: Collection[int]) -> dict[int, tuple[str, str]]:
    """Id -> (key, name) of these units."""
    rows = session.execute(text(plan_queries.UNITS), {"units": sorted(units)}).mappings()
    return {row["id"]: (row["key"], row["name"]) for row in rows}
