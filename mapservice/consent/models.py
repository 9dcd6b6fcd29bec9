"""Consents and their wordings, emergencies, retention times and the ledger of erasures."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from mapservice.db import Base, created_now, primary_key


class Purpose(StrEnum):
    """What a person agrees to: being registered, and being shown to the team that helps."""

    REGISTER, SHARE_WITH_TEAM = "register", "share_with_team"


class Giver(StrEnum):
    """Who agrees: the person, the guardian of a child, the child itself (from 7)."""

    PERSON, GUARDIAN, CHILD = "person", "guardian", "child"


class Channel(StrEnum):
    PAPER, SPOKEN, ONLINE = "paper", "spoken", "online"


class Ground(StrEnum):
    """Why a person may be registered before anybody could be asked."""

    LIFE_OR_HEALTH, CHILD_AT_RISK = "life_or_health", "child_at_risk"
    NATURAL_DISASTER, FIRE_OR_ACCIDENT = "natural_disaster", "fire_or_accident"


class ConsentWording(Base):
    """What is read to the giver, word for word. Frozen by a trigger once anybody agreed to it."""

    __tablename__ = "consent_wording"

    purpose: Mapped[Purpose] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    giver: Mapped[Giver] = mapped_column(primary_key=True)
    text: Mapped[str]
    valid_from: Mapped[date]


class Consent(Base):
    """One giver's agreement to one purpose: no name, nothing in free text.

    Only `withdrawn_at` may ever be set, once (a trigger refuses every other change).
    """

    __tablename__ = "consent"
    __table_args__ = (
        ForeignKeyConstraint(
            ["purpose", "wording_version", "giver"],
            [
                "core.consent_wording.purpose",
                "core.consent_wording.version",
                "core.consent_wording.giver",
            ],
        ),
        Index("ix_consent_address_id_purpose", "address_id", "purpose"),
    )

    id: Mapped[primary_key]
    address_id: Mapped[UUID] = mapped_column(ForeignKey("core.address.id", ondelete="CASCADE"))
    purpose: Mapped[Purpose]
    giver: Mapped[Giver]
    wording_version: Mapped[int] = mapped_column(SmallInteger)
    channel: Mapped[Channel]
    collected_by: Mapped[UUID] = mapped_column(ForeignKey("core.user_account.id"))
    given_at: Mapped[created_now]
    valid_until: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]


class EmergencyBasis(Base):
    """Instead of consent, once for a record and for 30 days at most."""

    __tablename__ = "emergency_basis"

    address_id: Mapped[UUID] = mapped_column(
        ForeignKey("core.address.id", ondelete="CASCADE"), primary_key=True
    )
    ground: Mapped[Ground]
    stated_by: Mapped[UUID] = mapped_column(ForeignKey("core.user_account.id"))
    stated_at: Mapped[created_now]
    expires_at: Mapped[datetime]


class Retention(Base):
    """How many days a person's record is kept after what `purpose` names; `basis` says why."""

    __tablename__ = "retention"

    purpose: Mapped[str] = mapped_column(primary_key=True)
    keep_days: Mapped[int] = mapped_column(SmallInteger)
    basis: Mapped[str]


class Erasure(Base):
    """The ledger: the random id of a record that was erased, to erase it again after a restore."""

    __tablename__ = "erasure"

    record_id: Mapped[UUID] = mapped_column(primary_key=True)
    purpose: Mapped[str]
    erased_at: Mapped[created_now]
