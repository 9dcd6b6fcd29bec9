"""Pages of a team leader: the proposals to answer, and the work they become."""

from uuid import UUID, uuid4

from flask import Blueprint, flash, redirect, render_template, request, url_for
from marshmallow import Schema, ValidationError

from mapservice import problems, web
from mapservice.accounts import gate
from mapservice.accounts.rights import Action
from mapservice.errors import Conflict, DomainError, Invalid, TooLarge, Unsupported
from mapservice.matching import links, pages, service
from mapservice.matching.leader_views import status_of
from mapservice.matching.schemas import DoneForm, ReasonForm
from mapservice.photos import service as photos
from mapservice.photos import uploads

bp = Blueprint("matching", __name__)


@bp.get("/manage/proposals")
@gate.may(Action.ANSWER_PROPOSALS)
def proposals():
    """What the leader's teams are asked (seen from now on), have accepted and did lately."""
    with web.transaction() as session:
        links.see_all(session, gate.account().id)
    return _proposals_page(200)


@bp.post("/manage/proposals/<uuid:assignment>/accept")
@gate.may(Action.ANSWER_PROPOSALS)
def accept(assignment: UUID):
    return _answer(assignment, service.accept, "Đã nhận việc. Cảm ơn đội!")


@bp.post("/manage/proposals/<uuid:assignment>/decline")
@gate.may(Action.ANSWER_PROPOSALS)
def decline(assignment: UUID):
    return _answer(assignment, service.decline, "Đã từ chối đề nghị.", ReasonForm())


@bp.post("/manage/proposals/<uuid:assignment>/start")
@gate.may(Action.ANSWER_PROPOSALS)
def start(assignment: UUID):
    return _answer(assignment, service.start, "Đã ghi: đội đang thực hiện.")


@bp.post("/manage/proposals/<uuid:assignment>/release")
@gate.may(Action.ANSWER_PROPOSALS)
def release(assignment: UUID):
    return _answer(assignment, service.release, "Đã trả lại việc cho đội khác.", ReasonForm())


@bp.post("/manage/proposals/<uuid:assignment>/done")
@gate.may(Action.ANSWER_PROPOSALS)
@web.takes_files(uploads.MOST_REQUEST)
def report_done(assignment: UUID):
    """The visit's numbers, result and photos; pictures are kept with a report of that result.

    The same told again changes nothing: a phone whose answer was lost sends it twice.
    """
    user, pictures = gate.account(), []

    def act(session, leader: UUID, assignment: UUID, *, report: UUID | None, **values: object):
        if service.is_told(session, leader, assignment, **values):
            return
        service.report_done(session, leader, assignment, **values)
        if pictures:
            done = service.own(session, leader, assignment)
            words = {"words": values["results"] or "", "happened_at": done.status_at}
            kept = service.report(session, done, report or uuid4(), by=user.id, **words)
            for file in pictures:
                photos.store(session, file.read(), by=user.id, field_report_id=kept.id)

    try:
        pictures += uploads.chosen()
    except (TooLarge, Conflict) as error:
        if problems.wants_json():
            raise
        return _proposals_page(status_of(error), assignment, error.fields)
    return _answer(assignment, act, "Đã gửi báo cáo, chờ xác nhận.", DoneForm())


def _answer(assignment: UUID, act, said: str, form: Schema | None = None):
    """One step of the leader's own assignment; a bad form keeps what was typed."""
    user = gate.account()
    try:
        values = form.load(request.form.to_dict()) if form else {}
        with web.transaction() as session:
            act(session, user.id, assignment, **values)
    except ValidationError as error:
        if problems.wants_json():
            return problems.reply(422, "invalid", _sentences(error.messages), error.messages)
        return _proposals_page(422, assignment, error.messages)
    except (Invalid, Unsupported, TooLarge, Conflict) as error:
        if problems.wants_json():
            raise
        return _refused(assignment, error)
    flash(said, "good")
    url = url_for(".proposals")
    return {"url": url} if problems.wants_json() else redirect(url, 303)


def _sentences(messages: dict[str, list[str]]) -> str:
    return "; ".join(sentence for said in messages.values() for sentence in said)


def _refused(assignment: UUID, error: DomainError):
    told = {"_": [error.detail]} if isinstance(error, Conflict) else error.fields
    return _proposals_page(status_of(error), assignment, told)


def _proposals_page(status: int, failed: UUID | None = None, errors: dict | None = None):
    user = gate.account()
    page = render_template(
        "matching/proposals.html",
        **pages.leaders_page(web.session(), user),
        reasons=service.leaders_reasons(web.session()),
        reason_words=service.reason_words(web.session()),
        failed=failed,
        action=request.path.rsplit("/", 1)[-1],
        errors=errors or {},
        new_report=uuid4,
        given=request.form,
    )
    return page, status
