"""Stored plans as JSON: whole, and as lines on a map."""

from collections.abc import Mapping

from sqlalchemy.orm import Session

from mapservice.matching import explain, facts, plans
from mapservice.matching.models import AssignmentStatus, PairState, Proposer, StoredPlan
from mapservice.matching.plan_pages import (
    LIVE,
    SHOWN,
    counted,
    is_sent,
    named,
    progress,
    unit_names,
)

PAIR_FIELDS = ("need", "team", "urgency", "together", "refusal", "assignment")


def points(session: Session, plan: StoredPlan) -> dict[str, object]:
    """The plan on a map as GeoJSON: a line a pair from the team's base to the need.

    Of protected needs the place is the commune's label point, which says no more than its name.
    """
    rows = sorted(plans.pairs(session, plan, LIVE), key=is_sent)
    features = [
        {
            "type": "Feature",
            "geometry": {
                "type": "LineString",
                "coordinates": [
                    [round(row["base_lng"], 6), round(row["base_lat"], 6)],
                    [round(row["lng"], 6), round(row["lat"], 6)],
                ],
            },
            "properties": {
                "need": row["need"],
                "team": row["team"],
                "title": named(row)["title"],
                "where": named(row)["where"],
                "team_name": row["team_name"],
                "urgency": row["urgency"],
                "distance": explain.kilometres(row["metres"]),
            },
        }
        for row in rows[:SHOWN]
    ]
    return {"type": "FeatureCollection", "features": features}


def record(session: Session, plan: StoredPlan) -> dict[str, object]:
    """A stored plan as JSON."""
    rows, gone = plans.pairs(session, plan), plans.gone(session, plan)
    names = unit_names(session, plan.units or ())
    told = dict(plan.facts)
    change = facts.cost_of_changes(rows)
    return {
        "id": plan.id,
        "status": plan.status,
        "units": [names[unit][0] for unit in plan.units or ()],
        "needs": plan.needs,
        "progress": progress(plan),
        "proof": told.get("status"),
        "certificate": told.get("certificate", []),
        "bound_over": told.get("bound_over", "all"),
        "combined": told.get("combined"),
        "precision": told.get("precision"),
        "greedy": told.get("greedy"),
        "unmet": facts.left(plan.facts, [*rows, *gone]),
        "districts": facts.districts(plan.facts, counted(plan, rows)),
        "pairs": [_pair(row) for row in rows],
        "gone": [{name: row[name] for name in ("need", "team", "refusal")} for row in gone],
        "failure": told.get("failure"),
        "change": change and {str(u): n for u, n in change["served"].items()},
        "change_km": change and change["km"],
        "input_hash": plan.input_hash,
        "travel_cost": plan.travel_cost,
        "version": plan.version,
        "created_at": plan.created_at,
        "finished_at": plan.finished_at,
        "sent_at": plan.sent_at,
    }


def _pair(row: Mapping) -> dict[str, object]:
    told = {name: row[name] for name in PAIR_FIELDS} | {"km": round(row["metres"] / 1000, 3)}
    told |= {"origin": Proposer(row["origin"]), "state": PairState(row["state"])}
    told["answer"] = row["answer"] and AssignmentStatus(row["answer"])
    return told | {"reasons": explain.told(row["explanation"], protected=row["protected"])}
