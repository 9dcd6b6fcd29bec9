"""The request's edge: sessions, one transaction a request, input through a schema.

`session()` is the office's; `public_session()` reads `pub` as the public role, and is what every
anonymous page uses; `public_connection()` is the same for /layers/ and versions, which are asked
most and need rows alone; `intake()` hands in anonymous forms. Signing in, its links and /readyz
alone ask as the office.
"""

import random
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import unquote_to_bytes

import structlog
from flask import Flask, Response, current_app, g, request
from marshmallow import Schema
from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker
from werkzeug.datastructures import MultiDict

from mapservice import db
from mapservice.errors import BadRequest, NotFound, TooLarge
from mapservice.language import gettext as _

MOST_BODY = 2 * 1024 * 1024  # bytes; a route that takes files says so itself (`takes_files`)
MOST_FORM = 1024 * 1024  # bytes of a form's texts
MOST_FIELDS = 5000  # of a form
log = structlog.get_logger()
REQUEST_ID = re.compile(r"[A-Za-z0-9-]{8,64}")


def init_app(app: Flask) -> None:
    """A session maker for each role, request ids, rollback at the end."""
    app.extensions["office_sessions"] = sessionmaker(
        db.office_engine(app.config), expire_on_commit=False
    )
    public = db.public_engine(app.config)
    app.extensions["public_sessions"] = sessionmaker(public)
    app.extensions["public_connections"] = public.connect
    app.extensions["intake_sessions"] = sessionmaker(db.intake_engine(app.config))
    app.config["MAX_FORM_MEMORY_SIZE"] = MOST_FORM
    app.config["MAX_FORM_PARTS"] = 1000
    app.before_request(_name_request)
    app.before_request(_limit_body)
    app.before_request(_refuse_broken_path)
    app.after_request(_tell_request)
    app.teardown_appcontext(_close)


def session() -> Session:
    """The office session of this request, opened at first use."""
    return _session("office_sessions")


def public_session() -> Session:
    """The public session of this request: `pub` only, read-only, 2 s a statement."""
    return _session("public_sessions")


@contextmanager
def public_connection() -> Iterator[Connection]:
    """A connection of the public role, that of the request's public session where it has one.

    What reads rows alone needs no session, whose making and closing takes a tenth of the time of
    many an answer.
    """
    reading = g.get("sessions", {}).get("public_sessions")
    if reading is not None:
        yield reading.connection()
    else:
        with current_app.extensions["public_connections"]() as connection:
            yield connection


@contextmanager
def transaction() -> Iterator[Session]:
    """Commit once per request, or not at all. The audit trail learns who acts."""
    with _committed(session()) as work:
        work.execute(
            text("SELECT set_config('mapservice.actor', :actor, true)"), {"actor": actor_id()}
        )
        yield work


@contextmanager
def intake() -> Iterator[Session]:
    """The same for what anybody sends: a session of the intake role, in which nobody acts.

    What the request read before is read: it holds one connection at a time.
    """
    reading = g.get("sessions", {}).pop("public_sessions", None)
    if reading is not None:
        reading.close()
    with _committed(_session("intake_sessions")) as work:
        yield work


@contextmanager
def _committed(work: Session) -> Iterator[Session]:
    try:
        yield work
        work.commit()
    except BaseException:
        work.rollback()
        raise


def afterwards(response: Response, act: Callable[[Session], None]) -> None:
    """Do `act` in a transaction of the intake role once the answer is sent.

    Nobody waits for it, and where it fails nobody misses it: the log alone tells.
    """
    make = current_app.extensions["intake_sessions"]

    def work() -> None:
        try:
            with make() as session, session.begin():
                act(session)
        except SQLAlchemyError as error:
            log.warning("not done after the answer", error=type(error).__name__)

    response.call_on_close(work)


def set_actor_loader(app: Flask, loader: Callable[[], str]) -> None:
    """`accounts` tells here how to learn who is asking; the edge itself knows no user table."""
    app.extensions["actor_loader"] = loader


def actor_id() -> str:
    """The id of the signed-in account as text, empty for nobody."""
    loader = current_app.extensions.get("actor_loader")
    return loader() if loader else ""


def allow_anonymous(view: Callable) -> Callable:
    """Marks a route that anybody may call; every other route asks for sign-in."""
    view.allow_anonymous = True
    return view


def from_ourselves() -> bool:
    """Whether the browser says that a page of ours sent this request."""
    return _sender() == "same-origin"


def from_elsewhere() -> bool:
    """Whether the browser says that somebody else's page sent it. What says nothing is no browser
    of these years, and carries nobody's cookies."""
    return _sender() not in {"same-origin", "none", ""}


def _sender() -> str:
    told = request.headers.get("Sec-Fetch-Site")
    if told is not None:
        return told
    origin = request.headers.get("Origin")  # older browsers say this much of a form
    if origin is None:
        return ""
    ours = {str(current_app.config["BASE_URL"]), request.host_url.rstrip("/")}
    return "same-origin" if origin in ours else "cross-site"


def takes_files(most: int) -> Callable[[Callable], Callable]:
    """Marks a route whose request may hold so many bytes."""

    def mark(view: Callable) -> Callable:
        view.most_body = most
        return view

    return mark


def query(schema: Schema) -> dict:
    """The query string through a schema.

    Lists may be repeated or comma separated: fields of type List get every value. Raises
    BadRequest for broken UTF-8; unknown or invalid parameters raise ValidationError.
    """
    return schema.load(query_values(schema, readable_query()))


def readable_query() -> MultiDict:
    """The query string, every part of it text; BadRequest otherwise."""
    for name, value in request.args.items(multi=True):
        if not (is_text(name) and is_text(value)):
            raise BadRequest(
                _("Tham số %(name)s không phải là văn bản UTF-8.", name=repr(name)),
                fields={name: ["is not UTF-8 text"]},
            )
    return request.args


def is_text(value: str) -> bool:
    """Whether a decoded parameter is text: no NUL, no bytes that were not UTF-8.

    Werkzeug leaves such bytes percent-encoded, which is why decoding again fails on them.
    """
    if "%" in value:
        try:
            unquote_to_bytes(value).decode()
        except UnicodeDecodeError:
            return False
    return "\x00" not in value


def query_values(schema: Schema, values: MultiDict, *, split: bool = True) -> dict[str, object]:
    """A query string as the plain dict the schema expects; `split`: commas separate too."""
    plain: dict[str, object] = {}
    for name in values:
        given = values.getlist(name)
        if _is_list(schema, name):
            plain[name] = split_list(given) if split else given
        elif len(given) > 1:
            raise BadRequest(
                _("Tham số %(name)s chỉ được dùng một lần.", name=name),
                fields={name: ["is given twice"]},
            )
        else:
            plain[name] = given[0]
    return plain


def split_list(given: list[str]) -> list[str]:
    """The members of a list that was repeated, separated by commas, or both."""
    return [part for value in given for part in value.split(",") if part]


def own_path(path: str | None) -> str | None:
    """The path, when it leads to a page of ours: "//host" and "/\\host" are other sites."""
    own = path and path.startswith("/") and not path.startswith(("//", "/\\"))
    return path if own and path.isprintable() else None


def _is_list(schema: Schema, name: str) -> bool:
    field = next((f for f in schema.fields.values() if (f.data_key or f.name) == name), None)
    return hasattr(field, "inner")


def _session(kind: str) -> Session:
    opened = g.setdefault("sessions", {})
    if kind not in opened:
        opened[kind] = current_app.extensions[kind]()
    return opened[kind]


def _name_request() -> None:
    given = request.headers.get("X-Request-ID", "")
    g.request_id = given if REQUEST_ID.fullmatch(given) else _request_id()


def _request_id() -> str:
    # It tells requests apart and opens nothing.
    return f"{random.getrandbits(64):016x}"


def _limit_body() -> None:
    # Before anything reads the body, which the check of the form's token does.
    view = current_app.view_functions.get(request.endpoint or "")
    request.max_content_length = getattr(view, "most_body", MOST_BODY)
    if request.mimetype != "application/x-www-form-urlencoded":
        return  # the fields of a multipart form are counted by MAX_FORM_PARTS
    if (request.content_length or 0) > MOST_FORM or request.get_data().count(b"&") >= MOST_FIELDS:
        raise TooLarge(_("Biểu mẫu có quá nhiều ô hoặc quá dài."))


def _refuse_broken_path() -> None:
    # No text of ours holds a NUL or broken UTF-8, and no database takes one.
    if not is_text(request.path):
        raise NotFound(_("Địa chỉ này không có."))


def _tell_request(response):
    if "request_id" in g:
        response.headers["X-Request-ID"] = g.request_id
    return response


def _close(_error: BaseException | None) -> None:
    # The last opened first: in tests they are savepoints of one transaction.
    for opened in reversed(g.pop("sessions", {}).values()):
        opened.close()
