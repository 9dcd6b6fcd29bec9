"""The commands that docs/integrators.md shows do what it says, in the order it shows them."""

import re
import shlex
from pathlib import Path

import pytest

from mapservice.accounts.models import Role
from tests import office as offices
from tests.programs import program

GUIDE = (Path(__file__).parents[2] / "docs" / "integrators.md").read_text(encoding="utf-8")


def commands() -> list[list[str]]:
    """The words of each curl command of the guide."""
    shown = re.findall(r"```sh\n(.*?)```", GUIDE, re.S)
    text = "\n".join(shown).replace("\\\n", " ")
    return [shlex.split(one) for one in re.split(r"\n(?=curl )", text.strip())]


def run(client, words: list[str], known: dict[str, str]):
    """What curl would send, sent to the application."""
    method, headers, data, url = "GET", {}, None, None
    rest = iter(words[1:])
    for word in rest:
        if word == "-X":
            method = next(rest)
        elif word == "-H":
            name, _, value = next(rest).partition(": ")
            headers[name] = value
        elif word == "-d":
            data = next(rest)
        else:
            url = word
    for name, value in known.items():
        url = url.replace(f"${name}", value)
        headers = {key: text.replace(f"${name}", value) for key, text in headers.items()}
    return client.open(url, method=method, headers=headers, data=data)


@pytest.fixture
def token(app, session):
    union = offices.build(session)
    return program(app, session, union.account(Role.REGISTRAR)).token


def test_the_commands_of_the_guide_work(app, token):
    client, known = app.test_client(use_cookies=False), {"MAP": "", "TOKEN": token}
    listed, made, submitted = commands()
    first = run(client, listed, known)
    assert first.status_code == 200 and len(first.json["items"]) <= 5
    second = run(client, made, known)
    assert second.status_code == 201, second.text
    third = run(client, submitted, known | {"CODE": second.json["code"]})
    assert third.status_code == 200 and third.json["status"] == "submitted"
