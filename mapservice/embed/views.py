"""The map in a frame: its page, the script and oEmbed that bring it, its builder and its check."""

from dataclasses import asdict
from functools import partial
from urllib.parse import urlsplit

from flask import (
    Blueprint,
    Response,
    current_app,
    make_response,
    render_template,
    request,
)

from mapservice import headers, language, origins, problems, web
from mapservice.embed import checking, choosing, pages, pasted, service
from mapservice.embed import oembed as describing
from mapservice.embed.schemas import BUILDER, FRAME, OEMBED
from mapservice.language import gettext as _
from mapservice.layers import map_pages
from mapservice.layers import pages as layer_pages

bp = Blueprint("embed", __name__)
# A site that is removed from the list gets no frame from a cache either.
OURS_ALONE = {"Cache-Control": "private, no-cache", "X-Robots-Tag": "noindex"}
SCRIPT_SECONDS = 300
FRAMES = {"iframe", "frame", ""}  # "": a browser that does not say what the answer is for


@bp.app_template_global()
def map_address() -> str:
    """The map's page in the state that this request asks for, without what else a link carried."""
    return pages.map_path(FRAME.forgiving(request.args))


@bp.get("/embed")
@web.allow_anonymous
def frame():
    """The map without cookies, forms or storage, for pages of allowed sites."""
    session = web.public_session()
    sites = service.allowed(session)
    headers.may_stand_in(sites)
    values = FRAME.forgiving(request.args)
    province = str(current_app.config["PROVINCE"])
    listed = partial(pages.list_path, values)
    shown = map_pages.shown(session, pages.filters(values), province, listed)
    looks = pages.frame(values, sites)
    # Of no usual size: what its map asks for first is not known here.
    page = render_template("embed/show.html", **shown, needs_ahead=[], frame=looks)
    response = make_response(page)
    response.headers.update(OURS_ALONE)
    _count(response)
    return response


@bp.get("/embed.js")
@web.allow_anonymous
def element():
    """The script that gives a page the element <volunteer-map>."""
    script = Response(pages.element(), content_type="text/javascript; charset=utf-8")
    script.cache_control.public, script.cache_control.max_age = True, SCRIPT_SECONDS
    script.add_etag()
    return script.make_conditional(request)


@bp.get("/oembed")
@web.allow_anonymous
def oembed():
    """A page of ours as a frame, for sites that make one of its address."""
    asked = web.query(OEMBED)
    if asked["format"] != "json":
        return problems.reply(501, "unsupported-format", _("Chỉ có định dạng json."))
    base = str(current_app.config["BASE_URL"])
    shown = describing.subject(web.public_session(), base, asked["url"])
    province = layer_pages.province_name(web.public_session, current_app.config)
    provider = _("Bản đồ địa chỉ tình nguyện %(province)s", province=province)
    return describing.answer(base, provider, shown, asked)


@bp.get("/embed/builder")
@web.allow_anonymous
@language.keeps(*BUILDER.fields)
def builder():
    """Choose what a frame shows, look at it, copy it. Programs get the texts as JSON."""
    headers.holds_frames()
    asked = BUILDER.forgiving(request.args)
    values = pages.built(asked)
    base = str(current_app.config["BASE_URL"])
    texts = pages.snippets(base, values, _("Bản đồ địa chỉ tình nguyện"))
    shown = {"preview": pages.frame_path(values), "height": values.get("height", pages.HEIGHT)}
    if problems.wants_json():
        return shown | asdict(texts), OURS_ALONE
    choices = choosing.choices(web.public_session(), asked)
    page = render_template("embed/builder.html", texts=texts, host=_host(), **shown, **choices)
    return page, OURS_ALONE


@bp.get("/embed/check")
@web.allow_anonymous
@language.keeps("site", "code")
def check():
    """Why the frame in a page of `site` is empty, by its address and by the `code` that it kept."""
    site, code = _text("site", pages.MOST_LETTERS), _text("code", pages.MOST_CODE)
    base = str(current_app.config["BASE_URL"])
    allowed = service.allowed(web.public_session())
    findings = checking.findings(base, allowed, site) if site else []
    findings += [pasted.finding(base, _host(), code)] if code else []
    asked = {"site": site, "code": code, "most": pages.MOST_CODE}
    page = render_template("embed/check.html", asked=asked, findings=findings, host=_host())
    return page, OURS_ALONE


def _text(name: str, most: int) -> str:
    given = request.args.get(name, "").strip()
    return given[:most] if web.is_text(given) else ""


def _host() -> str:
    """The domain that other sites have to trust; they take no port with it."""
    return urlsplit(str(current_app.config["BASE_URL"])).hostname or ""


def _count(response: Response) -> None:
    """One view more where a page of somebody else shows it; of the page its origin alone."""
    opened = request.method == "GET" and request.headers.get("Sec-Fetch-Dest", "") in FRAMES
    if opened and not web.from_ourselves():
        site = origins.of_address(request.referrer or "") or ""
        web.afterwards(response, partial(service.count_view, site=site))
