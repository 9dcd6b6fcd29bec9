"""What screening asks of the database: the ticks of records."""

from collections.abc import Collection, Mapping
from uuid import UUID

from sqlalchemy import Delete, Select, delete, select
from sqlalchemy.dialects.postgresql import Insert, insert

from mapservice.screening.models import TextCheck


def ticks(record_ids: Collection[UUID]) -> Select[tuple[TextCheck]]:
    """Finds in the texts of these records that were called harmless."""
    return (
        select(TextCheck)
        .where(TextCheck.record_id.in_(record_ids))
        .order_by(TextCheck.record_id, TextCheck.field, TextCheck.found)
    )


def keep_tick(row: Mapping[str, object]) -> Insert:
    """Keep one find as harmless; who said so first stays."""
    return insert(TextCheck).values(row).on_conflict_do_nothing()


def forget_ticks(record_ids: Collection[UUID], kept: Collection[bytes]) -> Delete:
    """End the ticks of these records whose find is in no text any more."""
    return delete(TextCheck).where(
        TextCheck.record_id.in_(record_ids), TextCheck.found.not_in(kept)
    )
