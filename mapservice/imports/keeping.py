"""Rows of a list as they are kept: fates in clear, what stands in them sealed."""

import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID, uuid4

from sqlalchemy import delete, insert
from sqlalchemy.orm import Session

from mapservice.disclosure import lists
from mapservice.disclosure.lists import Cells
from mapservice.imports import queries
from mapservice.imports.fates import Row
from mapservice.imports.fields import Kind
from mapservice.imports.models import Fate, ImportBatch, ImportRow
from mapservice.imports.tables import Cell

AT_ONCE = 1000  # rows of one statement
DAY, MOMENT = "day", "moment"


class Shown(NamedTuple):
    """What a row was shown to come to; `id` is the kept row's."""

    id: UUID
    fate: Fate
    fields: tuple[str, ...]  # sorted


def keep_all(session: Session, batch: ImportBatch, rows: Sequence[Row]) -> None:
    """Write these as the batch's rows, in place of those it had."""
    session.execute(delete(ImportRow).where(ImportRow.batch_id == batch.id))
    ids = [uuid4() for _ in rows]
    for start in range(0, len(rows), AT_ONCE):
        part = slice(start, start + AT_ONCE)
        new = zip(ids[part], rows[part], strict=True)
        made = [{"id": key, "batch_id": batch.id} | _columns(batch, row) for key, row in new]
        session.execute(insert(ImportRow), made)
    lists.keep_cells(session, (sealed(*pair) for pair in zip(ids, rows, strict=True)))
    count(session, batch)


def keep(session: Session, batch: ImportBatch, kept: ImportRow, row: Row) -> None:
    """Write what one row became."""
    for name, value in _columns(batch, row).items():
        setattr(kept, name, value)
    session.flush()
    lists.keep_cells(session, [sealed(kept.id, row)])


def count(session: Session, batch: ImportBatch) -> None:
    """Bring the batch's totals up to date."""
    found = dict(session.execute(queries.totals(batch.id)).all())
    batch.totals = {fate.value: found.get(fate, 0) for fate in Fate}
    batch.rows = sum(found.values())
    session.flush()


def opened(session: Session, rows: Iterable[ImportRow]) -> list[Row]:
    """These rows as they were read, what was found of them included; forgotten cells are empty."""
    rows, found = list(rows), []
    for start in range(0, len(rows), AT_ONCE):
        part = rows[start : start + AT_ONCE]
        contents = lists.open_cells(session, [row.id for row in part])
        found += [_opened(row, contents.get(row.id)) for row in part]
    return found


def begun_anew(session: Session, batch: ImportBatch) -> tuple[list[Row], dict[int, Shown]]:
    """The rows of a batch as they were read, to be judged again, and what was shown of each."""
    rows, shown, texts = [], {}, {}
    found = session.scalars(queries.rows(batch.id), execution_options={"yield_per": AT_ONCE})
    for part in found.partitions():
        contents = lists.open_cells(session, [kept.id for kept in part])
        for kept in part:
            rows.append(Row(kept.number, _cells(contents.get(kept.id), texts), kept.answer))
            shown[kept.number] = Shown(kept.id, kept.fate, tuple(sorted(kept.fields)))
    return rows, shown


def _opened(kept: ImportRow, sealed: Cells | None) -> Row:
    told: Mapping = sealed.content if sealed else {}
    return Row(
        kept.number,
        _cells(sealed, {}),
        kept.answer,
        kept.fate,
        faults=[tuple(pair) for pair in told.get("faults", ())],
        notes=[tuple(pair) for pair in told.get("notes", ())],
        choose=[tuple(pair) for pair in told.get("choose", ())],
        double=told.get("double"),
        fields=dict.fromkeys(kept.fields) | told.get("fields", {}),
        record=kept.address_id or kept.team_id,
        fingerprint=sealed.fingerprint if sealed else None,
        unsent=kept.unsent,
    )


def _cells(sealed: Cells | None, texts: dict[str, str]) -> dict[str, Cell]:
    """The cells of a row. Many have the same few names and, in a list, the same `texts`: each is
    kept once."""
    kept: Mapping = sealed.content.get("cells", {}) if sealed else {}
    return {
        sys.intern(key): texts.setdefault(value, value) if isinstance(value, str) else _cell(value)
        for key, value in kept.items()
    }


def _columns(batch: ImportBatch, row: Row) -> dict[str, object]:
    team = batch.kind == Kind.TEAMS
    return {
        "number": row.number,
        "fate": row.fate,
        "fields": list(row.fields),
        "faults": list(dict.fromkeys(name for name, _ in row.faults)),
        "answer": row.answer,
        "address_id": None if team else row.record,
        "team_id": row.record if team else None,
    }


def sealed(key: UUID, row: Row) -> Cells:
    """What is kept of a row that somebody may still look at."""
    content = {
        "cells": {name: _plain(cell) for name, cell in row.cells.items() if cell is not None},
        "faults": row.faults,
        "notes": row.notes,
        "choose": row.choose,
        "double": row.double,
        "fields": row.fields,
    }
    return Cells(key, {name: told for name, told in content.items() if told}, row.fingerprint)


def _plain(cell: Cell) -> object:
    if isinstance(cell, datetime):
        return {MOMENT: cell.isoformat()}
    return {DAY: cell.isoformat()} if isinstance(cell, date) else cell


def _cell(kept: object) -> Cell:
    if not isinstance(kept, dict):
        return kept
    if MOMENT in kept:
        return datetime.fromisoformat(kept[MOMENT])
    return date.fromisoformat(kept[DAY])
