"""Public GeoJSON: /layers/<layer>.geojson and /layers/needs/near."""

from flask import Blueprint, Response

from mapservice import web
from mapservice.errors import NotFound
from mapservice.layers import service
from mapservice.layers.schemas import SCHEMAS, NearQuery
from mapservice.layers.service import Collection

bp = Blueprint("layers_api", __name__, url_prefix="/layers")
PUBLIC_HEADERS = {
    "Cache-Control": "public, max-age=20, stale-while-revalidate=30",
    "Access-Control-Allow-Origin": "*",
}


@bp.get("/<layer>.geojson")
@web.allow_anonymous
def viewport(layer: str):
    """Features of a viewport, or clusters at low zoom."""
    if layer not in SCHEMAS:
        raise NotFound(f"Không có lớp bản đồ {layer}.", fields={"layer": ["is unknown"]})
    query = web.query(SCHEMAS[layer]())
    return _answer(service.viewport(web.public_session(), layer, query))


@bp.get("/needs/near")
@web.allow_anonymous
def near():
    """The nearest published needs, each with `metres`."""
    query = web.query(NearQuery())
    return _answer(service.near(web.public_session(), query))


def _answer(collection: Collection) -> Response:
    response = Response(collection.geojson(), content_type="application/geo+json; charset=utf-8")
    response.headers.update(PUBLIC_HEADERS)
    return response
