"""Pages of one need alone: added to an address that is on its way already, or mended before it is
sent. It waits to be verified by itself; what is public stays as it is until then."""

from flask import Blueprint, current_app, flash, redirect, render_template, request
from werkzeug.datastructures import MultiDict

from mapservice import problems, web
from mapservice.accounts import gate
from mapservice.accounts.rights import Action
from mapservice.addresses.models import Address
from mapservice.conflicts import THEIRS_STAYS, seen, spelled
from mapservice.errors import Conflict, Invalid
from mapservice.needs.models import Need
from mapservice.registration import conflicts, pages, records, sheet, single_needs, words
from mapservice.registration.needs import name
from mapservice.registration.pages import Compared
from mapservice.registration.sheet import Sheet

bp = Blueprint("registration_needs", __name__)
SAVED = "Đã lưu bản nháp của nhu cầu. Bấm “Gửi duyệt” ở ô của nhu cầu khi đã xong."
SENT = "Đã lưu và gửi duyệt nhu cầu, chờ cán bộ xác minh."
REMOVED = "Đã bỏ nhu cầu. Bỏ nhầm thì bấm “Hoàn tác” ở nhu cầu đó, trong 10 phút."


@bp.get("/manage/addresses/<code>/needs/new")
@gate.may(Action.REGISTER)
def new(code: str):
    """An empty need of an address."""
    address = _home(code)
    return _page(sheet.blank(address.nature), address)


@bp.post("/manage/addresses/<code>/needs/new")
@gate.may(Action.REGISTER)
def add(code: str):
    """Keep it as a draft, or send it to be verified at once."""
    address = _home(code)
    given = sheet.of_need(address.nature, request.form)
    if not given.form.good:
        return _page(given, address, status=422)
    return _saved(given, address, None)


@bp.get("/manage/needs/<code>/edit")
@gate.may(Action.REGISTER)
def edit(code: str):
    """A need that was not sent yet, or came back."""
    address, need = single_needs.begun(web.session(), gate.actor(), code)
    values = conflicts.need_values(0, need)
    given = {name: spelled(value) for name, value in values.items()}
    return _page(sheet.blank(address.nature, **given, seen=seen(values)), address, need)


@bp.post("/manage/needs/<code>/edit")
@gate.may(Action.REGISTER)
def change(code: str):
    """Save the changes; or put two versions side by side (409)."""
    session, actor = web.session(), gate.actor()
    address, need = single_needs.begun(session, actor, code)
    given = sheet.of_need(address.nature, request.form)
    act = given.frame["act"]
    if act == "theirs":
        flash(THEIRS_STAYS, "good")
        return redirect(_record(address), 303)
    undecided = act in sheet.SAVING and conflicts.undecided(given)
    if act in sheet.SAVING and given.takes and not undecided:
        body = conflicts.take_theirs(session, actor, address, given, request.form)
        given = sheet.of_need(address.nature, body)
    if not given.form.good:
        return _page(given, address, need, status=422)
    return _compared(given, address, need) if undecided else _saved(given, address, need)


def _saved(given: Sheet, address: Address, need: Need | None):
    """Save a sheet that was read; what is wrong with it, or who was first, on the same page."""
    values = {k: v for k, v in given.wanted[0].items() if k not in {"id", "version"}}
    sends = given.frame["act"] == "submit" and not values["remove"]
    try:
        with web.transaction() as session:
            actor = gate.actor()
            if need is None:
                kept = single_needs.add(session, actor, address.public_code, values)
            else:
                version = given.wanted[0]["version"] or 0
                kept = single_needs.change(session, actor, need.public_code, version, values)
            if sends:
                current_app.extensions["need_sender"](
                    session, actor, kept.public_code, kept.version
                )
    except Conflict as refusal:
        if refusal.code == "stale" and need is not None:
            return _compared(given, address, need)
        return _page(_refused(given, refusal), address, need, status=409)
    except Invalid as refusal:
        status = problems.status_of(refusal)
        return _page(_refused(given, refusal), address, need, status=status)
    flash(REMOVED if values["remove"] else SENT if sends else SAVED, "good")
    return redirect(f"{_record(address)}#need-{kept.public_code}", 303)


def _refused(given: Sheet, refusal: Conflict | Invalid) -> Sheet:
    """The same form with what a service had against the need, which knows no numbers."""
    fields = {name(0, field): said for field, said in refusal.fields.items()}
    return given.refused(type(refusal)(refusal.detail, code=refusal.code, fields=fields))


def _compared(given: Sheet, address: Address, need: Need):
    """Both versions, and below them the form as it was typed, over what is stored now."""
    session, actor = web.session(), gate.actor()
    say = pages.say(session, actor)
    differences = conflicts.compare(session, actor, address, given, say)
    compared = Compared(pages.last_saved(session, address), differences)
    body = MultiDict(given.form.given.items(multi=True))
    session.refresh(need)
    body[name(0, "version")] = str(need.version)
    return _page(given.over(body), address, need, compared=compared, status=409)


def _home(code: str) -> Address:
    address = records.find(web.session(), gate.actor(), code)
    records.require_live(address)
    return address


def _record(address: Address) -> str:
    return f"/manage/addresses/{address.public_code}"


def _page(
    given: Sheet,
    address: Address,
    need: Need | None = None,
    *,
    compared: Compared | None = None,
    status: int = 200,
):
    page = render_template(
        "registration/need.html",
        form=given.form,
        address=address,
        need=need,
        compared=compared,
        came_back=pages.came_back(web.session(), need),
        words=words,
        **pages.need_options(web.session()),
    )
    return page, status
