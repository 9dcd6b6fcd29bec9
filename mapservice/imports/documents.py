"""A list that came in as JSON: how far it is, and the rows that somebody must look at."""

from sqlalchemy.orm import Session

from mapservice.accounts.rights import Actor
from mapservice.imports import keeping, queries, submitting
from mapservice.imports.fates import Row
from mapservice.imports.models import TO_DECIDE, ImportBatch

MOST_TOLD = 1000  # problems in one answer


def record(session: Session, actor: Actor, batch: ImportBatch) -> dict[str, object]:
    """A list as JSON, with the rows that somebody must look at, for the office it belongs to."""
    own = batch.organisation_id == actor.organisation.id
    return {name: getattr(batch, name) for name in LINE} | {
        "columns": batch.mapping,
        "submitting": batch.submitting_by is not None,
        "records": submitting.states(session, batch),
        "problems": _problems(session, batch) if own else [],
    }


LINE = (
    "id", "kind", "status", "file_name", "file_hash", "rows", "totals", "version", "created_at",
    "committed_at", "undone_at",
)  # fmt: skip


def _problems(session: Session, batch: ImportBatch) -> list[dict[str, object]]:
    wanted = queries.rows(batch.id).where(queries.ImportRow.fate.in_(TO_DECIDE)).limit(MOST_TOLD)
    kept = session.scalars(wanted).all()
    unsent = session.scalars(queries.refused_drafts(batch.id).limit(MOST_TOLD - len(kept)))
    return [told(row) for row in keeping.opened(session, (*kept, *unsent))]


def told(row: Row) -> dict[str, object]:
    """A row as JSON; nothing of what stands in it."""
    double = row.double or {}
    reasons = (*row.faults, *([("", row.unsent)] if row.unsent else ()))
    return {
        "number": row.number,
        "fate": row.fate,
        "fields_changed": list(row.fields),
        "faults": [{"field": name, "reason": reason} for name, reason in reasons],
        "choices": [key for key, _ in row.choose],
        "double": double.get("code") or (f"#{double['row']}" if double.get("row") else None),
    }
