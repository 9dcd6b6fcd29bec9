"""Scheduled work: each job when it is due, by one worker at a time, whatever happens between."""

from datetime import UTC, datetime, timedelta
from threading import Barrier, Event, Thread

import psycopg2
import pytest
from click.testing import CliRunner
from sqlalchemy import create_engine, event, text
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from mapservice import db
from mapservice.audit import verification
from mapservice.cli import worker as command
from mapservice.layers import upkeep
from mapservice.needs import freshness
from mapservice.worker import service
from mapservice.worker.jobs import JOBS, Job
from mapservice.worker.service import Worker, between_tries, perform, run_once
from tests import database
from tests.conftest import DATABASE
from tests.factories import make_assignment, make_need, make_person, make_place, make_team

NOW = datetime.now(UTC)
PAST, COMING = NOW - timedelta(minutes=1), NOW + timedelta(days=1)
LONG = 3600.0


@pytest.fixture
def office_engine(settings):
    """Connections of the office role; the clock of every job is forgotten afterwards."""
    engine = create_engine(settings["DATABASE_URL"], poolclass=NullPool)
    yield engine
    engine.dispose()
    owner = create_engine(settings["OWNER_DATABASE_URL"])
    with owner.begin() as connection:
        connection.execute(text("DELETE FROM core.worker_job"))
    owner.dispose()


def job(work=lambda *_: 1, every=LONG, batch=None, name="thử") -> Job:
    return Job(name, every, work, batch)


def status(session, record) -> str:
    session.refresh(record)
    return str(record.status)


@pytest.mark.parametrize(
    "until, after", [(PAST, "expired"), (COMING, "published"), (None, "published")]
)
@pytest.mark.parametrize("make", [make_place, make_person])
def test_an_address_expires_when_nobody_checked_it_in_time(session, office, make, until, after):
    address = make(session, assured_until=until)
    need = make_need(session, address=address)
    session.flush()
    assert freshness.expire_unassured(office) == (2 if after == "expired" else 0)
    assert (status(session, address), status(session, need)) == (after, after)
    assert freshness.expire_unassured(office) == 0


def test_expiry_takes_the_proposal_and_spares_what_a_team_has_taken(session, office):
    place = make_place(session, assured_until=PAST)
    proposed = make_assignment(session, need=make_need(session, address=place))
    taken = make_assignment(session, need=make_need(session, address=place), status="accepted")
    assert freshness.expire_unassured(office) == 2  # the free need and the place
    assert (status(session, proposed), status(session, taken)) == ("cancelled", "accepted")
    session.execute(
        text(
            "UPDATE core.assignment SET status = 'released', status_reason = 'thử' WHERE id = :id"
        ),
        {"id": taken.id},
    )
    assert freshness.expire_unassured(office) == 1  # free again, and so due


def test_expiry_goes_by_batches_and_leaves_its_reason_in_the_trail(session, office):
    places = [make_place(session, assured_until=PAST) for _ in range(3)]
    assert [freshness.expire_unassured(office, most=2) for _ in range(3)] == [2, 1, 0]
    trail = text(
        "SELECT count(*) FROM core.audit_event WHERE record_id = ANY(:ids)"
        " AND detail->>'to' = 'expired' AND reason = :reason AND actor_id IS NULL"
    )
    values = {"ids": [place.id for place in places], "reason": freshness.REASON}
    assert session.scalar(trail, values) == 3


def test_the_jobs_expire_a_proposal_that_nobody_answered(session, office):
    late = make_assignment(session, lease_until=PAST)
    open_ = make_assignment(
        session, need=make_need(session), team=make_team(session), lease_until=COMING
    )
    expire = next(item for item in JOBS if item.name == "expire-proposals")
    assert expire.work(office, {}) == 1
    assert (status(session, late), status(session, open_)) == ("expired", "proposed")


def test_a_job_is_done_once_in_its_time(office_engine):
    assert perform(office_engine, job(), {}) == 1
    assert perform(office_engine, job(), {}) is None
    assert perform(office_engine, job(every=0), {}) == 1


def test_a_full_batch_is_due_again_at_once(office_engine):
    left = [5, 5, 2]
    assert run_once(office_engine, [job(lambda *_: left.pop(0), batch=5)], {}) == []
    assert left == []


def test_a_job_is_done_by_one_worker_at_a_time(office_engine):
    inside, leave = Event(), Event()

    def work(*_):
        inside.set()
        leave.wait(10)
        return 1

    done = []
    first = Thread(target=lambda: done.append(perform(office_engine, job(work, every=0), {})))
    first.start()
    assert inside.wait(10)
    assert perform(office_engine, job(every=0), {}) is None
    assert perform(office_engine, job(every=0, name="khác"), {}) == 1
    leave.set()
    first.join()
    assert done == [1]


def test_a_failed_job_leaves_nothing_and_stops_no_other(office_engine):
    def fail(session, _config):
        session.execute(text("SELECT set_config('mapservice.actor', '', true)"))
        raise ValueError

    def spoil(session, _config):
        session.execute(text("UPDATE core.worker_job SET done_at = now() WHERE name = 'tốt'"))
        raise ValueError

    jobs = [job(fail, name="hỏng"), job(spoil, name="hỏng nữa"), job(name="tốt")]
    assert run_once(office_engine, jobs, {}) == ["hỏng", "hỏng nữa"]
    with Session(office_engine) as session:
        done = session.scalars(text("SELECT name FROM core.worker_job WHERE done_at > '-infinity'"))
        assert done.all() == ["tốt"]


def test_tries_come_slower_but_never_stop():
    often, rarely = job(every=2), job(every=LONG)
    assert [between_tries(often, n) for n in (1, 2, 3, 4, 99)] == [2, 4, 8, 15, 15]
    assert between_tries(rarely, 99) == 300


def test_work_goes_on_after_the_database_was_away(settings, office_engine, monkeypatch):
    engine = db.office_engine(settings)
    down, refused, done = Event(), Event(), Event()
    down.set()

    @event.listens_for(engine, "do_connect")
    def connect(*_):
        if down.is_set():
            refused.set()
            raise psycopg2.OperationalError("the database is away")

    monkeypatch.setattr(service, "MOST_BETWEEN_TRIES", 0.01)
    worker = Worker(engine, [job(lambda *_: done.set() or 1, every=0.01)], {})
    thread = Thread(target=worker.run)
    thread.start()
    assert refused.wait(10)
    assert not done.is_set()
    down.clear()
    assert done.wait(10)
    worker.stop()
    thread.join(10)
    assert not thread.is_alive()
    engine.dispose()


def test_all_jobs_may_be_at_work_at_once(settings, office_engine):
    """Each in its transaction, at the same moment: none waits for a connection of another."""
    together = Barrier(len(JOBS) + 1, timeout=20)
    jobs = [job(lambda *_: together.wait(), name=f"việc {number}") for number in range(len(JOBS))]
    engine = service.engine_for(settings, jobs)
    worker = Worker(engine, jobs, {})
    thread = Thread(target=worker.run)
    thread.start()
    together.wait()
    worker.stop()
    thread.join(10)
    assert not thread.is_alive()
    engine.dispose()


def test_stopping_waits_for_the_transaction_under_way(office_engine):
    inside, leave = Event(), Event()

    def work(*_):
        inside.set()
        leave.wait(10)
        return 7

    worker = Worker(office_engine, [job(work, every=LONG)], {})
    thread = Thread(target=worker.run)
    thread.start()
    assert inside.wait(10)
    worker.stop()
    leave.set()
    thread.join(10)
    assert not thread.is_alive()
    assert perform(office_engine, job(every=LONG), {}) is None  # it was done, and committed


def test_once_on_the_command_line_does_every_job_as_the_office(cluster, settings, monkeypatch):
    name = f"{DATABASE}_worker"
    database.clone(cluster, name)
    urls = {"DATABASE_URL": cluster.url("office", name), "RELEASE_K": 10}
    monkeypatch.setattr(command.settings, "load", lambda: settings | urls)
    engine = create_engine(cluster.url("owner", name), poolclass=NullPool)
    with Session(engine) as session, session.begin():
        make_place(session, assured_until=PAST)
    result = CliRunner().invoke(command.command, ["--once"])
    assert result.exit_code == 0, result.output
    again = CliRunner().invoke(command.command, ["--once"])
    assert again.exit_code == 0
    with Session(engine) as session:
        done = session.scalars(text("SELECT name FROM core.worker_job WHERE done_at > '-infinity'"))
        assert set(done) == {item.name for item in JOBS}
        assert session.scalar(text("SELECT status FROM core.address")) == "expired"
        session.rollback()
        assert verification.verify(session).ok
    engine.dispose()
    database.drop(cluster, name)


# Of a few cells: what comes is gone again in the second half.
DELTAS = """
    INSERT INTO pub.cluster_delta (layer, cy, cx, category, n1, n2, n3, n4, sx, sy, sid1, sid2,
                                   sid3, sid4)
    SELECT 'needs', 28900 + i % 7, 52200 + i % 5, 'education', sign, 0, 0, 0, sign * 9, sign * 9,
           sign * 5, 0, 0, 0
    FROM unnest(ARRAY[1, -1]) AS sign, generate_series(1, :number) AS i ORDER BY sign DESC"""


def test_a_load_larger_than_a_batch_is_folded_to_its_end(committed, office_engine):
    folding = next(job for job in JOBS if job.name == "fold-clusters")
    left = text("SELECT count(*) FROM pub.cluster_delta")
    make_need(committed)
    committed.execute(text(DELTAS), {"number": folding.batch})
    committed.commit()
    assert perform(office_engine, folding, {}) == folding.batch
    assert committed.scalar(left) > folding.batch and upkeep.check(committed) == []
    assert run_once(office_engine, [folding], {}) == []
    assert committed.scalar(left) == 0 and upkeep.check(committed) == []
    counted = "SELECT sum(n1 + n2 + n3 + n4) FROM pub.cluster WHERE layer = 'needs' AND level = 16"
    assert committed.scalar(text(f"{counted} AND category = '*'")) == 1
