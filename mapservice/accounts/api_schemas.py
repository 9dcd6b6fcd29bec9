"""What organisations and accounts look like as JSON, and how lists of them are asked for."""

from marshmallow import Schema, fields, validate

from mapservice.accounts.models import OrganisationLevel, Role, Scope
from mapservice.accounts.rights import Action
from mapservice.rest.paging import PageQuery
from mapservice.rest.schemas import UnitName


class OrganisationOut(Schema):
    """A unit of the union with its territory; `units` as CODE or CODE@ERA."""

    code = fields.Str(required=True, metadata={"example": "HD220"})
    name = fields.Str(required=True, metadata={"example": "Huyện đoàn Sơn Động"})
    level = fields.Enum(OrganisationLevel, by_value=True, required=True)
    parent = fields.Str(required=True, allow_none=True)
    units = fields.List(fields.Str(), required=True, metadata={"example": ["220@2022"]})
    self_verification = fields.Bool(required=True)
    version = fields.Int(required=True)


class UserOut(Schema):
    """An account."""

    id = fields.UUID(required=True)
    login = fields.Str(required=True, metadata={"example": "canbo@demo.invalid"})
    name = fields.Str(required=True)
    role = fields.Enum(Role, by_value=True, required=True)
    organisation = fields.Str(required=True, metadata={"description": "Mã tổ chức"})
    active = fields.Bool(required=True)
    version = fields.Int(required=True)
    created_at = fields.AwareDateTime(required=True)


class UserQuery(PageQuery):
    """Which accounts."""

    role = fields.List(fields.Enum(Role, by_value=True))
    active = fields.Bool()
    organisation = fields.Str(validate=validate.Length(1, 40))


class Me(Schema):
    """Who is asking, and what that account may do; `scopes` is null in a browser's session."""

    login = fields.Str(required=True)
    name = fields.Str(required=True)
    role = fields.Enum(Role, by_value=True, required=True)
    organisation = fields.Str(required=True)
    organisation_name = fields.Str(required=True)
    actions = fields.List(fields.Enum(Action, by_value=True), required=True)
    scopes = fields.List(fields.Enum(Scope, by_value=True), required=True, allow_none=True)


class InvitationOut(Schema):
    """An invitation; its link goes by mail and is told to no program. It ends when it is accepted
    (`used_at`), revoked, or too old."""

    id = fields.UUID(required=True)
    login = fields.Str(required=True)
    role = fields.Enum(Role, by_value=True, required=True)
    organisation = fields.Str(required=True)
    created_at = fields.AwareDateTime(required=True)
    expires_at = fields.AwareDateTime(required=True)
    used_at = fields.AwareDateTime(required=True, allow_none=True)
    revoked_at = fields.AwareDateTime(required=True, allow_none=True)
    version = fields.Int(required=True)


class InvitationIn(Schema):
    """Whom to invite as what; `login`: a mail address."""

    login = fields.Email(required=True, validate=validate.Length(max=200))
    role = fields.Enum(Role, by_value=True, required=True)
    organisation = fields.Str(required=True, validate=validate.Length(1, 40))


class UserChange(Schema):
    """What to change of an account."""

    name = fields.Str(validate=validate.Length(1, 100))
    role = fields.Enum(Role, by_value=True)
    organisation = fields.Str(validate=validate.Length(1, 40))


class OrganisationChange(Schema):
    """What to change of an organisation; `units`: its whole territory."""

    name = fields.Str(validate=validate.Length(1, 120))
    parent = fields.Str(validate=validate.Length(1, 40))
    self_verification = fields.Bool()
    units = fields.List(UnitName(), validate=validate.Length(max=500))


class OrganisationIn(Schema):
    """A new organisation below another, with its territory."""

    code = fields.Str(
        required=True, validate=validate.Regexp(r"^[A-Z0-9][A-Z0-9-]{1,19}$", error="Mã chưa đúng.")
    )
    name = fields.Str(required=True, validate=validate.Length(1, 120))
    level = fields.Enum(OrganisationLevel, by_value=True, required=True)
    parent = fields.Str(required=True, validate=validate.Length(1, 40))
    units = fields.List(UnitName(), load_default=list, validate=validate.Length(max=500))
