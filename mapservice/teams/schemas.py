"""What a team looks like as JSON, and how a list of them is asked for."""

from marshmallow import Schema, ValidationError, fields, post_load, validate, validates_schema

from mapservice.rest.paging import PageQuery
from mapservice.rest.schemas import Code, UnitName
from mapservice.teams.forms import LANGUAGES, OWN_STATES, WINDOWS
from mapservice.teams.models import SuspensionReason, TeamKind, TeamState
from mapservice.teams.windows import Window


class Period(Schema):
    """Days from the first to the last; null where there is no end on that side."""

    first = fields.Str(required=True, allow_none=True, metadata={"format": "date"})
    last = fields.Str(required=True, allow_none=True, metadata={"format": "date"})


class TeamOut(Schema):
    """A team; where it sets out only when it tells so itself, who leads it never."""

    code = Code(required=True, attribute="public_code")
    name = fields.Str(required=True, metadata={"example": "Đội tình nguyện An Lạc"})
    kind = fields.Enum(TeamKind, by_value=True, required=True)
    organisation = fields.Str(required=True)
    commune = fields.Str(required=True)
    commune_name = fields.Str(required=True)
    former_commune = fields.Str(required=True, allow_none=True)
    lng = fields.Float(required=True, allow_none=True)
    lat = fields.Float(required=True, allow_none=True)
    people = fields.Int(required=True)
    skills = fields.List(fields.Str(), required=True, metadata={"example": ["teaching"]})
    languages = fields.List(fields.Str(), required=True)
    vehicles = fields.Int(required=True)
    max_concurrent = fields.Int(
        required=True, metadata={"description": "Số việc nhận cùng lúc, nhiều nhất"}
    )
    radius_km = fields.Float(required=True)
    available_during = fields.List(
        fields.Nested(Period),
        required=True,
        allow_none=True,
        metadata={"description": "Những ngày rảnh; null: lúc nào cũng được"},
    )
    state = fields.Enum(TeamState, by_value=True, required=True)
    verified = fields.Bool(required=True)
    version = fields.Int(required=True)
    created_at = fields.AwareDateTime(required=True)


class TeamQuery(PageQuery):
    """Which teams."""

    kind = fields.List(fields.Enum(TeamKind, by_value=True))
    state = fields.List(fields.Enum(TeamState, by_value=True))
    verified = fields.Bool()
    skill = fields.List(
        fields.Str(validate=validate.Length(1, 40)),
        metadata={"description": "Có tất cả kỹ năng này"},
    )
    unit = UnitName()


class PeriodIn(Schema):
    """Days from the first to the last; one left out has no end on that side."""

    first = fields.Date(load_default=None, allow_none=True)
    last = fields.Date(load_default=None, allow_none=True)

    @validates_schema
    def in_order(self, data, **_):
        if data.get("first") and data.get("last") and data["last"] < data["first"]:
            raise ValidationError("Ngày cuối ở trước ngày đầu.", "last")

    @post_load
    def window(self, data, **_):
        return Window(data["first"], data["last"])


def _whole(low: int, high: int, **options: object) -> fields.Int:
    return fields.Int(strict=True, validate=validate.Range(low, high), **options)


class OwnTeamIn(Schema):
    """What a leader keeps of the own team; without `available_during` it is always available."""

    people = _whole(1, 500, required=True)
    max_concurrent = _whole(0, 100, required=True)
    vehicles = _whole(0, 100, load_default=0)
    skills = fields.List(
        fields.Str(validate=validate.Length(1, 40)),
        load_default=list,
        validate=validate.Length(max=100),
    )
    available_during = fields.List(
        fields.Nested(PeriodIn),
        load_default=list,
        validate=validate.Length(max=WINDOWS),  # more a form would not show, and so lose
        attribute="available",
    )


class TeamIn(OwnTeamIn):
    """A team as the office keeps it. `organisation`: yours when left out; `leader`: a login;
    `lng`, `lat`: where it sets out, the middle of the commune when left out."""

    kind = fields.Enum(TeamKind, by_value=True, required=True)
    name = fields.Str(required=True, validate=validate.Length(3, 200))
    organisation = fields.Str(validate=validate.Length(1, 40))
    leader = fields.Str(allow_none=True, validate=validate.Length(1, 200))
    languages = fields.List(
        fields.Str(validate=validate.OneOf(LANGUAGES)), load_default=lambda: ["vi"]
    )
    commune = UnitName(required=True)
    lng = fields.Float(validate=validate.Range(-180, 180))
    lat = fields.Float(validate=validate.Range(-90, 90))
    base_public = fields.Bool(load_default=False)
    radius_km = fields.Float(required=True, validate=validate.Range(1, 500))


class StateIn(Schema):
    """Whether the team is ready, busy or resting."""

    state = fields.Enum(
        TeamState, by_value=True, required=True, validate=validate.OneOf(OWN_STATES)
    )


class SuspensionIn(Schema):
    """Why a team is suspended."""

    reason = fields.Enum(SuspensionReason, by_value=True, required=True)
