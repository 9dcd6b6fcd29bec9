"""What imported lists ask of the private tables."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import Delete, Select, TextClause, delete, select, text

from mapservice.disclosure.models import ImportCells, ImportFile

# (fingerprint, record) of rows that were committed and not undone, whose record still lives in
# this territory; the latest first. Each is looked up: of lists that came in a moment ago nobody
# knows yet how long they are, and joining thousands with thousands takes minutes.
KNOWN = text("""
    SELECT f.fingerprint, coalesce(r.address_id, r.team_id) AS record
    FROM unnest(CAST(:fingerprints AS bytea[])) AS f (fingerprint)
      CROSS JOIN LATERAL (
        SELECT x.row_id FROM private.import_cells AS x
        WHERE x.fingerprint = f.fingerprint OFFSET 0) AS c
      CROSS JOIN LATERAL (
        SELECT x.batch_id, x.number, x.fate, x.address_id, x.team_id FROM core.import_row AS x
        WHERE x.id = c.row_id OFFSET 0) AS r
      JOIN core.import_batch AS b ON b.id = r.batch_id AND b.status = 'committed'
      LEFT JOIN LATERAL (
        SELECT x.status, x.unit_ids FROM core.address AS x
        WHERE x.id = r.address_id OFFSET 0) AS a ON true
      LEFT JOIN LATERAL (
        SELECT x.id, x.unit_ids FROM core.team AS x WHERE x.id = r.team_id OFFSET 0) AS t ON true
    WHERE r.fate IN ('new', 'changed', 'same')
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


def locked(model: type, record_ids: Collection[UUID]) -> Select:
    """The same, locked for a change in one order for all."""
    return of(model, record_ids).order_by(*model.__table__.primary_key).with_for_update()


def forget_file(batch_id: UUID) -> Delete:
    return delete(ImportFile).where(ImportFile.batch_id == batch_id)


def import_cells(row_ids: Collection[UUID]) -> Select[tuple[ImportCells]]:
    return of(ImportCells, row_ids)


def forget_cells(batch_id: UUID, row_ids: Collection[UUID] | None) -> TextClause:
    """What stood in a batch's rows (None: in all of them) goes; their fingerprints stay."""
    if row_ids is None:
        which, of = "SELECT id FROM core.import_row WHERE batch_id = :of", batch_id
    else:
        which, of = "SELECT unnest(CAST(:of AS uuid[]))", list(row_ids)
    forget = f"UPDATE private.import_cells SET content = NULL WHERE row_id IN ({which})"
    return text(forget).bindparams(of=of)
