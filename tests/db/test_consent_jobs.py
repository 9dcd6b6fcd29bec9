"""The worker keeps consent, age and retention true though nobody writes."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from mapservice.addresses.models import Address
from mapservice.disclosure import vault
from mapservice.disclosure.ages import birth_years
from mapservice.sealing import KeyRing
from mapservice.worker.jobs import JOBS
from tests.conftest import DATA_KEY
from tests.factories import make_consent, make_person

JOB = {job.name: job for job in JOBS}


@pytest.fixture
def claimed(session):
    """The rows of the jobs, as `perform` makes them before the first run."""
    session.execute(
        text("INSERT INTO core.worker_job (name, done_at) SELECT unnest(:names), '-infinity'"),
        {"names": list(JOB)},
    )


def test_a_child_grows_once_a_year_and_each_opening_is_told(session, office, claimed):
    year = datetime.now(UTC).year
    child = make_person(session, age_band="under_7")
    make_consent(session, address=child, giver="child")
    unknown = make_person(session, age_band="under_7")
    session.info["keys"] = office.info["keys"] = KeyRing.parse(DATA_KEY)
    vault.register_private(session, child, name="Tên Thử", birth_year=year - 8)
    session.flush()
    assert birth_years(office)(unknown.id) is None
    assert JOB["age-bands"].work(office, {}) == 1
    session.expire_all()
    assert (child.age_band, child.status) == ("7_15", "published")
    opened = session.execute(
        text("SELECT record_id, reason FROM core.audit_event WHERE action = 'reveal'")
    )
    assert opened.all() == [(child.id, "age_bands")]
    session.execute(text("UPDATE core.worker_job SET done_at = now()"))
    child.age_band = "under_7"
    session.flush()
    assert JOB["age-bands"].work(office, {}) == 0, "bands change at New Year only"


def test_what_is_due_goes_and_too_much_waits_for_a_person(session, office):
    for _ in range(60):
        make_person(session)
    gone = [make_person(session, status="draft", consent=False) for _ in range(2)]
    old = datetime.now(UTC) - timedelta(days=40)
    gone[0].status_at = gone[0].updated_at = old
    session.flush()
    assert JOB["erase-due"].work(office, {}) == 1
    for person in (gone[1], make_person(session, status="draft")):
        person.status_at = person.updated_at = old
    session.flush()
    assert JOB["erase-due"].work(office, {}) == 0
    erased = session.query(Address).filter(Address.erased_at.is_not(None)).count()
    assert erased == 1


def test_a_consent_that_ran_out_takes_the_record_off_the_list(session, office):
    person = make_person(session, consent=False)
    now = datetime.now(UTC)
    make_consent(
        session,
        address=person,
        given_at=now - timedelta(days=300),
        valid_until=now - timedelta(hours=1),
    )
    assert JOB["suspend-without-consent"].work(office, {}) == 1
    session.refresh(person)
    assert person.status == "expired"
