"""What imports ask of the database. Lists have a total order."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Update, func, null, select, text, update
from sqlalchemy.dialects.postgresql import Insert, insert

from mapservice.accounts.models import Organisation
from mapservice.accounts.rights import Actor
from mapservice.addresses.models import Address, AddressStatus
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


def rows(
    batch_id: UUID, fate: Fate | None = None, state: AddressStatus | None = None
) -> Select[tuple[ImportRow]]:
    """The rows of a batch (with this fate; that made an address in this state), as in the sheet."""
    statement = select(ImportRow).where(ImportRow.batch_id == batch_id)
    if fate is not None:
        statement = statement.where(ImportRow.fate == fate)
    if state is not None:
        made = Address.id == ImportRow.address_id
        statement = statement.join(Address, made).where(ImportRow.made, Address.status == state)
    return statement.order_by(ImportRow.number)


def count(wanted: Select[tuple[ImportRow]]) -> Select[tuple[int]]:
    """How many rows these are."""
    return wanted.order_by(None).with_only_columns(func.count(), maintain_column_froms=True)


def row(batch_id: UUID, number: int) -> Select[tuple[ImportRow]]:
    return select(ImportRow).where(ImportRow.batch_id == batch_id, ImportRow.number == number)


def totals(batch_id: UUID) -> Select[tuple[Fate, int]]:
    """(fate, how many rows) of a batch."""
    return (
        select(ImportRow.fate, func.count())
        .where(ImportRow.batch_id == batch_id)
        .group_by(ImportRow.fate)
    )


def record_states(batch_id: UUID) -> Select[tuple[AddressStatus, int]]:
    """(state, how many) of the addresses that a batch made."""
    return (
        select(Address.status, func.count())
        .join(ImportRow, ImportRow.address_id == Address.id)
        .where(ImportRow.batch_id == batch_id, ImportRow.made)
        .group_by(Address.status)
    )


def drafts(batch_id: UUID) -> Select[tuple[ImportRow, str, int]]:
    """(row, code, version) of each address a batch made that nobody has submitted or tried to.

    By code, as every step with many records locks them.
    """
    return (
        select(ImportRow, Address.public_code, Address.version)
        .join(Address, Address.id == ImportRow.address_id)
        .where(*_unsent(batch_id), ImportRow.unsent.is_(None))
        .order_by(Address.public_code)
    )


def refused_drafts(batch_id: UUID) -> Select[tuple[ImportRow]]:
    """The rows whose address could not be submitted, and is a draft still."""
    return (
        select(ImportRow)
        .join(Address, Address.id == ImportRow.address_id)
        .where(*_unsent(batch_id), ImportRow.unsent.is_not(None))
        .order_by(ImportRow.number)
    )


def _unsent(batch_id: UUID) -> tuple[ColumnElement[bool], ...]:
    drafts = Address.status == AddressStatus.DRAFT
    return ImportRow.batch_id == batch_id, ImportRow.made, drafts


def try_again(batch_id: UUID) -> Update:
    """Forget why records of a batch could not be submitted."""
    told = ImportRow.batch_id == batch_id, ImportRow.unsent.is_not(None)
    return update(ImportRow).where(*told).values(unsent=None)


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


def stored(model: type[Address] | type[Team], ids: Collection[UUID]) -> Select:
    """These records as they are now."""
    return (
        select(model)
        .where(model.id.in_(ids))
        .order_by(model.id)
        .execution_options(populate_existing=True)
    )


def coded(model: type[Address] | type[Team], codes: Collection[str]) -> Select[tuple]:
    """(public code, id, units, nature, state) of the records with these codes; a team has neither
    nature nor state."""
    told = (Address.nature, Address.status) if model is Address else (null(), null())
    return select(model.public_code, model.id, model.unit_ids, *told).where(
        model.public_code.in_(codes)
    )


NEXT = text("""
    SELECT id FROM core.import_batch WHERE status IN ('checking', 'committing')
    ORDER BY created_at, id LIMIT 1""")

NEXT_DRAFTS = text("""
    SELECT id FROM core.import_batch WHERE submitting_by IS NOT NULL
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

# Public codes of records that are not as their row left them, or that something else refers to.
# A record that was submitted as it was written, its needs with it, is one that nobody decided on.
BUILT_ON = text("""
    SELECT coalesce(a.public_code, t.public_code) AS code
    FROM core.import_row AS r
      LEFT JOIN core.address AS a ON a.id = r.address_id
      LEFT JOIN core.team AS t ON t.id = r.team_id
    WHERE r.id = ANY (CAST(:rows AS uuid[])) AND (
      coalesce(a.version, t.version) IS DISTINCT FROM r.left_version
      OR r.made AND (
        a.status NOT IN ('draft', 'submitted') OR t.verified
        OR EXISTS (SELECT FROM core.need AS n WHERE n.address_id = a.id
                   AND (n.status <> a.status
                        OR n.version > CASE n.status WHEN 'submitted' THEN 2 ELSE 1 END))
        OR EXISTS (SELECT FROM core.photo AS p WHERE p.address_id = a.id)
        OR EXISTS (SELECT FROM core.address AS d WHERE d.duplicate_of_id = a.id)
        OR EXISTS (SELECT FROM core.assignment AS s WHERE s.team_id = t.id)
        OR EXISTS (SELECT FROM core.import_row AS o WHERE o.batch_id <> r.batch_id
                   AND o.fate = 'changed' AND o.left_version IS NOT NULL
                   AND (o.address_id = a.id OR o.team_id = t.id))))
    ORDER BY r.number""")

# Changes of these rows were taken back: who had left the record just before has left it as it is
# now, and nothing of these rows stands in the way of taking that back too.
HAND_BACK = text("""
    WITH undone AS (
      SELECT r.id, r.batch_id, r.address_id, r.team_id, r.left_version,
             coalesce(a.version, t.version) AS version
      FROM core.import_row AS r
        LEFT JOIN core.address AS a ON a.id = r.address_id
        LEFT JOIN core.team AS t ON t.id = r.team_id
      WHERE r.id = ANY (CAST(:rows AS uuid[]))
    ), forgotten AS (
      UPDATE core.import_row AS r SET left_version = NULL FROM undone AS u WHERE r.id = u.id
    )
    UPDATE core.import_row AS r SET left_version = u.version FROM undone AS u
    WHERE r.batch_id <> u.batch_id AND r.left_version = u.left_version - 1
      AND (r.address_id = u.address_id OR r.team_id = u.team_id)""")
REMOVE_NEEDS = text("""
    DELETE FROM core.need WHERE address_id = ANY (CAST(:addresses AS uuid[]))""")
REMOVE_ADDRESSES = text("""
    DELETE FROM core.address WHERE id = ANY (CAST(:addresses AS uuid[]))""")
REMOVE_TEAMS = text("DELETE FROM core.team WHERE id = ANY (CAST(:teams AS uuid[]))")


# Who stops a step waits for the piece of it that holds the list.
PATIENTLY = text("SET LOCAL statement_timeout = '30s'")


def alone(organisation_id: UUID) -> Select[tuple[UUID]]:
    """Of two lists of one office that are written at once the second sees what the first made."""
    return (
        select(Organisation.id)
        .where(Organisation.id == organisation_id)
        .with_for_update(key_share=True)
    )


def records(model: type[Address] | type[Team], ids: Collection[UUID]) -> Select[tuple]:
    """(id, public code, name, state) of these records; a person has no name, a team no state."""
    told = (Address.title, Address.status) if model is Address else (Team.name, null())
    return select(model.id, model.public_code, *told).where(model.id.in_(ids))


# What became of many rows at once (:rows as JSON).
SETTLE = text("""
    UPDATE core.import_row AS r
    SET fate = n.fate, fields = n.fields, faults = n.faults, address_id = n.address_id,
        team_id = n.team_id, made = n.made, left_version = n.left_version
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS n (id uuid, fate text, fields text[],
      faults text[], address_id uuid, team_id uuid, made boolean, left_version integer)
    WHERE r.id = n.id""")
