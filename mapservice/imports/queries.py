"""What imports ask of the database. Lists have a total order."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import Select, func, select, text
from sqlalchemy.dialects.postgresql import Insert, insert

from mapservice.accounts.rights import Actor
from mapservice.addresses.models import Address
from mapservice.imports.models import BatchKind, Fate, ImportBatch, ImportHeading, ImportRow
from mapservice.teams.models import Team

UNDER_WAY = ("uploaded", "checking", "checked", "committing")
ENDED = ("rejected", "withdrawn", "duplicate")  # of an address


def reachable(actor: Actor) -> Select:
    """The batches of the actor's organisation and those below it."""
    statement = select(ImportBatch)
    if actor.organisations is None:
        return statement
    return statement.where(ImportBatch.organisation_id.in_(actor.organisations))


def rows(batch_id: UUID, fate: Fate | None = None) -> Select[tuple[ImportRow]]:
    """The rows of a batch (with this fate), as in the sheet."""
    statement = select(ImportRow).where(ImportRow.batch_id == batch_id)
    if fate is not None:
        statement = statement.where(ImportRow.fate == fate)
    return statement.order_by(ImportRow.number)


def row(batch_id: UUID, number: int) -> Select[tuple[ImportRow]]:
    return select(ImportRow).where(ImportRow.batch_id == batch_id, ImportRow.number == number)


def totals(batch_id: UUID) -> Select[tuple[Fate, int]]:
    """(fate, how many rows) of a batch."""
    return (
        select(ImportRow.fate, func.count())
        .where(ImportRow.batch_id == batch_id)
        .group_by(ImportRow.fate)
    )


def headings(organisation_id: UUID, kind: BatchKind | None) -> Select[tuple[str, str]]:
    """(folded heading, field) as an organisation corrected them."""
    statement = select(ImportHeading.heading, ImportHeading.field).where(
        ImportHeading.organisation_id == organisation_id
    )
    if kind is not None:
        statement = statement.where(ImportHeading.kind == kind)
    return statement.order_by(ImportHeading.heading, ImportHeading.kind)


def remember(headings: Sequence[dict[str, object]]) -> Insert:
    """Keep these headings, in place of what they meant before."""
    statement = insert(ImportHeading).values(headings)
    return statement.on_conflict_do_update(
        index_elements=["organisation_id", "kind", "heading"],
        set_={"field": statement.excluded.field},
    )


def addresses(ids: Collection[UUID]) -> Select[tuple[Address]]:
    """These addresses as they are now."""
    return (
        select(Address)
        .where(Address.id.in_(ids))
        .order_by(Address.id)
        .execution_options(populate_existing=True)
    )


def by_codes(model: type[Address] | type[Team], codes: Collection[str]) -> Select:
    """The records with these public codes as they are now."""
    return (
        select(model)
        .where(model.public_code.in_(codes))
        .order_by(model.id)
        .execution_options(populate_existing=True)
    )


NEXT = text("""
    SELECT id FROM core.import_batch WHERE status IN ('checking', 'committing')
    ORDER BY created_at, id LIMIT 1""")

# How far a step is; refused once somebody stopped it.
TELL = text("""
    UPDATE core.import_batch SET progress = jsonb_build_object('step', CAST(:step AS text),
      'done', CAST(:done AS int), 'total', CAST(:total AS int))
    WHERE id = :batch AND status = :status""")

# What waited too long: its file and cells go, the batch stays as one that was given up.
LEFT_ALONE = text("""
    UPDATE core.import_batch SET status = 'dropped', version = version + 1
    WHERE status IN ('uploaded', 'checked') AND created_at < now() - CAST(:kept AS interval)
    RETURNING id""")
