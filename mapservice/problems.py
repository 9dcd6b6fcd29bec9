"""Errors become problem+json (RFC 9457) for machines, a page for people.

The only module with error status codes. Never a stack trace, SQL or an internal id.
"""

from collections.abc import Iterable

import structlog
from flask import Flask, Response, g, json, render_template, request
from marshmallow import ValidationError
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException, InternalServerError, ServiceUnavailable

from mapservice import forms, refusals
from mapservice.errors import (
    BadRequest,
    Conflict,
    DomainError,
    Forbidden,
    Invalid,
    NotFound,
    SealBroken,
    SignInNeeded,
    Stale,
    TooLarge,
    TooMany,
    Unsupported,
    Unversioned,
)
from mapservice.language import gettext as _
from mapservice.language import noop

STATUS = {
    BadRequest: 400,
    SignInNeeded: 401,
    Forbidden: 403,
    NotFound: 404,
    Conflict: 409,
    Stale: 412,
    TooLarge: 413,
    Unsupported: 415,
    Invalid: 422,
    Unversioned: 428,
    TooMany: 429,
}
OGC = "/ogc/"  # for programs, and for people who ask for its pages
FORMS = {"json": "application/json", "html": "text/html"}
MACHINE_PATHS = ("/layers/", "/tiles/", OGC, "/search.json", "/stats.json", "/oembed", "/api/")
MOST_NAMED = 20  # parameters of a query string that one reply tells of
PLAIN_PATHS = ("/healthz", "/readyz", "/metrics")
TITLES = {
    400: noop("Yêu cầu chưa đúng"),
    401: noop("Cần đăng nhập"),
    403: noop("Không có quyền"),
    404: noop("Không tìm thấy"),
    405: noop("Không dùng được cách gọi này"),
    409: noop("Dữ liệu đã thay đổi"),
    412: noop("Bản ghi đã thay đổi"),
    413: noop("Nội dung quá lớn"),
    415: noop("Không đọc được loại nội dung này"),
    422: noop("Cần xem lại một số ô"),
    428: noop("Cần nói rõ phiên bản"),
    429: noop("Quá nhiều yêu cầu"),
    500: noop("Có lỗi ở máy chủ"),
    503: noop("Tạm thời gián đoạn"),
}
REFUSED = noop("Yêu cầu không thực hiện được")
UNAVAILABLE = noop(
    "Cơ sở dữ liệu chưa trả lời. Trang sẽ tự hoạt động lại, xin thử lại sau ít giây."
)
SEALED = noop(
    "Máy chủ không mở được dữ liệu được bảo vệ: khóa dữ liệu không đúng, hoặc dữ liệu đã hỏng. "
    "Chưa có gì thay đổi. Hãy báo người vận hành."
)
log = structlog.get_logger()


def init_app(app: Flask) -> None:
    """Register one handler for each family of errors."""
    app.register_error_handler(DomainError, _domain)
    app.register_error_handler(ValidationError, _validation)
    app.register_error_handler(SealBroken, _sealed)
    app.register_error_handler(IntegrityError, _refused_by_database)
    app.register_error_handler(DBAPIError, _database)
    app.register_error_handler(PoolTimeout, _unavailable)
    app.register_error_handler(HTTPException, _http)


def _domain(error: DomainError) -> Response:
    response = reply(status_of(error), error.code, error.detail, error.fields)
    if isinstance(error, TooMany):
        response.headers["Retry-After"] = str(error.retry_after)
    if isinstance(error, SignInNeeded):
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def status_of(error: DomainError) -> int:
    """The status that tells this kind of refusal."""
    return STATUS.get(type(error), 400)


def _validation(error: ValidationError) -> Response:
    fields = forms.sentences(error.messages)
    if request.method not in {"GET", "HEAD"}:
        return reply(422, "invalid", _("Cần xem lại: %(names)s.", names=_names(fields)), fields)
    told = {name: fields[name] for name in sorted(fields)[:MOST_NAMED]}
    detail = _("Cần xem lại: %(names)s.", names=_names(told))
    if more := len(fields) - len(told):
        detail = _("Cần xem lại: %(names)s, và %(more)s nữa.", names=_names(told), more=more)
    return reply(400, "invalid", detail, told)


def _names(fields: Iterable[str]) -> str:
    return ", ".join(sorted(fields))


def _sealed(error: SealBroken) -> Response:
    log.error("seal_broken", of=str(error))  # the table and column, and what is wrong with the key
    return reply(503, "seal-broken", _(SEALED))


def _refused_by_database(error: IntegrityError) -> Response:
    refusal = refusals.explain(error)
    log.info("refused_by_database", constraint=refusal.code)
    return _domain(refusal)


def _database(error: DBAPIError) -> Response:
    code = getattr(error.orig, "pgcode", None)
    # 57014: our own time limit. No code or class 57/08: the server is away or going.
    if isinstance(error, OperationalError) or code == "57014" or error.connection_invalidated:
        return _unavailable(error)
    log.error("database_error", pgcode=code, exc_info=error)
    return reply(500, "internal", InternalServerError.description)


def _unavailable(error: Exception) -> Response:
    log.warning("database_unavailable", kind=type(error).__name__)
    response = reply(503, "unavailable", _(UNAVAILABLE))
    response.headers["Retry-After"] = "5"
    return response


def _http(error: HTTPException) -> Response:
    if isinstance(error, ServiceUnavailable):
        return _unavailable(error)
    if error.code is None or error.code < 400:
        return error.get_response()
    original = getattr(error, "original_exception", None)
    if original is not None:
        log.error("unexpected_error", exc_info=original)
    response = reply(error.code, error.name.lower().replace(" ", "-"), _words(error.code))
    for name, value in error.get_headers():
        if name in {"Allow", "Retry-After"}:
            response.headers[name] = value
    return response


def _words(status: int) -> str:
    return {
        404: _("Địa chỉ này không có, hoặc không còn được công khai."),
        405: _("Địa chỉ này không nhận cách gọi vừa dùng."),
        413: _(
            "Nội dung gửi lên quá lớn (mỗi lần nhiều nhất 8 ảnh, mỗi ảnh tới 12 MB). Quay lại "
            "trang trước: những gì đã nhập vẫn còn, chỉ cần chọn lại ảnh."
        ),
        415: _("Hãy gửi nội dung JSON (Content-Type: application/json)."),
        500: _("Chúng tôi đã ghi lại lỗi này. Xin thử lại sau."),
    }.get(status, _("Yêu cầu không thực hiện được."))


def reply(
    status: int, code: str, detail: str, fields: dict[str, list[str]] | None = None
) -> Response:
    """One error, in the form the asker reads: problem+json, or a page."""
    title = _(TITLES.get(status, REFUSED))
    if not wants_json():
        html = render_template("errors/problem.html", status=status, title=title, detail=detail)
        return Response(html, status, mimetype="text/html")
    problem = {
        "type": f"/problems/{code}",
        "title": title,
        "status": status,
        "detail": detail,
        "errors": fields or {},
        "request_id": g.get("request_id"),
    }
    text = json.dumps(problem, ensure_ascii=False)
    return Response(text, status, content_type="application/problem+json; charset=utf-8")


def wants_json() -> bool:
    """Whether the asker is a program: by the address, or by what it accepts."""
    if request.path.startswith(OGC):
        return request.args.get("f", _accepted("json", "html")) != "html"
    if request.path.startswith(MACHINE_PATHS) or request.path in PLAIN_PATHS:
        return True
    return _accepted("html", "json") == "json"


def _accepted(usual: str, other: str) -> str:
    """Which of these forms is accepted more: the usual one where both are, or neither."""
    found = request.accept_mimetypes.best_match([FORMS[usual], FORMS[other]])
    return other if found == FORMS[other] else usual
