"""Volunteer teams and the skills they offer."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Numeric,
    SmallInteger,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import MultiRange
from sqlalchemy.orm import Mapped, mapped_column

from mapservice.db import Base, created_now, point_4326, primary_key, row_version
from mapservice.teams.windows import DayRanges


class TeamKind(StrEnum):
    CORE_YOUTH, VOLUNTEER, COMMUNITY_DIGITAL = "core_youth", "volunteer", "community_digital"
    ONLINE_PUBLIC_SERVICE, YOUNG_INTELLECTUALS = "online_public_service", "young_intellectuals"
    MEDICAL, STUDENT, CLUB = "medical", "student", "club"


class TeamState(StrEnum):
    READY, BUSY, RESTING, SUSPENDED = "ready", "busy", "resting", "suspended"


class SuspensionReason(StrEnum):
    """Codes, not words: the reason goes into the trail, which names nobody."""

    INACTIVE, MISCONDUCT, OWN_WISH = "inactive", "misconduct", "own_wish"
    DUPLICATE, OTHER = "duplicate", "other"


class Skill(Base):
    """A skill is data; needs and teams hold arrays of codes, checked by core.check_skills."""

    __tablename__ = "skill"

    code: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    position: Mapped[int] = mapped_column(SmallInteger)


class Team(Base):
    """Volunteers who act together.

    `base` is where travel starts; it is public only when `base_public`, else the commune's label
    point is shown. `max_concurrent` counts parts of needs at a time. `available_during` is a set
    of day ranges, null for always. `to_recheck`: what the officer verified it for (skills, base)
    was changed since by somebody who may not verify.
    """

    __tablename__ = "team"
    __table_args__ = (
        Index("ix_team_base", "base", postgresql_using="gist"),
        Index("ix_team_base_geography", text("ext.geography(base)"), postgresql_using="gist"),
        Index("ix_team_skills", "skills", postgresql_using="gin"),
        Index("ix_team_unit_ids", "unit_ids", postgresql_using="gin"),
        Index("ix_team_organisation_id", "organisation_id"),
        Index("ix_team_leader_id", "leader_id"),
    )

    id: Mapped[primary_key]
    public_code: Mapped[str] = mapped_column(
        unique=True, server_default=text("core.new_team_code()")
    )
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("core.organisation.id"))
    leader_id: Mapped[UUID | None] = mapped_column(ForeignKey("core.user_account.id"))
    kind: Mapped[TeamKind]
    name: Mapped[str]
    people: Mapped[int] = mapped_column(SmallInteger)
    base: Mapped[point_4326]
    base_public: Mapped[bool] = mapped_column(server_default=text("false"))
    commune_id: Mapped[int] = mapped_column(ForeignKey("core.admin_unit.id"))
    former_commune_id: Mapped[int | None] = mapped_column(ForeignKey("core.admin_unit.id"))
    unit_ids: Mapped[list[int]] = mapped_column(ARRAY(Integer), server_default=text("'{}'"))
    skills: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    languages: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{vi}'"))
    vehicles: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    max_concurrent: Mapped[int] = mapped_column(SmallInteger, server_default=text("1"))
    radius_km: Mapped[Decimal] = mapped_column(Numeric(5, 1))
    available_during: Mapped[MultiRange[date] | None] = mapped_column(DayRanges)
    state: Mapped[TeamState] = mapped_column(server_default=TeamState.READY)
    suspension_reason: Mapped[SuspensionReason | None]
    verified: Mapped[bool] = mapped_column(server_default=text("false"))
    verified_at: Mapped[datetime | None]
    verified_by: Mapped[UUID | None] = mapped_column(ForeignKey("core.user_account.id"))
    to_recheck: Mapped[bool] = mapped_column(server_default=text("false"))
    contact_consent_at: Mapped[datetime | None]
    contact_consent_by: Mapped[UUID | None] = mapped_column(ForeignKey("core.user_account.id"))
    demo: Mapped[bool] = mapped_column(server_default=text("false"))
    version: Mapped[row_version]
    created_at: Mapped[created_now]


class TeamContact(Base):
    """The leader's name and phone: ciphertext only."""

    __tablename__ = "team_contact"
    __table_args__ = (
        Index("ix_team_contact_key_version", "key_version"),
        {"schema": "private"},
    )

    team_id: Mapped[UUID] = mapped_column(
        ForeignKey("core.team.id", ondelete="CASCADE"), primary_key=True
    )
    key_version: Mapped[int] = mapped_column(SmallInteger)
    name: Mapped[bytes] = mapped_column(LargeBinary)
    phone: Mapped[bytes | None] = mapped_column(LargeBinary)
