"""What the public sends: offers of help, suggestions of addresses. Who sent them is sealed.

Both are moderated: nothing of them is public. The contacts are `disclosure.models.OfferContact`
and `SuggestionContact`.
"""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from geoalchemy2 import Geometry, WKBElement
from sqlalchemy import (
    ARRAY,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    Numeric,
    SmallInteger,
    text,
)
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from mapservice.addresses.models import Nature, PersonKind
from mapservice.db import Base, created_now, row_version
from mapservice.language import noop

# What a sender agrees to, by version: a wording that anybody agreed to is never changed.
WORDINGS = {
    1: noop(
        "Tôi đồng ý để cán bộ Đoàn phụ trách địa bàn xem tên, số điện thoại và lời nhắn này và gọi "
        "lại cho tôi về việc này, không dùng vào việc khác."
    )
}


class OfferStatus(StrEnum):
    """Legal transitions are rows of core.legal_transition."""

    NEW, CONTACTED, CONVERTED = "new", "contacted", "converted"
    DECLINED, SPAM, WITHDRAWN = "declined", "spam", "withdrawn"


class SuggestionStatus(StrEnum):
    NEW, ACCEPTED = "new", "accepted"
    DECLINED, SPAM, WITHDRAWN = "declined", "spam", "withdrawn"


class OfferKind(StrEnum):
    """`join`: people who come along; `items`: things; `team`: a team of their own."""

    JOIN, ITEMS, TEAM = "join", "items", "team"


class Outcome(StrEnum):
    """What an offer became: items that count for a need, people in a team, help given directly."""

    PLEDGE, TEAM, DIRECT = "pledge", "team", "direct"


class Reason(StrEnum):
    """Why something was declined; a code, for reasons outlive what was sent."""

    NOT_NEEDED, NO_ANSWER, WRONG_CONTACT = "not_needed", "no_answer", "wrong_contact"
    OUT_OF_SCOPE, DUPLICATE, NOT_TRUE, OTHER = "out_of_scope", "duplicate", "not_true", "other"


class Received:
    """Columns that both have. `id` is made by the form: the same form sent twice is one row.

    `unit_ids` is kept by the database; `previous_status` and `handled_by` say what an undo takes
    back, and whose step it was. `receipt_hash`: SHA-256 of the code the sender was given;
    `content_hash`: keyed, of all that was sent, while its sender is known.
    """

    id: Mapped[UUID] = mapped_column(primary_key=True)
    public_code: Mapped[str] = mapped_column(
        unique=True, server_default=text("core.new_public_code()")
    )
    receipt_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    content_hash: Mapped[bytes | None] = mapped_column(LargeBinary)
    consent_version: Mapped[int | None] = mapped_column(SmallInteger)
    unit_ids: Mapped[list[int]] = mapped_column(ARRAY(Integer), server_default=text("'{}'"))
    status_reason: Mapped[Reason | None]
    status_at: Mapped[created_now]
    previous_status: Mapped[str | None]
    created_at: Mapped[created_now]
    closed_at: Mapped[datetime | None]
    demo: Mapped[bool] = mapped_column(server_default=text("false"))
    version: Mapped[row_version]

    @declared_attr
    def handled_by(self) -> Mapped[UUID | None]:
        return mapped_column(ForeignKey("core.user_account.id"))


class Offer(Received, Base):
    """Help for a place (maybe one of its needs), or for the people of a commune by need group.

    A pledge counts for nothing before an officer confirmed it (`pledge_confirmed_at`).
    """

    __tablename__ = "offer"
    __table_args__ = (
        ForeignKeyConstraint(
            ["address_id", "nature"],
            ["core.address.id", "core.address.nature"],
            name="fk_offer_address_id_nature_address",
            ondelete="CASCADE",
        ),
        Index("ix_offer_unit_ids", "unit_ids", postgresql_using="gin"),
        Index("ix_offer_status_created_at", "status", "created_at"),
        Index("ix_offer_address_id", "address_id"),
        Index("ix_offer_need_id", "need_id"),
    )

    address_id: Mapped[UUID | None]
    nature: Mapped[Nature] = mapped_column(server_default=Nature.PLACE)
    need_id: Mapped[UUID | None] = mapped_column(ForeignKey("core.need.id", ondelete="SET NULL"))
    commune_id: Mapped[int | None] = mapped_column(ForeignKey("core.admin_unit.id"))
    person_kind: Mapped[PersonKind | None]
    kind: Mapped[OfferKind]
    people: Mapped[int | None] = mapped_column(SmallInteger)
    available_from: Mapped[date | None]
    available_until: Mapped[date | None]
    pledged_quantity: Mapped[Decimal | None] = mapped_column(Numeric(12, 1))
    pledge_confirmed_at: Mapped[datetime | None]
    pledge_confirmed_by: Mapped[UUID | None] = mapped_column(ForeignKey("core.user_account.id"))
    status: Mapped[OfferStatus] = mapped_column(server_default=OfferStatus.NEW)
    outcome: Mapped[Outcome | None]
    team_id: Mapped[UUID | None] = mapped_column(ForeignKey("core.team.id"))


class Suggestion(Received, Base):
    """A proposed place; of people only commune and need group (CHECK person_bare)."""

    __tablename__ = "suggestion"
    __table_args__ = (
        Index("ix_suggestion_unit_ids", "unit_ids", postgresql_using="gin"),
        Index("ix_suggestion_status_created_at", "status", "created_at"),
    )

    nature: Mapped[Nature]
    kind: Mapped[str | None] = mapped_column(ForeignKey("core.place_kind.code"))
    title: Mapped[str | None]
    words: Mapped[str | None]
    point: Mapped[WKBElement | None] = mapped_column(
        Geometry("POINT", srid=4326, spatial_index=False)
    )
    person_kind: Mapped[PersonKind | None]
    commune_id: Mapped[int] = mapped_column(ForeignKey("core.admin_unit.id"))
    former_commune_id: Mapped[int | None] = mapped_column(ForeignKey("core.admin_unit.id"))
    status: Mapped[SuggestionStatus] = mapped_column(server_default=SuggestionStatus.NEW)
    converted_to: Mapped[UUID | None] = mapped_column(
        ForeignKey("core.address.id", ondelete="SET NULL")
    )
