"""What is to be checked again soon: told to those who can, once, and nothing of a person."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from mapservice.accounts import rights
from mapservice.accounts.models import OrganisationLevel, OrganisationUnit, Role
from mapservice.mail.models import Mail
from mapservice.needs import freshness, reminders
from mapservice.worker import jobs
from tests.factories import make_account, make_organisation, make_person, make_place, unit_id

NOW = datetime.now(UTC)
BASE = "https://ban-do.example"


def ends_in(**span) -> datetime:
    return NOW + timedelta(**span)


@pytest.fixture
def district(session):
    province = make_organisation(session)
    return make_organisation(session, level=OrganisationLevel.DISTRICT, parent_id=province.id)


@pytest.fixture
def commune(session, district):
    return make_organisation(session, level=OrganisationLevel.COMMUNE, parent_id=district.id)


def letters(office) -> dict[str, Mail]:
    office.flush()
    found = office.scalars(select(Mail).order_by(Mail.recipient)).all()
    assert len({mail.recipient for mail in found}) == len(found), "somebody gets two letters"
    return {mail.recipient: mail for mail in found}


def warn(session, office, since=None) -> dict[str, Mail]:
    session.flush()
    reminders.warn(office, BASE, since)
    return letters(office)


def test_the_registrar_and_the_nearest_officers_are_told(session, office, district, commune):
    registrar = make_account(session, organisation=commune, role=Role.REGISTRAR)
    officer = make_account(session, organisation=district, role=Role.OFFICER)
    make_account(session, organisation=district, role=Role.VIEWER)
    make_account(session, organisation=district, role=Role.OFFICER, active=False)
    make_account(session, role=Role.OFFICER)  # of another organisation
    for title in ("Trường Một", "Trường Hai"):
        make_place(
            session,
            title=title,
            organisation_id=commune.id,
            registered_by=registrar.id,
            assured_until=ends_in(days=5),
        )
    told = warn(session, office)
    assert set(told) == {registrar.login, officer.login}
    letter = told[officer.login]
    assert letter.subject == "2 địa chỉ cần kiểm tra lại trong 7 ngày tới"
    assert "Trường Một (" in letter.body and "Trường Hai (" in letter.body
    assert f"{BASE}/manage/" in letter.body


def test_where_there_is_no_officer_the_admins_above_are_told(session, office, commune):
    """In a tree of two levels, or where a district's office stands empty."""
    province = make_organisation(session)
    below = make_organisation(session, level=OrganisationLevel.COMMUNE, parent_id=province.id)
    admin = make_account(session, organisation=province, role=Role.ADMIN)
    make_place(session, organisation_id=below.id, assured_until=ends_in(days=5))
    make_place(session, organisation_id=commune.id, assured_until=ends_in(days=5))  # nobody there
    told = warn(session, office)
    assert list(told) == [admin.login]
    assert told[admin.login].subject.startswith("1 địa chỉ")


def test_nothing_of_a_person_is_in_a_letter(session, office, commune):
    officer = make_account(session, organisation=commune, role=Role.OFFICER)
    person = make_person(session, organisation_id=commune.id, assured_until=ends_in(days=3))
    kept = make_place(
        session,
        title="Nhà tạm lánh",
        sensitive=True,
        organisation_id=commune.id,
        assured_until=ends_in(days=3),
    )
    letter = warn(session, office)[officer.login]
    assert "2 hồ sơ được bảo vệ" in letter.body
    for hidden in (person.public_code, kept.public_code, "tạm lánh", "An Lạc"):
        assert hidden not in letter.body + letter.subject


@pytest.mark.parametrize(
    ("ends", "since", "told"),
    [
        (ends_in(days=6, hours=20), ends_in(days=-1), True),  # came within a week today
        (ends_in(days=5), ends_in(days=-1), False),  # did so before
        (ends_in(hours=20), ends_in(days=-1), True),  # the last call
        (ends_in(hours=20), ends_in(hours=-1), False),
        (ends_in(days=4), ends_in(days=-5), True),  # the worker was away
        (ends_in(days=4), None, True),  # it never ran
        (ends_in(days=8), None, False),
        (ends_in(hours=-1), None, False),
        (None, None, False),
    ],
)
def test_a_letter_is_written_when_there_is_news(session, office, commune, ends, since, told):
    make_account(session, organisation=commune, role=Role.OFFICER)
    make_place(session, organisation_id=commune.id, assured_until=ends)
    assert bool(warn(session, office, since)) == told


def test_a_letter_lists_all_that_is_due_and_not_only_the_news(session, office, commune):
    officer = make_account(session, organisation=commune, role=Role.OFFICER)
    for days in (2, 5, 6.9):
        make_place(session, organisation_id=commune.id, assured_until=ends_in(days=days))
    letter = warn(session, office, ends_in(days=-1))[officer.login]
    assert letter.subject.startswith("3 địa chỉ")


def test_a_long_list_is_cut_and_says_so(session, office, commune):
    officer = make_account(session, organisation=commune, role=Role.OFFICER)
    for number in range(reminders.LISTED + 3):
        make_place(session, organisation_id=commune.id, assured_until=ends_in(hours=number + 1))
    letter = warn(session, office)[officer.login]
    assert letter.body.count("Trường thử") == reminders.LISTED
    assert "và 3 địa điểm khác" in letter.body


def test_who_signs_in_by_phone_gets_no_letter_and_holds_up_nobody(session, office, commune):
    make_account(session, organisation=commune, role=Role.OFFICER, login="+84912345678")
    other = make_account(session, organisation=commune, role=Role.OFFICER)
    make_place(session, organisation_id=commune.id, assured_until=ends_in(days=2))
    assert list(warn(session, office)) == [other.login]


def test_the_job_writes_only_where_mail_can_be_sent(session, office, commune):
    make_account(session, organisation=commune, role=Role.OFFICER)
    make_place(session, organisation_id=commune.id, assured_until=ends_in(days=2))
    session.flush()
    job = next(item for item in jobs.JOBS if item.name == jobs.WARNINGS)
    assert job.work(office, {"MAIL_URL": None, "BASE_URL": BASE}) == 0
    assert letters(office) == {}
    given = {"MAIL_URL": "smtp://a:b@h.vn?from=a@b.vn", "BASE_URL": BASE}
    assert job.work(office, given) == 1


def test_the_queue_shows_what_ends_soon_in_the_territory_and_only_there(session, office, commune):
    here = make_place(session, assured_until=ends_in(days=6))
    sooner = make_person(session, assured_until=ends_in(days=1))
    make_place(session, assured_until=ends_in(days=8))
    make_place(session, assured_until=ends_in(days=2), status="draft")
    away = make_place(session, commune="07213", lng=106.2, lat=21.27, assured_until=ends_in(days=2))
    session.add(OrganisationUnit(organisation_id=commune.id, unit_id=unit_id(session, "07645")))
    session.flush()
    territory = rights.territory(office, commune.id)
    rows = freshness.due_soon(office, territory)
    assert [row.id for row in rows] == [sooner.id, here.id]
    assert [row.protected for row in rows] == [True, False]
    assert rows[0].title is None
    assert {row.id for row in freshness.due_soon(office, None)} == {here.id, sooner.id, away.id}
    assert freshness.due_soon(office, territory, within_days=0) == []
    assert [row.id for row in freshness.due_soon(office, territory, people=False)] == [here.id]
