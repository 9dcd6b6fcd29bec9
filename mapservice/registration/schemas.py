"""What is registered: a place, a person, their needs. Pages and the JSON API read through these.

Unknown fields are refused. What needs the database to be judged (kinds, communes, rights) is
judged by the services.
"""

from marshmallow import Schema, ValidationError, fields, post_load, validate, validates_schema

from mapservice.addresses.models import PersonKind
from mapservice.consent.models import Channel, Giver, Ground
from mapservice.registration.texts import Day, Line, Number, Paragraphs, count, one_of, whole

CONCERNS = ("health", "disability", "children")
LAT = "Vĩ độ là số như 21.3456."
LNG = "Kinh độ là số như 106.5678."
NO_POINT = "Cần vị trí: đưa dấu cộng tới đúng nơi, dán toạ độ hoặc gõ hai số."
MOST_NEEDS = 30
# Of needs whose teams bring skills and people between them, as CHECK in_all keeps them.
MOST_AT_ONCE, MOST_SKILLS_AT_ONCE = 20, 8
IN_ALL = "Tổng số người từ số lượt đội đến 10.000."
AT_ONCE = f"Chỉ ghi khi cần đủ từ 2 đến {MOST_AT_ONCE} đội cùng lúc."
FEWER_SKILLS = f"Khi các đội góp chung: nhiều nhất {MOST_SKILLS_AT_ONCE} kỹ năng."


class _Spot(Schema):
    """Where: commune as CODE or CODE@2022, point in degrees; what the registrar confirmed."""

    commune = fields.Str(
        required=True,
        validate=validate.Length(1, 32, error="Chọn xã, phường."),
        error_messages={"required": "Chọn xã, phường.", "invalid": "Chọn xã, phường."},
    )
    lat = Number(-90, 90, LAT, load_default=None, allow_none=True)
    lng = Number(-180, 180, LNG, load_default=None, allow_none=True)
    severity = whole(1, 4, "Chọn mức khó khăn.", load_default=1)
    programme_year = whole(2000, 2100, "Năm như 2026.", required=True)
    confirm_outside = fields.Bool(load_default=False)
    confirm_duplicate = fields.Bool(load_default=False)

    @validates_schema
    def point_is_whole(self, data, **_):
        if (data.get("lat") is None) != (data.get("lng") is None):
            missing = "lat" if data.get("lat") is None else "lng"
            raise ValidationError("Cần cả vĩ độ và kinh độ.", missing)


class PlaceInput(_Spot):
    """A place; the contact's name, role and phone are sealed."""

    kind = fields.Str(
        required=True,
        validate=validate.Length(1, 40, error="Chọn loại địa điểm."),
        error_messages={"required": "Chọn loại địa điểm.", "invalid": "Chọn loại địa điểm."},
    )
    title = Line(200, 3, required=True, error_messages={"required": "Cần ghi tên địa điểm."})
    summary = Paragraphs(2000, load_default=None, allow_none=True)
    hamlet = Line(200, load_default=None, allow_none=True)
    children = count(allow_none=True)
    youth = count(allow_none=True)
    elderly = count(allow_none=True)
    disabled = count(allow_none=True)
    households = count(allow_none=True)
    sensitive = fields.Bool(load_default=False)
    contact_name = Line(100, load_default=None, allow_none=True)
    contact_role = Line(100, load_default=None, allow_none=True)
    contact_phone = Line(40, load_default=None, allow_none=True)
    contact_office_line = fields.Bool(load_default=False)
    contact_remove = fields.Bool(load_default=False)

    @validates_schema
    def a_place_has_its_point(self, data, **_):
        if data.get("lat") is None and data.get("lng") is None:
            raise ValidationError(NO_POINT, "lat")

    @validates_schema
    def a_contact_has_a_name(self, data, **_):
        if data.get("contact_phone") and not data.get("contact_name"):
            raise ValidationError("Cần tên người hoặc nơi liên hệ.", "contact_name")

    @validates_schema
    def a_contact_is_removed_or_written(self, data, **_):
        if data.get("contact_remove") and data.get("contact_name"):
            sentence = "Bỏ người liên hệ hay ghi người khác: chọn một."
            raise ValidationError(sentence, "contact_remove")


class PersonInput(_Spot):
    """A person or household. Nothing of it but kind, age band and commune is kept in clear.

    `opened`: the private fields were shown and all of them are given, so that an empty one is
    removed; else an empty one stays as it is. `household`: code of a record of the same home;
    `alone`: of none any more. `reason`: why the province looks.
    """

    person_kind = one_of(PersonKind, "Chọn nhóm.", required=True)
    household = Line(8, load_default=None, allow_none=True)
    alone = fields.Bool(load_default=False)
    reason = Line(500, load_default=None, allow_none=True)
    birth_year = whole(1900, 2100, "Năm sinh như 2015.", load_default=None, allow_none=True)
    name = Line(100, load_default=None, allow_none=True)
    phone = Line(40, load_default=None, allow_none=True)
    guardian = Line(100, load_default=None, allow_none=True)
    door = Line(200, load_default=None, allow_none=True)
    hamlet = Line(200, load_default=None, allow_none=True)
    story = Paragraphs(4000, load_default=None, allow_none=True)
    note = Paragraphs(4000, load_default=None, allow_none=True)
    opened = fields.Bool(load_default=False)
    consent_register = fields.List(one_of(Giver, "Chọn người đồng ý."), load_default=list)
    consent_share = fields.List(one_of(Giver, "Chọn người đồng ý."), load_default=list)
    channel = one_of(Channel, "Chọn cách hỏi.", load_default=None, allow_none=True)
    ground = one_of(Ground, "Chọn lý do khẩn cấp.", load_default=None, allow_none=True)


class _Need(Schema):
    """`id` and `version` name a need that exists; without them it is a new one."""

    id = fields.UUID(load_default=None, allow_none=True)
    version = whole(1, 2**31 - 1, "Phiên bản không đúng.", load_default=None, allow_none=True)
    remove = fields.Bool(load_default=False)
    category = fields.Str(
        required=True,
        validate=validate.Length(1, 40, error="Chọn lĩnh vực."),
        error_messages={"required": "Chọn lĩnh vực.", "invalid": "Chọn lĩnh vực."},
    )
    quantity = Number(0.1, 1_000_000, "Số lượng là số lớn hơn 0.", load_default=1)
    parts = whole(1, 100, "Số lượt đội từ 1 đến 100.", load_default=1)
    together = fields.Bool(load_default=False)
    people_in_all = whole(2, 10_000, IN_ALL, load_default=None, allow_none=True)
    people_per_part = whole(1, 1000, "Số người từ 1 đến 1000.", load_default=1)
    skills = fields.List(fields.Str(validate=validate.Length(1, 40)), load_default=list)
    wanted_from = Day(load_default=None, allow_none=True)
    wanted_until = Day(load_default=None, allow_none=True)
    urgency = whole(1, 4, "Chọn mức khẩn.", required=True)

    @validates_schema
    def days_are_in_order(self, data, **_):
        begin, end = data.get("wanted_from"), data.get("wanted_until")
        if begin and end and end < begin:
            raise ValidationError("Ngày cuối phải sau ngày đầu.", "wanted_until")

    @validates_schema
    def several_bring_it(self, data, **_):
        """What CHECK in_all keeps, said at the field."""
        people, parts = data.get("people_in_all"), data.get("parts", 1)
        if people is None:
            return
        if not data.get("together") or not 2 <= parts <= MOST_AT_ONCE:
            raise ValidationError(AT_ONCE, "people_in_all")
        if people < parts:
            raise ValidationError(IN_ALL, "people_in_all")
        if len(set(data.get("skills", ()))) > MOST_SKILLS_AT_ONCE:
            raise ValidationError(FEWER_SKILLS, "skills")

    @post_load
    def skills_once(self, data, **_):
        return data | {"skills": sorted(set(data["skills"]))}


class NeedInput(_Need):
    """A need of a place."""

    title = Line(200, 3, required=True, error_messages={"required": "Cần ghi việc cần giúp."})
    description = Paragraphs(4000, load_default=None, allow_none=True)
    unit = Line(30, load_default=None, allow_none=True)
    helps_people = whole(
        0, 1_000_000, "Cần một số từ 0 trở lên.", load_default=None, allow_none=True
    )
    concerns = fields.List(one_of(CONCERNS, "Chọn trong danh sách."), load_default=list)


class PersonNeedInput(_Need):
    """A need of a person: no words, and no unit but the category's."""
