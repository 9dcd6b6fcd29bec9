"""The spoken story of a place, where the operator laid one down."""

from pathlib import Path

from flask import Blueprint, Response, current_app, send_file, url_for

from mapservice import web
from mapservice.errors import NotFound
from mapservice.language import gettext as _
from mapservice.layers import narration, service

bp = Blueprint("narration", __name__)


@bp.get("/places/<code>/narration")
@web.allow_anonymous
def story(code: str) -> Response:
    """The file, in parts where a player asks for parts; of a published place alone."""
    place, _needs = service.place(web.public_session(), code)
    found = _of(place["code"])
    if found is None:
        raise NotFound(_("Địa chỉ này không có bài thuyết minh."))
    reply = send_file(found.path, mimetype=found.media_type, conditional=True)
    del reply.headers["Expires"]
    # Asked again each time: with its place it is gone at once.
    reply.headers["Cache-Control"] = "public, no-cache"
    return reply


def address(code: str) -> str | None:
    """Where the story of a place is to be heard; None where there is no file."""
    return url_for("narration.story", code=code) if _of(code) else None


def _of(code: str) -> narration.Narration | None:
    return narration.find(Path(str(current_app.config["MAPSERVICE_HOME"])), code)
