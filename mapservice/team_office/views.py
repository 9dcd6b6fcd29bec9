"""Pages: a team registered, shown, changed, verified and suspended by the office; and whom it
visits, for its leader."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for

from mapservice import conflicts, forms, web
from mapservice.accounts import gate
from mapservice.accounts.rights import Action
from mapservice.conflicts import Asked
from mapservice.errors import Conflict, DomainError, Forbidden, Invalid, Stale
from mapservice.forms import Filled
from mapservice.matching import service as matching
from mapservice.team_office import pages, service, visiting
from mapservice.team_office.schemas import RevealForm, TeamWithContactForm
from mapservice.teams import comparing
from mapservice.teams import service as teams
from mapservice.teams.comparing import Compared
from mapservice.teams.forms import StepForm, SuspendForm

bp = Blueprint("team_office", __name__)


@bp.get("/manage/teams/new")
@gate.may(Action.REGISTER)
def new():
    return _form_page(pages.blank(gate.actor()), 200)


@bp.post("/manage/teams/new")
@gate.may(Action.REGISTER)
def register():
    """A new team; what was typed stays when something is wrong with it."""
    form = forms.read(TeamWithContactForm())
    if not form.good:
        return _form_page(form, 422)
    try:
        with web.transaction() as session:
            team = service.register(session, gate.actor(), form.values)
    except (Invalid, Conflict) as refusal:
        return _form_page(form.refused(refusal), _status(refusal))
    flash("Đã đăng ký đội. Cán bộ phụ trách xác minh trước khi đội được ghép việc.", "good")
    return redirect(url_for(".show", code=team.public_code), 303)


@bp.get("/manage/teams/<code>")
@gate.may(Action.SEE_RECORDS)
def show(code: str):
    return _team_page(code, 200)


@bp.get("/manage/teams/<code>/edit")
@gate.may(Action.REGISTER)
def edit(code: str):
    team = teams.find(web.session(), gate.actor(), code, Action.REGISTER)
    shown = pages.filled(web.session(), team)
    return _form_page(shown, 200, code, seen=comparing.seen(team, shown))


@bp.post("/manage/teams/<code>/edit")
@gate.may(Action.REGISTER)
def change(code: str):
    """Save; where somebody saved meanwhile, both versions are shown and nothing is lost."""
    team = teams.find(web.session(), gate.actor(), code, Action.REGISTER)
    body, asked = conflicts.parted(request.form)
    if asked.theirs:
        flash(conflicts.THEIRS_STAYS, "good")
        return redirect(url_for(".show", code=code), 303)
    if asked.takes and not asked.undecided:
        body = comparing.with_theirs(asked, body, pages.filled(web.session(), team))
    form = forms.read(TeamWithContactForm(), body)
    if not form.good:
        return _form_page(form, 422, code, seen=asked.seen)
    if asked.undecided:
        return _compared(code, form, asked)
    try:
        with web.transaction() as session:
            service.change(session, gate.actor(), code, form.values)
    except Stale:
        return _compared(code, form, asked)
    except (Invalid, Conflict) as refusal:
        return _form_page(form.refused(refusal), _status(refusal), code, seen=asked.seen)
    flash("Đã lưu.", "good")
    return redirect(url_for(".show", code=code), 303)


def _compared(code: str, form: Filled, asked: Asked):
    """Both versions, and below them the form as it was typed, over what is stored now."""
    session, actor = web.session(), gate.actor()
    team = teams.find(session, actor, code, Action.REGISTER)
    compared = pages.compared(session, actor, team, asked, form)
    form.given.setlist("version", [str(team.version)])
    return _form_page(form, 409, code, seen=asked.seen, compared=compared)


@bp.post("/manage/teams/<code>/verify")
@gate.may(Action.VERIFY_TEAMS)
def verify(code: str):
    return _step(code, teams.verify, "Đã xác minh đội.")


@bp.post("/manage/teams/<code>/unverify")
@gate.may(Action.VERIFY_TEAMS)
def unverify(code: str):
    return _step(code, teams.unverify, "Đã rút xác minh: đội không được ghép việc mới.")


@bp.post("/manage/teams/<code>/suspend")
@gate.may(Action.VERIFY_TEAMS)
def suspend(code: str):
    """End the team's work for a reason; what it had taken is free for others."""
    teams.find(web.session(), gate.actor(), code, Action.VERIFY_TEAMS)
    form = forms.read(SuspendForm())
    if not form.good:
        return _team_page(code, 422, suspension=form)
    said = "Đội ngừng hoạt động; việc đang giữ đã được trả lại."
    return _act(code, matching.suspend, said, **form.values)


@bp.post("/manage/teams/<code>/resume")
@gate.may(Action.VERIFY_TEAMS)
def resume(code: str):
    return _step(
        code, teams.resume, "Đội hoạt động trở lại; đội trưởng báo sẵn sàng thì được ghép."
    )


@bp.post("/manage/teams/<code>/contact")
@gate.may(Action.SEE_PERSONS)
def contact(code: str):
    """Show the leader's name and phone; the page says that this is recorded."""
    teams.find(web.session(), gate.actor(), code, Action.SEE_PERSONS)
    form = forms.read(RevealForm())
    if not form.good:
        return _team_page(code, 422, asked=form)
    try:
        with web.transaction() as session:
            shown = service.reveal(session, gate.actor(), code, form.values["reason"])
    except (Invalid, Forbidden, Conflict) as refusal:
        return _team_page(code, _status(refusal), asked=form.refused(refusal))
    return _team_page(code, 200, contact=shown.values)


@bp.post("/manage/proposals/<uuid:assignment>/contact")
@gate.may(Action.ANSWER_PROPOSALS)
def whom(assignment: UUID):
    """Show the leader whom the team visits; the page says that this is recorded."""
    form = forms.read(RevealForm())
    if not form.good:
        return _whom_page(assignment, 422, form=form)
    try:
        with web.transaction() as session:
            shown = visiting.whom(session, gate.actor(), assignment, form.values["reason"])
    except (Invalid, Forbidden, Conflict) as refusal:
        return _whom_page(assignment, _status(refusal), form=form.refused(refusal))
    return _whom_page(assignment, 200, shown=shown)


def _whom_page(assignment: UUID, status: int, **more: object):
    more = {"form": forms.Filled(), "shown": None} | more
    work = matching.own(web.session(), gate.actor().id, assignment)
    return render_template("teams/whom.html", assignment=work.id, **more), status


def _step(code: str, act, said: str):
    """An act that needs no more than the version that was seen."""
    form = forms.read(StepForm())
    if not form.good:
        return _team_page(code, 422, refusal=next(iter(form.errors.values()))[0])
    return _act(code, act, said, **form.values)


def _act(code: str, act, said: str, **values: object):
    """One act of an officer; a refusal is said on the team's page."""
    try:
        with web.transaction() as session:
            act(session, gate.actor(), code, **values)
    except (Conflict, Invalid, Stale) as refusal:
        return _team_page(code, _status(refusal), refusal=refusal.detail)
    flash(said, "good")
    return redirect(url_for(".show", code=code), 303)


def _status(refusal: DomainError) -> int:
    return {Conflict: 409, Stale: 409, Forbidden: 403}.get(type(refusal), 422)


def _team_page(code: str, status: int, **more: object):
    session, actor = web.session(), gate.actor()
    team = teams.find(session, actor, code, Action.SEE_RECORDS)
    more = {"suspension": forms.Filled(), "asked": forms.Filled()} | more
    return render_template("teams/show.html", **pages.show(session, actor, team), **more), status


def _form_page(
    form: Filled,
    status: int,
    code: str | None = None,
    *,
    seen: str = "",
    compared: Compared | None = None,
):
    session, actor = web.session(), gate.actor()
    team = teams.find(session, actor, code, Action.REGISTER) if code else None
    page = render_template(
        "teams/form.html",
        form=form,
        code=code,
        beyond=service.beyond(session, actor, team) if team else {},
        seen=seen,
        compared=compared,
        labels=comparing.LABELS,
        action=request.path,
        **pages.choices(session, actor),
    )
    return page, status
