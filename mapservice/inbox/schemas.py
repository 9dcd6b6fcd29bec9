"""What the public sends, and what a moderator answers."""

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from mapservice import phones
from mapservice.addresses.models import PersonKind
from mapservice.inbox.models import WORDINGS, OfferKind, Outcome, Reason
from mapservice.language import noop
from mapservice.registration.texts import Day, Line, Number, Paragraphs, one_of, whole

AGREE = noop("Cần bạn đồng ý để cán bộ được gọi lại.")
CODE = validate.Length(1, 32, error=noop("Mã này không đúng."))
LAT, LNG = "Vĩ độ là số như 21.3456.", "Kinh độ là số như 106.5678."


def callable_number(text: str) -> None:
    """Refuses what nobody could be called by."""
    try:
        phones.e164(text)
    except ValueError as error:
        raise ValidationError(str(error)) from error


class _Sent(Schema):
    """`id` is made by the form; the sender's name and phone are sealed, and so is the note.

    `consent`: the version of the words that the sender was shown and agreed to.
    """

    id = fields.UUID(required=True)
    name = Line(100, required=True, error_messages={"required": noop("Cần ghi họ tên.")})
    phone = Line(
        40,
        required=True,
        validate=callable_number,
        error_messages={"required": noop("Cần số điện thoại để cán bộ gọi lại.")},
    )
    note = Paragraphs(2000, load_default=None, allow_none=True)
    consent = fields.Int(
        required=True,
        validate=validate.OneOf(WORDINGS, error=AGREE),
        error_messages={"required": AGREE, "invalid": AGREE},
    )


class OfferInput(_Sent):
    """Help for a place (`address`, maybe one `need` of it), or for the people of a commune
    (`commune`, `group`)."""

    address = fields.Str(validate=CODE, load_default=None)
    need = fields.Str(validate=CODE, load_default=None)
    commune = fields.Str(validate=CODE, load_default=None)
    group = one_of(PersonKind, noop("Chọn nhóm người cần giúp."), load_default=None)
    kind = one_of(OfferKind, noop("Chọn cách giúp."), required=True)
    people = whole(1, 1000, noop("Số người từ 1 đến 1000."), load_default=None)
    available_from = Day(load_default=None)
    available_until = Day(load_default=None)
    pledged_quantity = Number(0.1, 1_000_000, noop("Số lượng lớn hơn 0."), load_default=None)

    @validates_schema
    def has_one_target(self, data, **_):
        to_people = bool(data.get("commune") and data.get("group"))
        if bool(data.get("address")) == to_people or (data.get("need") and to_people):
            raise ValidationError("Chọn một nơi, hoặc một xã và nhóm người cần giúp.", "address")

    @validates_schema
    def days_are_in_order(self, data, **_):
        first, last = data.get("available_from"), data.get("available_until")
        if first and last and last < first:
            raise ValidationError(noop("Ngày cuối phải sau ngày đầu."), "available_until")

    @validates_schema
    def only_items_are_pledged(self, data, **_):
        if data.get("pledged_quantity") and data.get("kind") != OfferKind.ITEMS:
            raise ValidationError("Chỉ ghi số lượng khi giúp bằng hiện vật.", "pledged_quantity")


class SuggestionInput(_Sent):
    """A place (`kind`, `title`, `lat`, `lng`, `words`), or of people only their `group`."""

    commune = fields.Str(
        required=True, validate=CODE, error_messages={"required": noop("Chọn xã, phường.")}
    )
    group = one_of(PersonKind, noop("Chọn nhóm người cần giúp."), load_default=None)
    kind = fields.Str(validate=CODE, load_default=None)
    title = Line(200, 3, load_default=None)
    words = Paragraphs(2000, load_default=None, allow_none=True)
    lat = Number(-90, 90, LAT, load_default=None, allow_none=True)
    lng = Number(-180, 180, LNG, load_default=None, allow_none=True)

    @validates_schema
    def is_a_place_or_people(self, data, **_):
        of_place = {name: data.get(name) for name in ("kind", "title", "lat", "lng")}
        if data.get("group"):
            said = [*of_place.values(), data.get("words"), data.get("note")]
            if any(value is not None for value in said):
                raise ValidationError(noop("Với người dân chỉ chọn xã và nhóm, không ghi gì thêm."))
            return
        for name, value in of_place.items():
            if value is None:
                raise ValidationError(noop("Cần điền mục này."), name)


class _Step(Schema):
    """`version`: of what was seen when the button was pressed."""

    version = whole(1, 1_000_000, "Tải lại trang rồi thử lại.", required=True)


class StepForm(_Step):
    pass


class DeclineForm(_Step):
    reason = one_of(Reason, "Chọn lý do.", required=True)


class ConvertForm(_Step):
    outcome = one_of(Outcome, "Chọn kết quả.", required=True)
    team = fields.Str(validate=CODE, load_default=None)


class AcceptForm(_Step):
    confirm_duplicate = fields.Bool(load_default=False)
    confirm_outside = fields.Bool(load_default=False)


class RevealForm(Schema):
    """The province says why it looks."""

    why = Line(500, load_default=None)
