"""What the pages of accounts read from their forms."""

from marshmallow import EXCLUDE, Schema, fields, validate

from mapservice.accounts.logins import LONGEST
from mapservice.accounts.models import OrganisationLevel, Role, Scope


def line(what: str, longest: int = 200, **more) -> fields.Str:
    """A required line of text; `what` is asked for when it is missing."""
    return fields.Str(
        required=True,
        validate=validate.Length(1, longest, error=f"Dài nhất {longest} ký tự."),
        error_messages={"required": what, "invalid": what},
        **more,
    )


class CodeForm(Schema):
    code = line("Nhập mã 6 chữ số.", 40)


class PasswordForm(Schema):
    """An act that asks for the own password once more."""

    password = line("Nhập mật khẩu.")


class SignInForm(Schema):
    login = line("Nhập tên đăng nhập.", LONGEST)
    password = line("Nhập mật khẩu.")


class LoginForm(Schema):
    """Whose password was forgotten: only mail reaches somebody who is not signed in."""

    login = fields.Email(
        required=True,
        validate=validate.Length(max=LONGEST),
        error_messages={
            "required": "Nhập thư điện tử dùng để đăng nhập.",
            "invalid": "Nhập đúng địa chỉ thư điện tử.",
        },
    )


class NewPasswordForm(Schema):
    new_password = line("Nhập mật khẩu mới.")


class AcceptForm(NewPasswordForm):
    name = line("Nhập họ tên.", 100)
    consent = fields.Bool(load_default=False)


class NameForm(Schema):
    name = line("Nhập họ tên.", 100)


class ChangePasswordForm(NewPasswordForm):
    password = line("Nhập mật khẩu đang dùng.")


class SessionForm(Schema):
    """Which session is to end; none named: all but this one."""

    session = fields.UUID(load_default=None)


class TokenForm(Schema):
    token_name = line("Đặt tên để nhớ mã này dùng cho việc gì.", 80)
    scope = fields.Enum(
        Scope,
        by_value=True,
        required=True,
        error_messages={"required": "Chọn mã được làm gì."},
    )
    days = fields.Int(
        required=True,
        validate=validate.OneOf((30, 90, 365), error="Chọn thời hạn."),
        error_messages={"required": "Chọn thời hạn.", "invalid": "Chọn thời hạn."},
    )


class TokenChoice(Schema):
    token = fields.UUID(required=True)


def _role() -> fields.Enum:
    words = {"required": "Chọn vai trò.", "unknown": "Chọn vai trò trong danh sách."}
    return fields.Enum(Role, by_value=True, required=True, error_messages=words)


def _organisation(**more) -> fields.UUID:
    words = {"required": "Chọn tổ chức.", "invalid_uuid": "Chọn tổ chức trong danh sách."}
    return fields.UUID(error_messages=words, **more)


class InviteForm(Schema):
    login = line("Nhập thư điện tử hoặc số điện thoại.", LONGEST)
    role = _role()
    organisation = _organisation(required=True)


class AccountForm(NameForm):
    role = _role()
    organisation = _organisation(required=True)
    version = fields.Int(required=True)


class NewOrganisationForm(NameForm):
    name = line("Nhập tên tổ chức.", 120)
    code = fields.Str(
        required=True,
        validate=validate.Regexp(
            r"[A-Z0-9][A-Z0-9-]{1,19}\Z", error="Mã gồm 2–20 chữ in hoa, chữ số, dấu gạch ngang."
        ),
        error_messages={"required": "Nhập mã tổ chức."},
    )
    level = fields.Enum(
        OrganisationLevel,
        by_value=True,
        required=True,
        error_messages={"required": "Chọn cấp.", "unknown": "Chọn cấp."},
    )
    parent = _organisation(required=True)


class OrganisationForm(Schema):
    name = line("Nhập tên tổ chức.", 120)
    parent = _organisation(load_default=None)
    self_verification = fields.Bool(load_default=False)
    version = fields.Int(required=True)


class UnitSearch(Schema):
    class Meta:
        unknown = EXCLUDE

    q = fields.Str(validate=validate.Length(max=80))


class UnitForm(Schema):
    unit = fields.Int(required=True, validate=validate.Range(1, 2**31 - 1))
