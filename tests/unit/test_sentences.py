"""No schema answers in English."""

import re

import pytest
from marshmallow import Schema, ValidationError, fields, validate

from mapservice import sentences


class Everything(Schema):
    """One field of each kind, with the validators in use."""

    text = fields.Str(required=True, validate=validate.Length(2, 5))
    number = fields.Int(validate=validate.Range(1, 9))
    share = fields.Float(validate=validate.Range(min=0))
    day = fields.Date()
    at = fields.DateTime()
    code = fields.UUID()
    yes = fields.Bool()
    mail = fields.Email()
    several = fields.List(fields.Str(validate=validate.OneOf(["a", "b"])))
    inner = fields.Nested(lambda: Inner())
    pattern = fields.Str(validate=validate.Regexp("x"))


class Inner(Schema):
    text = fields.Str()


ENGLISH = re.compile(
    r"\b(must|not|valid|field|unknown|missing|invalid|than|length|required)\b", re.I
)
REFUSED = [
    {},
    {"text": 1, "number": "x", "share": "y", "day": "z", "at": "z", "code": "z", "yes": "z"},
    {"text": None, "mail": "x", "several": "x", "inner": 1, "pattern": "y", "extra": 1},
    {"text": "a", "number": 0, "share": -1, "several": ["c"], "inner": {"more": 1}},
    {"text": "abcdef", "number": 10, "share": "nan"},
]


@pytest.mark.parametrize("given", REFUSED)
def test_schemas_refuse_in_vietnamese(given):
    with pytest.raises(ValidationError) as refusal:
        Everything().load(given)
    said = str(list(refusal.value.messages.values()))
    assert not ENGLISH.search(said), said


def test_what_was_replaced_still_exists():
    """A library that renames its sentences would bring the English ones back."""
    for field, said in sentences.BY_FIELD.items():
        known = {k for c in field.__mro__ for k in getattr(c, "default_error_messages", {})}
        assert set(said) <= known
    for validator, said in sentences.BY_VALIDATOR.items():
        assert all(hasattr(validator, name) for name in said)
