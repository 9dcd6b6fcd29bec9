"""A form of a page: read through a schema; what was typed stays, whatever is wrong with it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from flask import request
from marshmallow import Schema, ValidationError
from werkzeug.datastructures import MultiDict

from mapservice import web
from mapservice.errors import BadRequest, DomainError
from mapservice.language import gettext as _

OURS = ("csrf_token",)  # of the frame, not of the form
EMPTY: MultiDict = MultiDict()


@dataclass(frozen=True)
class Filled:
    """`given`: the text as it was typed, to be shown again. `values`: checked, empty when refused.

    `errors`: sentences by field; those of no field stand under `_schema`.
    """

    given: MultiDict = field(default_factory=MultiDict)
    values: Mapping[str, object] = field(default_factory=dict)
    errors: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @property
    def good(self) -> bool:
        return not self.errors

    def refused(self, refusal: DomainError) -> "Filled":
        """The same form with what a service had against it, at its fields."""
        errors = refusal.fields or {"_schema": [refusal.detail]}
        return Filled(self.given, {}, errors)


def read(schema: Schema, body: MultiDict | None = None) -> Filled:
    """The body of this request through `schema` (texts trimmed, empty ones left out).

    `body`: the part of it that is this form, where it holds more.

    A field the schema does not know is an error: nobody assigns what no form offers. Raises
    BadRequest for text that no database takes.
    """
    whole = request.form if body is None else body
    given = MultiDict((name, value) for name, value in whole.items(multi=True))
    for name in OURS:
        given.poplist(name)
    for name, value in given.items(multi=True):
        if "\x00" in name + value:
            raise BadRequest(_("Có ký tự không đọc được."), fields={name: ["holds NUL"]})
    trimmed = MultiDict((n, v.strip()) for n, v in given.items(multi=True) if v.strip())
    try:
        return Filled(given, schema.load(web.query_values(schema, trimmed, split=False)))
    except ValidationError as error:
        return Filled(given, {}, sentences(error.messages))


def shown(values: Mapping[str, object]) -> Filled:
    """A form that shows a record: lists become several values, None becomes empty."""
    given: MultiDict = MultiDict()
    for name, value in values.items():
        for part in value if isinstance(value, list | tuple) else [value]:
            given.add(name, "" if part is None else str(part))
    return Filled(given)


def sentences(messages: object) -> dict[str, list[str]]:
    """marshmallow's messages as a flat list of sentences by field."""
    if not isinstance(messages, dict):
        return {"_schema": _flat(messages)}
    return {str(name): _flat(value) for name, value in messages.items()}


def _flat(messages: object) -> list[str]:
    """The messages of one field; those of a list's members stand under their index."""
    if isinstance(messages, dict):
        return [sentence for value in messages.values() for sentence in _flat(value)]
    return [str(message) for message in messages] if isinstance(messages, list) else [str(messages)]
