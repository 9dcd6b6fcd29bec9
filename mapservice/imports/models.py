"""A list that came in: the batch, its rows with what became of each, headings as they were read.

What stands in the file and in its cells is sealed: `disclosure.models.ImportFile`, `ImportCells`.
"""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ARRAY, ForeignKey, Index, SmallInteger, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from mapservice.db import Base, created_now, primary_key, row_version


class BatchKind(StrEnum):
    """The same three as `fields.Kind`, whose words are the file's."""

    PLACES, PERSONS, TEAMS = "places", "persons", "teams"


class BatchStatus(StrEnum):
    """`checking` and `committing` are done at once or by the worker; the last three are ends."""

    UPLOADED, CHECKING, CHECKED, COMMITTING = "uploaded", "checking", "checked", "committing"
    COMMITTED, UNDONE, DROPPED = "committed", "undone", "dropped"


class Fate(StrEnum):
    """What a row comes to. `waiting`: a person must choose, or consent is missing."""

    NEW, CHANGED, SAME = "new", "changed", "same"
    DUPLICATE, WAITING, REFUSED = "duplicate", "waiting", "refused"


TO_DECIDE = (Fate.REFUSED, Fate.WAITING, Fate.DUPLICATE)  # the rows that somebody must look at


class Answer(StrEnum):
    """What somebody said of a likely double."""

    SAME, ANOTHER = "same", "another"


class ImportBatch(Base):
    """One file of one organisation. `headings`: per sheet that holds a list its name, columns and
    what they were taken for; `sheet` the one that is read, `mapping` {column: field}.

    `totals`: rows by fate; once committed, of what was done. `progress` of a step under way, or the
    `fault` that ended it. `submitting_by`: for whom the drafts that it made are being submitted.
    """

    __tablename__ = "import_batch"
    __table_args__ = (
        Index("ix_import_batch_organisation_id", "organisation_id", "created_at"),
        Index(
            "ix_import_batch_waiting",
            "created_at",
            postgresql_where=text("status IN ('checking', 'committing')"),
        ),
        Index(
            "ix_import_batch_submitting",
            "created_at",
            postgresql_where=text("submitting_by IS NOT NULL"),
        ),
    )

    id: Mapped[primary_key]
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("core.organisation.id"))
    made_by: Mapped[UUID] = mapped_column(ForeignKey("core.user_account.id"))
    kind: Mapped[BatchKind]
    file_name: Mapped[str]
    file_hash: Mapped[str]
    status: Mapped[BatchStatus] = mapped_column(server_default=BatchStatus.UPLOADED)
    headings: Mapped[list] = mapped_column(JSONB, server_default=text("'[]'"))
    sheet: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    mapping: Mapped[dict] = mapped_column(JSONB, server_default=text("'{}'"))
    rows: Mapped[int] = mapped_column(server_default=text("0"))
    totals: Mapped[dict] = mapped_column(JSONB, server_default=text("'{}'"))
    progress: Mapped[dict] = mapped_column(JSONB, server_default=text("'{}'"))
    version: Mapped[row_version]
    created_at: Mapped[created_now]
    checked_at: Mapped[datetime | None]
    committed_at: Mapped[datetime | None]
    undone_at: Mapped[datetime | None]
    submitting_by: Mapped[UUID | None] = mapped_column(ForeignKey("core.user_account.id"))


class ImportRow(Base):
    """One row. `number` is the sheet's, `address_id` or `team_id` the record it made (`made`),
    changed, or is the same as; `left_version` that record's version as the import left it.
    `unsent`: why its record could not be submitted."""

    __tablename__ = "import_row"
    __table_args__ = (
        UniqueConstraint("batch_id", "number"),
        Index("ix_import_row_address_id", "address_id"),
        Index("ix_import_row_team_id", "team_id"),
    )

    id: Mapped[primary_key]
    batch_id: Mapped[UUID] = mapped_column(ForeignKey("core.import_batch.id", ondelete="CASCADE"))
    number: Mapped[int]
    fate: Mapped[Fate]
    fields: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    faults: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    answer: Mapped[Answer | None]
    address_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("core.address.id", ondelete="SET NULL")
    )
    team_id: Mapped[UUID | None] = mapped_column(ForeignKey("core.team.id", ondelete="SET NULL"))
    made: Mapped[bool] = mapped_column(server_default=text("false"))
    left_version: Mapped[int | None]
    unsent: Mapped[str | None]


class ImportHeading(Base):
    """Which field an organisation means by a heading (folded), as it was last corrected."""

    __tablename__ = "import_heading"

    organisation_id: Mapped[UUID] = mapped_column(
        ForeignKey("core.organisation.id", ondelete="CASCADE"), primary_key=True
    )
    kind: Mapped[BatchKind] = mapped_column(primary_key=True)
    heading: Mapped[str] = mapped_column(primary_key=True)
    field: Mapped[str]
