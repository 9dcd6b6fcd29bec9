"""What an assignment looks like as JSON, and what its steps are told."""

from marshmallow import Schema, fields, validate

from mapservice.matching.forms import ReportForm
from mapservice.matching.models import AssignmentStatus, Origin
from mapservice.rest.paging import PageQuery
from mapservice.rest.schemas import Code


class AssignmentOut(Schema):
    """One team and one part of a need; of a protected need without quantity and words."""

    id = fields.UUID(required=True)
    need = Code(required=True)
    team = Code(required=True)
    part = fields.Int(required=True)
    quantity = fields.Float(required=True, allow_none=True)
    origin = fields.Enum(Origin, by_value=True, required=True)
    lease_until = fields.AwareDateTime(
        required=True, allow_none=True, metadata={"description": "Hạn trả lời đề nghị"}
    )
    status = fields.Enum(AssignmentStatus, by_value=True, required=True)
    status_reason = fields.Str(required=True, allow_none=True)
    status_at = fields.AwareDateTime(required=True)
    hours = fields.Float(required=True, allow_none=True)
    volunteers = fields.Int(required=True, allow_none=True)
    results = fields.Str(required=True, allow_none=True)
    version = fields.Int(required=True)
    created_at = fields.AwareDateTime(required=True)


class AssignmentQuery(PageQuery):
    """Which assignments."""

    status = fields.List(fields.Enum(AssignmentStatus, by_value=True))
    need = Code(metadata={"description": "Mã của nhu cầu"})
    team = Code(metadata={"description": "Mã của đội"})


class Claimable(Schema):
    """A need of a place that a team could take a part of by itself."""

    need = Code(required=True, attribute="code")
    title = fields.Str(required=True)
    place = fields.Str(required=True)
    commune = fields.Str(required=True)
    urgency = fields.Int(required=True)
    parts = fields.Int(required=True)
    free = fields.Int(required=True, metadata={"description": "Số phần chưa đội nào nhận"})
    people = fields.Int(required=True, metadata={"description": "Số người mỗi phần"})
    metres = fields.Float(required=True, metadata={"description": "Từ nơi xuất phát của đội"})
    why = fields.Str(
        required=True,
        metadata={
            "description": "`fits`, hoặc điều gì của đội đang ngăn việc nhận (`full`, `busy`…)"
        },
    )


class ClaimableOut(Schema):
    """What the team may take, the nearest first."""

    needs = fields.List(fields.Nested(Claimable), required=True)


class ClaimIn(Schema):
    """Which of your teams takes a part of which need."""

    team = Code(required=True)
    need = Code(required=True)


class DoneIn(Schema):
    """What a visit came to: `hours` of all volunteers together; of a protected need no words."""

    hours = fields.Float(
        required=True, validate=validate.Range(0, 99999), metadata={"example": 24.5}
    )
    volunteers = fields.Int(
        required=True, validate=validate.Range(0, 9999), metadata={"example": 8}
    )
    results = fields.Str(load_default=None, validate=validate.Length(max=2000))


class FieldReportIn(ReportForm):
    """What the team saw and did on a day; `lng` and `lat` only where somebody chose to tell."""


class FieldReportOut(Schema):
    """What a team told of an assignment; `photos`: their ids, to be read by themselves."""

    id = fields.UUID(required=True)
    assignment = fields.UUID(required=True, attribute="assignment_id")
    text = fields.Str(required=True)
    lng = fields.Float(required=True, allow_none=True)
    lat = fields.Float(required=True, allow_none=True)
    happened_at = fields.AwareDateTime(required=True)
    created_at = fields.AwareDateTime(required=True)
    photos = fields.List(fields.UUID(), required=True)


class LinkOut(Schema):
    """A personal link, told once; null where the same request made it before."""

    assignment = fields.UUID(required=True)
    address = fields.Str(required=True, allow_none=True)
    message = fields.Str(
        required=True, allow_none=True, metadata={"description": "Lời nhắn gửi qua Zalo"}
    )


class Reason(Schema):
    """A reason that may be given of a protected need."""

    code = fields.Str(required=True)
    words = fields.Str(required=True)


class ReasonsOut(Schema):
    """The reasons a leader may choose from, in their order."""

    reasons = fields.List(fields.Nested(Reason), required=True)
