"""Taking a step back while nothing left the house: by whoever took it, within ten minutes.

The database keeps both limits (core.guard_transition); what is here finds what belongs together.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from mapservice import refusals
from mapservice.accounts.rights import Action, Actor
from mapservice.addresses.models import Address, AddressStatus
from mapservice.audit import service as audit
from mapservice.errors import Conflict
from mapservice.needs.models import Need
from mapservice.review import merging, queries, records, service, steps
from mapservice.review.models import LastStep


def offered(session: Session, actor: Actor, record: Address | Need) -> datetime | None:
    """Until when the actor may take the last step of this record back; None: not (any more)."""
    last = session.get(LastStep, (record.__tablename__, record.id), populate_existing=True)
    if last is None or last.taken_by != actor.id or not actor.may(_action(last)):
        return None
    until = last.taken_at + timedelta(minutes=steps.UNDO_MINUTES)
    return until if until > session.scalar(queries.now()) else None


def undo(session: Session, actor: Actor, code: str, version: int) -> Address:
    """Take the last step of an address back, with the needs that took it along.

    Raises NotFound, Forbidden; Conflict when it is too late, or was not the actor's step.
    """
    address = records.address(session, actor, Action.REGISTER, code)
    records.lock(session, actor, address, version)
    last = _last(session, actor, address)
    if address.status is AddressStatus.DUPLICATE:
        return merging.separate(session, actor, code, version)
    along = [
        (need, before)
        for need in records.needs(session, address)
        if (before := session.get(LastStep, ("need", need.id))) is not None
        and (before.taken_at, before.taken_by) == (last.taken_at, last.taken_by)
    ]
    _back(session, address, last)
    for need, before in along:
        _back(session, need, before)
    audit.record(session, "undo", table_name="address", record_id=address.id)
    return address


def undo_need(session: Session, actor: Actor, code: str, version: int) -> Need:
    """Take the last step of one need back, likewise: while its address has not ended."""
    address, need = records.need(session, actor, Action.REGISTER, code)
    session.refresh(address, with_for_update={"key_share": True})
    records.lock(session, actor, need, version)
    if address.status not in steps.LIVE:
        raise Conflict(refusals.TOO_LATE, code="too-late")
    _back(session, need, _last(session, actor, need))
    audit.record(session, "undo", table_name="need", record_id=need.id)
    return need


def recent(session: Session, actor: Actor) -> Sequence[tuple[Address, LastStep]]:
    """The actor's steps of addresses that may still be taken back, the latest first."""
    rows = session.execute(queries.taken_by(actor.id, timedelta(minutes=steps.UNDO_MINUTES)))
    return [(address, last) for address, last in rows if actor.covers(address.unit_ids)]


def _last(session: Session, actor: Actor, record: Address | Need) -> LastStep:
    if offered(session, actor, record) is None:
        raise Conflict(refusals.TOO_LATE, code="too-late")
    return session.get_one(LastStep, (record.__tablename__, record.id))


def _back(session: Session, record: Address | Need, last: LastStep) -> None:
    was = queries.reason_of_state(last.table_name, record.id, last.from_status)
    reason = session.scalar(was)  # what is again as it was, says again why
    if last.to_status == AddressStatus.VERIFIED:
        record.verified_by = None
    service.go(session, record, [type(record.status)(last.from_status)], reason)


def _action(last: LastStep) -> Action:
    """What the step was: sending, or removing what was never sent, is its registrar's."""
    begun = last.from_status in {AddressStatus.DRAFT, AddressStatus.RETURNED}
    return Action.REGISTER if begun else Action.REVIEW
