"""A campaign or youth work: Mùa hè xanh, Xuân tình nguyện, a training class …"""

from datetime import date
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from mapservice.db import Base, primary_key


class CampaignKind(StrEnum):
    CAMPAIGN, YOUTH_WORK, TRAINING, FESTIVAL = "campaign", "youth_work", "training", "festival"


class Campaign(Base):
    __tablename__ = "campaign"

    id: Mapped[primary_key]
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    kind: Mapped[CampaignKind]
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("core.organisation.id"))
    place_id: Mapped[UUID | None] = mapped_column(ForeignKey("core.address.id"))
