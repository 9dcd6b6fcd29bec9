"""Proving the trail: nothing altered, missing or reordered since it was sealed.

Reads one snapshot, in constant memory, as any role that may read the trail. The hashes are
computed here, not by the database's functions.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime
from hashlib import sha256

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from mapservice.audit import queries, service

BEGINNING = bytes(32)  # what stands before the first seal
MOST = 20  # findings of one kind that are listed
ROWS = 2000  # fetched at a time


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it was sealed; `position` in the chain, where it has one."""

    kind: str
    message: str
    position: int | None = None
    event_id: int | None = None

    def as_dict(self) -> dict[str, object]:
        return asdict(self)


@dataclass(slots=True)
class Verification:
    """What was found, first positions first; `head` is worth keeping outside the database."""

    findings: list[Finding] = field(default_factory=list)
    events: int = 0  # whose seals were recomputed
    waiting: int = 0  # not sealed yet, and not late
    head: str = ""  # POSITION:HASH of the last seal

    @property
    def ok(self) -> bool:
        return not self.findings


def verify(session: Session, known_head: str | None = None) -> Verification:
    """Check the whole trail; `session` must not have begun.

    `known_head` is a POSITION:HASH that an earlier verification gave: it shows a chain that was
    cut or rewritten by somebody who could change every table.
    """
    session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
    session.execute(text("SET LOCAL statement_timeout = 0"))
    return inspect(session, known_head)


def inspect(session: Session, known_head: str | None = None) -> Verification:
    """As `verify`, in the snapshot of a transaction that has begun."""
    session.execute(text(queries.READ_ONCE))
    result = Verification()
    walk = _Walk(session, result, known_head)
    for kind in (walk.chain(), walk.months_dropped(), walk.end(), _unsealed(session, result)):
        result.findings += _first(kind)
    return result


def _first(findings: Iterator[Finding]) -> list[Finding]:
    """The first MOST; the others are consumed, for what they count, and told as one."""
    kept, more = [], 0
    for finding in findings:
        if len(kept) < MOST:
            kept.append(finding)
        else:
            more += 1
    return [*kept, Finding("more", f"and {more} more")] if more else kept


class _Walk:
    """Along the chain from its beginning."""

    def __init__(self, session: Session, result: Verification, known_head: str | None):
        self._session, self._result = session, result
        self._months = set(session.scalars(text(queries.MONTHS)))
        self._dropped = {
            row["month"]: row for row in session.execute(text(queries.DROPPED)).mappings()
        }
        self._gone: Counter[date] = Counter()  # sealed events by month that was dropped
        self._position, self._hash = 0, BEGINNING
        position, _, known = (known_head or "").partition(":")
        self._known_position, self._known_hash = int(position or 0), known
        self._known_seen = not self._known_position
        self._searched = 0

    def chain(self) -> Iterator[Finding]:
        """Follow the links; what breaks one is told once, and the walk goes on behind it."""
        rows = self._session.execute(text(queries.CHAIN), execution_options={"yield_per": ROWS})
        for row in rows.mappings():
            sealed = bytes(row["hash"])
            if row["position"] != self._position + 1:
                yield self._gap(row["position"])
            elif row["event"] is not None:
                self._result.events += 1
                if sha256(self._hash + row["event"].encode()).digest() != sealed:
                    yield self._broken(row)
            if row["event"] is None:
                yield from self._event_gone(row)
            self._position, self._hash = row["position"], sealed
            if row["position"] == self._known_position:
                self._known_seen = sealed.hex() == self._known_hash
        self._result.head = f"{self._position}:{self._hash.hex()}"

    def _gap(self, found: int) -> Finding:
        first, last = self._position + 1, found - 1
        which = f"seal {first} is" if first == last else f"seals {first} to {last} are"
        return Finding("missing-seal", f"{which} missing", first)

    def _broken(self, row: RowMapping) -> Finding:
        position, event = row["position"], row["event_id"]
        follows = None
        if self._searched < MOST:  # each search reads the trail once
            self._searched += 1
            asked = {"before": self._hash}
            follows = self._session.execute(text(queries.FOLLOWS), asked).mappings().first()
        if follows is None:
            message = f"event {event} at position {position} was altered after it was sealed"
            return Finding("altered", message, position, event)
        message = f"event {follows['event_id']} was sealed at position {position}"
        if follows["position"] == position:
            message += f", which now names event {event}"
        else:
            message += f", its seal now stands at {follows['position']}"
        return Finding("reordered", message, position, follows["event_id"])

    def _event_gone(self, row: RowMapping) -> Iterator[Finding]:
        month = _month(row["event_at"])
        if month in self._dropped:
            self._gone[month] += 1
        elif month in self._months or month > _month(datetime.now(UTC)):
            message = f"event {row['event_id']} of position {row['position']} is missing"
            yield Finding("missing-event", message, row["position"], row["event_id"])
        elif not self._gone[month]:
            self._gone[month] += 1
            message = f"month {month:%Y-%m} is gone, and no last hash was kept of it"
            yield Finding("missing-month", message, row["position"])

    def months_dropped(self) -> Iterator[Finding]:
        """Compare what was kept of each dropped month with its seals."""
        for month, kept in self._dropped.items():
            name = f"month {month:%Y-%m}"
            if kept["early"]:
                yield Finding("dropped-month", f"{name} was dropped before its time was over")
            if month in self._months:
                yield Finding("dropped-month", f"{name} was dropped and is there again")
            elif kept["events"] != self._gone[month]:
                message = f"{name} was dropped with {kept['events']} events; "
                yield Finding("dropped-month", f"{message}{self._gone[month]} seals are left")
            if kept["events"] and kept["last_hash"] != kept["sealed_hash"]:
                message = f"{name}: the kept hash is not that of its last seal"
                yield Finding("dropped-month", message, kept["last_position"])

    def end(self) -> Iterator[Finding]:
        """Whether the chain ends where the sealer left it, and still holds a head once seen."""
        head = self._session.execute(text(queries.HEAD)).mappings().first()
        if head is None:
            yield Finding("cut", "the record of the chain's end is missing", self._position)
        elif head["position"] > self._position:
            message = f"seals {self._position + 1} to {head['position']} were cut off the end"
            yield Finding("cut", message, self._position + 1)
        elif (head["position"], bytes(head["hash"])) != (self._position, self._hash):
            message = f"the chain ends at {self._position}; its record says {head['position']}"
            yield Finding("cut", message, self._position)
        if not self._known_seen:
            message = f"the head {self._known_position}:{self._known_hash} is not in the chain"
            yield Finding("rewritten", message, self._known_position)


def _unsealed(session: Session, result: Verification) -> Iterator[Finding]:
    """Events outside the chain: late, unknown to the sealer, or gone before they were sealed."""
    waiting = service.waiting(session)
    result.waiting = waiting["events"] - waiting["late"]
    if waiting["late"]:
        message = f"{waiting['late']} events wait for their seal for over {service.LATE_SECONDS} s"
        yield Finding("unsealed", f"{message}: is the worker running?", None, waiting["first_late"])
    most = {"most": MOST}
    for event in session.scalars(text(queries.UNCHAINED), most):
        yield Finding("unannounced", f"event {event} bypassed the sealer", None, event)
    for event in session.scalars(text(queries.LOST), most):
        yield Finding("missing-event", f"event {event} is gone, unsealed", None, event)


def _month(moment: datetime) -> date:
    """First day of the partition that holds `moment`."""
    return moment.astimezone(UTC).date().replace(day=1)
