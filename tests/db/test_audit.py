"""The audit trail: it only grows, and its chain shows every change made behind its back."""

import json
from threading import Event, Thread
from uuid import uuid4

import pytest
from click.testing import CliRunner
from sqlalchemy import create_engine, select, text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from mapservice import migrate
from mapservice.audit import service, verification
from mapservice.audit.models import AuditEvent
from mapservice.cli import audit
from tests import database
from tests.conftest import DATABASE

WRITERS, EVENTS_EACH, IMPORTED = 50, 10, 2000


@pytest.fixture(scope="module")
def trail(cluster):
    """A database whose trail may be spoilt: engines of its superuser, office and owner."""
    name = f"{DATABASE}_trail"
    database.clone(cluster, name)
    urls = {
        "superuser": database.superuser_url(cluster, name),
        "office": cluster.url("office", name),
        "owner": cluster.url("owner", name),
    }
    engines = {role: create_engine(url, poolclass=NullPool) for role, url in urls.items()}
    yield engines
    for engine in engines.values():
        engine.dispose()
    database.drop(cluster, name)


@pytest.fixture(scope="module")
def sealed(trail):
    """The same, with a whole chain of at least thirty events."""
    write(trail, 30)
    seal(trail)
    assert verify(trail).ok
    return trail


@pytest.fixture
def forger(sealed):
    """A superuser's connection with triggers off; undone at the end."""
    with sealed["superuser"].connect() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        yield connection
        connection.rollback()


def write(trail, events: int) -> None:
    with Session(trail["office"]) as session, session.begin():
        for _ in range(events):
            service.record(session, "test", table_name="address", record_id=uuid4())


def seal(trail) -> None:
    with Session(trail["office"]) as session:
        while service.seal(session):
            session.commit()
        session.commit()


def verify(trail, head=None) -> verification.Verification:
    with Session(trail["office"]) as session:
        return verification.verify(session, head)


def found(connection, head=None) -> list[tuple]:
    """(kind, position, event) of what shows inside the forger's transaction."""
    with Session(connection) as session:
        findings = verification.inspect(session, head).findings
    return [(finding.kind, finding.position, finding.event_id) for finding in findings]


def event_at(connection, position: int) -> int:
    where = text("SELECT event_id FROM core.audit_seal WHERE position = :position")
    return connection.scalar(where, {"position": position})


def end_of(connection) -> int:
    return connection.scalar(text("SELECT position FROM core.audit_head"))


def test_an_event_names_the_actor_of_its_transaction(office):
    actor, record = uuid4(), uuid4()
    office.execute(text("SELECT set_config('mapservice.actor', :a, true)"), {"a": str(actor)})
    service.record(
        office, "reveal", table_name="address", record_id=record, detail={"fields": ["name"]}
    )
    event = office.scalars(select(AuditEvent).where(AuditEvent.record_id == record)).one()
    assert (event.actor_id, event.action) == (actor, "reveal")
    assert event.detail == {"fields": ["name"]}


def test_an_event_without_detail_holds_sql_null_and_nobody(office):
    record = uuid4()
    service.record(office, "search", table_name="address", record_id=record)
    where = text(
        "SELECT actor_id IS NULL AND detail IS NULL FROM core.audit_event WHERE record_id = :id"
    )
    assert office.scalar(where, {"id": record})


REFUSED_TO_OFFICE = [
    "INSERT INTO core.audit_event (at, action, table_name) VALUES (now(), 'x', 'x')",
    "INSERT INTO core.audit_seal VALUES (1, 1, now(), sha256(''))",
    "INSERT INTO core.audit_dropped VALUES (now(), 0, 0, '')",
    "UPDATE core.audit_head SET position = 0",
    "DELETE FROM core.audit_unsealed",
    "SELECT 1 FROM core.audit_event_other",
    "SELECT core.drop_expired_audit()",
    "SELECT core.make_audit_month('2020-01-01')",
]


@pytest.mark.parametrize("statement", REFUSED_TO_OFFICE)
def test_the_office_adds_events_and_nothing_else(office, statement):
    with pytest.raises(ProgrammingError, match="permission denied"):
        office.execute(text(statement))


@pytest.mark.parametrize("table", ["audit_event", "audit_event_other", "audit_seal"])
@pytest.mark.parametrize("change", ["UPDATE {} SET {} = {}", "DELETE FROM {}", "TRUNCATE {}"])
def test_nobody_changes_what_is_written(session, table, change):
    column = "position" if table == "audit_seal" else "reason"
    with pytest.raises(ProgrammingError, match="only grows"):
        session.execute(text(change.format(f"core.{table}", column, column)))


@pytest.mark.parametrize("role", ["public", "office"])
def test_the_partition_of_a_month_is_reached_through_the_trail_only(office, public, role):
    month = office.scalar(text("SELECT 'core.audit_event_' || to_char(now(), 'YYYY_MM')"))
    session = {"public": public, "office": office}[role]
    with pytest.raises(ProgrammingError, match="permission denied"):
        session.execute(text(f"DELETE FROM {month}"))


def test_thirteen_months_are_ready_and_no_event_falls_beside_them(session, office):
    parts = text("SELECT count(*) FROM pg_inherits WHERE inhparent = 'core.audit_event'::regclass")
    assert session.scalar(parts) == 14  # and the one for the rest
    assert service.make_months(office) == 0
    service.record(office, "test", table_name="address")
    assert session.scalar(text("SELECT count(*) FROM core.audit_event_other")) == 0


def test_an_event_beside_the_months_is_kept_and_its_month_left_alone(session, office):
    for at in ("1970-01-01", "2100-01-01"):
        session.execute(
            text("INSERT INTO core.audit_event (at, action, table_name) VALUES (:at, 'x', 'x')"),
            {"at": at},
        )
    assert session.scalar(text("SELECT count(*) FROM core.audit_event_other")) == 2
    assert not session.scalar(text("SELECT core.make_audit_month('2100-01-01')"))
    assert session.scalar(text("SELECT core.make_audit_month('2100-02-01')"))


def test_a_fresh_trail_is_whole(settings, monkeypatch):
    monkeypatch.setattr(audit.settings, "load", lambda: settings)
    answer = json.loads(CliRunner().invoke(audit.command, ["verify", "--json"]).stdout)
    assert answer["ok"] is True
    assert answer["findings"] == []


class Side:
    """Threads that work on the trail at the same time; what they raised."""

    def __init__(self, trail):
        self.trail, self.errors, self.stop = trail, [], Event()

    def run(self, work, times: int) -> list[Thread]:
        threads = [Thread(target=self._guard, args=(work,), daemon=True) for _ in range(times)]
        for thread in threads:
            thread.start()
        return threads

    def _guard(self, work) -> None:
        try:
            with Session(self.trail["office"]) as session:
                work(session)
        except Exception as error:
            self.errors.append(error)

    def write(self, session) -> None:
        for _ in range(EVENTS_EACH):
            session.execute(text("SET LOCAL lock_timeout = '50ms'"))
            service.record(session, "test", table_name="need")
            session.commit()

    def seal(self, session) -> None:
        while not self.stop.is_set():
            service.seal(session, 50)
            session.commit()
            self.stop.wait(0.02)


def test_fifty_writers_and_a_long_import_neither_wait_nor_break_the_chain(trail):
    side = Side(trail)
    before = verify(trail).events
    with Session(trail["office"]) as importing:
        for _ in range(IMPORTED):
            service.record(importing, "import", table_name="address")
        sealers = side.run(side.seal, 2)
        writers = side.run(side.write, WRITERS)
        assert verify(trail).ok  # in the middle of it
        for thread in writers:
            thread.join(60)
        side.stop.set()
        for thread in sealers:
            thread.join(60)
        assert side.errors == []
        seal(trail)
        during = verify(trail)
        assert (during.findings, during.events) == ([], before + WRITERS * EVENTS_EACH)
        importing.commit()
    assert verify(trail).ok  # nobody could have sealed it yet
    seal(trail)
    after = verify(trail)
    assert (after.findings, after.events) == ([], during.events + IMPORTED)
    assert _lower_numbers_at_later_positions(trail) == IMPORTED


def _lower_numbers_at_later_positions(trail) -> int:
    with trail["office"].connect() as connection:
        return connection.scalar(
            text("""
            SELECT count(*) FROM core.audit_seal AS s
            JOIN core.audit_event AS e ON e.id = s.event_id WHERE e.action = 'import'
              AND s.position > (SELECT max(position) FROM core.audit_seal AS o
                JOIN core.audit_event AS w ON w.id = o.event_id
                WHERE w.action = 'test' AND w.table_name = 'need')""")
        )


def test_a_second_sealer_leaves_at_once(sealed):
    write(sealed, 3)
    with Session(sealed["office"]) as first, Session(sealed["office"]) as second:
        assert service.seal(first, 2) == 2
        assert service.seal(second) == 0
        first.rollback()
    seal(sealed)
    assert verify(sealed).ok


@pytest.mark.parametrize(
    "change",
    [
        "reason = 'khác'",
        "actor_id = gen_random_uuid()",
        "action = 'reveal'",
        "record_id = gen_random_uuid()",
        "detail = '{}'",
        "at = at + interval '1 microsecond'",
    ],
)
def test_an_altered_event_is_named(forger, change):
    event = event_at(forger, 7)
    forger.execute(text(f"UPDATE core.audit_event SET {change} WHERE id = {event}"))
    kind = "missing-event" if change.startswith("at") else "altered"
    assert (kind, 7, event) == found(forger)[0]


def test_an_altered_seal_is_named(forger):
    forger.execute(text("UPDATE core.audit_seal SET hash = sha256('x') WHERE position = 7"))
    assert [finding[:2] for finding in found(forger)] == [("altered", 7), ("altered", 8)]


def test_a_deleted_event_is_named(forger):
    event = event_at(forger, 7)
    forger.execute(text(f"DELETE FROM core.audit_event WHERE id = {event}"))
    assert found(forger) == [("missing-event", 7, event)]


def test_an_event_deleted_with_its_seal_is_named(forger):
    event = event_at(forger, 7)
    forger.execute(text(f"DELETE FROM core.audit_event WHERE id = {event}"))
    forger.execute(text("DELETE FROM core.audit_seal WHERE position = 7"))
    assert found(forger) == [("missing-seal", 7, None)]
    forger.execute(text("UPDATE core.audit_seal SET position = -position WHERE position > 7"))
    forger.execute(text("UPDATE core.audit_seal SET position = -position - 1 WHERE position < 0"))
    kind, position, _ = found(forger)[0]
    assert (kind, position) == ("altered", 7)


def test_reordered_seals_are_named(forger):
    event = event_at(forger, 7)
    for step in ("-1 WHERE position = 7", "7 WHERE position = 8", "8 WHERE position = -1"):
        forger.execute(text(f"UPDATE core.audit_seal SET position = {step}"))
    assert found(forger)[0] == ("reordered", 7, event)


def test_events_that_changed_places_are_named(forger):
    first, second = event_at(forger, 7), event_at(forger, 9)
    for event, to in ((first, -1), (second, first), (-1, second)):
        forger.execute(text(f"UPDATE core.audit_seal SET event_id = {to} WHERE event_id = {event}"))
    forger.execute(
        text("""UPDATE core.audit_seal AS s SET event_at = e.at
        FROM core.audit_event AS e WHERE e.id = s.event_id AND s.position IN (7, 9)""")
    )
    assert found(forger)[0] == ("reordered", 7, first)


def test_an_end_cut_off_is_named(forger):
    end = end_of(forger)
    events = f"(SELECT event_id FROM core.audit_seal WHERE position > {end - 3})"
    forger.execute(text(f"DELETE FROM core.audit_event WHERE id IN {events}"))
    forger.execute(text(f"DELETE FROM core.audit_seal WHERE position > {end - 3}"))
    assert found(forger) == [("cut", end - 2, None)]


def test_a_chain_rewritten_whole_does_not_hold_the_head_that_was_noted(forger, sealed):
    head = verify(sealed).head
    end = end_of(forger)
    forger.execute(text(f"DELETE FROM core.audit_event WHERE id = {event_at(forger, end)}"))
    forger.execute(text(f"DELETE FROM core.audit_seal WHERE position = {end}"))
    forger.execute(
        text(f"""UPDATE core.audit_head SET position = s.position, hash = s.hash
        FROM core.audit_seal AS s WHERE s.position = {end - 1}""")
    )
    assert found(forger) == []
    assert found(forger, head) == [("rewritten", end, None)]


def test_an_event_that_bypassed_the_sealer_is_named(forger):
    event = forger.scalar(
        text("INSERT INTO core.audit_event (action, table_name) VALUES ('x', 'x') RETURNING id")
    )
    assert found(forger) == [("unannounced", None, event)]


def test_an_event_deleted_before_it_was_sealed_is_named(forger):
    event = forger.scalar(
        text("INSERT INTO core.audit_unsealed VALUES (9999999, now()) RETURNING event_id")
    )
    assert found(forger) == [("missing-event", None, event)]


def test_an_event_unsealed_for_a_minute_is_named_unless_it_came_late(forger):
    event = forger.scalar(
        text("""
        WITH added AS (INSERT INTO core.audit_event (at, action, table_name)
          VALUES (now() - interval '61 s', 'x', 'x') RETURNING id, at)
        INSERT INTO core.audit_unsealed SELECT * FROM added RETURNING event_id""")
    )
    forger.execute(text("UPDATE core.audit_head SET caught_up_at = now() - interval '61 s'"))
    assert found(forger) == [("unsealed", None, event)]
    # The sealer looked a moment ago and did not see it: its transaction has only now ended.
    forger.execute(text("UPDATE core.audit_head SET caught_up_at = now()"))
    assert found(forger) == []


@pytest.fixture
def old_month(sealed):
    """The owner's connection, with three sealed events of fourteen months ago; undone."""
    with sealed["superuser"].connect() as connection:
        connection.execute(text("SET LOCAL ROLE mapservice_owner"))
        month = "(date_trunc('month', now() AT TIME ZONE 'UTC') - interval '14 months')"
        connection.execute(text(f"SELECT core.make_audit_month({month}::date)"))
        connection.execute(
            text(f"""INSERT INTO core.audit_event (at, action, table_name)
            SELECT {month} AT TIME ZONE 'UTC' + i * interval '1 day', 'x', 'x'
            FROM generate_series(1, 3) AS i""")
        )
        yield connection
        connection.rollback()


def test_a_month_over_a_year_old_is_dropped_with_its_last_hash_kept(old_month):
    with Session(old_month) as session:
        assert service.drop_expired(session) == []  # not sealed yet
        assert service.seal(session) == 3
        ((month, events),) = service.drop_expired(session)
        assert events == 3
        assert service.drop_expired(session) == []
        name = f"core.audit_event_{month:%Y_%m}"
        assert session.scalar(text("SELECT to_regclass(:name)"), {"name": name}) is None
        service.record(session, "test", table_name="address")
        service.seal(session)
    assert found(old_month) == []


@pytest.mark.parametrize(
    "change, kind",
    [
        ("DELETE FROM core.audit_dropped", "missing-month"),
        ("UPDATE core.audit_dropped SET last_hash = sha256('x')", "dropped-month"),
        ("UPDATE core.audit_dropped SET events = 4", "dropped-month"),
        (
            "UPDATE core.audit_dropped SET dropped_at = dropped_at - interval '99 d'",
            "dropped-month",
        ),
    ],
)
def test_a_dropped_month_without_what_was_kept_of_it_is_named(old_month, change, kind):
    with Session(old_month) as session:
        service.seal(session)
        service.drop_expired(session)
    old_month.execute(text("RESET ROLE"))
    old_month.execute(text("SET LOCAL session_replication_role = replica"))
    old_month.execute(text(change))
    assert [finding[0] for finding in found(old_month)] == [kind]


def test_the_command_tells_what_it_found(sealed, settings, monkeypatch):
    urls = {
        "DATABASE_URL": sealed["office"].url.render_as_string(hide_password=False),
        "OWNER_DATABASE_URL": sealed["owner"].url.render_as_string(hide_password=False),
    }
    monkeypatch.setattr(audit.settings, "load", lambda: settings | urls)
    run = CliRunner().invoke
    assert run(audit.command, ["expire"]).output == "No month is due.\n"
    whole = run(audit.command, ["verify"])
    assert whole.exit_code == 0
    head = whole.output.split("Head ")[1].strip()
    assert run(audit.command, ["verify", "--head", head]).exit_code == 0
    assert run(audit.command, ["verify", "--head", "7"]).exit_code == 2
    other = run(audit.command, ["verify", "--json", "--head", f"7:{'0' * 64}"])
    assert other.exit_code == 1
    answer = json.loads(other.stdout)
    assert (answer["ok"], answer["findings"][0]["position"]) == (False, 7)
    with sealed["superuser"].begin() as forger:
        forger.execute(text("SET LOCAL session_replication_role = replica"))
        forger.execute(text(f"DELETE FROM core.audit_event WHERE id = {event_at(forger, 7)}"))
    spoilt = run(audit.command, ["verify"])
    assert spoilt.exit_code == 1
    assert "position 7 is missing" in spoilt.output


def test_events_outlive_a_step_back_and_forth_of_the_schema(cluster):
    name = f"{DATABASE}_steps"
    database.empty(cluster, name)
    engine = create_engine(cluster.url("owner", name))
    events = "SELECT id, at, reason FROM core.audit_event ORDER BY id"
    with engine.begin() as connection:
        migrate.upgrade(connection)
        connection.execute(
            text(
                "INSERT INTO core.audit_event (action, table_name, reason)"
                " VALUES ('x', 'x', 'vì thử')"
            )
        )
        before = connection.execute(text(events)).all()
        migrate.downgrade(connection, "0013")
        assert connection.execute(text(events)).all() == before
        migrate.upgrade(connection)
        assert connection.execute(text(events)).all() == before
        assert connection.scalar(text("SELECT core.seal_audit(9)")) == 1
        with Session(connection) as session:
            service.record(session, "x", table_name="x")
            assert verification.inspect(session).findings == []
    engine.dispose()
    database.drop(cluster, name)


def test_a_change_is_told_once_and_only_where_something_changed(office):
    team = uuid4()
    before, after = {"name": "Đội A", "people": 5}, {"name": "Đội B", "people": 5}
    assert service.record_change(office, "team", team, before, after, protected=False)
    assert not service.record_change(office, "team", team, after, after, protected=False)
    (event,) = office.scalars(select(AuditEvent).where(AuditEvent.record_id == team))
    assert (event.action, event.table_name) == ("changed", "team")
    assert event.detail == {"values": {"name": ["Đội A", "Đội B"]}}


def test_a_change_keeps_names_alone_unless_the_caller_says_that_it_tells_of_nobody(office):
    address = uuid4()
    service.record_change(office, "address", address, {"severity": 1}, {"severity": 3})
    (event,) = office.scalars(select(AuditEvent).where(AuditEvent.record_id == address))
    assert event.detail == {"fields": ["severity"]}
