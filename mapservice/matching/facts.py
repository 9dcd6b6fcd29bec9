"""A plan's figures as they are stored, and what they come to after changes by hand. Pure."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

import numpy as np

from mapservice.matching import schemas
from mapservice.matching.planning import Plan
from mapservice.matching.problem import URGENCIES, Problem

URGENT = 4
TAKEN_OUT = "Cán bộ đã bỏ đội được đề nghị."


def of(plan: Plan) -> dict[str, object]:
    """What is kept beside a plan's pairs: the contract's JSON without its proposals, the parts
    asked for by urgency, and between whom help was to be even."""
    asked = dict.fromkeys(URGENCIES, 0)
    for need in plan.instance.problem.needs:
        asked[need.urgency] += need.parts
    return schemas.figures(plan) | {
        "asked": {str(u): count for u, count in asked.items()},
        "grouping": plan.instance.scope.grouping,
    }


def input_hash(problem: Problem, travel_cost: str) -> str:
    """A name of everything that a plan follows from: equal for equal data alone."""
    pairs = problem.pairs.take(np.lexsort((problem.pairs.team, problem.pairs.need)))
    ways = pairs.ways
    numbers = (pairs.need, pairs.team, pairs.metres, ways.km, ways.minutes, pairs.kept)
    told = hashlib.sha256(np.column_stack(numbers).astype(float).tobytes())
    for part in (
        travel_cost,
        "".join(ways.status),
        problem.needs,
        problem.teams,
        sorted(problem.held.items()),
        sorted(problem.cut.items()),
    ):
        told.update(repr(part).encode())
    return told.hexdigest()


def standing(pairs: Iterable[Mapping]) -> dict[str, object]:
    """What pairs come to: parts served by urgency, and straight-line kilometres."""
    pairs = list(pairs)
    served = Counter(pair["urgency"] for pair in pairs)
    return {
        "served": {u: served[u] for u in URGENCIES},
        "km": round(sum(pair["metres"] for pair in pairs) / 1000, 1),
    }


def cost_of_changes(pairs: Iterable[Mapping]) -> dict[str, object] | None:
    """What an officer's changes cost beside the plan as it was made: parts by urgency, km.

    None while nothing was changed.
    """
    pairs = list(pairs)
    now = [pair for pair in pairs if pair["state"] != "removed"]
    made = [pair for pair in pairs if pair["origin"] == "solver"]
    if all(pair["origin"] == "solver" for pair in now) and len(now) == len(made):
        return None
    before, after = standing(made), standing(now)
    return {
        "served": {u: after["served"][u] - before["served"][u] for u in URGENCIES},
        "km": round(after["km"] - before["km"], 1),
    }


def left(facts: Mapping, pairs: Iterable[Mapping]) -> list[dict[str, object]]:
    """Needs that have fewer teams than they ask for as the plan's pairs are now, most urgent first.

    What the solver left, less what officers put in, more what they took out (`why`: `removed`) and
    what could not be sent (`refused`), be it because the team is no more (`gone`).
    """
    found = {row["need"]: dict(row) for row in facts.get("unmet", ())}
    for pair in pairs:
        lost = "removed" if pair["state"] == "removed" else "refused"
        is_lost = pair["state"] in {"removed", "refused"} or "gone" in pair
        if (pair["origin"] == "solver") != is_lost or pair.get("gone") == "need":
            continue
        said = TAKEN_OUT if lost == "removed" else pair["refusal"]
        new = {"need": pair["need"], "urgency": pair["urgency"], "parts": 0}
        row = found.setdefault(pair["need"], new | {"why": lost, "reason": said})
        row["parts"] += 1 if is_lost else -1
    short = (row for row in found.values() if row["parts"] > 0)
    return sorted(short, key=lambda row: (-row["urgency"], row["need"]))


def districts(facts: Mapping, pairs: Iterable[Mapping]) -> list[dict[str, object]]:
    """Each district before the plan and after it, as its pairs are now.

    `parts` of all needs that are open, those teams hold `before` and `after`; urgent ones without
    a team before and after; kilometres.
    """
    given: dict[str, list[Mapping]] = defaultdict(list)
    for pair in pairs:
        if pair["state"] != "removed" and pair["state"] != "refused":
            given[pair["group_key"]].append(pair)
    found = []
    for row in facts.get("districts", ()):
        own = given[row["code"]]
        urgent = sum(pair["urgency"] == URGENT for pair in own)
        found.append(
            {
                "code": row["code"],
                "name": row["name"],
                "reachable": row["reachable"],
                "parts": row["held"] + row["parts"],
                "before": row["held"],
                "after": row["held"] + len(own),
                "urgent_before": row["urgent"],
                "urgent_after": row["urgent"] - urgent,
                "km": round(sum(pair["metres"] for pair in own) / 1000, 1),
            }
        )
    return found
