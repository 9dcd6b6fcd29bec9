"""What a team tells from the field. Flushes.

A report's id is made on the device: sent twice it is one. Of a protected need nothing is told but
the numbers of the visit, which are the assignment's own.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from geoalchemy2.shape import to_shape
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from mapservice import refusals
from mapservice.audit import service as audit
from mapservice.errors import Conflict, Invalid
from mapservice.geo import point
from mapservice.matching import steps
from mapservice.matching.models import Assignment, AssignmentStatus, FieldReport

OPEN = frozenset(
    {
        AssignmentStatus.ACCEPTED,
        AssignmentStatus.UNDERWAY,
        AssignmentStatus.DONE,
        AssignmentStatus.DISPUTED,
    }
)
SAME_ID = "Báo cáo này đã được gửi với nội dung khác."


def report(
    session: Session,
    assignment: Assignment,
    report_id: UUID,
    *,
    by: UUID,
    words: str,
    happened_at: datetime,
    position: tuple[float, float] | None = None,
) -> FieldReport:
    """Keep what the team saw and did; `position` (lng, lat) only when somebody chose to give it.

    The same id again: the report that is kept, when it says the same, else Invalid. Conflict for
    an assignment that is not the team's work any more.
    """
    if steps.is_protected(session, assignment.need_id):
        sentence = refusals.PERSON_WORDS
        raise Invalid(sentence, code="text", fields={"text": [sentence]})
    told = {
        "assignment_id": assignment.id,
        "text": words,
        "point": point(*position) if position else None,
        "happened_at": happened_at,
        "reporter_id": by,
    }
    kept = session.get(FieldReport, report_id)
    if kept is None:
        steps.hold(session, assignment)
        if assignment.status not in OPEN:
            raise Conflict("Việc này không còn của đội.", code="assignment-over")
        new = insert(FieldReport).values(id=report_id, **told)
        made = session.scalar(new.on_conflict_do_nothing().returning(FieldReport.id))
        kept = session.get_one(FieldReport, report_id)
        if made is not None:
            audit.record(session, "field_report", table_name="field_report", record_id=report_id)
    if _said(kept) != (assignment.id, words, _rounded(position), happened_at, by):
        raise Invalid(SAME_ID, code="report-differs", fields={"report": [SAME_ID]})
    return kept


def reports_of(session: Session, assignment: UUID) -> Sequence[FieldReport]:
    """The reports of an assignment, in the order of what they tell about."""
    found = select(FieldReport).where(FieldReport.assignment_id == assignment)
    return session.scalars(found.order_by(FieldReport.happened_at, FieldReport.id)).all()


def _said(kept: FieldReport) -> tuple:
    spot = to_shape(kept.point) if kept.point is not None else None
    where = _rounded((spot.x, spot.y)) if spot else None
    return kept.assignment_id, kept.text, where, kept.happened_at, kept.reporter_id


def _rounded(position: tuple[float, float] | None) -> tuple[float, float] | None:
    return position and (round(position[0], 6), round(position[1], 6))
