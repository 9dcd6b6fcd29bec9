"""Links that open something: invitations and password resets, each once, in time, for its owner."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event, select, text, update
from structlog.testing import capture_logs

from mapservice.accounts import invitations, resets, rights, service
from mapservice.accounts.models import (
    Invitation,
    OrganisationLevel,
    PasswordReset,
    Role,
    SignInSession,
    UserAccount,
)
from mapservice.errors import Forbidden, Invalid, NotFound
from mapservice.mail.models import Mail
from tests.factories import (
    make_account,
    make_invitation,
    make_organisation,
    make_password_reset,
)

NEW = "con đường làng em"
ACCEPTED = {"name": "Nguyễn Thị Mới", "new_password": NEW}
TOKEN = "duong-dan"


@pytest.fixture
def mail(app):
    app.config.update(MAIL_URL="smtp://mail.invalid", BASE_URL="https://map.invalid")


@pytest.fixture
def organisation(session):
    return make_organisation(session)


@pytest.fixture
def officer(session, organisation):
    return rights.actor(session, make_account(session, organisation=organisation))


def test_an_invitation_makes_the_account_its_inviter_fixed(client, session, organisation):
    made = make_invitation(session, organisation=organisation, token=TOKEN, role=Role.REGISTRAR)
    page = client.get(f"/invitation/{TOKEN}")
    assert organisation.name in page.text and "Người đăng ký" in page.text
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert page.headers["Cache-Control"] == "no-store" and "Set-Cookie" not in page.headers
    reply = client.post(f"/invitation/{TOKEN}", data=ACCEPTED)
    assert (reply.status_code, reply.location) == (303, "/sign-in?done=account")
    assert "Đã mở tài khoản." in client.get(reply.location).text
    account = service.sign_in(session, made.login, NEW)
    assert (account.role, account.organisation_id) == (Role.REGISTRAR, organisation.id)


def test_an_invitation_is_used_once(client, session):
    make_invitation(session, token=TOKEN)
    assert client.post(f"/invitation/{TOKEN}", data=ACCEPTED).status_code == 303
    assert client.post(f"/invitation/{TOKEN}", data=ACCEPTED).status_code == 404
    assert client.get(f"/invitation/{TOKEN}").status_code == 404


@pytest.mark.parametrize("field", ["role", "organisation_id", "organisation", "login", "active"])
def test_nobody_assigns_what_the_inviter_fixed(client, session, field):
    make_invitation(session, token=TOKEN)
    reply = client.post(f"/invitation/{TOKEN}", data=ACCEPTED | {field: "admin"})
    assert reply.status_code == 422
    assert session.scalar(select(Invitation.used_at)) is None


def test_every_link_that_does_not_stand_answers_alike(client, session):
    now = datetime.now(UTC)
    make_invitation(session, token="used", used_at=now)
    make_invitation(session, token="revoked", revoked_at=now)
    past = {"created_at": now - timedelta(days=8), "expires_at": now - timedelta(days=1)}
    make_invitation(session, token="late", **past)
    out = make_account(session, active=False)
    make_invitation(session, token="by-nobody", by=out)
    weaker = make_account(session, role=Role.OFFICER)
    make_invitation(session, token="too-high", by=weaker, role=Role.ADMIN)

    def answer(token):
        page = client.get(f"/invitation/{token}")
        return page.status_code, page.text

    tokens = ["used", "revoked", "late", "by-nobody", "too-high", "never"]
    assert {answer(token) for token in tokens} == {answer("another")}
    assert answer("never")[0] == 404


def test_a_leader_agrees_that_name_and_phone_are_kept(client, session):
    make_invitation(session, token=TOKEN, role=Role.TEAM_LEADER, login="+84912345678")
    refused = client.post(f"/invitation/{TOKEN}", data=ACCEPTED)
    assert refused.status_code == 422 and "Cần sự đồng ý" in refused.text
    assert 'value="Nguyễn Thị Mới"' in refused.text and NEW not in refused.text
    assert " checked" not in refused.text
    client.post(f"/invitation/{TOKEN}", data=ACCEPTED | {"consent": "true"})
    account = service.sign_in(session, "0912 345 678", NEW)
    assert account.consented_at is not None


@pytest.mark.parametrize(
    "password", ["ngắn", "aaaaaaaaaaaa", "matkhau123", "abcdeabcde", "0123456789", "canbomoi2026"]
)
def test_weak_passwords_are_refused(client, session, password):
    make_invitation(session, token=TOKEN, login="canbomoi@demo.invalid")
    reply = client.post(f"/invitation/{TOKEN}", data=ACCEPTED | {"new_password": password})
    assert reply.status_code == 422 and "Mật khẩu" in reply.text


@pytest.mark.parametrize("role", [Role.OFFICER, Role.ADMIN])
def test_an_officer_gives_no_role_like_the_own_or_above(session, officer, organisation, role):
    with pytest.raises(Forbidden):
        invitations.invite(
            session, officer, login="moi@demo.invalid", role=role, organisation_id=organisation.id
        )


def test_an_officer_invites_within_the_own_tree_only(session, organisation):
    below = make_organisation(session, level=OrganisationLevel.DISTRICT, parent_id=organisation.id)
    officer = rights.actor(session, make_account(session, organisation=organisation))
    where = {"login": "moi@demo.invalid", "role": Role.VIEWER}
    invitations.invite(session, officer, organisation_id=below.id, **where)
    with pytest.raises(NotFound):
        invitations.invite(session, officer, organisation_id=make_organisation(session).id, **where)


def test_a_taken_or_unreadable_login_is_refused(session, officer, organisation):
    taken = make_account(session)
    for login in (taken.login.upper(), "khong phai thu", "@", "0999"):
        with pytest.raises(Invalid):
            invitations.invite(
                session,
                officer,
                login=login,
                role=Role.VIEWER,
                organisation_id=organisation.id,
            )


def test_a_newer_invitation_ends_the_older(client, session, officer, organisation):
    given = {"login": "moi@demo.invalid", "role": Role.VIEWER, "organisation_id": organisation.id}
    _, first = invitations.invite(session, officer, **given)
    _, second = invitations.invite(session, officer, **given)
    assert client.get(f"/invitation/{first}").status_code == 404
    assert client.get(f"/invitation/{second}").status_code == 200


def test_a_reset_sets_a_new_password_once_and_signs_out(client, session, sign_in):
    account = make_account(session)
    sign_in(account)
    make_password_reset(session, account=account, token=TOKEN)
    make_password_reset(session, account=account, token="another")
    assert client.get(f"/password/{TOKEN}").status_code == 200
    assert client.post(f"/password/{TOKEN}", data={"new_password": "short"}).status_code == 422
    reply = client.post(f"/password/{TOKEN}", data={"new_password": NEW})
    assert reply.location == "/sign-in?done=password"
    session.expire_all()
    assert service.sign_in(session, account.login, NEW).id == account.id
    assert session.scalars(select(SignInSession.revoked_at)).one() is not None
    for token in (TOKEN, "another"):
        assert client.post(f"/password/{token}", data={"new_password": NEW}).status_code == 404


def test_a_reset_lasts_fifteen_minutes(client, session):
    make_password_reset(session, token=TOKEN, begins=datetime.now(UTC) - timedelta(minutes=15))
    late = client.get(f"/password/{TOKEN}")
    assert late.status_code == 404 and late.text == client.get("/password/never").text
    with pytest.raises(Exception, match="ck_password_reset_short"):
        session.execute(
            update(PasswordReset).values(expires_at=datetime.now(UTC) + timedelta(hours=1))
        )


def test_a_shut_account_is_not_opened_by_a_reset(client, session):
    account = make_account(session, active=False)
    make_password_reset(session, account=account, token=TOKEN)
    assert client.post(f"/password/{TOKEN}", data={"new_password": NEW}).status_code == 404


def test_who_forgot_gets_a_letter_with_our_own_address(client, session, mail):
    """Whatever host was asked for."""
    account = make_account(session)
    reply = client.post(
        "/password",
        data={"login": account.login.upper()},
        headers={"Host": "evil.invalid", "X-Forwarded-Host": "evil.invalid"},
    )
    letter = session.scalars(select(Mail)).one()
    assert letter.recipient == account.login and "evil" not in letter.body
    token = re.search(r"^https://map\.invalid/password/(\S+)$", letter.body, re.M)[1]
    assert letter.secret_until == session.scalars(select(PasswordReset.expires_at)).one()
    assert token not in reply.text
    resets.use(session, token, NEW)
    assert service.sign_in(session, account.login, NEW)


def test_asking_tells_nothing_and_costs_the_same(client, session, connection, mail):
    known, unknown = make_account(session).login, "khongco@demo.invalid"
    shut = make_account(session, active=False).login
    strange = make_account(session, login="đội.trưởng@demo.invalid").login  # no mail goes there
    counted = []
    event.listen(connection, "before_cursor_execute", lambda *a: counted.append(a[2]))

    def ask(login):
        counted.clear()
        page = client.post("/password", data={"login": login})
        work = [re.sub(r"savepoint_\d+", "", statement) for statement in counted]
        ended = ("RELEASE SAVEPOINT", "ROLLBACK TO SAVEPOINT", "SET LOCAL ROLE")
        work = [statement for statement in work if not statement.startswith(ended)]
        return page.status_code, page.text.replace(login, "-"), work

    ask("first@demo.invalid")
    assert ask(known) == ask(unknown) == ask(shut)
    assert ask(strange)[:2] == ask("chị.hai@demo.invalid")[:2]
    assert session.scalars(select(Mail.recipient)).all() == [known]
    assert len(session.scalars(select(PasswordReset)).all()) == 1


def test_asking_is_limited_by_login_and_by_network(client, session, mail):
    seen = [
        client.post("/password", data={"login": "ai@demo.invalid"}).status_code for _ in range(4)
    ]
    assert seen == [200, 200, 200, 429]
    for n in range(20):
        reply = client.post("/password", data={"login": f"ai{n}@demo.invalid"})
    assert reply.status_code == 429 and int(reply.headers["Retry-After"]) > 0


def test_links_are_not_guessed_at(client, session):
    for n in range(20):
        assert client.post(f"/password/x{n}", data={"new_password": NEW}).status_code == 404
    assert client.post("/password/x", data={"new_password": NEW}).status_code == 429
    assert client.post("/invitation/x", data=ACCEPTED).status_code == 429


def test_without_a_mail_server_it_says_whom_to_ask(client, session):
    account = make_account(session)
    page = client.get("/password")
    assert "Hãy nhờ cán bộ phụ trách" in page.text and "<form method" not in page.text
    client.post("/password", data={"login": account.login})
    assert session.scalars(select(PasswordReset)).all() == []


@pytest.mark.parametrize("path", ["/password", f"/password/{TOKEN}", f"/invitation/{TOKEN}"])
def test_another_sites_form_is_refused(app, client, session, path):
    app.config["WTF_CSRF_ENABLED"] = True
    make_invitation(session, token=TOKEN)
    make_password_reset(session, token=TOKEN)
    before = session.scalar(select(UserAccount.id).order_by(UserAccount.id.desc()))
    reply = client.post(path, data=ACCEPTED, headers={"Sec-Fetch-Site": "cross-site"})
    assert reply.status_code == 403
    assert session.scalar(select(UserAccount.id).order_by(UserAccount.id.desc())) == before


def test_tokens_are_in_no_log_and_no_row(client, session, officer, organisation):
    given = {"login": "moi@demo.invalid", "role": Role.VIEWER, "organisation_id": organisation.id}
    _, token = invitations.invite(session, officer, **given)
    with capture_logs() as logged:
        client.get(f"/invitation/{token}")
        client.get(f"/password/{token}/")  # no route: the path is typed, and no less secret
    assert [line["path"] for line in logged] == ["/invitation/…", "/password/…"]
    assert token not in str(logged)
    for table in ("invitation", "password_reset", "audit_event"):
        rows = session.scalars(text(f"SELECT t::text FROM core.{table} AS t")).all()
        assert not any(token in row for row in rows)
