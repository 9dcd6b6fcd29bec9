"""What the public sent, as JSON for moderators: read and answered, never who sent it."""

from collections.abc import Callable

from marshmallow import Schema

from mapservice.accounts import gate
from mapservice.accounts.rights import Action
from mapservice.inbox import reading, service
from mapservice.inbox.api_schemas import (
    AcceptIn,
    ConvertIn,
    DeclineIn,
    OfferOut,
    OfferQuery,
    SuggestionOut,
    SuggestionQuery,
)
from mapservice.inbox.models import Offer, Suggestion
from mapservice.rest.operations import Blueprint
from mapservice.rest.paging import Listing
from mapservice.rest.schemas import Nothing

bp = Blueprint("inbox_api", __name__, tag="Hộp thư")
SHOWN = {Offer: OfferOut, Suggestion: SuggestionOut}


@bp.lists("/offers", Action.MODERATE, OfferOut, OfferQuery, words="Danh sách đăng ký giúp")
def list_offers(_session, filters):
    """The offers of help for your territory."""
    return Listing(reading.listed(gate.actor(), Offer, filters), Offer.public_code)


@bp.reads("/offers/<code>", Action.MODERATE, OfferOut, words="Một đăng ký giúp")
def read_offer(session, code):
    """One offer for your territory."""
    return reading.read(session, gate.actor(), Offer, code)


@bp.lists(
    "/suggestions",
    Action.MODERATE,
    SuggestionOut,
    SuggestionQuery,
    words="Danh sách địa chỉ được đề xuất",
)
def list_suggestions(_session, filters):
    """The addresses that were proposed in your territory."""
    return Listing(reading.listed(gate.actor(), Suggestion, filters), Suggestion.public_code)


@bp.reads("/suggestions/<code>", Action.MODERATE, SuggestionOut, words="Một địa chỉ được đề xuất")
def read_suggestion(session, code):
    """One proposed address of your territory."""
    return reading.read(session, gate.actor(), Suggestion, code)


def _answer(
    model: type,
    name: str,
    act: Callable[..., object],
    words: str,
    given: type[Schema] = Nothing,
    example: dict | None = None,
) -> None:
    """Declare an answer: `act(session, actor, code, seen, **values)`."""

    def view(session, values, seen, code):
        actor = gate.actor()
        act(session, actor, code, seen, **values)
        return reading.read(session, actor, model, code)

    kind = model.__tablename__
    view.__name__, view.__doc__ = f"{name}_{kind}", act.__doc__
    told = {"given": given, "words": words, "example": example}
    bp.steps(f"/{kind}s/<code>/{name}", Action.MODERATE, SHOWN[model], **told)(view)


def _of(model: type, act: Callable[..., object]) -> Callable[..., object]:
    """An answer that offers and suggestions have alike, of one of them."""

    def of_model(session, actor, code, seen, **values):
        return act(session, actor, model, code, seen, **values)

    of_model.__doc__ = act.__doc__
    return of_model


PLACE_HELPED = {"outcome": "direct"}
NOT_NEEDED = {"reason": "not_needed"}
_answer(Offer, "contacted", service.contacted, "Đã liên hệ")
_answer(Offer, "convert", service.convert, "Ghi kết quả", ConvertIn, PLACE_HELPED)
_answer(Suggestion, "accept", service.accept, "Nhận đề xuất", AcceptIn, {"confirm_duplicate": True})
for _model in (Offer, Suggestion):
    _answer(_model, "decline", _of(_model, service.decline), "Từ chối", DeclineIn, NOT_NEEDED)
    _answer(_model, "spam", _of(_model, service.mark_spam), "Đánh dấu thư rác")
    _answer(_model, "undo", _of(_model, service.undo), "Hoàn tác bước vừa làm")
