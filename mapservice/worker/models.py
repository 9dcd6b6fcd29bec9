"""When each job was last done."""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from mapservice.db import Base


class WorkerJob(Base):
    """One row a job, for however many workers there are."""

    __tablename__ = "worker_job"

    name: Mapped[str] = mapped_column(primary_key=True)
    done_at: Mapped[datetime]
