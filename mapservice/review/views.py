"""The page of a record, and its steps: one route a step, for an address and for a need alone."""

from collections.abc import Callable
from datetime import datetime

from flask import Blueprint, flash, redirect, render_template, url_for
from marshmallow import Schema
from werkzeug.datastructures import MultiDict

from mapservice import forms, web
from mapservice.accounts import gate
from mapservice.accounts.rights import Action
from mapservice.decision import VIETNAM
from mapservice.errors import Conflict, DomainError, Invalid
from mapservice.forms import Filled
from mapservice.registration import views as registering
from mapservice.review import (
    checks,
    merging,
    need_steps,
    pages,
    privacy,
    queues,
    service,
    steps,
    undo,
)
from mapservice.review.schemas import MergeForm, ReasonForm, RecordQuery, StepForm, TicksForm
from mapservice.review.steps import Step

bp = Blueprint("review", __name__)
bp.record_once(lambda state: registering.set_senders(state.app, service.submit, need_steps.submit))
UNDONE = "Đã hoàn tác."
FIELDS = {"reason", "kept", "givers", "channel", "sure"}  # of the forms on the page of a record


@bp.app_template_filter("in_vietnam")
def in_vietnam(moment: datetime) -> datetime:
    """A moment on Vietnam's clock."""
    return moment.astimezone(VIETNAM)


@bp.get("/manage/addresses/<code>")
@gate.may(Action.SEE_RECORDS)
def record(code: str):
    """One address with its needs: what it is, where it stands, what may be done next."""
    asked = web.query(RecordQuery())
    form = Filled(MultiDict({"back": asked["back"]}))
    return record_page(code, form, failed=asked["do"])


def record_page(code: str, form: Filled, *, status: int = 200, failed: str = ""):
    """The page; `failed` names the form that stands open, `form` what was typed into it."""
    page = render_template(
        "review/record.html",
        page=pages.record(web.session(), gate.actor(), code),
        form=form,
        back=form.given.get("back", ""),
        failed=failed,
        givers=privacy.GIVERS,
        channels=privacy.CHANNELS,
        grounds=privacy.GROUNDS,
    )
    return page, status


def act(
    code: str,
    failed: str,
    schema: Schema,
    done: str,
    step: Callable[..., object],
    show: str | None = None,
):
    """Read a form, take a step in one transaction, say so; refused, the page shows again.

    `show`: code of the address whose page that is, where `code` is not it.
    """
    form = forms.read(schema)
    if not form.good:
        return record_page(show or code, form, status=422, failed=failed)
    values = dict(form.values)
    back = values.pop("back", None)
    try:
        with web.transaction() as session:
            step(session, gate.actor(), code, **values)
    except (Conflict, Invalid) as refusal:
        return refused(show or code, form, refusal, failed)
    flash(done, "good")
    return redirect(_onwards(back, show or code), 303)


def _onwards(back: str | None, code: str) -> str:
    """Where a step leads: back to the queue it came from, else to the record."""
    if back == "duplicates":
        return url_for("review_queues.pairs")
    if back in queues.BY_NAME:
        return url_for("review_queues.queue", tab=back)
    return url_for("review.record", code=code)


def refused(code: str, form: Filled, refusal: DomainError, failed: str):
    """The page again, with what a service had against the form."""
    status = 409 if isinstance(refusal, Conflict) else 422
    fields = {name: words for name, words in refusal.fields.items() if name in FIELDS}
    about = Filled(form.given, {}, fields or {"_schema": [refusal.detail]})
    return record_page(code, about, status=status, failed=failed)


def _address_step(step: Step) -> Callable:
    def view(code: str):
        schema = ReasonForm() if step.reasons else StepForm()

        def taken(session, actor, code, **values):
            return service.take(session, actor, step, code, **values)

        return act(code, step.name, schema, step.done, taken)

    return view


def _need_step(step: Step) -> Callable:
    def view(code: str):
        home = pages.home_of_need(web.session(), gate.actor(), code, step.action)
        schema = ReasonForm() if step.reasons else StepForm()

        def taken(session, actor, code, **values):
            return need_steps.take(session, actor, step, code, **values)

        return act(code, f"{step.name}-{code}", schema, step.done, taken, show=home)

    return view


def _declare() -> None:
    for step in steps.STEPS:
        name = step.name.replace("-", "_")
        if step.address:
            view = gate.may(step.action)(_address_step(step))
            path = f"/manage/addresses/<code>/{step.name}"
            bp.add_url_rule(path, name, view, methods=["POST"])
        if step.homes:
            view = gate.may(step.action)(_need_step(step))
            path = f"/manage/needs/<code>/{step.name}"
            bp.add_url_rule(path, f"{name}_need", view, methods=["POST"])


_declare()


@bp.post("/manage/addresses/<code>/duplicate")
@gate.may(Action.REVIEW)
def duplicate(code: str):
    """The record is a double: its needs move to the one that is kept."""

    def merged(session, actor, code, kept, **values):
        return merging.mark_duplicate(session, actor, code, kept_code=kept.upper(), **values)

    return act(code, "duplicate", MergeForm(), "Đã gộp vào hồ sơ được giữ.", merged)


@bp.post("/manage/addresses/<code>/text-checks")
@gate.may(Action.REVIEW)
def tick_texts(code: str):
    """The finds that were ticked name nobody: they no longer hold the record back."""
    return act(
        code, "text-checks", TicksForm(), "Đã ghi: các chỗ này không nêu tên ai.", checks.tick
    )


@bp.post("/manage/addresses/<code>/separate")
@gate.may(Action.REVIEW)
def separate(code: str):
    """The record was no double: it becomes again what it was."""
    said = "Đã tách: hồ sơ trở lại như trước khi gộp."
    return act(code, "separate", StepForm(), said, merging.separate)


@bp.post("/manage/addresses/<code>/undo")
@gate.may(Action.REGISTER)
def undo_address(code: str):
    """Take the own last step back, within ten minutes."""
    return act(code, "undo", StepForm(), UNDONE, undo.undo)


@bp.post("/manage/needs/<code>/undo")
@gate.may(Action.REGISTER)
def undo_need(code: str):
    """Take the own last step of one need back, likewise."""
    home = pages.home_of_need(web.session(), gate.actor(), code, Action.REGISTER)
    schema = StepForm()
    return act(code, f"undo-{code}", schema, UNDONE, undo.undo_need, show=home)
