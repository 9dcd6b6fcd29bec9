"""What an address looks like as JSON, and how a list of them is asked for."""

from marshmallow import Schema, fields, validate

from mapservice.addresses.models import AddressStatus, Nature, PersonKind
from mapservice.rest.paging import PageQuery
from mapservice.rest.schemas import Code, UnitName


class AddressOut(Schema):
    """An address. Of a person, or of a place that is protected alike, only what is never null."""

    code = Code(required=True, attribute="public_code")
    nature = fields.Enum(Nature, by_value=True, required=True)
    sensitive = fields.Bool(required=True)
    person_kind = fields.Enum(PersonKind, by_value=True, required=True, allow_none=True)
    kind = fields.Str(required=True, allow_none=True, metadata={"example": "school"})
    title = fields.Str(
        required=True, allow_none=True, metadata={"example": "Trường Tiểu học An Lạc"}
    )
    summary = fields.Str(required=True, allow_none=True)
    hamlet = fields.Str(required=True, allow_none=True)
    lng = fields.Float(required=True, allow_none=True, metadata={"example": 106.9693})
    lat = fields.Float(required=True, allow_none=True, metadata={"example": 21.3282})
    point_estimated = fields.Bool(
        required=True,
        allow_none=True,
        metadata={"description": "Chưa ai biết tọa độ: điểm ở giữa xã, phường"},
    )
    commune = fields.Str(required=True, metadata={"description": "Mã xã hiện nay"})
    commune_name = fields.Str(required=True)
    former_commune = fields.Str(
        required=True,
        allow_none=True,
        metadata={"description": "Xã trước 1/7/2025, nếu biết", "example": "07645@2022"},
    )
    former_commune_name = fields.Str(required=True, allow_none=True)
    programme_year = fields.Int(required=True, metadata={"example": 2025})
    children = fields.Int(required=True, allow_none=True)
    youth = fields.Int(required=True, allow_none=True)
    elderly = fields.Int(required=True, allow_none=True)
    disabled = fields.Int(required=True, allow_none=True)
    households = fields.Int(required=True, allow_none=True)
    severity = fields.Int(required=True, allow_none=True)
    organisation = fields.Str(required=True, metadata={"description": "Mã tổ chức đăng ký"})
    status = fields.Enum(AddressStatus, by_value=True, required=True)
    status_reason = fields.Str(required=True, allow_none=True)
    assured_at = fields.AwareDateTime(required=True, allow_none=True)
    assured_until = fields.AwareDateTime(required=True, allow_none=True)
    duplicate_of = Code(required=True, allow_none=True)
    version = fields.Int(required=True)
    created_at = fields.AwareDateTime(required=True)
    updated_at = fields.AwareDateTime(required=True)


class AddressQuery(PageQuery):
    """Which addresses."""

    status = fields.List(fields.Enum(AddressStatus, by_value=True))
    nature = fields.List(fields.Enum(Nature, by_value=True))
    kind = fields.List(fields.Str(validate=validate.Length(1, 40)))
    unit = UnitName()
    programme_year = fields.Int(validate=validate.Range(2000, 2100))
    q = fields.Str(
        validate=validate.Length(1, 100), metadata={"description": "Chữ trong tên, không cần dấu"}
    )
