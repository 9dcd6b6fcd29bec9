"""Pages to sign in and out."""

from flask import Blueprint, redirect, render_template, request, url_for

from mapservice import forms, web
from mapservice.accounts import checking, gate, resending, second_factor, service
from mapservice.accounts.models import Role, SessionKind, UserAccount
from mapservice.accounts.schemas import CodeForm, SignInForm
from mapservice.errors import Invalid, TooMany
from mapservice.forms import Filled

bp = Blueprint("accounts", __name__)


@bp.get("/sign-in")
@web.allow_anonymous
def sign_in():
    """The form; what was typed stays after a refusal."""
    return _page("sign_in", Filled(), 200)


@bp.post("/sign-in")
@web.allow_anonymous
def enter():
    """The first step: login and password."""
    form = forms.read(SignInForm(), resending.own_fields())
    if not form.good:
        return _page("sign_in", form, 422)
    try:
        account = checking.password(**form.values)
    except Invalid as refusal:
        return _page("sign_in", form.refused(refusal), 422)
    except TooMany as refusal:
        return _wait("sign_in", form, refusal)
    if second_factor.is_on(web.session(), account.id):
        gate.enter_halfway(account)
        return _page("code", Filled(), 200)
    if second_factor.required(account):
        gate.enter(account, SessionKind.ENROLMENT)
        return redirect(url_for("second_factor.show"))
    gate.enter(account)
    return _go_on(account)


@bp.post("/sign-in/code")
@web.allow_anonymous
def enter_code():
    """The second step, where the account has one: a code of the app, or a recovery code."""
    account_id = gate.halfway()
    account = service.account(web.session(), account_id) if account_id else None
    if account is None:
        return resending.sign_in_page(resending.received())
    form = forms.read(CodeForm(), resending.own_fields())
    if not form.good:
        return _page("code", form, 422)
    try:
        checking.code(account, **form.values)
    except Invalid as refusal:
        return _page("code", form.refused(refusal), 422)
    except TooMany as refusal:
        return _wait("code", form, refusal)
    gate.enter(account)
    return _go_on(account)


@bp.post("/sign-out")
@web.allow_anonymous
def sign_out():
    """End the session, whichever state it is in."""
    gate.leave()
    return redirect(url_for("layers.map_page"))


def home(role: Role) -> str:
    """Where a role begins its day."""
    if role is Role.TEAM_LEADER:
        return url_for("matching.proposals")
    return url_for("office.home")


def _go_on(account: UserAccount):
    carried = resending.received()
    if carried is not None:
        return resending.page(carried, 200)
    return redirect(web.own_path(request.args.get("next")) or home(account.role))


def _wait(name: str, form: Filled, refusal: TooMany):
    page, status = _page(name, form.refused(refusal), 429)
    return page, status, {"Retry-After": str(refusal.retry_after)}


def _page(name: str, form: Filled, status: int):
    page = render_template(
        f"accounts/{name}.html",
        form=form,
        carried=resending.received(),
        back=web.own_path(request.args.get("next")),
        done=request.args.get("done"),
    )
    return page, status
