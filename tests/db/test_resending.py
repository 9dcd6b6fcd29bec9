"""A form that met an ended session: nothing typed is lost, and nobody else's form gets in."""

import re

import pytest
from sqlalchemy import text
from werkzeug.datastructures import MultiDict

from mapservice.accounts import gate, service
from mapservice.accounts.models import Role
from mapservice.accounts.rights import Action
from tests.db.test_second_factor import digits, enrolled
from tests.factories import make_account

PASSWORD = "mat-khau-thu-nghiem"
FORM = MultiDict(
    [("title", 'Trường "A" <b>'), ("skill", "a"), ("skill", "b"), ("password", "bí mật")]
)
OURS = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def app(app):
    """With a page that says what it was sent."""

    @gate.may(Action.KEEP_OWN_ACCOUNT)
    def heard():
        from flask import request

        return {"form": request.form.to_dict(flat=False), "unit": request.args.get("unit")}

    app.add_url_rule("/manage/heard", "heard", heard, methods=["POST"])
    app.config["WTF_CSRF_ENABLED"] = True
    return app


@pytest.fixture
def officer(session):
    return make_account(
        session, login="canbo@demo.invalid", password_hash=service.HASHER.hash(PASSWORD)
    )


def hidden(page) -> MultiDict:
    """The hidden fields of the page's form."""
    tags = re.findall(r'<input type="hidden"[^>]*>', page.text)
    pairs = [re.search(r'name="([^"]*)"\s*value="([^"]*)"', tag).groups() for tag in tags]
    return MultiDict(
        (name, value.replace("&#34;", '"').replace("&lt;", "<").replace("&gt;", ">"))
        for name, value in pairs
    )


def target(page) -> str:
    return re.search(r'<form method="post"\s+action="([^"]+)"', page.text)[1]


def send(client, headers=OURS, **more):
    return client.post("/manage/heard?unit=220", data=FORM, headers=headers, **more)


def sign_in_with(client, page, **fields):
    given = hidden(page)
    for name, value in ({"login": "canbo@demo.invalid", "password": PASSWORD} | fields).items():
        given[name] = value
    return client.post(target(page), data=given, headers=OURS)


def test_an_expired_form_goes_on_after_signing_in(client, officer):
    page = send(client)
    assert page.status_code == 401 and "Nội dung vừa nhập vẫn còn" in page.text
    assert "bí mật" not in page.text
    page = sign_in_with(client, page, login="", password="")  # a refusal keeps it too
    assert page.status_code == 422
    page = sign_in_with(client, page)
    assert page.status_code == 200 and target(page) == "/manage/heard?unit=220"
    heard = client.post(target(page), data=hidden(page), headers=OURS).json
    heard["form"].pop("csrf_token")
    assert heard == {
        "form": {"title": ['Trường "A" <b>'], "skill": ["a", "b"]},
        "unit": "220",
    }


def test_it_goes_on_through_the_second_step_too(client, session, officer):
    secret, _ = enrolled(session, officer)
    page = sign_in_with(client, send(client))
    given = hidden(page)
    given["code"] = "000"
    page = client.post(target(page), data=given, headers=OURS)
    assert page.status_code == 422
    given = hidden(page)
    given["code"] = digits(secret)
    page = client.post(target(page), data=given, headers=OURS)
    assert hidden(page).getlist("skill") == ["a", "b"]


def test_files_are_said_to_be_left_behind(client, officer):
    from io import BytesIO

    page = client.post(
        "/manage/heard",
        data={"title": "x", "photo": (BytesIO(b"x"), "a.jpg")},
        headers=OURS,
    )
    page = sign_in_with(client, page)
    assert "tệp và ảnh đính kèm không giữ lại được" in page.text.lower()


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://elsewhere.invalid"},
        {"Origin": "null"},
        {},
    ],
)
def test_the_form_of_another_site_is_not_carried(client, officer, headers):
    page = send(client, headers)
    assert page.status_code == 401 and "Trường" not in page.text
    assert set(hidden(page)) == {"csrf_token"}


def test_an_older_browser_says_its_origin(client, officer):
    assert "carried_to" in hidden(send(client, {"Origin": "http://localhost"}))


@pytest.mark.parametrize("where", ["//elsewhere.invalid/x", "https://elsewhere.invalid", "x\n"])
def test_it_is_sent_nowhere_else(client, officer, where):
    page = send(client)
    reply = sign_in_with(client, page, carried_to=where)
    assert reply.status_code == 302 and "elsewhere" not in reply.location


def test_a_form_from_before_signing_in_anew_is_not_lost(client, sign_in, officer):
    """Signed in again in another tab: the token is the old session's, the form is ours."""
    sign_in(officer)
    page = send(client)
    assert page.status_code == 403 and hidden(page)["title"] == 'Trường "A" <b>'
    assert send(client, {"Sec-Fetch-Site": "cross-site"}).text.find("Trường") == -1


def test_programs_get_a_problem(client):
    reply = send(client, OURS | {"Accept": "application/json"})
    assert reply.status_code == 401
    assert reply.json["type"] == "/problems/sign-in-needed"


def test_whoever_signs_in_instead_acts_with_their_own_rights(client, session, officer):
    """The form carries no rights: it is asked again like any other."""
    leader = make_account(
        session,
        login="doi@demo.invalid",
        role=Role.TEAM_LEADER,
        password_hash=officer.password_hash,
    )
    page = client.post("/manage/matching", data={"unit": ""}, headers=OURS)
    page = sign_in_with(client, page, login=leader.login)
    assert client.post(target(page), data=hidden(page), headers=OURS).status_code == 403
    assert session.scalar(text("SELECT count(*) FROM core.assignment")) == 0
