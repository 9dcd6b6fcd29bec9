"""The outbox."""

from datetime import datetime

from sqlalchemy import Index, SmallInteger, text
from sqlalchemy.orm import Mapped, mapped_column

from mapservice.db import Base, created_now, primary_key


class Mail(Base):
    """One mail to one address. It waits until it is sent, or set aside.

    `body` may hold a link that opens an account: it is gone once sent, and at `secret_until`, when
    that link has ended. `last_error` is a code (the server's three digits, the name of an error),
    never its words: they repeat addresses.
    """

    __tablename__ = "mail"
    __table_args__ = (
        Index(
            "ix_mail_send_after",
            "send_after",
            "id",
            postgresql_where=text("sent_at IS NULL AND set_aside_at IS NULL"),
        ),
    )

    id: Mapped[primary_key]
    recipient: Mapped[str]
    subject: Mapped[str]
    body: Mapped[str | None]
    queued_at: Mapped[created_now]
    send_after: Mapped[created_now]
    secret_until: Mapped[datetime | None]
    tries: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    last_error: Mapped[str | None]
    sent_at: Mapped[datetime | None]
    set_aside_at: Mapped[datetime | None]
