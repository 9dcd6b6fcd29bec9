"""The gate: who is asking, and what a route's action allows, before any view runs.

A route is anonymous (`web.allow_anonymous`) or names its action (`gate.may`); one that does
neither is closed to everybody. People are known by the cookie of a sign-in session, programs below
/api/ by an API token.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from flask import Flask, Request, Response, current_app, g, redirect, request, session, url_for
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin
from flask_wtf.csrf import CSRFError, CSRFProtect

from mapservice import web
from mapservice.accounts import api_tokens, networks, resending, rights, sessions
from mapservice.accounts.models import ApiToken, Scope, SessionKind, SignInSession, UserAccount
from mapservice.accounts.rights import Action, Actor
from mapservice.errors import Forbidden, SignInNeeded
from mapservice.problems import wants_json

API = "/api/"
READING = frozenset({"GET", "HEAD", "OPTIONS"})
COOKIE = "token"  # its name inside Flask's signed session
HALFWAY = "halfway"  # whose password was right, and when: the second step is still to come
HALFWAY_LASTS = 5 * 60  # seconds
OLD_PAGE = "Trang này mở từ lần đăng nhập trước. Hãy tải lại trang rồi gửi lại."

csrf = CSRFProtect()


@dataclass(frozen=True, slots=True)
class Asker:
    """Whoever asks: an account, by a sign-in session (a person) or an API token (a program)."""

    account: UserAccount
    session: SignInSession | None = None
    token: ApiToken | None = None


class _Cookie(SecureCookieSessionInterface):
    """The session's cookie, renewed by answers alone that looked at it: what is for everybody,
    frames among it, comes without one whoever asks. Who brings none costs no signature."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        if self.get_cookie_name(app) not in request.cookies:
            return self.session_class()
        return super().open_session(app, request)

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        if session.accessed or session.modified:
            super().save_session(app, session, response)

    def should_set_cookie(self, _app: Flask, session: SessionMixin) -> bool:
        return session.modified or (session.accessed and session.permanent)


def init_app(app: Flask) -> None:
    """Cookies, the check before each request, and who acts in the audit trail."""
    secure = str(app.config["BASE_URL"]).startswith("https://")
    app.config.update(
        # The __Host- prefix needs Secure, which plain http on loopback cannot give.
        SESSION_COOKIE_NAME="__Host-session" if secure else "session",
        SESSION_COOKIE_SECURE=secure,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        PERMANENT_SESSION_LIFETIME=sessions.LONGEST,
        # A form lives as long as its session does; the check is made below, for cookies only.
        WTF_CSRF_TIME_LIMIT=int(sessions.LONGEST.total_seconds()),
        WTF_CSRF_CHECK_DEFAULT=False,
    )
    app.session_interface = _Cookie()
    csrf.init_app(app)
    web.set_actor_loader(app, _actor_id)
    app.before_request(_check)
    app.after_request(_keep_out_of_caches)


def enter(account: UserAccount, kind: SessionKind | None = None) -> None:
    """Begin a new session for this account: nothing of an older one survives.

    `kind`: what the role asks for unless it is given.
    """
    leave()
    g.asker = Asker(account)  # who signs in is who acts
    network = networks.mark(networks.network())
    with web.transaction() as work:
        row, token = sessions.begin(
            work,
            account,
            kind or sessions.kind_for(account.role),
            request.headers.get("User-Agent", ""),
            network,
        )
    g.asker = Asker(account, session=row)
    session[COOKIE] = token
    session.permanent = row.kind is SessionKind.DEVICE


def enter_halfway(account: UserAccount) -> None:
    """The password was right; nothing is open before the second step."""
    leave()
    session[HALFWAY] = [str(account.id), int(time.time())]


def halfway() -> UUID | None:
    """Whose second step this browser may take, for some minutes after the first."""
    account_id, since = session.get(HALFWAY, (None, 0))
    return UUID(account_id) if account_id and time.time() - since <= HALFWAY_LASTS else None


def leave() -> None:
    """End the session of this cookie, if there is one, for every copy of the cookie."""
    if COOKIE in session:
        asker = _asker()
        if asker and asker.session:
            with web.transaction() as work:
                sessions.end(work, asker.account.id, asker.session.id)
    session.clear()
    for known in ("asker", "actor"):
        g.pop(known, None)


def account() -> UserAccount:
    """The account that asks; SignInNeeded when nobody is signed in."""
    return _known().account


def actor() -> Actor:
    """The account that asks with its reach, read once a request; SignInNeeded for nobody."""
    if "actor" not in g:
        g.actor = rights.actor(web.session(), account())
    return g.actor


def sign_in_session() -> SignInSession | None:
    """The session of the person who asks; None for a program."""
    return _known().session


def scopes() -> frozenset[Scope] | None:
    """What the API token of this request allows; None for a person, whom the role alone limits."""
    token = _known().token
    return None if token is None else frozenset(map(Scope, token.scopes))


def allows(action: Action) -> bool:
    """Whether who asks may do `action` somewhere, by role and by kind of session."""
    kind = _known().session.kind if _known().session else SessionKind.OFFICE
    return action in rights.WITHIN[kind] and actor().may(action)


def may(action: Action) -> Callable[[Callable], Callable]:
    """Marks a route with what it does: roles that may not are refused before the view runs."""

    def mark(view: Callable) -> Callable:
        view.action = action
        return view

    return mark


def cookieless(view: Callable) -> Callable:
    """Marks an anonymous form that sets no cookie: instead of a token the browser's word counts
    that no other site sent it. It must be harmless to whoever is signed in."""
    view.cookieless = True
    return view


def _known() -> Asker:
    asker = _asker()
    if asker is None:
        raise SignInNeeded("Cần đăng nhập.")
    return asker


def _asker() -> Asker | None:
    if "asker" not in g:
        bearer = _bearer()
        g.asker = _by_token(bearer) if bearer is not None else _by_cookie()
    return g.asker


def _bearer() -> str | None:
    given = request.authorization if request.path.startswith(API) else None
    return (given.token or "") if given is not None and given.type == "bearer" else None


def _by_token(text: str) -> Asker | None:
    found = api_tokens.find(web.session(), text)
    return Asker(found[1], token=found[0]) if found else None


def _by_cookie() -> Asker | None:
    found = sessions.find(web.session(), session[COOKIE]) if COOKIE in session else None
    return Asker(found[1], session=found[0]) if found else None


def _actor_id() -> str:
    asker = _asker()
    return str(asker.account.id) if asker else ""


def _check():
    view = current_app.view_functions.get(request.endpoint or "")
    if view is None or request.endpoint == "static":
        return None
    anonymous = getattr(view, "allow_anonymous", False)
    asker = None if anonymous else _asker()
    if asker is None and not anonymous:
        return _ask_to_sign_in()
    forged = _refuse_forgery(view) if asker is None or asker.session else None
    return forged if forged or asker is None else _check_action(view, asker)


def _check_action(view: Callable, asker: Asker):
    action = getattr(view, "action", None)
    if action is None:
        raise Forbidden("Trang này chưa mở cho ai.")
    if asker.session and action not in rights.WITHIN[asker.session.kind]:
        if asker.session.kind is SessionKind.ENROLMENT and not wants_json():
            return redirect(url_for("second_factor.show"))
        raise Forbidden("Lần đăng nhập này không được làm việc đó.")
    if asker.token and Scope.WRITE not in asker.token.scopes and request.method not in READING:
        raise Forbidden("Mã truy cập này chỉ được đọc.", code="read-only-token")
    rights.require(actor(), action)
    _see(asker)
    return None


def _see(asker: Asker) -> None:
    keeper, row = (sessions, asker.session) if asker.session else (api_tokens, asker.token)
    if row is not None and keeper.is_to_be_seen(row):
        with web.transaction() as work:
            keeper.see(work, row)


def _refuse_forgery(view: Callable):
    """A change must come from a page of ours: by its token, or (`cookieless`) by its origin."""
    if request.method in READING or not current_app.config["WTF_CSRF_ENABLED"]:
        return None
    if getattr(view, "cookieless", False):
        if web.from_elsewhere():
            raise Forbidden("Biểu mẫu này phải được gửi từ trang của chúng tôi.", code="csrf")
        return None
    try:
        csrf.protect()
    except CSRFError:
        # A page of ours that outlived its session: what was typed there is not lost.
        if resending.possible():
            return resending.page(resending.collect(), 403)
        raise Forbidden(OLD_PAGE, code="csrf") from None
    return None


def _ask_to_sign_in():
    if wants_json():
        raise SignInNeeded("Cần đăng nhập.")
    if request.method in READING:
        return redirect(url_for("accounts.sign_in", next=request.full_path.rstrip("?")))
    return resending.sign_in_page(resending.collect() if resending.possible() else None)


def _keep_out_of_caches(response):
    """What somebody signed in was shown is not for the next one at this computer."""
    if g.get("asker") is not None:
        response.headers.setdefault("Cache-Control", "no-store")
    return response
