"""When each job was last done, and how often it failed since."""

from datetime import datetime

from sqlalchemy import SmallInteger, text
from sqlalchemy.orm import Mapped, mapped_column

from mapservice.db import Base


class WorkerJob(Base):
    """One row a job, for however many workers there are.

    `failures` in a row, the last of them `last_error`: an SQLSTATE or an error's name, never its
    words. It waits until `try_after`; set aside, until somebody asks for it again.
    """

    __tablename__ = "worker_job"

    name: Mapped[str] = mapped_column(primary_key=True)
    done_at: Mapped[datetime]
    failures: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    last_error: Mapped[str | None]
    failed_at: Mapped[datetime | None]
    try_after: Mapped[datetime | None]
    set_aside_at: Mapped[datetime | None]
