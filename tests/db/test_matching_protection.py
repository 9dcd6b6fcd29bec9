"""What matching tells of a person's need: what `decision` gives, and no more."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.dialects.postgresql import Range

from mapservice.accounts import rights
from mapservice.accounts.models import OrganisationLevel, OrganisationUnit, Role
from mapservice.addresses.models import Address, PersonKind
from mapservice.consent.models import Giver, Purpose
from mapservice.matching import pages, plan_pages, planning, plans, schemas
from mapservice.matching.scope import Scope
from tests import matching_world as world
from tests.factories import (
    make_account,
    make_assignment,
    make_consent,
    make_need,
    make_organisation,
    make_person,
    make_team,
    unit_id,
)

SON_DONG = "220"
TODAY = world.today()
DAYS = Range(TODAY + timedelta(days=2), TODAY + timedelta(days=5))


def account(session, role, level=OrganisationLevel.DISTRICT):
    above = make_organisation(session)
    parent = None if level is OrganisationLevel.PROVINCE else above.id
    own = make_organisation(session, level=level, parent_id=parent)
    session.add(OrganisationUnit(organisation_id=own.id, unit_id=unit_id(session, SON_DONG)))
    session.flush()
    return make_account(session, organisation=own, role=role)


@pytest.fixture
def sick(session):
    """A child's need for health care."""
    person = make_person(session, age_band="under_7", person_kind="child")
    return make_need(
        session,
        address=person,
        category="health",
        urgency=4,
        skills=["medical"],
        wanted_during=DAYS,
    )


@pytest.fixture
def telling(session, sick):
    """Words that would tell what is needed."""
    category = session.scalar(
        text("SELECT name FROM core.need_category WHERE code = :code"), {"code": sick.category}
    )
    skill = session.scalar(text("SELECT name FROM core.skill WHERE code = 'medical'"))
    return (category, skill, DAYS.lower.strftime("%d/%m/%Y"))


def medics(session, **values):
    return make_team(session, name="Đội áo xanh", skills=["teaching", "medical"], **values)


def page_of(session, user, units=()):
    """What the page of a new plan shows."""
    plan = plans.ask(session, rights.actor(session, user), units)
    return plan_pages.view(session, plan)


def test_every_group_has_its_words():
    assert set(pages.GROUPS) == {None, *PersonKind}


@pytest.mark.parametrize("role", [Role.ADMIN, Role.OFFICER])
@pytest.mark.parametrize("served", [True, False])
def test_an_office_sees_group_and_commune(session, sick, telling, role, served):
    if served:
        medics(session)
    page = page_of(session, account(session, role))
    [line] = page.pairs + page.unmet
    assert (line["title"], line["where"], line["address"]) == ("Trẻ em", "Xã An Lạc", None)
    assert [len(page.pairs), len(page.unmet)] == ([1, 0] if served else [0, 1])
    for word in telling:
        assert word.lower() not in str(page).lower()


def test_days_gone_by_name_no_day(session, sick, telling):
    gone = Range(TODAY - timedelta(days=9), TODAY - timedelta(days=5))
    sick.wanted_during = gone
    session.flush()
    medics(session)
    [unmet] = planning.plan(session, Scope()).unmet
    assert (unmet.why, unmet.reason) == ("past", "Thời gian cần đã qua.")


def test_the_command_tells_no_skill_or_day_of_a_person(session, sick, telling):
    make_need(session, title="Dạy bơi hè", skills=["teaching"], wanted_during=DAYS)
    medics(session, max_concurrent=2)
    found = schemas.document(planning.plan(session, Scope()))
    of_person, of_place = found["proposals"]
    assert of_person["need"] == sick.public_code
    for word in telling:
        assert word.lower() not in json.dumps(of_person, ensure_ascii=False).lower()
    assert set(of_person) == set(of_place)
    assert "Dạy học" in of_place["reasons"][0]
    assert DAYS.lower.strftime("%d/%m/%Y") in str(of_place["reasons"])


def leaders_row(session, need, status, *, share=True, level=OrganisationLevel.DISTRICT, **values):
    """The one row of the leader's page, and in which list it stands."""
    leader = account(session, Role.TEAM_LEADER, level)
    if share:
        person = session.get(Address, need.address_id)
        make_consent(session, address=person, purpose=Purpose.SHARE_WITH_TEAM, giver=Giver.GUARDIAN)
    make_assignment(
        session,
        need=need,
        team=medics(session, leader_id=leader.id),
        status=status,
        part=1,
        **values,
    )
    page = pages.leaders_page(session, leader)
    [(name, row)] = [(n, row) for n in ("waiting", "active", "ended") for row in page[n]]
    return name, row


def told(row, words) -> set[str]:
    shown = {name: value for name, value in row.items() if name != "wanted_before"}
    if shown["wanted_from"]:
        shown["wanted_from"] = shown["wanted_from"].strftime("%d/%m/%Y")
    return {word for word in words if word.lower() in str(shown).lower()}


@pytest.mark.parametrize("level", OrganisationLevel)
def test_a_leader_before_acceptance_sees_group_and_commune(session, sick, telling, level):
    name, row = leaders_row(session, sick, "proposed", level=level)
    assert (name, row["title"], row["commune"]) == ("waiting", "Trẻ em", "Xã An Lạc")
    assert told(row, telling) == set() and row["icon"] == "users" and not row["skills"]


@pytest.mark.parametrize("status", ["accepted", "underway"])
def test_a_leader_after_acceptance_sees_category_and_days(session, sick, telling, status):
    name, row = leaders_row(session, sick, status)
    assert name == "active" and row["title"].endswith(": trẻ em")
    assert row["category"] in row["title"] and row["skills"] == ["medical"]
    assert (row["wanted_from"], row["wanted_until"]) == (DAYS.lower, DAYS.upper - timedelta(days=1))


def test_without_consent_to_share_acceptance_opens_nothing_more(session, sick, telling):
    _, row = leaders_row(session, sick, "accepted", share=False)
    assert (row["title"], row["commune"]) == ("Trẻ em", "Xã An Lạc")
    assert told(row, telling) == set()


@pytest.mark.parametrize("status", ["declined", "released", "expired", "cancelled"])
def test_what_has_ended_shows_nothing_of_the_person(session, sick, telling, status):
    name, row = leaders_row(session, sick, status, status_reason="busy")
    assert (name, row["title"]) == ("ended", "Người dân")
    assert "An Lạc" not in str(row) and told(row, telling) == set()
