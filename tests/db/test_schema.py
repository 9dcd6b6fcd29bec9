"""Migrations, models and the rights of the roles agree with each other."""

import re

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from psycopg2 import extensions
from sqlalchemy import Enum, create_engine, text
from sqlalchemy.exc import ProgrammingError

from mapservice import migrate
from mapservice.db import BPCHAR, SENT_ON
from mapservice.territory.names import fold
from tests import database
from tests.conftest import DATABASE
from tests.factories import make_place

OURS = ("core", "private", "pub")
MAPPED = ("core", "private")  # `pub` is filled by the database alone, and read as SQL
# Not mapped as a class: data the database's own triggers read.
UNMAPPED = {"legal_transition", "person_reason", "alembic_version"}
PARTITION = re.compile(r"audit_event_(other|\d{4}_\d{2})")
# Alembic cannot compare an index on an expression (it sees two different text nodes).
BY_EXPRESSION = {"ix_address_point_geography", "ix_team_base_geography"}


@pytest.fixture
def empty_database(cluster):
    name = f"{DATABASE}_empty"
    database.empty(cluster, name)
    engine = create_engine(cluster.url("owner", name))
    yield engine
    engine.dispose()
    database.drop(cluster, name)


def objects(connection) -> list:
    return connection.execute(
        text("""
        SELECT relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE nspname = ANY(:ours) AND relname NOT LIKE 'alembic_version%'
        UNION ALL SELECT proname FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
        WHERE nspname = ANY(:ours)"""),
        {"ours": list(OURS)},
    ).all()


def test_migrations_go_up_down_and_up_again(empty_database):
    with empty_database.begin() as connection:
        migrate.upgrade(connection)
    with empty_database.begin() as connection:
        assert migrate.current(connection) == migrate.head()
        made = objects(connection)
        migrate.downgrade(connection, "base")
    with empty_database.begin() as connection:
        assert objects(connection) == []
        migrate.upgrade(connection)
        assert sorted(objects(connection)) == sorted(made)


def test_models_equal_the_migrated_tables(connection):
    def mapped(thing, name, kind, _reflected, _other):
        if kind == "table":
            return name not in UNMAPPED and not PARTITION.fullmatch(name)
        return name not in BY_EXPRESSION

    def differs(_context, _column, _model_column, _found, wanted):
        # Enumerations are text with a CHECK in the database.
        return False if isinstance(wanted, Enum) else None

    context = MigrationContext.configure(
        connection,
        opts={
            "include_schemas": True,
            "include_name": lambda name, kind, _parents: kind != "schema" or name in MAPPED,
            "include_object": mapped,
            "compare_type": differs,
        },
    )
    assert compare_metadata(context, migrate.metadata()) == []


def test_every_constraint_has_a_name_of_ours(connection):
    unnamed = connection.scalars(
        text("""
        SELECT conname FROM pg_constraint c JOIN pg_namespace n ON n.oid = c.connamespace
        WHERE nspname = ANY(:ours) AND conname !~ '^(pk|fk|uq|ck|ex)_'
          AND conrelid <> 'core.alembic_version'::regclass"""),
        {"ours": list(OURS)},
    )
    assert unnamed.all() == []


@pytest.mark.parametrize("statement", ["SELECT 1 FROM core.address", "SELECT 1 FROM core.team"])
def test_public_cannot_read_the_tables(public, statement):
    with pytest.raises(ProgrammingError, match="permission denied"):
        public.execute(text(statement))


def test_public_reads_exactly_the_views_granted_by_name(session):
    granted = session.scalars(
        text("""
        SELECT table_schema || '.' || table_name FROM information_schema.role_table_grants
        WHERE grantee = 'mapservice_public' AND privilege_type = 'SELECT' ORDER BY 1""")
    )
    assert granted.all() == [
        "pub.campaign",
        "pub.change",
        "pub.cluster",
        "pub.embed_origin",
        "pub.estimated_place",
        "pub.feature_count",
        "pub.former_name",
        "pub.need",
        "pub.need_category",
        "pub.person_cell",
        "pub.photo",
        "pub.place",
        "pub.place_kind",
        "pub.skill",
        "pub.team",
        "pub.unit",
        "pub.unit_within",
        "pub.withdrawal",
        "pub.word",
    ]


def test_a_new_table_is_invisible_to_the_public_role(session):
    session.execute(text("CREATE TABLE pub.fresh (id int); CREATE TABLE core.fresh (id int)"))
    for table in ("pub.fresh", "core.fresh"):
        allowed = text("SELECT has_table_privilege('mapservice_public', :table, 'SELECT')")
        assert session.scalar(allowed, {"table": table}) is False


def test_office_cannot_change_the_audit_trail_nor_the_rules(office):
    for statement in (
        "UPDATE core.audit_event SET reason = 'x'",
        "DELETE FROM core.audit_event",
        "DELETE FROM core.legal_transition",
        "INSERT INTO core.legal_transition VALUES ('need', 'draft', 'published')",
    ):
        with pytest.raises(ProgrammingError, match="permission denied"), office.begin_nested():
            office.execute(text(statement))


def test_the_trail_only_grows_even_for_its_owner(session):
    with pytest.raises(ProgrammingError, match="only grows"):
        session.execute(text("DELETE FROM core.audit_event"))


def test_fold_is_the_same_in_python_and_in_the_database(session):
    names = session.scalars(
        text("SELECT name FROM core.admin_unit UNION SELECT name FROM core.historical_name")
    ).all()
    assert len(names) > 300
    folded = dict(
        session.execute(
            text("SELECT n, core.fold(n) FROM unnest(CAST(:names AS text[])) AS n"),
            {"names": names},
        ).all()
    )
    assert {name: fold(name) for name in names} == folded


def test_public_codes_are_eight_speakable_letters_and_differ(session):
    codes = session.scalars(
        text("SELECT core.new_public_code() FROM generate_series(1, 500)")
    ).all()
    assert len(set(codes)) == 500
    assert all(len(c) == 8 and set(c) <= set("0123456789ABCDEFGHJKMNPQRSTVWXYZ") for c in codes)


def test_a_public_code_that_is_taken_is_not_given_again(session):
    """Not even within one statement: chance here gives each code twice."""
    session.execute(
        text("""
        CREATE SEQUENCE core.chance;
        CREATE OR REPLACE FUNCTION core.new_public_code() RETURNS text LANGUAGE sql VOLATILE AS $$
          SELECT 'ZZZZZZ' || lpad((nextval('core.chance') / 2)::text, 2, '0') $$""")
    )
    place = make_place(session)
    session.execute(
        text("""
        INSERT INTO core.need (address_id, nature, category, title, unit, urgency)
        SELECT :place, 'place', 'education', 'Nhu cầu ' || i, 'buổi', 2
        FROM generate_series(1, 5) AS i"""),
        {"place": place.id},
    )
    codes = session.scalars(text("SELECT public_code FROM core.need ORDER BY 1")).all()
    assert codes == [f"ZZZZZZ0{i}" for i in range(1, 6)]


def test_no_column_is_of_the_type_that_comes_as_bytes(session):
    """`db.SENT_ON`: its texts are not decoded."""
    columns = text("""
        SELECT a.attrelid::regclass::text || '.' || a.attname FROM pg_attribute AS a
          JOIN pg_class AS c ON c.oid = a.attrelid
        WHERE a.atttypid = CAST(:type AS regtype)
          AND c.relnamespace = ANY (ARRAY['core', 'pub', 'private', 'intake']::regnamespace[])""")
    assert session.scalars(columns, {"type": SENT_ON}).all() == []


def test_what_is_only_sent_on_is_neither_decoded_nor_encoded():
    """A caster of Python's, such as psycopg2's `new_type` makes, would get it decoded."""
    assert extensions.string_types[BPCHAR] is extensions.BYTES
