"""What the matching pages show: rows made of a plan, with words for a person to read."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from mapservice.accounts import rights
from mapservice.accounts import service as accounts
from mapservice.accounts.models import OrganisationLevel, Role, UserAccount
from mapservice.decision import Decision, Facts, Held, Stage, decide, stage
from mapservice.errors import NotFound
from mapservice.matching import explain, planning, queries, schemas, service, work_queries
from mapservice.matching.loading import Grouping, Scope
from mapservice.matching.planning import Plan
from mapservice.matching.problem import URGENCIES, OpenNeed, served_by_class
from mapservice.matching.schemas import GroupShare
from mapservice.photos import service as photos
from mapservice.territory import service as territory

SHOWN = 500  # proposals on one page; sending them brings the next
SHOWN_UNMET = 200
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
TELLING = ("skills", "quantity", "unit", "wanted_from", "wanted_until")


@dataclass(frozen=True)
class Sight:
    """How far an account sees: its territory (None: the province), that territory's name, and
    what of a person there; between which groups a plan is fair."""

    territory: Collection[int] | None
    name: str
    persons: Decision
    grouping: Grouping = Grouping.DISTRICT

    def scope(self, unit: int | None = None) -> Scope:
        """Its needs; those of persons only where group and commune may be shown."""
        hidden = self.persons is not Decision.OUTLINE
        return Scope(
            units=None if unit is None else [unit],
            territory=self.territory,
            public=True if hidden else None,
            grouping=self.grouping,
        )


@dataclass(frozen=True)
class NeedLine:
    """A need as a list shows it. Of a person's need only its group and commune."""

    code: str
    urgency: int
    title: str
    where: str
    group: str  # key of its district
    address: str | None
    protected: bool


@dataclass(frozen=True)
class ProposalLine:
    """One proposal; `value` names the pair in the form that sends it."""

    value: str
    need: NeedLine
    team: str
    distance: str
    reasons: list[str]


@dataclass(frozen=True)
class PlanPage:
    """A plan as the page shows it."""

    needs: int
    parts: int
    teams: int
    proposed: int
    proposals: list[ProposalLine]
    unmet: list[tuple[NeedLine, int, str]]  # need, parts without a team, reason
    unmet_count: int
    shares: list[GroupShare]
    certificate: list[dict]


def sight(session: Session, user: UserAccount, grouping: Grouping = Grouping.DISTRICT) -> Sight:
    """An admin sees the whole province, everybody else the own organisation's territory."""
    organisation = accounts.organisation(session, user.organisation_id)
    facts = Facts(user.role, organisation.level, user.active, covered=True, outline=True)
    if user.role is Role.ADMIN:
        return Sight(None, "Toàn tỉnh", decide(facts), grouping)
    territory = rights.territory(session, user.organisation_id)
    return Sight(territory, f"{organisation.name}: cả địa bàn", decide(facts), grouping)


def units(session: Session, sight: Sight) -> dict[str, list[Mapping]]:
    """Units with open needs in sight, in groups as a chooser shows them."""
    scope = sight.scope()
    found = session.execute(text(queries.units_with_needs(scope.names)), scope.values)
    groups: dict[str, list[Mapping]] = {}
    for row in found.mappings():
        groups.setdefault(_unit_group(row), []).append(row)
    return groups


def _unit_group(row: Mapping) -> str:
    if row["level"] == "district":
        return "Huyện, thị xã, thành phố" + ("" if row["current"] else " (trước 1/7/2025)")
    return "Xã, phường hiện nay" if row["current"] else "Xã, phường, thị trấn (trước 1/7/2025)"


def plan_page(plan: Plan) -> PlanPage:
    """The lines of a plan, most urgent first."""
    problem = plan.instance.problem
    return PlanPage(
        needs=len(problem.needs),
        parts=problem.parts,
        teams=len(problem.teams),
        proposed=len(plan.proposals),
        proposals=[
            ProposalLine(
                value=f"{found.need.code}-{found.team.code}",
                need=_need_line(plan, found.need),
                team=found.team.name,
                distance=explain.kilometres(found.pair.metres),
                reasons=explain.sentences(found, plan.instance.skill_names),
            )
            for found in plan.proposals[:SHOWN]
        ],
        unmet=[
            (_need_line(plan, item.need), item.parts, item.reason)
            for item in plan.unmet[:SHOWN_UNMET]
        ],
        unmet_count=len(plan.unmet),
        shares=schemas.shares(plan),
        certificate=_certificate(plan),
    )


def _need_line(plan: Plan, need: OpenNeed) -> NeedLine:
    card = plan.instance.cards[need.code]
    place = f"{card['place']}, {card['commune']}"
    return NeedLine(
        code=need.code,
        urgency=need.urgency,
        title=GROUPS[card["person_kind"]] if card["protected"] else card["title"],
        where=card["commune"] if card["protected"] else place,
        group=need.group,
        address=card["address"],
        protected=card["protected"],
    )


def _certificate(plan: Plan) -> list[dict]:
    """For each urgency: its parts asked and proposed; and the bound for it and above."""
    problem = plan.instance.problem
    proposed = served_by_class(problem, plan.solution.chosen)
    asked = dict.fromkeys(URGENCIES, 0)
    for need in problem.needs:
        asked[need.urgency] += need.parts
    return [
        row | {"asked": asked[row["urgency"]], "own": proposed[row["urgency"]]}
        for row in schemas.certificate(plan)
    ]


def plan_for(session: Session, sight: Sight, unit: str) -> Plan:
    """The plan of one unit (empty: all) within sight. NotFound for a unit that does not exist."""
    unit_id = territory.find_unit(session, unit).id if unit else None
    return planning.plan(session, sight.scope(unit_id))


def leaders_page(session: Session, leader: UserAccount) -> dict[str, object]:
    """The leader's teams, and their assignments: to answer, under way, lately ended."""
    level = accounts.organisation(session, leader.organisation_id).level
    rows = [
        _as_decided(row, leader, level) if row["protected"] else row
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
    if decision is Decision.TEAM:
        return dict(row) | {"title": f"{row['category']}: {group.lower()}"}
    shown = dict(row) | dict.fromkeys(TELLING) | {"category": None, "icon": "users", "title": group}
    if decision is Decision.OUTLINE:
        return shown
    # The leader's own act stays, nothing of the person does.
    closed = "Không còn được xem"
    return shown | {"title": "Người dân", "commune": closed, "commune_today": closed}
