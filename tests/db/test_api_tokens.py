"""API tokens: below /api/ only, never more than the account, read or write."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text, update

from mapservice.accounts import api_tokens, gate
from mapservice.accounts.models import ApiToken, Role, Scope
from mapservice.accounts.rights import Action
from mapservice.errors import Conflict, NotFound
from tests.factories import make_account

PATH = "/api/v1/asked"


@pytest.fixture
def app(app):
    """With a route of the API that officers may use, and one of the pages."""

    @gate.may(Action.REVIEW)
    def asked():
        limits = gate.scopes()
        return {"who": gate.account().login, "scopes": sorted(limits) if limits else None}

    for path in (PATH, "/manage/asked"):
        app.add_url_rule(path, path, asked, methods=["GET", "POST"])
    app.config["WTF_CSRF_ENABLED"] = True
    return app


@pytest.fixture
def officer(session):
    return make_account(session, login="canbo@demo.invalid", role=Role.OFFICER)


def bearer(session, account, *scopes, **more) -> dict:
    _, token = api_tokens.add(session, account, name="Bảng tính", scopes=scopes, **more)
    return {"Authorization": f"Bearer {token}"}


def test_a_token_asks_and_writes_without_cookie_or_form_token(client, session, officer):
    headers = bearer(session, officer, Scope.READ, Scope.WRITE)
    for ask in (client.get, client.post):
        reply = ask(PATH, headers=headers)
        assert reply.json == {"who": "canbo@demo.invalid", "scopes": ["read", "write"]}
        assert "Set-Cookie" not in reply.headers


def test_a_reading_token_only_reads(client, session, officer):
    headers = bearer(session, officer, Scope.READ)
    assert client.get(PATH, headers=headers).status_code == 200
    reply = client.post(PATH, headers=headers)
    assert reply.status_code == 403 and reply.json["type"] == "/problems/read-only-token"


def test_a_token_opens_no_page(client, session, officer):
    headers = bearer(session, officer, Scope.READ, Scope.WRITE)
    assert client.get("/manage/asked", headers=headers).status_code == 302


@pytest.mark.parametrize("given", ["Bearer nothing", "Bearer ", "Bearer", "Basic YTpi", ""])
def test_what_is_no_token_is_asked_to_sign_in(client, given):
    reply = client.get(PATH, headers={"Authorization": given} if given else {})
    assert reply.status_code == 401 and reply.content_type.startswith("application/problem+json")
    assert reply.headers["WWW-Authenticate"] == "Bearer"


def test_a_token_never_exceeds_its_account(client, session, officer):
    headers = bearer(session, officer, Scope.READ)
    session.execute(text("UPDATE core.user_account SET role = 'viewer'"))
    assert client.get(PATH, headers=headers).status_code == 401
    headers = bearer(session, officer, Scope.READ)
    assert client.get(PATH, headers=headers).status_code == 403
    session.execute(text("UPDATE core.user_account SET active = false"))
    assert client.get(PATH, headers=headers).status_code == 401


def test_a_token_expires_and_is_revoked(client, session, officer):
    headers = bearer(session, officer, Scope.READ, lifetime=timedelta(days=1))
    session.execute(update(ApiToken).values(expires_at=datetime.now(UTC) - timedelta(seconds=1)))
    assert client.get(PATH, headers=headers).status_code == 401
    headers = bearer(session, officer, Scope.READ)
    (row,) = api_tokens.living(session, officer.id)
    with pytest.raises(NotFound):
        api_tokens.revoke(session, make_account(session).id, row.id)
    api_tokens.revoke(session, officer.id, row.id)
    assert client.get(PATH, headers=headers).status_code == 401


def test_the_cookie_needs_the_forms_token_in_a_header(client, sign_in, officer):
    sign_in(officer)
    assert client.get(PATH).json["scopes"] is None
    reply = client.post(PATH)
    assert reply.status_code == 403 and reply.json["type"] == "/problems/csrf"


def test_only_the_hash_is_kept_and_the_number_is_limited(session, officer):
    row, token = api_tokens.add(session, officer, name="Một", scopes={Scope.READ})
    assert token.startswith(api_tokens.PREFIX) and token.encode() not in row.token_hash
    for _ in range(api_tokens.MOST - 1):
        api_tokens.add(session, officer, name="Một", scopes={Scope.READ})
    with pytest.raises(Conflict):
        api_tokens.add(session, officer, name="Một", scopes={Scope.READ})


def test_last_use_is_written(client, session, officer):
    headers = bearer(session, officer, Scope.READ)
    client.get(PATH, headers=headers)
    assert session.scalar(text("SELECT used_at FROM core.api_token")) is not None
