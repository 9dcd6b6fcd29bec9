"""Keeping teams as JSON: what an office writes down and decides, and a leader's part of it."""

from mapservice.accounts import gate
from mapservice.accounts.rights import Action
from mapservice.errors import Invalid
from mapservice.matching import service as matching
from mapservice.rest import versions
from mapservice.rest.operations import Blueprint
from mapservice.rest.paging import Listing
from mapservice.rest.schemas import loose
from mapservice.teams import queries
from mapservice.teams import service as teams
from mapservice.teams.models import Team
from mapservice.teams.schemas import OwnTeamIn, StateIn, SuspensionIn, TeamIn, TeamOut

bp = Blueprint("team_office_api", __name__, tag="Đội hình")
TeamChange = loose("TeamChange", TeamIn)
OwnTeamChange = loose("OwnTeamChange", OwnTeamIn)
TEAM = {
    "kind": "volunteer",
    "name": "Đội tình nguyện xã An Lạc",
    "commune": "07645@2022",
    "people": 12,
    "max_concurrent": 2,
    "radius_km": 25,
    "skills": ["teaching"],
    "available_during": [{"first": "2026-06-01", "last": "2026-08-31"}],
}


def _team(session, code):
    return teams.read(session, gate.actor(), code)


def _placed(values: dict) -> dict:
    """The values as the service takes them: `lng` and `lat` as one position in a commune."""
    spot = [values.pop(name, None) for name in ("lng", "lat")]
    if spot == [None, None]:
        return values
    if None in spot or "commune" not in values:
        sentence = "Tọa độ cần cả lng, lat và xã (commune)."
        raise Invalid(sentence, code="position", fields={"lng": [sentence]})
    return values | {"position": tuple(spot)}


@bp.creates(
    "/teams",
    Action.REGISTER,
    TeamIn,
    TeamOut,
    show=_team,
    at="/teams",
    words="Đăng ký một đội hình",
    example=TEAM,
    follow=("read_team", "change_team", "verify_team"),
)
def create_team(session, values):
    """A team, not yet verified. Who leads it is told in the office, where consent is asked for."""
    return teams.register(session, gate.actor(), **_placed(values)).public_code


@bp.changes(
    "/teams/<code>",
    Action.REGISTER,
    TeamChange,
    TeamOut,
    words="Sửa một đội hình",
    example={"people": 15},
)
def change_team(session, values, seen, code):
    """Change what is given of a team. A commune given without `lng`, `lat` moves its base there."""
    teams.change(session, gate.actor(), code, seen, **_placed(values))
    return _team(session, code)


def _act(act):
    """A view of an officer's act on a team."""

    def view(session, values, seen, code):
        actor = gate.actor()
        act(session, actor, code, seen, **values)
        return _team(session, code)

    return view


@bp.steps("/teams/<code>/verify", Action.VERIFY_TEAMS, TeamOut, words="Xác minh đội")
def verify_team(session, values, seen, code):
    """Answer for the team as it is now."""
    return _act(teams.verify)(session, values, seen, code)


@bp.steps("/teams/<code>/unverify", Action.VERIFY_TEAMS, TeamOut, words="Rút xác minh đội")
def unverify_team(session, values, seen, code):
    """Take the verification back: nothing new is proposed to the team."""
    return _act(teams.unverify)(session, values, seen, code)


@bp.steps(
    "/teams/<code>/suspend",
    Action.VERIFY_TEAMS,
    TeamOut,
    given=SuspensionIn,
    words="Ngừng hoạt động của đội",
    example={"reason": "inactive"},
)
def suspend_team(session, values, seen, code):
    """End the team's work for a reason; what it had taken is free for others."""
    return _act(matching.suspend)(session, values, seen, code)


@bp.steps("/teams/<code>/resume", Action.VERIFY_TEAMS, TeamOut, words="Cho đội hoạt động trở lại")
def resume_team(session, values, seen, code):
    """End a suspension; the team rests until its leader says that it is ready."""
    return _act(teams.resume)(session, values, seen, code)


@bp.lists("/me/teams", Action.KEEP_OWN_TEAM, TeamOut, words="Các đội tôi phụ trách")
def list_own_teams(_session, _filters):
    """The teams you lead."""
    return Listing(queries.listed_of_leader(gate.actor().id), Team.public_code)


@bp.reads("/me/teams/<code>", Action.KEEP_OWN_TEAM, TeamOut, words="Một đội tôi phụ trách")
def read_own_team(session, code):
    """A team you lead."""
    return teams.read_own(session, gate.actor(), code)


@bp.changes(
    "/me/teams/<code>",
    Action.KEEP_OWN_TEAM,
    OwnTeamChange,
    TeamOut,
    words="Sửa đội tôi phụ trách",
    example={"people": 14, "skills": ["teaching", "media"]},
)
def change_own_team(session, values, seen, code):
    """Change what is given of a team you lead."""
    teams.keep(session, gate.actor(), code, seen, **values)
    return teams.read_own(session, gate.actor(), code)


@bp.steps(
    "/me/teams/<code>/state",
    Action.KEEP_OWN_TEAM,
    TeamOut,
    given=StateIn,
    words="Đội sẵn sàng, bận hay nghỉ",
    example={"state": "resting"},
)
def set_own_team_state(session, values, seen, code):
    """Say whether the team is ready, busy or resting."""
    actor = gate.actor()
    versions.match(teams.own(session, actor, code, lock=True).version, seen)
    teams.set_state(session, actor, code, values["state"])
    return teams.read_own(session, actor, code)
