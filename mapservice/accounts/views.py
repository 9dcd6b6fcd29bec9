"""Pages to sign in and out."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask_wtf import FlaskForm
from wtforms import PasswordField, StringField
from wtforms.validators import InputRequired, Length

from mapservice import web
from mapservice.accounts import gate, service
from mapservice.accounts.models import Role
from mapservice.errors import Invalid

bp = Blueprint("accounts", __name__)


class SignInForm(FlaskForm):
    login = StringField(
        "Thư điện tử hoặc số điện thoại",
        [InputRequired("Nhập tên đăng nhập."), Length(max=200, message="Quá dài.")],
    )
    password = PasswordField(
        "Mật khẩu", [InputRequired("Nhập mật khẩu."), Length(max=200, message="Quá dài.")]
    )


@bp.get("/sign-in")
@web.allow_anonymous
def sign_in():
    """The form; what was typed stays after a refusal."""
    return _page(SignInForm(), 200)


@bp.post("/sign-in")
@web.allow_anonymous
def enter():
    form = SignInForm()
    if not form.validate():
        return _page(form, 422)
    try:
        account = service.sign_in(web.session(), form.login.data, form.password.data)
    except Invalid as error:
        form.password.errors = error.fields["password"]
        return _page(form, 422)
    gate.enter(account)
    return redirect(_own_path(request.args.get("next")) or home(account.role))


@bp.post("/sign-out")
def sign_out():
    gate.leave()
    return redirect(url_for("layers.map_page"))


@bp.get("/manage/")
def office():
    """The office's front door leads each role to its own work."""
    return redirect(home(gate.account().role))


def home(role: Role) -> str:
    """Where a role begins its day."""
    if role is Role.TEAM_LEADER:
        return url_for("matching.proposals")
    return url_for("matching.plan_page")


def _page(form: SignInForm, status: int):
    return render_template("accounts/sign_in.html", form=form), status


def _own_path(path: str | None) -> str | None:
    # Only a path of ours: "//host" and "/\host" are other sites to a browser.
    own = path and path.startswith("/") and not path.startswith(("//", "/\\"))
    return path if own and path.isprintable() else None
