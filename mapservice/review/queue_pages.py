"""What the page of queues shows: lines, counts, what may still be taken back."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session

from mapservice.accounts.rights import Actor
from mapservice.addresses.models import Address, AddressStatus
from mapservice.needs.models import Need
from mapservice.review import pages, queue_queries, queues, states, undo
from mapservice.review.queues import Queue


@dataclass(frozen=True, slots=True)
class Line:
    """One row. `pick` names it, with its version, in a form; `own`: the actor registered it."""

    pick: str
    code: str
    record: str  # public code of the address it is shown with
    title: str
    about: str
    commune: str
    by: str | None
    at: datetime
    until: datetime | None
    urgency: int | None
    state: str
    status: str
    own: bool
    reason: str | None
    mend: str  # path of the form that mends what came back


@dataclass(frozen=True, slots=True)
class Taken:
    """A step of the actor's that may be taken back until `until`."""

    pick: str
    record: str
    title: str
    state: str
    until: datetime


@dataclass(frozen=True, slots=True)
class QueuePage:
    queues: Sequence[Queue]
    counts: dict[str, int]
    queue: Queue
    lines: Sequence[Line]
    page: int
    more: bool
    taken: Sequence[Taken]


def queue_page(
    session: Session, actor: Actor, queue: Queue, page: int, reasons: dict[str, str]
) -> QueuePage:
    """One page of one queue, beside the counts of all of them."""
    rows = queues.waiting(session, actor, queue, page)
    line = _need_line if queue.of_needs else _address_line
    lines = [line(actor, row, reasons) for row in rows[: queues.PAGE]]
    if queue.name == queues.RETURNED:
        lines = _telling_needs(session, actor, rows, lines, reasons)
    return QueuePage(
        queues=queues.of_actor(actor),
        counts=queues.counts(session, actor),
        queue=queue,
        lines=lines,
        page=page,
        more=len(rows) > queues.PAGE,
        taken=taken(session, actor),
    )


def taken(session: Session, actor: Actor) -> list[Taken]:
    """The actor's steps that may still be taken back, the latest first."""
    found = []
    for address, _ in undo.recent(session, actor):
        until = undo.offered(session, actor, address)
        if until is not None:
            pick = f"{address.public_code}:{address.version}"
            title = pages.title_of(address)
            found.append(Taken(pick, address.public_code, title, states.name(address), until))
    return found


def _telling_needs(
    session: Session, actor: Actor, rows: Sequence, lines: Sequence[Line], reasons: dict[str, str]
) -> list[Line]:
    """Of an address that has gone on, tell the need that came back: why, and where to mend it."""
    gone_on = {
        row[0].id: line
        for row, line in zip(rows, lines, strict=False)
        if row[0].status != AddressStatus.RETURNED
    }
    told: dict[str, Line] = {}
    for need, category in session.execute(queue_queries.returned_needs(gone_on, actor.id)).all():
        line = gone_on[need.address_id]
        returned = replace(
            line,
            about=f"nhu cầu “{need.title or category}”",
            at=need.status_at,
            urgency=need.urgency,
            state=states.name(need),
            status=str(need.status),
            reason=_reason(need, reasons),
            mend=f"/manage/needs/{need.public_code}/edit",
        )
        told.setdefault(line.record, returned)  # the one that waits longest
    return [told.get(line.record, line) for line in lines]


def _address_line(actor: Actor, row, reasons: dict[str, str]) -> Line:
    address, commune, by, needs, urgency = row
    return Line(
        **_common(address, address, actor, reasons),
        title=pages.title_of(address),
        about=f"{needs} nhu cầu" if needs else "chưa có nhu cầu",
        commune=commune,
        by=by,
        urgency=urgency,
        until=address.assured_until,
    )


def _need_line(actor: Actor, row, reasons: dict[str, str]) -> Line:
    need, category, address, commune, by = row
    return Line(
        **_common(need, address, actor, reasons),
        title=need.title or category,
        about=pages.title_of(address),
        commune=commune,
        by=by,
        urgency=need.urgency,
        until=None,
    )


def _common(
    record: Address | Need, address: Address, actor: Actor, reasons: dict[str, str]
) -> dict[str, object]:
    return {
        "pick": f"{record.public_code}:{record.version}",
        "code": record.public_code,
        "record": address.public_code,
        "at": record.status_at,
        "state": states.name(record),
        "status": str(record.status),
        "own": record.registered_by == actor.id,
        "reason": _reason(record, reasons),
        "mend": f"/manage/addresses/{address.public_code}/edit",
    }


def _reason(record: Address | Need, reasons: dict[str, str]) -> str | None:
    return reasons.get(record.status_reason or "", record.status_reason)
