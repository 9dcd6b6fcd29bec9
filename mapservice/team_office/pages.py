"""What the office's pages of a team show."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from mapservice import forms
from mapservice.accounts.models import Organisation, UserAccount
from mapservice.accounts.rights import Action, Actor
from mapservice.conflicts import Asked
from mapservice.forms import Filled
from mapservice.matching.pages import GROUPS
from mapservice.team_office import queries
from mapservice.teams import comparing, windows
from mapservice.teams import queries as team_queries
from mapservice.teams import service as teams
from mapservice.teams.comparing import Compared
from mapservice.teams.forms import LANGUAGES, OWN_STATES, own_values
from mapservice.teams.models import Team, TeamContact
from mapservice.territory.models import AdminUnit

SHOWN = 50  # assignments on a team's page
DEFAULTS = {
    "people": 10,
    "max_concurrent": 1,
    "vehicles": 0,
    "languages": ["vi"],
    "radius_km": 20,
    "state": "ready",
}


def choices(session: Session, actor: Actor) -> dict[str, object]:
    """What the form offers to choose from, within the actor's reach."""
    territory = None if actor.territory is None else sorted(actor.territory)
    communes: dict[str, list[tuple[str, str]]] = {}
    found = session.execute(text(team_queries.COMMUNES), {"territory": territory})
    for row in found.mappings():
        group = f"{row['district']} (trước 1/7/2025)" if row["district"] else "Hiện nay"
        communes.setdefault(group, []).append((row["key"], row["name"]))
    organisations = session.scalars(team_queries.organisations(actor.organisations))
    leaders = session.scalars(team_queries.leaders(actor.organisations))
    return {
        "communes": communes,
        "organisations": [(one.code, one.name) for one in organisations],
        "leaders": [(one.login, f"{one.name} ({one.login})") for one in leaders],
        "skills": list(teams.skill_names(session).items()),
        "languages": list(LANGUAGES.items()),
        "states": OWN_STATES,
    }


def blank(actor: Actor) -> Filled:
    return forms.shown(DEFAULTS | {"organisation": actor.organisation.code})


def filled(session: Session, team: Team) -> Filled:
    """The form as the team is now. What is sealed of its leader stays sealed."""
    organisation = session.get_one(Organisation, team.organisation_id)
    leader = session.get(UserAccount, team.leader_id) if team.leader_id else None
    lng, lat = session.execute(team_queries.coordinates(team.id)).one()
    values = {
        "version": team.version,
        "kind": team.kind,
        "name": team.name,
        "organisation": organisation.code,
        "leader": leader.login if leader else None,
        "commune": commune_key(session, team),
        "position": f"{lat:.5f}, {lng:.5f}",
        "base_public": "true" if team.base_public else None,
        "radius_km": f"{team.radius_km:g}".replace(".", ","),
        "state": team.state,
    }
    return forms.shown(values | own_values(team) | {"languages": team.languages})


def commune_key(session: Session, team: Team) -> str:
    """The commune as the form names it: the former one where it is known."""
    return session.scalar(team_queries.unit_key(team.former_commune_id or team.commune_id))


def show(session: Session, actor: Actor, team: Team) -> dict[str, object]:
    """A team's page: the team in words, and what it does."""
    commune = session.get_one(AdminUnit, team.commune_id)
    former = session.get(AdminUnit, team.former_commune_id) if team.former_commune_id else None
    leader = session.get(UserAccount, team.leader_id) if team.leader_id else None
    return {
        "team": team,
        "organisation": session.get_one(Organisation, team.organisation_id),
        "leader": leader,
        "has_contact": session.get(TeamContact, team.id) is not None,
        "commune": commune,
        "former": former if former and former.name != commune.name else None,
        "windows": windows.read(team.available_during),
        "skill_names": teams.skill_names(session),
        "language_names": LANGUAGES,
        "verifier": session.get(UserAccount, team.verified_by) if team.verified_by else None,
        "assignments": assignments(session, actor, team.id),
        "may_verify": actor.may(Action.VERIFY_TEAMS),
        "may_change": actor.may(Action.REGISTER),
        "sees_plans": actor.may(Action.SEE_PLANS),
        "may_invite": actor.may(Action.MANAGE_ACCOUNTS),
    }


def assignments(session: Session, actor: Actor, team_id: UUID) -> Sequence[Mapping]:
    """The team's assignments, open ones first; of a person's need group and commune at most, and
    nothing at all for whoever may not know of people."""
    territory = None if actor.territory is None else sorted(actor.territory)
    values = {"team": team_id, "territory": territory, "most": SHOWN}
    rows = session.execute(text(queries.TEAMS_ASSIGNMENTS), values).mappings()
    people = actor.may(Action.SEE_PERSONS)
    return [_line(row) for row in rows if people or not row["protected"]]


def _line(row: Mapping) -> dict[str, object]:
    title = row["title"]
    if row["protected"]:
        title = GROUPS[row["person_kind"]] if row["covered"] else "Người dân ở địa bàn khác"
    return dict(row) | {"title": title}


def compared(session: Session, actor: Actor, team: Team, asked: Asked, form: Filled) -> Compared:
    """Both versions of a team: as the form has it, and as it is now."""
    offered = choices(session, actor)
    communes = {key: name for group in offered["communes"].values() for key, name in group}
    names = comparing.names(session) | {
        "organisation": dict(offered["organisations"]),
        "leader": dict(offered["leaders"]),
        "commune": communes,
    }
    return comparing.compare(session, team, asked, form, filled(session, team), names)
