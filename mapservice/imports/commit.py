"""A list becomes records, all of it in one transaction, by the rules of registering. Flushes.

Every row is judged once more, as things are now: what came out otherwise than it was shown is not
done, and is told. New places and persons are written many at a time, like those that change
(`changing`); where one of them is refused its stretch is done row by row, so that only that row
stays out.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from uuid import UUID

from sqlalchemy.orm import Session

from mapservice.accounts.rights import Actor
from mapservice.audit import service as audit
from mapservice.disclosure import lists
from mapservice.errors import Conflict
from mapservice.imports import changing, fates, keeping, queries, service, uploading
from mapservice.imports.attempts import (
    CONFIRMED,
    STRETCH,
    WRITING,
    Left,
    Record,
    together_or_apart,
)
from mapservice.imports.fates import Report, Row, silent
from mapservice.imports.fields import Kind
from mapservice.imports.keeping import Shown
from mapservice.imports.models import BatchStatus, Fate, ImportBatch
from mapservice.registration import many
from mapservice.team_office import service as teams

DONE = frozenset({Fate.NEW, Fate.CHANGED})
MEANWHILE = "Từ khi kiểm tra đến giờ đã khác: xem lại dòng này."
MANY = {Kind.PLACES: many.register_places, Kind.PERSONS: many.register_persons}


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
    known = [row for row in agreed if row.fate is Fate.CHANGED]
    changed = changing.write(session, actor, Kind(batch.kind), known, shown, report)
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
    together = partial(MANY[kind], session, actor, given) if kind in MANY else None
    apart = [partial(_one, session, actor, kind, values, wanted) for values, wanted in given]
    return together_or_apart(session, rows, together, apart)


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


def _settle(
    session: Session,
    batch: ImportBatch,
    shown: Mapping[int, Shown],
    rows: Sequence[Row],
    made: Mapping[int, Left],
    changed: Mapping[int, Left],
) -> None:
    """Keep what became of these rows; of what was written only what an undo needs."""
    team, told, cells, bare = batch.kind == Kind.TEAMS, [], [], []
    for row in rows:
        key = shown[row.number].id
        record = changed.get(row.number) or made.get(row.joins or row.number)
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
        if row.number in changed:
            continue  # its cells are what an undo writes again
        if record is not None or row.fate is Fate.SAME:
            bare.append(key)
        else:
            cells.append(keeping.sealed(key, row))
    session.execute(queries.SETTLE, {"rows": json.dumps(told, default=str)})
    lists.keep_cells(session, cells)
    lists.forget_cells(session, batch.id, bare)
