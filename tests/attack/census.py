"""Everything a role may do in this database, as lines of text; asked of the catalogue itself.

A line is `role: PRIVILEGE kind name`. Rights of PUBLIC and of memberships are included, because
PostgreSQL is asked what the role may, not what was granted to it.
"""

from collections.abc import Iterable

from sqlalchemy import Connection, text

ROLES = ("public", "intake")
# Schemas of PostgreSQL's own; of these only functions that do something are counted.
SYSTEM = ("pg_catalog", "information_schema", "pg_toast")

RELATIONS = """
    SELECT privilege || ' table ' || n.nspname || '.' || c.relname
    FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace,
         unnest(ARRAY['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER'])
           AS privilege
    WHERE c.relkind IN ('r', 'v', 'm', 'p', 'f') AND n.nspname <> ALL (:system)
      AND (has_table_privilege(:role, c.oid, privilege)
           OR privilege IN ('INSERT', 'UPDATE', 'REFERENCES')
              AND has_any_column_privilege(:role, c.oid, privilege))"""
COLUMNS = """
    SELECT 'SELECT column ' || n.nspname || '.' || c.relname || '.' || a.attname
    FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
      JOIN pg_attribute AS a ON a.attrelid = c.oid AND NOT a.attisdropped AND a.attnum > 0
    WHERE c.relkind IN ('r', 'v', 'm', 'p', 'f') AND n.nspname <> ALL (:system)
      AND has_column_privilege(:role, c.oid, a.attnum, 'SELECT')"""
SEQUENCES = """
    SELECT privilege || ' sequence ' || c.oid::regclass
    FROM pg_class AS c, unnest(ARRAY['USAGE', 'SELECT', 'UPDATE']) AS privilege
    WHERE c.relkind = 'S' AND has_sequence_privilege(:role, c.oid, privilege)"""
# Of PostgreSQL's own functions those that are volatile and can be called: they act.
FUNCTIONS = """
    SELECT 'EXECUTE function ' || p.oid::regprocedure
    FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace
    WHERE has_function_privilege(:role, p.oid, 'EXECUTE')
      AND (n.nspname <> ALL (:system)
           OR (p.provolatile = 'v' OR p.prosecdef OR p.proname ~ '^(pg_stat_get_|lo_|.*_to_xml)')
              AND NOT 'internal'::regtype = ANY (p.proargtypes)
              AND p.prorettype <> ALL (ARRAY['trigger', 'event_trigger', 'language_handler',
                'index_am_handler', 'tsm_handler', 'table_am_handler']::regtype[]))"""
SCHEMAS = """
    SELECT privilege || ' schema ' || n.nspname
    FROM pg_namespace AS n, unnest(ARRAY['USAGE', 'CREATE']) AS privilege
    WHERE has_schema_privilege(:role, n.oid, privilege)
      AND n.nspname !~ '^pg_(toast|temp)'"""
# A type of ours that is no table's row; PostgreSQL's and the extensions' are harmless.
TYPES = """
    SELECT 'USAGE type ' || t.oid::regtype
    FROM pg_type AS t JOIN pg_namespace AS n ON n.oid = t.typnamespace
      LEFT JOIN pg_class AS c ON c.oid = t.typrelid
    WHERE n.nspname <> ALL (:system) AND n.nspname <> 'ext' AND t.typcategory <> 'A'
      AND (t.typrelid = 0 OR c.relkind = 'c') AND has_type_privilege(:role, t.oid, 'USAGE')"""
REST = """
    SELECT 'USAGE language ' || l.lanname FROM pg_language AS l
    WHERE l.lanpltrusted AND has_language_privilege(:role, l.oid, 'USAGE')
    UNION ALL SELECT privilege || ' database of ours'
    FROM unnest(ARRAY['CONNECT', 'CREATE', 'TEMPORARY']) AS privilege
    WHERE has_database_privilege(:role, current_database(), privilege)
    UNION ALL SELECT 'CREATE tablespace ' || spcname FROM pg_tablespace
    WHERE has_tablespace_privilege(:role, oid, 'CREATE')
    UNION ALL SELECT 'USAGE server ' || srvname FROM pg_foreign_server
    WHERE has_server_privilege(:role, oid, 'USAGE')
    UNION ALL SELECT 'SET parameter ' || parname FROM pg_parameter_acl
    WHERE has_parameter_privilege(:role, parname, 'SET')
    UNION ALL SELECT 'MEMBER role ' || rolname FROM pg_roles
    WHERE rolname <> :role AND pg_has_role(:role, oid, 'MEMBER')
    UNION ALL SELECT 'IS ' || attribute FROM pg_roles, LATERAL (VALUES
      ('superuser', rolsuper), ('createrole', rolcreaterole), ('createdb', rolcreatedb),
      ('replication', rolreplication), ('bypassrls', rolbypassrls)) AS a (attribute, given)
    WHERE rolname = :role AND given
    UNION ALL SELECT 'OWNS ' || classid::regclass || ' ' || objid FROM pg_shdepend
    WHERE refclassid = 'pg_authid'::regclass AND deptype = 'o'
      AND refobjid = (SELECT oid FROM pg_roles WHERE rolname = :role)"""
PARTS = (RELATIONS, COLUMNS, SEQUENCES, FUNCTIONS, SCHEMAS, TYPES, REST)


def take(connection: Connection, roles: Iterable[str] = ROLES) -> set[str]:
    """The lines of these roles, seen by the superuser."""
    lines = set()
    for role in roles:
        values = {"role": f"mapservice_{role}", "system": list(SYSTEM)}
        for part in PARTS:
            # Names are printed with their schema whatever the path.
            connection.execute(text("SET LOCAL search_path = pg_catalog"))
            asked = part.replace(":system", "CAST(:system AS text[])")
            found = connection.execute(text(asked), values)
            lines |= {f"{role}: {line}" for line in found.scalars()}
    return lines
