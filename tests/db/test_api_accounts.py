"""Programs that keep organisations and accounts: within their reach, and no further."""

import pyotp
import pytest
from sqlalchemy import select

from mapservice.accounts import second_factor
from mapservice.accounts.models import Role
from mapservice.mail.models import Mail
from tests import office as offices
from tests.programs import program


@pytest.fixture
def union(session):
    return offices.build(session)


@pytest.fixture
def officer(app, session, union):
    return program(app, session, union.account(Role.OFFICER))


@pytest.fixture
def admin(app, session, union):
    return program(app, session, union.admin)


def test_an_organisation_is_made_with_its_territory_and_changed(admin, officer, union):
    new = {
        "code": "DX-THU",
        "name": "Đoàn xã thử",
        "level": "commune",
        "parent": union.here.district.code,
        "units": ["07645@2022"],
    }
    assert officer.post("/organisations", new).status_code == 403
    made = admin.post("/organisations", new, **{"Idempotency-Key": "org"})
    assert made.status_code == 201, made.text
    assert made.location == "/api/v1/organisations/DX-THU"
    assert made.json["units"] == ["07645@2022"] and made.json["parent"] == new["parent"]
    assert admin.post("/organisations", new).status_code == 409
    path = "/organisations/DX-THU"
    changed = admin.change(path, made.json["version"], {"units": [], "name": "Đoàn xã mới"})
    assert (changed.json["units"], changed.json["name"]) == ([], "Đoàn xã mới")
    assert changed.json["parent"] == new["parent"]
    assert admin.change(path, made.json["version"], {"name": "Cũ"}).status_code == 412
    wrong = admin.change(path, changed.json["version"], {"units": ["99999"]})
    assert wrong.status_code == 422 and list(wrong.json["errors"]) == ["units"]


def test_an_account_is_changed_shut_and_opened(app, session, officer, union):
    viewer = union.account(Role.VIEWER)
    own = program(app, session, viewer)
    path = f"/users/{viewer.id}"
    changed = officer.change(path, viewer.version, {"name": "Người Xem"})
    assert (changed.status_code, changed.json["name"]) == (200, "Người Xem"), changed.text
    shut = officer.step(f"{path}/disable", changed.json["version"])
    assert shut.json["active"] is False and own.get("/me").status_code == 401
    opened = officer.step(f"{path}/enable", shut.json["version"])
    assert opened.json["active"] is True
    assert officer.step(f"{path}/disable", changed.json["version"]).status_code == 412
    higher = officer.change(path, opened.json["version"], {"role": "admin"})
    assert higher.status_code == 403
    elsewhere = {"organisation": union.there.district.code}
    refused = officer.change(path, opened.json["version"], elsewhere)
    assert refused.status_code == 422 and list(refused.json["errors"]) == ["organisation"]


def test_an_invitation_goes_by_mail_and_its_link_to_no_program(app, session, officer, union):
    told = {
        "login": "moi@demo.invalid",
        "role": "viewer",
        "organisation": union.here.district.code,
    }
    assert officer.post("/invitations", told).json["type"] == "/problems/no-mail"
    mails = len(session.scalars(select(Mail)).all())
    app.config["MAIL_URL"] = "smtp://127.0.0.1:1025"
    made = officer.post("/invitations", told, **{"Idempotency-Key": "i"})
    assert made.status_code == 201, made.text
    assert "/invitation/" not in made.text and made.json["login"] == told["login"]
    again = officer.post("/invitations", told, **{"Idempotency-Key": "i"})
    assert again.json == made.json
    assert len(session.scalars(select(Mail)).all()) == mails + 1
    listed = officer.get("/invitations").json["items"]
    assert made.json["id"] in [one["id"] for one in listed]
    assert officer.get(f"/invitations/{union.there.records['invitation'].id}").status_code == 404


def test_an_invitation_is_revoked_once_and_still_told(officer, union, client):
    path = f"/invitations/{union.here.records['invitation'].id}"
    open_ = officer.get(path)
    assert open_.headers["ETag"] == '"1"' and open_.json["revoked_at"] is None
    assert officer.step(f"{path}/revoke", 2).status_code == 412
    revoked = officer.step(f"{path}/revoke", 1)
    assert revoked.status_code == 200 and revoked.json["revoked_at"]
    assert officer.get(path).json == revoked.json
    assert officer.get("/invitations").json["items"] == []
    assert officer.step(f"{path}/revoke", 1).status_code == 412
    assert officer.step(f"{path}/revoke", 2).json == revoked.json
    other = f"/invitations/{union.there.records['invitation'].id}/revoke"
    assert officer.step(other, 1).status_code == 404


def test_a_link_to_a_new_password_goes_by_mail_and_to_no_program(app, session, officer, union):
    viewer = union.account(Role.VIEWER)
    path = f"/users/{viewer.id}/reset"
    assert officer.step(path, viewer.version).json["type"] == "/problems/no-mail"
    app.config["MAIL_URL"] = "smtp://127.0.0.1:1025"
    assert officer.step(path, viewer.version + 1).status_code == 412
    sent = officer.step(path, viewer.version)
    assert sent.status_code == 200 and "/password/" not in sent.text
    mail = session.scalars(select(Mail).where(Mail.recipient == viewer.login)).one()
    assert "/password/" in mail.body
    shut = officer.step(f"/users/{viewer.id}/disable", viewer.version).json["version"]
    assert officer.step(path, shut).status_code == 409


def test_an_account_is_signed_out_and_freed_of_its_second_factor(app, session, admin, union):
    officer = union.account(Role.OFFICER)
    own = program(app, session, officer)
    secret = second_factor.new_secret()
    second_factor.enrol(session, officer, secret, pyotp.TOTP(secret).now())
    session.commit()
    path = f"/users/{officer.id}"
    assert own.get("/me").status_code == 200
    assert admin.step(f"{path}/end-sessions", officer.version + 1).status_code == 412
    assert admin.step(f"{path}/end-sessions", officer.version).status_code == 200
    assert own.get("/me").status_code == 401
    assert second_factor.is_on(session, officer.id)
    assert admin.step(f"{path}/remove-second-factor", officer.version).status_code == 200
    session.expire_all()
    assert not second_factor.is_on(session, officer.id)
    assert admin.step(f"/users/{union.admin.id}/end-sessions", 1).status_code == 409
