"""What the pages of the inbox show. Nothing of a sender: that is revealed by an act of its own."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from mapservice.accounts.rights import Actor
from mapservice.addresses.models import Nature
from mapservice.decision import Decision, Facts, decide
from mapservice.inbox import queries, service
from mapservice.inbox.models import Offer, OfferStatus, Suggestion, SuggestionStatus
from mapservice.screening import detector, known_names


@dataclass(frozen=True, slots=True)
class Sheet:
    """One offer or suggestion. `answerable`: it waits for an answer; `undo`: the last step may
    be taken back by this actor; `sender`: what is sealed is still there."""

    record: Offer | Suggestion
    shown: object
    answerable: bool
    undo: bool
    sender: bool
    sent_at: datetime


@dataclass(frozen=True, slots=True)
class OfferExtras:
    """What an offer is for: items pledged to its need so far, and the teams it may go to."""

    confirmed: object
    waiting: object
    teams: list


def offer(session: Session, actor: Actor, code: str) -> tuple[Sheet, OfferExtras]:
    record = service.open_received(session, actor, Offer, code)
    shown = session.execute(queries.offer_shown(record.id)).one()
    confirmed, waiting = (0, 0)
    if record.need_id is not None:
        confirmed, waiting = session.execute(queries.pledged(record.need_id)).one()
    teams = session.execute(queries.teams(actor.territory)).all()
    return _sheet(session, actor, record, shown), OfferExtras(confirmed, waiting, teams)


def suggestion(
    session: Session, actor: Actor, code: str, province: str
) -> tuple[Sheet, list[detector.Hit]]:
    """The sheet, and what in its words looks like a person, a number or a door."""
    record = service.open_received(session, actor, Suggestion, code)
    shown = session.execute(queries.suggestion_shown(record.id)).one()
    hits = []
    if record.nature is Nature.PLACE:
        known = known_names.of_province(province)
        for text in filter(None, (record.title, record.words)):
            hits += detector.find(text, known)
    return _sheet(session, actor, record, shown), hits


def states_reason(actor: Actor) -> bool:
    """Whether this actor is shown a sender only for a reason."""
    facts = Facts(role=actor.role, level=actor.level, active=True)
    return decide(facts) is Decision.NEEDS_REASON


def _sheet(session: Session, actor: Actor, record: Offer | Suggestion, shown: object) -> Sheet:
    waits = record.status in {OfferStatus.NEW, OfferStatus.CONTACTED, SuggestionStatus.NEW}
    undo = service.may_undo(session, actor, record)
    sender = service.has_sender(session, record)
    return Sheet(record, shown, waits, undo, sender, record.created_at)
