"""Lists that are being imported: the file and what stands in its rows, sealed like any person.

Who may see a list is asked by `imports`; what is opened here is shown to the office it belongs to,
compared in memory, or written again. Flushes; the caller commits.
"""

import json
from base64 import b64decode, b64encode
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import islice
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from mapservice.audit import service as audit
from mapservice.disclosure import entry, keys, list_queries, queries
from mapservice.disclosure.entry import Field
from mapservice.disclosure.models import ImportCells, ImportFile
from mapservice.disclosure.vault import IMPORT_CELLS, IMPORT_FILES, PERSONS, PLACES, Vault
from mapservice.errors import NotFound
from mapservice.sealing import KeyRing

FINGERPRINT = "import row"  # kind of look-up hash
AT_ONCE = 500  # rows of one statement
GONE = "Tệp của lần nhập này đã được xóa. Hãy tải tệp lên lại."
VAULTS: dict[str, Vault] = {each.table: each for each in (PERSONS, PLACES)}


@dataclass(frozen=True, slots=True)
class Cells:
    """What is kept of a row: anything JSON can say, and its fingerprint (`fingerprint`)."""

    row_id: UUID
    content: Mapping[str, object] = field(repr=False)
    fingerprint: bytes | None = None


def keep_file(session: Session, batch_id: UUID, content: bytes, about: Mapping) -> None:
    """Seal a file with what was found in it, until it is forgotten."""
    row = ImportFile(batch_id=batch_id)
    text = json.dumps({"about": about, "file": b64encode(content).decode()}, ensure_ascii=False)
    IMPORT_FILES.seal_all(keys.for_writing(session), row, {Field.CONTENT: text})
    session.add(row)
    session.flush()


def open_file(session: Session, batch_id: UUID) -> tuple[bytes, Mapping]:
    """The file, and what was kept about it. NotFound once it was forgotten."""
    row = session.scalar(queries.sealed(ImportFile, batch_id))
    if row is None:
        raise NotFound(GONE)
    told = json.loads(str(IMPORT_FILES.open(keys.of(session), row, Field.CONTENT)))
    return b64decode(told["file"]), told["about"]


def forget_file(session: Session, batch_id: UUID) -> None:
    """Delete the file; nothing happens where there is none any more."""
    session.execute(list_queries.forget_file(batch_id))


def keep_cells(session: Session, rows: Iterable[Cells]) -> None:
    """Seal what stands in these rows, in place of what was kept of them before."""
    ring = keys.for_writing(session)
    statement = insert(ImportCells)
    anew = {name: statement.excluded[name] for name in ("key_version", "content", "fingerprint")}
    statement = statement.on_conflict_do_update(index_elements=["row_id"], set_=anew)
    left = iter(rows)
    while part := [_sealed(ring, each) for each in islice(left, AT_ONCE)]:
        session.execute(statement, part)


def _sealed(ring: KeyRing, each: Cells) -> dict[str, object]:
    """The columns of a row's sealed cells."""
    row = ImportCells(row_id=each.row_id)
    text = json.dumps(each.content, ensure_ascii=False, default=str)
    IMPORT_CELLS.seal_all(ring, row, {Field.CONTENT: text})
    kept = {"row_id": row.row_id, "key_version": row.key_version, "content": row.content}
    return kept | {"fingerprint": each.fingerprint}


def open_cells(session: Session, row_ids: Collection[UUID]) -> dict[UUID, Cells]:
    """What is kept of these rows; those that were forgotten are missing."""
    ring, found = keys.of(session), {}
    for row in session.scalars(list_queries.import_cells(row_ids)):
        text = IMPORT_CELLS.open(ring, row, Field.CONTENT)
        if text is not None:
            found[row.row_id] = Cells(row.row_id, json.loads(text), row.fingerprint)
    return found


def forget_cells(session: Session, batch_id: UUID, row_ids: Collection[UUID] | None = None) -> None:
    """Delete what stood in the rows of a batch (all, or these); fingerprints stay."""
    session.execute(list_queries.forget_cells(batch_id, row_ids))


def fingerprints(session: Session, plain: Sequence[bytes]) -> list[bytes]:
    """Keyed hashes of rows' values: equal for equal ones, and tell nothing else."""
    ring = keys.for_writing(session)
    return [ring.hash(FINGERPRINT, each.hex()) for each in plain]


def known(
    session: Session, hashes: Sequence[bytes], territory: Collection[int] | None
) -> dict[bytes, UUID]:
    """Fingerprint -> the record of a row that was committed with it and still lives there
    (`territory`: unit ids; None: everywhere)."""
    asked = {
        "fingerprints": list(hashes),
        "everywhere": territory is None,
        "territory": sorted(territory or ()),
    }
    found: dict[bytes, UUID] = {}
    for fingerprint, record in session.execute(list_queries.KNOWN, asked):
        found.setdefault(bytes(fingerprint), record)
    return found


def forget_old_cells(session: Session, kept: timedelta) -> int:
    """What stood in rows that were committed longer ago than `kept`; how many."""
    return len(session.execute(list_queries.FORGET_CELLS, {"kept": kept}).all())


def differing(
    session: Session, table: str, given: Mapping[UUID, Mapping[str, object]]
) -> dict[UUID, frozenset[str]]:
    """Of each record of `table` (a vault's) which of these private values it does not hold.

    Opens the records in memory, after one audit row with their ids; only the names of fields leave.
    Raises Invalid as writing them would.
    """
    each = VAULTS[table]
    clean = {
        record: entry.clean(values, each.fields, complete=False) for record, values in given.items()
    }
    if not clean:
        return {}
    detail = {"ids": sorted(str(record) for record in clean)}
    audit.record(session, "compared", table_name=each.table, detail=detail)
    ring = keys.of(session)
    rows = {
        getattr(row, each.key): row for row in session.scalars(list_queries.of(each.model, clean))
    }
    return {
        record: frozenset(
            name.value
            for name, value in values.items()
            if value is not None
            and (record not in rows or each.open(ring, rows[record], name) != value)
        )
        for record, values in clean.items()
    }


def remember(
    session: Session, table: str, record_ids: Collection[UUID]
) -> dict[UUID, dict[str, str | bool | None]]:
    """What is sealed of records, to be sealed among their rows' cells and written again by an undo.

    Leaves an audit row each; a record of which nothing is sealed is missing.
    """
    each, ring = VAULTS[table], keys.of(session)
    rows = {
        getattr(row, each.key): row
        for row in session.scalars(list_queries.of(each.model, record_ids))
    }
    audit.record_many(session, "private_remembered", table_name=each.table, record_ids=list(rows))
    return {key: _opened(each, ring, row) for key, row in rows.items()}


def _opened(each: Vault, ring: KeyRing, row: object) -> dict[str, str | bool | None]:
    whose = {"office_line": row.office_line} if each is PLACES else {}
    return {name.value: text for name, text in each.open_all(ring, row).items()} | whose
