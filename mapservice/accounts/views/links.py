"""Public pages behind links: a forgotten password, a new one, an invitation.

They set no cookie and say nothing that tells accounts that exist from others.
"""

from collections.abc import Callable
from datetime import timedelta

from flask import (
    Blueprint,
    Response,
    current_app,
    make_response,
    redirect,
    render_template,
    url_for,
)
from marshmallow import Schema

from mapservice import forms, web
from mapservice.accounts import gate, invitations, limits, links, networks, resets
from mapservice.accounts.models import Role
from mapservice.accounts.schemas import AcceptForm, LoginForm, NewPasswordForm
from mapservice.errors import Invalid
from mapservice.forms import Filled
from mapservice.mail import service as mail

bp = Blueprint("links", __name__)
WINDOW = timedelta(minutes=15)
BY_NETWORK = 20
ASKED, ASKED_WINDOW = 3, timedelta(hours=1)  # letters to one login


@bp.get("/password")
@web.allow_anonymous
def forgotten():
    """Ask for a letter with a link; without a mail server, whom to ask instead."""
    return _forgotten(Filled(), 200)


@bp.post("/password")
@web.allow_anonymous
@gate.cookieless
def ask():
    """The same answer whether somebody has this login or nobody does."""
    form = forms.read(LoginForm())
    if not form.good:
        return _forgotten(form, 422)
    login = form.values["login"].lower()
    if mail.configured(current_app.config):
        with web.transaction() as session:
            _count(session, "ask-network")
            limits.hit(session, "ask-login", login, ASKED, ASKED_WINDOW)
        with web.transaction() as session:
            resets.ask(session, login, links.reset)
    return _forgotten(Filled(), 200, asked=login)


@bp.get("/password/<token>")
@web.allow_anonymous
def new_password(token: str):
    """The form for a new password, while the link stands."""
    return _new_password(token, Filled(), 200)


@bp.post("/password/<token>")
@web.allow_anonymous
@gate.cookieless
def set_password(token: str):
    """Set it, once."""
    return _use(token, NewPasswordForm(), resets.use, "password", _new_password)


@bp.get("/invitation/<token>")
@web.allow_anonymous
def invitation(token: str):
    """What somebody is invited to, and the form to accept."""
    return _invitation(token, Filled(), 200)


@bp.post("/invitation/<token>")
@web.allow_anonymous
@gate.cookieless
def accept(token: str):
    """Make the account, once."""
    return _use(token, AcceptForm(), invitations.accept, "account", _invitation)


def _use(
    token: str,
    schema: Schema,
    act: Callable[..., object],
    done: str,
    page: Callable[[str, Filled, int], Response],
) -> Response:
    """Do what a link is for, `act(session, token, **values)`, and lead to the sign-in, which says
    that it is `done`; the link's page again with what was wrong."""
    with web.transaction() as session:
        _count(session, "link-network")
    form = forms.read(schema)
    if not form.good:
        return page(token, form, 422)
    try:
        with web.transaction() as session:
            act(session, token, **form.values)
    except Invalid as refusal:
        return page(token, form.refused(refusal), 422)
    return redirect(url_for("accounts.sign_in", done=done), 303)


def _count(session, kind: str) -> None:
    limits.hit(session, kind, networks.network(), BY_NETWORK, WINDOW)


def _forgotten(form: Filled, status: int, asked: str = ""):
    by_mail = mail.configured(current_app.config)
    return _sheet("accounts/forgotten.html", status, form=form, asked=asked, by_mail=by_mail)


def _new_password(token: str, form: Filled, status: int) -> Response:
    resets.owner(web.session(), token)
    return _sheet("accounts/new_password.html", status, form=form)


def _invitation(token: str, form: Filled, status: int) -> Response:
    found, organisation = invitations.open_invitation(web.session(), token)
    return _sheet(
        "accounts/invitation.html",
        status,
        form=form,
        invitation=found,
        organisation=organisation,
        leader=found.role is Role.TEAM_LEADER,
    )


def _sheet(template: str, status: int, **shown: object) -> Response:
    response = make_response(render_template(template, **shown), status)
    # The address opens something: neither caches nor the next page's server learn it.
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
