"""A need: one kind of help wanted at an address, and how far along it is."""

from datetime import date
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    Computed,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Numeric,
    SmallInteger,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import DATERANGE, Range
from sqlalchemy.orm import Mapped, mapped_column

from mapservice.addresses.models import Nature
from mapservice.db import Base, created_now, primary_key, row_version


class NeedStatus(StrEnum):
    """Legal transitions are rows of core.legal_transition; MATCHED … MET follow from assignments
    by core.need_status_by_assignments and cannot be typed."""

    DRAFT, SUBMITTED, RETURNED, VERIFIED = "draft", "submitted", "returned", "verified"
    PUBLISHED, MATCHED, IN_PROGRESS = "published", "matched", "in_progress"
    PARTLY_MET, MET, CLOSED = "partly_met", "met", "closed"
    REJECTED, EXPIRED, WITHDRAWN, DUPLICATE = "rejected", "expired", "withdrawn", "duplicate"


OPEN = (
    NeedStatus.PUBLISHED,
    NeedStatus.MATCHED,
    NeedStatus.IN_PROGRESS,
    NeedStatus.PARTLY_MET,
)


class NeedCategory(Base):
    """Data: `icon` is a Tabler icon name, `colour` a CSS hex, `unit` what is counted."""

    __tablename__ = "need_category"

    code: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    icon: Mapped[str]
    colour: Mapped[str]
    unit: Mapped[str]
    position: Mapped[int] = mapped_column(SmallInteger)


class Need(Base):
    """`parts` team visits are wanted, each with `people_per_part` people holding `skills`.

    `together`: all visits at once or none. `people_in_all`, of such a need alone: its teams bring
    so many people and the skills between them, and each alone only `people_per_part` people.

    `wanted_during` is a range of days, null for any time. A person's need has no free text
    (CHECK person_bare); its nature is tied to its address by a composite foreign key.
    `helps_people`: how many people it helps, null as many as the place counts; `concerns`: of
    health, disability, children. Fewer than ten people and one of these tell of persons: CHECK
    few_are_persons keeps such a need of a place from being published.
    """

    __tablename__ = "need"
    __table_args__ = (
        ForeignKeyConstraint(
            ["address_id", "nature"],
            ["core.address.id", "core.address.nature"],
            name="fk_need_address_id_nature_address",
            ondelete="CASCADE",
        ),
        Index("ix_need_address_id", "address_id"),
        Index("ix_need_category_status", "category", "status"),
        Index("ix_need_campaign_id", "campaign_id"),
        Index("ix_need_status_urgency_id", "status", text("urgency DESC"), "id"),
        Index(
            "ix_need_title_folded",
            "title_folded",
            postgresql_using="gin",
            postgresql_ops={"title_folded": "ext.gin_trgm_ops"},
        ),
    )

    id: Mapped[primary_key]
    public_code: Mapped[str] = mapped_column(
        unique=True, server_default=text("core.new_need_code()")
    )
    address_id: Mapped[UUID]
    nature: Mapped[Nature]
    category: Mapped[str] = mapped_column(ForeignKey("core.need_category.code"))
    title: Mapped[str | None]
    title_folded: Mapped[str | None] = mapped_column(Computed("core.fold(title)", persisted=True))
    description: Mapped[str | None]
    quantity: Mapped[Decimal] = mapped_column(Numeric(12, 1), server_default=text("1"))
    unit: Mapped[str]
    parts: Mapped[int] = mapped_column(SmallInteger, server_default=text("1"))
    people_per_part: Mapped[int] = mapped_column(SmallInteger, server_default=text("1"))
    together: Mapped[bool] = mapped_column(server_default=text("false"))
    people_in_all: Mapped[int | None] = mapped_column(SmallInteger)
    skills: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    wanted_during: Mapped[Range[date] | None] = mapped_column(DATERANGE)
    urgency: Mapped[int] = mapped_column(SmallInteger)
    helps_people: Mapped[int | None]
    concerns: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    committed_quantity: Mapped[Decimal] = mapped_column(Numeric(12, 1), server_default=text("0"))
    pledged_quantity: Mapped[Decimal] = mapped_column(Numeric(12, 1), server_default=text("0"))
    reached_quantity: Mapped[Decimal] = mapped_column(Numeric(12, 1), server_default=text("0"))
    campaign_id: Mapped[UUID | None] = mapped_column(ForeignKey("core.campaign.id"))
    status: Mapped[NeedStatus] = mapped_column(server_default=NeedStatus.DRAFT)
    status_reason: Mapped[str | None]
    status_at: Mapped[created_now]
    registered_by: Mapped[UUID | None] = mapped_column(ForeignKey("core.user_account.id"))
    verified_by: Mapped[UUID | None] = mapped_column(ForeignKey("core.user_account.id"))
    duplicate_of_id: Mapped[UUID | None] = mapped_column(ForeignKey("core.need.id"))
    version: Mapped[row_version]
    created_at: Mapped[created_now]
