"""Showing private data: decide, count, record, and only then decrypt.

Whoever calls must commit before showing what came back (`web.transaction` does): the row that
says who saw what stands in the same transaction. Refusals are recorded too, in one of their own.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy.orm import Session

from mapservice.accounts import rights
from mapservice.accounts import service as accounts
from mapservice.accounts.models import Role, UserAccount
from mapservice.audit import queries as audit_queries
from mapservice.audit import service as audit
from mapservice.decision import (
    VIETNAM,
    Decision,
    Facts,
    Held,
    Stage,
    decide,
    stage,
    stated,
)
from mapservice.disclosure import entry, keys, queries
from mapservice.disclosure.entry import Field
from mapservice.disclosure.together import (
    change_many,
    register_many,
    remove_place_contacts,
    set_place_contacts,
)
from mapservice.disclosure.vault import (
    OFFERS,
    PERSONS,
    PLACES,
    SUGGESTIONS,
    TEAMS,
    Row,
    Vault,
    change_private,
    has_place_contact,
    register_private,
    remove_place_contact,
    sealed_place_contact,
    set_place_contact,
    set_team_contact,
)
from mapservice.errors import DomainError, Forbidden, Invalid, NotFound

__all__ = [
    "Revealed",
    "change_many",
    "change_private",
    "has_place_contact",
    "register_many",
    "register_private",
    "remove_place_contact",
    "remove_place_contacts",
    "reveal",
    "reveal_place_contact",
    "reveal_sender",
    "reveal_team_contact",
    "sealed_place_contact",
    "set_place_contact",
    "set_place_contacts",
    "set_team_contact",
]

# Different records whose private data one account is shown in a day (Vietnam time): generous for
# the work, far below what copying a district would take.
DAILY = {Role.TEAM_LEADER: 20, Role.REGISTRAR: 200, Role.OFFICER: 300, Role.ADMIN: 100}
TEAM_FIELDS = {
    PERSONS.table: frozenset({Field.NAME, Field.PHONE, Field.DOOR, Field.HAMLET}),
    PLACES.table: PLACES.fields,
    TEAMS.table: TEAMS.fields,
    OFFERS.table: frozenset(),
    SUGGESTIONS.table: frozenset(),
}


@dataclass(frozen=True, slots=True)
class Revealed:
    """What a viewer was shown; `values` stay out of repr and so out of logs.

    `group` and `commune` (name, code) are a person's clear columns, None for contacts.
    """

    record_id: UUID
    group: str | None
    commune: tuple[str, str] | None
    values: Mapping[Field, object] = field(repr=False)


@dataclass(frozen=True, slots=True)
class _Found:
    """What the rule needs to know of a record, and its sealed row."""

    row: Row
    unit_ids: Collection[int]
    group: str | None = None
    commune: tuple[str, str] | None = None
    shared: bool = True
    open: bool = False


def reveal(
    session: Session,
    viewer: UserAccount,
    address_id: UUID,
    fields: Collection[str] = (),
    reason: str | None = None,
) -> Revealed:
    """Show these fields of a person; without fields the outline (group, commune).

    Raises NotFound for an id that is unknown or not this viewer's, in the same words; Forbidden
    for accounts and fields that are never shown, or when the day's quota is used up; Invalid when
    a reason is asked for.
    """
    return _disclose(session, viewer, address_id, fields, reason, PERSONS, _person)


def reveal_place_contact(
    session: Session,
    viewer: UserAccount,
    address_id: UUID,
    fields: Collection[str] = (),
    reason: str | None = None,
) -> Revealed:
    """As `reveal`, for who answers for a place; an office line is open to every account."""
    return _disclose(session, viewer, address_id, fields, reason, PLACES, _place)


def reveal_team_contact(
    session: Session,
    viewer: UserAccount,
    team_id: UUID,
    fields: Collection[str] = (),
    reason: str | None = None,
) -> Revealed:
    """As `reveal`, for a team's leader, who may also see his or her own."""
    return _disclose(session, viewer, team_id, fields, reason, TEAMS, _team)


def reveal_sender(
    session: Session,
    viewer: UserAccount,
    vault: Vault,
    record_id: UUID,
    fields: Collection[str] = (),
    reason: str | None = None,
) -> Revealed:
    """As `reveal`, for who sent an offer or a suggestion (`vault`: OFFERS, SUGGESTIONS)."""

    def find(session: Session, _account: UserAccount, record_id: UUID) -> _Found | None:
        row = session.execute(queries.sender(vault.model, record_id)).one_or_none()
        return None if row is None else _Found(row[1], row[0])

    return _disclose(session, viewer, record_id, fields, reason, vault, find)


def _disclose(
    session: Session,
    viewer: UserAccount,
    record_id: UUID,
    wanted: Collection[str],
    reason: str | None,
    vault: Vault,
    find: Callable[[Session, UserAccount, UUID], _Found | None],
) -> Revealed:
    account, reason = current(session, viewer), stated(reason)
    found = find(session, account, record_id)
    decision = _decision(session, account, found, record_id, reason)
    try:
        permit(decision)
        names = _permitted(decision, vault, wanted)
        if names and not found.open:
            _count(session, account, record_id)
    except DomainError as refusal:
        audit.record_apart(
            session,
            "reveal_refused",
            actor_id=account.id,
            table_name=vault.table,
            record_id=record_id,
            detail={"code": refusal.code},
        )
        raise
    act_as(session, account)
    detail = {"fields": sorted(names), "decision": decision.value}
    audit.record(
        session, "reveal", table_name=vault.table, record_id=record_id, reason=reason, detail=detail
    )
    ring = keys.of(session)
    values = {name: entry.value(name, vault.open(ring, found.row, name)) for name in names}
    return Revealed(record_id, found.group, found.commune, values)


def current(session: Session, viewer: UserAccount) -> UserAccount:
    """The account as the database has it now: a role or account revoked meanwhile counts."""
    account = session.scalar(queries.viewer(viewer.id))
    if account is None:
        raise Forbidden("Tài khoản này không còn.")
    return account


def act_as(session: Session, account: UserAccount) -> None:
    """Name the actor of this transaction: what is recorded is this account's act."""
    session.execute(audit_queries.act_as(account.id))


def permit(decision: Decision) -> None:
    """Raise what a decision that shows nothing means."""
    if decision is Decision.FORBIDDEN:
        raise Forbidden("Tài khoản này không được xem thông tin riêng của người khác.")
    if decision is Decision.NEEDS_REASON:
        sentence = "Chọn lý do xem."
        raise Invalid(sentence, code="reason", fields={"reason": [sentence]})
    if decision is Decision.ABSENT:
        raise NotFound("Không có hồ sơ này.")


def _decision(
    session: Session,
    account: UserAccount,
    found: _Found | None,
    record_id: UUID,
    reason: str | None,
) -> Decision:
    territory = rights.territory(session, account.organisation_id)
    held = [Held(*row) for row in session.execute(queries.live_assignments(account.id, record_id))]
    facts = Facts(
        role=account.role,
        level=accounts.organisation(session, account.organisation_id).level,
        active=account.active,
        covered=found is not None and rights.covers(account, territory, found.unit_ids),
        stage=stage(held, datetime.now(UTC)) if found is not None else Stage.NONE,
        shared=found is not None and found.shared,
        stated=reason is not None,
        open=found is not None and found.open,
    )
    return decide(facts)


def _permitted(decision: Decision, vault: Vault, wanted: Collection[str]) -> frozenset[Field]:
    allowed = {
        Decision.OFFICE: vault.fields,
        Decision.TEAM: TEAM_FIELDS[vault.table],
    }.get(decision, frozenset())
    over = {name: ["Không được xem mục này."] for name in sorted(wanted) if name not in allowed}
    if over:
        raise Forbidden("Không được xem một số mục.", code="fields", fields=over)
    return frozenset(Field(name) for name in wanted)


def _count(session: Session, account: UserAccount, record_id: UUID) -> None:
    today = datetime.now(VIETNAM).date()
    session.execute(queries.earlier_uses(account.id, today))
    others = session.scalars(queries.other_uses(account.id, today, record_id)).one()
    if others >= DAILY[account.role]:
        raise Forbidden("Hôm nay tài khoản này đã xem đủ số hồ sơ cho phép.", code="quota")
    session.execute(queries.use(account.id, today, record_id))


def _person(session: Session, _account: UserAccount, address_id: UUID) -> _Found | None:
    row = session.execute(queries.person(address_id)).one_or_none()
    if row is None:
        return None
    address, sealed, commune, shared = row
    place = (commune.name, commune.code)
    return _Found(sealed, address.unit_ids, str(address.person_kind), place, bool(shared))


def _place(session: Session, _account: UserAccount, address_id: UUID) -> _Found | None:
    row = session.execute(queries.place_contact(address_id)).one_or_none()
    if row is None:
        return None
    return _Found(row[1], row[0].unit_ids, open=row[1].office_line)


def _team(session: Session, account: UserAccount, team_id: UUID) -> _Found | None:
    row = session.execute(queries.team_contact(team_id)).one_or_none()
    if row is None:
        return None
    return _Found(row[1], row[0].unit_ids, open=row[0].leader_id == account.id)
