"""What a need looks like as JSON, and how a list of them is asked for."""

from marshmallow import Schema, fields, validate

from mapservice.addresses.models import Nature
from mapservice.needs.models import NeedStatus
from mapservice.rest.paging import PageQuery
from mapservice.rest.schemas import Code, UnitName


class NeedOut(Schema):
    """A need. Of a person, or of a place that is protected alike, only what is never null."""

    code = Code(required=True, attribute="public_code")
    address = Code(required=True)
    nature = fields.Enum(Nature, by_value=True, required=True)
    category = fields.Str(required=True, allow_none=True, metadata={"example": "education"})
    title = fields.Str(required=True, allow_none=True, metadata={"example": "Dạy tin học hè"})
    description = fields.Str(required=True, allow_none=True)
    quantity = fields.Float(required=True, allow_none=True, metadata={"example": 12})
    unit = fields.Str(required=True, allow_none=True, metadata={"example": "buổi"})
    parts = fields.Int(required=True, metadata={"description": "Số lượt đội cần đến"})
    people_per_part = fields.Int(required=True, allow_none=True)
    together = fields.Bool(
        required=True, allow_none=True, metadata={"description": "Cần đủ các đội cùng lúc"}
    )
    people_in_all = fields.Int(
        required=True,
        allow_none=True,
        metadata={"description": "Tổng số người khi các đội góp chung người và kỹ năng"},
    )
    skills = fields.List(fields.Str(), required=True, allow_none=True)
    wanted_from = fields.Date(required=True, allow_none=True)
    wanted_until = fields.Date(required=True, allow_none=True)
    urgency = fields.Int(required=True, metadata={"description": "1 (thấp) đến 4 (khẩn cấp)"})
    helps_people = fields.Int(required=True, allow_none=True)
    concerns = fields.List(fields.Str(), required=True, allow_none=True)
    committed_quantity = fields.Float(required=True, allow_none=True)
    reached_quantity = fields.Float(required=True, allow_none=True)
    campaign = fields.Str(required=True, allow_none=True)
    status = fields.Enum(NeedStatus, by_value=True, required=True)
    status_reason = fields.Str(required=True, allow_none=True)
    status_at = fields.AwareDateTime(required=True)
    duplicate_of = Code(required=True, allow_none=True)
    version = fields.Int(required=True)
    created_at = fields.AwareDateTime(required=True)


class NeedQuery(PageQuery):
    """Which needs."""

    status = fields.List(fields.Enum(NeedStatus, by_value=True))
    urgency = fields.List(fields.Int(validate=validate.Range(1, 4)))
    category = fields.List(fields.Str(validate=validate.Length(1, 40)))
    unit = UnitName()
    address = Code(metadata={"description": "Mã của địa chỉ"})
