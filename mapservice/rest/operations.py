"""The kinds of operations of the API, each with what every one of its kind does and answers.

A view takes the request's session first and returns the record to show (or its name, where one is
made). Its name is the operation's id, its docstring the description, `words` the summary. The
decorators register it and leave it as it is.
"""

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from functools import wraps
from inspect import getdoc
from types import MappingProxyType
from uuid import UUID

import flask_smorest
from flask import Response, request
from marshmallow import Schema, fields

from mapservice import web
from mapservice.errors import BadRequest, Conflict, Stale
from mapservice.rest import bodies, paging, parameters, service, versions
from mapservice.rest.paging import PageQuery
from mapservice.rest.schemas import Nothing, page_of

PREFIX = "/api/v1"
Kinds = Mapping[type[fields.Field], tuple[str, str | None]]
View = Callable[..., object]
Mark = Callable[[View], View]
# What any operation may answer besides success, and what a body, and a change, add to it.
ANY = (401, 403, 429, 503)
WITH_BODY = (400, 409, 413, 415, 422)
CHANGE = (*WITH_BODY, 412, 428)


class Blueprint(flask_smorest.Blueprint):
    """A part of the API below PREFIX; `tag` groups its operations in the document.

    `kinds`: the type and format of fields that marshmallow does not know.
    """

    ARGUMENTS_PARSER = bodies.Parser()

    def __init__(
        self, name: str, import_name: str, *, tag: str, kinds: Kinds = MappingProxyType({})
    ):
        super().__init__(name, import_name, url_prefix=PREFIX)
        self._tag, self.kinds = tag, kinds

    def lists(
        self,
        rule: str,
        action: StrEnum,
        item: type[Schema],
        query: type[PageQuery] = PageQuery,
        *,
        words: str,
    ) -> Mark:
        """GET of many: `view(session, filters)` returns a paging.Listing."""

        def mark(view: View) -> View:
            @wraps(view)
            def answer(given, **names):
                filters = {n: v for n, v in given.items() if n not in {"limit", "after"}}
                listing = view(web.session(), filters, **names)
                page = paging.page(web.session(), listing, given)
                return page, page.headers()

            said = {"description": "Một trang", "headers": parameters.LINK}
            answer = self.response(200, page_of(item), **said)(answer)
            answer = self.arguments(query, location="query", error_status_code=400)(answer)
            self._declare("GET", rule, action, view, answer, words, (400,))
            return view

        return mark

    def reads(self, rule: str, action: StrEnum, shown: type[Schema], *, words: str) -> Mark:
        """GET of one: `view(session, **names)` returns the record."""

        def mark(view: View) -> View:
            @wraps(view)
            def answer(**names):
                return _with_version(view(web.session(), **names))

            said = {"description": "Bản ghi", "headers": parameters.ETAG}
            answer = self.response(200, shown, **said)(answer)
            self._declare("GET", rule, action, view, answer, words)
            return view

        return mark

    def sends(self, rule: str, action: StrEnum, kind: str, *, words: str) -> Mark:
        """GET of a small file of this media type: `view(session, **names)` returns its path."""

        def mark(view: View) -> View:
            @wraps(view)
            def answer(**names):
                return Response(view(web.session(), **names).read_bytes(), mimetype=kind)

            shape = {"type": "string", "contentMediaType": kind}
            answer = self.response(200, shape, content_type=kind, description="Tệp")(answer)
            self._declare("GET", rule, action, view, answer, words)
            return view

        return mark

    def creates(
        self,
        rule: str,
        action: StrEnum,
        given: type[Schema],
        shown: type[Schema],
        *,
        show: View,
        at: str,
        words: str,
        example: Mapping[str, object] | None = None,
        follow: Sequence[str] = (),
        most_body: int | None = None,
    ) -> Mark:
        """POST that makes one: `view(session, values, **names)` returns its name.

        `show(session, name)`: the record. `at`: the collection that it is found below. `example`:
        a body that is accepted. `follow`: operations that take its code. `most_body`: bytes of a
        body that is larger than others.
        """

        def mark(view: View) -> View:
            @wraps(view)
            def answer(values, **names):
                return _make(lambda session: view(session, values, **names), show, at)

            said = {"description": "Đã tạo", "headers": parameters.CREATED}
            answer = self.response(201, shown, **said)(answer)
            answer = self.arguments(given, example=example)(answer)
            links = {name: parameters.link(name) for name in follow}
            manual = {"parameters": [parameters.IDEMPOTENCY_KEY], "responses": {201: {}}}
            if links:
                manual["responses"][201]["links"] = links
            if most_body:
                answer = web.takes_files(most_body)(answer)
            self._declare("POST", rule, action, view, answer, words, WITH_BODY, manual)
            return view

        return mark

    def changes(
        self,
        rule: str,
        action: StrEnum,
        given: type[Schema],
        shown: type[Schema],
        *,
        words: str,
        example: Mapping[str, object] | None = None,
        method: str = "PATCH",
    ) -> Mark:
        """A change of one: `view(session, values, seen, **names)` returns the record.

        `seen` is the version that If-Match names; the view sees to it that it is still so, or its
        service does (a Conflict called `stale`).
        """

        def mark(view: View) -> View:
            @wraps(view)
            def answer(values, **names):
                seen = versions.expected()
                try:
                    with web.transaction() as session:
                        return _with_version(view(session, values, seen, **names))
                except Conflict as refusal:
                    if refusal.code == Stale.code:
                        raise Stale(versions.STALE) from refusal
                    raise

            said = {"description": "Đã ghi", "headers": parameters.ETAG}
            answer = self.response(200, shown, **said)(answer)
            told = {"required": given is not Nothing, "example": example}
            answer = self.arguments(given, **told)(answer)
            manual = {"parameters": [parameters.IF_MATCH]}
            self._declare(method, rule, action, view, answer, words, CHANGE, manual)
            return view

        return mark

    def steps(
        self,
        rule: str,
        action: StrEnum,
        shown: type[Schema],
        *,
        words: str,
        given: type[Schema] = Nothing,
        example: Mapping[str, object] | None = None,
    ) -> Mark:
        """POST of a step that a record takes: as `changes`."""
        told = {"words": words, "example": example}
        return self.changes(rule, action, given, shown, method="POST", **told)

    def _declare(
        self,
        method: str,
        rule: str,
        action: StrEnum,
        view: View,
        answer: View,
        words: str,
        answers: Sequence[int] = (),
        manual: dict | None = None,
    ) -> None:
        """Register the operation with its action, and what the document says of it."""
        in_path = parameters.in_path(rule)
        answers = {*ANY, *answers, *([404] if in_path else [])}
        for status in sorted(answers):
            answer = self.alt_response(status, f"problem-{status}")(answer)
        answer = self.doc(
            operationId=view.__name__,
            summary=words,
            description=getdoc(view) or "",
            security=[{"token": []}, {"session": []}],
            **(manual or {}),
        )(answer)
        answer.action = action
        self.add_url_rule(
            rule,
            view.__name__,
            answer,
            parameters=in_path,
            tags=[self._tag],
            methods=[method],
        )


def _make(make: Callable[..., str], show: View, at: str) -> tuple[object, dict[str, str]]:
    """Make a record once for a key, and show it as it is now."""
    with web.transaction() as session:
        made, before = _once(session, lambda: make(session))
        record, headers = _with_version(show(session, made))
    headers["Location"] = f"{PREFIX}{at}/{made}"
    if before:
        headers["Idempotency-Replayed"] = "true"
    return record, headers


def _once(session, make: Callable[[], str]) -> tuple[str, bool]:
    name = parameters.IDEMPOTENCY_KEY["name"]
    key = request.headers.get(name)
    if key is None:
        return make(), False
    if not (0 < len(key) <= 200 and key.isascii() and key.isprintable() and " " not in key):
        sentence = "Khóa phải là 1–200 ký tự ASCII, không có dấu cách."
        raise BadRequest(sentence, fields={name: [sentence]})
    return service.once(session, UUID(web.actor_id()), key, bodies.fingerprint(), make)


def _with_version(record: object) -> tuple[object, dict[str, str]]:
    """The record, and the header that names its version where it has one."""
    by_name = record.get if isinstance(record, dict) else lambda name: getattr(record, name, None)
    version = by_name("version")
    return record, versions.tag(version) if version else {}
