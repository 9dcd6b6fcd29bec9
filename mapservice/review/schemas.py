"""What the forms of a review hold: the version that was seen, and what a step asks for."""

from marshmallow import EXCLUDE, Schema, fields, validate

from mapservice.consent.models import Channel, Giver, Purpose

READ = {"required": "Thiếu phiên bản hồ sơ: hãy mở lại trang.", "invalid": "Phiên bản chưa đúng."}


class StepForm(Schema):
    """`back`: the queue to go back to."""

    version = fields.Integer(required=True, error_messages=READ)
    back = fields.Str(validate=validate.Length(max=20))


class ReasonForm(StepForm):
    reason = fields.Str(load_default="")  # the service says when it is missing, and which fit


class MergeForm(StepForm):
    """`kept`: the public code of the record that stays."""

    kept = fields.Str(
        required=True,
        validate=validate.Regexp(
            r"^[0-9A-Za-z]{8}$", error="Mã hồ sơ gồm 8 chữ và số, ghi ở đầu trang của hồ sơ."
        ),
        error_messages={"required": "Cần ghi mã hồ sơ được giữ."},
    )


class TicksForm(Schema):
    """`checked`: the marks of finds that a verifier has looked at and calls harmless."""

    checked = fields.List(
        fields.Str(validate=validate.Regexp(r"^[0-9a-f]{64}$")),
        required=True,
        error_messages={"required": "Đánh dấu từng chỗ đã xem và không nêu tên ai."},
    )


class RevealForm(Schema):
    """Why private data is looked at; the service says who must tell."""

    reason = fields.Str()


class ConsentForm(Schema):
    """What was read out, who agreed to it and how. Nothing is ticked before somebody agreed."""

    purpose = fields.Enum(Purpose, by_value=True, required=True)
    givers = fields.List(
        fields.Enum(Giver, by_value=True),
        required=True,
        error_messages={"required": "Đánh dấu ai đã đồng ý."},
    )
    channel = fields.Enum(
        Channel,
        by_value=True,
        required=True,
        error_messages={"required": "Chọn đồng ý bằng cách nào."},
    )


class WithdrawForm(Schema):
    """`sure`: said when everything known of the person will be erased."""

    purpose = fields.Enum(Purpose, by_value=True, required=True)
    sure = fields.Boolean(load_default=False)


CODE = r"[0-9A-Z]{8}"


class QueueQuery(Schema):
    """Which queue, which page of it (from 1)."""

    class Meta:
        unknown = EXCLUDE  # a page leaves out what it does not know

    tab = fields.Str(validate=validate.Length(max=20))
    page = fields.Integer(load_default=1, validate=validate.Range(1, 1000))


class RecordQuery(Schema):
    """`back`: the queue this was opened from; `do`: the form that is to stand open."""

    class Meta:
        unknown = EXCLUDE  # a page leaves out what it does not know

    back = fields.Str(load_default="", validate=validate.Length(max=20))
    do = fields.Str(load_default="", validate=validate.Length(max=40))


class BulkForm(Schema):
    """`pick`: rows as CODE:version."""

    tab = fields.Str(required=True, validate=validate.Length(max=20))
    step = fields.Str(required=True, validate=validate.Length(max=30))
    pick = fields.List(
        fields.Str(validate=validate.Regexp(rf"^{CODE}:[0-9]{{1,9}}$", error="Dòng chưa đúng.")),
        required=True,
        validate=validate.Length(max=200, error="Mỗi lần nhiều nhất 200 dòng."),
        error_messages={"required": "Chưa chọn dòng nào: đánh dấu các hồ sơ rồi bấm lại."},
    )


class ApartForm(Schema):
    """Two records that are two."""

    one = fields.Str(required=True, validate=validate.Regexp(rf"^{CODE}$"))
    other = fields.Str(required=True, validate=validate.Regexp(rf"^{CODE}$"))
