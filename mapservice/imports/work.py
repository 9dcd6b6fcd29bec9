"""Long lists are tried and committed by the worker: one step at a time, told as it goes on."""

from uuid import UUID

from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from mapservice.accounts import rights
from mapservice.accounts.models import UserAccount
from mapservice.accounts.rights import Action
from mapservice.audit import queries as audit_queries
from mapservice.errors import Conflict, DomainError
from mapservice.imports import commit, queries, service
from mapservice.imports.fates import Report
from mapservice.imports.models import BatchStatus, ImportBatch

DO = {BatchStatus.CHECKING: service.check, BatchStatus.COMMITTING: commit.run}
BACK = {
    BatchStatus.CHECKING: BatchStatus.UPLOADED,
    BatchStatus.COMMITTING: BatchStatus.CHECKED,
}
FAILED = "Không làm xong được bước này. Hãy thử lại, hoặc báo người quản trị."


def next_step(session: Session) -> int:
    """Try or commit the list that waits longest, as whoever asked for it: 1, or 0 for none.

    What cannot be done leaves the list where it was, with the reason.
    """
    waiting = session.scalar(queries.NEXT)
    if waiting is None:
        return 0
    batch = session.get_one(ImportBatch, waiting, populate_existing=True)
    status = batch.status
    try:
        with session.begin_nested():
            account = session.get_one(UserAccount, batch.made_by)
            session.execute(audit_queries.act_as(account.id))
            actor = rights.actor(session, account)
            rights.require(actor, Action.IMPORT)
            DO[status](session, actor, batch, teller(session, batch.id, status))
    except (DomainError, DBAPIError) as error:
        if getattr(error, "connection_invalidated", False):
            raise
        reason = error.detail if isinstance(error, DomainError) else FAILED
        _give_back(session, batch, status, reason)
    return 1


def teller(session: Session, batch_id: UUID, status: BatchStatus) -> Report:
    """Writes how far a step is where others see it at once: in transactions of its own.

    Conflict when the list was given up meanwhile, so that nobody goes on with it.
    """

    def tell(step: str, done: int, total: int) -> None:
        values = {"batch": batch_id, "status": status, "step": step, "done": done, "total": total}
        with Session(session.get_bind(), join_transaction_mode="create_savepoint") as apart:
            told = apart.execute(queries.TELL, values).rowcount
            apart.commit()
        if not told:
            raise Conflict(service.OVER, code="import-over")

    return tell


def _give_back(session: Session, batch: ImportBatch, status: BatchStatus, reason: str) -> None:
    session.refresh(batch, with_for_update={"key_share": True})
    if batch.status is status:
        batch.status, batch.progress = BACK[status], {"fault": reason}
        batch.version += 1
        session.flush()
