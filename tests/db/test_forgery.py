"""Another site's form changes nothing: every route that changes asks for the token of a page."""

import re
from uuid import uuid4

import pytest

from mapservice.accounts.gate import READING
from tests import office

SENDERS = (
    {},
    {"Sec-Fetch-Site": "same-origin"},  # a page of ours whose token is gone: shown once more
    {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.invalid"},
)


def changing(app) -> list[tuple[str, str, str]]:
    """(method, path, endpoint) of all that is not read; `cookieless` forms go by their origin."""
    return [
        (method, re.sub(r"<[^<>]*>", str(uuid4()), rule.rule), rule.endpoint)
        for rule in app.url_map.iter_rules()
        for method in sorted(rule.methods - READING)
        if not getattr(app.view_functions[rule.endpoint], "cookieless", False)
    ]


def watched(view, reached: list[str]):
    """A view with the marks of this one that only says it was reached."""

    def stand_in(**_):
        reached.append(view.__name__)
        return "reached"

    stand_in.__dict__.update(view.__dict__)
    return stand_in


@pytest.mark.parametrize("headers", SENDERS)
def test_nothing_is_changed_without_the_token_of_a_page(app, client, session, headers):
    office.enter(client, office.build(session).admin)
    app.config["WTF_CSRF_ENABLED"] = True
    asked, reached = changing(app), []
    for endpoint, view in app.view_functions.items():
        app.view_functions[endpoint] = watched(view, reached)
    answers = {
        (method, path): client.open(path, method=method, data={"a": "b"}, headers=headers)
        for method, path, _ in asked
    }
    assert len(answers) > 100 and reached == []
    assert {reply.status_code for reply in answers.values()} == {403}
    app.config["WTF_CSRF_ENABLED"] = False  # the same requests do reach their views otherwise
    method, path, _ = next(found for found in asked if found[1] == "/manage/addresses/new")
    assert client.open(path, method=method).text == "reached" and reached
