"""What may be asked of the search."""

from marshmallow import Schema, fields, validate

from mapservice.layers.schemas import not_blank

MOST_LETTERS = 100
LENGTH = validate.Length(1, MOST_LETTERS, error=f"must have 1 to {MOST_LETTERS} characters")


class SearchQuery(Schema):
    q = fields.Str(required=True, validate=[LENGTH, not_blank])
