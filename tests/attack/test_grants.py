"""What the anonymous roles may do, object by object: exactly the committed list."""

import re
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.pool import NullPool

from mapservice import db
from tests.attack import census
from tests.attack.world import superuser

ALLOWED = Path(__file__).with_name("allowed.txt")
HIDDEN = ("core", "private")
HOLES = {
    "a view over core": (
        "CREATE VIEW pub.hole AS SELECT id, public_code FROM core.address;"
        "GRANT SELECT ON pub.hole TO mapservice_public",
        "public: SELECT column pub.hole.public_code",
    ),
    "a column more in a public table": (
        "ALTER TABLE pub.need ADD COLUMN person text",
        "public: SELECT column pub.need.person",
    ),
    "one column of a table": (
        "GRANT SELECT (public_code) ON core.address TO mapservice_intake",
        "intake: SELECT column core.address.public_code",
    ),
    "a table for everybody": (
        "GRANT INSERT ON core.audit_event TO PUBLIC",
        "intake: INSERT table core.audit_event",
    ),
    "a function with the owner's rights": (
        "CREATE FUNCTION pub.peek() RETURNS bigint LANGUAGE sql SECURITY DEFINER"
        " RETURN (SELECT count(*) FROM core.address); GRANT EXECUTE ON FUNCTION pub.peek()"
        " TO mapservice_public",
        "public: EXECUTE function pub.peek()",
    ),
    "membership": (
        "RESET ROLE; GRANT mapservice_office TO mapservice_public",
        "public: MEMBER role mapservice_office",
    ),
    "a lock": (
        "RESET ROLE; GRANT EXECUTE ON FUNCTION pg_catalog.pg_advisory_lock(bigint) TO PUBLIC",
        "public: EXECUTE function pg_advisory_lock(bigint)",
    ),
    "an extent of any table": (
        "RESET ROLE; GRANT EXECUTE ON FUNCTION ext.ST_EstimatedExtent(text, text, text) TO PUBLIC",
        "public: EXECUTE function ext.st_estimatedextent(text,text,text)",
    ),
    "room for tables": (
        "GRANT CREATE ON SCHEMA pub TO mapservice_intake",
        "intake: CREATE schema pub",
    ),
}


def allowed() -> set[str]:
    lines = ALLOWED.read_text(encoding="utf-8").splitlines()
    return {line for line in lines if line and not line.startswith("#")}


@pytest.fixture
def catalogue(world):
    """The superuser's view of the world's database; nothing done here stays."""
    with superuser(world.cluster, world.name) as engine, engine.connect() as connection:
        transaction = connection.begin()
        yield connection
        transaction.rollback()


@pytest.fixture(params=census.ROLES)
def anonymous(request, world):
    """A real connection of an anonymous role, as psql would have it."""
    engine = create_engine(world.url(request.param), poolclass=NullPool)
    with engine.connect() as connection:
        yield connection


def test_the_anonymous_roles_may_exactly_what_the_list_says(catalogue):
    found = census.take(catalogue)
    more, less = sorted(found - allowed()), sorted(allowed() - found)
    assert not more, "not in allowed.txt:\n" + "\n".join(more)
    assert not less, "in allowed.txt, but not so:\n" + "\n".join(less)


@pytest.mark.parametrize("hole", HOLES)
def test_the_census_sees_a_hole(catalogue, hole):
    statement, line = HOLES[hole]
    catalogue.execute(text("SET LOCAL ROLE mapservice_owner"))
    catalogue.execute(text(statement))
    catalogue.execute(text("RESET ROLE"))
    assert line in census.take(catalogue) - allowed()


def test_what_is_made_new_is_nobodys(catalogue):
    catalogue.execute(text("SET LOCAL ROLE mapservice_owner"))
    for schema in ("core", "private", "pub"):
        catalogue.execute(
            text(f"""
            CREATE TABLE {schema}.fresh (id int GENERATED ALWAYS AS IDENTITY, name text);
            CREATE VIEW {schema}.fresh_view AS SELECT name FROM {schema}.fresh;
            CREATE MATERIALIZED VIEW {schema}.fresh_copy AS SELECT name FROM {schema}.fresh;
            CREATE TYPE {schema}.fresh_kind AS ENUM ('a');
            CREATE FUNCTION {schema}.fresh_peek() RETURNS int LANGUAGE sql RETURN 1""")
        )
    catalogue.execute(text("CREATE SCHEMA fresh; CREATE TABLE fresh.fresh (id int)"))
    catalogue.execute(text("RESET ROLE"))
    assert census.take(catalogue) <= allowed()


def test_every_hidden_table_and_function_is_refused(catalogue, anonymous):
    """Asked as psql would ask, not only read from the catalogue."""
    relations = catalogue.execute(
        text("""SELECT c.oid::regclass::text, c.relkind FROM pg_class AS c
        WHERE c.relnamespace::regnamespace::text = ANY (:hidden)
          AND c.relkind IN ('r', 'v', 'm', 'p', 'S')"""),
        {"hidden": list(HIDDEN)},
    ).all()
    assert len(relations) > 30
    for name, kind in relations:
        for statement in _probes(name, kind):
            _refused(anonymous, statement)
    functions = catalogue.execute(
        text("""SELECT p.oid::regproc::text, p.pronargs FROM pg_proc AS p
        WHERE p.pronamespace::regnamespace::text = ANY (:hidden)
          AND p.prorettype <> 'trigger'::regtype AND p.prokind <> 'p'"""),
        {"hidden": list(HIDDEN)},
    ).all()
    assert len(functions) > 10
    for name, arguments in functions:
        _refused(anonymous, f"SELECT {name}({', '.join(['NULL'] * arguments)})")


def _probes(name: str, kind: str) -> list[str]:
    if kind == "S":
        return [f"SELECT * FROM {name}", f"SELECT nextval('{name}')"]
    reads = [f"SELECT 1 FROM {name}", f"TABLE {name}", f"COPY {name} TO STDOUT"]
    writes = [f"DELETE FROM {name}", f"INSERT INTO {name} DEFAULT VALUES", f"TRUNCATE {name}"]
    return reads + writes + [f"LOCK TABLE {name}", f"DROP TABLE {name}"]


def _refused(connection, statement: str) -> None:
    with pytest.raises(DBAPIError) as refusal, connection.begin():
        connection.execute(text("SET TRANSACTION READ WRITE"))
        connection.exec_driver_sql(statement)
    # 42501 is "insufficient privilege"; 42809: a view is not a table, before rights are looked at.
    assert refusal.value.orig.pgcode in {"42501", "42809"}, (statement, refusal.value)


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT pg_sleep(0)",
        "SELECT pg_sleep_for('0 s')",
        "SELECT pg_advisory_lock(1)",
        "SELECT pg_try_advisory_xact_lock(1)",
        "SELECT lo_create(0)",
        "SELECT lo_from_bytea(0, 'x')",
        "SELECT lo_get(1)",
        "SELECT lo_export(1, '/tmp/x')",
        "SELECT pg_read_file('PG_VERSION')",
        "SELECT pg_ls_dir('.')",
        "SELECT pg_terminate_backend(1)",
        "SELECT pg_notify('a', 'b')",
        "SELECT set_config('statement_timeout', '0', false)",
        "SELECT query_to_xml('SELECT 1', true, true, '')",
        "SELECT * FROM ts_stat('SELECT to_tsvector(''a'')')",
        "SELECT pg_stat_get_tuples_inserted('core.address'::regclass)",
        "SELECT n_live_tup FROM pg_stat_all_tables",
        "SELECT pg_total_relation_size('pg_class')",
        "SELECT pg_export_snapshot()",
        "SELECT txid_current()",
        "SELECT ext.ST_EstimatedExtent('core', 'address', 'point')",
        "SELECT ext.unaccent(clock_timestamp()::text)",
        "SELECT ext.strict_word_similarity(clock_timestamp()::text, 'a')",
        "SELECT * FROM ext.geometry_columns",
        "COPY (SELECT 1) TO '/tmp/x'",
        "COPY (SELECT 1) TO PROGRAM 'true'",
        "COPY pub.need FROM STDIN",
        "CREATE TABLE pub.mine (id int)",
        "CREATE TABLE public.mine (id int)",
        "CREATE TEMP TABLE mine (id int)",
        "CREATE SCHEMA mine",
        "CREATE EXTENSION dblink",
        "DO $$ BEGIN END $$",
        "UPDATE pub.need SET title = 'x'",
        "DELETE FROM pub.person_cell",
        "SET ROLE mapservice_office",
        "SET ROLE mapservice_owner",
        "SET SESSION AUTHORIZATION postgres",
        "ALTER ROLE mapservice_office SET statement_timeout = 0",
        "CREATE ROLE mine",
    ],
)
def test_what_acts_is_refused(anonymous, statement):
    with pytest.raises(DBAPIError) as refusal, anonymous.begin():
        anonymous.execute(text("SET TRANSACTION READ WRITE"))
        anonymous.exec_driver_sql(statement)
    assert refusal.value.orig.pgcode == "42501", refusal.value
    anonymous.rollback()


def test_the_public_engine_reads_only_and_two_seconds(world):
    engine = db.public_engine(world.settings)
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT current_setting('statement_timeout')")) == "2s"
        assert connection.scalar(text("SELECT current_setting('transaction_read_only')")) == "on"
        # It would go on with the connection into the next request.
        for setting in ("statement_timeout = 0", "default_transaction_read_only = off"):
            with pytest.raises(ValueError, match="reads, and does nothing else"):
                connection.execute(text(f"SET {setting}"))
    engine.dispose()


def test_a_heavy_statement_ends_by_itself(world):
    """With a shorter limit than in life, so that the suite does not wait for it."""
    engine = db.public_engine(world.settings)
    with engine.connect() as connection:
        with connection.connection.cursor() as cursor:  # past the engine, which refuses a SET
            cursor.execute("SET statement_timeout = '50ms'")
        with pytest.raises(OperationalError, match="statement timeout"):
            connection.execute(text("SELECT count(*) FROM generate_series(1, 1000000000)"))
    engine.dispose()


def test_other_databases_of_the_private_cluster_are_closed(world):
    for name in ("postgres", "template1"):
        engine = create_engine(world.cluster.url("public", name), poolclass=NullPool)
        with pytest.raises(OperationalError, match="permission denied for database"):
            engine.connect()


def test_functions_with_the_owners_rights_pin_their_path(catalogue):
    """Else whoever calls one could slip a table or function of his own under its names."""
    found = catalogue.execute(
        text("""SELECT p.oid::regprocedure::text, p.proconfig FROM pg_proc AS p
        WHERE p.prosecdef
          AND p.pronamespace::regnamespace::text IN ('core', 'private', 'pub', 'intake')""")
    ).all()
    assert len(found) > 5
    assert [f for f, set_ in found if "search_path=pg_catalog, pg_temp" not in (set_ or [])] == []


def test_the_office_makes_nothing_and_writes_nothing_public(catalogue):
    lines = census.take(catalogue, ["office"])
    made = {line for line in lines if "CREATE" in line or "TRUNCATE" in line or "TRIGGER" in line}
    assert made == set()
    assert {line for line in lines if "table pub." in line} == set()
    acts = {line for line in lines if "EXECUTE function" in line and "(" in line}
    assert not [
        line
        for line in acts
        if re.search(
            r"function (pg_(try_)?advisory|pg_sleep|lo_|pg_notify|.*_to_xml|pg_stat)", line
        )
    ]
    assert not [line for line in acts if "st_estimatedextent" in line or "geometrycolumn" in line]
    assert "office: EXECUTE function core.rebuild_public()" not in acts
