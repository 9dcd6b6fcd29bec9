"""Assignments: one team taking one part of one need, reports from the field; plans that wait."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from geoalchemy2 import Geometry, WKBElement
from sqlalchemy import (
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Numeric,
    SmallInteger,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
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

    `seen_at`: when the team's leader first saw the proposal. That a need's parts and a team's
    `max_concurrent` are never exceeded is kept by the unique indexes below and
    core.guard_assignment (which locks need and team), not by callers.
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
    seen_at: Mapped[datetime | None]
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
    point: Mapped[WKBElement | None] = mapped_column(
        Geometry("POINT", srid=4326, spatial_index=False)
    )
    happened_at: Mapped[datetime]
    reporter_id: Mapped[UUID | None] = mapped_column(ForeignKey("core.user_account.id"))
    created_at: Mapped[created_now]


class ProposalLink(Base):
    """A personal link to a proposal, known by the SHA-256 of its token alone."""

    __tablename__ = "proposal_link"
    __table_args__ = (Index("ix_proposal_link_assignment_id", "assignment_id"),)

    token_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    assignment_id: Mapped[UUID] = mapped_column(
        ForeignKey("core.assignment.id", ondelete="CASCADE")
    )
    made_by: Mapped[UUID] = mapped_column(ForeignKey("core.user_account.id"))
    created_at: Mapped[created_now]


class PlanStatus(StrEnum):
    """A plan is made by the worker or at once; a draft may be changed until it is sent, which the
    worker does where it is large. `SENT`: nothing is left to send, and something was."""

    QUEUED, RUNNING, DRAFT = "queued", "running", "draft"
    SENDING, SENT = "sending", "sent"
    CANCELLED, FAILED = "cancelled", "failed"


class Failure(StrEnum):
    """Why a plan could not be made: the program broke, it took too long, the worker ended."""

    ERROR, TIME, STOPPED = "error", "time", "stopped"


class PairState(StrEnum):
    """What became of a plan's pair: an officer took it out or wants it sent, it was sent, it fitted
    no more."""

    PROPOSED, REMOVED = "proposed", "removed"
    SENDING, SENT, REFUSED = "sending", "sent", "refused"


class Proposer(StrEnum):
    SOLVER, OFFICER = "solver", "officer"


class StoredPlan(Base):
    """A plan as an organisation keeps it; `province`: of everywhere, not of its territory alone.

    `units`: of these admin units, null for all. `needs` that were open when it was asked for.
    `input_hash` names the problem that was solved, `facts` are its figures (`facts.of`). `tries`:
    how often the worker began to make it or to send a piece that never ended well; `sent_by`: for
    whom the worker sends it.
    """

    __tablename__ = "plan"
    __table_args__ = (
        Index("ix_plan_organisation_id", "organisation_id", "created_at"),
        Index(
            "ix_plan_waiting",
            "created_at",
            postgresql_where=text("status IN ('queued', 'running')"),
        ),
        Index(
            "ix_plan_sending",
            "created_at",
            postgresql_where=text("status = 'sending'"),
        ),
    )

    id: Mapped[primary_key]
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("core.organisation.id"))
    made_by: Mapped[UUID] = mapped_column(ForeignKey("core.user_account.id"))
    province: Mapped[bool]
    units: Mapped[list[int] | None] = mapped_column(ARRAY(Integer))
    status: Mapped[PlanStatus] = mapped_column(server_default=PlanStatus.QUEUED)
    needs: Mapped[int] = mapped_column(server_default=text("0"))
    input_hash: Mapped[str | None]
    travel_cost: Mapped[str | None]
    facts: Mapped[dict] = mapped_column(JSONB, server_default=text("'{}'"))
    version: Mapped[row_version]
    created_at: Mapped[created_now]
    finished_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    tries: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    sent_by: Mapped[UUID | None] = mapped_column(ForeignKey("core.user_account.id"))


class PlanPair(Base):
    """One team proposed for one part of one need; `metres` of the straight line between them.

    Of a need or a team that was deleted since the id is null and the code stays, so that the plan
    can tell of it; of a need the database takes the explanation too. `group_key`: whose share the
    need counts in. `assignment_id`: the proposal it became when it was sent.
    """

    __tablename__ = "plan_pair"
    __table_args__ = (
        Index("ix_plan_pair_need_id", "need_id"),
        Index("ix_plan_pair_team_id", "team_id"),
        Index("ix_plan_pair_assignment_id", "assignment_id"),
    )

    plan_id: Mapped[UUID] = mapped_column(
        ForeignKey("core.plan.id", ondelete="CASCADE"), primary_key=True
    )
    need_code: Mapped[str] = mapped_column(primary_key=True)
    team_code: Mapped[str] = mapped_column(primary_key=True)
    need_id: Mapped[UUID | None] = mapped_column(ForeignKey("core.need.id", ondelete="SET NULL"))
    team_id: Mapped[UUID | None] = mapped_column(ForeignKey("core.team.id", ondelete="SET NULL"))
    team_name: Mapped[str]
    group_key: Mapped[str]
    origin: Mapped[Proposer]
    state: Mapped[PairState] = mapped_column(server_default=PairState.PROPOSED)
    refusal: Mapped[str | None]
    metres: Mapped[int]
    explanation: Mapped[dict] = mapped_column(JSONB, server_default=text("'{}'"))
    assignment_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("core.assignment.id", ondelete="SET NULL")
    )
