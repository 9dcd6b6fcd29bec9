"""Stored plans: what their forms and the API's bodies ask, what the API answers."""

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from mapservice.matching.models import (
    AssignmentStatus,
    Failure,
    PairState,
    PlanStatus,
    Proposer,
)
from mapservice.matching.progress import Step
from mapservice.rest.schemas import Code, UnitName

CODE = r"[0-9A-Z]{8}\Z"
PAIR = r"[0-9A-Z]{8}-[0-9A-Z]{8}\Z"
MOST_UNITS = 60
NEED_VERSION = {"required": "Hãy mở lại phương án."}


class AskForm(Schema):
    """`unit`: CODE or CODE@ERA, repeated; none for the whole territory."""

    unit = fields.List(
        fields.Str(validate=validate.Length(1, 40)),
        load_default=list,
        validate=validate.Length(max=MOST_UNITS, error=f"Chọn nhiều nhất {MOST_UNITS} địa bàn."),
    )


class StepForm(Schema):
    """`version`: the plan as it was seen."""

    version = fields.Int(
        required=True, validate=validate.Range(1, 10**9), error_messages=NEED_VERSION
    )


class SendForm(StepForm):
    """`pair`: NEED-TEAM, repeated: those that are sent; or `all` that the plan holds, which may be
    more than a page shows."""

    all = fields.Bool(load_default=False)
    pair = fields.List(
        fields.Str(validate=validate.Regexp(PAIR, error="Không đọc được đề nghị này.")),
        load_default=list,
    )

    @validates_schema
    def choose(self, data, **_):
        if not data["all"] and not data["pair"]:
            raise ValidationError("Chưa chọn đề nghị nào để gửi.", "pair")


class PairForm(StepForm):
    """One pair of the plan."""

    need = fields.Str(required=True, validate=validate.Regexp(CODE, error="Mã chưa đúng."))
    team = fields.Str(required=True, validate=validate.Regexp(CODE, error="Mã chưa đúng."))


class PlanIn(Schema):
    """Which units a plan is for; none: your whole territory."""

    units = fields.List(UnitName(), load_default=list, validate=validate.Length(max=MOST_UNITS))


class PairIn(Schema):
    """A pair of a plan."""

    need = Code(required=True)
    team = Code(required=True)


class SendIn(Schema):
    """Which pairs are sent; without `pairs` all that the plan holds."""

    pairs = fields.List(fields.Nested(PairIn), validate=validate.Length(1, 2000))


class PairOut(Schema):
    """One team proposed for one part of a need."""

    need = Code(required=True)
    team = Code(required=True)
    urgency = fields.Int(required=True)
    together = fields.Bool(
        required=True, metadata={"description": "Nhu cầu cần đủ các đội cùng lúc"}
    )
    km = fields.Float(required=True, metadata={"description": "Đường thẳng"})
    origin = fields.Enum(Proposer, by_value=True, required=True)
    state = fields.Enum(PairState, by_value=True, required=True)
    refusal = fields.Str(required=True, allow_none=True)
    assignment = fields.UUID(
        required=True, allow_none=True, metadata={"description": "Phân công mà đề nghị đã thành"}
    )
    answer = fields.Enum(
        AssignmentStatus,
        by_value=True,
        required=True,
        allow_none=True,
        metadata={"description": "Đội đã trả lời thế nào"},
    )
    reasons = fields.List(fields.Str(), required=True)


class GonePairOut(Schema):
    """A pair that was not sent and cannot be any more: its need or team was deleted."""

    need = Code(required=True)
    team = Code(required=True)
    refusal = fields.Str(required=True)


class CertificateOut(Schema):
    """Parts served at `urgency` and above, and the most that any plan could serve."""

    urgency = fields.Int(required=True)
    served = fields.Int(required=True)
    bound = fields.Int(required=True)


class CombinedOut(Schema):
    """Needs that want several teams at once; `gap` is what may have been missed of `bound`."""

    needs = fields.Int(required=True)
    served = fields.Int(required=True)
    bound = fields.Int(required=True)
    gap = fields.Int(required=True)


class PrecisionOut(Schema):
    """Metres in one unit of cost; shares told apart to 1/steps, null for exactly."""

    metres = fields.Int(required=True)
    steps = fields.Int(required=True, allow_none=True)


class GreedyOut(Schema):
    """What the most urgent taking the nearest would have come to."""

    served_by_urgency = fields.Dict(keys=fields.Str(), values=fields.Int(), required=True)
    combined = fields.Int(metadata={"description": "Nhu cầu cần nhiều đội cùng lúc có đủ đội"})
    km = fields.Float(required=True)


class UnmetOut(Schema):
    """A need without enough teams, and why."""

    need = Code(required=True)
    urgency = fields.Int(required=True)
    parts = fields.Int(required=True)
    why = fields.Str(required=True)
    reason = fields.Str(required=True)


class DistrictOut(Schema):
    """A district before the plan and after it, in parts; urgent ones are those without a team."""

    code = fields.Str(required=True)
    name = fields.Str(required=True)
    reachable = fields.Bool(required=True)
    parts = fields.Int(required=True)
    before = fields.Int(required=True)
    after = fields.Int(required=True)
    urgent_before = fields.Int(required=True)
    urgent_after = fields.Int(required=True)
    km = fields.Float(required=True)


class PlanLineOut(Schema):
    """A plan in a list."""

    id = fields.UUID(required=True)
    status = fields.Enum(PlanStatus, by_value=True, required=True)
    needs = fields.Int(required=True)
    version = fields.Int(required=True)
    created_at = fields.AwareDateTime(required=True)
    finished_at = fields.AwareDateTime(required=True, allow_none=True)
    sent_at = fields.AwareDateTime(required=True, allow_none=True)


class ProgressOut(Schema):
    """How far a plan in the making is: `done` of `total` of its step, `percent` of the whole."""

    step = fields.Enum(Step, by_value=True, required=True)
    done = fields.Int(required=True)
    total = fields.Int(required=True)
    percent = fields.Int(required=True)


class PlanOut(PlanLineOut):
    """A plan with its pairs, its proof and what it leaves.

    `change`: parts by urgency that an officer's changes gain or lose; null while there are none.
    """

    units = fields.List(fields.Str(), required=True)
    progress = fields.Nested(ProgressOut, required=True, allow_none=True)
    proof = fields.Str(required=True, allow_none=True)
    certificate = fields.List(fields.Nested(CertificateOut), required=True)
    bound_over = fields.Str(
        required=True,
        validate=validate.OneOf(("all", "considered")),
        metadata={"description": "`bound` đúng với mọi cặp, hay chỉ các cặp đã xét"},
    )
    combined = fields.Nested(CombinedOut, required=True, allow_none=True)
    precision = fields.Nested(PrecisionOut, required=True, allow_none=True)
    greedy = fields.Nested(GreedyOut, required=True, allow_none=True)
    unmet = fields.List(fields.Nested(UnmetOut), required=True)
    districts = fields.List(fields.Nested(DistrictOut), required=True)
    pairs = fields.List(fields.Nested(PairOut), required=True)
    gone = fields.List(fields.Nested(GonePairOut), required=True)
    failure = fields.Enum(
        Failure,
        by_value=True,
        required=True,
        allow_none=True,
        metadata={"description": "Vì sao không lập được"},
    )
    change = fields.Dict(keys=fields.Str(), values=fields.Int(), required=True, allow_none=True)
    change_km = fields.Float(required=True, allow_none=True)
    input_hash = fields.Str(required=True, allow_none=True)
    travel_cost = fields.Str(required=True, allow_none=True)


class OtherTeamOut(Schema):
    """A team that a need could get, the pairs given up for it, what that comes to."""

    team = Code(required=True)
    name = fields.Str(required=True)
    km = fields.Float(required=True)
    given_up = fields.List(fields.Nested(PairIn), required=True)
    change = fields.Dict(keys=fields.Str(), values=fields.Int(), required=True)
    change_km = fields.Float(required=True)


class OtherTeamsOut(Schema):
    """The teams that a need of the plan could get, nearest first."""

    offers = fields.List(fields.Nested(OtherTeamOut), required=True)
