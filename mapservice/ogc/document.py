"""The OGC API's description of itself: OpenAPI 3.0, from which GDAL learns the largest page."""

from marshmallow import fields

from mapservice.language import LANGUAGES
from mapservice.language import gettext as _
from mapservice.ogc.collections import COLLECTIONS, Collection
from mapservice.ogc.pages import CSV, GEOJSON, HTML, JSON, SCHEMA, TITLE
from mapservice.ogc.schemas import ITEMS, MOST, USUAL

NUMBERS = {"type": "array", "items": {"type": "number"}, "minItems": 4, "maxItems": 6}
PROBLEM = {"application/problem+json": {"schema": {"type": "object"}}}


def document(base: str) -> dict[str, object]:
    """The whole document; `base` is the address of the API."""
    paths: dict[str, object] = {
        "/": _get(_("Trang đầu"), _asked_along(), JSON, HTML),
        "/conformance": _get(_("Chuẩn được theo"), _asked_along(), JSON, HTML),
        "/api": _get(_("Mô tả này"), _asked_along(), JSON, HTML),
        "/collections": _get(_("Các bộ dữ liệu"), _asked_along(), JSON, HTML),
    }
    for of in COLLECTIONS.values():
        own, title = f"/collections/{of.id}", _(of.title)
        paths[own] = _get(title, _asked_along(), JSON, HTML)
        paths[f"{own}/queryables"] = _get(
            _("%(title)s: thuộc tính lọc được", title=title), _asked_along(), SCHEMA
        )
        paths[f"{own}/items"] = _get(
            _("%(title)s: các mục", title=title), _parameters(of), GEOJSON, HTML, CSV
        )
        one = {"name": "featureId", "in": "path", "required": True, "schema": {"type": "string"}}
        paths[f"{own}/items/{{featureId}}"] = _get(
            _("%(title)s: một mục", title=title), [one, *_asked_along()], GEOJSON, HTML
        )
    return {
        "openapi": "3.0.3",
        "info": {"title": _(TITLE), "version": "1.0"},
        "servers": [{"url": base}],
        "paths": paths,
    }


def _get(summary: str, parameters: list[dict], *kinds: str) -> dict[str, object]:
    found = {"description": summary, "content": {kind: {"schema": {}} for kind in kinds}}
    refused = {"description": _("Không có, hoặc tham số không đúng"), "content": PROBLEM}
    return {
        "get": {
            "summary": summary,
            "parameters": parameters,
            "responses": {"200": found, "default": refused},
        }
    }


def _forms(*more: str) -> list[dict[str, object]]:
    """In which form, and in which language its titles are."""
    return [
        _query("f", {"type": "string", "enum": ["json", "html", *more]}),
        _query("lang", {"type": "string", "enum": list(LANGUAGES)}),
    ]


def _asked_along() -> list[dict[str, object]]:
    """What a document takes besides, and is the same for."""
    texts = {"type": "array", "items": {"type": "string"}}
    return [*_forms(), _query("datetime", {"type": "string"}), _query("within", texts)]


def _query(name: str, schema: dict[str, object]) -> dict[str, object]:
    return {"name": name, "in": "query", "style": "form", "explode": False, "schema": schema}


def _parameters(of: Collection) -> list[dict[str, object]]:
    limit = {"type": "integer", "minimum": 1, "maximum": MOST, "default": USUAL}
    filters = [
        _query(name, _kind(ITEMS[of.id]._declared_fields[name], of, name)) for name in of.filters
    ]
    return [
        _query("bbox", NUMBERS),
        _query("datetime", {"type": "string"}),
        _query("limit", limit),
        _query("after", {"type": "string"}),
        *_forms("csv"),
        *filters,
    ]


def _kind(field: fields.Field, of: Collection, name: str) -> dict[str, object]:
    # A property's own type: GDAL passes a comparison on as the filter of this name.
    if name in of.properties:
        return of.properties[name][0]
    text = {"type": "string"}
    return {"type": "array", "items": text} if isinstance(field, fields.List) else text
