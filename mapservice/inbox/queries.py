"""What the inbox asks of the database."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Select,
    SmallInteger,
    String,
    TextClause,
    case,
    cast,
    delete,
    func,
    literal,
    null,
    select,
    text,
    union_all,
    update,
)
from sqlalchemy.orm import aliased

from mapservice.accounts.models import UserAccount
from mapservice.accounts.queries import inside
from mapservice.addresses.models import Address, PlaceKind
from mapservice.addresses.queries import protected
from mapservice.decision import VIETNAM
from mapservice.disclosure.models import SuggestionContact
from mapservice.inbox.models import Offer, OfferStatus, Suggestion
from mapservice.needs.models import Need
from mapservice.teams.models import Team
from mapservice.territory.models import AdminUnit

OFFER, SUGGESTION = "offer", "suggestion"
# What the intake role calls: argument -> its type.
FORM = {"form": "uuid", "receipts": "bytea[]", "contents": "bytea[]", "consent": "integer"}
TARGET = {"commune": "text", "people_group": "text"}
OFFERED = {
    "place": "text", "need": "text", "way": "text", "people": "integer", "first_day": "date",
    "last_day": "date", "quantity": "numeric",
}  # fmt: skip
SUGGESTED = {
    "kind": "text", "title": "text", "words": "text", "lng": "double precision",
    "lat": "double precision",
}  # fmt: skip
SEALED = {
    "key": "integer", "key_mark": "bytea", "sealed_name": "bytea", "sealed_phone": "bytea",
    "sealed_note": "bytea",
}  # fmt: skip


def _call(function: str, arguments: dict[str, str]) -> TextClause:
    given = ", ".join(f"{name} => CAST(:{name} AS {kind})" for name, kind in arguments.items())
    return text(f"SELECT * FROM intake.{function}({given})")


# (receipt, again)
RECEIVE_OFFER = _call("receive_offer", FORM | TARGET | OFFERED | SEALED)
RECEIVE_SUGGESTION = _call("receive_suggestion", FORM | TARGET | SUGGESTED | SEALED)
LOOK_UP = _call("look_up", {"wanted": "bytea"})
WITHDRAW = _call("withdraw", {"wanted": "bytea"})


def now() -> Select:
    """The beginning of the transaction."""
    return select(func.now())


def by_code(model: type, code: str) -> Select:
    """An offer or suggestion by its public code, locked until the end."""
    return (
        select(model)
        .where(model.public_code == code.upper())
        .with_for_update(of=model)
        .execution_options(populate_existing=True)
    )


def team(code: str) -> Select[tuple[Team]]:
    return select(Team).where(Team.public_code == code.upper())


def teams(territory: Collection[int] | None) -> Select:
    """(code, name) of the verified teams of a territory, by name."""
    return (
        select(Team.public_code, Team.name)
        .where(inside(Team.unit_ids, territory), Team.verified, Team.state != "suspended")
        .order_by(Team.name.collate("vi-x-icu"), Team.public_code)
    )


def received(territory: Collection[int] | None) -> Select:
    """What was sent into a territory, offers and suggestions alike, in no order.

    Nothing of who sent it. `what`: OFFER or SUGGESTION; `kind`: how somebody helps, or whether a
    place or a person is proposed; `stage`: 0 new, 1 being answered, 2 answered. Of a place that
    is protected by now neither name nor category. `programme_year`: the place's, else that in
    which it was sent.
    """
    every = union_all(_offers(territory), _suggestions(territory)).subquery()
    stage = case((every.c.status == "new", 0), (every.c.status == "contacted", 1), else_=2)
    return select(every, UserAccount.name.label("handler"), stage.label("stage")).outerjoin(
        UserAccount, UserAccount.id == every.c.handled_by
    )


def _offers(territory: Collection[int] | None) -> Select:
    return (
        select(
            literal(OFFER).label("what"),
            *_head(Offer),
            cast(Offer.kind, String).label("kind"),
            _unless_protected(Address.title).label("title"),
            func.coalesce(Address.programme_year, _year(Offer)).label("programme_year"),
            _unless_protected(Need.category).label("category"),
            _unless_protected(Need.title).label("need_title"),
            Offer.people,
            Offer.pledged_quantity,
            Offer.available_from,
            Offer.available_until,
            cast(Offer.outcome, String).label("outcome"),
        )
        .outerjoin(Address, Address.id == Offer.address_id)
        .outerjoin(Need, Need.id == Offer.need_id)
        .join(AdminUnit, AdminUnit.id == func.coalesce(Offer.commune_id, Address.commune_id))
        .where(inside(Offer.unit_ids, territory))
    )


def _suggestions(territory: Collection[int] | None) -> Select:
    return (
        select(
            literal(SUGGESTION).label("what"),
            *_head(Suggestion),
            cast(Suggestion.nature, String).label("kind"),
            Suggestion.title,
            _year(Suggestion).label("programme_year"),
            *(null().label(name) for name in OF_OFFERS),
        )
        .join(AdminUnit, AdminUnit.id == Suggestion.commune_id)
        .where(inside(Suggestion.unit_ids, territory))
    )


OF_OFFERS = (
    "category", "need_title", "people", "pledged_quantity", "available_from", "available_until",
    "outcome",
)  # fmt: skip


def _head(model: type) -> tuple:
    """What both have, and the commune's name."""
    return (
        model.public_code,
        cast(model.status, String).label("status"),
        cast(model.status_reason, String).label("status_reason"),
        model.status_at,
        model.created_at,
        model.handled_by,
        model.unit_ids,
        cast(model.person_kind, String).label("person_kind"),
        AdminUnit.name.label("commune_name"),
    )


def _year(model: type) -> ColumnElement[int]:
    """The year of Vietnam's calendar in which it was sent."""
    sent = func.timezone(VIETNAM.utcoffset(None), model.created_at)
    return cast(func.extract("year", sent), SmallInteger)


def _unless_protected(column: ColumnElement) -> ColumnElement:
    return case((protected(), None), else_=column)


def offer_shown(offer_id: UUID) -> Select:
    """(address or None, need or None, commune, team or None) of an offer."""
    return (
        select(Address, Need, AdminUnit, Team)
        .select_from(Offer)
        .outerjoin(Address, Address.id == Offer.address_id)
        .outerjoin(Need, Need.id == Offer.need_id)
        .outerjoin(Team, Team.id == Offer.team_id)
        .join(AdminUnit, AdminUnit.id == func.coalesce(Offer.commune_id, Address.commune_id))
        .where(Offer.id == offer_id)
    )


def suggestion_shown(suggestion_id: UUID) -> Select:
    """(commune, its key, former commune or None, kind or None, lng, lat, new address's code)"""
    former, made = aliased(AdminUnit), aliased(Address)
    key = func.core.unit_key
    return (
        select(
            AdminUnit.name.label("commune"),
            key(AdminUnit.code, AdminUnit.valid_from, AdminUnit.valid_to).label("commune_key"),
            case(
                (former.id.is_not(None), key(former.code, former.valid_from, former.valid_to)),
                else_=null(),
            ).label("former_key"),
            PlaceKind.name.label("kind"),
            func.ext.ST_X(Suggestion.point).label("lng"),
            func.ext.ST_Y(Suggestion.point).label("lat"),
            made.public_code.label("made"),
        )
        .select_from(Suggestion)
        .join(AdminUnit, AdminUnit.id == Suggestion.commune_id)
        .outerjoin(former, former.id == Suggestion.former_commune_id)
        .outerjoin(PlaceKind, PlaceKind.code == Suggestion.kind)
        .outerjoin(made, made.id == Suggestion.converted_to)
        .where(Suggestion.id == suggestion_id)
    )


def pledged(need_id: UUID) -> Select:
    """(confirmed, not yet confirmed) items that are pledged to a need."""
    confirmed = func.sum(Offer.pledged_quantity).filter(Offer.pledge_confirmed_at.is_not(None))
    waiting = func.sum(Offer.pledged_quantity).filter(
        Offer.pledge_confirmed_at.is_(None),
        Offer.status.in_((OfferStatus.NEW, OfferStatus.CONTACTED)),
    )
    return select(func.coalesce(confirmed, 0), func.coalesce(waiting, 0)).where(
        Offer.need_id == need_id
    )


def forget_closed(model: type, months: int):
    """Delete what was closed so many months ago; its contact goes with it."""
    return delete(model).where(model.closed_at < func.now() - func.make_interval(0, months))


def forget_senders(days: int):
    """Delete who sent the suggestions of more than so many days ago."""
    old = select(Suggestion.id).where(_older_than(days))
    return delete(SuggestionContact).where(SuggestionContact.suggestion_id.in_(old))


def forget_contents(days: int):
    """And what a guess at the sender could be compared with."""
    known = Suggestion.content_hash.is_not(None)
    return update(Suggestion).where(_older_than(days), known).values(content_hash=None)


def _older_than(days: int) -> ColumnElement[bool]:
    return Suggestion.created_at < func.now() - func.make_interval(0, 0, 0, days)
