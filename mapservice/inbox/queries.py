"""What the inbox asks of the database."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import (
    Select,
    String,
    case,
    cast,
    delete,
    func,
    literal,
    null,
    select,
    union_all,
)
from sqlalchemy.orm import aliased

from mapservice.accounts.queries import inside
from mapservice.addresses.models import Address, Nature, PlaceKind
from mapservice.disclosure.models import SuggestionContact
from mapservice.inbox.models import Offer, OfferStatus, Suggestion
from mapservice.needs.models import Need
from mapservice.teams.models import Team
from mapservice.territory.models import AdminUnit

OFFER, SUGGESTION = "offer", "suggestion"


def now() -> Select:
    """The beginning of the transaction."""
    return select(func.now())


def by_id(model: type, record_id: UUID) -> Select:
    return select(model).where(model.id == record_id)


def by_code(model: type, code: str) -> Select:
    """An offer or suggestion by its public code, locked until the end."""
    return (
        select(model)
        .where(model.public_code == code.upper())
        .with_for_update(of=model)
        .execution_options(populate_existing=True)
    )


def by_receipt(model: type, receipt_hash: bytes) -> Select:
    return select(model).where(model.receipt_hash == receipt_hash).with_for_update(of=model)


def place(code: str) -> Select[tuple[Address]]:
    """The place with this public code that is on the map and protects nobody."""
    return select(Address).where(
        Address.public_code == code.upper(),
        Address.nature == Nature.PLACE,
        Address.status == "published",
        Address.sensitive.is_(False),
    )


def need(code: str, address_id: UUID) -> Select[tuple[Need]]:
    """A need of this address by its public code."""
    return select(Need).where(Need.public_code == code.upper(), Need.address_id == address_id)


def team(code: str) -> Select[tuple[Team]]:
    return select(Team).where(Team.public_code == code.upper())


def teams(territory: Collection[int] | None) -> Select:
    """(code, name) of the verified teams of a territory, by name."""
    return (
        select(Team.public_code, Team.name)
        .where(inside(Team.unit_ids, territory), Team.verified, Team.state != "suspended")
        .order_by(Team.name.collate("vi-x-icu"), Team.public_code)
    )


def received(
    territory: Collection[int] | None, kind: str | None, statuses: Sequence[str], most: int
) -> Select:
    """(what, code, status, created_at, nature, person_kind, title, commune) as the queue shows
    them: new ones first, the last sent first among them. `kind`: OFFER, SUGGESTION or both."""
    parts = []
    if kind in (None, OFFER):
        parts.append(_offers(territory, statuses))
    if kind in (None, SUGGESTION):
        parts.append(_suggestions(territory, statuses))
    every = union_all(*parts).subquery()
    first = case((every.c.status == "new", 0), (every.c.status == "contacted", 1), else_=2)
    return select(every).order_by(first, every.c.created_at.desc(), every.c.code).limit(most)


def _offers(territory: Collection[int] | None, statuses: Sequence[str]) -> Select:
    return (
        select(
            literal(OFFER).label("what"),
            Offer.public_code.label("code"),
            cast(Offer.status, String).label("status"),
            Offer.created_at,
            cast(Offer.kind, String).label("kind"),
            cast(Offer.person_kind, String).label("person_kind"),
            Address.title,
            AdminUnit.name.label("commune"),
        )
        .outerjoin(Address, Address.id == Offer.address_id)
        .join(AdminUnit, AdminUnit.id == func.coalesce(Offer.commune_id, Address.commune_id))
        .where(inside(Offer.unit_ids, territory), Offer.status.in_(statuses))
    )


def _suggestions(territory: Collection[int] | None, statuses: Sequence[str]) -> Select:
    return (
        select(
            literal(SUGGESTION).label("what"),
            Suggestion.public_code.label("code"),
            cast(Suggestion.status, String).label("status"),
            Suggestion.created_at,
            cast(Suggestion.nature, String).label("kind"),
            cast(Suggestion.person_kind, String).label("person_kind"),
            Suggestion.title,
            AdminUnit.name.label("commune"),
        )
        .join(AdminUnit, AdminUnit.id == Suggestion.commune_id)
        .where(inside(Suggestion.unit_ids, territory), Suggestion.status.in_(statuses))
    )


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
    old = select(Suggestion.id).where(
        Suggestion.created_at < func.now() - func.make_interval(0, 0, 0, days)
    )
    return delete(SuggestionContact).where(SuggestionContact.suggestion_id.in_(old))
