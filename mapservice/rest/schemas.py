"""Wire shapes that every part of the API shares, and the fields they are made of."""

from collections.abc import Collection
from copy import deepcopy
from functools import cache

from marshmallow import Schema, fields, missing, validate

CODE = r"^[0-9A-HJKMNP-TV-Z]{8}$"
UNIT = r"^[A-Za-z0-9-]{1,12}(@[0-9a-z-]{4,10})?$"


class Problem(Schema):
    """RFC 9457: what went wrong. `errors` names the fields at fault."""

    type = fields.Str(required=True, metadata={"example": "/problems/not-found"})
    title = fields.Str(required=True)
    status = fields.Int(required=True)
    detail = fields.Str(required=True, metadata={"description": "Một câu tiếng Việt cho người đọc"})
    errors = fields.Dict(
        keys=fields.Str(), values=fields.List(fields.Str()), required=True, metadata={"example": {}}
    )
    request_id = fields.Str(required=True, allow_none=True)


class Nothing(Schema):
    """A step that needs no words."""


class Code(fields.Str):
    """A record's public code."""

    def __init__(self, **options):
        metadata = {"example": "7K2M9QXA"} | options.pop("metadata", {})
        super().__init__(validate=validate.Regexp(CODE), metadata=metadata, **options)


class UnitName(fields.Str):
    """An admin unit: CODE (valid today) or CODE@ERA."""

    def __init__(self, **options):
        metadata = {"description": "Đơn vị hành chính: MÃ hoặc MÃ@2022", "example": "220@2022"}
        valid = validate.Regexp(UNIT, error="Không phải mã đơn vị.")
        super().__init__(validate=valid, metadata=metadata, **options)


@cache
def page_of(item: type[Schema]) -> type[Schema]:
    """The shape of one page of a list of `item`."""
    return Schema.from_dict(
        {
            "items": fields.List(fields.Nested(item), required=True),
            "next": fields.Str(
                required=True,
                allow_none=True,
                metadata={"description": "Truyền lại trong `after`; null ở trang cuối"},
            ),
        },
        name=f"{item.__name__}Page",
    )


def loose(
    name: str,
    source: type[Schema],
    *,
    required: Collection[str] = (),
    without: Collection[str] = (),
) -> type[Schema]:
    """The fields of `source`, of which none but the `required` ones must be given.

    What is left out stays out: nothing is put in its place. The rules of `source` that look at
    several fields are not taken along.
    """
    taken = {key: deepcopy(f) for key, f in source().fields.items() if key not in without}
    for key, field in taken.items():
        field.required = key in required
        field.load_default = missing
    return Schema.from_dict(taken, name=name)


class ReasonIn(Schema):
    """Why; of a protected record one of the codes that stand for a reason."""

    reason = fields.Str(
        required=True,
        validate=validate.Length(1, 500),
        metadata={"example": "Thiếu số người cần giúp"},
    )
