"""What imported lists ask of the private tables."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import Delete, Select, TextClause, delete, select, text

from mapservice.disclosure.models import ImportCells, ImportFile

# (fingerprint, record) of rows that were committed and not undone, whose record still lives in
# this territory; the latest first.
KNOWN = text("""
    SELECT c.fingerprint, coalesce(r.address_id, r.team_id) AS record
    FROM private.import_cells AS c
      JOIN core.import_row AS r ON r.id = c.row_id
      JOIN core.import_batch AS b ON b.id = r.batch_id AND b.status = 'committed'
      LEFT JOIN core.address AS a ON a.id = r.address_id
      LEFT JOIN core.team AS t ON t.id = r.team_id
    WHERE c.fingerprint = ANY (CAST(:fingerprints AS bytea[]))
      AND r.fate IN ('new', 'changed', 'same')
      AND (a.status NOT IN ('rejected', 'withdrawn', 'duplicate') OR t.id IS NOT NULL)
      AND (:everywhere OR coalesce(a.unit_ids, t.unit_ids) && CAST(:territory AS integer[]))
    ORDER BY b.committed_at DESC, r.number""")

# Cells of what was committed, once nobody can take it back any more.
FORGET_CELLS = text("""
    UPDATE private.import_cells AS c SET content = NULL
    FROM core.import_row AS r JOIN core.import_batch AS b ON b.id = r.batch_id
    WHERE r.id = c.row_id AND c.content IS NOT NULL AND b.status IN ('committed', 'undone')
      AND b.committed_at < now() - CAST(:kept AS interval)
    RETURNING c.row_id""")


def of(model: type, record_ids: Collection[UUID]) -> Select:
    """The sealed rows of several records of one of the private tables."""
    key = next(iter(model.__table__.primary_key))
    return select(model).where(key.in_(record_ids)).execution_options(populate_existing=True)


def forget_file(batch_id: UUID) -> Delete:
    return delete(ImportFile).where(ImportFile.batch_id == batch_id)


def import_cells(row_ids: Collection[UUID]) -> Select[tuple[ImportCells]]:
    return of(ImportCells, row_ids)


def forget_cells(batch_id: UUID, row_ids: Collection[UUID] | None) -> TextClause:
    """What stood in a batch's rows (None: in all of them) goes; their fingerprints stay."""
    return text("""
        UPDATE private.import_cells AS c SET content = NULL FROM core.import_row AS r
        WHERE r.id = c.row_id AND r.batch_id = :batch
          AND (CAST(:rows AS uuid[]) IS NULL OR r.id = ANY (CAST(:rows AS uuid[])))
        """).bindparams(batch=batch_id, rows=None if row_ids is None else list(row_ids))
