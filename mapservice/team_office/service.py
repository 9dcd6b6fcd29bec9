"""Registering and changing a team with its leader's sealed contact: both, or nothing. Flushes."""

from collections.abc import Mapping

from sqlalchemy.orm import Session

from mapservice import errors
from mapservice.accounts.models import Organisation, UserAccount
from mapservice.accounts.rights import Action, Actor
from mapservice.disclosure import service as disclosure
from mapservice.disclosure.service import Revealed
from mapservice.teams import service as teams
from mapservice.teams.models import Team, TeamContact

CONTACT = {"leader_name": "name", "leader_phone": "phone"}  # field of the form -> sealed field


def register(session: Session, actor: Actor, values: Mapping[str, object]) -> Team:
    """A new team from the values of TeamWithContactForm."""
    own, contact = _parted(values)
    own.pop("version", None)
    team = teams.register(session, actor, **own)
    _seal(session, actor, team, contact)
    return team


def change(session: Session, actor: Actor, code: str, values: Mapping[str, object]) -> Team:
    """As `register`, for the version that was shown (Stale); what lies `beyond` the
    actor stays, unless something else is given."""
    own, contact = _parted(values)
    team = teams.find(session, actor, code, Action.REGISTER)
    fixed = beyond(session, actor, team)
    own = {name: value for name, value in own.items() if value is not None or name not in fixed}
    team = teams.change(session, actor, code, own.pop("version") or 0, **own)
    _seal(session, actor, team, contact)
    return team


def beyond(session: Session, actor: Actor, team: Team) -> dict[str, str]:
    """Which of `organisation` and `leader` the actor can choose from no list, for they lie outside
    the actor's part of the tree, and what they are called: whoever changes the rest leaves them.
    """
    found = {}
    if actor.organisations is None:
        return found
    if team.organisation_id not in actor.organisations:
        found["organisation"] = session.get_one(Organisation, team.organisation_id).name
    leader = session.get(UserAccount, team.leader_id) if team.leader_id else None
    if leader is not None and leader.organisation_id not in actor.organisations:
        found["leader"] = leader.name
    return found


def reveal(session: Session, actor: Actor, code: str, reason: str | None) -> Revealed:
    """Name and phone of the leader, recorded; Invalid while a reason is missing."""
    team = teams.find(session, actor, code, Action.SEE_PERSONS)
    if session.get(TeamContact, team.id) is None:
        raise errors.Conflict("Chưa ghi họ tên, điện thoại của đội trưởng.", code="no-contact")
    wanted = list(CONTACT.values())
    return disclosure.reveal_team_contact(session, actor.account, team.id, wanted, reason)


def _parted(values: Mapping[str, object]) -> tuple[dict[str, object], dict[str, object]]:
    own = {name: value for name, value in values.items() if name not in CONTACT}
    own.pop("contact_consent")
    contact = {sealed: values[name] for name, sealed in CONTACT.items() if values[name]}
    return own, contact


def _seal(session: Session, actor: Actor, team: Team, contact: Mapping[str, object]) -> None:
    """Seal what was given; consent was asked for by the form."""
    if not contact:
        return
    try:
        disclosure.set_team_contact(session, team, **contact)
    except errors.Invalid as refusal:
        named = {sealed: name for name, sealed in CONTACT.items()}
        fields = {named.get(field, field): said for field, said in refusal.fields.items()}
        raise errors.Invalid(refusal.detail, code=refusal.code, fields=fields) from refusal
    teams.consented(session, actor, team)
