"""Who a program is: tokens, scopes, sessions with their CSRF token, and what ends them."""

import re

import pytest
from sqlalchemy import text

from mapservice.accounts import api_tokens, service
from mapservice.accounts.models import ApiToken, Role, Scope
from tests import office as offices
from tests.programs import program


@pytest.fixture
def union(session):
    return offices.build(session, password_hash=service.HASHER.hash(offices.PASSWORD))


@pytest.mark.parametrize("role", Role)
def test_a_token_speaks_for_its_account(app, session, union, role):
    account = union.account(role)
    me = program(app, session, account).get("/me")
    assert me.status_code == 200
    assert (me.json["login"], me.json["role"]) == (account.login, role.value)
    assert me.json["scopes"] == ["read", "write"] and "keep_own_account" in me.json["actions"]
    assert "Set-Cookie" not in me.headers and me.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    "given", [None, "Bearer", "Bearer x", "Basic YTpi", "Bearer dctn_" + "a" * 43]
)
def test_nobody_gets_401_and_is_told_how(app, union, given):
    headers = {"Authorization": given} if given else {}
    reply = app.test_client().get("/api/v1/addresses", headers=headers)
    assert reply.status_code == 401
    assert reply.headers["WWW-Authenticate"].startswith("Bearer")
    assert reply.mimetype == "application/problem+json" and reply.json["status"] == 401


def test_a_revoked_token_is_nobodys_at_once(app, session, union):
    caller = program(app, session, union.account(Role.OFFICER))
    assert caller.get("/me").status_code == 200
    row = session.query(ApiToken).one()
    api_tokens.revoke(session, row.account_id, row.id)
    session.commit()
    assert caller.get("/me").status_code == 401


def test_a_disabled_account_takes_its_tokens_along(app, session, union):
    account = union.account(Role.OFFICER)
    caller = program(app, session, account)
    account.active = False
    session.commit()
    assert caller.get("/me").status_code == 401


@pytest.mark.parametrize(
    "change", [{"role": Role.VIEWER}, {"role": Role.ADMIN}, {"password_hash": "another"}]
)
def test_a_token_ends_with_what_it_was_made_for(app, session, union, change):
    """Neither into another role nor past a changed password: a thief may have made it."""
    account = union.account(Role.OFFICER)
    caller = program(app, session, account)
    assert caller.get("/users").status_code == 200
    for name, value in change.items():
        setattr(account, name, value)
    session.commit()
    assert caller.get("/users").status_code == 401


def test_an_admins_token_is_no_way_around_the_second_factor(app, session, union):
    account = union.account(Role.ADMIN)
    caller = program(app, session, account)
    assert caller.get("/users").status_code == 200
    session.execute(text("DELETE FROM private.second_factor"))
    session.commit()
    assert caller.get("/users").status_code == 401


def test_a_token_that_only_reads_changes_nothing(app, session, union):
    leader, own = union.account(Role.TEAM_LEADER), union.here.records["assignment"]
    caller = program(app, session, leader, Scope.READ)
    assert caller.get(f"/me/assignments/{own.id}").status_code == 200
    refused = caller.step(f"/me/assignments/{own.id}/accept", own.version)
    assert refused.status_code == 403 and refused.json["type"] == "/problems/read-only-token"
    writer = program(app, session, leader)
    assert writer.step(f"/me/assignments/{own.id}/accept", own.version).status_code == 200


def test_a_browser_session_needs_its_csrf_token(app, session, union):
    app.config["WTF_CSRF_ENABLED"] = True
    client, own = app.test_client(), union.here.records["assignment"]
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get("/sign-in").text)
    login = {"login": union.account(Role.TEAM_LEADER).login, "password": offices.PASSWORD}
    assert client.post("/sign-in", data=login | {"csrf_token": found[1]}).status_code in {302, 303}
    path, seen = f"/api/v1/me/assignments/{own.id}/accept", {"If-Match": '"1"'}
    forged = client.post(path, json={}, headers=seen)
    assert forged.status_code == 403 and forged.mimetype == "application/problem+json"
    page = client.get("/manage/proposals").text
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)[1]
    assert client.post(path, json={}, headers=seen | {"X-CSRFToken": token}).status_code == 200
