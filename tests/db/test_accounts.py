"""Signing in and the gate in front of the office."""

import re

import pytest
from sqlalchemy import select, text

from mapservice.accounts import rights, service
from mapservice.accounts.models import Role
from mapservice.accounts.rights import Action
from mapservice.audit.models import AuditEvent
from mapservice.errors import Forbidden, Invalid, NotFound
from tests.factories import make_account, make_organisation, make_place, unit_id

PASSWORD = "mat-khau-thu-nghiem"


@pytest.fixture
def officer(session):
    return make_account(
        session, login="canbo@demo.invalid", password_hash=service.HASHER.hash(PASSWORD)
    )


def sign_in(client, login="canbo@demo.invalid", password=PASSWORD, query=""):
    return client.post(f"/sign-in{query}", data={"login": login, "password": password})


def test_sign_in_leads_to_work_and_sign_out_back_to_the_map(client, officer):
    reply = sign_in(client)
    assert reply.status_code == 302 and reply.location == "/manage/"
    assert client.get("/manage/matching").status_code == 200
    assert client.post("/sign-out").location == "/"
    assert client.get("/manage/matching").status_code == 302


def test_logins_are_not_case_sensitive(client, officer):
    assert sign_in(client, login=" CanBo@Demo.invalid ").status_code == 302


@pytest.mark.parametrize(
    ("login", "password"),
    [("canbo@demo.invalid", "sai"), ("khongco@demo.invalid", PASSWORD), ("x" * 200, "y" * 200)],
)
def test_refusals_say_the_same_and_keep_the_login(client, officer, login, password):
    reply = sign_in(client, login, password)
    assert reply.status_code == 422
    assert "Tên đăng nhập hoặc mật khẩu không đúng." in reply.text
    assert f'value="{login}"' in reply.text and password not in reply.text.replace(login, "")


def test_empty_fields_are_named(client):
    reply = sign_in(client, "", "")
    assert reply.status_code == 422
    assert "Nhập tên đăng nhập." in reply.text and "Nhập mật khẩu." in reply.text


def test_a_form_without_its_token_is_refused(app, officer):
    app.config["WTF_CSRF_ENABLED"] = True
    client = app.test_client()
    assert sign_in(client).status_code in {400, 403}
    page = client.get("/sign-in").text
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)[1]
    reply = client.post(
        "/sign-in",
        data={"login": "canbo@demo.invalid", "password": PASSWORD, "csrf_token": token},
    )
    assert reply.status_code == 302


@pytest.mark.parametrize(
    "target", ["https://elsewhere.invalid/", "//elsewhere.invalid", "/\\elsewhere.invalid"]
)
def test_sign_in_leads_nowhere_else(client, officer, target):
    assert sign_in(client, query=f"?next={target}").location == "/manage/"


def test_sign_in_leads_back_to_where_one_was(client, officer):
    asked = client.get("/manage/matching?unit=220@2022")
    assert asked.location.startswith("/sign-in?next=")
    reply = sign_in(client, query="?next=/manage/matching?unit=220@2022")
    assert reply.location == "/manage/matching?unit=220@2022"


def test_roles_may_what_the_table_says(session):
    registrar = rights.actor(session, make_account(session, role=Role.REGISTRAR))
    rights.require(registrar, rights.Action.SEE_PLANS)
    with pytest.raises(Forbidden):
        rights.require(registrar, rights.Action.COMMIT_PLANS)


def test_rights_end_at_the_territory(session):
    organisation = make_organisation(session)
    district = unit_id(session, "220")
    session.execute(
        text("INSERT INTO core.organisation_unit VALUES (:organisation, :unit)"),
        {"organisation": organisation.id, "unit": district},
    )
    officer = make_account(session, organisation=organisation)
    admin = make_account(session, role=Role.ADMIN)
    own = rights.territory(session, organisation.id)
    assert own == {district}
    assert rights.covers(officer, own, [1, district])
    assert not rights.covers(officer, own, [unit_id(session, "219")])
    assert rights.covers(admin, [], [unit_id(session, "219")])


def test_a_record_elsewhere_reads_like_an_unknown_one_and_leaves_its_trace(session):
    organisation = make_organisation(session)
    officer = rights.actor(session, make_account(session, organisation=organisation))
    place = make_place(session)
    refused = []
    for units in (place.unit_ids, None):
        with pytest.raises(NotFound) as refusal:
            rights.permit(
                session, officer, Action.REVIEW, units, table="address", record_id=place.id
            )
        refused.append((refusal.value.detail, refusal.value.code, refusal.value.fields))
    assert refused[0] == refused[1]
    events = session.scalars(select(AuditEvent).where(AuditEvent.action == "refused_elsewhere"))
    assert [(e.record_id, e.actor_id) for e in events] == [(place.id, officer.id)]


def test_the_tree_below_an_organisation_is_its_reach(session):
    province = make_organisation(session)
    district = make_organisation(session, level="district", parent_id=province.id)
    commune = make_organisation(session, level="commune", parent_id=district.id)
    officer = rights.actor(session, make_account(session, organisation=district))
    assert officer.organisations == {district.id, commune.id}
    assert rights.actor(session, make_account(session, role=Role.ADMIN)).organisations is None


def test_a_login_is_taken_once(session):
    organisation = make_organisation(session)
    values = {"password": PASSWORD, "name": "Mẫu", "role": Role.OFFICER}
    service.add(session, login="Hai@demo.invalid", organisation=organisation.code, **values)
    assert service.sign_in(session, "hai@demo.invalid", PASSWORD).name == "Mẫu"
    with pytest.raises(Invalid):
        service.sign_in(session, "hai@demo.invalid", "khác")
