"""What the public's forms send: what the inbox takes, read kindly, and a snare for programs."""

from datetime import timedelta

from marshmallow import ValidationError, fields, pre_load, validates_schema

from mapservice.addresses.models import PersonKind
from mapservice.errors import Invalid
from mapservice.geo import Box
from mapservice.inbox.models import OfferKind
from mapservice.inbox.schemas import OfferInput, SuggestionInput
from mapservice.language import day as written_day
from mapservice.language import gettext as _
from mapservice.language import noop
from mapservice.registration import coordinates
from mapservice.registration.texts import one_of
from mapservice.territory.eras import today

DAYS = ("available_from", "available_until")
SINCE, AHEAD = timedelta(days=7), timedelta(days=366)  # an offer may have waited for a signal
OUTSIDE = noop("Vị trí này nằm ngoài tỉnh. Đưa dấu cộng trên bản đồ tới đúng nơi.")
NO_POINT = noop("Đưa dấu cộng trên bản đồ tới đúng nơi, hoặc dán toạ độ, liên kết bản đồ.")


class Untouched(fields.Field):
    """A field that no person sees: whatever fills it in is a program, or too eager a browser."""

    def _deserialize(self, value, attr, data, **kwargs):
        raise ValidationError(noop("Ô này phải để trống."))


class OfferForm(OfferInput):
    """Help for a place, or for the people of a commune; the address of the page says which."""

    website = Untouched(load_default=None)

    @pre_load
    def keep_what_fits(self, data: dict, **_more) -> dict:
        """The other way's number may have been typed before this way was chosen."""
        other = "people" if data.get("kind") == OfferKind.ITEMS else "pledged_quantity"
        return {name: value for name, value in data.items() if name != other}

    @validates_schema
    def days_are_near(self, data: dict, **_more) -> None:
        """A clock that is wrong by a year offers a day nobody means."""
        now = today()
        for name in DAYS:
            day = data.get(name)
            if day and not now - SINCE <= day <= now + AHEAD:
                raise ValidationError(
                    _(
                        "Xem lại ngày này: hôm nay là %(day)s, chọn trong vòng một năm tới.",
                        day=written_day(now),
                    ),
                    name,
                )


class SuggestForm(SuggestionInput):
    """A place with its position, by the map's two numbers or pasted.

    `province`: the box outside of which nothing is proposed.
    """

    pasted = fields.Str(load_default=None)
    website = Untouched(load_default=None)

    def __init__(self, province: Box):
        super().__init__()
        self.province = province

    @pre_load
    def read_position(self, data: dict, **_more) -> dict:
        """What was pasted counts more than where the map stood."""
        if not data.get("pasted"):
            return data
        try:
            found = coordinates.parse(data["pasted"], self.province)
        except Invalid as refusal:
            raise ValidationError(refusal.fields) from refusal
        return data | {"lat": str(found.lat), "lng": str(found.lng)}

    @validates_schema
    def lies_in_the_province(self, data: dict, **_more) -> None:
        lng, lat, box = data.get("lng"), data.get("lat"), self.province
        if lng is None or lat is None:
            return
        if not (box.west <= lng <= box.east and box.south <= lat <= box.north):
            raise ValidationError(OUTSIDE, "pasted")

    def handle_error(self, error: ValidationError, data: dict, **_more) -> None:
        """The two numbers are hidden on the page: what is wrong with them stands at the map."""
        messages = error.messages
        if isinstance(messages, dict) and messages.keys() & {"lat", "lng"}:
            messages.pop("lat", None)
            messages.pop("lng", None)
            messages.setdefault("pasted", [NO_POINT])


class SuggestPeopleForm(SuggestForm):
    """Of people their commune and group, and nothing else."""

    group = one_of(PersonKind, noop("Chọn nhóm người cần giúp."), required=True)
