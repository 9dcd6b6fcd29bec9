"""/ogc: every document as JSON for programs, as a page for people (`f`, or what they accept)."""

from collections.abc import Callable, Mapping

from flask import Blueprint, Response, current_app, json, render_template, request

from mapservice import language, web
from mapservice.caching import answers
from mapservice.caching.versions import Question
from mapservice.layers import pages as layer_pages
from mapservice.ogc import pages, service, sheet, words
from mapservice.ogc.collections import COLLECTIONS, Collection, collection
from mapservice.ogc.document import document
from mapservice.ogc.schemas import ITEMS, DocumentQuery
from mapservice.ogc.service import Page

bp = Blueprint("ogc", __name__, url_prefix="/ogc")
VARY = "Accept-Encoding, Accept"
MINUTES = {"Cache-Control": "public, max-age=300"}


@bp.get("/")
@web.allow_anonymous
@language.keeps(language.ALL)
def landing():
    """Where everything is."""
    return _document(lambda base: pages.landing(base), "landing", collections=COLLECTIONS.values())


@bp.get("/conformance")
@web.allow_anonymous
@language.keeps(language.ALL)
def conformance():
    """The classes of the standard that hold here."""
    return _document(pages.conformance, "conformance")


@bp.get("/api")
@web.allow_anonymous
@language.keeps(language.ALL)
def description():
    """OpenAPI 3.0."""
    return _document(document, "api", kind=pages.OPENAPI)


@bp.get("/collections")
@web.allow_anonymous
@language.keeps(language.ALL)
def collections():
    """What data there is."""
    return _document(lambda base: pages.collections(base, _province()), "collections")


@bp.get("/collections/<collection_id>")
@web.allow_anonymous
@language.keeps(language.ALL)
def one_collection(collection_id: str):
    """One of them, described as in the list."""
    of = collection(collection_id)
    return _document(lambda base: pages.collection(base, of, _province()), "collection", of=of)


@bp.get("/collections/<collection_id>/queryables")
@web.allow_anonymous
@language.keeps(language.ALL)
def queryables(collection_id: str):
    """By which properties it may be filtered."""
    of = collection(collection_id)
    return _document(lambda base: pages.queryables(base, of), "queryables", kind=pages.SCHEMA)


@bp.get("/collections/<collection_id>/items")
@web.allow_anonymous
@language.keeps(language.ALL)
def items(collection_id: str):
    """A page of features: GeoJSON, a page for people, or all that pass as CSV."""
    of = collection(collection_id)
    query = web.query(ITEMS[of.id]())
    query.pop("lang", None)
    form = query.pop("f", None) or _accepted()
    if form == "html":
        return _items_page(of, query)
    if form == "csv":
        return _sheet(of, query)
    asked = request.args.to_dict(flat=False)

    def body() -> str:
        return pages.items(_base(), of, asked, _counted(of, query))

    question = service.question(of, query | {"asked": sorted(asked.items())})
    return _varied(answers.answer(question, pages.GEOJSON, body))


@bp.get("/collections/<collection_id>/items/<path:feature_id>")
@web.allow_anonymous
@language.keeps(language.ALL)
def item(collection_id: str, feature_id: str):
    """One feature."""
    of = collection(collection_id)
    form = web.query(DocumentQuery()).get("f") or _accepted()

    def body() -> str:
        feature = service.item(web.public_session(), of, feature_id)
        return pages.item(_base(), of, feature_id, feature)

    if form == "html":
        return _page("item", of=of, feature=json.loads(body()), words=_words(of))
    question = service.question(of, {"item": feature_id, "lang": language.current()})
    return _varied(answers.answer(question, pages.GEOJSON, body))


def _counted(of: Collection, query: dict) -> Page:
    """A page, and how many there are in all: counted once for every page."""
    session = web.public_session()
    counted = answers.kept(
        service.count_question(of, query), lambda: json.dumps(service.count(session, of, query))
    )
    return service.items(session, of, query, json.loads(counted))


def _items_page(of: Collection, query: dict) -> Response:
    page = _counted(of, query)
    links = pages.item_links(_base(), of, request.args.to_dict(flat=False), page.last)
    return _page(
        "items",
        of=of,
        page=page,
        most=service.MOST_ROWS,
        most_matched=service.MOST_MATCHED,
        csv=_with_form(pages.href(links, "alternate", pages.CSV), None),
        geojson=_with_form(pages.href(links, "self", pages.GEOJSON), "json"),
        next=_with_form(pages.href(links, "next", pages.GEOJSON), "html"),
        words=_words(of),
    )


def _with_form(address: str | None, form: str | None) -> str | None:
    if address is None or form is None:
        return address
    return f"{address}{'&' if '?' in address else '?'}f={form}"


def _sheet(of: Collection, query: dict) -> Response:
    said = {name: codes for name, codes in _words(of).items() if name not in sheet.AS_THEY_ARE}
    question = service.question(of, query | {"form": "csv", "said": said})
    response = answers.answer(
        question,
        "text/csv; charset=utf-8",
        lambda: sheet.table(of, service.rows(web.public_session(), of, query), said),
    )
    response.headers["Content-Disposition"] = f'attachment; filename="{of.id}.csv"'
    return _varied(response)


def _document(
    make: Callable[[str], dict], template: str, kind: str = pages.JSON, **more: object
) -> Response:
    """A document in the form that is asked for."""
    form = web.query(DocumentQuery()).get("f") or _accepted()
    if form == "html":
        return _page(template, document=make(_base()), **more)
    question = Question(f"ogc {request.path}", ("units",), {"lang": language.current()})
    response = answers.answer(question, kind, lambda: json.dumps(make(_base()), sort_keys=False))
    response.headers.update(MINUTES)
    return _varied(response)


def _page(template: str, **values: object) -> Response:
    html = render_template(f"ogc/{template}.html", base=_base(), **values)
    return Response(html, content_type="text/html; charset=utf-8", headers={"Vary": VARY})


def _accepted() -> str:
    best = request.accept_mimetypes.best_match([pages.JSON, pages.GEOJSON, pages.HTML], pages.JSON)
    return "html" if best == pages.HTML else "json"


def _words(of: Collection) -> dict[str, Mapping[object, str]]:
    return words.of_properties(web.public_session(), of)


def _varied(response: Response) -> Response:
    response.headers["Vary"] = VARY
    return response


def _base() -> str:
    return f"{current_app.config['BASE_URL']}/ogc"


def _province() -> list[float]:
    return layer_pages.bounds(web.public_session(), str(current_app.config["PROVINCE"]))
