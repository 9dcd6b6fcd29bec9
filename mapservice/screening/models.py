"""What screening remembers: finds that were called harmless."""

from uuid import UUID

from sqlalchemy import ForeignKey, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from mapservice.db import Base, created_now


class TextCheck(Base):
    """That a verifier called one find in one field harmless; `found` is its keyed hash."""

    __tablename__ = "text_check"

    table_name: Mapped[str] = mapped_column(primary_key=True)
    record_id: Mapped[UUID] = mapped_column(primary_key=True)
    field: Mapped[str] = mapped_column(primary_key=True)
    found: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    checked_by: Mapped[UUID] = mapped_column(ForeignKey("core.user_account.id"))
    checked_at: Mapped[created_now]
