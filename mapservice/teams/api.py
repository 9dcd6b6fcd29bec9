"""Teams as JSON: lists and single ones."""

from mapservice.accounts import gate
from mapservice.accounts.rights import Action
from mapservice.rest.operations import Blueprint
from mapservice.rest.paging import Listing
from mapservice.teams import service
from mapservice.teams.models import Team
from mapservice.teams.schemas import TeamOut, TeamQuery

bp = Blueprint("teams_api", __name__, tag="Đội hình")


@bp.lists("/teams", Action.SEE_RECORDS, TeamOut, TeamQuery, words="Danh sách đội hình")
def list_teams(session, filters):
    """The teams of your territory."""
    return Listing(service.listed(session, gate.actor(), filters), Team.public_code)


@bp.reads("/teams/<code>", Action.SEE_RECORDS, TeamOut, words="Một đội hình")
def read_team(session, code):
    """One team of your territory."""
    return service.read(session, gate.actor(), code)
