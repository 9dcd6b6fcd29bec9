"""Who may do what: role x action x territory, decided here and nowhere else."""

from collections.abc import Collection
from enum import StrEnum
from uuid import UUID

from sqlalchemy.orm import Session

from mapservice.accounts import queries
from mapservice.accounts.models import Role, UserAccount
from mapservice.errors import Forbidden


class Action(StrEnum):
    """What a signed-in person may want to do."""

    SEE_PLANS = "see_plans"
    COMMIT_PLANS = "commit_plans"
    ANSWER_PROPOSALS = "answer_proposals"


ALLOWED: dict[Action, frozenset[Role]] = {
    Action.SEE_PLANS: frozenset({Role.OFFICER, Role.ADMIN, Role.REGISTRAR, Role.VIEWER}),
    Action.COMMIT_PLANS: frozenset({Role.OFFICER, Role.ADMIN}),
    Action.ANSWER_PROPOSALS: frozenset({Role.TEAM_LEADER}),
}


def require(user: UserAccount, action: Action) -> None:
    """Raise Forbidden unless the account's role may do `action` at all."""
    if user.role not in ALLOWED[action]:
        raise Forbidden("Tài khoản này không có quyền làm việc đó.")


def territory(session: Session, organisation_id: UUID) -> frozenset[int]:
    """Unit ids of an organisation's territory; records inside hold one of them in `unit_ids`."""
    return frozenset(session.scalars(queries.territory(organisation_id)))


def covers(user: UserAccount, territory_ids: Collection[int], unit_ids: Collection[int]) -> bool:
    """Whether a record with these `unit_ids` lies in the account's territory.

    An admin acts in the whole province.
    """
    return user.role is Role.ADMIN or not set(territory_ids).isdisjoint(unit_ids)
