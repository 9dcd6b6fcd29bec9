"""The union's tree: its organisations, their place and their territory."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for

from mapservice import forms, web
from mapservice.accounts import gate, organisations, pages
from mapservice.accounts.rights import Action
from mapservice.accounts.schemas import (
    NewOrganisationForm,
    OrganisationForm,
    UnitForm,
    UnitSearch,
)
from mapservice.errors import Conflict, Invalid
from mapservice.forms import Filled
from mapservice.problems import status_of

bp = Blueprint("organisations", __name__)


@bp.get("/manage/organisations/new")
@gate.may(Action.MANAGE_ORGANISATIONS)
def new():
    return _new_page(forms.shown({"parent": request.args.get("parent", "")}), 200)


@bp.post("/manage/organisations/new")
@gate.may(Action.MANAGE_ORGANISATIONS)
def add():
    form = forms.read(NewOrganisationForm())
    if not form.good:
        return _new_page(form, 422)
    try:
        with web.transaction() as session:
            made = organisations.add(session, gate.actor(), **form.values)
    except (Invalid, Conflict) as refusal:
        return _new_page(form.refused(refusal), status_of(refusal))
    return _done(made.id, "Đã thêm tổ chức. Hãy chọn địa bàn cho tổ chức này.")


@bp.get("/manage/organisations/<uuid:organisation>")
@gate.may(Action.MANAGE_ORGANISATIONS)
def show(organisation: UUID):
    """One organisation; with `q`, the units that could be added to its territory."""
    return _page(organisation, None, 200)


@bp.post("/manage/organisations/<uuid:organisation>")
@gate.may(Action.MANAGE_ORGANISATIONS)
def change(organisation: UUID):
    """New name, place in the tree, or rule about verifying one's own records."""
    form = forms.read(OrganisationForm())
    if not form.good:
        return _page(organisation, form, 422)
    try:
        with web.transaction() as session:
            organisations.change(session, gate.actor(), organisation, **form.values)
    except (Invalid, Conflict) as refusal:
        return _page(organisation, form.refused(refusal), status_of(refusal))
    return _done(organisation, "Đã lưu.")


@bp.post("/manage/organisations/<uuid:organisation>/units")
@gate.may(Action.MANAGE_ORGANISATIONS)
def add_unit(organisation: UUID):
    return _territory(organisation, organisations.add_unit, "Đã thêm vào địa bàn.")


@bp.post("/manage/organisations/<uuid:organisation>/units/remove")
@gate.may(Action.MANAGE_ORGANISATIONS)
def remove_unit(organisation: UUID):
    return _territory(organisation, organisations.remove_unit, "Đã bỏ khỏi địa bàn.")


def _territory(organisation: UUID, act, said: str):
    form = forms.read(UnitForm())
    if not form.good:
        return _page(organisation, form, 422)
    with web.transaction() as session:
        act(session, gate.actor(), organisation, form.values["unit"])
    return _done(organisation, said)


def _done(organisation: UUID, said: str):
    flash(said, "good")
    return redirect(url_for(".show", organisation=organisation), 303)


def _new_page(form: Filled, status: int):
    rows = organisations.tree(web.session())
    return render_template("accounts/new_organisation.html", form=form, rows=rows), status


def _page(organisation: UUID, form: Filled | None, status: int):
    words = web.query(UnitSearch()).get("q", "")
    shown = pages.organisation_page(web.session(), organisation, form, words)
    return render_template("accounts/organisation.html", **shown), status
