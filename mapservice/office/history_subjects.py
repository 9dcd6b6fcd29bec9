"""Of which records there are histories, who may read them, and what belongs to each."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import RowMapping, TextClause
from sqlalchemy.orm import Session

from mapservice.accounts import invitations, management, organisations
from mapservice.accounts.rights import Action, Actor
from mapservice.addresses import service as addresses
from mapservice.embed import service as embed
from mapservice.imports import service as imports
from mapservice.inbox import reading as letters
from mapservice.inbox.models import Offer, Suggestion
from mapservice.matching import plans, reading
from mapservice.matching.pages import GROUPS
from mapservice.office import history_queries as queries
from mapservice.office.history_words import RECORDS
from mapservice.teams import service as teams

Record = RowMapping | Mapping[str, object]


@dataclass(frozen=True)
class Subject:
    """A kind of record: its page at `path` (with one argument), the `section` of the menu.

    `read` finds one by that argument for an actor (NotFound, `id` of the record); `records` is the
    statement of what belongs to it, `name` what it is called above its history.
    """

    path: str
    section: str
    action: Action
    read: Callable[[Session, Actor, str | UUID], Record]
    records: TextClause
    name: Callable[[Record], str]

    def page(self, key: str | UUID) -> str:
        """The address of a record's page."""
        return f"{self.path.partition('<')[0]}{key}"


def _letter(model: type) -> Callable[[Session, Actor, str | UUID], Record]:
    return lambda session, actor, code: letters.read(session, actor, model, str(code))


def _account(session: Session, actor: Actor, key: str | UUID) -> Record:
    found = management.seen(session, actor, key)
    return {"id": found.id, "name": found.name}


def _invitation(session: Session, actor: Actor, key: str | UUID) -> Record:
    found = invitations.seen(session, actor, key)
    return {"id": found.id, "name": f"{RECORDS['invitation']} {found.login}"}


def _organisation(session: Session, _actor: Actor, key: str | UUID) -> Record:
    found = organisations.found(session, key)
    return {"id": found.id, "name": found.name}


def _plan(session: Session, actor: Actor, key: str | UUID) -> Record:
    return {"id": plans.find(session, actor, key).id}


def _import(session: Session, actor: Actor, key: str | UUID) -> Record:
    found = imports.find(session, actor, key, own=False)
    return {"id": found.id, "name": found.file_name}


def _site(session: Session, _actor: Actor, key: str | UUID) -> Record:
    found = embed.found(session, key)
    return {"id": found.id, "name": found.origin}


def _coded(table: str) -> Callable[[Record], str]:
    return lambda record: f"{RECORDS[table]} {record['public_code']}"


def _only(table: str) -> Callable[[Record], str]:
    return lambda _record: RECORDS[table]


def _named(record: Record) -> str:
    return str(record["name"])


def _title(record: Record) -> str:
    return str(record["title"] or GROUPS[record["person_kind"]])


OF_ADDRESS = Subject(
    "/manage/addresses/<code>", "addresses", Action.SEE_RECORDS,
    addresses.read, queries.OF_ADDRESS, _title,
)  # fmt: skip
OF_TEAM = Subject(
    "/manage/teams/<code>", "teams", Action.SEE_RECORDS, teams.read, queries.OF_TEAM, _named
)
OF_ASSIGNMENT = Subject(
    "/manage/assignments/<uuid:assignment>", "assignments", Action.SEE_RECORDS,
    reading.read, queries.OF_ASSIGNMENT, _only("assignment"),
)  # fmt: skip
OF_OFFER = Subject(
    "/manage/inbox/offers/<code>", "inbox", Action.MODERATE,
    _letter(Offer), queries.ITSELF, _coded("offer"),
)  # fmt: skip
OF_SUGGESTION = Subject(
    "/manage/inbox/suggestions/<code>", "inbox", Action.MODERATE,
    _letter(Suggestion), queries.ITSELF, _coded("suggestion"),
)  # fmt: skip
OF_ACCOUNT = Subject(
    "/manage/users/<uuid:account>", "users", Action.MANAGE_ACCOUNTS,
    _account, queries.OF_ACCOUNT, _named,
)  # fmt: skip
OF_INVITATION = Subject(
    "/manage/users/invitations/<uuid:invitation>", "users", Action.MANAGE_ACCOUNTS,
    _invitation, queries.ITSELF, _named,
)  # fmt: skip
OF_ORGANISATION = Subject(
    "/manage/organisations/<uuid:organisation>", "users", Action.MANAGE_ORGANISATIONS,
    _organisation, queries.ITSELF, _named,
)  # fmt: skip
OF_PLAN = Subject(
    "/manage/plans/<uuid:plan>", "matching", Action.SEE_PLANS,
    _plan, queries.ITSELF, _only("plan"),
)  # fmt: skip
OF_IMPORT = Subject(
    "/manage/imports/<uuid:batch>", "imports", Action.IMPORT,
    _import, queries.ITSELF, _named,
)  # fmt: skip
OF_SITE = Subject(
    "/manage/embeds/<uuid:site>", "embeds", Action.MANAGE_EMBEDS,
    _site, queries.ITSELF, _named,
)  # fmt: skip

ALL = (
    OF_ADDRESS,
    OF_TEAM,
    OF_ASSIGNMENT,
    OF_OFFER,
    OF_SUGGESTION,
    OF_ACCOUNT,
    OF_INVITATION,
    OF_ORGANISATION,
    OF_PLAN,
    OF_IMPORT,
    OF_SITE,
)
