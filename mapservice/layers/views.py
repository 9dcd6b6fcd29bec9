"""Public pages: the map with its list, a place, a unit, the privacy guarantee."""

from flask import Blueprint, current_app, render_template, request, url_for

from mapservice import language, qr, web
from mapservice.layers import ahead, map_pages, narration_views, pages, service
from mapservice.layers.map_pages import PAGE
from mapservice.layers.schemas import MAP_STATE, MapQuery

bp = Blueprint("layers", __name__)


@bp.app_context_processor
def site() -> dict[str, dict[str, str]]:
    """What every page says of its site; an error page must not need the database for it."""
    return {
        "site": {
            "province": pages.province_name(web.public_session, current_app.config),
            "base_url": str(current_app.config["BASE_URL"]),
        }
    }


@bp.get("/")
@web.allow_anonymous
@language.keeps(*MAP_STATE, "offset")
def map_page():
    """The map; without JavaScript its list, filters and paging work alone."""
    session = web.public_session()
    shown = map_pages.shown(session, MapQuery().forgiving(request.args), _province())
    first = ahead.needs(shown["bounds"], request.args)
    return render_template("layers/map.html", **shown, needs_ahead=first)


@bp.get("/places/<code>")
@web.allow_anonymous
def place_page(code: str):
    """One published place and what it needs."""
    session = web.public_session()
    shown = pages.place(session, code)
    url = _absolute("place_page", code=shown["place"]["code"])
    return render_template(
        "places/show.html",
        **shown,
        bounds=pages.bounds(session, _province()),
        url=url,
        preview=_picture("place_preview", code=shown["place"]["code"]),
        narration=narration_views.address(shown["place"]["code"]),
        qr=qr.inline(url, "qr-code"),
    )


@bp.get("/units/<name>")
@web.allow_anonymous
@language.keeps("offset")
def unit_page(name: str):
    """A commune, district or province of any era: totals, needs, what it was and became."""
    session = web.public_session()
    offset = MapQuery().forgiving(request.args)["offset"]
    page = pages.unit(session, name, limit=PAGE, offset=offset)
    total = page["totals"]["needs"]
    return render_template(
        "units/show.html",
        **page,
        demo=service.has_demo(session),
        next_url=language.to(f"?offset={offset + PAGE}") if offset + PAGE < total else None,
        previous_url=language.to(f"?offset={max(offset - PAGE, 0)}") if offset else None,
        map_url=url_for("layers.map_page", unit=page["unit"]["code"]),
        url=_absolute("unit_page", name=page["unit"]["code"]),
        preview=_picture("unit_preview", name=page["unit"]["code"]),
    )


@bp.get("/about/privacy")
@web.allow_anonymous
def privacy():
    """The guarantee about people, in plain words; `lang=en` in English."""
    english = language.current() == "en"
    return render_template("about/privacy_en.html" if english else "about/privacy.html")


def _absolute(endpoint: str, **values: str) -> str:
    return str(current_app.config["BASE_URL"]) + url_for(f"layers.{endpoint}", **values)


def _picture(endpoint: str, **values: str) -> str:
    return str(current_app.config["BASE_URL"]) + url_for(f"public_pictures.{endpoint}", **values)


def _province() -> str:
    return str(current_app.config["PROVINCE"])
