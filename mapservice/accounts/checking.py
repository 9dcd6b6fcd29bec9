"""Passwords and codes that this request gives: checked, and every failure counted."""

from mapservice import web
from mapservice.accounts import guarding, networks, second_factor, service
from mapservice.accounts.models import UserAccount


def password(login: str, password: str) -> UserAccount:
    """The account, if the password is right (Invalid, TooMany)."""
    attempt = _count("password", login)
    account = service.sign_in(web.session(), login, password)
    _uncount(attempt)
    return account


def code(account: UserAccount, code: str) -> None:
    """Accept a code of the app or a recovery code of this account (Invalid, TooMany)."""
    attempt = _count("code", account.login)
    with web.transaction() as session:
        second_factor.check(session, account.id, code)
    _uncount(attempt)


def _count(kind: str, login: str) -> guarding.Try:
    network = networks.network()
    with web.transaction() as session:
        return guarding.begin(session, kind, login, network, networks.mark(network))


def _uncount(attempt: guarding.Try) -> None:
    with web.transaction() as session:
        guarding.succeed(session, attempt)
