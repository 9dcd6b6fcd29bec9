"""The gate: who is asking, and sign-in for every route that does not say otherwise."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from flask import Flask, current_app, redirect, request, session, url_for
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user
from flask_wtf import CSRFProtect

from mapservice import web
from mapservice.accounts import service
from mapservice.accounts.models import UserAccount
from mapservice.errors import Forbidden
from mapservice.problems import wants_json

IDLE = timedelta(minutes=30)
ABSOLUTE = timedelta(hours=12)
CSRF_LIFETIME = int(ABSOLUTE.total_seconds())


class SignedIn(UserMixin):
    """Flask-Login's view of an account; `account` is the row, read anew on each request."""

    def __init__(self, account: UserAccount):
        self.account = account

    def get_id(self) -> str:
        return str(self.account.id)


def init_app(app: Flask) -> None:
    """Cookies, CSRF, the loader of accounts, and the check before each request."""
    secure = str(app.config["BASE_URL"]).startswith("https://")
    app.config.update(
        # The __Host- prefix needs Secure, which plain http on loopback cannot give.
        SESSION_COOKIE_NAME="__Host-session" if secure else "session",
        SESSION_COOKIE_SECURE=secure,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        PERMANENT_SESSION_LIFETIME=IDLE,
        WTF_CSRF_TIME_LIMIT=CSRF_LIFETIME,
    )
    manager = LoginManager()
    manager.user_loader(_load)
    # Not init_app: for a remember-me cookie that we do not have it reads the session after every
    # answer, and so makes public answers vary by cookie.
    app.login_manager = manager
    app.jinja_env.globals["current_user"] = current_user
    CSRFProtect(app)
    web.set_actor_loader(app, _actor_id)
    app.before_request(_check)


def enter(account: UserAccount) -> None:
    """Begin a new session for this account: nothing of an older one survives."""
    session.clear()
    session.permanent = True
    session["since"] = datetime.now(UTC).isoformat()
    login_user(SignedIn(account))


def leave() -> None:
    """End the session."""
    logout_user()
    session.clear()


def account() -> UserAccount:
    """The signed-in account; Forbidden when nobody is signed in."""
    if not current_user.is_authenticated:
        raise Forbidden("Cần đăng nhập.")
    return current_user.account


def _load(account_id: str) -> SignedIn | None:
    since = session.get("since")
    if since is None or datetime.now(UTC) - datetime.fromisoformat(since) > ABSOLUTE:
        return None
    found = service.account(web.session(), UUID(account_id))
    return SignedIn(found) if found else None


def _actor_id() -> str:
    return current_user.get_id() if current_user and current_user.is_authenticated else ""


def _check():
    view = current_app.view_functions.get(request.endpoint or "")
    if view is None or request.endpoint == "static" or getattr(view, "allow_anonymous", False):
        return None
    return None if current_user.is_authenticated else _ask_to_sign_in()


def _ask_to_sign_in():
    if wants_json():
        raise Forbidden("Cần đăng nhập.")
    return redirect(url_for("accounts.sign_in", next=request.full_path.rstrip("?")))
