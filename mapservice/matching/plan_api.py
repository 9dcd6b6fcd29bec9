"""Stored plans as JSON: ask for one, change it, send it."""

from uuid import UUID

from flask import current_app

from mapservice.accounts import gate
from mapservice.accounts.rights import Action
from mapservice.matching import changes, dispatching, plan_documents, plan_queries, plans
from mapservice.matching.models import StoredPlan
from mapservice.matching.plan_schemas import (
    OtherTeamsOut,
    PairIn,
    PlanIn,
    PlanLineOut,
    PlanOut,
    SendIn,
)
from mapservice.matching.scope import Grouping
from mapservice.rest.operations import Blueprint
from mapservice.rest.paging import Listing

bp = Blueprint("plans_api", __name__, tag="Phương án ghép")
ONE = "/plans/<uuid:plan>"
PAIR = {"need": "3FJ6T0WZ", "team": "7K2M9QXA"}


def _shown(session, plan) -> dict:
    return plan_documents.record(session, plans.find(session, gate.actor(), UUID(str(plan))))


@bp.lists("/plans", Action.KEEP_PLANS, PlanLineOut, words="Danh sách phương án ghép")
def list_plans(session, filters):
    """The plans of your organisation and those below it."""
    return Listing(plan_queries.reachable(gate.actor()), StoredPlan.id)


@bp.creates(
    "/plans",
    Action.KEEP_PLANS,
    PlanIn,
    PlanOut,
    show=_shown,
    at="/plans",
    words="Lập một phương án ghép",
    example={"units": ["220@2022"]},
)
def ask_for_plan(session, values):
    """Make a plan: small ones at once (`draft`), large ones by the worker (`queued`, `running`)."""
    return str(
        plans.ask(session, gate.actor(), values["units"], Grouping.of(current_app.config)).id
    )


@bp.reads(ONE, Action.KEEP_PLANS, PlanOut, words="Một phương án ghép")
def read_plan(session, plan):
    """A plan with its pairs, its proof of being the best, and what it leaves."""
    return _shown(session, plan)


@bp.reads(
    f"{ONE}/needs/<need>/offers",
    Action.KEEP_PLANS,
    OtherTeamsOut,
    words="Các đội khác cho một nhu cầu",
)
def list_other_teams(session, plan, need):
    """The teams that a need could get instead, each with what it costs."""
    *_, found = changes.offers(session, gate.actor(), plan, need)
    return {"offers": [_offer(offer) for offer in found]}


def _offer(offer: changes.Offer) -> dict:
    return {
        "team": offer.team,
        "name": offer.name,
        "km": round(offer.metres / 1000, 3),
        "given_up": [{"need": row["need"], "team": row["team"]} for row in offer.given_up],
        "change": {str(u): count for u, count in offer.served.items()},
        "change_km": offer.km,
    }


@bp.steps(
    f"{ONE}/choose",
    Action.KEEP_PLANS,
    PlanOut,
    given=PairIn,
    words="Đưa một đội vào phương án",
    example=PAIR,
)
def choose_pair(session, values, seen, plan):
    """Put an admissible pair into a draft; what its offer gives up is taken out."""
    changes.choose(session, gate.actor(), plan, seen, **values)
    return _shown(session, plan)


@bp.steps(
    f"{ONE}/remove",
    Action.KEEP_PLANS,
    PlanOut,
    given=PairIn,
    words="Bỏ một đề nghị khỏi phương án",
    example=PAIR,
)
def remove_pair(session, values, seen, plan):
    """Take a pair out of a draft."""
    changes.remove(session, gate.actor(), plan, seen, **values)
    return _shown(session, plan)


@bp.steps(
    f"{ONE}/send",
    Action.COMMIT_PLANS,
    PlanOut,
    given=SendIn,
    words="Gửi đề nghị cho các đội",
    example={},
)
def send_plan(session, values, seen, plan):
    """Propose the pairs to the teams' leaders; what fits no more stands as `refused`.

    More than 500 are sent by the worker: the plan is `sending` until all is told.
    """
    only = {(row["need"], row["team"]) for row in values["pairs"]} if "pairs" in values else None
    dispatching.send(session, gate.actor(), plan, seen, only)
    return _shown(session, plan)


@bp.steps(f"{ONE}/cancel", Action.KEEP_PLANS, PlanOut, words="Hủy phương án")
def cancel_plan(session, values, seen, plan):
    """Give a plan up, also while it is being made."""
    plans.cancel(session, gate.actor(), plan, seen)
    return _shown(session, plan)
