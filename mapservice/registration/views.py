"""Pages: begin an address, change one, choose between two versions."""

from collections.abc import Callable, Mapping

from flask import Blueprint, Flask, current_app, flash, redirect, render_template, request, url_for
from marshmallow import EXCLUDE, Schema, fields

from mapservice import problems, web
from mapservice.accounts import gate
from mapservice.accounts.rights import Action
from mapservice.addresses.models import Address, Nature
from mapservice.conflicts import THEIRS_STAYS, seen, spelled
from mapservice.errors import Conflict, Forbidden, Invalid, TooLarge, Unsupported
from mapservice.geo import Box
from mapservice.photos import service as photos
from mapservice.photos import uploads
from mapservice.registration import (
    conflicts,
    contacts,
    pages,
    persons,
    records,
    saving,
    sheet,
    spots,
)
from mapservice.registration.pages import Compared
from mapservice.registration.sheet import Sheet
from mapservice.registration.texts import one_of
from mapservice.territory.eras import today

bp = Blueprint("registration", __name__)
HELD_BACK = (
    "Có {0} nhu cầu chưa hiện trên bản đồ: giúp dưới 10 người hoặc chưa rõ bao nhiêu người, lại "
    "liên quan đến sức khỏe, khuyết tật hoặc trẻ em. Ghi rõ số người được giúp nếu nhiều hơn."
)
REMOVED = (
    "Đã bỏ {0} nhu cầu. Bỏ nhầm thì bấm “Hoàn tác” ở nhu cầu đó trên trang này, trong 10 phút."
)
SAVED = {"submit": "Đã lưu và gửi duyệt, chờ cán bộ xác minh."}


def set_senders(app: Flask, send: Callable[..., object], send_need: Callable[..., object]) -> None:
    """`review` tells here how an address, and a need alone, is sent to be verified; registering
    knows no reviews."""
    app.extensions["record_sender"], app.extensions["need_sender"] = send, send_need


class NewQuery(Schema):
    class Meta:
        unknown = EXCLUDE  # a page leaves out what it does not know

    nature = one_of(Nature, "Chọn loại hồ sơ.", load_default=None)
    draft = fields.UUID(load_default=None)


@bp.get("/manage/addresses/new")
@gate.may(Action.REGISTER)
def new():
    """Choose what to register, or go on with a draft; then the form."""
    asked = web.query(NewQuery())
    with web.transaction() as session:
        actor = gate.actor()
        lines = pages.draft_lines(session, actor)
        if asked["draft"] is not None:
            draft = pages.open_draft(session, actor, asked["draft"])
            left = sheet.typed(draft.nature, draft.fields)
            context = _context(session, left) | {"draft": draft}
        elif asked["nature"] is not None:
            known = {"programme_year": today().year, "commune": spots.only_commune(session, actor)}
            begun = sheet.blank(Nature(asked["nature"]), **known)
            context = _context(session, begun) | {"drafts": lines}
        else:
            context = None
    if context is None:
        return render_template("registration/choose.html", drafts=lines)
    return _form(context)


@bp.post("/manage/addresses/new")
@gate.may(Action.REGISTER)
@web.takes_files(uploads.MOST_REQUEST)
def register():
    """Save a new address, or show the form again with what is wrong."""
    nature = Nature(web.query(NewQuery())["nature"] or Nature.PLACE)
    given = sheet.read(nature, spots.province_box(web.session()))
    if given.frame["act"] == "add_need":
        return _form(_context(web.session(), given.with_need()))
    return _saved(given, None)


@bp.get("/manage/addresses/<code>/edit")
@gate.may(Action.REGISTER)
def edit(code: str):
    """The form of an address, or of the reader's own draft of its changes."""
    asked = web.query(NewQuery())
    with web.transaction() as session:
        actor = gate.actor()
        address = _editable(session, code)
        if asked["draft"] is not None:
            draft = pages.open_draft(session, actor, asked["draft"], address)
            left = sheet.typed(draft.nature, draft.fields)
            context = _context(session, left, address) | {"draft": draft}
        else:
            waiting = pages.draft_of(session, actor, address)
            shown = _stored(session, address)
            context = _context(session, shown, address) | {"waiting": waiting}
    return _form(context)


@bp.post("/manage/addresses/<code>/edit")
@gate.may(Action.REGISTER)
@web.takes_files(uploads.MOST_REQUEST)
def change(code: str):
    """Save the changes; show private fields; or put two versions side by side (409)."""
    with web.transaction() as session:
        address, actor = _editable(session, code), gate.actor()
        province = spots.province_box(session)
        given = sheet.read(address.nature, province)
        act = given.frame["act"]
        if act == "theirs":
            saving.finish_draft(session, actor, given.frame["draft"])
            flash(THEIRS_STAYS, "good")
            return redirect(url_for(".edit", code=code), 303)
        undecided = act in sheet.SAVING and conflicts.undecided(given)
    if act in sheet.SAVING and given.takes and not undecided:
        try:
            given = _with_theirs(code, given, province)
        except (Forbidden, Invalid) as refusal:
            return _refused(given.refused(refusal), code, problems.status_of(refusal))
    if act == "add_need":
        return _form(_context(web.session(), given.with_need(), address))
    if act == "open":
        return _opened(code, given)
    return _compared(code, given) if undecided else _saved(given, code)


def _saved(given: Sheet, code: str | None):
    """Save a sheet that was read; what is wrong with it, or who was first, on the same page."""
    if not given.form.good:
        return _refused(given, code, 422)
    try:
        with web.transaction() as session:
            actor = gate.actor()
            made = saving.save(session, actor, given, code)
            for file in uploads.chosen() if made.nature is Nature.PLACE else ():
                photos.store(session, file.read(), by=actor.id, address_id=made.id)
            held = saving.hidden_from_map(session, made)
            if given.frame["act"] == "submit":
                send = current_app.extensions["record_sender"]
                send(session, actor, made.public_code, made.version)
    except Conflict as refusal:
        if refusal.code == "stale" and code is not None:
            return _compared(code, given)
        return _refused(given.refused(refusal), code, 409)
    except (Forbidden, Invalid, TooLarge, Unsupported) as refusal:
        return _refused(given.refused(refusal), code, problems.status_of(refusal))
    _tell(given, held)
    return redirect(f"/manage/addresses/{made.public_code}", 303)


def _tell(given: Sheet, held: int) -> None:
    """What was done, on the page that comes next; `held`: needs that no map will show."""
    flash(SAVED.get(given.frame["act"], "Đã lưu."), "good")
    if removed := sum(bool(wanted["id"] and wanted["remove"]) for wanted in given.wanted):
        flash(REMOVED.format(removed), "good")
    if held:
        flash(HELD_BACK.format(held), "warm")


def _refused(given: Sheet, code: str | None, status: int):
    """The form again, nothing lost; beside a question about doubles, the doubles."""
    with web.transaction() as session:
        actor = gate.actor()
        address = _editable(session, code) if code else None
        found = []
        if "confirm_duplicate" in given.form.errors:
            found = saving.doubles(session, actor, given, address.id if address else None)
        context = _context(session, given, address, doubles=found)
    return _form(context, status)


def _compared(code: str, given: Sheet):
    """Both versions, and below them the form as it was typed, over what is stored now."""
    with web.transaction() as session:
        actor = gate.actor()
        address = _editable(session, code)
        words = pages.say(session, actor)
        differences = conflicts.compare(session, actor, address, given, words)
        compared = Compared(pages.last_saved(session, address), differences)
        again = given.over(conflicts.renewed(session, actor, address, given))
        context = _context(session, again, address, compared=compared)
    return _form(context, 409)


def _with_theirs(code: str, given: Sheet, province: Box) -> Sheet:
    """The form with what is stored where that version was chosen."""
    with web.transaction() as session:
        address, actor = _editable(session, code), gate.actor()
        body = conflicts.take_theirs(session, actor, address, given, request.form)
    return sheet.of(address.nature, body, province)


def _opened(code: str, given: Sheet):
    """The form with the private fields shown; what was typed into them meanwhile stays."""
    body = given.form.given.copy()
    try:
        with web.transaction() as session:
            address, actor = _editable(session, code), gate.actor()
            shown = persons.opened(session, actor, address, body.get("reason") or None)
    except (Forbidden, Invalid) as refusal:
        return _refused(given.refused(refusal), code, problems.status_of(refusal))
    for name, value in shown.items():
        if not body.get(name):
            body.setlist(name, spelled(value))
    body["opened"] = "1"
    return _form(_context(web.session(), given.over(body), address))


def _editable(session, code: str) -> Address:
    address = records.find(session, gate.actor(), code)
    records.require_editable(gate.actor(), address)
    return address


def _stored(session, address: Address) -> Sheet:
    values = conflicts.stored(session, gate.actor(), address)
    given = {name: spelled(value) for name, value in values.items()}
    marks = seen(values | contacts.mark(session, address))
    return sheet.blank(address.nature, **given, version=address.version, seen=marks)


def _context(session, given: Sheet, address: Address | None = None, **more) -> dict[str, object]:
    """What the form's page shows; `reviews`: its reader also decides on records."""
    shown = pages.form(session, gate.actor(), given, address, **more)
    came_back = pages.came_back(session, address)
    return shown | {"reviews": gate.allows(Action.REVIEW), "came_back": came_back}


def _form(context: Mapping[str, object], status: int = 200):
    # Outside the transaction: the page's frame asks as the public, too.
    return render_template("registration/form.html", **context), status
