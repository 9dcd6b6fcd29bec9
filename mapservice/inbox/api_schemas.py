"""What offers and suggestions look like as JSON, and what their answers are told."""

from marshmallow import Schema, fields

from mapservice.addresses.models import Nature, PersonKind
from mapservice.inbox.models import OfferKind, OfferStatus, Outcome, Reason, SuggestionStatus
from mapservice.rest.paging import PageQuery
from mapservice.rest.schemas import Code


class _Received(Schema):
    code = Code(required=True, attribute="public_code")
    commune = fields.Str(required=True)
    commune_name = fields.Str(required=True)
    status_reason = fields.Enum(Reason, by_value=True, required=True, allow_none=True)
    status_at = fields.AwareDateTime(required=True)
    version = fields.Int(required=True)
    created_at = fields.AwareDateTime(required=True)


class OfferOut(_Received):
    """Help that somebody offered, for a place or for the people of a commune; never by whom."""

    status = fields.Enum(OfferStatus, by_value=True, required=True)
    kind = fields.Enum(OfferKind, by_value=True, required=True)
    address = Code(required=True, allow_none=True)
    need = Code(required=True, allow_none=True)
    group = fields.Enum(
        PersonKind, by_value=True, required=True, allow_none=True, attribute="person_kind"
    )
    people = fields.Int(required=True, allow_none=True)
    available_from = fields.Date(required=True, allow_none=True)
    available_until = fields.Date(required=True, allow_none=True)
    pledged_quantity = fields.Float(required=True, allow_none=True)
    outcome = fields.Enum(Outcome, by_value=True, required=True, allow_none=True)
    team = Code(required=True, allow_none=True)


class SuggestionOut(_Received):
    """An address that somebody proposed, of people only their group; `address`: what came of it."""

    status = fields.Enum(SuggestionStatus, by_value=True, required=True)
    nature = fields.Enum(Nature, by_value=True, required=True)
    kind = fields.Str(required=True, allow_none=True)
    title = fields.Str(required=True, allow_none=True)
    words = fields.Str(required=True, allow_none=True)
    group = fields.Enum(
        PersonKind, by_value=True, required=True, allow_none=True, attribute="person_kind"
    )
    lng = fields.Float(required=True, allow_none=True)
    lat = fields.Float(required=True, allow_none=True)
    address = Code(required=True, allow_none=True)


class OfferQuery(PageQuery):
    """Which offers."""

    status = fields.List(fields.Enum(OfferStatus, by_value=True))


class SuggestionQuery(PageQuery):
    """Which suggestions."""

    status = fields.List(fields.Enum(SuggestionStatus, by_value=True))


class DeclineIn(Schema):
    """Why nothing comes of it."""

    reason = fields.Enum(Reason, by_value=True, required=True)


class ConvertIn(Schema):
    """What the offer became; `team`: which team the people joined."""

    outcome = fields.Enum(Outcome, by_value=True, required=True)
    team = Code()


class AcceptIn(Schema):
    """Confirmations that registering the place may ask for."""

    confirm_duplicate = fields.Bool()
    confirm_outside = fields.Bool()
