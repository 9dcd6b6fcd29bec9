"""The addresses of links that open something, and the letters that carry them.

Always below BASE_URL: what a request says of its host never gets into a letter.
"""

from flask import current_app

from mapservice import web
from mapservice.accounts import letters, resets
from mapservice.accounts.models import Invitation, Organisation, PasswordReset
from mapservice.mail import service as mail


def reset(token: str) -> str:
    return _address("password", token)


def invitation(token: str) -> str:
    return _address("invitation", token)


def mailed(login: str) -> bool:
    """Whether a letter reaches this login: there is a mail server, and it is a mail address."""
    return mail.configured(current_app.config) and mail.is_address(login)


def send_reset(row: PasswordReset, login: str, token: str) -> None:
    """Queue the letter to the owner."""
    resets.send(web.session(), login, reset(token), row.expires_at)


def send_invitation(row: Invitation, organisation: Organisation, token: str) -> None:
    """Queue the letter to whoever is invited."""
    subject, text = letters.invitation(invitation(token), organisation.name)
    mail.queue(web.session(), to=row.login, subject=subject, text=text, secret_until=row.expires_at)


def _address(kind: str, token: str) -> str:
    return f"{current_app.config['BASE_URL']}/{kind}/{token}"
