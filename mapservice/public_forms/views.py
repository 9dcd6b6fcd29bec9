"""Forms that anybody sends, without an account, a cookie or a script.

Nothing here is kept by a cache or found by a search engine. A form of another site is refused by
what the browser says of its origin: there is no sign-in that a foreign page could borrow, only the
limits on a visitor's network, so a token would add nothing but a cookie. A form is sent once by its
own id, which is also what a phone without a signal may send it by, hours later.
"""

from collections.abc import Callable
from functools import partial
from uuid import uuid4

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from marshmallow import Schema
from werkzeug.datastructures import MultiDict

from mapservice import forms, language, problems, web
from mapservice.accounts import gate, networks
from mapservice.addresses.models import PersonKind
from mapservice.errors import Conflict, Invalid, NotFound, TooMany
from mapservice.forms import Filled
from mapservice.inbox import intake
from mapservice.language import gettext as _
from mapservice.language import noop
from mapservice.public_forms import pages, service
from mapservice.public_forms.schemas import (
    OfferForm,
    SuggestForm,
    SuggestPeopleForm,
)

bp = Blueprint("public_forms", __name__)
UNSEEN = {
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex",
    "Referrer-Policy": "same-origin",  # a receipt's address opens it; our own forms show theirs
}
REVIEW = noop("Cần xem lại một số ô.")
PEOPLE = "people"  # ?about=people
Page = Callable[[Filled], str]


@bp.after_request
def keep_to_ourselves(response):
    response.headers.update(UNSEEN)
    return response


@bp.get("/help/<code>")
@web.allow_anonymous
@language.keeps("need")
def help_place(code: str):
    """Offer help to a place; `need` of the query is chosen already."""
    return _place_page(code, Filled(MultiDict({"need": request.args.get("need", "")})))


@bp.post("/help/<code>")
@web.allow_anonymous
@gate.cookieless
@language.keeps("need")
def send_to_place(code: str):
    place = pages.place(web.public_session(), code)["place"]
    return _send(OfferForm(), {"address": place["code"]}, partial(_place_page, code))


@bp.get("/help/unit/<name>")
@web.allow_anonymous
@language.keeps("group")
def help_people(name: str):
    """Offer help to the people of a commune; `group` of the query is chosen already."""
    group = request.args.get("group", "")
    given = MultiDict({"group": group if group in set(PersonKind) else ""})
    return _people_page(name, Filled(given))


@bp.post("/help/unit/<name>")
@web.allow_anonymous
@gate.cookieless
@language.keeps("group")
def send_to_people(name: str):
    page = pages.unit(web.public_session(), name)
    if page["inside"]:
        raise NotFound(_("Chọn một xã, phường."))
    return _send(OfferForm(), {"commune": page["unit"]["key"]}, partial(_people_page, name))


@bp.get("/suggest")
@web.allow_anonymous
@language.keeps("about")
def suggest():
    """Propose an address: a place, or (`about=people`) of people their commune and group."""
    return _suggest_page(Filled())


@bp.post("/suggest")
@web.allow_anonymous
@gate.cookieless
@language.keeps("about")
def send_suggestion():
    schema = SuggestPeopleForm if _about_people() else SuggestForm
    province = pages.province_box(web.public_session(), _province())
    return _send(schema(province), {}, _suggest_page, intake.submit_suggestion)


@bp.get("/receipt")
@web.allow_anonymous
@language.keeps("code")
def ask_receipt():
    """Where a receipt is typed; with `code`, what became of it."""
    code = web.readable_query().get("code", "").strip()
    if not code:
        return render_template("public_forms/ask_receipt.html", form=Filled())
    try:
        return _receipt_page(code)
    except NotFound as refusal:
        form = Filled(MultiDict({"code": code}), {}, {"code": [refusal.detail]})
        return render_template("public_forms/ask_receipt.html", form=form), 404


@bp.get("/receipt/<code>")
@web.allow_anonymous
def receipt(code: str):
    """What became of what was sent, and the button that takes it back."""
    return _receipt_page(code)


@bp.post("/receipt/<code>")
@web.allow_anonymous
@gate.cookieless
def withdraw(code: str):
    """The sender takes it back."""
    try:
        with web.intake() as session:
            intake.withdraw_by_receipt(session, code)
    except Conflict as refusal:
        return _receipt_page(code, refusal.detail), 409
    return redirect(url_for(".receipt", code=_plain(code)), 303)


def _send(
    schema: Schema, fixed: dict[str, str], page: Page, submit: Callable = intake.submit_offer
):
    """Receive the form of this request, or show it again with all that was typed.

    `fixed`: what the page's address says, whatever the form does. Programs get JSON.
    """
    body = request.form.copy()
    for name, value in fixed.items():
        body[name] = value
    form = forms.read(schema, body)
    if not form.good:
        return _again(form, 422, page)
    try:
        taken = _hand_in(submit, form.values)
    except (Invalid, TooMany) as refusal:
        if problems.wants_json():
            raise
        wait = {"Retry-After": refusal.retry_after} if isinstance(refusal, TooMany) else {}
        return (*_again(form.refused(refusal), problems.status_of(refusal), page), wait)
    url = url_for(".receipt", code=taken.receipt)
    if problems.wants_json():
        told = {"receipt": taken.receipt, "url": url, "again": taken.again}
        return told, 200 if taken.again else 201
    return redirect(url, 303)


def _hand_in(submit: Callable, values) -> intake.Taken:
    network = networks.mark(networks.network()).hex()
    with web.intake() as session:
        service.count(session, network, values["phone"])
    with web.intake() as session:
        return submit(session, values)


def _again(form: Filled, status: int, page: Page):
    if problems.wants_json():
        return problems.reply(status, "invalid", _(REVIEW), pages.said(form.errors)), status
    if "id" in form.errors:  # unreadable, or of another form that was sent: this is a new one
        form.given.setlist("id", [str(uuid4())])
    return page(form), status


def _place_page(code: str, form: Filled) -> str:
    shown = pages.place(web.public_session(), code)
    return render_template("public_forms/help.html", **shown, **pages.frame(form))


def _people_page(name: str, form: Filled) -> str:
    shown = pages.unit(web.public_session(), name)
    template = "choose_commune.html" if shown["inside"] else "help.html"
    return render_template(f"public_forms/{template}", **shown, **pages.frame(form))


def _suggest_page(form: Filled) -> str:
    shown = pages.suggestion(web.public_session(), _province())
    return render_template(
        "public_forms/suggest.html", people=_about_people(), **shown, **pages.frame(form)
    )


def _receipt_page(code: str, refused: str = "") -> str:
    with web.intake() as session:
        found = intake.look_up(session, code)
    shown = pages.receipt(_plain(code), found)
    return render_template("public_forms/receipt.html", refused=refused, **shown)


def _about_people() -> bool:
    return request.args.get("about") == PEOPLE


def _province() -> str:
    return str(current_app.config["PROVINCE"])


def _plain(code: str) -> str:
    return "".join(code.split()).upper()
