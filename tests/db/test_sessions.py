"""Sign-in sessions live in the database: how long, what ends them, what they may."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, text, update

from mapservice import create_app
from mapservice.accounts import gate, rights, service, sessions
from mapservice.accounts.models import Role, SessionKind, SignInSession
from mapservice.accounts.rights import Action
from tests.factories import make_account, make_organisation

PASSWORD = "mat-khau-thu-nghiem"
WORK = "/manage/matching"


@pytest.fixture
def officer(session):
    return make_account(
        session, login="canbo@demo.invalid", password_hash=service.HASHER.hash(PASSWORD)
    )


def enter(client, login="canbo@demo.invalid"):
    reply = client.post("/sign-in", data={"login": login, "password": PASSWORD})
    assert reply.status_code == 302
    return reply


def is_in(client, path=WORK) -> bool:
    return client.get(path).status_code == 200


def age(session, **columns):
    """Move the times of all sessions back."""
    past = {name: datetime.now(UTC) - ago for name, ago in columns.items()}
    session.execute(update(SignInSession).values(past))


def stolen(app, client):
    """Another browser with a copy of the cookie."""
    with client.session_transaction() as cookie:
        copied = dict(cookie)
    thief = app.test_client()
    with thief.session_transaction() as cookie:
        cookie.update(copied)
    return thief


def test_the_cookie_is_bound_and_holds_nothing_but_a_random_token(client, session, officer):
    cookie = enter(client).headers["Set-Cookie"]
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie and "Expires" not in cookie
    with client.session_transaction() as kept:
        assert set(kept) <= {gate.COOKIE, "_permanent"}
        token = kept[gate.COOKIE]
    assert len(token) >= 43
    row = session.scalars(select(SignInSession)).one()
    assert token.encode() not in row.token_hash and row.account_id == officer.id


def test_production_cookies_are_host_bound(settings):
    app = create_app(settings | {"BASE_URL": "https://map.invalid"})
    assert app.config["SESSION_COOKIE_NAME"] == "__Host-session"
    assert app.config["SESSION_COOKIE_SECURE"] is True
    for kind in ("office_sessions", "public_sessions", "intake_sessions"):
        app.extensions[kind].kw["bind"].dispose()


def test_signing_in_begins_a_new_session(client, session, officer):
    """Fixation: what somebody planted before does not survive, nor does the session before."""
    enter(client)
    with client.session_transaction() as cookie:
        first = cookie[gate.COOKIE]
        cookie["planted"] = "by somebody else"
    enter(client)
    with client.session_transaction() as cookie:
        assert "planted" not in cookie and cookie[gate.COOKIE] != first
        cookie[gate.COOKIE] = first
    assert not is_in(client)


def test_a_stolen_cookie_is_dead_after_sign_out(app, client, officer):
    enter(client)
    thief = stolen(app, client)
    assert is_in(thief)
    assert client.post("/sign-out").location == "/"
    assert not is_in(thief) and not is_in(client)


@pytest.mark.parametrize(
    ("ago", "still"),
    [
        ({"seen_at": timedelta(minutes=29)}, True),
        ({"seen_at": timedelta(minutes=31)}, False),
        ({"created_at": timedelta(hours=11, minutes=59)}, True),
        ({"created_at": timedelta(hours=12, minutes=1)}, False),
    ],
)
def test_an_office_session_ends_idle_or_old(client, session, officer, ago, still):
    enter(client)
    age(session, **ago)
    assert is_in(client) is still


def test_a_leaders_device_stays_signed_in_for_thirty_days(client, session, sign_in):
    sign_in(make_account(session, role=Role.TEAM_LEADER))
    assert session.scalars(select(SignInSession.kind)).one() is SessionKind.DEVICE
    age(session, created_at=timedelta(days=29), seen_at=timedelta(days=28))
    assert is_in(client, "/manage/proposals")
    age(session, created_at=timedelta(days=31))
    assert not is_in(client, "/manage/proposals")


def test_a_device_session_may_only_what_a_leader_does(app, client, session, officer):
    """Whatever the role: the row of a leader who became an officer would not open more."""
    leaders = {action for action in Action if Role.TEAM_LEADER in rights.ALLOWED[action]}
    assert rights.WITHIN[SessionKind.DEVICE] <= leaders
    enter(client)
    session.execute(update(SignInSession).values(kind=SessionKind.DEVICE))
    assert client.get(WORK).status_code == 403


def test_last_sight_is_written_once_a_minute(client, session, officer):
    enter(client)

    def seen():
        return session.scalar(text("SELECT seen_at FROM core.sign_in_session"))

    first = seen()
    is_in(client)
    assert seen() == first
    age(session, seen_at=timedelta(minutes=2))
    is_in(client)
    assert seen() > first


@pytest.mark.parametrize(
    "change",
    [
        {"active": False},
        {"role": "viewer"},
        {"password_hash": "!"},
        {"organisation_id": None},
    ],
    ids=lambda change: next(iter(change)),
)
def test_what_changes_an_account_ends_its_sessions(client, session, officer, change):
    enter(client)
    if "organisation_id" in change:
        change = {"organisation_id": make_organisation(session).id}
    (column, value), *_ = change.items()
    session.execute(
        text(f"UPDATE core.user_account SET {column} = :value WHERE id = :id"),
        {"value": value, "id": officer.id},
    )
    assert not is_in(client)


def test_a_new_name_ends_nothing(client, session, officer):
    enter(client)
    session.execute(text("UPDATE core.user_account SET name = 'Tên mới'"))
    assert is_in(client)


def test_one_of_several_sessions_ends_and_all_others(client, session, app, officer):
    for _ in range(3):
        enter(app.test_client())
    enter(client)
    with client.session_transaction() as cookie:
        mine, _ = sessions.find(session, cookie[gate.COOKIE])
    assert len(sessions.living(session, officer.id)) == 4
    other = next(row for row in sessions.living(session, officer.id) if row.id != mine.id)
    sessions.end(session, officer.id, other.id)
    assert sessions.end_all(session, officer.id, but=mine.id) == 2
    assert [row.id for row in sessions.living(session, officer.id)] == [mine.id]
    assert is_in(client)


def test_pages_of_the_office_stay_out_of_caches(client, officer):
    enter(client)
    assert client.get(WORK).headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/120.0 Safari/537.36 Edg/120.0", "Edge, Windows"),
        ("Mozilla/5.0 (Linux; Android 13) Chrome/120.0 Mobile Safari/537.36", "Chrome, Android"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 16_0 like Mac OS X) Safari/604.1", "Safari, iPhone"),
        ("<script>alert(1)</script>", "Trình duyệt khác"),
        ("", "Trình duyệt khác"),
    ],
)
def test_browsers_are_named_in_a_few_words(told, shown):
    assert sessions.browser(told) == shown
