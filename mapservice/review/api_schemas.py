"""What consents and text checks look like as JSON."""

from marshmallow import Schema, fields, validate

from mapservice.addresses.models import Nature
from mapservice.consent.models import Channel, Giver, Ground, Purpose
from mapservice.rest.schemas import Code
from mapservice.review.doubles import PERSONS, PLACE


class ReadingOut(Schema):
    """What is read to somebody who is asked to agree."""

    giver = fields.Enum(Giver, by_value=True, required=True)
    text = fields.Str(required=True)


class GivenOut(Schema):
    """An agreement: who, how, to which version of the wording, for how long."""

    giver = fields.Enum(Giver, by_value=True, required=True)
    channel = fields.Enum(Channel, by_value=True, required=True)
    wording_version = fields.Int(required=True)
    given_at = fields.AwareDateTime(required=True)
    valid_until = fields.AwareDateTime(required=True)
    withdrawn_at = fields.AwareDateTime(required=True, allow_none=True)


class PurposeOut(Schema):
    """One purpose; `holds`: everybody who has to has agreed, and it is not over."""

    purpose = fields.Enum(Purpose, by_value=True, required=True)
    holds = fields.Bool(required=True)
    readings = fields.List(fields.Nested(ReadingOut), required=True)
    given = fields.List(fields.Nested(GivenOut), required=True)


class EmergencyOut(Schema):
    """Why a person was registered before anybody could be asked."""

    ground = fields.Enum(Ground, by_value=True, required=True)
    stated_at = fields.AwareDateTime(required=True)
    expires_at = fields.AwareDateTime(required=True)


class ConsentsOut(Schema):
    """A person's consents; `erased`: nothing of the person is kept any more."""

    address = Code(required=True)
    erased = fields.Bool(required=True)
    purposes = fields.List(fields.Nested(PurposeOut), required=True)
    emergency = fields.Nested(EmergencyOut, required=True, allow_none=True)
    version = fields.Int(
        required=True, allow_none=True, metadata={"description": "Của địa chỉ; null khi đã xoá"}
    )


class FindOut(Schema):
    """A piece of a text; `mark` names it when it is called harmless."""

    field = fields.Str(required=True, metadata={"description": "`title`, hay MÃ.title của nhu cầu"})
    text = fields.Str(required=True)
    kind = fields.Str(required=True, metadata={"description": "phone, name hay address"})
    mark = fields.Str(required=True)
    harmless = fields.Bool(required=True)


class TextChecksOut(Schema):
    """What was found in the texts of an address and its needs."""

    address = Code(required=True)
    finds = fields.List(fields.Nested(FindOut), required=True)
    version = fields.Int(required=True)


class MergeIn(Schema):
    """The record that is kept."""

    kept = Code(required=True)


class DistinctIn(Schema):
    """The record that this one is not."""

    other = Code(required=True)


class AlikePair(Schema):
    """Two records that may be one; `kept` has come further, or is older.

    `by`: `place` near each other with like names, `phone`, or `identity` (name, year, commune).
    """

    nature = fields.Enum(Nature, by_value=True, required=True, attribute="kept.nature")
    kept = Code(required=True, attribute="kept.public_code")
    kept_commune = fields.Str(required=True)
    double = Code(required=True, attribute="double.public_code")
    double_commune = fields.Str(required=True)
    by = fields.Str(required=True, validate=validate.OneOf([PLACE, *PERSONS]))


class AlikeOut(Schema):
    """The likeliest pairs. `persons`: whether persons were looked at, which the province does only
    on the page, with a reason."""

    pairs = fields.List(fields.Nested(AlikePair), required=True)
    persons = fields.Bool(required=True)
