"""Programs that call the API with a token of an account."""

from dataclasses import dataclass

import pyotp
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from mapservice.accounts import api_tokens, second_factor
from mapservice.accounts.models import Scope, UserAccount

PREFIX = "/api/v1"


@dataclass
class Program:
    """A client without cookies that holds this token."""

    client: FlaskClient
    token: str

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    def get(self, path: str, **more):
        return self.client.get(PREFIX + path, headers=self.headers, **more)

    def post(self, path: str, body: object = None, **headers: str):
        return self._send("POST", path, body, headers)

    def patch(self, path: str, body: object = None, **headers: str):
        return self._send("PATCH", path, body, headers)

    def step(self, path: str, version: int, body: object = None):
        """POST of a step of the record that was seen in this version."""
        return self._send("POST", path, body, {"If-Match": f'"{version}"'})

    def change(self, path: str, version: int, body: object):
        """PATCH of the record that was seen in this version."""
        return self._send("PATCH", path, body, {"If-Match": f'"{version}"'})

    def _send(self, method: str, path: str, body: object, headers: dict[str, str]):
        told = self.headers | headers
        return self.client.open(PREFIX + path, method=method, json=body or {}, headers=told)


def program(app, session: Session, account: UserAccount, *scopes: Scope) -> Program:
    """A program of this account; with a token of all scopes unless some are named."""
    given = scopes or tuple(Scope)
    if second_factor.required(account) and not second_factor.is_on(session, account.id):
        secret = second_factor.new_secret()
        second_factor.enrol(session, account, secret, pyotp.TOTP(secret).now())
    _, text = api_tokens.add(session, account, name="Chương trình thử", scopes=given)
    session.commit()
    return Program(app.test_client(use_cookies=False), text)
