"""A list from its file to its rows' fates: uploaded, mapped, tried, mended. Flushes.

A batch belongs to an organisation. Its totals are seen by the offices above, its rows by the office
itself alone; nothing but the batch's own rows is written before it is committed (`commit`).
"""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import Select
from sqlalchemy.orm import Session

from mapservice.accounts import rights
from mapservice.accounts.rights import Action, Actor
from mapservice.audit import service as audit
from mapservice.disclosure import lists
from mapservice.errors import Conflict, Invalid
from mapservice.imports import (
    fates,
    headings,
    keeping,
    queries,
    reading,
    repeats,
    tables,
    uploading,
)
from mapservice.imports.fates import Report, Row, silent
from mapservice.imports.fields import FIELDS, FOR_ALL, Kind
from mapservice.imports.models import (
    Answer,
    BatchKind,
    BatchStatus,
    ImportBatch,
    ImportRow,
)
from mapservice.imports.uploading import upload

__all__ = [
    "arrange",
    "check",
    "drop",
    "find",
    "forget_old",
    "lock",
    "mend",
    "see",
    "take_as",
    "upload",
]
AT_ONCE = 500  # rows: a longer list is left to the worker
KEPT = timedelta(days=7)  # a file that nobody commits, and what stands in its rows
TAKEN_BACK = timedelta(days=30)  # how long a committed import can be undone
TABLE = ImportBatch.__tablename__
NO_BATCH = "Không có lần nhập này."
STALE = "Lần nhập này vừa được sửa ở nơi khác. Hãy xem lại rồi làm tiếp."
OVER = "Lần nhập này không còn ở bước đó."
NOT_YOURS = "Chỉ đơn vị đã đưa tệp lên mới xem được từng dòng."


def find(
    session: Session, actor: Actor, batch_id: UUID, *, own: bool = True, lock: bool = False
) -> ImportBatch:
    """A batch in the actor's reach (NotFound alike for one of elsewhere and none at all).

    `own`: only the office that it belongs to is let in (Conflict).
    """
    batch = session.get(ImportBatch, batch_id)
    told = {"table": TABLE, "record_id": batch_id, "sentence": NO_BATCH}
    owner = batch.organisation_id if batch else None
    rights.permit_organisation(session, actor, Action.IMPORT, owner, **told)
    if own and batch.organisation_id != actor.organisation.id:
        raise Conflict(NOT_YOURS, code="not-yours")
    session.refresh(batch, with_for_update={"key_share": True} if lock else None)
    return batch


def lock(
    session: Session,
    actor: Actor,
    batch_id: UUID,
    version: int,
    statuses: Collection[BatchStatus],
) -> ImportBatch:
    """As `find`, alone at it; Conflict when it changed since `version`, or is in no such state."""
    batch = find(session, actor, batch_id, lock=True)
    if batch.version != version:
        raise Conflict(STALE, code="stale")
    if batch.status not in statuses:
        raise Conflict(OVER, code="import-over")
    return batch


def take_as(
    session: Session, actor: Actor, batch_id: UUID, version: int, kind: Kind
) -> ImportBatch:
    """Read the headings again as those of another kind of list. Raises Invalid at `kind`."""
    batch = lock(session, actor, batch_id, version, MAPPED)
    content, _ = lists.open_file(session, batch.id)
    read = uploading.read_file(content, batch.file_name)
    found = headings.find(read, kind, uploading.remembered(session, actor, kind))
    if not found:
        raise Invalid(uploading.NO_LIST, fields={"kind": [uploading.NO_LIST]})
    batch.kind, batch.status = BatchKind(kind), BatchStatus.UPLOADED
    uploading.take(batch, read, found)
    batch.version += 1
    session.flush()
    audit.record(session, "import_arranged", table_name=TABLE, record_id=batch.id)
    return batch


def arrange(
    session: Session,
    actor: Actor,
    batch_id: UUID,
    version: int,
    sheet: int,
    mapping: Mapping[int, str],
    given: Mapping[str, str] | None = None,
) -> ImportBatch:
    """Say which column is which field, remember it for the organisation, and try the list.

    `given`: what rows say that leave a field empty (FOR_ALL). A short list is tried at once, a
    longer one by the worker. Raises Invalid at `sheet`, at `column-N` for a field given twice, at
    `columns` where what is needed is missing.
    """
    batch = lock(session, actor, batch_id, version, MAPPED)
    if not 0 <= sheet < len(batch.headings):
        sentence = "Chọn một trang tính của tệp."
        raise Invalid(sentence, fields={"sheet": [sentence]})
    _require_whole(batch, mapping)
    kept = {key: text for key, text in (given or {}).items() if key in FOR_ALL[Kind(batch.kind)]}
    batch.headings = [
        each | {"all": kept} if at == sheet else each for at, each in enumerate(batch.headings)
    ]
    batch.sheet, batch.mapping = sheet, {str(at): key for at, key in sorted(mapping.items())}
    _remember(session, batch)
    batch.status, batch.progress = BatchStatus.CHECKING, {}
    batch.version += 1
    session.flush()
    audit.record(session, "import_arranged", table_name=TABLE, record_id=batch.id)
    if length(batch) <= AT_ONCE:
        check(session, actor, batch)
    return batch


MAPPED = (BatchStatus.UPLOADED, BatchStatus.CHECKED)


def length(batch: ImportBatch) -> int:
    """How many rows the chosen sheet holds."""
    chosen = batch.headings[batch.sheet]
    return max(0, chosen["last"] - chosen["first"] + 1 - len(chosen["skipped"]))


def check(session: Session, actor: Actor, batch: ImportBatch, report: Report = silent) -> None:
    """The dry run: give every row its fate, and write nothing else down.

    Raises Conflict when the file is not the one that was uploaded.
    """
    rows = _read(session, batch)
    fates.judge(session, actor, Kind(batch.kind), rows, report)
    session.refresh(batch, with_for_update={"key_share": True})
    if batch.status is not BatchStatus.CHECKING:
        raise Conflict(OVER, code="import-over")
    keeping.keep_all(session, batch, rows)
    batch.status, batch.checked_at, batch.progress = BatchStatus.CHECKED, datetime.now(UTC), {}
    batch.version += 1
    session.flush()
    audit.record(session, "import_checked", table_name=TABLE, record_id=batch.id)


def mend(
    session: Session,
    actor: Actor,
    batch_id: UUID,
    version: int,
    number: int,
    cells: Mapping[str, str],
    answer: Answer | None = None,
) -> Row:
    """Correct cells of a row, or answer whether it is a double; what it comes to now.

    Raises NotFound for a row that is not there, Invalid at a field that its list has not.
    """
    batch = lock(session, actor, batch_id, version, (BatchStatus.CHECKED,))
    kept = session.scalar(queries.row(batch.id, number))
    if kept is None:
        raise Invalid("Không có dòng này.", fields={"number": ["Không có dòng này."]})
    known = {each.key for each in FIELDS[Kind(batch.kind)]} | {"commune"}
    for name in cells.keys() - known:
        raise Invalid("Không có cột này.", fields={name: ["Không có cột này."]})
    (before,) = keeping.opened(session, [kept])
    mended = {name: tables.plain_text(text) or None for name, text in cells.items()}
    row = Row(number, repeats.without(before.cells, mended) | mended, answer or before.answer)
    fates.judge(session, actor, Kind(batch.kind), [row])
    keeping.keep(session, batch, kept, row)
    keeping.count(session, batch)
    batch.version += 1
    session.flush()
    detail = {"row": number, "fields": sorted(cells)}
    audit.record(session, "import_mended", table_name=TABLE, record_id=batch.id, detail=detail)
    return row


def see(
    session: Session, batch: ImportBatch, wanted: Select[tuple[ImportRow]], start: int, count: int
) -> list[Row]:
    """Rows of these from `start` on, opened for the office they belong to. Leaves its audit row."""
    kept = session.scalars(wanted.offset(start).limit(count)).all()
    if batch.kind == Kind.PERSONS and kept:
        detail = {"rows": [row.number for row in kept]}
        audit.record(session, "import_seen", table_name=TABLE, record_id=batch.id, detail=detail)
    return keeping.opened(session, kept)


def drop(session: Session, actor: Actor, batch_id: UUID, version: int) -> ImportBatch:
    """Give a list up, also while the worker is at it: its file and cells are gone."""
    before = tuple(BatchStatus(status) for status in queries.UNDER_WAY)
    batch = lock(session, actor, batch_id, version, before)
    batch.status = BatchStatus.DROPPED
    batch.version += 1
    session.flush()
    forget(session, [batch.id])
    audit.record(session, "import_dropped", table_name=TABLE, record_id=batch.id)
    return batch


def forget(session: Session, batch_ids: Collection[UUID]) -> None:
    """The files of these batches, and what stands in their rows."""
    for batch_id in batch_ids:
        lists.forget_file(session, batch_id)
        lists.forget_cells(session, batch_id)


def forget_old(session: Session) -> int:
    """What nobody committed for KEPT, and what nobody can undo after TAKEN_BACK; how many."""
    left = session.scalars(queries.LEFT_ALONE, {"kept": KEPT}).all()
    forget(session, left)
    return len(left) + lists.forget_old_cells(session, TAKEN_BACK)


def _read(session: Session, batch: ImportBatch) -> list[Row]:
    """The rows of the file's chosen sheet; nothing else of the file is held any longer."""
    content = uploading.require_file(session, batch)
    chosen = batch.headings[batch.sheet]
    table = uploading.read_file(content, batch.file_name)[chosen["table"]]
    return list(reading.rows(table, chosen, batch.mapping))


def _require_whole(batch: ImportBatch, mapping: Mapping[int, str]) -> None:
    known = {each.key: each for each in FIELDS[Kind(batch.kind)]}
    taken: dict[str, int] = {}
    for at, key in sorted(mapping.items()):
        if key not in known or key in taken:
            twice = "Hai cột cùng là mục này: để trống một cột."
            sentence = twice if key in taken else "Chọn trong danh sách."
            raise Invalid(sentence, fields={f"column-{at}": [sentence]})
        taken[key] = at
    main = next(each for each in known.values() if each.required)
    if main.key not in taken:
        sentence = f"Chưa có cột nào là “{main.heading}”."
        raise Invalid(sentence, fields={"columns": [sentence]})


def _remember(session: Session, batch: ImportBatch) -> None:
    """Keep what the headings of the chosen sheet mean here; "" for one that means nothing."""
    columns = batch.headings[batch.sheet]["columns"]
    told = {}
    for at, text in enumerate(columns):
        if text:
            told[headings.folded(text)[:200]] = batch.mapping.get(str(at), "")
    owner = {"organisation_id": batch.organisation_id, "kind": batch.kind}
    rows = [owner | {"heading": text, "field": key} for text, key in told.items() if text]
    if rows:
        session.execute(queries.remember(rows))
