"""Pages of a team's leader, for a phone: the own teams, needs to take, visits and their reports."""

from datetime import datetime
from uuid import UUID, uuid4

from flask import Blueprint, flash, redirect, render_template, request, url_for

from mapservice import conflicts, forms, problems, web
from mapservice.accounts import gate
from mapservice.accounts.rights import Action
from mapservice.conflicts import Asked
from mapservice.decision import VIETNAM
from mapservice.errors import Conflict, DomainError, Invalid, Stale, TooLarge, Unsupported
from mapservice.forms import Filled
from mapservice.matching import links, pages, service
from mapservice.matching.forms import ClaimForm, ReportForm, told
from mapservice.photos import service as photos
from mapservice.photos import uploads
from mapservice.teams import comparing
from mapservice.teams import service as teams
from mapservice.teams.comparing import Compared
from mapservice.teams.forms import OWN_STATES, OwnTeamForm, StateForm, own_values

bp = Blueprint("leading", __name__)
# What is said at the form, not on a page of its own.
SAID = (Invalid, Conflict, TooLarge, Unsupported)


@bp.get("/manage/my-teams")
@gate.may(Action.KEEP_OWN_TEAM)
def my_teams():
    """The teams the account leads: their state, to be changed at one tap."""
    found = teams.of_leader(web.session(), gate.actor())
    return render_template("teams/my_teams.html", teams=found, states=OWN_STATES)


@bp.post("/manage/my-teams/<code>/state")
@gate.may(Action.KEEP_OWN_TEAM)
def set_state(code: str):
    teams.own(web.session(), gate.actor(), code)
    form = forms.read(StateForm())
    if not form.good:
        flash("Hãy chọn một trạng thái.", "bad")
        return redirect(url_for(".my_teams"), 303)
    try:
        with web.transaction() as session:
            teams.set_state(session, gate.actor(), code, form.values["state"])
    except Conflict as refusal:
        flash(refusal.detail, "bad")
    else:
        flash("Đã đổi trạng thái của đội.", "good")
    return redirect(url_for(".my_teams"), 303)


@bp.get("/manage/my-teams/<code>")
@gate.may(Action.KEEP_OWN_TEAM)
def keep_form(code: str):
    team = teams.own(web.session(), gate.actor(), code)
    shown = forms.shown(own_values(team))
    return _keep_page(code, shown, 200, seen=comparing.seen(team, shown))


@bp.post("/manage/my-teams/<code>")
@gate.may(Action.KEEP_OWN_TEAM)
def keep(code: str):
    """Save the leader's part; saved meanwhile by the office: 409, and what was typed stays."""
    team = teams.own(web.session(), gate.actor(), code)
    body, asked = conflicts.parted(request.form)
    if asked.theirs:
        flash(conflicts.THEIRS_STAYS, "good")
        return redirect(url_for(".my_teams"), 303)
    if asked.takes and not asked.undecided:
        body = comparing.with_theirs(asked, body, forms.shown(own_values(team)))
    form = forms.read(OwnTeamForm(), body)
    if not form.good:
        return _keep_page(code, form, 422, seen=asked.seen)
    if asked.undecided:
        return _compared(code, form, asked)
    try:
        with web.transaction() as session:
            teams.keep(session, gate.actor(), code, **form.values)
    except Stale:
        return _compared(code, form, asked)
    except (Invalid, Conflict) as refusal:
        return _keep_page(code, form.refused(refusal), 422, seen=asked.seen)
    flash("Đã lưu.", "good")
    return redirect(url_for(".my_teams"), 303)


def _compared(code: str, form: Filled, asked: Asked):
    """What the office saved meanwhile beside what was typed, to choose from field by field."""
    session = web.session()
    team = teams.own(session, gate.actor(), code)
    stored = forms.shown(own_values(team))
    names = comparing.names(session)
    compared = comparing.compare(session, team, asked, form, stored, names)
    form.given.setlist("version", [str(team.version)])
    return _keep_page(code, form, 409, seen=asked.seen, compared=compared)


def _keep_page(
    code: str, form: Filled, status: int, *, seen: str, compared: Compared | None = None
):
    session = web.session()
    page = render_template(
        "teams/keep.html",
        team=teams.own(session, gate.actor(), code),
        form=form,
        seen=seen,
        compared=compared,
        labels=comparing.LABELS,
        skills=list(teams.skill_names(session).items()),
    )
    return page, status


@bp.get("/manage/my-teams/<code>/needs")
@gate.may(Action.KEEP_OWN_TEAM)
def needs(code: str):
    """Needs of places that the team could take by itself, nearest first."""
    return _needs_page(code, 200)


@bp.post("/manage/my-teams/<code>/claim")
@gate.may(Action.KEEP_OWN_TEAM)
def claim(code: str):
    """Take one of them; whoever came second is told so."""
    teams.own(web.session(), gate.actor(), code)
    form = forms.read(ClaimForm())
    if not form.good:
        return _needs_page(code, 422, "Không đọc được nhu cầu đã chọn.")
    try:
        with web.transaction() as session:
            made = service.claim(session, gate.actor(), code, form.values["need"])
    except Conflict as refusal:
        return _needs_page(code, 409, refusal.detail)
    flash("Đã nhận việc. Cảm ơn đội!", "good")
    return redirect(url_for(".visit", assignment=made.id), 303)


def _needs_page(code: str, status: int, refusal: str | None = None):
    session, actor = web.session(), gate.actor()
    page = render_template(
        "matching/needs.html",
        team=teams.own(session, actor, code),
        rows=service.claimable(session, actor, code),
        skills=teams.skill_names(session),
        refusal=refusal,
    )
    return page, status


@bp.get("/manage/proposals/open/<token>")
@gate.may(Action.ANSWER_PROPOSALS)
def follow(token: str):
    """A personal link: the proposal is seen, and its page opens."""
    with web.transaction() as session:
        found = links.follow(session, gate.actor(), token)
    return redirect(url_for(".visit", assignment=found.id), 303)


@bp.get("/manage/proposals/<uuid:assignment>")
@gate.may(Action.ANSWER_PROPOSALS)
def visit(assignment: UUID):
    """One assignment with what was told of it so far."""
    with web.transaction() as session:
        links.see(session, gate.actor(), assignment)
    return _visit_page(assignment, _blank(), 200)


@bp.post("/manage/proposals/<uuid:assignment>/report")
@gate.may(Action.ANSWER_PROPOSALS)
@web.takes_files(uploads.MOST_REQUEST)
def report(assignment: UUID):
    """Keep a report with its photos; the same one sent again is one. Programs get JSON."""
    actor = gate.actor()
    service.own(web.session(), actor.id, assignment)
    form = forms.read(ReportForm())
    if not form.good:
        return _not_kept(assignment, form)
    try:
        pictures = uploads.chosen()
        with web.transaction() as session:
            found = service.own(session, actor.id, assignment)
            kept = service.report(
                session, found, form.values["report"], by=actor.id, **told(form.values)
            )
            for file in pictures:
                photos.store(session, file.read(), by=actor.id, field_report_id=kept.id)
    except SAID as refusal:
        if problems.wants_json():
            raise
        return _visit_page(assignment, form.refused(refusal), status_of(refusal))
    flash("Đã ghi nhật ký.", "good")
    url = url_for(".visit", assignment=assignment)
    return {"url": url} if problems.wants_json() else redirect(url, 303)


def _not_kept(assignment: UUID, form: Filled):
    if problems.wants_json():
        told = "; ".join(sentence for said in form.errors.values() for sentence in said)
        return problems.reply(422, "invalid", told, dict(form.errors))
    return _visit_page(assignment, form, 422)


def status_of(refusal: DomainError) -> int:
    return {Conflict: 409, TooLarge: 413, Unsupported: 415}.get(type(refusal), 422)


def _blank() -> Filled:
    return forms.shown({"report": uuid4(), "day": datetime.now(VIETNAM).date()})


def _visit_page(assignment: UUID, form: Filled, status: int):
    session = web.session()
    page = render_template(
        "matching/visit.html",
        **pages.leaders_row(session, gate.account(), assignment),
        reasons=service.leaders_reasons(session),
        reason_words=service.reason_words(session),
        form=form,
        errors={},
        given=request.form,
        new_report=uuid4,
    )
    return page, status
