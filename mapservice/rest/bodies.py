"""A JSON body as clean values: of bounded size and depth, every text one that a database takes."""

import hashlib
import hmac
import json
import math
import unicodedata

from flask import current_app, request
from marshmallow import Schema, ValidationError
from webargs.flaskparser import FlaskParser
from werkzeug.exceptions import UnsupportedMediaType

from mapservice import web
from mapservice.errors import BadRequest

MOST_BYTES = 1_000_000
MOST_DEPTH = 12
MOST_NUMBER = 2**53  # beyond it JSON numbers are not exact
# Invisible marks that change how a text reads or compares: removed, as spelling is made NFC.
INVISIBLE = dict.fromkeys(
    [*range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x206A), 0xFEFF]
)
LINE_BREAKS = "\t\n\r"


class Parser(FlaskParser):
    """Reads what an operation declares; what a schema does not know is refused."""

    DEFAULT_UNKNOWN_BY_LOCATION = {}

    def load_json(self, req, schema):
        """The body; none at all is an empty object."""
        return read()

    def load_querystring(self, req, schema: Schema):
        """The query string as `web.query` reads it."""
        return web.query_values(schema, web.readable_query())

    def handle_error(self, error, req, schema, *, error_status_code, error_headers):
        """`problems` says what refused values look like; where they stood, the operation tells."""
        (messages,) = error.messages.values()
        raise ValidationError(messages) from error


def read() -> object:
    """The body of this request. BadRequest for what is no JSON or no text; else 413 or 415."""
    view = current_app.view_functions.get(request.endpoint or "")
    request.max_content_length = getattr(view, "most_body", MOST_BYTES)
    raw = request.get_data()
    if not raw:
        return {}
    if not request.is_json:
        raise UnsupportedMediaType
    try:
        found = json.loads(raw.decode(), object_pairs_hook=_unique, parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise _unreadable("is not JSON in UTF-8") from None
    return _clean(found, MOST_DEPTH)


def fingerprint() -> bytes:
    """Method, path and body of this request as a keyed hash, the same for equal values."""
    values = json.dumps(read(), sort_keys=True)
    text = f"{request.method} {request.path}\n{values}"
    key = current_app.config["SECRET_KEY"].encode()
    return hmac.digest(key, text.encode(), hashlib.sha256)


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name is given twice")
    return found


def _no_number(name: str):
    raise ValueError(f"{name} is no number")


def _clean(value: object, depth: int) -> object:
    if isinstance(value, str):
        return _clean_text(value)
    if isinstance(value, int | float) and not (math.isfinite(value) and abs(value) <= MOST_NUMBER):
        raise _unreadable("holds a number beyond all measure")
    if isinstance(value, list | dict) and not depth:
        raise _unreadable(f"is nested deeper than {MOST_DEPTH}")
    if isinstance(value, list):
        return [_clean(member, depth - 1) for member in value]
    if isinstance(value, dict):
        return {_clean_text(name): _clean(v, depth - 1) for name, v in value.items()}
    return value


def _clean_text(text: str) -> str:
    if text.isascii() and text.isprintable():
        return text  # nothing to mend, and long where it is a picture
    text = unicodedata.normalize("NFC", text.translate(INVISIBLE))
    broken = [c for c in text if unicodedata.category(c) in {"Cc", "Cs"} and c not in LINE_BREAKS]
    if broken:
        raise _unreadable("holds a control character or half of one")
    return text


def _unreadable(reason: str) -> BadRequest:
    return BadRequest("Không đọc được nội dung JSON gửi lên.", fields={"_schema": [reason]})
