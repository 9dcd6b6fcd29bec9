"""A form that met an ended session goes on where it stopped, once somebody has signed in.

What was typed travels in hidden fields of the sign-in pages and comes back as a form to be sent
again; nothing is kept on the server. Only what a page of ours sent is carried: another site's
form must not become one that the signed-in person sends.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import render_template, request
from werkzeug.datastructures import MultiDict

from mapservice import web
from mapservice.forms import OURS, Filled

PREFIX = "carried-"  # before each carried field's name, in the forms of the sign-in pages
TARGET = "carried_to"
FILES = "carried_files"
SECRET = ("password", "code")  # in a field's name: such a field is typed anew


@dataclass(frozen=True, slots=True)
class Carried:
    """A form on its way: where it goes, what it holds; `files`: some were left behind."""

    target: str
    fields: Sequence[tuple[str, str]]
    files: bool = False


def possible() -> bool:
    """Whether this request is a form of ours that can be sent again."""
    form = request.mimetype in {"application/x-www-form-urlencoded", "multipart/form-data"}
    signing_in = request.path.startswith("/sign-in")
    return request.method == "POST" and form and web.from_ourselves() and not signing_in


def collect() -> Carried:
    """The form of this request."""
    kept = [
        (name, value)
        for name, value in request.form.items(multi=True)
        if name not in OURS and not any(word in name for word in SECRET)
    ]
    files = any(file.filename for file in request.files.values())
    return Carried(request.full_path.rstrip("?"), kept, files)


def received() -> Carried | None:
    """The form that came along with this sign-in form, if one did."""
    target = web.own_path(request.form.get(TARGET))
    if target is None:
        return None
    kept = [
        (name.removeprefix(PREFIX), value)
        for name, value in request.form.items(multi=True)
        if name.startswith(PREFIX)
    ]
    return Carried(target, kept, FILES in request.form)


def own_fields() -> MultiDict[str, str]:
    """The fields of this sign-in form itself."""
    return MultiDict(
        (name, value)
        for name, value in request.form.items(multi=True)
        if not name.startswith(PREFIX) and name not in {TARGET, FILES}
    )


def sign_in_page(carried: Carried | None):
    """Instead of what the ended session asked for: the way in, with the form kept."""
    page = render_template("accounts/sign_in.html", form=Filled(), carried=carried, ended=True)
    return page, 401


def page(carried: Carried, status: int):
    """The form once more, with a new token, to be sent by one button."""
    return render_template("accounts/resend.html", carried=carried), status
