"""What is due goes: really, once, remembered, and again after a restore."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner
from sqlalchemy import create_engine, select, text
from sqlalchemy.exc import IntegrityError, ProgrammingError
from sqlalchemy.orm import Session

from mapservice.addresses.models import Address
from mapservice.cli import commands
from mapservice.consent import retention, service
from mapservice.consent.models import Ground, Purpose
from mapservice.errors import NotFound
from mapservice.matching.models import Assignment
from mapservice.needs.models import Need
from mapservice.refusals import explain
from tests import database
from tests.conftest import DATABASE
from tests.factories import make_account, make_assignment, make_consent, make_need, make_person

DAY = timedelta(days=1)
NOW = datetime.now(UTC)
SECRET = b"\x00\x01" + b"s" * 60  # the form of a sealed value: version, nonce, blocks, tag


@pytest.fixture
def run(session):
    return lambda sql, **values: session.execute(text(sql), values)


def seal(session, person):
    """Give the record a private row; the database only looks at the form of a sealed value."""
    session.execute(
        text(
            "INSERT INTO private.person_private (address_id, key_version, name, identity_hash)"
            " VALUES (:id, 1, :sealed, :hash)"
        ),
        {"id": person.id, "sealed": SECRET, "hash": b"h" * 32},
    )
    return person


def age(session, person, status, days, **columns):
    """Bring a record into a status, so many days ago."""
    sets = "".join(f", {name} = :{name}" for name in columns)
    session.execute(
        text(
            "UPDATE core.address SET status = :status, status_reason = 'other'"
            f"{sets} WHERE id = :id"
        ),
        {"id": person.id, "status": status, **columns},
    )
    session.execute(
        text("UPDATE core.address SET status_at = :at, updated_at = :at WHERE id = :id"),
        {"id": person.id, "at": NOW - days * DAY},
    )
    session.refresh(person)


def crowd(session, size):
    """So many records of which nothing is due."""
    return [make_person(session) for _ in range(size)]


def private_rows(session):
    return session.scalar(text("SELECT count(*) FROM private.person_private"))


def counts(found):
    return {kind.purpose: kind.count for kind in found.kinds if kind.count}


@pytest.mark.parametrize(
    ("purpose", "status", "days"),
    [
        ("address_withdrawn", "withdrawn", 0),
        ("address_closed", "rejected", 30),
        ("address_draft", "returned", 30),
        ("address_expired", "expired", 180),
    ],
)
def test_each_status_has_its_time(session, purpose, status, days):
    person = make_person(session, status="submitted" if status != "expired" else "published")
    age(session, person, status, days - 1 if days else -1)
    assert counts(retention.due(session)) == {}
    age_more = {"id": person.id, "at": NOW - (days * DAY + timedelta(hours=1))}
    session.execute(
        text("UPDATE core.address SET status_at = :at, updated_at = :at WHERE id = :id"), age_more
    )
    found = retention.due(session)
    assert counts(found) == {purpose: 1}
    assert next(kind for kind in found.kinds if kind.count).oldest == age_more["at"]


def test_a_draft_somebody_works_on_is_kept(session):
    person = make_person(session, status="draft", consent=False)
    old, new = NOW - 90 * DAY, NOW - 3 * DAY
    person.status_at, person.updated_at = old, new
    session.flush()
    assert counts(retention.due(session)) == {}
    person.updated_at = old
    session.flush()
    assert counts(retention.due(session)) == {"address_draft": 1}


def test_consents_and_emergencies_run_out(session):
    person, urgent = make_person(session), make_person(session, consent=False)
    both = make_person(session)
    by = make_account(session).id
    for record in (urgent, both):
        service.state_emergency(session, record.id, Ground.CHILD_AT_RISK, by=by)
    make_consent(
        session, address=person, given_at=NOW - 90 * DAY, valid_until=NOW - 80 * DAY
    )  # an older one, run out: the newer one counts

    def due_in(days):
        return counts(retention.due(session, NOW + days * DAY + timedelta(hours=1)))

    assert due_in(0) == due_in(36) == {}
    assert due_in(38) == {"emergency_ended": 1}
    assert due_in(329) == {"emergency_ended": 1}
    assert due_in(331) == {"emergency_ended": 1, "consent_ended": 2}


def test_places_and_tombstones_are_never_due(session):
    person = make_person(session)
    service.withdraw(session, person.id, Purpose.REGISTER, make_account(session).id)
    found = retention.due(session, NOW + 9999 * DAY)
    assert (found.persons, found.count) == (0, 0)


class TestErasing:
    @pytest.fixture
    def helped(self, session):
        """A child whom a team has helped, with everything that tells of it."""
        by = make_account(session)
        person = seal(
            session,
            make_person(
                session,
                age_band="7_15",
                person_kind="child",
                children=1,
                severity=4,
                registered_by=by.id,
                assured_by=by.id,
                assured_at=NOW,
            ),
        )
        need = make_need(session, address=person, parts=3, quantity=3)
        done = make_assignment(
            session,
            need=need,
            status="accepted",
            quantity=1,
            explanation={"metres": 812},
        )
        for status in ("underway", "done", "confirmed"):
            done.status = status
            done.hours, done.volunteers, done.reporter_id = 8, 5, by.id
            done.confirmer_id = make_account(session).id
            session.flush()
        open_one = make_assignment(session, need=need, status="accepted")
        session.expire_all()
        return person, need, done, open_one

    def test_withdrawal_erases_in_the_same_transaction(self, session, office, helped, run):
        person, need, done, open_one = helped
        codes = {person.public_code, need.public_code}
        by = make_account(session).id
        ended = service.withdraw(office, person.id, Purpose.REGISTER, by)
        session.expire_all()
        assert ended == 2 and private_rows(session) == 0
        assert run("SELECT count(*) FROM core.consent").scalar() == 0
        assert (person.status, need.status, open_one.status) == (
            "withdrawn",
            "withdrawn",
            "cancelled",
        )
        # What was done still counts for commune and category, and leads back to nobody.
        assert (done.status, done.hours, need.reached_quantity) == ("confirmed", 8, 1)
        assert person.commune_id and need.category == "education"
        assert done.results is None and done.explanation == {}
        assert codes.isdisjoint({person.public_code, need.public_code})
        assert (person.age_band, person.person_kind) == ("unknown", "other")
        assert (person.children, person.registered_by, person.assured_by) == (None,) * 3
        assert run("SELECT record_id, purpose FROM core.erasure").all() == [
            (person.id, "consent_withdrawn")
        ]
        with pytest.raises(NotFound):
            service.withdraw(office, person.id, Purpose.REGISTER, by)

    def test_a_dump_of_our_tables_does_not_know_the_person(self, session, helped, run):
        person, _, _, _ = helped
        old_code = person.public_code
        service.withdraw(session, person.id, Purpose.REGISTER, make_account(session).id)
        tables = (
            run("""SELECT format('%I.%I', schemaname, tablename) FROM pg_tables
                        WHERE schemaname IN ('core', 'private', 'pub')""")
            .scalars()
            .all()
        )
        assert "private.person_private" in tables
        for table in tables:
            dump = run(f"SELECT coalesce(string_agg(t::text, ' '), '') FROM {table} AS t").scalar()
            assert "Mận" not in dump and old_code not in dump, table
            assert SECRET.hex() not in dump, table

    def test_a_tombstone_stays_one(self, session, helped, run):
        person, *_ = helped
        service.withdraw(session, person.id, Purpose.REGISTER, make_account(session).id)
        for change in ("age_band = '16_up'", "children = 2", "status_reason = 'other'"):
            with pytest.raises(IntegrityError) as error, session.begin_nested():
                run(f"UPDATE core.address SET {change} WHERE id = :id", id=person.id)
            assert explain(error.value).detail == "Hồ sơ này đã được xoá."

    def test_its_doubles_go_with_it(self, session):
        person = seal(session, make_person(session))
        double = seal(session, make_person(session))
        age(session, double, "duplicate", 0, duplicate_of_id=person.id)
        other = seal(session, make_person(session))
        # Whichever of the two records the person names: both tell of the same person.
        service.withdraw(session, double.id, Purpose.REGISTER, make_account(session).id)
        erased = session.scalars(select(Address.id).where(Address.erased_at.is_not(None))).all()
        assert set(erased) == {person.id, double.id}
        assert private_rows(session) == 1 and session.get(Address, other.id).erased_at is None

    def test_an_emergency_does_not_hold_what_was_withdrawn(self, session):
        person = seal(session, make_person(session))
        by = make_account(session).id
        service.state_emergency(session, person.id, Ground.LIFE_OR_HEALTH, by=by)
        service.withdraw(session, person.id, Purpose.REGISTER, by)
        assert private_rows(session) == 0


class TestTheJob:
    def test_doubles_of_what_is_due_are_counted_as_erased(self, session):
        crowd(session, 60)
        person, double = make_person(session), seal(session, make_person(session))
        age(session, double, "duplicate", 0, duplicate_of_id=person.id)
        age(session, person, "withdrawn", 3)
        found = retention.erase(session)
        assert (found.count, found.erased, private_rows(session)) == (1, 2, 0)

    def test_it_erases_what_is_due_and_nothing_else(self, session, office, run):
        kept = [seal(session, person) for person in crowd(session, 60)]
        gone = seal(session, make_person(session))
        age(session, gone, "withdrawn", 3)
        found = retention.erase(office)
        session.expire_all()
        assert counts(found) == {"address_withdrawn": 1}
        assert private_rows(session) == len(kept)
        assert gone.erased_at and not any(person.erased_at for person in kept)
        events = run("SELECT detail FROM core.audit_event WHERE action = 'privacy.erase'")
        assert events.scalars().all() == [{**{k.purpose: k.count for k in found.kinds}}]
        assert found.erased == 1
        assert retention.erase(office).erased == 0, "a second run finds nothing"
        assert run("SELECT count(*) FROM core.erasure").scalar() == 1

    @pytest.mark.parametrize(("due", "others", "stops"), [(1, 49, False), (1, 48, True)])
    def test_it_stops_above_two_percent(self, session, due, others, stops):
        crowd(session, others)
        for _ in range(due):
            age(session, seal(session, make_person(session)), "withdrawn", 3)
        if not stops:
            assert retention.erase(session).count == due
            return
        for wrong in (None, due + 1):
            with pytest.raises(retention.TooMany, match=f"{due} of {due + others}"):
                retention.erase(session, confirmed=wrong)
            assert private_rows(session) == due
        retention.erase(session, confirmed=due)
        assert private_rows(session) == 0

    def test_the_ledger_only_grows_even_for_its_owner(self, session):
        for change in ("DELETE FROM core.erasure", "UPDATE core.erasure SET purpose = ''"):
            with pytest.raises(ProgrammingError, match="only grows"), session.begin_nested():
                session.execute(text(change))


@pytest.fixture
def restorable(cluster):
    """A database of its own with one record that will be erased, and 60 others."""
    name = f"{DATABASE}_erasure"
    database.clone(cluster, name)
    owner = create_engine(cluster.url("owner", name))
    with Session(owner) as session, session.begin():
        for person in crowd(session, 60):
            seal(session, person)
        person = seal(session, make_person(session))
        make_need(session, address=person)
        age(session, person, "withdrawn", 3)
        chosen = person.id
    owner.dispose()
    yield name, chosen
    for made in (f"{name}_backup", name):
        database.drop(cluster, made)


@pytest.fixture
def mapservice(cluster, settings):
    """Run the command on one of the databases."""

    def run(name, *arguments, **options):
        roles = {"DATABASE_URL": "office", "PUBLIC_DATABASE_URL": "public"}
        roles["OWNER_DATABASE_URL"] = "owner"
        environment = {key: str(value) for key, value in settings.items() if key != "TESTING"}
        environment |= {key: cluster.url(role, name) for key, role in roles.items()}
        return CliRunner().invoke(commands, ["privacy", *arguments], env=environment, **options)

    return run


def test_after_a_restore_the_erased_stay_erased(cluster, restorable, mapservice, tmp_path):
    """A backup from before the erasure brings the person back; the ledger takes them away."""
    name, chosen = restorable
    backup = f"{name}_backup"
    with create_engine(
        database.superuser_url(cluster, "postgres"), isolation_level="AUTOCOMMIT"
    ).connect() as server:
        server.execute(text(f"CREATE DATABASE {backup} TEMPLATE {name}"))
    cluster.prepare_database(backup)
    done = mapservice(name, "erase", "--yes")
    assert done.exit_code == 0, done.output
    kept = mapservice(name, "ledger")
    assert [json.loads(line)["record"] for line in kept.output.splitlines()] == [str(chosen)]
    assert str(state(cluster, backup, chosen)[0]) == "1", "the backup still has the private row"

    file = tmp_path / "ledger.jsonl"
    file.write_text(kept.output, encoding="utf-8")
    for count in (1, 0):  # running it again changes nothing
        again = mapservice(backup, "reapply", str(file))
        assert again.exit_code == 0 and f"{count} records" in again.output, again.output
    rows, erased, ledger = state(cluster, backup, chosen)
    assert (rows, erased, ledger) == (0, True, 1)
    broken = mapservice(backup, "reapply", "-", input="{}\n")
    assert broken.exit_code == 1 and "Line 1" in broken.output


def test_what_comes_back_by_hand_is_erased_again(session, run):
    person = seal(session, make_person(session))
    service.withdraw(session, person.id, Purpose.REGISTER, make_account(session).id)
    assert retention.reapply(session) == 0
    seal(session, person)
    assert retention.reapply(session) == 1 and private_rows(session) == 0
    assert run("SELECT count(*) FROM core.erasure").scalar() == 1


def state(cluster, name, address_id):
    engine = create_engine(cluster.url("owner", name))
    with engine.connect() as connection:
        row = connection.execute(
            text(
                "SELECT (SELECT count(*) FROM private.person_private WHERE address_id = a.id),"
                " erased_at IS NOT NULL, (SELECT count(*) FROM core.erasure)"
                " FROM core.address AS a WHERE id = :id"
            ),
            {"id": address_id},
        ).one()
    engine.dispose()
    return row


def test_the_command_counts_asks_and_stops(restorable, mapservice):
    name, _ = restorable
    shown = mapservice(name, "due")
    assert shown.exit_code == 0
    assert "1 of 61 persons' records are due." in shown.output
    told = json.loads(mapservice(name, "due", "--json").output)
    assert (told["persons"], told["due"], told["above_limit"]) == (61, 1, False)
    assert {kind["purpose"] for kind in told["kinds"]} >= {"address_withdrawn", "consent_ended"}
    dry = mapservice(name, "erase")
    assert dry.exit_code == 0 and "Nothing was erased" in dry.output
    assert json.loads(mapservice(name, "due", "--json").output)["due"] == 1


def test_the_command_stops_with_status_1(cluster, restorable, mapservice):
    name, _ = restorable
    engine = create_engine(cluster.url("owner", name))
    with Session(engine) as session, session.begin():
        age(session, seal(session, make_person(session)), "withdrawn", 3)
    engine.dispose()
    for arguments in (("erase",), ("erase", "--yes"), ("erase", "--yes", "--i-know", "3")):
        refused = mapservice(name, *arguments)
        assert refused.exit_code == 1, arguments
    assert json.loads(mapservice(name, "due", "--json").output)["due"] == 2
    done = mapservice(name, "erase", "--yes", "--i-know", "2")
    assert done.exit_code == 0 and "Erased 2" in done.output, done.output


def test_needs_and_work_survive_as_numbers(session):
    person = make_person(session)
    need = make_need(session, address=person)
    made = make_assignment(session, need=need)
    age(session, person, "withdrawn", 3)
    crowd(session, 60)
    retention.erase(session)
    assert session.get(Need, need.id) and session.get(Assignment, made.id)
