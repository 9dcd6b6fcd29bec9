"""oEmbed (https://oembed.com): a page of ours as a frame, for sites that ask by themselves."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from mapservice import origins
from mapservice.embed import pages
from mapservice.embed.schemas import FRAME
from mapservice.errors import BadRequest, NotFound
from mapservice.language import gettext as _
from mapservice.layers import service as layers

WIDTH = 800  # pixels, where nobody asks for less
PLACE_ZOOM = 15  # from here on no place is part of a cluster


@dataclass(frozen=True)
class Subject:
    """What a page of ours shows: the frame's `values` as `FrameQuery` reads them; `title` where it
    is of one place or unit."""

    values: Mapping[str, object] = field(default_factory=dict)
    title: str = ""


def subject(session: Session, base: str, url: str) -> Subject:
    """What the page at `url` shows; `base`: the address people use.

    Raises BadRequest for what is no address, NotFound for one of another site, or of ours that has
    no frame.
    """
    origin = origins.of_address(url)
    if origin is None:
        raise BadRequest(_("Cần một địa chỉ trang đầy đủ, bắt đầu bằng https://."), fields=AT_URL)
    parts = urlsplit(url)
    if origin != origins.of_address(base):
        raise _unknown()
    asked = FRAME.forgiving(MultiDict(parse_qsl(parts.query)))
    if parts.path in ("", "/", "/embed"):
        return Subject(asked)
    kept = {"lang": asked["lang"]} if "lang" in asked else {}
    found = _of_path(session, parts)
    return Subject(dict(found.values) | kept, found.title)


def answer(base: str, provider: str, shown: Subject, size: Mapping[str, int | None]) -> dict:
    """The rich answer about it; `size`: what `maxwidth` and `maxheight` allow, in pixels."""
    title = shown.title or provider
    width = min(WIDTH, size["maxwidth"] or WIDTH)
    asked = int(shown.values.get("height", pages.HEIGHT))
    height = min(asked, size["maxheight"] or asked)
    text = pages.snippets(base, shown.values, title, width=str(width), height=height)
    return {
        "version": "1.0",
        "type": "rich",
        "provider_name": provider,
        "provider_url": f"{base}/",
        "title": title,
        "html": text.iframe,
        "width": width,
        "height": height,
    }


AT_URL = {"url": ["is not an address of a page"]}


def _of_path(session: Session, parts: SplitResult) -> Subject:
    kind, _slash, name = unquote(parts.path).strip("/").partition("/")
    if kind == "places":
        place, _needs = layers.place(session, name)
        view = {"lat": place["lat"], "lng": place["lng"], "zoom": PLACE_ZOOM}
        return Subject({"place": place["code"]} | view, place["title"])
    if kind == "units":
        unit = layers.unit(session, name)
        return Subject({"unit": unit["key"]}, unit["name"])
    raise _unknown()


def _unknown() -> NotFound:
    return NotFound(_("Địa chỉ này không phải là trang nhúng được của bản đồ."))
