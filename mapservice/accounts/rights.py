"""Who may do what to which record: role x territory x action, decided here and nowhere else.

`ALLOWED` is the table, `decide` the rule. A route names its action (`gate.may`), which refuses the
role before the view runs; a service asks `permit` once it knows where the record lies. What else
a record's state forbids is its service's rule; what may be seen of a person is `decision`'s.
"""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import NoReturn
from uuid import UUID

from sqlalchemy.orm import Session

from mapservice.accounts import queries
from mapservice.accounts.models import (
    Organisation,
    OrganisationLevel,
    Role,
    SessionKind,
    UserAccount,
)
from mapservice.audit import service as audit
from mapservice.errors import Forbidden, NotFound


class Action(StrEnum):
    """What a signed-in person may want to do; every route of the office names one."""

    KEEP_OWN_ACCOUNT = "keep_own_account"
    KEEP_SECOND_FACTOR = "keep_second_factor"  # of the own account
    SEE_RECORDS = "see_records"  # addresses, needs, teams, assignments: nothing of a person
    REGISTER = "register"  # begin, change and submit addresses, needs, teams
    IMPORT = "import"  # lists of what REGISTER writes one by one
    REVIEW = "review"  # return, verify, publish, re-assure, withdraw, reject, merge
    SEE_PERSONS = "see_persons"  # open a person's record; what is shown: `decision`
    VERIFY_TEAMS = "verify_teams"
    CONFIRM_RESULTS = "confirm_results"
    SEE_PLANS = "see_plans"
    COMMIT_PLANS = "commit_plans"
    KEEP_PLANS = "keep_plans"  # ask for stored plans, change them, give them up
    SEE_PHOTOS = "see_photos"  # team leaders: of where their own teams go
    KEEP_PHOTOS = "keep_photos"  # team leaders: of their own reports
    MODERATE = "moderate"  # offers and suggestions of the public
    KEEP_OWN_TEAM = "keep_own_team"
    ANSWER_PROPOSALS = "answer_proposals"
    MANAGE_ACCOUNTS = "manage_accounts"
    MANAGE_ORGANISATIONS = "manage_organisations"
    MANAGE_EMBEDS = "manage_embeds"  # which sites may show the map in a frame
    SEE_SYSTEM = "see_system"  # jobs set aside, mail that could not be sent


OFFICE = frozenset({Role.REGISTRAR, Role.OFFICER, Role.ADMIN})
DECIDING = frozenset({Role.OFFICER, Role.ADMIN})

ALLOWED: dict[Action, frozenset[Role]] = {
    Action.KEEP_OWN_ACCOUNT: frozenset(Role),
    Action.KEEP_SECOND_FACTOR: frozenset(Role),
    Action.SEE_RECORDS: OFFICE | {Role.VIEWER},
    Action.REGISTER: OFFICE,
    Action.IMPORT: OFFICE,
    Action.REVIEW: DECIDING,
    Action.SEE_PERSONS: OFFICE,
    Action.VERIFY_TEAMS: DECIDING,
    Action.CONFIRM_RESULTS: DECIDING,
    Action.SEE_PLANS: OFFICE,  # made of persons' needs too, which a viewer may not even count
    Action.COMMIT_PLANS: DECIDING,
    Action.KEEP_PLANS: DECIDING,
    Action.SEE_PHOTOS: OFFICE | {Role.VIEWER, Role.TEAM_LEADER},
    Action.KEEP_PHOTOS: OFFICE | {Role.TEAM_LEADER},
    Action.MODERATE: DECIDING,
    Action.KEEP_OWN_TEAM: frozenset({Role.TEAM_LEADER}),
    Action.ANSWER_PROPOSALS: frozenset({Role.TEAM_LEADER}),
    Action.MANAGE_ACCOUNTS: DECIDING,
    Action.MANAGE_ORGANISATIONS: frozenset({Role.ADMIN}),
    Action.MANAGE_EMBEDS: frozenset({Role.ADMIN}),
    Action.SEE_SYSTEM: frozenset({Role.ADMIN}),
}

# What a session of this kind may at most, whatever the role.
WITHIN: dict[SessionKind, frozenset[Action]] = {
    SessionKind.OFFICE: frozenset(Action),
    SessionKind.DEVICE: frozenset(
        {
            Action.KEEP_OWN_ACCOUNT,
            Action.KEEP_SECOND_FACTOR,
            Action.KEEP_OWN_TEAM,
            Action.ANSWER_PROPOSALS,
            Action.SEE_PHOTOS,
            Action.KEEP_PHOTOS,
        }
    ),
    SessionKind.ENROLMENT: frozenset({Action.KEEP_SECOND_FACTOR}),
}


# Which roles an account may give and look after, in its own organisation and those below.
GRANTS: dict[Role, frozenset[Role]] = {
    Role.ADMIN: frozenset(Role),
    Role.OFFICER: frozenset({Role.REGISTRAR, Role.TEAM_LEADER, Role.VIEWER}),
}


class Verdict(StrEnum):
    """`absent`: for this account the record does not exist."""

    ALLOWED, FORBIDDEN, ABSENT = "allowed", "forbidden", "absent"


@dataclass(frozen=True, slots=True)
class Actor:
    """A signed-in account with what it reaches at this moment.

    `territory`: ids of admin units of either era, None for everywhere (an admin); a record lies
    inside when its `unit_ids` hold one of them. `organisations`: its own and those below it, None
    for all.
    """

    account: UserAccount
    organisation: Organisation
    territory: frozenset[int] | None
    organisations: frozenset[UUID] | None

    @property
    def id(self) -> UUID:
        return self.account.id

    @property
    def role(self) -> Role:
        return self.account.role

    @property
    def level(self) -> OrganisationLevel:
        return self.organisation.level

    def may(self, action: Action) -> bool:
        """Whether the role may do `action` at all, somewhere."""
        return self.account.active and self.role in ALLOWED[action]

    def covers(self, unit_ids: Collection[int]) -> bool:
        """Whether a record with these units lies in the territory."""
        return self.territory is None or not self.territory.isdisjoint(unit_ids)


def actor(session: Session, account: UserAccount) -> Actor:
    """The account with its reach, read now: what was revoked a moment ago is gone."""
    organisation = session.get_one(Organisation, account.organisation_id)
    if account.role is Role.ADMIN:
        return Actor(account, organisation, None, None)
    below = frozenset(session.scalars(queries.organisations_below(organisation.id)))
    return Actor(account, organisation, territory(session, organisation.id), below)


def decide(actor: Actor, action: Action, unit_ids: Collection[int] | None) -> Verdict:
    """The rule: the role first (its answer must not depend on the record), then the place.

    `unit_ids` are the units that hold the record, None where there is no such record.
    """
    if not actor.may(action):
        return Verdict.FORBIDDEN
    if unit_ids is None or not actor.covers(unit_ids):
        return Verdict.ABSENT
    return Verdict.ALLOWED


def require(actor: Actor, action: Action) -> None:
    """Raise Forbidden unless the actor's role may do `action` at all."""
    if not actor.may(action):
        raise Forbidden("Tài khoản này không có quyền làm việc đó.")


def permit(
    session: Session,
    actor: Actor,
    action: Action,
    unit_ids: Collection[int] | None,
    *,
    table: str,
    record_id: UUID | None,
    sentence: str = "Không có hồ sơ này.",
) -> None:
    """Raise Forbidden for the role, NotFound (`sentence`) for a record elsewhere or unknown.

    Both kinds of NotFound read alike; reaching for a record of elsewhere leaves an audit row.
    """
    verdict = decide(actor, action, unit_ids)
    if verdict is Verdict.FORBIDDEN:
        require(actor, action)
    if verdict is Verdict.ABSENT:
        reached = None if unit_ids is None else record_id
        refuse(session, actor.id, action, table=table, record_id=reached, sentence=sentence)


def permit_organisation(
    session: Session,
    actor: Actor,
    action: Action,
    organisation_id: UUID | None,
    *,
    table: str,
    record_id: UUID | None,
    sentence: str = "Không có hồ sơ này.",
) -> None:
    """As `permit`, for what belongs to an organisation rather than to a place."""
    require(actor, action)
    everywhere = actor.organisations is None
    if organisation_id is None or not (everywhere or organisation_id in actor.organisations):
        reached = None if organisation_id is None else record_id
        refuse(session, actor.id, action, table=table, record_id=reached, sentence=sentence)


def refuse(
    session: Session,
    account_id: UUID,
    action: Action,
    *,
    table: str,
    record_id: UUID | None,
    sentence: str = "Không có hồ sơ này.",
) -> NoReturn:
    """Raise NotFound for a record that does not exist for this account.

    `record_id`: the one that it reached for although it is there, which leaves an audit row; None
    where there is none. Both read alike.
    """
    if record_id is not None:
        audit.record_apart(
            session,
            "refused_elsewhere",
            actor_id=account_id,
            table_name=table,
            record_id=record_id,
            detail={"action": action},
        )
    raise NotFound(sentence)


def grantable(actor: Actor) -> frozenset[Role]:
    """The roles this actor may give, take away and look after."""
    return GRANTS.get(actor.role, frozenset()) if actor.account.active else frozenset()


def permit_grant(session: Session, actor: Actor, role: Role, organisation_id: UUID | None) -> None:
    """Raise unless the actor may make somebody this, there: Forbidden, NotFound (elsewhere)."""
    permit_organisation(
        session,
        actor,
        Action.MANAGE_ACCOUNTS,
        organisation_id,
        table="organisation",
        record_id=organisation_id,
        sentence="Không có tổ chức này.",
    )
    if role not in grantable(actor):
        raise Forbidden("Tài khoản này không được giao vai trò đó.", code="role-too-high")


def territory(session: Session, organisation_id: UUID) -> frozenset[int]:
    """Unit ids of an organisation's territory; records inside hold one of them in `unit_ids`."""
    return frozenset(session.scalars(queries.territory(organisation_id)))


def covers(user: UserAccount, territory_ids: Collection[int], unit_ids: Collection[int]) -> bool:
    """Whether a record with these `unit_ids` lies in the account's territory.

    An admin acts in the whole province.
    """
    return user.role is Role.ADMIN or not set(territory_ids).isdisjoint(unit_ids)
