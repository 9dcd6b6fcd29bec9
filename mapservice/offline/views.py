"""The manifest that makes the map installable, its service worker, the page that stands in."""

from flask import Blueprint, Response, current_app, json, render_template

from mapservice import language, web
from mapservice.accounts import gate
from mapservice.accounts.rights import Action
from mapservice.assets import asset
from mapservice.language import gettext as _
from mapservice.layers import pages as layers
from mapservice.offline import pages, service

bp = Blueprint("offline", __name__)
BLUE = "#0b4fb3"  # the bar of css/base.css
ASKED_EACH_TIME = {"Cache-Control": "no-cache"}


@bp.get("/manifest.webmanifest")
@web.allow_anonymous
def manifest():
    """What a phone puts on its screen of applications."""
    province = layers.province_name(web.public_session, current_app.config)
    told = {
        "name": _("Bản đồ địa chỉ tình nguyện %(province)s", province=province),
        "short_name": _("Địa chỉ tình nguyện"),
        "lang": language.current(),
        "id": "/",
        "start_url": language.to("/"),
        "scope": "/",
        "display": "standalone",
        "theme_color": BLUE,
        "background_color": "#ffffff",
        "icons": [_icon(size) for size in (192, 512)],
    }
    body = json.dumps(told)
    return Response(body, content_type="application/manifest+json", headers=ASKED_EACH_TIME)


@bp.get("/service-worker.js")
@web.allow_anonymous
def service_worker():
    """The worker of the public pages; at the root, because its folder is what it may serve."""
    return Response(
        pages.worker(), content_type="text/javascript; charset=utf-8", headers=ASKED_EACH_TIME
    )


@bp.get("/offline")
@web.allow_anonymous
def stand_in():
    """What is shown in place of a page that the device does not have, while it has no signal."""
    return render_template("offline/show.html")


@bp.app_template_global("field_outbox")
def field_outbox() -> service.Outbox | None:
    """The outbox of the leader who is asking, for pages that no cache keeps; None for others."""
    if not gate.allows(Action.ANSWER_PROPOSALS):
        return None
    return service.outbox(str(current_app.config["SECRET_KEY"]), gate.account().id)


def _icon(size: int) -> dict[str, str]:
    # Its drawing keeps to the middle, so that phones may cut it as they like.
    return {
        "src": asset(f"img/icon-{size}.png"),
        "sizes": f"{size}x{size}",
        "type": "image/png",
        "purpose": "any maskable",
    }
