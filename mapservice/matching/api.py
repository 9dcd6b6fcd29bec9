"""Assignments as JSON: an office's lists, and the steps of a team's leader."""

from uuid import UUID

from mapservice.accounts import gate
from mapservice.accounts.rights import Action
from mapservice.errors import Invalid, NotFound
from mapservice.matching import reading, service
from mapservice.matching.assignment_schemas import (
    AssignmentOut,
    AssignmentQuery,
    ClaimableOut,
    ClaimIn,
    DoneIn,
    ReasonsOut,
)
from mapservice.matching.models import Assignment
from mapservice.rest.operations import Blueprint
from mapservice.rest.paging import Listing
from mapservice.rest.schemas import Nothing, ReasonIn
from mapservice.teams import service as teams

bp = Blueprint("assignments_api", __name__, tag="Phân công")
REASON = {"reason": "Đội đang thi học kỳ"}
UNCLEAR = {"reason": "Chưa rõ bao nhiêu em đã học"}
DONE = {"hours": 24.5, "volunteers": 8, "results": "Dạy xong ba lớp tin học"}
OWN = "/me/assignments/<uuid:assignment>"


@bp.lists(
    "/assignments", Action.SEE_RECORDS, AssignmentOut, AssignmentQuery, words="Danh sách phân công"
)
def list_assignments(session, filters):
    """The assignments to needs of your territory."""
    return Listing(reading.listed(gate.actor(), filters), Assignment.id)


@bp.reads(
    "/assignments/<uuid:assignment>", Action.SEE_RECORDS, AssignmentOut, words="Một phân công"
)
def read_assignment(session, assignment):
    """One assignment to a need of your territory."""
    return reading.read(session, gate.actor(), assignment)


def _officers_step(name: str, act, words: str, given=Nothing, example=None):
    """Declare a step that an officer takes: `act(session, actor, assignment, seen, **values)`."""

    def step(session, values, seen, assignment: UUID):
        actor = gate.actor()
        act(session, actor, assignment, seen, **values)
        return reading.read(session, actor, assignment)

    step.__name__, step.__doc__ = f"{name}_assignment", act.__doc__
    told = {"given": given, "words": words, "example": example}
    path = f"/assignments/<uuid:assignment>/{name}"
    bp.steps(path, Action.CONFIRM_RESULTS, AssignmentOut, **told)(step)


_officers_step("confirm", service.confirm, "Xác nhận báo cáo")
_officers_step("dispute", service.dispute, "Báo cáo chưa đủ", ReasonIn, UNCLEAR)
_officers_step("cancel", service.cancel, "Hủy phân công", ReasonIn, UNCLEAR)


@bp.reads(
    "/assignments/reasons",
    Action.CONFIRM_RESULTS,
    ReasonsOut,
    words="Lý do của cán bộ về hồ sơ được bảo vệ",
)
def list_officers_reasons(session):
    """The codes of an officer's reasons where the need is a person's or protected alike."""
    return _reasons(service.officers_reasons(session))


@bp.lists(
    "/me/assignments",
    Action.ANSWER_PROPOSALS,
    AssignmentOut,
    AssignmentQuery,
    words="Phân công của các đội tôi phụ trách",
)
def list_own_assignments(session, filters):
    """What the teams you lead are asked, do and did."""
    return Listing(reading.listed_of_leader(gate.actor(), filters), Assignment.id)


@bp.reads(OWN, Action.ANSWER_PROPOSALS, AssignmentOut, words="Một phân công của đội tôi")
def read_own_assignment(session, assignment):
    """One assignment of a team you lead."""
    return reading.read_of_leader(session, gate.actor(), assignment)


@bp.reads("/me/reasons", Action.ANSWER_PROPOSALS, ReasonsOut, words="Lý do về hồ sơ được bảo vệ")
def list_leaders_reasons(session):
    """The codes that stand for a reason where the need is a person's or protected alike."""
    return _reasons(service.leaders_reasons(session))


def _reasons(words: dict[str, str]) -> dict:
    return {"reasons": [{"code": code, "words": said} for code, said in words.items()]}


def _own(session, assignment):
    return reading.read_of_leader(session, gate.actor(), assignment)


@bp.reads(
    "/me/teams/<code>/needs", Action.KEEP_OWN_TEAM, ClaimableOut, words="Nhu cầu đội có thể nhận"
)
def list_claimable(session, code):
    """Needs of places that a team you lead could take by itself, the nearest first."""
    return {"needs": service.claimable(session, gate.actor(), code)}


@bp.creates(
    "/me/assignments",
    Action.KEEP_OWN_TEAM,
    ClaimIn,
    AssignmentOut,
    show=_own,
    at="/me/assignments",
    words="Nhận một nhu cầu cho đội",
    example={"team": "7K2M9QXA", "need": "3FJ6T0WZ"},
)
def claim_need(session, values):
    """Take a free part of a need of a place for a team you lead; of many claims one wins."""
    try:
        return str(service.claim(session, gate.actor(), values["team"], values["need"]).id)
    except NotFound as error:
        field = "team" if error.detail == teams.ABSENT else "need"
        raise Invalid(error.detail, fields={field: [error.detail]}) from error


def _step(name: str, act, words: str, given=Nothing, example=None):
    """Declare a step of the leader's own assignment; `act` takes it, as `service.accept` does."""

    def step(session, values, seen, assignment: UUID):
        leader = gate.actor()
        act(session, leader.id, assignment, version=seen, **values)
        return reading.read_of_leader(session, leader, assignment)

    step.__name__, step.__doc__ = f"{name}_own_assignment", act.__doc__
    told = {"given": given, "words": words, "example": example}
    bp.steps(f"{OWN}/{name}", Action.ANSWER_PROPOSALS, AssignmentOut, **told)(step)


_step("accept", service.accept, "Nhận việc")
_step("decline", service.decline, "Từ chối đề nghị", ReasonIn, REASON)
_step("start", service.start, "Bắt đầu thực hiện")
_step("release", service.release, "Trả lại việc đã nhận", ReasonIn, REASON)
_step("done", service.report_done, "Báo cáo đã làm", DoneIn, DONE)
