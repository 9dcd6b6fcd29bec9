"""Guessing at passwords and codes: counted by account and network, and blind to what exists."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event, text, update

from mapservice.accounts import guarding, limits, networks, second_factor, service
from mapservice.accounts.models import Attempt
from mapservice.errors import TooMany
from tests.db.test_second_factor import digits
from tests.factories import make_account

PASSWORD = "mat-khau-thu-nghiem"
LOGIN = "canbo@demo.invalid"


@pytest.fixture
def officer(session):
    return make_account(session, login=LOGIN, password_hash=service.HASHER.hash(PASSWORD))


def guess(client, login=LOGIN, password="sai", address="203.0.113.7"):
    return client.post(
        "/sign-in",
        data={"login": login, "password": password},
        headers={"X-Forwarded-For": address},
    )


@pytest.mark.parametrize("login", [LOGIN, "khongco@demo.invalid"])
def test_after_five_failures_an_account_waits(client, officer, login):
    """Whether the account exists changes nothing; the right password is not tried either."""
    seen = [guess(client, login, address=f"203.0.113.{n}").status_code for n in range(7)]
    assert seen == [422] * guarding.BY_ACCOUNT + [429, 429]
    reply = guess(client, login, PASSWORD, "203.0.113.9")
    assert reply.status_code == 429 and 0 < int(reply.headers["Retry-After"]) <= 900
    assert f'value="{login}"' in reply.text and "Hãy đợi 15 phút" in reply.text


def test_spellings_of_one_login_share_their_count(client, officer):
    for n in range(guarding.BY_ACCOUNT):
        guess(client, (LOGIN, LOGIN.upper(), f" {LOGIN}")[n % 3])
    assert guess(client).status_code == 429


def test_after_twenty_failures_a_network_waits(client, officer):
    for n in range(guarding.BY_NETWORK):
        assert guess(client, f"ai{n}@demo.invalid").status_code == 422
    assert guess(client, "nguoikhac@demo.invalid").status_code == 429
    assert guess(client, "nguoikhac@demo.invalid", address="203.0.113.8").status_code == 422


def test_the_owner_is_not_locked_out_by_who_guesses_elsewhere(client, officer):
    assert guess(client, password=PASSWORD, address="198.51.100.1").status_code == 302
    for n in range(10):
        guess(client, address=f"203.0.113.{n}")
    assert guess(client, password=PASSWORD, address="203.0.113.99").status_code == 429
    assert guess(client, password=PASSWORD, address="198.51.100.1").status_code == 302


def test_successes_count_for_nothing(client, officer):
    for _ in range(guarding.BY_NETWORK + 5):
        assert guess(client, password=PASSWORD).status_code == 302


def test_the_window_ends(client, session, officer):
    for _ in range(6):
        guess(client)
    past = datetime.now(UTC) - guarding.WINDOW
    session.execute(update(Attempt).values(began_at=past))
    assert guess(client, password=PASSWORD).status_code == 302


def test_codes_are_guessed_at_five_times(client, session, officer):
    secret = second_factor.new_secret()
    second_factor.enrol(session, officer, secret, digits(secret, -1))
    guess(client, password=PASSWORD)
    seen = [client.post("/sign-in/code", data={"code": f"{n:06}"}).status_code for n in range(6)]
    assert seen == [422] * 5 + [429]
    assert client.post("/sign-in/code", data={"code": digits(secret)}).status_code == 429


def test_known_and_unknown_logins_cost_the_same(app, client, connection, officer):
    """The same statements, and one verification of a password each."""
    counted = []
    event.listen(connection, "before_cursor_execute", lambda *a: counted.append(a[2]))

    def work(login):
        counted.clear()
        guess(client, login)
        return [re.sub(r"savepoint_\d+", "", statement) for statement in counted]

    work(LOGIN)  # the first page of a process reads what is kept afterwards
    assert work(LOGIN) == work("khongco@demo.invalid") != []
    verified = []
    hasher, service.HASHER = service.HASHER, _Counting(verified)
    try:
        for login in (LOGIN, "khongco@demo.invalid"):
            guess(client, login)
    finally:
        service.HASHER = hasher
    assert len(verified) == 2


class _Counting:
    def __init__(self, seen):
        self._seen = seen

    def verify(self, password_hash, password):
        self._seen.append(password_hash)
        return False


@pytest.mark.parametrize(
    ("peer", "forwarded", "network"),
    [
        ("203.0.113.7", None, "203.0.113.7/32"),
        ("127.0.0.1", "198.51.100.1", "198.51.100.1/32"),
        ("127.0.0.1", "1.2.3.4, 198.51.100.1", "198.51.100.1/32"),
        ("203.0.113.7", "198.51.100.1", "203.0.113.7/32"),  # not our proxy: not believed
        ("::1", "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("127.0.0.1", "::ffff:198.51.100.1", "198.51.100.1/32"),
        ("127.0.0.1", "nonsense", "unknown"),
        ("127.0.0.1", None, "127.0.0.1/32"),
    ],
)
def test_networks(app, peer, forwarded, network):
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    with app.test_request_context(headers=headers, environ_base={"REMOTE_ADDR": peer}):
        assert networks.network() == network


def test_no_address_is_kept_as_it_is(client, session, officer):
    guess(client)
    guess(client, password=PASSWORD)
    for table in ("attempt", "sign_in_session"):
        rows = session.scalars(text(f"SELECT t::text FROM core.{table} AS t")).all()
        assert rows and not any("203.0.113" in row or LOGIN in row for row in rows)


def test_a_limit_of_another_feature(session):
    window = timedelta(hours=1)
    for _ in range(3):
        limits.hit(session, "offer", "198.51.100.1", 3, window)
    with pytest.raises(TooMany) as refusal:
        limits.hit(session, "offer", "198.51.100.1", 3, window)
    assert 3500 < refusal.value.retry_after <= 3600
    limits.hit(session, "offer", "198.51.100.2", 3, window)
    limits.hit(session, "suggestion", "198.51.100.1", 3, window)
    session.execute(update(Attempt).values(began_at=datetime.now(UTC) - timedelta(days=2)))
    assert limits.clean(session) == 3
