"""Finding a record for a step: permitted, locked, and still as the actor saw it."""

from datetime import datetime

from sqlalchemy.orm import Session

from mapservice.accounts import rights
from mapservice.accounts.rights import Action, Actor
from mapservice.addresses.models import Address, Nature
from mapservice.audit import queries as audit_queries
from mapservice.audit.models import AuditEvent
from mapservice.decision import VIETNAM
from mapservice.errors import Conflict, Stale
from mapservice.needs.models import Need
from mapservice.review import queries, states

UNKNOWN = "Không có hồ sơ này."


def address(session: Session, actor: Actor, action: Action, code: str) -> Address:
    """The address with this code, if the actor may do `action` to it. Raises NotFound, Forbidden.

    Who may open no person's record (a viewer) meets none: nor does a place that is protected.
    """
    return _permitted(session, actor, action, session.scalar(queries.address(code)))


def need(session: Session, actor: Actor, action: Action, code: str) -> tuple[Address, Need]:
    """A need and its address, likewise."""
    found = _permitted(session, actor, action, session.scalar(queries.address_of_need(code)))
    return found, next(n for n in needs(session, found) if n.public_code == code)


def needs(session: Session, found: Address) -> list[Need]:
    """The needs of an address, the oldest first."""
    return list(session.scalars(queries.needs(found.id)))


def lock(session: Session, actor: Actor, record: Address | Need, version: int) -> None:
    """Hold a record until the end of the transaction, which is from now on this actor's act.

    Raises as `expect`.
    """
    session.execute(audit_queries.act_as(actor.id))
    session.refresh(record, with_for_update={"key_share": True})
    expect(session, record, version)


def expect(session: Session, record: Address | Need, version: int) -> None:
    """Raise a Conflict called `stale`, with what happened meanwhile, unless this is the version
    that was seen."""
    if record.version != version:
        raise changed(session, record, "Hồ sơ vừa thay đổi.", Stale.code)


def changed(
    session: Session, record: Address | Need, sentence: str, code: str = "changed"
) -> Conflict:
    """The refusal of a step that came too late: `sentence`, and who did what last."""
    last = session.execute(queries.history([record.id], 1)).one_or_none()
    told = f" {_told(*last)}" if last else ""
    return Conflict(f"{sentence}{told} Hãy xem lại rồi chọn bước tiếp theo.", code=code)


def clock(moment: datetime) -> str:
    """A moment as people in Vietnam write it."""
    return f"{moment.astimezone(VIETNAM):%H:%M ngày %d/%m/%Y}"


def _told(event: AuditEvent, name: str | None) -> str:
    who = name or "Hệ thống"
    if event.action == "status" and event.detail:
        now = states.named(event.table_name, event.detail["to"])
        return f"{who} đã chuyển sang “{now}” lúc {clock(event.at)}."
    return f"{who} đã cập nhật lúc {clock(event.at)}."


def _permitted(session: Session, actor: Actor, action: Action, found: Address | None) -> Address:
    # What was erased, and what a viewer may not know of, is answered like an unknown code.
    there = None if found is None or found.erased_at is not None else found
    where = {"table": "address", "record_id": there and there.id, "sentence": UNKNOWN}
    if there and states.protected(there) and not actor.may(Action.SEE_PERSONS):
        rights.require(actor, action)
        rights.refuse(session, actor.id, action, **where)
    rights.permit(session, actor, action, there and there.unit_ids, **where)
    return there


def is_person(found: Address) -> bool:
    """Whether a record is of a person or household."""
    return found.nature is Nature.PERSON
