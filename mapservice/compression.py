"""Answers for slow phones: brotli or gzip, as the browser accepts."""

from flask import Flask, current_app, g, request
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
        whole = response.response
        if hasattr(whole, "close"):  # an open file, which the compressed answer would forget
            response.call_on_close(whole.close)
        return compress.after_request(response)


def _is_public() -> bool:
    """Whether the answer is the same for everybody.

    A page with a form's token beside text that an attacker chose would tell the token by its
    compressed length (BREACH): such pages stay as they are.
    """
    view = current_app.view_functions.get(request.endpoint or "")
    anybody = request.endpoint == "static" or getattr(view, "allow_anonymous", False)
    return anybody and "csrf_token" not in g
