"""/tiles/<layer>/<z>/<x>/<y>.mvt, and /tiles/<layer>.json that says how to ask."""

from flask import Blueprint, current_app, json

from mapservice import web
from mapservice.caching import answers
from mapservice.caching.versions import Question
from mapservice.layers import pages as layer_pages
from mapservice.layers.schemas import NoQuery
from mapservice.tiles import service

bp = Blueprint("tiles", __name__, url_prefix="/tiles")
MVT, JSON = "application/vnd.mapbox-vector-tile", "application/json; charset=utf-8"
MINUTES = {"Cache-Control": "public, max-age=300"}


@bp.get("/<layer>/<int:z>/<int:x>/<int:y>.mvt")
@web.allow_anonymous
def tile(layer: str, z: int, x: int, y: int):
    """One tile; 204 where there is nothing to draw."""
    web.query(NoQuery())
    response = answers.answer(
        service.question(layer, z, x, y),
        MVT,
        lambda: service.tile(web.public_session(), layer, z, x, y),
    )
    if response.status_code == 200 and not response.get_data():
        response.status_code = 204
        del response.headers["Content-Type"]
    return response


@bp.get("/<layer>.json")
@web.allow_anonymous
def description(layer: str):
    """TileJSON 3.0."""
    web.query(NoQuery())
    service.known(layer)
    question = Question(f"tilejson {layer}", ("units",), {})
    response = answers.answer(question, JSON, lambda: _description(layer))
    response.headers.update(MINUTES)
    return response


def _description(layer: str) -> str:
    session, config = web.public_session(), current_app.config
    about = {
        "name": f"{layer} · {layer_pages.province_name(web.public_session, config)}",
        "attribution": layer_pages.attribution(session),
        "bounds": layer_pages.bounds(session, str(config["PROVINCE"])),
    }
    address = f"{config['BASE_URL']}/tiles/{layer}/{{z}}/{{x}}/{{y}}.mvt"
    return json.dumps(service.description(layer, address, about), sort_keys=False)
