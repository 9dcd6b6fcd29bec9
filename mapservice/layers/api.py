"""Public GeoJSON: /layers/<layer>.geojson, /layers/needs/near, /layers/withdrawn.json."""

from flask import Blueprint

from mapservice import web
from mapservice.caching import answers, withdrawals
from mapservice.caching.versions import Question
from mapservice.errors import NotFound
from mapservice.language import gettext as _
from mapservice.layers import service
from mapservice.layers.schemas import NEAR, NOTHING, QUERIES

bp = Blueprint("layers_api", __name__, url_prefix="/layers")
GEOJSON = "application/geo+json; charset=utf-8"
JSON = "application/json; charset=utf-8"


@bp.get("/<layer>.geojson")
@web.allow_anonymous
def viewport(layer: str):
    """Features of a viewport, or clusters at low zoom."""
    if layer not in QUERIES:
        raise NotFound(
            _("Không có lớp bản đồ %(layer)s.", layer=layer), fields={"layer": ["is unknown"]}
        )
    query = web.query(QUERIES[layer])

    def body() -> bytes:
        with web.public_connection() as connection:
            return service.viewport(connection, layer, query).geojson()

    return answers.answer(service.question(layer, layer, query), GEOJSON, body)


@bp.get("/needs/near")
@web.allow_anonymous
def near():
    """The nearest published needs, each with `metres`."""
    query = web.query(NEAR)

    def body() -> bytes:
        with web.public_connection() as connection:
            return service.near(connection, query).geojson()

    return answers.answer(service.question("near", "needs", query), GEOJSON, body)


@bp.get("/withdrawn.json")
@web.allow_anonymous
def withdrawn():
    """Codes of places, needs and teams that were withdrawn in the last seven days."""
    web.query(NOTHING)
    since = withdrawals.since()

    def body() -> str:
        with web.public_connection() as connection:
            codes = withdrawals.codes(connection, since)
        return f'{{"since":"{since.isoformat()}","codes":{codes}}}'

    question = Question("withdrawn", ("needs", "places", "teams"), {"since": since})
    return answers.answer(question, JSON, body)
