"""The documents of the OGC API as plain dicts, the same for programs and for the HTML pages."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import urlencode

from mapservice.language import gettext as _
from mapservice.language import noop, to
from mapservice.ogc.collections import COLLECTIONS, Collection
from mapservice.ogc.service import Page

JSON, GEOJSON, HTML, CSV = "application/json", "application/geo+json", "text/html", "text/csv"
OPENAPI = "application/vnd.oai.openapi+json;version=3.0"
SCHEMA = "application/schema+json"
CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
GREGORIAN = "http://www.opengis.net/def/uom/ISO-8601/0/Gregorian"
QUERYABLES = "http://www.opengis.net/def/rel/ogc/1.0/queryables"
CONFORMS = [
    f"http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/{part}"
    for part in ("core", "geojson", "oas30", "html")
]
TITLE = noop("Dữ liệu mở của bản đồ địa chỉ tình nguyện")


def link(href: str, rel: str, kind: str, title: str) -> dict[str, str]:
    return {"href": to(href), "rel": rel, "type": kind, "title": title}


def landing(base: str) -> dict[str, object]:
    """Where everything is; `base` is the address of the API without a slash at the end."""
    return {
        "title": _(TITLE),
        "description": _("Địa điểm, nhu cầu, đội hình và vùng; không có dữ liệu của cá nhân nào."),
        "links": [
            *_both(f"{base}/", _("Trang này")),
            link(f"{base}/api", "service-desc", OPENAPI, _("Mô tả OpenAPI 3.0")),
            link(f"{base}/api?f=html", "service-doc", HTML, _("Cách dùng")),
            link(f"{base}/conformance", "conformance", JSON, _("Chuẩn được theo")),
            link(f"{base}/collections", "data", JSON, _("Các bộ dữ liệu")),
        ],
    }


def conformance(base: str) -> dict[str, object]:
    return {"conformsTo": CONFORMS, "links": _both(f"{base}/conformance", _("Chuẩn được theo"))}


def collections(base: str, box: list[float]) -> dict[str, object]:
    """All of them; `box` is the province."""
    return {
        "links": _both(f"{base}/collections", _("Các bộ dữ liệu")),
        "collections": [collection(base, found, box) for found in COLLECTIONS.values()],
    }


def collection(base: str, of: Collection, box: list[float]) -> dict[str, object]:
    own, title = f"{base}/collections/{of.id}", _(of.title)
    extent: dict[str, object] = {"spatial": {"bbox": [box], "crs": CRS84}}
    if of.level:
        extent["temporal"] = {"interval": [[None, None]], "trs": GREGORIAN}
    return {
        "id": of.id,
        "title": title,
        "description": _(of.description),
        "itemType": "feature",
        "extent": extent,
        "crs": [CRS84],
        "links": [
            *_both(own, title),
            link(f"{own}/items", "items", GEOJSON, f"{title}: GeoJSON"),
            link(f"{own}/items?f=html", "items", HTML, _("%(title)s: xem từng mục", title=title)),
            link(f"{own}/items?f=csv", "items", CSV, _("%(title)s: bảng tính CSV", title=title)),
            link(f"{own}/queryables", QUERYABLES, SCHEMA, _("Thuộc tính lọc được")),
        ],
    }


def queryables(base: str, of: Collection) -> dict[str, object]:
    """A JSON Schema of the properties that may be filtered by."""
    return {
        "$schema": "https://json-schema.org/draft/2019-09/schema",
        "$id": f"{base}/collections/{of.id}/queryables",
        "type": "object",
        "title": _(of.title),
        "properties": {
            name: of.properties[name][0] | {"title": _(of.properties[name][1])}
            for name in of.queryables()
        },
        "additionalProperties": False,
    }


def items(base: str, of: Collection, asked: Mapping[str, list[str]], page: Page) -> str:
    """A FeatureCollection's text; the features are as the database wrote them."""
    links = item_links(base, of, asked, page.last)
    now = datetime.now(UTC).isoformat(timespec="seconds")
    members = {
        "type": "FeatureCollection",
        "timeStamp": now.replace("+00:00", "Z"),
        **({} if page.matched is None else {"numberMatched": page.matched}),
        "numberReturned": page.returned,
        "links": links,
    }
    head = json.dumps(members, ensure_ascii=False)
    return f'{head[:-1]}, "features": [{page.body}]}}'


def item_links(
    base: str, of: Collection, asked: Mapping[str, list[str]], last: str | None
) -> list[dict[str, str]]:
    """This page in its other forms, its collection, and the next page."""
    own = f"{base}/collections/{of.id}"

    def page(**changed: str) -> str:
        values = {k: v for k, v in asked.items() if k not in {"f", "lang"}} | changed
        # As people write it: GDAL looks for its own query in it, else it says it a second time.
        query = urlencode(sorted(values.items()), doseq=True, safe=",:/@")
        return f"{own}/items?{query}" if query else f"{own}/items"

    links = [
        link(page(), "self", GEOJSON, _("Trang này")),
        link(page(f="html"), "alternate", HTML, _("Trang này, để đọc")),
        link(page(f="csv"), "alternate", CSV, _("Bảng tính CSV")),
        link(own, "collection", JSON, _(of.title)),
    ]
    if last is not None:
        links.append(link(page(after=last), "next", GEOJSON, _("Trang sau")))
    return links


def item(base: str, of: Collection, key: str, feature: str) -> str:
    """One feature's text with its links in front of the rest."""
    own = f"{base}/collections/{of.id}"
    links = [
        *_both(f"{own}/items/{key}", _("Mục này"), GEOJSON),
        link(own, "collection", JSON, _(of.title)),
    ]
    return f'{{"links": {json.dumps(links, ensure_ascii=False)}, {feature.lstrip()[1:]}'


def href(links: list[dict[str, str]], rel: str, kind: str) -> str | None:
    """Where the link of this relation and type leads."""
    wanted = (found["href"] for found in links if (found["rel"], found["type"]) == (rel, kind))
    return next(wanted, None)


def _both(address: str, title: str, kind: str = JSON) -> list[dict[str, str]]:
    return [
        link(address, "self", kind, title),
        link(f"{address}?f=html", "alternate", HTML, _("%(title)s, để đọc", title=title)),
    ]
