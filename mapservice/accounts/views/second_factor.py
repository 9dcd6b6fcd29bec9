"""Pages to set up, renew and turn off the own second factor."""

from flask import Blueprint, current_app, flash, redirect, render_template, session, url_for

from mapservice import forms, qr, web
from mapservice.accounts import checking, gate, second_factor, sessions
from mapservice.accounts.models import SessionKind
from mapservice.accounts.rights import Action
from mapservice.accounts.schemas import CodeForm, PasswordForm
from mapservice.errors import Conflict, Invalid
from mapservice.forms import Filled
from mapservice.problems import status_of

bp = Blueprint("second_factor", __name__)
OFFERED = "offered_secret"  # in the signed session of who is shown it, until a code proves it


@bp.get("/manage/account/second-factor")
@gate.may(Action.KEEP_SECOND_FACTOR)
def show():
    """The picture to set it up with, or what there is."""
    return _page(Filled(), 200)


@bp.post("/manage/account/second-factor")
@gate.may(Action.KEEP_SECOND_FACTOR)
def enrol():
    """A code of the app turns it on; the recovery codes are shown this once."""
    account = gate.account()
    form = forms.read(CodeForm())
    if not form.good or OFFERED not in session:
        return _page(form, 422)
    try:
        with web.transaction() as work:
            codes = second_factor.enrol(work, account, session[OFFERED], **form.values)
            sessions.end_all(work, account.id)
    except (Invalid, Conflict) as refusal:
        return _page(form.refused(refusal), status_of(refusal))
    gate.enter(account)
    return _codes_page(codes)


@bp.post("/manage/account/second-factor/codes")
@gate.may(Action.KEEP_OWN_ACCOUNT)
def renew_codes():
    """New recovery codes instead of the old ones."""
    form = forms.read(PasswordForm())
    if not form.good:
        return _page(form, 422)
    try:
        account = checking.password(gate.account().login, **form.values)
    except Invalid as refusal:
        return _page(form.refused(refusal), 422)
    with web.transaction() as work:
        codes = second_factor.renew_codes(work, account.id)
    return _codes_page(codes)


@bp.post("/manage/account/second-factor/off")
@gate.may(Action.KEEP_OWN_ACCOUNT)
def turn_off():
    """Sign in by password alone again, where the role allows it."""
    form = forms.read(PasswordForm())
    if not form.good:
        return _page(form, 422)
    try:
        account = checking.password(gate.account().login, **form.values)
        with web.transaction() as work:
            second_factor.turn_off(work, account)
    except (Invalid, Conflict) as refusal:
        return _page(form.refused(refusal), status_of(refusal))
    flash("Đã tắt xác thực hai bước.", "good")
    return redirect(url_for(".show"), 303)


def _page(form: Filled, status: int):
    account = gate.account()
    work = web.session()
    shown = {"on": second_factor.is_on(work, account.id)}
    if shown["on"]:
        shown["codes_left"] = second_factor.codes_left(work, account.id)
    else:
        shown["secret"] = session.setdefault(OFFERED, second_factor.new_secret())
        shown["address"] = second_factor.address(account, shown["secret"], _issuer())
        shown["picture"] = qr.inline(shown["address"], "qr")
    page = render_template(
        "accounts/second_factor.html",
        form=form,
        account=account,
        required=second_factor.required(account),
        enrolling=gate.sign_in_session().kind is SessionKind.ENROLMENT,
        **shown,
    )
    return page, status


def _codes_page(codes: list[str]):
    return render_template("accounts/recovery_codes.html", codes=codes, account=gate.account())


def _issuer() -> str:
    """What the app shows beside the digits: whose map, as two may stand in one app."""
    return "Địa chỉ tình nguyện " + str(current_app.config["BASE_URL"]).partition("://")[2]
