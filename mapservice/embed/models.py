"""Sites that may show the map in a frame, and how often each did, day by day."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from mapservice.db import Base, created_now, primary_key, row_version

ELSEWHERE = ""  # the site of views that name no allowed one


class EmbedOrigin(Base):
    """`origin`: as `origins.parse` writes it; `note`: whose site it is. A removed one stays, so
    that it can be allowed again and its views keep their name. `added_by`: None for a setting."""

    __tablename__ = "embed_origin"

    id: Mapped[primary_key]
    origin: Mapped[str] = mapped_column(unique=True)
    note: Mapped[str | None]
    added_by: Mapped[UUID | None] = mapped_column(ForeignKey("core.user_account.id"))
    created_at: Mapped[created_now]
    removed_by: Mapped[UUID | None] = mapped_column(ForeignKey("core.user_account.id"))
    removed_at: Mapped[datetime | None]
    version: Mapped[row_version]


class EmbedView(Base):
    """How often the frame was opened on a day of Vietnam's calendar in pages of `site` (an origin,
    or ELSEWHERE). Nothing of who looked."""

    __tablename__ = "embed_view"

    day: Mapped[date] = mapped_column(primary_key=True)
    site: Mapped[str] = mapped_column(primary_key=True)
    views: Mapped[int]
