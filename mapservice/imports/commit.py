"""A list becomes records, all of it in one transaction, by the rules of registering. Flushes.

Every row is judged once more, as things are now: what came out otherwise than it was shown is not
done, and is told. New places and persons are written many at a time; where one of them is refused
its stretch is done row by row, so that only that row stays out.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import NamedTuple
from uuid import UUID

from sqlalchemy.orm import Session

from mapservice.accounts.rights import Actor
from mapservice.addresses.models import Address, Nature
from mapservice.audit import service as audit
from mapservice.disclosure import lists
from mapservice.disclosure.entry import Field
from mapservice.disclosure.lists import Cells
from mapservice.disclosure.vault import PERSONS, PLACES
from mapservice.errors import Conflict, DomainError
from mapservice.imports import comparing, fates, keeping, queries, service, uploading
from mapservice.imports.fates import Report, Row, silent
from mapservice.imports.fields import Kind
from mapservice.imports.keeping import Shown
from mapservice.imports.models import BatchStatus, Fate, ImportBatch
from mapservice.registration import contacts, many, many_changes, needs, spots
from mapservice.registration import service as registration
from mapservice.team_office import service as teams
from mapservice.teams.models import Team

WRITING = "writing"
OF_NEED = re.compile(r"^needs-\d+-")
STRETCH = 250  # new records written together
DONE = frozenset({Fate.NEW, Fate.CHANGED})
CONFIRMED = {"confirm_duplicate": True, "confirm_outside": True}
MEANWHILE = "Từ khi kiểm tra đến giờ đã khác: xem lại dòng này."
MANY = {Kind.PLACES: many.register_places, Kind.PERSONS: many.register_persons}
CHANGE = {Nature.PLACE: registration.change_place, Nature.PERSON: registration.change_person}
CHANGE_MANY = {
    Nature.PLACE: many_changes.change_places,
    Nature.PERSON: many_changes.change_persons,
}
Record = Address | Team


class Left(NamedTuple):
    """A record as the import leaves it; the record itself may be forgotten meanwhile."""

    id: UUID
    version: int


def begin(session: Session, actor: Actor, batch_id: UUID, version: int) -> ImportBatch:
    """Commit a list that was tried: a short one at once, a longer one by the worker."""
    batch = service.lock(session, actor, batch_id, version, (BatchStatus.CHECKED,))
    batch.status, batch.progress = BatchStatus.COMMITTING, {}
    batch.version += 1
    session.flush()
    if batch.rows <= service.AT_ONCE:
        run(session, actor, batch)
    return batch


def run(session: Session, actor: Actor, batch: ImportBatch, report: Report = silent) -> None:
    """Write the records of a batch that is being committed, in this transaction.

    Raises Conflict when the file is not the one that was tried, or somebody stopped it.
    """
    uploading.require_file(session, batch)
    session.execute(queries.alone(batch.organisation_id))
    rows, shown = keeping.begun_anew(session, batch)
    fates.judge(session, actor, Kind(batch.kind), rows, report)
    agreed = _agreed(rows, shown)
    made = _write_new(session, actor, batch, agreed, report)
    changed = _write_changes(session, actor, agreed, report)
    session.refresh(batch, with_for_update={"key_share": True})
    if batch.status is not BatchStatus.COMMITTING:
        raise Conflict(service.OVER, code="import-over")
    for start in range(0, len(rows), keeping.AT_ONCE):
        part = rows[start : start + keeping.AT_ONCE]
        _settle(session, batch, shown, part, made, changed)
    session.expire_all()
    keeping.count(session, batch)
    batch.status, batch.committed_at, batch.progress = BatchStatus.COMMITTED, datetime.now(UTC), {}
    batch.version += 1
    lists.forget_file(session, batch.id)
    session.flush()
    detail = {"new": len(made), "changed": len(changed)}
    about = {"table_name": service.TABLE, "record_id": batch.id, "detail": detail}
    audit.record(session, "import_committed", **about)


def _agreed(rows: Sequence[Row], shown: Mapping[int, Shown]) -> list[Row]:
    """The rows to write; those that would now do something else than was shown wait."""
    agreed = []
    for row in rows:
        if row.fate not in DONE:
            continue
        before = shown[row.number]
        if (before.fate, before.fields) == (row.fate, tuple(sorted(row.fields))):
            agreed.append(row)
        else:
            row.refuse("", MEANWHILE, Fate.WAITING)
    return agreed


def _write_new(
    session: Session, actor: Actor, batch: ImportBatch, agreed: Sequence[Row], report: Report
) -> dict[int, Left]:
    """Row -> the record it made."""
    new = [row for row in agreed if row.fate is Fate.NEW and row.joins is None]
    joined: dict[int, list[Row]] = {}
    for row in agreed:
        if row.joins is not None:
            joined.setdefault(row.joins, []).append(row)
    kind, made = Kind(batch.kind), {}
    for start in range(0, len(new), STRETCH):
        report(WRITING, start, len(new))
        part = new[start : start + STRETCH]
        stretch = [(row, _wanted(row, joined.get(row.number, ()))) for row in part]
        made |= _write_stretch(session, actor, kind, stretch)
    report(WRITING, len(new), len(new))
    for row in agreed:
        if row.joins is not None and row.joins not in made:
            row.refuse("", MEANWHILE, Fate.WAITING)
    return made


def _write_stretch(
    session: Session, actor: Actor, kind: Kind, stretch: Sequence[tuple[Row, list[Mapping]]]
) -> dict[int, Left]:
    rows = [row for row, _ in stretch]
    given = [(row.reading.values | CONFIRMED, wanted) for row, wanted in stretch]
    if kind in MANY:
        try:
            with session.begin_nested():
                records = MANY[kind](session, actor, given)
            return {row.number: _left(each) for row, each in zip(rows, records, strict=True)}
        except DomainError:
            pass  # one of them; which one is found below
    made = {}
    for row, (values, wanted) in zip(rows, given, strict=True):
        act = partial(_one, session, actor, kind, values, wanted)
        if record := _attempt(session, row, act):
            made[row.number] = _left(record)
    return made


def _left(record: Record) -> Left:
    return Left(record.id, record.version)


def _one(
    session: Session, actor: Actor, kind: Kind, values: Mapping, wanted: Sequence[Mapping]
) -> Record:
    if kind is Kind.TEAMS:
        return teams.register(session, actor, values)
    (record,) = MANY[kind](session, actor, [(values, wanted)])
    return record


def _wanted(row: Row, joined: Sequence[Row]) -> list[Mapping]:
    """The needs of a new record: of its own row, and of later ones that speak of the same."""
    own = [row.reading.need] if row.reading.need else []
    return own + [other.reading.need for other in joined]


def _attempt(session: Session, row: Row, act: Callable[[], Record]) -> Record | None:
    """Do it, or refuse the row with the reasons at its fields."""
    try:
        with session.begin_nested():
            return act()
    except DomainError as refusal:
        reasons = refusal.fields or {"": [refusal.detail]}
        for name, sentences in reasons.items():
            for sentence in sentences:
                row.refuse(OF_NEED.sub("need_", name), sentence)
        return None


def _write_changes(
    session: Session, actor: Actor, agreed: Sequence[Row], report: Report
) -> dict[int, tuple[Left, dict[str, object]]]:
    """Row -> the record it changed, and what an undo has to write again."""
    rows = [row for row in agreed if row.fate is Fate.CHANGED]
    changed = {}
    for start in range(0, len(rows), STRETCH):
        report(WRITING, start, len(rows))
        part = rows[start : start + STRETCH]
        before = _before(session, [row.change.record for row in part])
        done = _change_many(session, actor, part)
        for row in part:
            record = row.change.record
            act = partial(_change, session, actor, record, row, before[record.id])
            if row.number in done or _attempt(session, row, act):
                changed[row.number] = (_left(record), before[record.id])
    return changed


def _change_many(session: Session, actor: Actor, rows: Sequence[Row]) -> frozenset[int]:
    """Change what can be changed together; the numbers of those rows, none where one is refused."""
    quick = [
        row
        for row in rows
        if isinstance(row.change.record, Address)
        and many_changes.fits(row.change.record, frozenset(row.fields), row.change.values)
    ]
    if not quick:
        return frozenset()
    try:
        with session.begin_nested():
            given = [(row.change.record, row.change.values) for row in quick]
            CHANGE_MANY[quick[0].change.record.nature](session, actor, given)
    except DomainError:
        return frozenset()  # whose fault it is, is found one by one
    return frozenset(row.number for row in quick)


def _change(session: Session, actor: Actor, record: Record, row: Row, before: Mapping) -> Record:
    if isinstance(record, Team):
        values = row.change.values | {"version": record.version}
        return teams.change(session, actor, record.public_code, values)
    act = CHANGE[record.nature]
    values = row.change.values | CONFIRMED
    if record.nature is Nature.PLACE and values[contacts.TYPED[Field.NAME]]:
        # A contact is written as a whole; what the sheet does not say of it stays.
        stays = {n: before["private"].get(f) for f, n in contacts.TYPED.items()}
        values |= {n: kept for n, kept in stays.items() if n not in row.reading.given and kept}
    return act(session, actor, record.public_code, record.version, values, row.change.wanted)


def _before(session: Session, known: Sequence[Record]) -> dict[UUID, dict[str, object]]:
    """Records as they are, to be sealed among their rows' cells as long as there is an undo."""
    stored = comparing.load(session, known)
    before: dict[UUID, dict[str, object]] = {key: {"typed": of} for key, of in stored.typed.items()}
    for nature, vault in ((Nature.PLACE, PLACES), (Nature.PERSON, PERSONS)):
        here = [each for each in known if isinstance(each, Address) and each.nature is nature]
        sealed = lists.remember(session, vault.table, [each.id for each in here]) if here else {}
        for each in here:
            before[each.id] |= {
                spots.ESTIMATED: each.point_estimated,
                "private": sealed.get(each.id, {}),
                "needs": {str(need.id): needs.typed(need) for need in stored.needs[each.id]},
            }
    return before


def _settle(
    session: Session,
    batch: ImportBatch,
    shown: Mapping[int, Shown],
    rows: Sequence[Row],
    made: Mapping[int, Left],
    changed: Mapping[int, tuple[Left, dict[str, object]]],
) -> None:
    """Keep what became of these rows; of what was written only what an undo needs."""
    team, told, cells, bare = batch.kind == Kind.TEAMS, [], [], []
    for row in rows:
        key = shown[row.number].id
        record, before = changed.get(row.number, (made.get(row.joins or row.number), None))
        named = row.record if record is None else record.id
        told.append(
            {
                "id": key,
                "fate": row.fate,
                "fields": list(row.fields),
                "faults": list(dict.fromkeys(name for name, _ in row.faults)),
                "address_id": None if team else named,
                "team_id": named if team else None,
                "made": row.number in made,
                "left_version": record.version if record else None,
            }
        )
        if before is not None:
            cells.append(Cells(key, {"before": before}, row.fingerprint))
        elif record is not None or row.fate is Fate.SAME:
            bare.append(key)
        else:
            cells.append(keeping.sealed(key, row))
    session.execute(queries.SETTLE, {"rows": json.dumps(told, default=str)})
    lists.keep_cells(session, cells)
    lists.forget_cells(session, batch.id, bare)
