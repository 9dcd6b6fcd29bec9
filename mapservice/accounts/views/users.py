"""Accounts of one's part of the tree, and invitations: what may be changed of them."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for

from mapservice import forms, web
from mapservice.accounts import gate, invitations, links, management, pages
from mapservice.accounts.rights import Action
from mapservice.accounts.schemas import AccountForm, InviteForm
from mapservice.errors import Conflict, Forbidden, Invalid, NotFound
from mapservice.forms import Filled
from mapservice.problems import status_of

bp = Blueprint("users", __name__)


@bp.get("/manage/users/invite")
@gate.may(Action.MANAGE_ACCOUNTS)
def invite_form():
    """Empty, or with what the page that leads here knows already."""
    known = {name: request.args.get(name) for name in ("role", "organisation")}
    return _invite_page(forms.shown(known), 200)


@bp.post("/manage/users/invite")
@gate.may(Action.MANAGE_ACCOUNTS)
def invite():
    """Make the link and show it this once; with a mail server it is sent too."""
    form = forms.read(InviteForm())
    if not form.good:
        return _invite_page(form, 422)
    given = form.values
    try:
        with web.transaction() as session:
            row, token = invitations.invite(
                session,
                gate.actor(),
                login=given["login"],
                role=given["role"],
                organisation_id=given["organisation"],
            )
            organisation = pages.organisation(session, row.organisation_id)
            sent = links.mailed(row.login)
            if sent:
                links.send_invitation(row, organisation, token)
    except (Invalid, Forbidden, NotFound) as refusal:
        return _invite_page(form.refused(refusal), status_of(refusal))
    return render_template(
        "accounts/link.html",
        title="Đã tạo lời mời",
        link=links.invitation(token),
        login=row.login,
        days=invitations.LASTS.days,
        sent=sent,
    )


@bp.get("/manage/users/invitations/<uuid:invitation>")
@gate.may(Action.MANAGE_ACCOUNTS)
def show_invitation(invitation: UUID):
    """One invitation: to whom, by whom, whether it still stands."""
    shown = pages.invitation(web.session(), gate.actor(), invitation)
    return render_template("accounts/invited.html", **shown)


@bp.post("/manage/users/invitations/<uuid:invitation>/revoke")
@gate.may(Action.MANAGE_ACCOUNTS)
def revoke_invitation(invitation: UUID):
    with web.transaction() as session:
        invitations.revoke(session, gate.actor(), invitation)
    flash("Đã thu hồi lời mời: đường dẫn không dùng được nữa.", "good")
    return redirect(url_for(".show_invitation", invitation=invitation), 303)


@bp.get("/manage/users/<uuid:account>")
@gate.may(Action.MANAGE_ACCOUNTS)
def show(account: UUID):
    """One account: what it is, and what may be done."""
    return _account_page(account, None, 200)


@bp.post("/manage/users/<uuid:account>")
@gate.may(Action.MANAGE_ACCOUNTS)
def change(account: UUID):
    """New name, role or organisation."""
    form = forms.read(AccountForm())
    if not form.good:
        return _account_page(account, form, 422)
    given = dict(form.values)
    given["organisation_id"] = given.pop("organisation")
    try:
        with web.transaction() as session:
            management.change(session, gate.actor(), account, **given)
    except Conflict as refusal:
        return _account_page(account, form.refused(refusal), 409)
    return _done(account, "Đã lưu. Nếu quyền đã đổi, người này cần đăng nhập lại.")


@bp.post("/manage/users/<uuid:account>/disable")
@gate.may(Action.MANAGE_ACCOUNTS)
def disable(account: UUID):
    return _act(account, management.disable, "Đã khóa tài khoản và đăng xuất mọi thiết bị.")


@bp.post("/manage/users/<uuid:account>/enable")
@gate.may(Action.MANAGE_ACCOUNTS)
def enable(account: UUID):
    return _act(account, management.enable, "Đã mở khóa tài khoản.")


@bp.post("/manage/users/<uuid:account>/end-sessions")
@gate.may(Action.MANAGE_ACCOUNTS)
def end_sessions(account: UUID):
    return _act(account, management.end_sessions, "Đã đăng xuất mọi thiết bị của người này.")


@bp.post("/manage/users/<uuid:account>/second-factor/remove")
@gate.may(Action.MANAGE_ACCOUNTS)
def remove_second_factor(account: UUID):
    """For somebody who lost the phone and the recovery codes."""
    return _act(account, management.remove_second_factor, "Đã gỡ xác thực hai bước.")


@bp.post("/manage/users/<uuid:account>/reset")
@gate.may(Action.MANAGE_ACCOUNTS)
def reset(account: UUID):
    """A link to a new password: by mail where that works, else shown this once."""
    try:
        with web.transaction() as session:
            row, token = management.reset(session, gate.actor(), account)
            login = management.seen(session, gate.actor(), account).login
            sent = links.mailed(login)
            if sent:
                links.send_reset(row, login, token)
    except Conflict as refusal:
        return _account_page(account, Filled().refused(refusal), 409)
    if sent:
        return _done(account, f"Đã gửi thư đặt lại mật khẩu tới {login}.")
    return render_template(
        "accounts/link.html",
        title="Đường dẫn đặt lại mật khẩu",
        link=links.reset(token),
        login=login,
        days=None,
        sent=False,
    )


def _act(account: UUID, act, said: str):
    try:
        with web.transaction() as session:
            act(session, gate.actor(), account)
    except Conflict as refusal:
        return _account_page(account, Filled().refused(refusal), 409)
    return _done(account, said)


def _done(account: UUID, said: str):
    flash(said, "good")
    return redirect(url_for(".show", account=account), 303)


def _invite_page(form: Filled, status: int):
    shown = pages.choices(web.session(), gate.actor())
    return render_template("accounts/invite.html", form=form, **shown), status


def _account_page(account: UUID, form: Filled | None, status: int):
    shown = pages.account(web.session(), gate.actor(), account, form)
    return render_template("accounts/user.html", **shown), status
