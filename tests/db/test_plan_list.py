"""The list of stored plans: of one's own offices, filtered, as page and file."""

import pytest
from sqlalchemy import text

from mapservice.accounts.models import Role
from mapservice.matching.models import PlanStatus
from tests import office as world
from tests.db.test_lists import download, rows_of
from tests.factories import make_plan, unit_id


@pytest.fixture
def sides(session):
    return world.build(session)


@pytest.fixture
def officer(sides, sign_in):
    return sign_in(sides.here.accounts[Role.OFFICER])


def rows(client, query: str = "") -> list[dict]:
    return rows_of(download(client, f"/manage/plans?{query}&format=xlsx"))


def test_plans_of_elsewhere_and_of_the_province_are_not_told(client, session, sides, officer):
    made = make_plan(session, by=sides.admin, organisation_id=sides.here.district.id)
    session.execute(text("UPDATE core.plan SET province = true WHERE id = :id"), {"id": made.id})
    page = client.get("/manage/plans").text
    assert f"/manage/plans/{sides.here.records['plan'].id}" in page
    assert str(sides.there.records["plan"].id) not in page and str(made.id) not in page
    (row,) = rows(client)
    assert (row["Địa bàn"], row["Người lập"]) == ("Cả địa bàn", officer.name)


def test_plans_are_filtered(client, session, sides, officer):
    here = sides.here.district.id
    plan = make_plan(session, by=officer, organisation_id=here)
    session.execute(
        text(
            "UPDATE core.plan SET units = :units, created_at = '2023-12-31 18:00Z' WHERE id = :id"
        ),
        {"units": [unit_id(session, "07645")], "id": plan.id},
    )

    def titles(query):
        return [row["Địa bàn"] for row in rows(client, query)]

    assert titles("year=2024") == titles("unit=07645@2022&year=2024") == ["Xã An Lạc"]
    assert titles("year=2023") == [] == titles("unit=07282@2022")
    assert sorted(titles("unit=220@2022")) == ["Cả địa bàn", "Xã An Lạc"]
    assert titles(f"organisation={sides.here.district.code}") == ["Xã An Lạc"] == titles("q=an lac")
    status = plan.status
    other = next(state for state in PlanStatus if state is not status)
    assert len(titles(f"status={status}")) == 2 and titles(f"status={other}") == []


def test_the_list_of_plans_is_reached_from_matching(client, sides, officer):
    assert 'href="/manage/plans"' in client.get("/manage/matching").text


def test_a_viewer_sees_no_plans(client, sides, sign_in):
    sign_in(sides.here.accounts[Role.VIEWER])
    assert client.get("/manage/plans").status_code == 403
