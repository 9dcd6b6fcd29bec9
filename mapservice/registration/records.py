"""What registering a place and a person have in common: who may, versions, the trail."""

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from mapservice import refusals
from mapservice.accounts import rights
from mapservice.accounts.models import Role
from mapservice.accounts.rights import Action, Actor
from mapservice.addresses.models import Address, AddressStatus, Nature
from mapservice.audit import service as audit
from mapservice.errors import Conflict, NotFound
from mapservice.registration import queries

BEGUN = frozenset({AddressStatus.DRAFT, AddressStatus.RETURNED})
OFFICERS = BEGUN | {
    AddressStatus.SUBMITTED,
    AddressStatus.VERIFIED,
    AddressStatus.PUBLISHED,
    AddressStatus.EXPIRED,
}
EDITABLE = {Role.REGISTRAR: BEGUN, Role.OFFICER: OFFICERS, Role.ADMIN: OFFICERS}
NONE = "Không có hồ sơ này."
WAITING = (
    "Hồ sơ đã gửi duyệt: người đăng ký không sửa được nữa. Nhờ cán bộ trả lại, hoặc cán bộ sửa."
)
ENDED = "Hồ sơ này đã kết thúc, không sửa được nữa."
STALE = "Có người vừa lưu hồ sơ này. Hai bản được đặt cạnh nhau bên dưới: chọn từng mục."


class Anew(NamedTuple):
    """Columns that an address gets anew, and the names of fields that the trail tells of it."""

    address: Address
    columns: Mapping[str, object]
    fields: Collection[str]


def find(
    session: Session, actor: Actor, code: str, *, nature: Nature | None = None, lock: bool = False
) -> Address:
    """The address with this code in the actor's territory.

    Raises NotFound, in one sentence for what is elsewhere, unknown, erased or of another nature.
    """
    asked = queries.address(code)
    found = session.scalar(asked.with_for_update(key_share=True) if lock else asked)
    gone = found is None or found.erased_at is not None
    rights.permit(
        session,
        actor,
        Action.REGISTER,
        None if gone else found.unit_ids,
        table="address",
        record_id=None if found is None else found.id,
    )
    if nature is not None and found.nature is not nature:
        raise NotFound(NONE)
    return found


def require_editable(actor: Actor, address: Address) -> None:
    """Raise Conflict where this role may not change an address in its state."""
    if address.status in EDITABLE.get(actor.role, frozenset()):
        return
    raise Conflict(WAITING if address.status in OFFICERS else ENDED, code="status")


def require_live(address: Address) -> None:
    """Raise Conflict at an address that takes no more needs."""
    if address.status not in OFFICERS:
        raise Conflict(ENDED, code="status")


def is_stale(address: Address, version: int) -> bool:
    return address.version != version


def stale() -> Conflict:
    """Somebody saved first."""
    return Conflict(STALE, code="stale")


def differing(address: Address, values: Mapping[str, object]) -> list[str]:
    """The names of the columns that have other values than these."""
    return [name for name, value in values.items() if getattr(address, name) != value]


def assign(address: Address, values: Mapping[str, object]) -> list[str]:
    """Give the columns these values; the names of those that changed."""
    changed = differing(address, values)
    for name in changed:
        setattr(address, name, values[name])
    return changed


def store(session: Session, address: Address, action: str, changed: Collection[str]) -> None:
    """Write the address as its next version, with its audit row: names of fields, no values."""
    if action == "change":
        address.version += 1
        address.updated_at = session.scalar(queries.NOW)
    session.add(address)
    try:
        session.flush()
    except IntegrityError as error:
        raise refusals.explain(error) from error
    session.refresh(address)
    detail = {"fields": sorted(changed), "version": address.version}
    audit.record(session, action, table_name="address", record_id=address.id, detail=detail)


def store_new(
    session: Session, rows: Sequence[Mapping[str, object]], fields: Collection[str]
) -> list[Address]:
    """Write new addresses, each with its `id`, in one statement, and their audit rows; in order.

    One statement, because the rules that watch this table cost the same for one row and for many.
    """
    try:
        session.execute(insert(Address), list(rows))
    except IntegrityError as error:
        raise refusals.explain(error) from error
    ids = [row["id"] for row in rows]
    stored = {address.id: address for address in session.scalars(queries.addresses(ids))}
    detail = {"fields": sorted(fields), "version": 1}
    about = {"table_name": "address", "record_ids": ids, "detail": detail}
    audit.record_many(session, "register", **about)
    return [stored[key] for key in ids]


def store_changed(session: Session, given: Sequence[Anew]) -> None:
    """Write several addresses as their next versions, those that get the same columns in one
    statement as `store_new`, and their audit rows as `store`."""
    told: dict[tuple[int, tuple[str, ...]], list[UUID]] = {}
    alike: dict[tuple[str, ...], list[dict[str, object]]] = {}
    for address, columns, fields in given:
        told.setdefault((address.version + 1, tuple(sorted(fields))), []).append(address.id)
        alike.setdefault(tuple(columns), []).append({"id": address.id, **columns})
    try:
        for rows in alike.values():
            session.execute(queries.write_again(Address, rows))
    except IntegrityError as error:
        raise refusals.explain(error) from error
    session.scalars(queries.addresses([anew.address.id for anew in given])).all()
    for (version, fields), ids in told.items():
        about = {"table_name": "address", "record_ids": ids}
        detail = {"fields": list(fields), "version": version}
        audit.record_many(session, "change", **about, detail=detail)


def settle_constraints(session: Session) -> None:
    """Let the rules that wait for the end speak now, while the form can still be shown again."""
    try:
        session.execute(queries.CONSTRAINTS_NOW)
    except IntegrityError as error:
        raise refusals.explain(error) from error
