"""The drafts that a list made are sent to be verified, together and each for itself. Flushes.

Who may send is asked at every record, as when it is sent alone. Nothing of the list itself changes
but what could not be sent, and the versions its records are left at: an import whose records were
sent as they were written can still be undone, until somebody decides on one of them.
"""

from uuid import UUID

from sqlalchemy.orm import Session

from mapservice.accounts.rights import Actor
from mapservice.addresses.models import AddressStatus
from mapservice.audit import service as audit
from mapservice.errors import Conflict, DomainError
from mapservice.imports import queries, service
from mapservice.imports.models import BatchStatus, ImportBatch, ImportRow
from mapservice.review import service as review

AT_ONCE = 100  # records of one transaction; the rest is left to the worker
NONE_LEFT = "Không còn bản nháp nào của lần nhập này để gửi duyệt."
ASKED = "Lần nhập này đang được gửi duyệt."
NOT_ASKED = "Lần nhập này không còn đang được gửi duyệt."


def begin(session: Session, actor: Actor, batch_id: UUID, version: int) -> ImportBatch:
    """Submit the drafts that a list made: a few at once, more by the worker. Raises as `ask`."""
    batch = ask(session, actor, batch_id, version)
    if states(session, batch)[AddressStatus.DRAFT] <= AT_ONCE:
        while send_some(session, actor, batch):
            pass
    return batch


def ask(session: Session, actor: Actor, batch_id: UUID, version: int) -> ImportBatch:
    """Have the drafts of a list submitted from now on, also those that were refused before.

    Raises Conflict where they are already, or none is left.
    """
    batch = service.lock(session, actor, batch_id, version, (BatchStatus.COMMITTED,))
    require_idle(batch)
    session.execute(queries.try_again(batch.id))
    if not states(session, batch).get(AddressStatus.DRAFT):
        raise Conflict(NONE_LEFT, code="no-drafts")
    batch.submitting_by, batch.progress = actor.id, {}
    batch.version += 1
    session.flush()
    return batch


def send_some(session: Session, actor: Actor, batch: ImportBatch) -> int:
    """Submit the next of a list's drafts; after the last one nobody is at it any more.

    How many were tried. What cannot be sent stays a draft, with the reason at its row. The list is
    of the same version until it is over, so that it can be stopped as it was last seen.
    """
    session.refresh(batch, with_for_update={"key_share": True})
    if batch.submitting_by is None:
        return 0
    drafts = session.execute(queries.drafts(batch.id).limit(AT_ONCE)).all()
    if not drafts:
        _end(session, batch)
        return 0
    sent = sum(_send(session, actor, *draft) for draft in drafts)
    session.flush()
    detail = {"sent": sent, "refused": len(drafts) - sent}
    about = {"table_name": service.TABLE, "record_id": batch.id, "detail": detail}
    audit.record(session, "import_submitted", **about)
    return len(drafts)


def stop(session: Session, actor: Actor, batch_id: UUID, version: int) -> ImportBatch:
    """Send no more of a list's drafts: those that did not go yet stay drafts, to be sent later.

    Waits for those that are being sent. Raises Conflict where nobody is at it any more.
    """
    session.execute(queries.PATIENTLY)
    batch = service.lock(session, actor, batch_id, version, (BatchStatus.COMMITTED,))
    if batch.submitting_by is None:
        raise Conflict(NOT_ASKED, code="not-submitting")
    _end(session, batch)
    about = {"table_name": service.TABLE, "record_id": batch.id}
    audit.record(session, "import_submitting_stopped", **about)
    return batch


def require_idle(batch: ImportBatch) -> None:
    """Raise Conflict while its records are being submitted."""
    if batch.submitting_by is not None:
        raise Conflict(ASKED, code="import-submitting")


def states(session: Session, batch: ImportBatch) -> dict[AddressStatus, int]:
    """How many of the addresses that a list made are in which state, in the order of their life."""
    found = dict(session.execute(queries.record_states(batch.id)).all())
    return {state: found[state] for state in AddressStatus if state in found}


def _end(session: Session, batch: ImportBatch) -> None:
    batch.submitting_by = None
    batch.version += 1
    session.flush()


def _send(session: Session, actor: Actor, row: ImportRow, code: str, version: int) -> bool:
    try:
        with session.begin_nested():
            record = review.submit(session, actor, code, version)
    except DomainError as refusal:
        row.unsent = refusal.detail
        return False
    if row.left_version == version:  # untouched: what was written is what was sent
        row.left_version = record.version
    return True
