"""No active person without consent or emergency: at every commit, whoever writes."""

import itertools
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError, IntegrityError, ProgrammingError
from sqlalchemy.orm import Session

from mapservice import refusals
from mapservice.addresses.models import Address, AgeBand
from mapservice.cli import commands
from mapservice.consent import ages, retention, service
from mapservice.consent.models import Channel, ConsentWording, Giver, Ground, Purpose
from mapservice.errors import Conflict, Invalid, NotFound
from mapservice.refusals import explain
from tests import database
from tests.conftest import DATABASE
from tests.factories import make_account, make_consent, make_need, make_person, make_place

ACTIVE = ("submitted", "verified", "published")
INACTIVE = ("draft", "returned", "expired", "rejected", "withdrawn")
DAY = timedelta(days=1)
# What the law asks, written out again: by whom must a record of this age be consented to?
REQUIRED = {
    "under_7": {"guardian"},
    "unknown": {"guardian"},
    "7_15": {"guardian", "child"},
    "16_up": {"person"},
}
SUBSETS = [
    set(chosen)
    for size in range(4)
    for chosen in itertools.combinations(("person", "guardian", "child"), size)
]
# Who lives there without a basis, by a second opinion that shares nothing with the functions.
UNFOUNDED = text("""
    SELECT a.id FROM core.address AS a
    WHERE a.nature = 'person' AND a.status IN ('submitted', 'verified', 'published')
      AND NOT EXISTS (SELECT FROM core.emergency_basis AS e
        WHERE e.address_id = a.id AND e.expires_at > now())
      AND EXISTS (SELECT FROM (VALUES ('under_7', 'guardian'), ('unknown', 'guardian'),
          ('7_15', 'guardian'), ('7_15', 'child'), ('16_up', 'person')) AS r (band, giver)
        WHERE r.band = a.age_band AND NOT EXISTS (SELECT FROM core.consent AS c
          WHERE c.address_id = a.id AND c.purpose = 'register' AND c.giver = r.giver
            AND c.withdrawn_at IS NULL AND c.valid_until > now()))""")


def end(session):
    """What happens at COMMIT, now."""
    with session.begin_nested():
        session.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
        session.execute(text("SET CONSTRAINTS ALL DEFERRED"))


def refused(session) -> str:
    with pytest.raises(IntegrityError) as error:
        end(session)
    return error.value.orig.diag.constraint_name


@pytest.fixture
def run(session):
    return lambda sql, **values: session.execute(text(sql), values)


@pytest.mark.parametrize("givers", SUBSETS, ids=lambda chosen: "+".join(sorted(chosen)) or "none")
@pytest.mark.parametrize("age_band", REQUIRED)
def test_every_age_asks_for_its_givers(session, age_band, givers):
    person = make_person(session, age_band=age_band, consent=False)
    for giver in givers:
        make_consent(session, address=person, giver=giver)
    if givers >= REQUIRED[age_band]:
        end(session)
        assert service.has_basis(session, person.id)
    else:
        name = refused(session)
        assert name in refusals.SENTENCES and name.startswith("ck_address_")
        assert not service.has_basis(session, person.id)


@pytest.mark.parametrize("status", [*ACTIVE, *INACTIVE])
def test_only_active_records_need_it(session, status):
    make_person(session, status=status, consent=False)
    if status in ACTIVE:
        assert refused(session) == "ck_address_guardian_consent"
    else:
        end(session)


def test_places_need_none(session):
    make_place(session)
    end(session)


@pytest.mark.parametrize("age_band", REQUIRED)
def test_the_refusal_says_who_has_to_be_asked(session, age_band):
    make_person(session, age_band=age_band, consent=False)
    with pytest.raises(IntegrityError) as error:
        end(session)
    told = explain(error.value)
    assert isinstance(told, Invalid) and list(told.fields) == ["consent"]
    assert ("chính em" in told.detail) == (age_band == "7_15")


@pytest.mark.parametrize(
    "values",
    [
        {"purpose": "share_with_team"},
        {"given_at": datetime.now(UTC) - 300 * DAY, "valid_until": datetime.now(UTC) - DAY},
        {"given_at": datetime.now(UTC) + DAY, "valid_until": datetime.now(UTC) + 9 * DAY},
        {"given_at": datetime.now(UTC) - 2 * DAY, "withdrawn_at": datetime.now(UTC) - DAY},
    ],
    ids=["another purpose", "run out", "not given yet", "withdrawn"],
)
def test_a_consent_that_does_not_hold_is_none(session, values):
    person = make_person(session, consent=False)
    make_consent(session, address=person, **values)
    assert refused(session) == "ck_address_guardian_consent"


def test_a_consent_lasts_a_year_at_most(session):
    person, now = make_person(session, consent=False), datetime.now(UTC)
    with pytest.raises(IntegrityError, match="ck_consent_lasts"):
        make_consent(session, address=person, given_at=now, valid_until=now + 400 * DAY)


class TestEmergency:
    def test_it_stands_in_for_consent_for_30_days(self, session):
        person = make_person(session, consent=False)
        basis = service.state_emergency(
            session, person.id, Ground.NATURAL_DISASTER, by=make_account(session).id
        )
        end(session)
        assert basis.expires_at - basis.stated_at == 30 * DAY

    def test_the_team_may_come_unless_somebody_said_no(self, session):
        person, by = make_person(session), make_account(session).id
        assert not service.may_share(session, person.id)
        service.state_emergency(session, person.id, Ground.LIFE_OR_HEALTH, by=by)
        assert service.may_share(session, person.id)
        make_consent(session, address=person, purpose="share_with_team")
        service.withdraw(session, person.id, Purpose.SHARE_WITH_TEAM, by)
        assert not service.may_share(session, person.id)

    def test_sharing_ends_with_the_registration(self, session):
        """Though it was itself agreed to for longer."""
        person = make_person(session, consent=False, status="expired")
        make_consent(session, address=person, purpose="share_with_team")
        assert not service.may_share(session, person.id)

    def test_it_may_not_last_longer(self, session):
        person = make_person(session)
        with pytest.raises(IntegrityError, match="ck_emergency_basis_short"):
            service.state_emergency(
                session,
                person.id,
                Ground.CHILD_AT_RISK,
                by=make_account(session).id,
                lasts=31 * DAY,
            )

    def test_it_is_stated_once(self, session, run):
        person, by = make_person(session), make_account(session).id
        service.state_emergency(session, person.id, Ground.LIFE_OR_HEALTH, by=by)
        with pytest.raises(Conflict):
            service.state_emergency(session, person.id, Ground.LIFE_OR_HEALTH, by=by)
        with pytest.raises(IntegrityError, match="stated once"):
            run("UPDATE core.emergency_basis SET expires_at = expires_at + interval '9 days'")

    def test_when_it_ran_out_or_is_for_later_it_is_none(self, session, run):
        for stated in (-31, 5):
            person = make_person(session, consent=False)
            run(
                "INSERT INTO core.emergency_basis VALUES (:id, 'fire_or_accident', :by,"
                " now() + :days * interval '1 day',"
                " now() + (:days + 30) * interval '1 day' - interval '1 hour')",
                id=person.id, by=make_account(session).id, days=stated,
            )  # fmt: skip
            assert refused(session) == "ck_address_guardian_consent"
            run("DELETE FROM core.address WHERE id = :id", id=person.id)

    def test_it_cannot_be_taken_away_from_an_active_record(self, session, run):
        person = make_person(session, consent=False)
        service.state_emergency(
            session, person.id, Ground.LIFE_OR_HEALTH, by=make_account(session).id
        )
        end(session)
        run("DELETE FROM core.emergency_basis")
        assert refused(session) == "ck_address_guardian_consent"


class TestRawSql:
    """Whoever writes past the services is refused at the commit."""

    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE core.consent SET withdrawn_at = clock_timestamp() WHERE giver = 'guardian'",
            "DELETE FROM core.consent",
            "UPDATE core.address SET age_band = '7_15' WHERE nature = 'person'",
            "UPDATE core.address SET age_band = '16_up' WHERE nature = 'person'",
        ],
    )
    def test_taking_the_basis_away(self, session, run, statement):
        make_person(session)
        end(session)
        run(statement)
        assert refused(session).startswith("ck_address_")

    def test_becoming_active_by_steps(self, session, run):
        make_person(session, status="draft", consent=False)
        for status in ACTIVE:
            run("UPDATE core.address SET status = :status", status=status)
        assert refused(session) == "ck_address_guardian_consent"

    def test_a_place_cannot_become_a_person(self, session, run):
        make_place(session)
        with pytest.raises(IntegrityError) as error:
            run("""UPDATE core.address SET nature = 'person', person_kind = 'child', kind = NULL,
                   age_band = 'under_7', title = NULL, point = NULL""")
        assert error.value.orig.diag.constraint_name == "tr_address_nature"

    @pytest.mark.parametrize("table", ["consent", "emergency_basis", "address"])
    def test_truncating(self, run, table):
        with pytest.raises(ProgrammingError, match="not allowed"):
            run(f"TRUNCATE core.{table} CASCADE")

    @pytest.mark.parametrize(
        "change",
        [
            "withdrawn_at = NULL",
            "withdrawn_at = now() + interval '1 day'",
            "valid_until = valid_until - interval '1 day'",
            "giver = 'person'",
            "address_id = gen_random_uuid()",
        ],
    )
    def test_a_consent_is_only_ever_withdrawn_once(self, session, run, change):
        consent = make_consent(session, address=make_person(session))
        run("UPDATE core.consent SET withdrawn_at = now() WHERE id = :id", id=consent.id)
        with pytest.raises(IntegrityError, match="only ever withdrawn"):
            run(f"UPDATE core.consent SET {change} WHERE id = :id", id=consent.id)

    @pytest.mark.parametrize(
        "statement",
        [
            "DELETE FROM core.consent",
            "UPDATE core.consent SET valid_until = now()",
            "DELETE FROM core.emergency_basis",
            "UPDATE core.consent_wording SET text = 'x'",
            "DELETE FROM core.erasure",
            "INSERT INTO core.erasure VALUES (gen_random_uuid(), 'x')",
            "UPDATE core.retention SET keep_days = 9999",
        ],
    )
    def test_the_office_may_not_even_try(self, office, statement):
        with pytest.raises(ProgrammingError, match="permission denied"):
            office.execute(text(statement))


@pytest.fixture(scope="module")
def elsewhere(cluster):
    """Engines of the owner and the office on a database of its own: transactions that commit."""
    name = f"{DATABASE}_consent"
    database.clone(cluster, name)
    engines = [create_engine(cluster.url(role, name)) for role in ("owner", "office")]
    yield engines
    for engine in engines:
        engine.dispose()
    database.drop(cluster, name)


@pytest.fixture
def others(elsewhere):
    """A draft with consent and one without, committed, and the office's engine."""
    owner, office = elsewhere
    with Session(owner) as session, session.begin():
        person = make_person(session, status="draft")
        bare = make_person(session, status="draft", consent=False)
        return SimpleNamespace(person=person.id, bare=bare.id, engine=office)


def test_a_real_commit_is_refused_and_leaves_nothing(others):
    with Session(others.engine) as session:
        session.get_one(Address, others.bare).status = "submitted"
        with pytest.raises(IntegrityError) as error:
            session.commit()
    assert error.value.orig.diag.constraint_name == "ck_address_guardian_consent"
    with Session(others.engine) as session:
        assert session.get_one(Address, others.bare).status == "draft"
        session.get_one(Address, others.person).status = "submitted"
        session.commit()


@pytest.mark.parametrize("level", ["READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"])
@pytest.mark.parametrize("first", ["submit", "withdraw"])
def test_two_that_are_each_right_alone_are_not_both_committed(others, first, level):
    """One submits the record while another takes back its consent, neither seeing the other.

    Each checks before either has committed; whoever would wait for the other is refused.
    """
    statements = {
        "submit": text("UPDATE core.address SET status = 'submitted' WHERE id = :id"),
        "withdraw": text("UPDATE core.consent SET withdrawn_at = now() WHERE address_id = :id"),
    }
    names = sorted(statements, key=lambda name: name != first)
    refusals_met = {}

    def run(name, statement):
        if name in refusals_met:
            return
        try:
            connections[name].execute(statement, {"id": others.person})
        except DBAPIError as error:
            refusals_met[name] = error.orig.pgcode
            connections[name].rollback()

    with others.engine.connect() as one, others.engine.connect() as other:
        connections = dict(zip(names, (one, other), strict=True))
        for name in names:
            connections[name].execution_options(isolation_level=level)
            run(name, text("SET LOCAL lock_timeout = '100ms'"))
            run(name, text("SELECT count(*) FROM core.consent"))  # takes its snapshot
        for name in names:
            run(name, statements[name])
        for name in names:
            run(name, text("SET CONSTRAINTS ALL IMMEDIATE"))
        for name in names:
            try:
                connections[name].commit()
            except DBAPIError as error:
                refusals_met[name] = error.orig.pgcode
    assert len(refusals_met) == 1, "one of them goes through"
    with Session(others.engine) as session:
        assert session.execute(UNFOUNDED).all() == []


STEPS = st.one_of(
    st.tuples(st.just("status"), st.sampled_from([*ACTIVE, *INACTIVE])),
    st.tuples(st.just("band"), st.sampled_from(sorted(REQUIRED))),
    st.tuples(st.just("give"), st.sampled_from(["person", "guardian", "child"])),
    st.tuples(st.just("take"), st.sampled_from(["person", "guardian", "child"])),
    st.tuples(st.just("emergency"), st.integers(1, 30)),
    st.tuples(st.just("delete"), st.sampled_from(["consent", "emergency_basis"])),
    st.tuples(st.just("withdraw"), st.sampled_from(list(Purpose))),
    st.tuples(st.just("end"), st.none()),
)


@given(st.lists(STEPS, min_size=1, max_size=12))
@settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_whatever_is_committed_no_active_person_is_without_basis(session, steps):
    with session.begin_nested() as example:
        person = make_person(session, status="draft", consent=False, age_band="under_7")
        by = make_account(session).id
        committed = session.begin_nested()
        for step, value in [*steps, ("end", None)]:
            try:
                with session.begin_nested():
                    write(session, person.id, by, step, value)
            except (IntegrityError, NotFound):
                continue  # refused by another rule, at once
            if step != "end":
                continue
            try:
                end(session)
            except IntegrityError:
                committed.rollback()
            else:
                committed.commit()
            committed = session.begin_nested()
            assert session.execute(UNFOUNDED).all() == []
        example.rollback()
        session.expunge_all()


def write(session, person, by, step, value):
    statements = {
        "status": "UPDATE core.address SET status = :v, status_reason = 'other' WHERE id = :id",
        "band": "UPDATE core.address SET age_band = :v WHERE id = :id",
        "give": "INSERT INTO core.consent (address_id, purpose, giver, wording_version, channel,"
        " collected_by, valid_until) VALUES (:id, 'register', :v, 1, 'paper', :by,"
        " now() + interval '9 days')",
        "take": "UPDATE core.consent SET withdrawn_at = now() WHERE address_id = :id"
        " AND giver = :v AND withdrawn_at IS NULL",
        "emergency": "INSERT INTO core.emergency_basis VALUES"
        " (:id, 'life_or_health', :by, now(), now() + :v * interval '1 day')",
        "delete": f"DELETE FROM core.{value} WHERE address_id = :id",
    }
    if step == "withdraw":
        service.withdraw(session, person, value, by)
    elif step != "end":
        session.execute(text(statements[step]), {"id": person, "v": value, "by": by})


class TestWordings:
    def test_every_purpose_has_words_for_every_giver(self, session):
        for purpose, giver in itertools.product(Purpose, Giver):
            assert service.wording(session, purpose, giver).text.endswith("có đồng ý không?")

    def test_loading_again_changes_nothing(self, session):
        assert service.seed_wordings(session) == 0

    def test_the_command_loads_them(self, settings):
        environment = {key: str(value) for key, value in settings.items() if key != "TESTING"}
        done = CliRunner().invoke(commands, ["seed", "consent"], env=environment)
        assert (done.exit_code, done.output) == (0, "Consent wordings: 0 added or changed.\n")

    def test_in_use_they_stay_unused_they_may_change(self, session, run):
        change = "UPDATE core.consent_wording SET text = text || ' ' WHERE giver = :giver"
        run(change, giver="child")
        make_person(session)
        run(change, giver="child")
        for statement in (change, "DELETE FROM core.consent_wording WHERE giver = :giver"):
            with pytest.raises(IntegrityError, match="write a new version"), session.begin_nested():
                run(statement, giver="guardian")

    def test_a_changed_file_cannot_rewrite_what_people_heard(self, session, tmp_path):
        make_person(session)
        file = tmp_path / "wordings.csv"
        words = service.WORDINGS.read_text(encoding="utf-8")
        file.write_text(words.replace("nhiều nhất một năm", "mãi mãi"), encoding="utf-8")
        with pytest.raises(IntegrityError, match="write a new version"):
            service.seed_wordings(session, file)

    def test_the_newest_that_holds_today_is_read(self, session):
        for version, day in ((2, date(2026, 2, 1)), (3, date(2100, 1, 1))):
            session.add(
                ConsentWording(
                    purpose="register", version=version, giver="person", text="…", valid_from=day
                )
            )
        session.flush()
        assert service.wording(session, Purpose.REGISTER, Giver.PERSON).version == 2


class TestGiving:
    def test_it_is_recorded_and_audited_without_a_name(self, session, office, run):
        person = make_person(session, age_band="7_15", consent=False)
        by = make_account(session).id
        given = service.give(
            office,
            person.id,
            Purpose.REGISTER,
            [Giver.GUARDIAN, Giver.CHILD],
            channel=Channel.PAPER,
            by=by,
        )
        assert {consent.giver for consent in given} == {Giver.GUARDIAN, Giver.CHILD}
        end(session)
        event = run("SELECT record_id, detail FROM core.audit_event WHERE action = 'consent.give'")
        assert event.all() == [
            (person.id, {"purpose": "register", "givers": ["child", "guardian"]})
        ]

    def test_the_wrong_giver_is_refused(self, session):
        person = make_person(session, age_band="16_up", consent=False)
        for givers in ([Giver.GUARDIAN], []):
            with pytest.raises(Invalid) as error:
                service.give(
                    session,
                    person.id,
                    Purpose.REGISTER,
                    givers,
                    channel=Channel.SPOKEN,
                    by=make_account(session).id,
                )
            assert "consent" in error.value.fields

    def test_a_team_learns_nothing_before_it_is_allowed_to(self, session):
        person = make_person(session, age_band="7_15")
        assert not service.may_share(session, person.id)
        make_consent(session, address=person, purpose="share_with_team", giver="guardian")
        assert not service.may_share(session, person.id), "the child was not asked"
        make_consent(session, address=person, purpose="share_with_team", giver="child")
        assert service.may_share(session, person.id)
        service.withdraw(session, person.id, Purpose.SHARE_WITH_TEAM, make_account(session).id)
        assert not service.may_share(session, person.id)
        assert session.get_one(Address, person.id).status == "published"
        assert not service.may_share(session, unit_uuid())


def unit_uuid():
    return "00000000-0000-4000-8000-000000000000"


class TestGrowingUp:
    YEAR = 2026

    @pytest.mark.parametrize(
        ("born", "band"),
        [(2026, "under_7"), (2020, "under_7"), (2019, "7_15"), (2010, "7_15"), (2009, "16_up")],
    )
    def test_in_doubt_more_are_asked(self, born, band):
        assert ages.band(born, self.YEAR) == AgeBand(band)

    def test_bands_advance_and_who_lacks_a_consent_leaves_the_list(self, session):
        asked = make_person(session, age_band="under_7")
        make_consent(session, address=asked, giver="child")
        silent = make_person(session, age_band="under_7", status="verified")
        new = make_person(session, age_band="7_15", status="submitted")
        small = make_person(session, age_band="under_7")
        born = {asked.id: 2019, silent.id: 2019, new.id: 2005, small.id: 2024}
        moved = ages.advance_age_bands(session, born.get, date(self.YEAR, 1, 2))
        end(session)
        assert moved == ages.Advanced(moved=3, suspended=2)
        states = {}
        for record in (asked, silent, new, small):
            session.refresh(record)
            states[record.id] = (str(record.age_band), str(record.status))
        assert states == {
            asked.id: ("7_15", "published"),
            silent.id: ("7_15", "expired"),
            new.id: ("16_up", "returned"),
            small.id: ("under_7", "published"),
        }
        again = ages.advance_age_bands(session, born.get, date(self.YEAR, 1, 2))
        assert again == ages.Advanced(moved=0, suspended=0)
        back = ages.advance_age_bands(session, lambda _: 2025, date(self.YEAR, 1, 2))
        assert back.moved == 0, "a record never goes back to a younger band"

    def test_time_ends_a_consent_and_the_record_leaves_the_list(self, session):
        person = make_person(session)
        need = make_need(session, address=person)
        assert retention.suspend_without_basis(session) == 0
        later = datetime.now(UTC) + 301 * DAY
        assert retention.suspend_without_basis(session, later) == 1
        session.refresh(person), session.refresh(need)
        assert (person.status, person.status_reason) == ("expired", "basis_ended")
        end(session)
