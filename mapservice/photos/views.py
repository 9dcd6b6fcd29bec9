"""Photos of records: sent, shown, described, published, taken away and brought back.

Each act is a plain form; the same addresses answer a program in JSON (static/js/photos).
"""

from collections.abc import Callable
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, send_file
from marshmallow import Schema

from mapservice import forms, web
from mapservice.accounts import gate
from mapservice.accounts.rights import Action
from mapservice.errors import Conflict, Invalid
from mapservice.forms import Filled
from mapservice.photos import service, uploads
from mapservice.photos.models import Photo
from mapservice.photos.schemas import CaptionForm, PhotoQuery, PhotoShown, PublishForm
from mapservice.problems import status_of, wants_json

bp = Blueprint("photos", __name__)
# A picture runs nothing, whatever somebody's browser takes it for.
PICTURE_POLICY = "default-src 'none'; sandbox"


@bp.app_template_global("photo_rights")
def photo_rights() -> tuple[bool, bool]:
    """Whether whoever is asking may keep photos, and make them public, as far as the role goes."""
    actor = gate.actor()
    return actor.may(Action.KEEP_PHOTOS), actor.may(Action.REVIEW)


@bp.get("/manage/photos/<uuid:photo>")
@gate.may(Action.SEE_PHOTOS)
def show(photo: UUID):
    """The picture itself, for whoever may see its record."""
    small = web.query(PhotoQuery())["size"] == "small"
    path = service.see(web.session(), gate.actor(), photo, small=small)
    reply = send_file(path, mimetype="image/webp", conditional=True)
    # Asked again each time: after signing out, or losing the right, nobody sees it any more.
    reply.headers["Cache-Control"] = "private, no-cache"
    reply.headers["Content-Security-Policy"] = PICTURE_POLICY
    return reply


@bp.post("/manage/addresses/<code>/photos")
@gate.may(Action.REGISTER)
@web.takes_files(uploads.MOST_REQUEST)
def add_to_address(code: str):
    """Keep the chosen pictures with a place."""
    with web.transaction() as session:
        address = service.open_address(session, gate.actor(), code)
        kept = _store(session, address_id=address.id)
    return _answer(kept, f"Đã thêm {len(kept)} ảnh.")


@bp.post("/manage/reports/<uuid:report>/photos")
@gate.may(Action.KEEP_OWN_TEAM)
@web.takes_files(uploads.MOST_REQUEST)
def add_to_report(report: UUID):
    """Keep the chosen pictures with a report of the leader's own team."""
    with web.transaction() as session:
        owner = service.open_report(session, gate.actor(), report)
        kept = _store(session, field_report_id=owner)
    return _answer(kept, f"Đã thêm {len(kept)} ảnh.")


@bp.post("/manage/photos/<uuid:photo>/remove")
@gate.may(Action.KEEP_PHOTOS)
def remove(photo: UUID):
    with web.transaction() as session:
        service.remove(session, gate.actor(), photo)
    return _answer([], "Đã gỡ ảnh. Trong 30 ngày vẫn lấy lại được.")


@bp.post("/manage/photos/<uuid:photo>/restore")
@gate.may(Action.KEEP_PHOTOS)
def restore(photo: UUID):
    with web.transaction() as session:
        kept = service.restore(session, gate.actor(), photo)
    return _answer([kept], "Đã lấy lại ảnh.")


@bp.post("/manage/photos/<uuid:photo>/caption")
@gate.may(Action.KEEP_PHOTOS)
def describe(photo: UUID):
    return _kept(photo, CaptionForm(), service.describe, "Đã lưu lời chú thích.")


@bp.post("/manage/photos/<uuid:photo>/publish")
@gate.may(Action.REVIEW)
def publish(photo: UUID):
    return _kept(photo, PublishForm(), service.publish, "Đã công khai ảnh.")


@bp.post("/manage/photos/<uuid:photo>/hide")
@gate.may(Action.REVIEW)
def hide(photo: UUID):
    with web.transaction() as session:
        kept = service.hide(session, gate.actor(), photo)
    return _answer([kept], "Đã thôi công khai ảnh.")


def _kept(photo: UUID, schema: Schema, act: Callable[..., Photo], said: str):
    """What came of a form about a photo; refused, it is shown again beside the photo as it is."""
    form = forms.read(schema)
    if not form.good:
        return _again(photo, form, Invalid("Cần xem lại lời chú thích.", fields=dict(form.errors)))
    try:
        with web.transaction() as session:
            kept = act(session, gate.actor(), photo, **form.values)
    except (Invalid, Conflict) as refusal:
        return _again(photo, form, refusal)
    return _answer([kept], said)


def _again(photo: UUID, form: Filled, refusal: Invalid | Conflict):
    if wants_json():
        raise refusal
    stored = service.read(web.session(), gate.actor(), photo)
    form.given.setdefault("caption", stored.caption or "")  # a refused publishing types none
    back = web.own_path(request.args.get("back")) or "/manage/"
    shown = {"photo": stored, "form": form.refused(refusal), "back": back}
    return render_template("photos/again.html", **shown), status_of(refusal)


def _store(session, **owner: UUID) -> list:
    chosen = uploads.chosen()
    if not chosen:
        sentence = "Chưa chọn ảnh nào."
        raise Invalid(sentence, code="photo-none", fields={"photos": [sentence]})
    return [service.store(session, file.read(), by=gate.actor().id, **owner) for file in chosen]


def _answer(kept: list, said: str):
    """The photos for a program; a person goes back to the page of the form (`back`)."""
    if wants_json():
        return {"photos": PhotoShown(many=True).dump(kept)}
    flash(said, "good")
    return redirect(web.own_path(request.args.get("back")) or "/manage/", 303)
