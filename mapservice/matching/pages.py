"""What the pages of leaders and officers show of assignments, as their reader may see them."""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from mapservice.accounts import service as accounts
from mapservice.accounts.models import OrganisationLevel, UserAccount
from mapservice.decision import Decision, Facts, Held, Stage, decide, stage
from mapservice.errors import NotFound
from mapservice.matching import explain, queries, service, work_queries
from mapservice.photos import service as photos

SHOWN = 500  # proposals without an answer on one page
NEVER = datetime.max.replace(tzinfo=UTC)
GROUPS = {
    "child": "Trẻ em",
    "youth": "Thanh niên",
    "household": "Hộ gia đình",
    "elderly": "Người cao tuổi",
    "other": "Hoàn cảnh khác",
    None: "Nơi được bảo vệ",  # a sensitive place
}
# What tells more of a person than group and commune.
AT_WORK = frozenset({"accepted", "underway", "disputed"})
TELLING = ("skills", "quantity", "unit", "people_in_all", "wanted_from", "wanted_until")


def leaders_page(session: Session, leader: UserAccount) -> dict[str, object]:
    """The leader's teams, and their assignments: to answer, under way, lately ended."""
    level = accounts.organisation(session, leader.organisation_id).level
    rows = [
        _as_decided(row, leader, level) if row["protected"] else _explained(row)
        for row in service.leaders_assignments(session, leader.id)
    ]
    skills = dict(session.execute(text(queries.SKILL_NAMES)).all())
    teams = (
        session.execute(text(work_queries.LEADERS_TEAMS), {"leader": leader.id}).mappings().all()
    )
    waiting = [row for row in rows if row["status"] == "proposed" and not row["overdue"]]
    return {
        "teams": teams,
        "skills": skills,
        "waiting": sorted(waiting, key=lambda row: (-row["urgency"], row["lease_until"] or NEVER)),
        "active": [row for row in rows if row["status"] in AT_WORK],
        "ended": [
            row for row in rows if row["status"] not in {"proposed", *AT_WORK} or row["overdue"]
        ],
    }


def leaders_row(session: Session, leader: UserAccount, assignment: UUID) -> dict[str, object]:
    """One of the rows of `leaders_page` (NotFound), with its reports and their photos."""
    page = leaders_page(session, leader)
    rows = [row for part in ("waiting", "active", "ended") for row in page[part]]
    found = next((row for row in rows if row["id"] == assignment), None)
    if found is None:
        raise NotFound("Không có phân công này.")
    return {"row": found, "skills": page["skills"]} | told(session, assignment)


def told(session: Session, assignment: UUID) -> dict[str, object]:
    """The field reports of an assignment, and their photos by report."""
    reports = service.reports_of(session, assignment)
    return {"reports": reports, "photos": photos.of_reports(session, [r.id for r in reports])}


def assignment_row(session: Session, assignment: UUID) -> dict[str, object]:
    """An assignment for its officer; the caller has asked whether he may see it."""
    values = {"assignment": assignment}
    return _named(session.execute(text(work_queries.ASSIGNMENT), values).mappings().one())


def waiting(session: Session, territory: Collection[int] | None) -> list[dict[str, object]]:
    """Proposals that nobody answered yet, those unseen first."""
    values = {"territory": None if territory is None else sorted(territory), "most": SHOWN}
    rows = session.execute(text(work_queries.WAITING), values).mappings()
    return [_named(row) for row in rows]


def _named(row: Mapping) -> dict[str, object]:
    """With the group for a title where the need is protected."""
    return dict(row) | ({"title": GROUPS[row["person_kind"]]} if row["protected"] else {})


def _explained(row: Mapping) -> dict[str, object]:
    """With the reasons that may be told of it."""
    return dict(row) | {"reasons": explain.told(row["explanation"], protected=row["protected"])}


def _as_decided(row: Mapping, leader: UserAccount, level: OrganisationLevel) -> dict[str, object]:
    """An assignment at a person without what the leader may not (yet, or no longer) see."""
    held = Held(row["status"], row["status_at"], row["lease_until"], row["wanted_before"])
    facts = Facts(
        leader.role,
        level,
        leader.active,
        stage=stage([held], datetime.now(UTC)) if row["live"] else Stage.NONE,
        shared=row["shared"],
        outline=True,
    )
    decision, group = decide(facts), GROUPS[row["person_kind"]]
    row = _explained(row)
    if decision is Decision.TEAM:
        return dict(row) | {"title": f"{row['category']}: {group.lower()}"}
    shown = dict(row) | dict.fromkeys(TELLING) | {"category": None, "icon": "users", "title": group}
    if decision is Decision.OUTLINE:
        return shown
    # The leader's own act stays, nothing of the person does.
    closed = "Không còn được xem"
    return shown | {"title": "Người dân", "commune": closed, "commune_today": closed}
