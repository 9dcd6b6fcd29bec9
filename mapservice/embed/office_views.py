"""Which sites may show the map: the office's pages about one of them."""

from collections.abc import Callable
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for

from mapservice import forms, web
from mapservice.accounts import gate
from mapservice.accounts.rights import Action
from mapservice.embed import service
from mapservice.embed.schemas import SiteForm, SiteStep
from mapservice.errors import Conflict
from mapservice.forms import Filled
from mapservice.problems import status_of

bp = Blueprint("embed_office", __name__)


@bp.get("/manage/embeds/new")
@gate.may(Action.MANAGE_EMBEDS)
def new():
    return render_template("embed/new.html", form=Filled())


@bp.post("/manage/embeds/new")
@gate.may(Action.MANAGE_EMBEDS)
def add():
    form = forms.read(SiteForm())
    if not form.good:
        return render_template("embed/new.html", form=form), 422
    try:
        with web.transaction() as session:
            made = service.add(session, gate.actor(), **form.values)
    except Conflict as refusal:
        page = render_template("embed/new.html", form=form.refused(refusal))
        return page, status_of(refusal)
    return _done(made.id, "Từ bây giờ trang này hiện được bản đồ.")


@bp.get("/manage/embeds/<uuid:site>")
@gate.may(Action.MANAGE_EMBEDS)
def show(site: UUID):
    """One site: whether it may show the map, since when, and how often it did."""
    return _page(site, Filled(), 200)


@bp.post("/manage/embeds/<uuid:site>/remove")
@gate.may(Action.MANAGE_EMBEDS)
def remove(site: UUID):
    return _step(site, service.remove, "Từ bây giờ trang này không hiện bản đồ nữa.")


@bp.post("/manage/embeds/<uuid:site>/restore")
@gate.may(Action.MANAGE_EMBEDS)
def restore(site: UUID):
    return _step(site, service.restore, "Trang này lại hiện được bản đồ.")


def _step(site: UUID, act: Callable, said: str):
    form = forms.read(SiteStep())
    if not form.good:
        return _page(site, form, 422)
    try:
        with web.transaction() as session:
            act(session, gate.actor(), site, form.values["version"])
    except Conflict as refusal:
        return _page(site, form.refused(refusal), status_of(refusal))
    return _done(site, said)


def _done(site: UUID, said: str):
    flash(said, "good")
    return redirect(url_for(".show", site=site), 303)


def _page(site: UUID, form: Filled, status: int):
    shown = service.seen(web.session(), site)
    return render_template("embed/site.html", form=form, **shown), status
