"""A job that fails is counted, put off, set aside and done again when somebody asks; outages and
other jobs are left out of it. Two workers at once are one."""

from collections import Counter
from threading import Lock, Thread

import psycopg2
import pytest
from click.testing import CliRunner
from sqlalchemy import create_engine, event, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool
from structlog.testing import capture_logs

from mapservice import faults
from mapservice.cli import worker as command
from mapservice.errors import NotFound
from mapservice.worker import service
from mapservice.worker.jobs import JOBS, Job
from mapservice.worker.service import MOST_TRIES, Failed, Worker, attempt, run_once
from tests import database
from tests.conftest import DATABASE

PERSON = "Nguyễn Thị Bí Mật"


@pytest.fixture(scope="module")
def own_settings(cluster, settings):
    """Settings of a database for these tests alone: an audit row that is committed stays."""
    name = f"{DATABASE}_faults"
    database.clone(cluster, name)
    yield settings | {
        "DATABASE_URL": cluster.url("office", name),
        "OWNER_DATABASE_URL": cluster.url("owner", name),
    }
    database.drop(cluster, name)


@pytest.fixture
def office_engine(own_settings):
    """Connections of the office role; what stands of every job is forgotten afterwards."""
    engine = create_engine(own_settings["DATABASE_URL"], poolclass=NullPool)
    yield engine
    engine.dispose()
    owner = create_engine(own_settings["OWNER_DATABASE_URL"], poolclass=NullPool)
    with owner.begin() as connection:
        connection.execute(text("DELETE FROM core.worker_job"))
    owner.dispose()


@pytest.fixture
def superuser(cluster, own_settings):
    engine = create_engine(
        database.superuser_url(cluster, f"{DATABASE}_faults"), poolclass=NullPool
    )
    yield engine
    engine.dispose()


def job(work, *, every=0, name="thử", batch=None) -> Job:
    return Job(name, every, work, batch)


def poison(*_):
    raise ValueError(PERSON)


def rows(engine) -> dict[str, dict]:
    with Session(engine) as session:
        return {row["name"]: dict(row) for row in service.standing(session)}


def hurry(engine) -> None:
    """As if the time until the next try had gone by."""
    with engine.begin() as connection:
        connection.execute(text("UPDATE core.worker_job SET try_after = now()"))


def fail(engine, failing: Job, times: int) -> None:
    for _ in range(times):
        with pytest.raises(Failed):
            attempt(engine, failing, {})
        hurry(engine)


def test_a_poisoned_job_is_set_aside_after_five_tries_and_the_others_go_on(office_engine):
    poisoned, good = job(poison, name="hỏng"), job(lambda *_: 1, name="tốt")
    for _ in range(MOST_TRIES):
        assert run_once(office_engine, [poisoned, good], {}) == ["hỏng"]
        hurry(office_engine)
    assert run_once(office_engine, [poisoned, good], {}) == []
    standing = rows(office_engine)
    assert standing["hỏng"]["failures"] == MOST_TRIES
    assert standing["hỏng"]["set_aside_at"] and not standing["hỏng"]["done_at"]
    assert standing["tốt"]["done_at"] and not standing["tốt"]["set_aside_at"]


def test_tries_come_slower(office_engine):
    waits = []
    for _ in range(MOST_TRIES - 1):
        fail_once = job(poison)
        with pytest.raises(Failed):
            attempt(office_engine, fail_once, {})
        row = rows(office_engine)["thử"]
        waits.append(round((row["try_after"] - row["failed_at"]).total_seconds()))
        assert attempt(office_engine, fail_once, {}) is None  # by no worker, before its time
        hurry(office_engine)
    assert waits == [2, 10, 50, 250]


def test_a_success_begins_the_count_anew(office_engine):
    fail(office_engine, job(poison), MOST_TRIES - 1)
    assert attempt(office_engine, job(lambda *_: 1), {}) == 1
    assert rows(office_engine)["thử"]["failures"] == 0
    fail(office_engine, job(poison), MOST_TRIES - 1)
    assert not rows(office_engine)["thử"]["set_aside_at"]


def test_nothing_that_an_error_said_is_kept_or_logged(office_engine):
    def break_a_rule(session, _config):
        session.execute(text("SELECT CAST(:name AS integer)"), {"name": PERSON})

    with capture_logs() as lines:
        fail(office_engine, job(poison, name="một"), 1)
        fail(office_engine, job(break_a_rule, name="hai"), 1)
    assert "Bí Mật" not in str(lines)
    assert any("test_worker_faults.py" in place for place in lines[0]["where"])
    kept = rows(office_engine)
    assert (kept["một"]["last_error"], kept["hai"]["last_error"]) == ("ValueError", "22P02")
    assert "Bí Mật" not in str(kept)


class ServerSays(psycopg2.OperationalError):
    def __init__(self, code):
        super().__init__("…")
        self.code = code

    @property
    def pgcode(self):
        return self.code


AWAY = [None, "08006", "53100", "53300", "57P01", "57P03", "25006"]
ITS_OWN_FAULT = ["57014", "40P01", "23505", "42P01"]


@pytest.mark.parametrize("code", AWAY)
def test_an_outage_of_the_database_counts_against_no_job(office_engine, code):
    def away(*_):
        raise DBAPIError.instance("SELECT 1", {}, ServerSays(code), psycopg2.Error)

    for _ in range(MOST_TRIES + 1):
        assert run_once(office_engine, [job(away)], {}) == ["thử"]
    row = rows(office_engine)["thử"]
    assert (row["failures"], row["set_aside_at"]) == (0, None)
    assert attempt(office_engine, job(lambda *_: 1), {}) == 1


@pytest.mark.parametrize("code", ITS_OWN_FAULT)
def test_what_the_database_refuses_is_the_jobs_own_fault(code):
    error = DBAPIError.instance("SELECT 1", {}, ServerSays(code), psycopg2.Error)
    assert not faults.is_outage(error)
    assert faults.code(error) == code


def test_a_full_pool_is_an_outage():
    assert faults.is_outage(PoolTimeout("no connection free"))


def test_a_connection_cut_in_the_middle_is_an_outage(office_engine, superuser):
    """The superuser ends the connection that works, as a restart does."""

    def cut(session, _config):
        me = session.scalar(text("SELECT pg_backend_pid()"))
        with superuser.connect() as connection:
            connection.execute(text("SELECT pg_terminate_backend(:me)"), {"me": me})
        session.execute(text("SELECT 1"))

    assert run_once(office_engine, [job(cut)], {}) == ["thử"]
    assert rows(office_engine)["thử"]["failures"] == 0


def test_a_job_set_aside_is_done_again_when_somebody_asks(office_engine):
    broken = [True]

    def work(*_):
        if broken[0]:
            poison()
        return 3

    fail(office_engine, job(work), MOST_TRIES)
    broken[0] = False
    assert attempt(office_engine, job(work), {}) is None
    with Session(office_engine) as session, session.begin():
        service.try_again(session, "thử")
    assert attempt(office_engine, job(work), {}) == 3
    with Session(office_engine) as session, pytest.raises(NotFound):
        service.try_again(session, "thử")
    with Session(office_engine) as session:
        trail = "SELECT detail FROM core.audit_event WHERE action = 'retry_job'"
        assert {"job": "thử"} in session.scalars(text(trail)).all()


def test_the_command_tells_what_is_set_aside_and_lets_it_be_done_again(
    own_settings, office_engine, monkeypatch
):
    monkeypatch.setattr(command.settings, "load", lambda: own_settings)
    run = CliRunner().invoke
    fail(office_engine, job(poison, name="gửi-thư"), MOST_TRIES)
    told = run(command.command, ["--status"])
    assert told.exit_code == 1 and "gửi-thư: SET ASIDE (5 failures, ValueError)" in told.output
    assert '"last_error": "ValueError"' in run(command.command, ["--status", "--json"]).output
    assert run(command.command, ["--retry", "gửi-thư"]).exit_code == 0
    assert run(command.command, ["--status"]).exit_code == 0
    assert isinstance(run(command.command, ["--retry", "gửi-thư"]).exception, NotFound)
    assert run(command.command, ["--once", "--status"]).exit_code == 2


def test_a_running_worker_goes_on_beside_a_poisoned_job(office_engine):
    """The poisoned one is put off by the database; the good one is done again and again."""
    done = Counter()
    worker = Worker(office_engine, [], {})

    def count(*_):
        done["good"] += 1
        if done["good"] == 5:
            worker.stop()
        return 1

    def spoil(*_):
        done["poisoned"] += 1
        poison()

    worker._jobs = [job(spoil, name="hỏng"), job(count, every=0.01, name="tốt")]
    worker.run()
    assert done["poisoned"] == 1
    assert rows(office_engine)["hỏng"]["failures"] == 1


def test_two_workers_at_once_never_do_a_job_together_nor_twice(office_engine, long_form):
    """Each round is due once: it must be done once, and by nobody beside another."""
    rounds, workers = (1000, 4) if long_form else (40, 4)
    inside, together, done, lock = Counter(), Counter(), Counter(), Lock()
    name = "một mình"

    def work(*_):
        with lock:
            inside["now"] += 1
            together["most"] = max(together["most"], inside["now"])
        with lock:
            inside["now"] -= 1
            done["times"] += 1
        return 1

    lonely = job(work, every=3600, name=name)
    attempt(office_engine, lonely, {})
    for _ in range(rounds):
        with office_engine.begin() as connection:
            connection.execute(text("UPDATE core.worker_job SET done_at = '-infinity'"))
        crowd = [Thread(target=attempt, args=(office_engine, lonely, {})) for _ in range(workers)]
        for thread in crowd:
            thread.start()
        for thread in crowd:
            thread.join()
    assert (done["times"], together["most"]) == (rounds + 1, 1)


def test_two_running_workers_share_the_jobs(own_settings, office_engine):
    """Two whole workers, as two processes would be: each with its own connections."""
    inside, overlaps, lock = Counter(), [], Lock()
    other = create_engine(own_settings["DATABASE_URL"], poolclass=NullPool)
    crowd = []

    def work(session, _config):
        with lock:
            inside["now"] += 1
            overlaps.append(inside["now"])
        session.execute(text("SELECT count(*) FROM core.admin_unit"))
        with lock:
            inside["now"] -= 1
            if len(overlaps) >= 30:
                for member in crowd:
                    member.stop()
        return 1

    shared = job(work, every=0.005, name="chung")
    crowd += [Worker(engine, [shared], {}) for engine in (office_engine, other)]
    threads = [Thread(target=member.run) for member in crowd]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    other.dispose()
    assert len(overlaps) >= 30 and set(overlaps) == {1}


def test_every_job_has_a_name_of_its_own():
    assert len({item.name for item in JOBS}) == len(JOBS)


def test_the_database_cuts_no_long_talk_of_a_job(office_engine):
    told = []

    def look(session, _config):
        told.append(session.scalar(text("SHOW idle_in_transaction_session_timeout")))
        return 1

    attempt(office_engine, job(look), {})
    assert told == ["5min"]


def test_a_count_that_cannot_be_kept_is_no_count(office_engine):
    """The database goes away between a failure and its count: the worker only waits."""

    def away(session, _config):
        @event.listens_for(office_engine, "do_connect")
        def refuse(*_):
            raise psycopg2.OperationalError("the database is away")

        raise ValueError

    assert run_once(office_engine, [job(away)], {}) == ["thử"]
