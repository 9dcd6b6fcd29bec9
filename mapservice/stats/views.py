"""/stats.json and the page of the figures."""

from flask import Blueprint, json, render_template, request

from mapservice import language, web
from mapservice.caching import answers
from mapservice.layers import service as layers
from mapservice.stats import service
from mapservice.stats.schemas import StatsQuery

bp = Blueprint("stats", __name__)


@bp.get("/stats.json")
@web.allow_anonymous
def stats():
    """Public sums of the province or of a unit."""
    unit = web.query(StatsQuery()).get("unit")

    def body() -> str:
        return json.dumps(service.figures(web.public_session(), unit), sort_keys=False)

    return answers.answer(service.question(unit), "application/json; charset=utf-8", body)


@bp.get("/stats")
@web.allow_anonymous
@language.keeps("unit")
def page():
    """The same for people."""
    session, unit = web.public_session(), request.args.get("unit")

    def counted() -> str:
        return json.dumps(service.figures(session, unit), sort_keys=False)

    return render_template(
        "stats/show.html",
        figures=json.loads(answers.kept(service.question(unit), counted)),
        demo=layers.has_demo(session),
        words={
            name: {row["code"]: row["name"] for row in layers.labels(session, name)}
            for name in ("categories", "kinds")
        },
    )
