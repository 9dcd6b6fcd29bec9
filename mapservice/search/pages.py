"""What was found, for programs and for the page."""

from dataclasses import asdict

from flask import url_for

from mapservice.search.service import Found, Hit


def document(asked: str, found: Found) -> dict[str, object]:
    """The JSON answer; what a hit has not is left out."""
    results = [
        {
            name: value
            for name, value in (asdict(hit) | {"url": url(hit)}).items()
            if value is not None
        }
        | ({"valid_to": hit.valid_to.isoformat()} if hit.valid_to else {})
        for hit in found.hits
    ]
    return {"q": asked, "results": results, "truncated": found.more}


def url(hit: Hit) -> str:
    """The page that tells of a hit: a need is told by its place."""
    if hit.type == "unit":
        return url_for("layers.unit_page", name=hit.code)
    return url_for("layers.place_page", code=hit.place or hit.code)


def items(found: Found) -> list[dict[str, object]]:
    """The hits for the template: the title in pieces, each marked or not."""
    return [{"hit": hit, "url": url(hit), "pieces": _pieces(hit)} for hit in found.hits]


def _pieces(hit: Hit) -> list[tuple[str, bool]]:
    pieces, at = [], 0
    for start, end in hit.highlights:
        pieces += [(hit.title[at:start], False), (hit.title[start:end], True)]
        at = end
    return [piece for piece in [*pieces, (hit.title[at:], False)] if piece[0]]
