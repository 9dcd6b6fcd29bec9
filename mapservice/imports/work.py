"""Long lists are tried and committed by the worker, many drafts of a list submitted: one step at a
time, told as it goes on."""

from collections.abc import Callable
from uuid import UUID

from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from mapservice.accounts import rights
from mapservice.accounts.models import UserAccount
from mapservice.accounts.rights import Action, Actor
from mapservice.audit import queries as audit_queries
from mapservice.errors import Conflict, DomainError
from mapservice.imports import commit, queries, service, submitting
from mapservice.imports.fates import Report
from mapservice.imports.models import BatchStatus, ImportBatch

DO = {BatchStatus.CHECKING: service.check, BatchStatus.COMMITTING: commit.run}
BACK = {
    BatchStatus.CHECKING: BatchStatus.UPLOADED,
    BatchStatus.COMMITTING: BatchStatus.CHECKED,
}
FAILED = "Không làm xong được bước này. Hãy thử lại, hoặc báo người quản trị."


def next_step(session: Session) -> int:
    """Try or commit the list that waits longest, else submit some drafts of the one whose turn it
    is, as whoever asked for it: 1, or 0 where nothing waits.

    What cannot be done leaves the list where it was, with the reason.
    """
    waiting = session.scalar(queries.NEXT)
    if waiting is None:
        return _submit(session)
    batch = session.get_one(ImportBatch, waiting, populate_existing=True)
    status = batch.status

    def step(actor: Actor) -> None:
        DO[status](session, actor, batch, teller(session, batch.id, status))

    if reason := _done_for(session, batch.made_by, step):
        _give_back(session, batch, status, reason)
    return 1


def _submit(session: Session) -> int:
    waiting = session.scalar(queries.NEXT_DRAFTS)
    if waiting is None:
        return 0
    batch = session.get_one(ImportBatch, waiting, populate_existing=True)
    if batch.submitting_by is None:  # somebody stopped it at this moment
        return 0

    def step(actor: Actor) -> None:
        submitting.send_some(session, actor, batch)

    if reason := _done_for(session, batch.submitting_by, step):
        session.refresh(batch, with_for_update={"key_share": True})
        batch.submitting_by, batch.progress = None, {"fault": reason}
        batch.version += 1
        session.flush()
    return 1


def _done_for(session: Session, account_id: UUID, step: Callable[[Actor], None]) -> str | None:
    """Do a step as this account, as far as it may still; else nothing of it stays, and why."""
    try:
        with session.begin_nested():
            account = session.get_one(UserAccount, account_id)
            session.execute(audit_queries.act_as(account.id))
            actor = rights.actor(session, account)
            rights.require(actor, Action.IMPORT)
            step(actor)
    except (DomainError, DBAPIError) as error:
        if getattr(error, "connection_invalidated", False):
            raise
        return error.detail if isinstance(error, DomainError) else FAILED
    return None


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
