"""The file of a list: kept sealed, read, its headings taken for fields. Flushes."""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from tempfile import NamedTemporaryFile

from sqlalchemy.orm import Session

from mapservice.accounts import rights
from mapservice.accounts.rights import Action, Actor
from mapservice.audit import service as audit
from mapservice.disclosure import lists
from mapservice.errors import Conflict, Invalid
from mapservice.imports import headings, queries, tables
from mapservice.imports.fields import Kind
from mapservice.imports.headings import Found
from mapservice.imports.models import BatchKind, ImportBatch
from mapservice.imports.tables import Table

SAMPLES = 3  # values shown of a column
REPLACED = "Tệp không còn là tệp đã đưa lên. Hãy tải tệp lên lại."
NO_LIST = (
    "Không thấy dòng tiêu đề cột (như “Tên địa điểm”, “Họ và tên”, “Xã”). Hãy thêm một dòng tiêu "
    "đề ở trên danh sách, hoặc dùng tệp mẫu."
)


def upload(
    session: Session, actor: Actor, file_name: str, content: bytes, kind: Kind | None = None
) -> ImportBatch:
    """Keep a file that holds a list, and what its headings seem to mean.

    Raises Invalid (field `file`) for one that cannot be read or holds no list.
    """
    rights.require(actor, Action.IMPORT)
    read = read_file(content, file_name)
    found = headings.find(read, kind, remembered(session, actor, kind))
    if not found:
        raise Invalid(NO_LIST, fields={"file": [NO_LIST]})
    batch = ImportBatch(
        organisation_id=actor.organisation.id,
        made_by=actor.id,
        kind=BatchKind(found[0].kind),
        file_name=Path(file_name).name[:200] or "danh-sach",
        file_hash=sha256(content).hexdigest(),
    )
    take(batch, read, found)
    session.add(batch)
    session.flush()
    lists.keep_file(session, batch.id, content, {"samples": _samples(read, found)})
    audit.record(
        session, "import_uploaded", table_name=ImportBatch.__tablename__, record_id=batch.id
    )
    return batch


def read_file(content: bytes, file_name: str) -> list[Table]:
    """The tables of a file's bytes. Raises Invalid (field `file`)."""
    with NamedTemporaryFile(suffix=Path(file_name).suffix[:10]) as file:
        file.write(content)
        file.flush()
        return tables.read(Path(file.name), file_name)


def require_file(session: Session, batch: ImportBatch) -> bytes:
    """The file that was uploaded, and no other (Conflict)."""
    content, _ = lists.open_file(session, batch.id)
    if sha256(content).hexdigest() != batch.file_hash:
        raise Conflict(REPLACED, code="file-replaced")
    return content


def samples(session: Session, batch: ImportBatch) -> Sequence[Mapping[str, list[str]]]:
    """Of each sheet {column: its first values}, as they stand in the file."""
    _, about = lists.open_file(session, batch.id)
    return about["samples"]


def remembered(session: Session, actor: Actor, kind: Kind | None) -> dict[str, str]:
    """What the actor's organisation means by its headings (folded -> field)."""
    known = BatchKind(kind) if kind else None
    return dict(session.execute(queries.headings(actor.organisation.id, known)).all())


def take(batch: ImportBatch, read: Sequence[Table], found: Sequence[Found]) -> None:
    """What was found in the file, the longest list as the one to begin with."""
    batch.headings = [
        {
            "table": each.table,
            "name": read[each.table].name,
            "columns": list(each.columns),
            "guess": {str(at): key for at, key in each.guess.items()},
            "row": each.row,
            "first": each.first,
            "last": each.last,
            "skipped": {str(row): why for row, why in each.skipped.items()},
            "sections": list(each.sections),
        }
        for each in found
    ]
    batch.sheet = max(range(len(found)), key=lambda n: (found[n].last - found[n].first, -n))
    batch.mapping = batch.headings[batch.sheet]["guess"]


def _samples(read: Sequence[Table], found: Sequence[Found]) -> list[dict[str, list[str]]]:
    told = []
    for each in found:
        rows = read[each.table].rows[each.first - 1 : each.last]
        columns = {}
        for at in range(len(each.columns)):
            values = dict.fromkeys(str(row[at])[:80] for row in rows if row[at] is not None)
            columns[str(at)] = list(values)[:SAMPLES]
        told.append(columns)
    return told
