"""The page of the own account, and the command line's accounts."""

import json
import re

import pyotp
import pytest
from click.testing import CliRunner
from sqlalchemy import select, text

from mapservice import cli
from mapservice.accounts import api_tokens, second_factor, service, sessions
from mapservice.accounts.models import ApiToken, Role, SessionKind, UserAccount
from mapservice.cli import user
from tests import office as offices
from tests.factories import make_account, make_organisation, unit_id

PASSWORD = "con đường làng em"


@pytest.fixture
def me(session, sign_in):
    return sign_in(make_account(session, password_hash=service.HASHER.hash(PASSWORD)))


def test_the_page_shows_what_is_mine(client, session, me):
    page = client.get("/manage/account").text
    assert me.login in page and "Thiết bị này" in page
    assert "Đăng xuất mọi thiết bị khác" not in page


def test_the_name_is_changed(client, session, me):
    assert client.post("/manage/account/name", data={"name": ""}).status_code == 422
    assert client.post("/manage/account/name", data={"name": "Tên Mới"}).status_code == 303
    assert session.scalar(select(UserAccount.name).filter_by(id=me.id)) == "Tên Mới"


@pytest.mark.parametrize("field", ["role", "organisation_id", "active", "login"])
def test_nothing_else_is_changed(client, me, field):
    data = {"name": "Tên Mới", field: "admin"}
    assert client.post("/manage/account/name", data=data).status_code == 422


def test_a_new_password_needs_the_old_and_signs_others_out(app, client, session, me):
    other = app.test_client()
    offices.enter(other, me)
    wrong = {"password": "sai", "new_password": "một câu khác hẳn"}
    assert client.post("/manage/account/password", data=wrong).status_code == 422
    weak = {"password": PASSWORD, "new_password": "ngắn"}
    refused = client.post("/manage/account/password", data=weak)
    assert refused.status_code == 422 and PASSWORD not in refused.text
    good = {"password": PASSWORD, "new_password": "một câu khác hẳn"}
    assert client.post("/manage/account/password", data=good).status_code == 303
    assert other.get("/manage/account").status_code == 302
    assert client.get("/manage/account").status_code == 200
    session.expire_all()
    assert service.sign_in(session, me.login, "một câu khác hẳn").id == me.id


def test_devices_are_signed_out_one_or_all(app, client, session, me):
    others = [app.test_client() for _ in range(3)]
    for other in others:
        offices.enter(other, me)
    page = client.get("/manage/account").text
    chosen = re.search(r'name="session"\s+value="([^"]+)"', page)[1]
    assert client.post("/manage/account/sessions/end", data={"session": chosen}).status_code == 303
    assert len(sessions.living(session, me.id)) == 3
    reply = client.post("/manage/account/sessions/end")
    assert "Đã đăng xuất 2 thiết bị." in client.get(reply.location).text
    assert [other.get("/manage/account").status_code for other in others] == [302] * 3


def test_anothers_session_and_token_are_not_mine_to_end(app, client, session, me):
    other = make_account(session)
    offices.enter(app.test_client(), other)
    (theirs,) = sessions.living(session, other.id)
    row, _ = api_tokens.add(session, other, name="x", scopes={"read"})
    data = {"session": str(theirs.id)}
    assert client.post("/manage/account/sessions/end", data=data).status_code == 404
    data = {"token": str(row.id)}
    assert client.post("/manage/account/tokens/revoke", data=data).status_code == 404


def test_a_token_is_shown_once_works_and_is_revoked(client, session, me):
    given = {"token_name": "Bảng tính", "scope": "read", "days": "30"}
    page = client.post("/manage/account/tokens", data=given)
    token = re.search(r'value="(dctn_[\w-]{43})"', page.text)[1]
    headers = {"Authorization": f"Bearer {token}"}
    assert client.get("/api/v1/me", headers=headers).json["scopes"] == ["read"]
    page = client.get("/manage/account").text
    assert "Bảng tính" in page and token not in page
    row = session.scalars(select(ApiToken)).one()
    client.post("/manage/account/tokens/revoke", data={"token": str(row.id)})
    assert client.get("/api/v1/me", headers=headers).status_code == 401


@pytest.mark.parametrize("field", ["token_name", "scope", "days"])
def test_a_token_needs_its_fields_and_keeps_what_was_typed(client, me, field):
    given = {"token_name": "Bảng tính", "scope": "read", "days": "30"}
    page = client.post("/manage/account/tokens", data=given | {field: ""})
    assert page.status_code == 422 and f'href="#{field}"' in page.text


@pytest.fixture
def run(session, app, monkeypatch):
    """The command, on the test's own transaction."""
    from contextlib import contextmanager

    @contextmanager
    def within(_config, _role="office"):
        yield session

    monkeypatch.setattr(user, "session", within)
    monkeypatch.setattr(user.settings, "load", lambda: app.config)
    return lambda *words: CliRunner().invoke(cli.commands, ["user", *words])


def test_the_command_makes_lists_shuts_and_opens(run, session):
    top = make_organisation(session)
    made = run("add", "Moi@demo.invalid", "--role", "officer", "--organisation", top.code)
    password = re.search(r"First password: (\S+)", made.output)[1]
    assert service.sign_in(session, "moi@demo.invalid", password).name == "Moi"
    rows = json.loads(run("list", "--json").output)
    mine = next(row for row in rows if row["email"] == "moi@demo.invalid")
    assert (mine["role"], mine["organisation"], mine["active"]) == ("officer", top.code, True)
    run("disable", "moi@demo.invalid")
    assert "moi@demo.invalid  officer" in run("list").output
    assert "disabled" in run("list").output
    run("enable", "moi@demo.invalid")
    assert "disabled" not in run("list").output
    assert run("disable", "khongco@demo.invalid").exit_code == 1
    again = run("add", "moi@demo.invalid", "--role", "officer", "--organisation", "khong")
    assert again.exit_code == 1


def test_the_command_resets_and_makes_tokens(run, session, client):
    account = make_account(session)
    link = run("reset", account.login).output.strip()
    path = "/" + link.split("/", 3)[3]
    assert client.post(path, data={"new_password": PASSWORD}).status_code == 303
    assert run("reset", account.login, "--second-factor").exit_code == 1  # there is none
    token = run("token", account.login, "--scope", "write", "--days", "1").output.strip()
    found, owner = api_tokens.find(session, token)
    assert owner.id == account.id and found.scopes == ["read", "write"]


def test_the_command_frees_who_lost_the_phone_and_ends_what_was_open(run, session):
    account = make_account(session, role=Role.OFFICER)
    secret = second_factor.new_secret()
    second_factor.enrol(session, account, secret, pyotp.TOTP(secret).now())
    token = run("token", account.login).output.strip()
    sessions.begin(session, account, SessionKind.OFFICE, "Firefox", b"net")
    done = run("reset", account.login, "--second-factor")
    assert done.exit_code == 0 and "/password/" in done.output
    assert not second_factor.is_on(session, account.id)
    assert api_tokens.find(session, token) is None
    assert sessions.living(session, account.id) == []


def test_the_first_admin_needs_no_organisation_made_before(run, session):
    session.execute(text("DELETE FROM core.organisation"))
    made = run("add", "admin@demo.invalid", "--role", "admin", "--organisation", "TD-24")
    assert made.exit_code == 0 and "second factor" in made.output
    account = service.sign_in(
        session, "admin@demo.invalid", re.search(r"password: (\S+)", made.output)[1]
    )
    assert account.role is Role.ADMIN
    assert unit_id(session, "24") in session.scalars(
        text("SELECT unit_id FROM core.organisation_unit")
    )
