"""The second factor: set up by its owner, asked at every sign-in, each code once."""

import re
from datetime import UTC, datetime, timedelta

import pyotp
import pytest
from sqlalchemy import select, text

from mapservice.accounts import second_factor, service
from mapservice.accounts.models import Role, SecondFactor, SessionKind, SignInSession
from mapservice.errors import Conflict, Invalid
from tests.factories import make_account

PASSWORD = "mat-khau-thu-nghiem"
PAGE = "/manage/account/second-factor"


@pytest.fixture(scope="module")
def password_hash():
    return service.HASHER.hash(PASSWORD)


@pytest.fixture
def admin(session, password_hash):
    return make_account(
        session, login="tinh@demo.invalid", role=Role.ADMIN, password_hash=password_hash
    )


@pytest.fixture
def officer(session, password_hash):
    return make_account(session, login="canbo@demo.invalid", password_hash=password_hash)


def enter(client, account, query=""):
    form = {"login": account.login, "password": PASSWORD}
    return client.post(f"/sign-in{query}", data=form)


def digits(secret, steps=0):
    """The code of a step before (-) or after now; a step is half a minute."""
    return pyotp.TOTP(secret).at(datetime.now(UTC) + timedelta(seconds=30 * steps))


def enrolled(session, account) -> tuple[str, list[str]]:
    """Secret and recovery codes; the step before this one was used up."""
    secret = second_factor.new_secret()
    return secret, second_factor.enrol(session, account, secret, digits(secret, -1))


def test_an_admin_sets_it_up_before_anything_else(client, session, admin):
    reply = enter(client, admin)
    assert (reply.status_code, reply.location) == (302, PAGE)
    assert client.get("/manage/matching").location == PAGE
    assert client.post("/manage/matching", data={}).location == PAGE
    machine = client.get("/manage/matching", headers={"Accept": "application/json"})
    assert machine.status_code == 403
    page = client.get(PAGE).text
    assert "<svg" in page and "style=" not in page and "otpauth://totp/" in page
    assert 'href="/manage/users"' not in page  # a menu of what is not open yet would mislead
    secret = re.search(r'class="secret">([^<]+)<', page)[1].replace(" ", "")
    assert (
        re.search(r'class="secret">([^<]+)<', client.get(PAGE).text)[1].replace(" ", "") == secret
    )
    wrong = client.post(PAGE, data={"code": "000000"})
    assert wrong.status_code == 422 and second_factor.REFUSED in wrong.text
    done = client.post(PAGE, data={"code": digits(secret)})
    assert done.status_code == 200
    assert len(re.findall(r"<code>[A-Z2-7]{4}(?:-[A-Z2-7]{4}){3}</code>", done.text)) == 10
    assert client.get("/manage/matching").status_code == 200
    living = select(SignInSession.kind).where(SignInSession.revoked_at.is_(None))
    assert session.scalars(living).all() == [SessionKind.OFFICE]


def test_the_secret_is_sealed_and_codes_are_hashed(session, officer):
    secret, codes = enrolled(session, officer)
    row = session.get(SecondFactor, officer.id)
    assert secret.encode() not in bytes(row.secret)
    dump = session.scalar(text("SELECT string_agg(r::text, ' ') FROM core.recovery_code AS r"))
    assert codes[0].replace("-", "") not in dump


def test_signing_in_takes_both_steps(client, session, officer):
    secret, _ = enrolled(session, officer)
    page = enter(client, officer, "?next=/manage/matching?unit=220@2022")
    assert page.status_code == 200 and 'name="code"' in page.text
    assert client.get("/manage/matching").status_code == 302
    action = re.search(r'action="(/sign-in/code[^"]*)"', page.text)[1]
    wrong = client.post(action, data={"code": "12345"})
    assert wrong.status_code == 422 and second_factor.REFUSED in wrong.text
    reply = client.post(action, data={"code": f" {digits(secret)[:3]} {digits(secret)[3:]}"})
    assert reply.location == "/manage/matching?unit=220@2022"
    assert client.get("/manage/matching").status_code == 200


def test_the_second_step_alone_opens_nothing(client, session, officer):
    secret, _ = enrolled(session, officer)
    reply = client.post("/sign-in/code", data={"code": digits(secret)})
    assert reply.status_code == 401 and client.get("/manage/matching").status_code == 302


def test_a_code_is_taken_once(session, officer):
    secret, _ = enrolled(session, officer)
    second_factor.check(session, officer.id, digits(secret))
    for code in (digits(secret), digits(secret, -1)):
        with pytest.raises(Invalid):
            second_factor.check(session, officer.id, code)
    second_factor.check(session, officer.id, digits(secret, 1))


@pytest.mark.parametrize("steps", [-2, 2, 1000])
def test_clocks_may_differ_by_half_a_minute_only(session, officer, steps):
    secret, _ = enrolled(session, officer)
    session.execute(text("UPDATE private.second_factor SET last_step = 0"))
    with pytest.raises(Invalid):
        second_factor.check(session, officer.id, digits(secret, steps))


def test_a_recovery_code_opens_once(client, session, officer):
    _, codes = enrolled(session, officer)
    enter(client, officer)
    assert client.post("/sign-in/code", data={"code": codes[3].lower()}).status_code == 302
    assert second_factor.codes_left(session, officer.id) == 9
    enter(client, officer)
    assert client.post("/sign-in/code", data={"code": codes[3]}).status_code == 422


def test_codes_of_others_open_nothing(session, officer):
    other = make_account(session)
    secret, codes = enrolled(session, other)
    enrolled(session, officer)
    for code in (digits(secret), codes[0], ""):
        with pytest.raises(Invalid):
            second_factor.check(session, officer.id, code)


def test_new_recovery_codes_and_turning_off_ask_for_the_password(client, session, sign_in, officer):
    _, codes = enrolled(session, officer)
    sign_in(officer)
    for path in (f"{PAGE}/codes", f"{PAGE}/off"):
        assert client.post(path, data={"password": "sai"}).status_code == 422
    assert client.post(f"{PAGE}/codes", data={"password": PASSWORD}).status_code == 200
    with pytest.raises(Invalid):
        second_factor.check(session, officer.id, codes[0])
    assert client.post(f"{PAGE}/off", data={"password": PASSWORD}).status_code == 303
    assert not second_factor.is_on(session, officer.id)
    assert "Quét mã" in client.get(PAGE).text


def test_an_admin_cannot_turn_it_off(client, session, sign_in, admin):
    enrolled(session, admin)
    sign_in(admin)
    reply = client.post(f"{PAGE}/off", data={"password": PASSWORD})
    assert reply.status_code == 409 and second_factor.is_on(session, admin.id)


def test_it_is_set_up_once_and_removed_when_there(session, officer):
    with pytest.raises(Conflict):
        second_factor.remove(session, officer.id)
    secret, _ = enrolled(session, officer)
    with pytest.raises(Conflict):
        second_factor.enrol(session, officer, secret, digits(secret))
    second_factor.remove(session, officer.id)
    assert session.scalar(text("SELECT count(*) FROM core.recovery_code")) == 0


def test_every_act_is_recorded(session, officer):
    _, codes = enrolled(session, officer)
    second_factor.check(session, officer.id, codes[0])
    second_factor.remove(session, officer.id)
    acts = session.scalars(
        text("SELECT action FROM core.audit_event WHERE record_id = :id ORDER BY id"),
        {"id": officer.id},
    ).all()
    assert acts == [
        "second_factor_on",
        "recovery_codes_made",
        "recovery_code_used",
        "second_factor_off",
    ]
