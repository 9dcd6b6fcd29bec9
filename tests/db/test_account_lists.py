"""The lists of accounts, invitations and organisations: whose, filtered, as pages and files."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from mapservice.accounts import rights
from mapservice.accounts.models import Role
from mapservice.office import account_lists, queries
from tests.db.test_lists import download, rows_of
from tests.factories import make_account, make_invitation, make_organisation


def filed(client, name: str, query: str, heading: str) -> list[str]:
    """A column of the whole filtered list, in its order."""
    rows = rows_of(download(client, f"/manage/{name}?{query}&format=xlsx"))
    return [row[heading] for row in rows]


@pytest.mark.parametrize("name", ["users", "invitations"])
def test_a_list_holds_the_own_part_of_the_tree(client, sides, officer, name):
    key = {"users": "account", "invitations": "invitation"}[name]
    here, there = (str(side.records[key].id) for side in (sides.here, sides.there))
    page = client.get(f"/manage/{name}?organisation={sides.there.district.code}&q=").text
    assert here not in page and there not in page
    page = client.get(f"/manage/{name}?state={'active' if name == 'users' else 'waiting'}").text
    assert here in page and there not in page
    said = str(rows_of(download(client, f"/manage/{name}?format=xlsx")))
    assert sides.here.records[key].login in said and sides.there.records[key].login not in said
    assert sides.there.district.name not in said and sides.admin.login not in said


def test_accounts_are_filtered(client, session, sides, admin):
    named = make_account(session, name="Đặng Thị Hoà", login="hoa@demo.invalid")
    shut = make_account(session, active=False)

    def logins(query):
        return set(filed(client, "users", query, "Đăng nhập bằng"))

    here = sides.here.accounts
    by_phone = make_account(session, login="+84912345678")
    assert logins("q=0912 345 678") == {by_phone.login}
    assert logins("q=dang+thi+hoa") == logins("q=HOA%40demo") == {named.login}
    leaders = logins("role=team_leader")
    assert here[Role.TEAM_LEADER].login in leaders and named.login not in leaders
    of_commune = logins(f"organisation={sides.here.commune.code}")
    assert of_commune == logins("unit=07645@2022")
    assert here[Role.REGISTRAR].login in of_commune and here[Role.OFFICER].login not in of_commune
    of_district = logins("unit=220@2022")
    assert {account.login for account in here.values()} | of_commune <= of_district
    assert sides.admin.login not in of_district
    assert sides.there.accounts[Role.OFFICER].login not in of_district
    assert logins("state=disabled") == {shut.login}
    assert "Không có dòng nào hợp" in client.get("/manage/users?q=zzzz").text
    assert client.get("/manage/users?role=king").status_code in {400, 422}
    assert client.get("/manage/users?utm_source=zalo").status_code == 200


def test_long_lists_go_on(client, session, admin):
    owner = make_organisation(session)
    for number in range(60):
        make_account(session, organisation=owner, login=f"n{number:02}@demo.invalid")
    asked = f"/manage/users?organisation={owner.code}&sort=login"
    pages = [
        set(re.findall(r"n\d\d@demo", client.get(f"{asked}&page={page}").text)) for page in (1, 2)
    ]
    assert [len(page) for page in pages] == [50, 10] and len(set.union(*pages)) == 60


def test_invitations_tell_what_became_of_them(client, session, sides, officer):
    now, invited = datetime.now(UTC), {"organisation": sides.here.commune, "by": officer}
    ended = {
        "used": make_invitation(session, used_at=now, **invited),
        "revoked": make_invitation(session, revoked_at=now, **invited),
        "expired": make_invitation(session, expires_at=now - timedelta(hours=1), **invited),
        "waiting": sides.here.records["invitation"],
    }
    for state, invitation in ended.items():
        query = f"state={state}&organisation={sides.here.commune.code}"
        assert filed(client, "invitations", query, "Gửi tới") == [invitation.login]
        assert state == invitation.state
    rows = rows_of(download(client, "/manage/invitations?state=expired&format=xlsx"))
    assert rows[0]["Trạng thái"] == "Hết hạn" and rows[0]["Người mời"] == officer.name


def test_organisations_stand_below_their_own(client, session, sides, admin):
    names = filed(client, "organisations", "", "Tên")
    tree = [sides.province.name, sides.here.district.name, sides.here.commune.name]
    places = [names.index(name) for name in tree]
    assert places == sorted(places) and places[2] == places[1] + 1

    def codes(query):
        return filed(client, "organisations", query, "Mã")

    district, commune = sides.here.district, sides.here.commune
    assert codes(f"organisation={district.code}") == [district.code, commune.code]
    assert codes(f"level=commune&organisation={district.code}") == [commune.code]
    assert codes("unit=07645@2022") == codes(f"q={commune.code}") == [commune.code]
    bare = make_organisation(session)
    assert bare.code in (without := codes("bare=1")) and commune.code not in without
    page = client.get("/manage/organisations").text
    assert f"/manage/organisations/{commune.id}" in page
    assert 'href="/manage/users"' in page and 'href="/manage/invitations"' in page


def test_organisations_are_the_admins_alone(client, sides, officer):
    assert client.get("/manage/organisations").status_code == 403
    assert 'href="/manage/organisations"' not in client.get("/manage/users").text


@pytest.mark.parametrize("listing", account_lists.ALL, ids=lambda listing: listing.name)
def test_every_order_is_total(sides, office, listing):
    statement = listing.select(office, rights.actor(office, sides.admin), {})
    total = office.scalar(queries.count(statement))
    for column in listing.columns:
        keys = (column.key, listing.unique)
        assert len(office.execute(queries.in_order(statement, keys)).all()) == total
