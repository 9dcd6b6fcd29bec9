"""What every answer tells the browser about what may be done with it, and the exceptions.

Nobody may put our pages into a frame, and they hold none: clickjacking needs one. A view whose
answer is an exception says so here.
"""

from collections.abc import Iterable
from functools import lru_cache

from flask import Flask, Response, g, request

CONTENT_SECURITY_POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data: blob:",
    "connect-src": "'self'",
    "font-src": "'self'",
    "media-src": "'self'",
    "manifest-src": "'self'",
    "worker-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}
POLICIES = 32  # more than there are exceptions
UNFRAMED = {"X-Frame-Options": "DENY"}  # for browsers that do not know frame-ancestors
SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Permissions-Policy": "geolocation=(self), camera=(), microphone=(), payment=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}
# What pages of all sites may read, errors too: public, the same for everybody, and asked without
# credentials.
OPEN_PATHS = ("/layers/", "/tiles/", "/ogc", "/search.json", "/stats.json", "/oembed")
OPEN = {"Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": "ETag, Retry-After"}
# What a browser asks before a request that says more than usual, such as If-None-Match.
BEFOREHAND = {
    "Access-Control-Allow-Methods": "GET, HEAD",
    "Access-Control-Allow-Headers": "*",
    "Access-Control-Max-Age": "86400",
}


def init_app(app: Flask) -> None:
    """Put them on every answer, unless its view gave them itself."""
    app.after_request(_tell)


def may_stand_in(origins: Iterable[str]) -> None:
    """This answer may stand in frames of our own pages and of these origins' pages."""
    _exceptions()["frame-ancestors"] = " ".join(("'self'", *origins))


def holds_frames() -> None:
    """This answer holds frames, with pages of ours."""
    _exceptions()["frame-src"] = "'self'"


def _exceptions() -> dict[str, str]:
    return g.setdefault("content_security_policy", {})


def _tell(response: Response) -> Response:
    said = {name.lower() for name, _value in response.headers}
    told = (*_told(*_exceptions().items()), *_opened())
    response.headers.extend(pair for pair in told if pair[0].lower() not in said)
    return response


def _opened() -> Iterable[tuple[str, str]]:
    if not request.path.startswith(OPEN_PATHS):
        return ()
    return (OPEN | BEFOREHAND if request.method == "OPTIONS" else OPEN).items()


@lru_cache(maxsize=POLICIES)
def _told(*exceptions: tuple[str, str]) -> tuple[tuple[str, str], ...]:
    """The headers of an answer with these directives in place of the usual ones."""
    policy = CONTENT_SECURITY_POLICY | dict(exceptions)
    directives = "; ".join(f"{name} {value}" for name, value in policy.items())
    # X-Frame-Options knows no list of origins: it would refuse those that the policy allows.
    unframed = {} if "frame-ancestors" in dict(exceptions) else UNFRAMED
    told = {"Content-Security-Policy": directives} | SECURITY_HEADERS | unframed
    return tuple(told.items())
