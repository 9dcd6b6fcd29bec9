"""The forms of a team: the office's whole one, the leader's part of it."""

import re

from marshmallow import (
    Schema,
    ValidationError,
    fields,
    post_load,
    pre_load,
    validate,
    validates_schema,
)

from mapservice.teams import windows
from mapservice.teams.models import SuspensionReason, Team, TeamKind, TeamState
from mapservice.teams.windows import Window

WINDOWS = 4  # windows of availability that a form offers
RELOAD = "Tải lại trang rồi thử lại."
LANGUAGES = {
    "vi": "Tiếng Việt",
    "tyz": "Tiếng Tày",
    "nut": "Tiếng Nùng",
    "ium": "Tiếng Dao",
    "en": "Tiếng Anh",
}
OWN_STATES = (TeamState.READY, TeamState.BUSY, TeamState.RESTING)
POSITION = re.compile(r"\s*(-?\d{1,2}\.\d+)\s*[,;\s]\s*(-?\d{1,3}\.\d+)\s*")  # lat, lng
RADIUS = "Cần số ki-lô-mét từ 1 đến 500."
MISSING = {"required": "Cần ghi mục này."}


def whole(low: int, high: int, **options: object) -> fields.Integer:
    """A whole number of a form, from `low` to `high`."""
    wrong = f"Cần một số nguyên từ {low} đến {high}."
    return fields.Integer(
        validate=validate.Range(low, high, error=wrong),
        error_messages={"invalid": wrong, **MISSING},
        **options,
    )


def day() -> fields.Date:
    return fields.Date(load_default=None, error_messages={"invalid": "Ngày chưa đúng."})


def chosen(values: object) -> fields.List:
    """Any of `values`; none is chosen where the form says nothing."""
    one = fields.String(validate=validate.OneOf(values, error="Hãy chọn trong danh sách."))
    return fields.List(one, load_default=list)


class Available(Schema):
    """Windows of availability: `from_1`, `until_1` … (first and last day); none means always."""

    @post_load
    def gather(self, data, **_):
        days = [(data.pop(f"from_{n}"), data.pop(f"until_{n}")) for n in range(1, WINDOWS + 1)]
        return data | {"available": [Window(*pair) for pair in days if any(pair)]}

    @validates_schema
    def check_order(self, data, **_):
        for number in range(1, WINDOWS + 1):
            first, last = data.get(f"from_{number}"), data.get(f"until_{number}")
            if first and last and last < first:
                raise ValidationError("Ngày cuối ở trước ngày đầu.", f"until_{number}")


DAYS = {f"{end}_{n}": day() for n in range(1, WINDOWS + 1) for end in ("from", "until")}
Windows = Available.from_dict(DAYS, name="Windows")


class OwnTeamForm(Windows):
    """What a leader keeps; `version` is the one that was shown."""

    version = whole(1, 10**9, required=True)
    people = whole(1, 500, required=True)
    max_concurrent = whole(0, 100, required=True)
    vehicles = whole(0, 100, load_default=0)
    skills = fields.List(fields.String(validate=validate.Length(max=40)), load_default=list)


class StateForm(Schema):
    state = fields.Enum(
        TeamState,
        by_value=True,
        required=True,
        validate=validate.OneOf(OWN_STATES),
        error_messages={"unknown": "Hãy chọn trong danh sách.", **MISSING},
    )


class TeamForm(OwnTeamForm):
    """A team as the office keeps it; a new one has no `version`. Without an `organisation` it is
    the one of who registers, and stays what it is."""

    version = whole(1, 10**9, load_default=None)
    kind = fields.Enum(
        TeamKind,
        by_value=True,
        required=True,
        error_messages={"unknown": "Hãy chọn trong danh sách.", **MISSING},
    )
    name = fields.String(
        required=True,
        validate=validate.Length(3, 200, error="Tên đội có từ 3 đến 200 ký tự."),
        error_messages=MISSING,
    )
    organisation = fields.String(load_default=None)
    leader = fields.String(load_default=None)
    languages = chosen(LANGUAGES)
    commune = fields.String(required=True, error_messages=MISSING)
    position = fields.String(load_default=None)
    base_public = fields.Boolean(load_default=False)
    radius_km = fields.Decimal(
        places=1,
        required=True,
        validate=validate.Range(1, 500, error=RADIUS),
        error_messages={"invalid": RADIUS, **MISSING},
    )
    state = fields.Enum(
        TeamState,
        by_value=True,
        validate=validate.OneOf(OWN_STATES),
        error_messages={"unknown": "Hãy chọn trong danh sách."},
    )

    @pre_load
    def read_comma(self, data, **_):
        return dict(data) | {
            name: data[name].replace(",", ".") for name in ("radius_km",) if name in data
        }

    @post_load
    def read_position(self, data, **_):
        """Coordinates as (lng, lat); without any the base is the middle of the commune."""
        if data["position"] is not None:
            found = POSITION.fullmatch(data["position"])
            if found is None:
                raise ValidationError("Viết như 21.3282, 106.9693.", "position")
            data["position"] = float(found[2]), float(found[1])
        return data


class StepForm(Schema):
    """`version`: of the team that was seen when the button was pressed."""

    version = fields.Integer(
        load_default=None,
        validate=validate.Range(1, 2**31 - 1, error=RELOAD),
        error_messages={"invalid": RELOAD},
    )


class SuspendForm(StepForm):
    reason = fields.Enum(
        SuspensionReason,
        by_value=True,
        required=True,
        error_messages={"unknown": "Hãy chọn trong danh sách.", "required": "Hãy chọn lý do."},
    )


def own_values(team: Team) -> dict[str, object]:
    """The leader's part of a form."""
    values: dict[str, object] = {
        "version": team.version,
        "people": team.people,
        "max_concurrent": team.max_concurrent,
        "vehicles": team.vehicles,
        "skills": team.skills,
    }
    for number, window in enumerate(windows.read(team.available_during), start=1):
        values |= {f"from_{number}": window.first, f"until_{number}": window.last}
    return values
