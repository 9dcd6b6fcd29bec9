"""/search.json and the page of the search."""

from flask import Blueprint, json, render_template, request

from mapservice import language, web
from mapservice.caching import answers
from mapservice.layers import service as layers
from mapservice.search import pages, service
from mapservice.search.schemas import MOST_LETTERS, SearchQuery

bp = Blueprint("search", __name__)


@bp.get("/search.json")
@web.allow_anonymous
def search():
    """Places, needs and units by words, ranked."""
    asked = web.query(SearchQuery())["q"]

    def body() -> str:
        found = service.search(web.public_session(), asked)
        return json.dumps(pages.document(asked, found), ensure_ascii=False)

    return answers.answer(service.question(asked), "application/json; charset=utf-8", body)


@bp.get("/search")
@web.allow_anonymous
@language.keeps("q")
def page():
    """The same for people; what the page does not know or cannot read it leaves out."""
    given = request.args.get("q", "")
    asked = given[:MOST_LETTERS] if web.is_text(given) else ""
    session = web.public_session()
    found = service.search(session, asked)
    return render_template(
        "search/show.html",
        asked=asked,
        cut=len(given) > MOST_LETTERS and MOST_LETTERS,
        items=pages.items(found),
        more=found.more,
        words={
            name: {row["code"]: row["name"] for row in layers.labels(session, name)}
            for name in ("categories", "kinds")
        },
    )
