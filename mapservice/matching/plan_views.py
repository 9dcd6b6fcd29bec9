"""Pages of stored plans: ask for one, look at it on map and table, change it, send it."""

from collections.abc import Callable
from uuid import UUID

from flask import (
    Blueprint,
    current_app,
    flash,
    jsonify,
    redirect,
    render_template,
    request,
    url_for,
)
from marshmallow import Schema

from mapservice import forms, web
from mapservice.accounts import gate
from mapservice.accounts.rights import Action
from mapservice.errors import BadRequest, Conflict, NotFound
from mapservice.matching import changes, dispatching, explain, plan_documents, plan_pages, plans
from mapservice.matching.plan_schemas import AskForm, PairForm, SendForm, StepForm
from mapservice.matching.scope import Grouping

bp = Blueprint("plans", __name__)
MOST_OFFERS = 40
LOOK_AGAIN = 4  # seconds, at a plan in the making


@bp.get("/manage/matching")
@gate.may(Action.SEE_PLANS)
def index():
    """The form for a new plan (`unit` of the address is ticked), and the plans of one's offices."""
    return _index(forms.Filled(request.args), 200)


@bp.post("/manage/matching")
@gate.may(Action.KEEP_PLANS)
def ask():
    """A new plan for the ticked units; nothing ticked is the whole territory. Nothing is sent."""
    form = forms.read(AskForm())
    if not form.good:
        return _index(form, 422)
    try:
        with web.transaction() as session:
            made = plans.ask(session, gate.actor(), form.values["unit"], _grouping())
    except (BadRequest, NotFound) as refusal:  # a unit of the form that is none
        return _index(form.refused(refusal), 422)
    return redirect(url_for(".show", plan=made.id), 303)


def _grouping() -> Grouping:
    return Grouping.of(current_app.config)


def _index(form: forms.Filled, status: int):
    session, actor = web.session(), gate.actor()
    may_keep = actor.may(Action.KEEP_PLANS)
    page = render_template(
        "matching/plans.html",
        plans=plan_pages.listed(session, actor),
        units=plan_pages.units(session, actor.territory) if may_keep else {},
        everywhere="toàn tỉnh" if actor.territory is None else actor.organisation.name,
        may_keep=may_keep,
        form=form,
    )
    return page, status


@bp.get("/manage/plans/<uuid:plan>")
@gate.may(Action.SEE_PLANS)
def show(plan: UUID):
    return _page(plan, 200)


@bp.get("/manage/plans/<uuid:plan>/map.json")
@gate.may(Action.SEE_PLANS)
def plan_map(plan: UUID):
    """Its pairs as lines, for the map on its page."""
    session = web.session()
    return jsonify(plan_documents.points(session, plans.find(session, gate.actor(), plan)))


@bp.get("/manage/plans/<uuid:plan>/needs/<need>")
@gate.may(Action.KEEP_PLANS)
def offers(plan: UUID, need: str):
    """The teams a need of the plan could get instead, each with what it costs."""
    session = web.session()
    stored, instance, found = changes.offers(session, gate.actor(), plan, need)
    card = instance.cards[need]
    return render_template(
        "matching/offers.html",
        plan=stored,
        need=plan_pages.named(card),
        offers=plan_pages.offer_lines(
            found[:MOST_OFFERS], instance.skill_names, protected=card["protected"]
        ),
        count=len(found),
    )


@bp.post("/manage/plans/<uuid:plan>/choose")
@gate.may(Action.KEEP_PLANS)
def choose(plan: UUID):
    return _step(plan, changes.choose, PairForm(), "Đã đổi phương án.")


@bp.post("/manage/plans/<uuid:plan>/remove")
@gate.may(Action.KEEP_PLANS)
def remove(plan: UUID):
    return _step(plan, changes.remove, PairForm(), "Đã bỏ đề nghị khỏi phương án.")


@bp.post("/manage/plans/<uuid:plan>/cancel")
@gate.may(Action.KEEP_PLANS)
def cancel(plan: UUID):
    return _step(plan, plans.cancel, StepForm(), "Đã hủy phương án.")


@bp.post("/manage/plans/<uuid:plan>/send")
@gate.may(Action.COMMIT_PLANS)
def send(plan: UUID):
    """Propose the ticked pairs; what fits no more stays on the page with its reason."""

    def act(session, actor, plan_id, version, pair, **given):
        only = None if given["all"] else {(value[:8], value[9:]) for value in pair}
        committed = dispatching.send(session, actor, plan_id, version, only)
        sent, refused = len(committed.sent), len(committed.refused)
        if sent:
            flash(f"Đã gửi {sent} đề nghị cho các đội.", "good")
        if refused:
            flash(f"{refused} đề nghị không gửi được, xem lý do bên dưới.", "warm")

    return _step(plan, act, SendForm(), None)


def _step(plan: UUID, act: Callable, schema: Schema, said: str | None):
    """One act on the plan as it was shown; a refusal shows the plan as it is now."""
    plans.find(web.session(), gate.actor(), plan)
    form = forms.read(schema)
    if not form.good:
        return _page(plan, 422, refusal=" ".join(m for told in form.errors.values() for m in told))
    try:
        with web.transaction() as session:
            act(session, gate.actor(), plan, **form.values)
    except (Conflict, NotFound) as refusal:
        return _page(plan, 409, refusal=refusal.detail)
    if said:
        flash(said, "good")
    return redirect(url_for(".show", plan=plan), 303)


def _page(plan: UUID, status: int, refusal: str | None = None):
    session, actor = web.session(), gate.actor()
    stored = plans.find(session, actor, plan)
    session.refresh(stored)
    waiting = plan_pages.is_waiting(stored)
    page = render_template(
        "matching/plan.html",
        page=plan_pages.view(session, stored),
        plan=stored,
        waiting=waiting,
        progress=plan_pages.progress(stored),
        one_decimal=explain.number,
        may_keep=actor.may(Action.KEEP_PLANS),
        refusal=refusal,
        ticked=request.form.getlist("pair") if request.method == "POST" else None,
    )
    # With or without script, the page looks again by itself until the plan is made.
    again = f"{LOOK_AGAIN}; url={url_for('.show', plan=plan)}"
    return page, status, {"Refresh": again} if waiting else {}
