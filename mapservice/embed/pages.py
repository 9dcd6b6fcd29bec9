"""Addresses of the frame, and the texts that people copy to show it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from urllib.parse import urlencode

from markupsafe import Markup

from mapservice.assets import STATIC
from mapservice.embed.schemas import NONE, OPEN
from mapservice.language import gettext as _
from mapservice.layers.schemas import MAP_STATE

FILTERS = ("category", "urgency", "q", "offset")
LOOK = ("list", "legend", "theme", "height")
PLACES = {"lat": 5, "lng": 5, "zoom": 2}  # decimals, as in static/js/map/state.js
MOST_LETTERS, MOST_CODE = 300, 2_000  # of an address, of HTML that is looked at
HEIGHT = 600  # pixels of a frame, where nobody chose
USUAL = {"teams": False, "people": True, "list": True}  # not written


@dataclass(frozen=True)
class Snippets:
    """The three forms of the same frame: HTML for any site, HTML with our script, an address."""

    iframe: str
    element: str
    address: str


def built(asked: Mapping[str, object]) -> dict[str, object]:
    """The frame's values from those of its builder (`BuilderQuery`): it speaks as was chosen."""
    values = {name: value for name, value in asked.items() if name != "speak"}
    return values | ({"lang": asked["speak"]} if "speak" in asked else {})


def state_query(values: Mapping[str, object]) -> str:
    """The map's state as the query of an address, in the order of `writeState`."""
    return _query(values, MAP_STATE)


def look_query(values: Mapping[str, object]) -> str:
    """How the frame looks, as the query of its address."""
    return _query(values, LOOK)


def frame_path(values: Mapping[str, object]) -> str:
    """The frame's address on this site; `values` as `FrameQuery` reads them."""
    return _path("/embed", _query(values, (*MAP_STATE, *LOOK)))


def list_path(values: Mapping[str, object], offset: int) -> str:
    """The frame with another page of its list, for who has no scripts."""
    shown = values | {"offset": offset}
    return _path("/embed", _query(shown, (*MAP_STATE, *LOOK, "offset")))


def map_path(values: Mapping[str, object]) -> str:
    """The full map in the same state."""
    return _path("/", state_query(values))


def snippets(
    base: str,
    values: Mapping[str, object],
    title: str,
    *,
    width: str = "100%",
    height: int | None = None,
) -> Snippets:
    """What is copied into other sites, as texts; `base`: the address people use, `title`: of the
    frame, `width` and `height`: its own, else what `values` ask for."""
    given = {
        "width": width,
        "src": base + frame_path(values),
        "whole": base + map_path(values),
        "script": f"{base}/embed.js",
        "height": height or values.get("height", HEIGHT),
        "title": title,
        "open": _("Mở bản đồ toàn màn hình"),
    }
    attributes = dict(_pairs(values, (*MAP_STATE, *LOOK)))
    return Snippets(
        iframe=str(IFRAME.format_map(given)),
        element=str(ELEMENT.format(attributes=_attributes(attributes), **given)),
        address=base + frame_path(values),
    )


# No style, no sandbox, no allow: sites that clean what is written take them away, or all of it.
IFRAME = Markup(
    '<iframe src="{src}" width="{width}" height="{height}" frameborder="0" loading="lazy"'
    ' title="{title}"></iframe>\n<p><a href="{whole}">{open}</a></p>'
)
ELEMENT = Markup(
    '<script async src="{script}"></script>\n'
    '<volunteer-map{attributes}><a href="{whole}">{open}</a></volunteer-map>'
)


def filters(values: Mapping[str, object]) -> dict[str, object]:
    """The filters among them and the page of the list, as the map's page takes them."""
    found = {name: values[name] for name in FILTERS if name in values}
    return found | ({"unit": [values["unit"]]} if "unit" in values else {})


def frame(values: Mapping[str, object], sites: Sequence[str]) -> dict[str, object]:
    """What the frame's page says beside the map: its look, and who may hold it (`sites`)."""
    hidden = ["list"] if values.get("list") is False else []
    hidden += ["legend"] if values.get("legend") == NONE else []
    return {
        "classes": " ".join(["frame", *(f"frame-no-{part}" for part in hidden)]),
        "look": look_query(values),
        "theme": values.get("theme"),
        "height": values.get("height"),
        "list": "list" not in hidden,
        "legend_open": values.get("legend") == OPEN,
        "address": frame_path(values),
        "whole": map_path(values),
        "sites": list(sites),
    }


@cache
def element() -> str:
    """The script of <volunteer-map>."""
    return (STATIC / "js" / "embed" / "element.js").read_text(encoding="utf-8")


def _query(values: Mapping[str, object], names: Sequence[str]) -> str:
    return urlencode(list(_pairs(values, names)), safe=",@")


def _path(path: str, query: str) -> str:
    return f"{path}?{query}" if query else path


def _pairs(values: Mapping[str, object], names: Sequence[str]) -> Iterator[tuple[str, str]]:
    for name in names:
        text = _written(name, values.get(name))
        if text:
            yield name, text


def _written(name: str, value: object) -> str:
    """A value as the map's address has it; "" for what is as usual."""
    if value is None or USUAL.get(name) == value:
        return ""
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, list):
        return ",".join(sorted({str(each) for each in value}))
    if name in PLACES:
        text = f"{value:.{PLACES[name]}f}".rstrip("0").rstrip(".")
        return "0" if text == "-0" else text
    return str(value).strip()


def _attributes(values: Mapping[str, str]) -> Markup:
    return Markup("").join(Markup(' {}="{}"').format(name, value) for name, value in values.items())
