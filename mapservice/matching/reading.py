"""Reading assignments: an office those of its territory, a leader those of the own teams."""

from collections.abc import Mapping
from uuid import UUID

from geoalchemy2 import functions as spatial
from sqlalchemy import RowMapping, Select, case, func, select
from sqlalchemy.orm import Session

from mapservice.accounts import rights
from mapservice.accounts.queries import inside
from mapservice.accounts.rights import Action, Actor
from mapservice.addresses import service as addresses
from mapservice.addresses.models import Address
from mapservice.addresses.queries import protected
from mapservice.matching.models import Assignment, FieldReport
from mapservice.needs.models import Need
from mapservice.photos.models import Photo
from mapservice.teams.models import Team

ABSENT = "Không có phân công này."
CLEAR = (
    Assignment.id,
    Assignment.part,
    Assignment.origin,
    Assignment.lease_until,
    Assignment.status,
    Assignment.status_at,
    Assignment.hours,
    Assignment.volunteers,
    Assignment.version,
    Assignment.created_at,
)
# Not told where the need is a person's, or protected like one.
TELLING = (Assignment.quantity, Assignment.status_reason, Assignment.results)


def shown() -> Select:
    """Assignments with the codes of need and team, in no order."""
    hidden = protected()
    return (
        select(
            *CLEAR,
            *(case((hidden, None), else_=column).label(column.key) for column in TELLING),
            Need.public_code.label("need"),
            Team.public_code.label("team"),
            Address.unit_ids,
            hidden.label("protected"),
        )
        .join(Need, Need.id == Assignment.need_id)
        .join(Address, Address.id == Need.address_id)
        .join(Team, Team.id == Assignment.team_id)
    )


def listed(actor: Actor, filters: Mapping[str, object]) -> Select:
    """The assignments to needs of the actor's territory; of people to those who may know of them.

    `filters`: `status` (a list), `need`, `team` (codes).
    """
    statement = shown().where(inside(Address.unit_ids, actor.territory))
    if not actor.may(Action.SEE_PERSONS):
        statement = statement.where(~protected())
    return _filtered(statement, filters)


def listed_of_leader(actor: Actor, filters: Mapping[str, object]) -> Select:
    """The assignments of the teams that the actor leads; filtered as `listed`."""
    return _filtered(shown().where(Team.leader_id == actor.id), filters)


def read(session: Session, actor: Actor, assignment: UUID) -> RowMapping:
    """One assignment; NotFound for one that is unknown, elsewhere, or not for this role."""
    statement = shown().where(Assignment.id == assignment)
    return addresses.outline(session, actor, statement, table="assignment", sentence=ABSENT)


def read_of_leader(session: Session, actor: Actor, assignment: UUID) -> RowMapping:
    """One assignment of a team that the actor leads (NotFound)."""
    statement = shown().where(Assignment.id == assignment, Team.leader_id == actor.id)
    found = session.execute(statement).mappings().first()
    if found is None:
        there = session.scalar(select(Assignment.id).where(Assignment.id == assignment))
        told = {"table": "assignment", "record_id": there, "sentence": ABSENT}
        rights.refuse(session, actor.id, Action.ANSWER_PROPOSALS, **told)
    return found


def reports(assignment: UUID) -> Select:
    """The field reports of an assignment with the ids of their photos, in no order."""
    return _reports().where(FieldReport.assignment_id == assignment)


def report_of_leader(session: Session, actor: Actor, report: UUID) -> RowMapping:
    """One field report of a team that the actor leads (NotFound)."""
    statement = _reports().join(Assignment, Assignment.id == FieldReport.assignment_id)
    statement = statement.join(Team, Team.id == Assignment.team_id)
    own = statement.where(FieldReport.id == report, Team.leader_id == actor.id)
    found = session.execute(own).mappings().first()
    if found is None:
        there = session.scalar(select(FieldReport.id).where(FieldReport.id == report))
        told = {"table": "field_report", "record_id": there, "sentence": "Không có báo cáo này."}
        rights.refuse(session, actor.id, Action.ANSWER_PROPOSALS, **told)
    return found


def _reports() -> Select:
    photos = select(Photo.id).where(
        Photo.field_report_id == FieldReport.id, Photo.removed_at.is_(None)
    )
    return select(
        FieldReport.id,
        FieldReport.assignment_id,
        FieldReport.text,
        spatial.ST_X(FieldReport.point).label("lng"),
        spatial.ST_Y(FieldReport.point).label("lat"),
        FieldReport.happened_at,
        FieldReport.created_at,
        func.array(photos.order_by(Photo.position, Photo.id).scalar_subquery()).label("photos"),
    )


def _filtered(statement: Select, filters: Mapping[str, object]) -> Select:
    if "status" in filters:
        statement = statement.where(Assignment.status.in_(filters["status"]))
    if "need" in filters:
        statement = statement.where(Need.public_code == filters["need"])
    if "team" in filters:
        statement = statement.where(Team.public_code == filters["team"])
    return statement
