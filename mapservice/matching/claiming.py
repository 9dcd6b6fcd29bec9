"""Taking a need of a place without being asked. Flushes.

Needs of people, and of places protected like them, cannot be taken so: who accepts one sees whom
it is about, and that is proposed by an officer only.
"""

from collections.abc import Mapping, Sequence

from sqlalchemy import text
from sqlalchemy.orm import Session

from mapservice.accounts import rights
from mapservice.accounts.rights import Action, Actor
from mapservice.audit import service as audit
from mapservice.errors import Conflict, NotFound
from mapservice.matching import loading, queries, sending, steps, work_queries
from mapservice.matching.models import Assignment, AssignmentStatus, Origin
from mapservice.teams import service as teams

SHOWN = 60  # needs on a list, nearest first
NO_NEED = "Không có nhu cầu này."


def claimable(session: Session, actor: Actor, team_code: str) -> Sequence[Mapping]:
    """Open needs of places that the leader's own team can take now, nearest first."""
    team = teams.own(session, actor, team_code)
    statement = text(work_queries.CLAIMABLE)
    return (
        session.execute(statement, {"team": team.id, "most": SHOWN, "public": True})
        .mappings()
        .all()
    )


def claim(session: Session, actor: Actor, team_code: str, need_code: str) -> Assignment:
    """The leader's team takes a free part of a need: it holds it at once.

    Of any number of teams that want the last part one gets it; Conflict says to the others what
    came before them. NotFound for what is unknown, protected, or another's team.
    """
    rights.require(actor, Action.KEEP_OWN_TEAM)
    team = teams.own(session, actor, team_code)
    session.execute(text(queries.LOCK_NEEDS), {"codes": [need_code]})
    session.execute(text(queries.LOCK_TEAMS), {"codes": [team.public_code]})
    pair = {"need_codes": [need_code], "team_codes": [team.public_code], "public": True}
    row = session.execute(text(queries.pairs_checked(("public",))), pair).mappings().first()
    if row is None:
        raise NotFound(NO_NEED)
    # How often others asked the team today is no reason against its own wish.
    why = "fits" if row["why"] == "asked" else row["why"]
    if why == "fits" and not row["free"]:
        why = "parts_full"
    if why == "fits" and loading.joint(row):
        why = "joint"
    if why != "fits":
        raise Conflict(sending.refusal_sentence(why), code=f"claim-{why}")
    part = row["free"][0]
    share = loading.quantity_of_part(row["quantity"], row["parts"], part)
    made = Assignment(
        need_id=row["need_id"],
        team_id=row["team_id"],
        part=part,
        quantity=share,
        origin=Origin.CLAIM,
        status=AssignmentStatus.ACCEPTED,
        explanation={"metres": round(row["metres"])},
    )
    session.add(made)
    steps.flush(session, made)
    audit.record(session, "claimed", table_name="assignment", record_id=made.id)
    return made
