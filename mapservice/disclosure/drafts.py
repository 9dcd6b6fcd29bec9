"""What somebody has typed and not yet saved: sealed, open to its own account only, soon forgotten.

Names of persons are in it, so it is kept like them. That a draft was begun, opened, discarded or
forgotten is recorded; each keystroke is not. Flushes; the caller commits.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from mapservice import refusals
from mapservice.accounts import rights
from mapservice.accounts.rights import Action
from mapservice.addresses.models import Nature
from mapservice.audit import service as audit
from mapservice.disclosure import keys, queries
from mapservice.disclosure.entry import Field
from mapservice.disclosure.models import FormDraft
from mapservice.disclosure.vault import DRAFTS
from mapservice.errors import Conflict, Invalid, NotFound

KEPT = timedelta(days=30)  # since it was last typed into
TAKEN_BACK = timedelta(hours=1)  # how long a discarded one can be taken back
MOST = 50  # drafts of one account
LONGEST = 200_000  # bytes of one draft
SENTENCE = "Không có bản đang viết này."
TABLE = FormDraft.__tablename__

Pairs = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Draft:
    """A draft in clear; `fields` are the form's names and values as typed, kept out of repr."""

    id: UUID
    nature: Nature
    address_id: UUID | None
    version: int
    updated_at: datetime
    fields: Pairs = field(repr=False)


def keep(
    session: Session,
    account_id: UUID,
    draft_id: UUID,
    fields: Pairs,
    *,
    nature: Nature,
    version: int,
    writer: str,
    address_id: UUID | None = None,
) -> Draft:
    """Write the draft down, as the next version; `version` is the last its page knows, 0 at first.
    Sent twice at once it is written twice, one after the other.

    `writer` names one opening of a page: it may go on although an answer of ours did not reach
    it. Raises Conflict when another window wrote meanwhile, or there are too many; Invalid when
    it is too long; NotFound when it is somebody else's.
    """
    row = session.scalar(queries.locked(FormDraft, draft_id))
    if row is None and version > 0:
        raise Conflict("Bản này đã được lưu, hoặc đã bỏ.", code="draft-gone")
    if row is None:
        begun = _begin(session, account_id, draft_id, nature, address_id)
        row = _begun_meanwhile(session, begun, fields, writer)
        if row is None:
            return _kept(begun, fields)
    _require_own(session, row, account_id)
    written_by = _opened(session, row)["writer"]
    if row.version != version and written_by != writer:
        raise Conflict("Bản này vừa được viết tiếp ở một cửa sổ khác.", code="draft-elsewhere")
    row.version += 1
    _write(session, row, fields, writer)
    return _kept(row, fields)


def mine(session: Session, account_id: UUID) -> list[Draft]:
    """The account's drafts, the last written first, opened for nobody but itself."""
    rows = session.scalars(queries.drafts_of(account_id)).all()
    return [_draft(session, row) for row in rows]


def open_own(session: Session, account_id: UUID, draft_id: UUID) -> Draft:
    """The draft in clear. NotFound for an unknown id and for another account's alike."""
    row = session.get(FormDraft, draft_id, populate_existing=True)
    _require_own(session, row, account_id)
    if row.discarded_at is not None:
        raise NotFound(SENTENCE)
    _tell(session, "draft_open", row)
    return _draft(session, row)


def discard(session: Session, account_id: UUID, draft_id: UUID) -> None:
    """Throw a draft away; `take_back` undoes it for an hour. NotFound as `open_own`."""
    row = _own_locked(session, account_id, draft_id)
    row.discarded_at = session.scalar(queries.now())
    session.flush()
    _tell(session, "draft_discard", row)


def take_back(session: Session, account_id: UUID, draft_id: UUID) -> None:
    """Undo `discard`. NotFound as `open_own`, or once it is forgotten."""
    row = _own_locked(session, account_id, draft_id)
    row.discarded_at = None
    session.flush()
    _tell(session, "draft_take_back", row)


def finish(session: Session, account_id: UUID, draft_id: UUID) -> None:
    """Delete the draft of a form that was saved for real; nothing when there is none of it."""
    row = session.scalar(queries.locked(FormDraft, draft_id))
    if row is not None and row.account_id == account_id:
        session.delete(row)
        session.flush()


def forget_old(session: Session) -> int:
    """Delete drafts nobody typed into for 30 days, and discarded ones after an hour; how many."""
    ids = session.scalars(queries.forget_drafts(KEPT, TAKEN_BACK)).all()
    if ids:
        audit.record(session, "drafts_forgotten", table_name=TABLE, detail={"count": len(ids)})
    return len(ids)


def _begin(
    session: Session, account_id: UUID, draft_id: UUID, nature: Nature, address_id: UUID | None
) -> FormDraft:
    if session.scalars(queries.count_drafts(account_id)).one() >= MOST:
        raise Conflict(
            f"Bạn đang có {MOST} bản viết dở: hãy lưu hoặc bỏ bớt.", code="too-many-drafts"
        )
    return FormDraft(
        id=draft_id, account_id=account_id, nature=nature, address_id=address_id, version=1
    )


def _begun_meanwhile(
    session: Session, begun: FormDraft, fields: Pairs, writer: str
) -> FormDraft | None:
    """None once `begun` is written; else, locked, the same draft of a request that was faster."""
    try:
        with session.begin_nested():
            _write(session, begun, fields, writer)
            _tell(session, "draft_begin", begun)
    except IntegrityError as error:
        row = session.scalar(queries.locked(FormDraft, begun.id))
        if row is None:
            raise refusals.explain(error) from error
        return row
    return None


def _write(session: Session, row: FormDraft, fields: Pairs, writer: str) -> None:
    _seal(session, row, fields, writer)
    row.updated_at, row.discarded_at = session.scalar(queries.now()), None
    session.add(row)
    session.flush()


def _kept(row: FormDraft, fields: Pairs) -> Draft:
    return Draft(row.id, row.nature, row.address_id, row.version, row.updated_at, fields)


def _seal(session: Session, row: FormDraft, fields: Pairs, writer: str) -> None:
    # The account is inside the seal, so that a row given to another account does not open.
    content = {
        "account": str(row.account_id),
        "writer": writer,
        "fields": [list(p) for p in fields],
    }
    text = json.dumps(content, ensure_ascii=False)
    if len(text.encode()) > LONGEST:
        raise Invalid("Bản đang viết dài quá, không tự lưu được.", code="draft-too-long")
    DRAFTS.seal_all(keys.for_writing(session), row, {Field.CONTENT: text})


def _opened(session: Session, row: FormDraft) -> dict:
    content = json.loads(str(DRAFTS.open(keys.of(session), row, Field.CONTENT)))
    if content["account"] != str(row.account_id):
        raise NotFound(SENTENCE)
    return content


def _draft(session: Session, row: FormDraft) -> Draft:
    fields = [(name, value) for name, value in _opened(session, row)["fields"]]
    return Draft(row.id, row.nature, row.address_id, row.version, row.updated_at, fields)


def _own_locked(session: Session, account_id: UUID, draft_id: UUID) -> FormDraft:
    row = session.scalar(queries.locked(FormDraft, draft_id))
    _require_own(session, row, account_id)
    return row


def _require_own(session: Session, row: FormDraft | None, account_id: UUID) -> None:
    if row is None or row.account_id != account_id:
        where = {"table": TABLE, "record_id": row and row.id, "sentence": SENTENCE}
        rights.refuse(session, account_id, Action.REGISTER, **where)


def _tell(session: Session, action: str, row: FormDraft) -> None:
    audit.record(session, action, table_name=TABLE, record_id=row.id)
