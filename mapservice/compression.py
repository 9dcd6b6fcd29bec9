"""Answers for slow phones: brotli or gzip, as the browser accepts."""

from functools import lru_cache

import brotli
from flask import Flask, Response, current_app, g, request
from flask_compress import Compress

TEXTS = (
    "text/html",
    "text/css",
    "text/javascript",
    "image/svg+xml",
    "application/json",
    "application/geo+json",
    "application/problem+json",
)
BROTLI_LEVEL = 5
DENSEST = 11  # for files, which are compressed once a process
FILES = 512  # more than there are
SMALLEST = 500  # bytes; below, the headers weigh more than what is won


def init_app(app: Flask) -> None:
    """Compress public answers and static files, and nothing that belongs to one person."""
    app.config.update(
        COMPRESS_REGISTER=False,
        COMPRESS_MIMETYPES=TEXTS,
        COMPRESS_ALGORITHM=["br", "gzip"],
        COMPRESS_ALGORITHM_STREAMING=["br", "gzip"],
        COMPRESS_BR_LEVEL=BROTLI_LEVEL,
        COMPRESS_MIN_SIZE=SMALLEST,
    )
    compress = Compress(app)

    @app.after_request
    def squeeze(response):
        if not _is_public():
            return response
        if _is_file(response):
            _pack(response)
            return response
        whole = response.response
        if hasattr(whole, "close"):  # an open file, which the compressed answer would forget
            response.call_on_close(whole.close)
        return compress.after_request(response)


def _is_file(response: Response) -> bool:
    """Whether this is a whole static file of words, for who takes brotli."""
    return (
        request.endpoint in {"static", "assets.versioned"}
        and response.status_code == 200
        and response.mimetype in TEXTS
        and request.accept_encodings["br"] > 0
    )


def _pack(response: Response) -> None:
    response.direct_passthrough = False
    data = response.get_data()  # which closes the file
    response.vary.add("Accept-Encoding")
    if len(data) < SMALLEST:
        return
    response.set_data(_densely(data))
    response.headers["Content-Encoding"] = "br"
    tag, _weak = response.get_etag()
    if tag:
        response.set_etag(f"{tag}:br")


@lru_cache(maxsize=FILES)
def _densely(data: bytes) -> bytes:
    return brotli.compress(data, quality=DENSEST)


def _is_public() -> bool:
    """Whether the answer is the same for everybody.

    A page with a form's token beside text that an attacker chose would tell the token by its
    compressed length (BREACH): such pages stay as they are.
    """
    view = current_app.view_functions.get(request.endpoint or "")
    anybody = request.endpoint == "static" or getattr(view, "allow_anonymous", False)
    return anybody and "csrf_token" not in g
