"""Pictures of the public pages: photos that were made public, and what a chat shows for a link."""

from uuid import UUID

from flask import Blueprint, Response, current_app, send_file

from mapservice import web
from mapservice.caching import answers
from mapservice.caching.versions import Question
from mapservice.errors import NotFound
from mapservice.language import current
from mapservice.language import gettext as _
from mapservice.layers import pages, preview, service
from mapservice.photos import files
from mapservice.territory.eras import today

bp = Blueprint("public_pictures", __name__)
# A picture runs nothing, whatever somebody's browser takes it for.
PICTURE_POLICY = "default-src 'none'; sandbox"
JPEG = "image/jpeg"
LAYERS = ("places", "needs", "units")


@bp.get("/photos/<uuid:photo>")
@web.allow_anonymous
def photo(photo: UUID) -> Response:
    """A public photo of a published place."""
    return _photo(photo, files.FULL)


@bp.get("/photos/<uuid:photo>/small")
@web.allow_anonymous
def small_photo(photo: UUID) -> Response:
    """The same, at most 480 pixels a side."""
    return _photo(photo, files.SMALL)


@bp.get("/places/<code>/preview.jpg")
@web.allow_anonymous
def place_preview(code: str) -> Response:
    """The card of a place, with its first public photo where there is one."""
    session = web.public_session()
    shown = pages.place(session, code)
    first = next(iter(shown["photos"]), None)
    values = {"code": shown["place"]["code"], "photo": first and str(first["id"])}

    def draw() -> bytes:
        path = first and files.of(session).path(first["id"])
        return preview.draw(_card(pages.place_card(shown)), path)

    return answers.answer(_question("place-preview", values), JPEG, draw)


@bp.get("/units/<name>/preview.jpg")
@web.allow_anonymous
def unit_preview(name: str) -> Response:
    """The card of a unit with its figures."""
    session = web.public_session()
    card = pages.unit_card(session, name)
    values = {"unit": card["title"], "under": card["under"]}
    return answers.answer(
        _question("unit-preview", values), JPEG, lambda: preview.draw(_card(card))
    )


def _card(said: dict[str, object]) -> preview.Card:
    province = pages.province_name(web.public_session, current_app.config)
    site = (_("Bản đồ số địa chỉ tình nguyện"), _("Tỉnh đoàn %(province)s", province=province))
    return preview.Card(**said, site=" · ".join(site))


def _question(name: str, values: dict[str, object]) -> Question:
    return Question(name, LAYERS, values | {"today": today(), "lang": current()})


def _photo(photo_id: UUID, kind: str) -> Response:
    session = web.public_session()
    path = files.of(session).path(photo_id, kind)
    if not service.is_public_photo(session, photo_id) or not path.exists():
        raise NotFound(_("Ảnh này không có, hoặc không còn được công khai."))
    # A photo is never drawn anew; when its file was written is nobody's business.
    tag = f"{photo_id.hex}-{kind}"
    reply = send_file(path, mimetype="image/webp", conditional=True, etag=tag, last_modified=0)
    del reply.headers["Last-Modified"], reply.headers["Expires"]
    # Asked again each time: what is hidden is gone at once.
    reply.headers["Cache-Control"] = "public, no-cache"
    reply.headers["Content-Security-Policy"] = PICTURE_POLICY
    return reply
