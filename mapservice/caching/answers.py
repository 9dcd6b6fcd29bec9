"""Public answers that caches may keep: 304 for who has it, else from the shelf, else made now.

Each costs a look-up of versions, unless they were read a moment ago; only what is not on the shelf
costs a body. Questions are `versions.Question`.
"""

import hashlib
import json
import zlib
from collections.abc import Callable, Mapping

import brotli
from flask import Flask, Response, current_app, request
from werkzeug.http import quote_etag

from mapservice import web
from mapservice.caching import versions
from mapservice.caching.shelf import Body, Shelf
from mapservice.caching.versions import Question
from mapservice.compression import BROTLI_LEVEL, SMALLEST
from mapservice.config import ROOT

HEADERS = {
    "Cache-Control": "public, max-age=20, stale-while-revalidate=30",
    "Vary": "Accept-Encoding",
}
SAID = ("BASE_URL", "DEFAULT_LANGUAGE", "PROVINCE")  # settings that answers repeat
PLAIN = "identity"
GZIP_LEVEL = 6
GZIP = 16 + zlib.MAX_WBITS
MEGABYTE = 1024 * 1024
VERSIONS_SECONDS = 0.25  # that versions are taken as they were; caches in between keep answers 20 s


def init_app(app: Flask) -> None:
    """A shelf for this process, its versions, and the program's part of every tag."""
    app.extensions["shelf"] = Shelf(int(app.config["CACHE_MEGABYTES"]) * MEGABYTE)
    app.config.setdefault("VERSIONS_SECONDS", VERSIONS_SECONDS)
    app.extensions["versions"] = versions.Recent(app.config["VERSIONS_SECONDS"])
    app.extensions["program"] = program_id(app.config)


def answer(question: Question, content_type: str, make: Callable[[], str | bytes]) -> Response:
    """The answer to a question about the public layers; `make` gives its body, when it is needed.

    `make` reads as the public role. What it raises is answered as an error, and not kept.
    `If-None-Match: *` names no answer, and nobody knows before `make` whether there is one.
    """
    tag = _tag(question)
    told = HEADERS | {"ETag": quote_etag(tag, weak=True)}
    known = request.if_none_match
    if not known.star_tag and known.contains_weak(tag):
        response = Response(status=304, headers=told)
        del response.headers["Content-Type"]
        return response
    encoding = PLAIN if content_type.startswith("image/") else _encoding()
    body = _body(tag, encoding, make)
    if body.encoding:
        told["Content-Encoding"] = body.encoding
    return Response(body.data, headers=told, content_type=content_type)


def kept(question: Question, make: Callable[[], str]) -> str:
    """What several answers have in common, made once for these versions of its layers."""
    shelf: Shelf = current_app.extensions["shelf"]
    tag = _tag(question)
    found = shelf.get(tag, PLAIN)
    if found is None:
        found = Body(make().encode(), None)
        shelf.put(tag, PLAIN, found)
    return found.data.decode()


def program_id(config: Mapping[str, object]) -> str:
    """What the program is made of and set to: another may answer the same question otherwise."""
    digest = hashlib.blake2b(json.dumps([str(config[name]) for name in SAID]).encode(),
                             digest_size=8)  # fmt: skip
    code = ROOT / "mapservice"
    for path in sorted([*code.rglob("*.py"), *code.rglob("*.po")]):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _tag(question: Question) -> str:
    now = _versions(question.layers)
    return versions.tag(now, question, current_app.extensions["program"])


def _versions(layers: tuple[str, ...]) -> str:
    """Of a moment ago; as they are now for who works in the office, and looks at what they just
    published."""

    def read() -> str:
        with web.public_connection() as connection:
            return versions.current(connection, layers)

    if current_app.config["SESSION_COOKIE_NAME"] in request.cookies:
        return read()
    recent: versions.Recent = current_app.extensions["versions"]
    return recent.of(layers, read)


def _body(tag: str, encoding: str, make: Callable[[], str | bytes]) -> Body:
    shelf: Shelf = current_app.extensions["shelf"]
    found = shelf.get(tag, encoding)
    if found is None:
        made = make()
        found = _compressed(made.encode() if isinstance(made, str) else made, encoding)
        shelf.put(tag, encoding, found)
    return found


def _encoding() -> str:
    """The shortest encoding that the asker takes ("br;q=0" takes it not)."""
    takes = request.accept_encodings
    best = max(("br", "gzip"), key=lambda name: takes[name])
    return best if takes[best] > 0 else PLAIN


def _compressed(data: bytes, encoding: str) -> Body:
    if encoding == PLAIN or len(data) < SMALLEST:
        return Body(data, None)
    if encoding == "br":
        return Body(brotli.compress(data, quality=BROTLI_LEVEL), encoding)
    return Body(zlib.compress(data, GZIP_LEVEL, wbits=GZIP), encoding)
