"""The forms of those who work with assignments: what a leader tells, what an officer decides."""

from datetime import date, datetime, time

from marshmallow import Schema, ValidationError, fields, validate, validates, validates_schema

from mapservice.decision import VIETNAM

MISSING = {"required": "Cần ghi mục này."}
NOON = time(12)  # of a day that was told without an hour


class VersionForm(Schema):
    """`version`: the record as it was when somebody decided."""

    version = fields.Integer(required=True, validate=validate.Range(1, 10**9))


class VerdictForm(VersionForm):
    """What is said against an assignment; of a protected need the reason is a code."""

    reason = fields.String(
        required=True,
        validate=validate.Length(1, 500, error="Lý do dài quá 500 ký tự."),
        error_messages={"required": "Cần ghi lý do."},
    )


class ClaimForm(Schema):
    need = fields.String(required=True, validate=validate.Regexp(r"[0-9A-Z]{8}\Z"))


class ReportForm(Schema):
    """A field report; `report` is its id, made where the form was opened, `lng` and `lat` only
    what the leader chose to tell."""

    report = fields.UUID(required=True)
    text = fields.String(
        required=True,
        validate=validate.Length(1, 2000, error="Từ 1 đến 2000 ký tự."),
        error_messages={"required": "Cần ghi đã làm gì."},
    )
    day = fields.Date(
        required=True, error_messages={"required": "Cần ghi ngày.", "invalid": "Ngày chưa đúng."}
    )
    lng = fields.Float(load_default=None, validate=validate.Range(-180, 180))
    lat = fields.Float(load_default=None, validate=validate.Range(-90, 90))

    @validates("day")
    def check_day(self, value: date, **_):
        if value > datetime.now(VIETNAM).date():
            raise ValidationError("Ngày này chưa tới.")

    @validates_schema
    def check_position(self, data, **_):
        if (data.get("lng") is None) != (data.get("lat") is None):
            raise ValidationError("Vị trí cần cả kinh độ và vĩ độ.", "lat")


def told(values: dict) -> dict[str, object]:
    """The values of a ReportForm as the report's own."""
    spot = (values["lng"], values["lat"]) if values["lng"] is not None else None
    happened = datetime.combine(values["day"], NOON, VIETNAM)
    return {"words": values["text"], "happened_at": happened, "position": spot}
