"""Plans of matching that wait to be sent: of a district, of the province, of one commune."""

from sqlalchemy import Connection, text
from sqlalchemy.orm import Session

from mapservice.accounts import management, rights
from mapservice.audit import queries as audit
from mapservice.demo import queries
from mapservice.matching import planning, plans
from mapservice.matching.progress import silent
from mapservice.matching.scope import Grouping, Scope


def ask(connection: Connection, admin: str, officer: str) -> None:
    """Drafts of the accounts with these logins, asked for as their own acts.

    The officer's for the own territory; the admin's for the province, where nearly all teams go to
    needs that want one, and for a commune where several bring between them what is asked for.
    """
    with Session(connection, join_transaction_mode="rollback_only") as work:
        _keep(work, officer, [])
        _keep(work, admin, [])
        for commune in work.execute(text(queries.COMMUNES_OF_JOINT_NEEDS)):
            if planning.plan(work, Scope(units=[commune.id])).combined.served:
                _keep(work, admin, [commune.key])
                break
        work.flush()


def _keep(work: Session, login: str, units: list[str]) -> None:
    account = management.by_login(work, login)
    work.execute(audit.act_as(account.id))
    plans.keep(work, rights.actor(work, account), units, Grouping.DISTRICT, silent)
