"""The own account: name, password, sessions, API tokens."""

from datetime import timedelta

from flask import Blueprint, flash, redirect, render_template, url_for

from mapservice import forms, web
from mapservice.accounts import (
    api_tokens,
    checking,
    gate,
    second_factor,
    service,
    sessions,
)
from mapservice.accounts.rights import Action
from mapservice.accounts.schemas import (
    ChangePasswordForm,
    NameForm,
    SessionForm,
    TokenChoice,
    TokenForm,
)
from mapservice.errors import Conflict, Invalid
from mapservice.forms import Filled
from mapservice.problems import status_of

bp = Blueprint("own_account", __name__)
EMPTY = Filled()


@bp.get("/manage/account")
@gate.may(Action.KEEP_OWN_ACCOUNT)
def show():
    """Everything of the own account on one page."""
    return _page()


@bp.post("/manage/account/name")
@gate.may(Action.KEEP_OWN_ACCOUNT)
def rename():
    form = forms.read(NameForm())
    if not form.good:
        return _page(name=form)
    with web.transaction() as session:
        service.rename(session, gate.account(), **form.values)
    return _done("Đã đổi tên.")


@bp.post("/manage/account/password")
@gate.may(Action.KEEP_OWN_ACCOUNT)
def change_password():
    """A new password for the old one; every other session ends."""
    form = forms.read(ChangePasswordForm())
    if not form.good:
        return _page(password=form)
    try:
        account = checking.password(gate.account().login, form.values["password"])
        with web.transaction() as session:
            service.set_password(session, account, form.values["new_password"])
    except Invalid as refusal:
        return _page(password=form.refused(refusal))
    gate.enter(account)
    return _done("Đã đổi mật khẩu. Mọi thiết bị khác đã bị đăng xuất.")


@bp.post("/manage/account/sessions/end")
@gate.may(Action.KEEP_OWN_ACCOUNT)
def end_sessions():
    """End one session, or all but this one."""
    form = forms.read(SessionForm())
    if not form.good:
        return _page(name=form)
    chosen, account = form.values["session"], gate.account()
    with web.transaction() as session:
        if chosen is None:
            ended = sessions.end_all(session, account.id, but=gate.sign_in_session().id)
        else:
            sessions.end(session, account.id, chosen)
            ended = 1
    return _done(f"Đã đăng xuất {ended} thiết bị." if ended else "Không có thiết bị nào khác.")


@bp.post("/manage/account/tokens")
@gate.may(Action.KEEP_OWN_ACCOUNT)
def make_token():
    """A new API token, shown this once."""
    form = forms.read(TokenForm())
    if not form.good:
        return _page(token=form)
    try:
        with web.transaction() as session:
            row, text = api_tokens.add(
                session,
                gate.account(),
                name=form.values["token_name"],
                scopes=api_tokens.CHOICES[form.values["scope"]],
                lifetime=timedelta(days=form.values["days"]),
            )
    except Conflict as refusal:
        return _page(token=form.refused(refusal), status=status_of(refusal))
    return render_template("accounts/new_token.html", token=row, text=text)


@bp.post("/manage/account/tokens/revoke")
@gate.may(Action.KEEP_OWN_ACCOUNT)
def revoke_token():
    form = forms.read(TokenChoice())
    if not form.good:
        return _page(token=form)
    with web.transaction() as session:
        api_tokens.revoke(session, gate.account().id, form.values["token"])
    return _done("Đã hủy mã truy cập.")


def _done(said: str):
    flash(said, "good")
    return redirect(url_for(".show"), 303)


def _page(
    *,
    name: Filled | None = None,
    password: Filled = EMPTY,
    token: Filled = EMPTY,
    status: int | None = None,
):
    account, session = gate.account(), web.session()
    refused = any(form is not None and not form.good for form in (name, password, token))
    page = render_template(
        "accounts/own.html",
        account=account,
        organisation=gate.actor().organisation,
        name=name or forms.shown({"name": account.name}),
        password=password,
        token=token,
        here=gate.sign_in_session(),
        sessions=sessions.living(session, account.id),
        tokens=api_tokens.living(session, account.id),
        second_factor=second_factor.is_on(session, account.id),
    )
    return page, status or (422 if refused else 200)
