"""One thing that the public sent, and its answers. Nothing here is public."""

from collections.abc import Callable
from datetime import datetime

from flask import Blueprint, current_app, flash, redirect, render_template, url_for
from marshmallow import Schema

from mapservice import forms, phones, web
from mapservice.accounts import gate
from mapservice.accounts.rights import Action
from mapservice.decision import VIETNAM
from mapservice.errors import Conflict, Forbidden, Invalid
from mapservice.forms import Filled
from mapservice.inbox import pages, service
from mapservice.inbox.models import Offer, Suggestion
from mapservice.inbox.schemas import (
    AcceptForm,
    ConvertForm,
    DeclineForm,
    RevealForm,
    StepForm,
)
from mapservice.language import day as written_day

bp = Blueprint("inbox", __name__)


@bp.app_template_filter("moment")
def moment(at: datetime) -> str:
    """A moment on Vietnam's clock: 25/11/2026 08:05, in English 25 Nov 2026 08:05."""
    here = at.astimezone(VIETNAM)
    return f"{written_day(here.date())} {here:%H:%M}"


@bp.app_template_filter("phone")
def phone(stored: str) -> str:
    return phones.national(stored)


@bp.get("/manage/inbox/offers/<code>")
@gate.may(Action.MODERATE)
def offer(code: str):
    return _offer_page(code)


@bp.get("/manage/inbox/suggestions/<code>")
@gate.may(Action.MODERATE)
def suggestion(code: str):
    return _suggestion_page(code)


@bp.post("/manage/inbox/offers/<code>/contacted")
@gate.may(Action.MODERATE)
def contacted(code: str):
    """The sender was called."""
    return _act(_offer_page, code, StepForm(), "Đã ghi: đã liên hệ.", service.contacted)


@bp.post("/manage/inbox/offers/<code>/convert")
@gate.may(Action.MODERATE)
def convert(code: str):
    """The offer became help."""
    return _act(_offer_page, code, ConvertForm(), "Đã ghi kết quả.", service.convert)


@bp.post("/manage/inbox/suggestions/<code>/accept")
@gate.may(Action.MODERATE)
def accept(code: str):
    """The suggestion is taken up: of a place a draft address is begun."""
    return _act(_suggestion_page, code, AcceptForm(), "Đã nhận đề xuất.", service.accept)


def _declare(model: type, name: str, page: Callable[..., tuple]) -> None:
    """The answers that offers and suggestions have alike."""

    def of_model(step: Callable) -> Callable:
        return lambda session, actor, code, **values: step(session, actor, model, code, **values)

    answers = {
        "decline": (DeclineForm, "Đã từ chối.", of_model(service.decline)),
        "spam": (StepForm, "Đã đánh dấu là thư rác.", of_model(service.mark_spam)),
        "undo": (StepForm, "Đã hoàn tác.", of_model(service.undo)),
    }
    for step, (schema, said, work) in answers.items():

        def view(code: str, schema=schema, said=said, work=work):
            return _act(page, code, schema(), said, work)

        path = f"/manage/inbox/{name}s/<code>/{step}"
        bp.add_url_rule(path, f"{step}_{name}", gate.may(Action.MODERATE)(view), methods=["POST"])

    def reveal(code: str):
        return _reveal(model, page, code)

    path = f"/manage/inbox/{name}s/<code>/sender"
    bp.add_url_rule(path, f"sender_{name}", gate.may(Action.MODERATE)(reveal), methods=["POST"])


def _act(page: Callable, code: str, schema: Schema, said: str, step: Callable):
    """Read the form, take the step in one transaction; refused, the page shows what was typed."""
    form = forms.read(schema)
    if not form.good:
        return page(code, form=form, status=422)
    try:
        with web.transaction() as session:
            step(session, gate.actor(), code, **form.values)
    except (Conflict, Invalid) as refusal:
        status = 409 if isinstance(refusal, Conflict) else 422
        return page(code, form=form.refused(refusal), status=status)
    flash(said, "good")
    here = "offer" if page is _offer_page else "suggestion"
    return redirect(url_for(f".{here}", code=code), 303)


def _reveal(model: type, page: Callable, code: str):
    """Who sent it: shown in the answer to this form and nowhere else, never kept by the browser."""
    form = forms.read(RevealForm())
    if not form.good:
        return page(code, form=form, status=422)
    try:
        with web.transaction() as session:
            shown = service.reveal_sender(session, gate.actor(), model, code, **form.values)
    except (Conflict, Forbidden, Invalid) as refusal:
        status = {Conflict: 409, Forbidden: 403}.get(type(refusal), 422)
        return page(code, form=form.refused(refusal), status=status)
    return page(code, sender=shown)


def _offer_page(code: str, *, form: Filled | None = None, status: int = 200, sender=None):
    sheet, extras = pages.offer(web.session(), gate.actor(), code)
    return _page("inbox/offer.html", sheet, form, status, sender, extras=extras)


def _suggestion_page(code: str, *, form: Filled | None = None, status: int = 200, sender=None):
    province = str(current_app.config["PROVINCE"])
    sheet, hits = pages.suggestion(web.session(), gate.actor(), code, province)
    return _page("inbox/suggestion.html", sheet, form, status, sender, hits=hits)


def _page(template: str, sheet, form: Filled | None, status: int, sender, **more: object):
    html = render_template(
        template,
        sheet=sheet,
        form=form or Filled(),
        sender=sender,
        states_reason=pages.states_reason(gate.actor()),
        **more,
    )
    return html, status, {"Cache-Control": "no-store"}


_declare(Offer, "offer", _offer_page)
_declare(Suggestion, "suggestion", _suggestion_page)
