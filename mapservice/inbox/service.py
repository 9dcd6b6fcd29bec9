"""Answering what the public sent: called back, taken up, declined; and forgetting it in time.

Everything asks `rights` first, and answers another territory's record like an unknown one.
Flushes; the caller commits.
"""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from mapservice import refusals
from mapservice.accounts import rights
from mapservice.accounts.rights import Action, Actor
from mapservice.addresses.models import Address, Nature
from mapservice.audit import service as audit
from mapservice.decision import VIETNAM
from mapservice.disclosure import service as disclosure
from mapservice.disclosure.entry import Field
from mapservice.disclosure.vault import OFFERS, SUGGESTIONS
from mapservice.errors import Conflict, Invalid
from mapservice.inbox import queries
from mapservice.inbox.models import (
    Offer,
    OfferStatus,
    Outcome,
    Reason,
    Suggestion,
    SuggestionStatus,
)
from mapservice.registration import service as registration
from mapservice.registration.schemas import PlaceInput

KEPT_MONTHS = 6  # after closing
SENDER_DAYS = 30  # of who suggested an address
UNDO = timedelta(minutes=10)
ABSENT = "Không có mục này."
Received = Offer | Suggestion
VAULTS = {Offer: OFFERS, Suggestion: SUGGESTIONS}


def open_received(session: Session, actor: Actor, model: type, code: str) -> Received:
    """The offer or suggestion with this code, locked. Raises Forbidden, NotFound."""
    found = session.scalar(queries.by_code(model, code))
    rights.permit(
        session,
        actor,
        Action.MODERATE,
        None if found is None else found.unit_ids,
        table=model.__tablename__,
        record_id=None if found is None else found.id,
        sentence=ABSENT,
    )
    return found


def reveal_sender(
    session: Session, actor: Actor, model: type, code: str, why: str | None
) -> dict[Field, object]:
    """Name, phone and note of who sent it: decided, counted and written into the trail."""
    record = open_received(session, actor, model, code)
    known = VAULTS[model]
    if not has_sender(session, record):
        raise Conflict("Thông tin người gửi đã được xoá.", code="forgotten")
    fields = sorted(known.fields)
    try:
        shown = disclosure.reveal_sender(session, actor.account, known, record.id, fields, why)
    except Invalid as refusal:
        raise Invalid(refusal.detail, fields={"why": [refusal.detail]}) from refusal
    return dict(shown.values)


def has_sender(session: Session, record: Received) -> bool:
    """Whether who sent it is still known."""
    return session.get(VAULTS[type(record)].model, record.id) is not None


def contacted(session: Session, actor: Actor, code: str, version: int) -> Offer:
    """The sender was called back."""
    offer = _seen(session, actor, Offer, code, version)
    return _move(session, actor, offer, OfferStatus.CONTACTED)


def convert(
    session: Session,
    actor: Actor,
    code: str,
    version: int,
    outcome: str,
    team: str | None = None,
) -> Offer:
    """The offer became help. `pledge`: its items count for the need from now on; `team`: the
    people joined a team of the actor's territory; `direct`: help was given without us."""
    offer = _seen(session, actor, Offer, code, version)
    if outcome == Outcome.PLEDGE and (offer.pledged_quantity is None or offer.need_id is None):
        raise _at("outcome", "Chỉ hiện vật có số lượng, cho một nhu cầu, mới ghi cam kết được.")
    joined = _team(session, actor, team) if outcome == Outcome.TEAM else None
    offer.outcome, offer.team_id = Outcome(outcome), joined
    if outcome == Outcome.PLEDGE:
        offer.pledge_confirmed_at, offer.pledge_confirmed_by = _now(session), actor.id
    return _move(session, actor, offer, OfferStatus.CONVERTED)


def decline(
    session: Session, actor: Actor, model: type, code: str, version: int, reason: str
) -> Received:
    """Nothing comes of it; the reason is a code."""
    record = _seen(session, actor, model, code, version)
    record.status_reason = Reason(reason)
    return _move(session, actor, record, type(record.status).DECLINED)


def mark_spam(session: Session, actor: Actor, model: type, code: str, version: int) -> Received:
    """It was no offer at all."""
    record = _seen(session, actor, model, code, version)
    return _move(session, actor, record, type(record.status).SPAM)


def accept(
    session: Session,
    actor: Actor,
    code: str,
    version: int,
    *,
    confirm_duplicate: bool = False,
    confirm_outside: bool = False,
) -> tuple[Suggestion, Address | None]:
    """Take a suggestion up. Of a place a draft address is begun by the registration's own rules
    (Invalid at `confirm_duplicate`, `confirm_outside` until confirmed); people are registered by
    a form of their own, with their consent.
    """
    suggestion = _seen(session, actor, Suggestion, code, version)
    made = None
    if suggestion.nature is Nature.PLACE:
        shown = session.execute(queries.suggestion_shown(suggestion.id)).one()
        typed = {
            "kind": suggestion.kind,
            "title": suggestion.title,
            "summary": suggestion.words,
            "commune": shown.former_key or shown.commune_key,
            "lat": str(round(shown.lat, 7)),
            "lng": str(round(shown.lng, 7)),
            "programme_year": suggestion.created_at.astimezone(VIETNAM).year,
            "confirm_duplicate": confirm_duplicate,
            "confirm_outside": confirm_outside,
        }
        made = registration.register_place(session, actor, PlaceInput().load(typed), ())
        suggestion.converted_to = made.id
    return _move(session, actor, suggestion, SuggestionStatus.ACCEPTED), made


def may_undo(session: Session, actor: Actor, record: Received) -> bool:
    """Whether the last step was the actor's, just now, and nothing came of it outside."""
    recent = _now(session) - record.status_at < UNDO
    began_address = record.status == SuggestionStatus.ACCEPTED
    return (
        record.handled_by == actor.id
        and recent
        and bool(record.previous_status)
        and (not began_address)
    )


def undo(session: Session, actor: Actor, model: type, code: str, version: int) -> Received:
    """Take the own last step back."""
    record = _seen(session, actor, model, code, version)
    if not may_undo(session, actor, record):
        raise Conflict("Không hoàn tác được nữa.", code="undo-over")
    before = type(record.status)(record.previous_status)
    record.status_reason = None
    if model is Offer:
        record.outcome = record.team_id = None
        record.pledge_confirmed_at = record.pledge_confirmed_by = None
    _move(session, actor, record, before)
    record.previous_status = None
    session.flush()
    return record


def forget_due(session: Session) -> int:
    """Delete what was closed KEPT_MONTHS ago, and senders of suggestions after SENDER_DAYS."""
    done = 0
    for model in (Offer, Suggestion):
        done += session.execute(queries.forget_closed(model, KEPT_MONTHS)).rowcount
    done += session.execute(queries.forget_senders(SENDER_DAYS)).rowcount
    session.execute(queries.forget_contents(SENDER_DAYS))
    if done:
        audit.record(session, "forgotten", table_name="offer", detail={"rows": done})
    return done


def _seen(session: Session, actor: Actor, model: type, code: str, version: int) -> Received:
    """The record, as it was when the actor decided."""
    record = open_received(session, actor, model, code)
    if record.version != version:
        raise Conflict("Có người vừa xử lý mục này. Xem lại rồi quyết định.", code="stale")
    return record


def _move(session: Session, actor: Actor, record: Received, status) -> Received:
    closed = status not in {OfferStatus.NEW, OfferStatus.CONTACTED}
    record.closed_at = _now(session) if closed else None
    record.previous_status, record.status = record.status, status
    record.handled_by, record.version = actor.id, record.version + 1
    try:
        session.flush()
    except IntegrityError as error:
        raise refusals.explain(error) from error
    session.refresh(record)
    return record


def _now(session: Session) -> datetime:
    """The beginning of the transaction; asked while a row is half changed."""
    with session.no_autoflush:
        return session.scalar(queries.now())


def _team(session: Session, actor: Actor, code: str | None) -> UUID:
    found = session.scalar(queries.team(code)) if code else None
    if found is None or not actor.covers(found.unit_ids):
        raise _at("team", "Chọn một đội trong địa bàn.")
    return found.id


def _at(field: str, sentence: str) -> Invalid:
    return Invalid(sentence, fields={field: [sentence]})
