"""What a plan and a problem look like as JSON; what a leader's forms hold."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

from marshmallow import EXCLUDE, Schema, fields, pre_load, validate

from mapservice.matching import explain
from mapservice.matching.explain import Explanation
from mapservice.matching.loading import Instance
from mapservice.matching.pairs import Pair
from mapservice.matching.planning import Plan
from mapservice.matching.problem import URGENCIES, Problem, served_at_least, served_by_class


class _Form(Schema):
    """A form: texts are trimmed (NUL, which no text holds, too), csrf_token is left out."""

    class Meta:
        unknown = EXCLUDE

    @pre_load
    def trim(self, data, **_):
        return {name: value.replace("\x00", "").strip() for name, value in data.items()}


class ReasonForm(_Form):
    """Declining or giving back; of a protected need the reason is a code (service.decline)."""

    reason = fields.Str(
        required=True,
        validate=[
            validate.Length(1, error="Cần ghi lý do."),
            validate.Length(max=500, error="Lý do dài quá 500 ký tự."),
        ],
        error_messages={"required": "Cần ghi lý do."},
    )


class DoneForm(_Form):
    """What a visit came to: `hours` of all volunteers together; "1,5" is one and a half.

    Of a protected need there are no `results` in words (service.report_done).
    """

    hours = fields.Float(
        required=True,
        validate=validate.Range(0, 99999, error="Số giờ từ 0 đến 99999."),
        error_messages={"required": "Cần ghi số giờ.", "invalid": "Số giờ phải là số."},
    )
    volunteers = fields.Int(
        required=True,
        validate=validate.Range(0, 9999, error="Số tình nguyện viên từ 0 đến 9999."),
        error_messages={
            "required": "Cần ghi số tình nguyện viên.",
            "invalid": "Số tình nguyện viên phải là số.",
        },
    )
    results = fields.Str(
        load_default="", validate=validate.Length(max=2000, error="Kết quả dài quá 2000 ký tự.")
    )
    report = fields.UUID(load_default=None)  # the id of the report that keeps the photos

    @pre_load
    def read_comma(self, data, **_):
        return dict(data) | {"hours": data.get("hours", "").strip().replace(",", ".")}


@dataclass(frozen=True)
class GroupShare:
    """How far the needs of one group (district) are served by a plan.

    `served` counts needs that got at least one team; `reachable` says whether any team at all may
    come to any of its needs. `parts` are free ones, `held` those that teams hold already, `urgent`
    the free ones of class 4, `km` what the proposals travel in a straight line.
    """

    code: str
    name: str
    needs: int
    served: int
    parts: int
    parts_served: int
    reachable: bool
    held: int
    urgent: int
    km: float


def document(plan: Plan) -> dict:
    """A plan as the contract's `match --json`."""
    return figures(plan) | {"proposals": [_proposal(plan.instance, p) for p in plan.proposals]}


def figures(plan: Plan) -> dict:
    """The same without its proposals."""
    problem, chosen = plan.instance.problem, plan.solution.chosen
    return {
        "status": plan.solution.status,
        "needs": len(problem.needs),
        "parts": problem.parts,
        "teams": len(problem.teams),
        "pairs": len(problem.pairs),
        "km": kilometres(chosen),
        "precision": vars(plan.solution.precision) if plan.solution.precision else None,
        "certificate": certificate(plan),
        "bound_over": "all" if plan.bounds_hold else "considered",
        "combined": vars(plan.combined) | {"gap": plan.combined.gap},
        "unmet": [
            {
                "need": item.need.code,
                "urgency": item.need.urgency,
                "reason": item.reason,
                "why": item.why,
                "parts": item.parts,
            }
            for item in plan.unmet
        ],
        "districts": [vars(share) for share in shares(plan)],
        "greedy": _greedy(problem, plan.baseline.chosen),
        "travel_cost": {"name": plan.instance.travel.name, "version": plan.instance.travel.version},
        "seconds": round(plan.seconds, 3),
    }


def _greedy(problem: Problem, chosen: Sequence[Pair]) -> dict:
    """What the baseline comes to, as `certificate` and `combined` count."""
    single = [pair for pair in chosen if not problem.needs[pair.need].together]
    whole = {pair.need for pair in chosen if problem.needs[pair.need].together}
    served = served_by_class(problem, single)
    return {
        "served_by_urgency": {str(u): count for u, count in served.items()},
        "combined": len(whole),
        "km": kilometres(chosen),
    }


def certificate(plan: Plan) -> list[dict]:
    """For each urgency the parts served at it or above, and the most that any plan could."""
    served = served_at_least(plan.instance.problem, plan.solution.chosen)
    return [{"urgency": u, "served": served[u], "bound": plan.most_served[u]} for u in URGENCIES]


def _proposal(instance: Instance, found: Explanation) -> dict:
    return {
        "need": found.need.code,
        "team": found.team.code,
        "urgency": found.need.urgency,
        "km": round(found.pair.metres / 1000, 3),  # straight line, as the radius is
        "travel": found.pair.travel.status,
        "travel_km": round(found.pair.travel.km, 1),
        "minutes": round(found.pair.travel.minutes),
        "rank": found.rank,
        "candidates": found.candidates,
        "reasons": explain.sentences(found, instance.skill_names),
    }


def problem_document(instance: Instance) -> dict:
    """The instance solved, as the contract's `--problem FILE`; no skill that a person needs."""
    problem = instance.problem
    return {
        "needs": [
            {
                "need": need.code,
                "urgency": need.urgency,
                "parts": need.parts,
                "group": need.group,
                "together": need.together,
                "joint": asdict(need.joint) if need.joint and not need.protected else None,
            }
            for need in problem.needs
        ],
        "groups": [{"group": group, "held": held} for group, held in sorted(problem.held.items())],
        "teams": [
            {
                "team": team.code,
                "places": team.places,
                "skills": team.skills,
                "people": team.people,
            }
            for team in problem.teams
        ],
        "pairs": [
            {
                "need": problem.needs[pair.need].code,
                "team": problem.teams[pair.team].code,
                "metres": round(pair.metres, 1),
                "travel_metres": round(pair.travel.km * 1000),
                "kept": pair.kept,
            }
            for pair in problem.pairs
        ],
    }


def kilometres(chosen: Iterable[Pair]) -> float:
    """Straight-line kilometres of all chosen pairs together."""
    return round(sum(pair.metres for pair in chosen) / 1000, 1)


def shares(plan: Plan) -> list[GroupShare]:
    """One row a group, by code."""
    problem = plan.instance.problem
    got, metres = [0] * len(problem.needs), Counter()
    for pair in plan.solution.chosen:
        got[pair.need] += 1
        metres[problem.needs[pair.need].group] += pair.metres
    names = {card["group_key"]: card["group_name"] for card in plan.instance.cards.values()}
    members: dict[str, list[int]] = {}
    for index, need in enumerate(problem.needs):
        members.setdefault(need.group, []).append(index)
    return [
        GroupShare(
            code=code,
            name=names[code],
            needs=len(indexes),
            served=sum(1 for index in indexes if got[index]),
            parts=sum(problem.needs[index].parts for index in indexes),
            parts_served=sum(got[index] for index in indexes),
            reachable=any(problem.candidates[index] for index in indexes),
            held=problem.held.get(code, 0),
            urgent=sum(
                problem.needs[i].parts for i in indexes if problem.needs[i].urgency == URGENCIES[0]
            ),
            km=round(metres[code] / 1000, 1),
        )
        for code, indexes in sorted(members.items())
    ]
