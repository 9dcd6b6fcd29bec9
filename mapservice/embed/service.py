"""Who may show the map in a frame, and how often that happened. Flushes; the caller commits."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from mapservice import refusals
from mapservice.accounts import rights
from mapservice.accounts.rights import Action, Actor
from mapservice.audit import service as audit
from mapservice.decision import VIETNAM
from mapservice.embed import queries
from mapservice.embed.models import EmbedOrigin
from mapservice.errors import Conflict, NotFound

NONE = "Không có trang này trong danh sách."
FULL = "Danh sách đã quá dài cho trình duyệt. Hãy bỏ bớt trang không còn dùng."
TABLE = "embed_origin"
MOST_LETTERS = 32_000  # of all allowed origins: they stand in one header of each frame


def allowed(session: Session) -> Sequence[str]:
    """The origins whose pages may hold the frame now, by a session of the public role."""
    return session.scalars(queries.ORIGINS).all()


def count_view(session: Session, site: str) -> None:
    """One view more in pages of `site` (an origin), by a session of the intake role. An origin that
    is not allowed counts among the others."""
    session.execute(queries.COUNT, {"site": site})


def seed(session: Session, origins: Sequence[str]) -> int:
    """Allow these while nobody ever allowed any; how many rows that made."""
    if not origins or session.scalar(select(EmbedOrigin.id).limit(1)):
        return 0
    rows = [{"origin": origin} for origin in dict.fromkeys(origins)]
    session.execute(insert(EmbedOrigin).on_conflict_do_nothing(), rows)
    return len(rows)


def found(session: Session, site: UUID) -> EmbedOrigin:
    """The site with this id, allowed or removed (NotFound)."""
    row = session.get(EmbedOrigin, site)
    if row is None:
        raise NotFound(NONE)
    return row


def seen(session: Session, site: UUID) -> dict[str, object]:
    """A site as a row of `queries.sites`, with its `days`: the views of each day lately, the newest
    first (NotFound)."""
    row = found(session, site)
    sites = queries.sites().where(EmbedOrigin.id == row.id)
    return {
        "site": session.execute(sites).mappings().one(),
        "allowed": row.removed_at is None,
        "added_at": row.created_at.astimezone(VIETNAM),
        "removed_at": row.removed_at and row.removed_at.astimezone(VIETNAM),
        "version": row.version,
        "days": session.execute(queries.days_of(row.origin)).all(),
    }


def add(session: Session, actor: Actor, origin: str, note: str | None) -> EmbedOrigin:
    """Allow a site (`origin` as `origins.parse` writes it); one that was removed comes back.

    Raises Conflict at field `origin` when it is allowed already, or the list is full.
    """
    rights.require(actor, Action.MANAGE_EMBEDS)
    known = session.scalar(
        select(EmbedOrigin).where(EmbedOrigin.origin == origin).with_for_update()
    )
    if known is not None and known.removed_at:
        known.note = note or known.note
        return _put_back(session, actor, known)
    _require_room(session, origin)
    made = EmbedOrigin(origin=origin, note=note, added_by=actor.id)
    try:
        with session.begin_nested():
            session.add(made)
    except IntegrityError as error:
        raise refusals.explain(error) from None
    audit.record(
        session, "embed_allowed", table_name=TABLE, record_id=made.id, detail={"origin": origin}
    )
    return made


def remove(session: Session, actor: Actor, site: UUID, version: int) -> EmbedOrigin:
    """From now on its pages get no frame. Conflict (`stale`) when it was changed since."""
    row = _locked(session, actor, site, version)
    if row.removed_at is None:
        row.removed_at, row.removed_by = datetime.now(UTC), actor.id
        _changed(session, row, "embed_removed")
    return row


def restore(session: Session, actor: Actor, site: UUID, version: int) -> EmbedOrigin:
    """Allow a removed one again. Conflict when it was changed since (`stale`), or the list is
    full."""
    row = _locked(session, actor, site, version)
    return _put_back(session, actor, row) if row.removed_at else row


def _put_back(session: Session, actor: Actor, row: EmbedOrigin) -> EmbedOrigin:
    _require_room(session, row.origin)
    row.removed_at = row.removed_by = None
    row.added_by, row.created_at = actor.id, datetime.now(UTC)
    _changed(session, row, "embed_allowed")
    return row


def _require_room(session: Session, origin: str) -> None:
    if session.scalar(queries.LETTERS) + len(origin) > MOST_LETTERS:
        raise Conflict(FULL, code="list-full", fields={"origin": [FULL]})


def _changed(session: Session, row: EmbedOrigin, action: str) -> None:
    row.version += 1
    session.flush()
    detail = {"origin": row.origin}
    audit.record(session, action, table_name=TABLE, record_id=row.id, detail=detail)


def _locked(session: Session, actor: Actor, site: UUID, version: int) -> EmbedOrigin:
    rights.require(actor, Action.MANAGE_EMBEDS)
    row = session.get(EmbedOrigin, site, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFound(NONE)
    if row.version != version:
        raise Conflict("Người khác vừa thay đổi mục này. Hãy xem lại rồi bấm lại.", code="stale")
    return row
