"""Personal links to proposals, to be sent by Zalo, and when a proposal was seen. Flushes.

A link opens for the team's leader alone, signed in; what fetches it without an account (the
preview of a chat, say) neither learns nor marks anything. Only a digest of its token is kept.
"""

import hashlib
import secrets
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from mapservice.accounts import rights
from mapservice.accounts.rights import Action, Actor
from mapservice.audit import service as audit
from mapservice.decision import VIETNAM
from mapservice.errors import Conflict
from mapservice.matching import confirming, pages, service, work_queries
from mapservice.matching.models import Assignment, AssignmentStatus, ProposalLink
from mapservice.teams.models import Team

TOKEN_BYTES = 24  # 192 bits
DEAD = "Liên kết này không dùng được."


def make(session: Session, actor: Actor, assignment: UUID) -> str:
    """A new link's token for a proposal that waits for an answer; earlier links stay good."""
    found = confirming.find(session, actor, assignment, Action.COMMIT_PLANS)
    if found.status is not AssignmentStatus.PROPOSED:
        raise Conflict("Đề nghị này không còn chờ trả lời.", code="not-proposed")
    token = secrets.token_urlsafe(TOKEN_BYTES)
    session.add(ProposalLink(token_hash=digest(token), assignment_id=found.id, made_by=actor.id))
    session.flush()
    audit.record(session, "link_made", table_name="assignment", record_id=found.id)
    return token


def follow(session: Session, actor: Actor, token: str) -> Assignment:
    """The proposal of a link, seen from now on; NotFound alike for any other account and token."""
    link = session.get(ProposalLink, digest(token))
    found = session.get(Assignment, link.assignment_id) if link else None
    if found is None or session.get_one(Team, found.team_id).leader_id != actor.id:
        where = {"table": "assignment", "record_id": found and found.id, "sentence": DEAD}
        rights.refuse(session, actor.id, Action.ANSWER_PROPOSALS, **where)
    session.execute(text(work_queries.SEE_ONE), {"assignment": found.id})
    return found


def see(session: Session, actor: Actor, assignment: UUID) -> None:
    """The leader opened the page of a proposal of his own."""
    service.own(session, actor.id, assignment)
    session.execute(text(work_queries.SEE_ONE), {"assignment": assignment})


def see_all(session: Session, leader: UUID) -> None:
    """The leader has the list of open proposals before him."""
    session.execute(text(work_queries.SEE_ALL), {"leader": leader})


def message(session: Session, assignment: UUID, address: str) -> str:
    """What is sent with a link: of a person group and commune, never more."""
    row = pages.assignment_row(session, assignment)
    where = row["commune"] if row["protected"] else f"{row['place']}, {row['commune']}"
    lines = [f"{row['team']} có một đề nghị giúp: {row['title']} ({where})."]
    if row["lease_until"]:
        answer_by = row["lease_until"].astimezone(VIETNAM)
        lines.append(f"Mời trả lời trước {answer_by:%H:%M ngày %d/%m/%Y}.")
    return "\n".join([*lines, f"Mở đề nghị: {address}"])


def digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
