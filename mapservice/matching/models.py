"""Assignments: one team taking one part of one need, and the reports from the field."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from geoalchemy2 import Geometry, WKBElement
from sqlalchemy import ARRAY, ForeignKey, Index, Numeric, SmallInteger, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from mapservice.db import Base, created_now, primary_key, row_version


class AssignmentStatus(StrEnum):
    """Legal transitions are rows of core.legal_transition."""

    PROPOSED, ACCEPTED, DECLINED, EXPIRED = "proposed", "accepted", "declined", "expired"
    UNDERWAY, DONE, CONFIRMED, DISPUTED = "underway", "done", "confirmed", "disputed"
    RELEASED, CANCELLED = "released", "cancelled"


class Origin(StrEnum):
    SOLVER, OFFICER, CLAIM = "solver", "officer", "claim"


# What fills a part of the need, and what fills a place of the team. A reported visit still
# fills the part until it is confirmed or disputed, but no longer keeps the team.
HOLDS_PART = "status IN ('proposed','accepted','underway','done','confirmed','disputed')"
HOLDS_TEAM = "status IN ('proposed','accepted','underway')"


class Assignment(Base):
    """`part` counts from 1; left null on insert the database takes the lowest free one.

    That a need's parts and a team's `max_concurrent` are never exceeded is kept by the unique
    indexes below and core.guard_assignment (which locks need and team), not by callers.
    """

    __tablename__ = "assignment"
    __table_args__ = (
        Index(
            "uq_assignment_need_part",
            "need_id",
            "part",
            unique=True,
            postgresql_where=text(HOLDS_PART),
        ),
        Index(
            "uq_assignment_need_team",
            "need_id",
            "team_id",
            unique=True,
            postgresql_where=text(HOLDS_PART),
        ),
        Index("ix_assignment_team_id", "team_id", postgresql_where=text(HOLDS_TEAM)),
        Index("ix_assignment_need_id", "need_id"),
    )

    id: Mapped[primary_key]
    need_id: Mapped[UUID] = mapped_column(ForeignKey("core.need.id", ondelete="CASCADE"))
    team_id: Mapped[UUID] = mapped_column(ForeignKey("core.team.id"))
    part: Mapped[int] = mapped_column(SmallInteger)
    quantity: Mapped[Decimal | None] = mapped_column(Numeric(12, 1))
    origin: Mapped[Origin]
    explanation: Mapped[dict] = mapped_column(JSONB, server_default=text("'{}'"))
    lease_until: Mapped[datetime | None]
    status: Mapped[AssignmentStatus] = mapped_column(server_default=AssignmentStatus.PROPOSED)
    status_reason: Mapped[str | None]
    status_at: Mapped[created_now]
    hours: Mapped[Decimal | None] = mapped_column(Numeric(7, 1))
    volunteers: Mapped[int | None] = mapped_column(SmallInteger)
    results: Mapped[str | None]
    reporter_id: Mapped[UUID | None] = mapped_column(ForeignKey("core.user_account.id"))
    confirmer_id: Mapped[UUID | None] = mapped_column(ForeignKey("core.user_account.id"))
    version: Mapped[row_version]
    created_at: Mapped[created_now]


class FieldReport(Base):
    """What a team saw and did. `id` is made on the device: the same report sent twice is one."""

    __tablename__ = "field_report"
    __table_args__ = (Index("ix_field_report_assignment_id", "assignment_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    assignment_id: Mapped[UUID] = mapped_column(
        ForeignKey("core.assignment.id", ondelete="CASCADE")
    )
    text: Mapped[str]
    photos: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    point: Mapped[WKBElement | None] = mapped_column(
        Geometry("POINT", srid=4326, spatial_index=False)
    )
    happened_at: Mapped[datetime]
    created_at: Mapped[created_now]
