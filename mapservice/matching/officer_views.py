"""Pages of an officer: one assignment with its report, what is decided of it, links to send."""

from uuid import UUID

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for

from mapservice import forms, web
from mapservice.accounts import gate
from mapservice.accounts.rights import Action
from mapservice.errors import Conflict, Invalid
from mapservice.matching import links, pages, reading, service
from mapservice.matching.forms import VerdictForm, VersionForm

bp = Blueprint("confirming", __name__)


@bp.get("/manage/assignments/<uuid:assignment>")
@gate.may(Action.SEE_RECORDS)
def show(assignment: UUID):
    return _page(assignment, 200)


@bp.post("/manage/assignments/<uuid:assignment>/confirm")
@gate.may(Action.CONFIRM_RESULTS)
def confirm(assignment: UUID):
    """The report is true: the need, and its public progress, follow."""
    return _decide(assignment, service.confirm, VersionForm(), "Đã xác nhận kết quả.")


@bp.post("/manage/assignments/<uuid:assignment>/dispute")
@gate.may(Action.CONFIRM_RESULTS)
def dispute(assignment: UUID):
    said = "Đã gửi lại cho đội bổ sung."
    return _decide(assignment, service.dispute, VerdictForm(), said)


@bp.post("/manage/assignments/<uuid:assignment>/cancel")
@gate.may(Action.CONFIRM_RESULTS)
def cancel(assignment: UUID):
    said = "Đã hủy phân công; phần việc chờ đội khác."
    return _decide(assignment, service.cancel, VerdictForm(), said)


@bp.post("/manage/assignments/<uuid:assignment>/link")
@gate.may(Action.COMMIT_PLANS)
def link(assignment: UUID):
    """A text with a new personal link, to be sent by Zalo: shown once, kept nowhere."""
    try:
        with web.transaction() as session:
            token = links.make(session, gate.actor(), assignment)
            base = str(current_app.config["BASE_URL"]).rstrip("/")
            address = base + url_for("leading.follow", token=token)
            message = links.message(session, assignment, address)
    except Conflict as refusal:
        return _page(assignment, 409, refusal=refusal.detail)
    row = pages.assignment_row(web.session(), assignment)
    return render_template("matching/message.html", message=message, row=row)


@bp.get("/manage/matching/waiting")
@gate.may(Action.SEE_PLANS)
def waiting():
    """Proposals without an answer: who has seen theirs, and a message to who has not."""
    actor = gate.actor()
    rows = pages.waiting(web.session(), actor.territory)
    may_send = actor.may(Action.COMMIT_PLANS)
    return render_template("matching/waiting.html", rows=rows, may_send=may_send)


def _decide(assignment: UUID, act, schema, said: str):
    """One act of an officer on what was shown; a refusal keeps what was typed."""
    reading.read(web.session(), gate.actor(), assignment)
    form = forms.read(schema)
    if not form.good:
        return _page(assignment, 422, form=form)
    try:
        with web.transaction() as session:
            act(session, gate.actor(), assignment, **form.values)
    except Invalid as refusal:
        return _page(assignment, 422, form=form.refused(refusal))
    except Conflict as refusal:
        return _page(assignment, 409, refusal=refusal.detail)
    flash(said, "good")
    return redirect(url_for(".show", assignment=assignment), 303)


def _page(assignment: UUID, status: int, **more: object):
    session, actor = web.session(), gate.actor()
    reading.read(session, actor, assignment)
    page = render_template(
        "matching/assignment.html",
        row=pages.assignment_row(session, assignment),
        **pages.told(session, assignment),
        reasons=service.officers_reasons(session),
        reason_words=service.reason_words(session),
        may_confirm=actor.may(Action.CONFIRM_RESULTS),
        may_send=actor.may(Action.COMMIT_PLANS),
        me=actor.id,
        action=request.path.rsplit("/", 1)[-1],
        **({"form": forms.Filled()} | more),
    )
    return page, status
