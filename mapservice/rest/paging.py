"""Pages of a list: `limit` rows after an opaque, signed name of the last one read."""

from collections.abc import Mapping
from dataclasses import dataclass

from flask import current_app, request, url_for
from itsdangerous import BadSignature, URLSafeSerializer
from marshmallow import Schema, fields, validate
from sqlalchemy import Select
from sqlalchemy.orm import InstrumentedAttribute, Session

from mapservice.errors import BadRequest
from mapservice.rest import queries

MOST, USUAL = 200, 50


class PageQuery(Schema):
    """What every list understands; a list's own filters are added by inheritance."""

    limit = fields.Int(
        load_default=USUAL,
        validate=validate.Range(1, MOST),
        metadata={"description": "Số bản ghi mỗi trang", "example": 20},
    )
    after = fields.Str(
        validate=validate.Length(1, 200),
        metadata={"description": "Giá trị `next` của trang trước"},
    )


@dataclass(frozen=True)
class Listing:
    """All rows of a list, and the unique, unchanging column that orders and names them."""

    statement: Select
    name: InstrumentedAttribute


@dataclass(frozen=True)
class Page:
    """`next`: what to pass as `after` for the rows that follow, None at the end."""

    items: list[object]
    next: str | None

    def headers(self) -> dict[str, str]:
        """The address of the next page, as RFC 8288 links it."""
        if self.next is None:
            return {}
        values = {**request.args.to_dict(flat=False), "after": self.next}
        return {"Link": f'<{url_for(request.endpoint, **values)}>; rel="next"'}


def page(session: Session, listing: Listing, query: Mapping[str, object]) -> Page:
    """One page of a listing. BadRequest for an `after` that this list never gave."""
    after = _read_cursor(query["after"]) if "after" in query else None
    limit = query["limit"]
    statement = queries.following(listing.statement, listing.name, after, limit + 1)
    found = session.execute(statement)
    single = len(listing.statement.column_descriptions) == 1
    rows = found.scalars().all() if single else found.mappings().all()
    last = rows[limit - 1] if len(rows) > limit else None
    return Page(rows[:limit], None if last is None else _cursor(_name(last, listing.name.key)))


def _name(row: object, key: str) -> str:
    return str(row[key] if isinstance(row, Mapping) else getattr(row, key))


def _signer() -> URLSafeSerializer:
    # A cursor of one list means nothing to another.
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt=f"after {request.endpoint}")


def _cursor(name: str) -> str:
    return _signer().dumps(name)


def _read_cursor(given: str) -> str:
    try:
        return _signer().loads(given)
    except BadSignature:
        sentence = "Giá trị after không phải do danh sách này đưa ra."
        raise BadRequest(sentence, fields={"after": [sentence]}) from None
