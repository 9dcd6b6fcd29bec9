"""What is told from the field, and links that are sent to leaders, as JSON."""

from flask import current_app, g, url_for

from mapservice.accounts import gate
from mapservice.accounts.rights import Action
from mapservice.matching import links, reading, service
from mapservice.matching.assignment_schemas import FieldReportIn, FieldReportOut, LinkOut
from mapservice.matching.forms import told
from mapservice.matching.models import FieldReport
from mapservice.rest.operations import Blueprint
from mapservice.rest.paging import Listing
from mapservice.rest.schemas import Nothing

bp = Blueprint("field_api", __name__, tag="Nhật ký và liên kết")
REPORT = {
    "report": "1b4e28ba-2fa1-41d2-883f-0016d3cca427",
    "text": "Đã dọn sân trường cùng thầy cô",
    "day": "2026-01-10",
}


@bp.lists(
    "/assignments/<uuid:assignment>/reports",
    Action.SEE_RECORDS,
    FieldReportOut,
    words="Nhật ký của một phân công",
)
def list_reports(session, _filters, assignment):
    """What the team told of an assignment in your territory; of a person's need there is none."""
    reading.read(session, gate.actor(), assignment)
    return Listing(reading.reports(assignment), FieldReport.id)


@bp.lists(
    "/me/assignments/<uuid:assignment>/reports",
    Action.ANSWER_PROPOSALS,
    FieldReportOut,
    words="Nhật ký của đội tôi",
)
def list_own_reports(session, _filters, assignment):
    """What was told of an assignment of a team you lead."""
    reading.read_of_leader(session, gate.actor(), assignment)
    return Listing(reading.reports(assignment), FieldReport.id)


@bp.reads("/me/reports/<uuid:report>", Action.ANSWER_PROPOSALS, FieldReportOut, words="Một nhật ký")
def read_own_report(session, report):
    """One report of a team you lead."""
    return reading.report_of_leader(session, gate.actor(), report)


def _report(session, name):
    return reading.report_of_leader(session, gate.actor(), name)


@bp.creates(
    "/me/assignments/<uuid:assignment>/reports",
    Action.ANSWER_PROPOSALS,
    FieldReportIn,
    FieldReportOut,
    show=_report,
    at="/me/reports",
    words="Ghi nhật ký",
    example=REPORT,
)
def create_report(session, values, assignment):
    """Tell what the team saw and did. Its photos are sent to the report afterwards.

    `report` is made on the device: the same one sent again is one, with another text it is 422.
    """
    actor = gate.actor()
    own = service.own(session, actor.id, assignment)
    kept = service.report(session, own, values["report"], by=actor.id, **told(values))
    return str(kept.id)


def _link(session, name):
    """The link as it was made by this request; nobody can tell it again."""
    return g.get("link") or {"assignment": name, "address": None, "message": None}


@bp.creates(
    "/assignments/<uuid:assignment>/links",
    Action.COMMIT_PLANS,
    Nothing,
    LinkOut,
    show=_link,
    at="/assignments",
    words="Liên kết riêng tới đề nghị",
)
def create_link(session, _values, assignment):
    """A personal link to a proposal, and a text to send with it. It opens for the team's leader
    alone, signed in.

    It is told once and kept nowhere: the same request sent again answers null; ask for another.
    """
    token = links.make(session, gate.actor(), assignment)
    base = str(current_app.config["BASE_URL"]).rstrip("/")
    address = base + url_for("leading.follow", token=token)
    message = links.message(session, assignment, address)
    g.link = {"assignment": assignment, "address": address, "message": message}
    return str(assignment)
