"""The document of the API, for programs and for people: it tells no more than the code does."""

from flask import Blueprint, Response, current_app, json, render_template

from mapservice import web
from mapservice.rest import pages
from mapservice.rest.document import document

bp = Blueprint("rest", __name__)
CACHED = {"Cache-Control": "public, max-age=300"}


@bp.get("/api/v1/openapi.json")
@web.allow_anonymous
def openapi():
    """OpenAPI 3.1."""
    text = json.dumps(document(), ensure_ascii=False, sort_keys=False)
    headers = CACHED | {"Access-Control-Allow-Origin": "*"}
    return Response(text, content_type="application/json", headers=headers)


@bp.get("/api/docs")
@web.allow_anonymous
def docs():
    """The same as a page."""
    page = pages.guide(document(), str(current_app.config["BASE_URL"]))
    return render_template("rest/docs.html", guide=page), CACHED
