"""Other people's accounts and the union's tree: who may change what, and what it ends."""

import re
from threading import Barrier, Thread

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from mapservice.accounts import management, organisations, rights, second_factor, sessions
from mapservice.accounts.models import (
    Organisation,
    OrganisationLevel,
    OrganisationUnit,
    Role,
    UserAccount,
)
from mapservice.errors import Conflict, Forbidden, NotFound
from tests import office as offices
from tests.db.test_second_factor import digits
from tests.factories import make_account, make_organisation, unit_id


@pytest.fixture
def world(session):
    return offices.build(session)


@pytest.fixture
def officer(session, world, sign_in):
    return sign_in(world.here.accounts[Role.OFFICER])


@pytest.fixture
def admin(world, sign_in):
    return sign_in(world.admin)


def form_of(account, **changed):
    return {
        "name": account.name,
        "role": account.role,
        "organisation": account.organisation_id,
        "version": account.version,
    } | changed


def test_the_list_holds_the_own_part_of_the_tree(client, world, officer):
    page = client.get("/manage/users").text
    assert world.here.accounts[Role.REGISTRAR].login in page
    assert world.there.accounts[Role.REGISTRAR].login not in page
    assert world.admin.login not in page
    assert world.there.district.name not in page


def test_inviting_shows_the_link_once_and_it_works(client, session, world, officer):
    given = {"login": "0912 345 678", "role": "team_leader", "organisation": world.here.commune.id}
    page = client.post("/manage/users/invite", data=given)
    token = re.search(r"/invitation/([\w-]{43})", page.text)[1]
    assert client.get(f"/invitation/{token}").status_code == 200
    waiting = client.get("/manage/invitations").text
    assert "+84912345678" in waiting and token not in waiting
    sheets = re.findall(r'href="(/manage/users/invitations/[^"]+)">\+84912345678', waiting)
    sheet = client.get(sheets[0]).text
    assert "Chưa nhận" in sheet and token not in sheet
    assert client.post(f"{sheets[0]}/revoke").status_code == 303
    assert "Đã thu hồi" in (gone := client.get(sheets[0]).text) and "/revoke" not in gone
    assert client.get(f"/invitation/{token}").status_code == 404


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"role": "officer"}, 403),
        ({"role": "admin"}, 403),
        ({"role": "king"}, 422),
        ({"login": "khong"}, 422),
        ({"organisation": "there"}, 404),
        ({"organisation": ""}, 422),
        ({"active": "true"}, 422),
    ],
)
def test_inviting_refuses_and_keeps_what_was_typed(client, world, officer, changed, status):
    if changed.get("organisation") == "there":
        changed = {"organisation": str(world.there.district.id)}
    given = {"login": "moi@demo.invalid", "role": "viewer", "organisation": world.here.commune.id}
    page = client.post("/manage/users/invite", data=given | changed)
    assert page.status_code == status
    assert f'value="{(given | changed)["login"]}"' in page.text


def test_a_change_of_role_ends_the_session_at_the_next_request(app, client, session, world, admin):
    registrar = world.here.accounts[Role.REGISTRAR]
    other = app.test_client()
    offices.enter(other, registrar)
    assert other.get("/manage/account").status_code == 200
    reply = client.post(
        f"/manage/users/{registrar.id}", data=form_of(registrar, role="officer", name="Tên Mới")
    )
    assert reply.status_code == 303
    assert other.get("/manage/account").status_code == 302
    session.refresh(registrar)
    assert (registrar.role, registrar.name, registrar.version) == (Role.OFFICER, "Tên Mới", 2)


def test_the_second_saver_sees_both_versions_and_loses_nothing(client, session, world, admin):
    viewer = world.here.accounts[Role.VIEWER]
    old = form_of(viewer, name="Tên thứ hai")
    client.post(f"/manage/users/{viewer.id}", data=form_of(viewer, name="Tên thứ nhất"))
    page = client.post(f"/manage/users/{viewer.id}", data=old)
    assert page.status_code == 409
    assert "Đang lưu: Tên thứ nhất" in page.text and 'value="Tên thứ hai"' in page.text
    version = re.search(r'name="version" value="(\d+)"', page.text)[1]
    again = client.post(f"/manage/users/{viewer.id}", data=old | {"version": version})
    assert again.status_code == 303
    assert session.scalar(select(UserAccount.name).filter_by(id=viewer.id)) == "Tên thứ hai"


@pytest.mark.parametrize("field", ["login", "password_hash", "active", "organisation_id"])
def test_no_field_beside_the_forms_is_assigned(client, world, admin, field):
    viewer = world.here.accounts[Role.VIEWER]
    data = form_of(viewer) | {field: "x"}
    assert client.post(f"/manage/users/{viewer.id}", data=data).status_code == 422


def test_an_officer_changes_only_lower_roles_of_the_own_tree(client, session, world, officer):
    colleague = make_account(session, organisation=world.here.district, role=Role.OFFICER)
    here, there = world.here.accounts[Role.VIEWER], world.there.accounts[Role.VIEWER]
    assert client.get(f"/manage/users/{colleague.id}").status_code == 200
    for act in ("reset", "end-sessions", "disable"):
        assert client.post(f"/manage/users/{colleague.id}/{act}").status_code == 403
        assert client.post(f"/manage/users/{there.id}/{act}").status_code == 404
        assert client.post(f"/manage/users/{officer.id}/{act}").status_code == 409
        assert client.post(f"/manage/users/{here.id}/{act}").status_code in {200, 303}
    elsewhere = form_of(here, organisation=world.there.district.id)
    assert client.post(f"/manage/users/{here.id}", data=elsewhere).status_code == 404
    risen = form_of(here, role="officer", version=2)
    assert client.post(f"/manage/users/{here.id}", data=risen).status_code == 403


def test_disabling_signs_out_and_enabling_lets_in(app, client, world, admin):
    registrar = world.here.accounts[Role.REGISTRAR]
    other = app.test_client()
    offices.enter(other, registrar)
    client.post(f"/manage/users/{registrar.id}/disable")
    assert other.get("/manage/account").status_code == 302
    assert "Đã khóa" in client.get(f"/manage/users/{registrar.id}").text
    assert client.post(f"/manage/users/{registrar.id}/reset").status_code == 409
    client.post(f"/manage/users/{registrar.id}/enable")
    assert "Đang hoạt động" in client.get(f"/manage/users/{registrar.id}").text
    assert other.get("/manage/account").status_code == 302  # what was ended stays so


def test_the_last_admin_stays(session, world):
    other = make_account(session, organisation=world.province, role=Role.ADMIN)
    actor = rights.actor(session, other)
    session.execute(
        text("UPDATE core.user_account SET active = false WHERE id = :id"), {"id": other.id}
    )
    for act in (
        lambda: management.shut(session, world.admin),
        lambda: management.disable(session, actor, world.admin.id),
        lambda: management.change(
            session,
            actor,
            world.admin.id,
            version=1,
            name="x",
            role=Role.VIEWER,
            organisation_id=world.province.id,
        ),
    ):
        with pytest.raises(Conflict, match="cuối cùng"):
            act()


def test_of_two_admins_who_shut_each_other_out_one_stays(engine):
    """Both at once, in transactions of their own."""
    with Session(engine) as session:
        top = make_organisation(session)
        pair = [make_account(session, organisation=top, role=Role.ADMIN) for _ in range(2)]
        ids = [account.id for account in pair]
        session.commit()
        organisation_id = top.id
    start, refused = Barrier(2), []

    def shut(mine, other):
        with Session(engine) as session:
            actor = rights.actor(session, session.get_one(UserAccount, mine))
            start.wait()
            try:
                management.disable(session, actor, other)
                session.commit()
            except Conflict:
                refused.append(mine)

    try:
        threads = [Thread(target=shut, args=pair) for pair in (ids, ids[::-1])]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        with Session(engine) as session:
            active = session.scalars(
                select(UserAccount.active).where(UserAccount.id.in_(ids))
            ).all()
        assert sorted(active) == [False, True] and len(refused) == 1
    finally:
        with engine.begin() as connection:
            for table, column in (("user_account", "organisation_id"), ("organisation", "id")):
                connection.execute(
                    text(f"DELETE FROM core.{table} WHERE {column} = :id"),
                    {"id": organisation_id},
                )


def test_a_lost_phone_is_taken_off(client, session, world, admin):
    viewer = world.here.accounts[Role.VIEWER]
    secret = second_factor.new_secret()
    second_factor.enrol(session, viewer, secret, digits(secret))
    assert "Gỡ xác thực hai bước" in client.get(f"/manage/users/{viewer.id}").text
    client.post(f"/manage/users/{viewer.id}/second-factor/remove")
    assert not second_factor.is_on(session, viewer.id)
    assert sessions.living(session, viewer.id) == []


def test_a_reset_shows_its_link_or_sends_it(app, client, session, world, admin):
    viewer = world.here.accounts[Role.VIEWER]
    shown = client.post(f"/manage/users/{viewer.id}/reset")
    assert re.search(r"/password/[\w-]{43}", shown.text)
    app.config["MAIL_URL"] = "smtp://mail.invalid"
    sent = client.post(f"/manage/users/{viewer.id}/reset")
    assert sent.status_code == 303
    assert "/password/" not in client.get(sent.location).text
    letters = session.scalars(text("SELECT recipient FROM core.mail WHERE secret_until > now()"))
    assert viewer.login in letters.all()


def test_the_tree_grows(client, session, world, admin):
    given = {"name": "Đoàn xã mới", "code": "XD-99", "level": "commune"}
    reply = client.post(
        "/manage/organisations/new", data=given | {"parent": world.here.district.id}
    )
    assert reply.status_code == 303
    again = client.post(
        "/manage/organisations/new", data=given | {"parent": world.here.district.id}
    )
    assert again.status_code == 409 and "Mã tổ chức này đã có." in again.text
    below = client.post(
        "/manage/organisations/new",
        data=given | {"code": "XD-98", "level": "district", "parent": world.here.commune.id},
    )
    assert below.status_code == 422 and "cấp cao hơn" in below.text
    two_levels = client.post(
        "/manage/organisations/new", data=given | {"code": "XD-97", "parent": world.province.id}
    )
    assert two_levels.status_code == 303


def test_a_territory_is_chosen_from_units_of_either_era(client, session, world, admin):
    path = f"/manage/organisations/{world.here.district.id}"
    page = client.get(f"{path}?q=an+lac").text
    assert "Xã An Lạc" in page and "hiện nay" in page
    unit = unit_id(session, "07645")
    assert client.post(f"{path}/units", data={"unit": unit}).status_code == 303
    assert client.post(f"{path}/units", data={"unit": unit}).status_code == 303  # again: the same
    assert unit in rights.territory(session, world.here.district.id)
    client.post(f"{path}/units/remove", data={"unit": unit})
    assert unit not in rights.territory(session, world.here.district.id)
    assert client.post(f"{path}/units", data={"unit": 2**31 - 1}).status_code == 404
    assert client.post(f"{path}/units", data={"unit": "x"}).status_code == 422
    assert "Không tìm thấy" in client.get(f"{path}?q=zzzzz").text


def test_an_organisation_is_renamed_moved_and_kept_from_two_savers(client, session, world, admin):
    commune = world.here.commune
    path = f"/manage/organisations/{commune.id}"
    given = {
        "name": "Đoàn xã đổi tên",
        "parent": world.there.district.id,
        "self_verification": "true",
        "version": 1,
    }
    assert client.post(path, data=given).status_code == 303
    stale = client.post(path, data=given | {"name": "Muộn hơn"})
    assert stale.status_code == 409 and 'value="Muộn hơn"' in stale.text
    told = " ".join(stale.text.split())
    above = world.there.district.name
    assert f"Đang lưu: Đoàn xã đổi tên · thuộc {above} · được tự xác minh." in told
    row = session.get(Organisation, commune.id, populate_existing=True)
    assert (row.name, row.parent_id) == ("Đoàn xã đổi tên", world.there.district.id)
    assert row.self_verification is True and row.version == 2
    itself = client.post(path, data=given | {"parent": commune.id, "version": 2})
    assert itself.status_code == 422


def test_a_moved_organisation_changes_who_reaches_it(client, session, world, officer):
    registrar = world.here.accounts[Role.REGISTRAR]
    assert client.get(f"/manage/users/{registrar.id}").status_code == 200
    organisations.change(
        session,
        rights.actor(session, world.admin),
        world.here.commune.id,
        version=1,
        name="x",
        parent=world.there.district.id,
        self_verification=False,
    )
    assert client.get(f"/manage/users/{registrar.id}").status_code == 404


def test_only_admins_keep_organisations(session, world):
    officer = rights.actor(session, world.here.accounts[Role.OFFICER])
    with pytest.raises(Forbidden):
        organisations.add_unit(session, officer, world.here.commune.id, 1)
    with pytest.raises(NotFound):
        organisations.found(session, world.admin.id)


def test_the_first_admin_founds_the_province(session):
    session.execute(text("DELETE FROM core.organisation"))
    made = organisations.found_province(session, "TD-24", "24")
    assert made.level is OrganisationLevel.PROVINCE and made.name == "Tỉnh đoàn Bắc Giang"
    held = session.scalars(select(OrganisationUnit.unit_id)).all()
    assert unit_id(session, "24") in held and len(held) == 2
    assert organisations.found_province(session, "TD-25", "24") is None


def test_every_change_is_recorded_without_words_about_people(client, session, world, admin):
    viewer = world.here.accounts[Role.VIEWER]
    client.post(f"/manage/users/{viewer.id}", data=form_of(viewer, name="Tên Riêng Tư"))
    client.post(f"/manage/users/{viewer.id}/disable")
    rows = session.execute(
        text("SELECT action, actor_id, detail::text FROM core.audit_event WHERE record_id = :id"),
        {"id": viewer.id},
    ).all()
    assert [row.action for row in rows] == ["changed", "account_disabled"]
    assert {row.actor_id for row in rows} == {world.admin.id}
    assert not any("Riêng" in (row.detail or "") for row in rows)
