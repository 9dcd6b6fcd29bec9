-- Roles, database, extensions and limits of the volunteer-address map; safe to run again.
--
-- Run by psql as a superuser, once for a production server:
--     psql -X -v ON_ERROR_STOP=1 -f deploy/database.sql postgres
-- The private cluster runs it by itself at every start. `-v database=NAME` prepares another
-- database of the same server. Tables come afterwards, from `mapservice db upgrade`.
-- No role has a password here: set one with \password where the server asks for passwords.

\if :{?database}
\else
  \set database mapservice
\endif

SET client_min_messages = warning;

-- Two runs at once would trip over each other's changes to the roles; the second waits here.
DO $$ BEGIN PERFORM pg_advisory_lock(hashtext('deploy/database.sql')); END $$;

-- Roles. Each can log in; none may create roles, databases or extensions.
SELECT format('CREATE ROLE %I LOGIN', role)
FROM unnest(ARRAY['mapservice_owner', 'mapservice_office', 'mapservice_public',
                  'mapservice_intake']) AS role
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role) \gexec

ALTER ROLE mapservice_owner NOSUPERUSER NOCREATEDB NOCREATEROLE;
ALTER ROLE mapservice_office NOSUPERUSER NOCREATEDB NOCREATEROLE;
ALTER ROLE mapservice_public NOSUPERUSER NOCREATEDB NOCREATEROLE;
ALTER ROLE mapservice_intake NOSUPERUSER NOCREATEDB NOCREATEROLE;

-- Anonymous reading: never writes, never runs long, never waits long.
ALTER ROLE mapservice_public SET default_transaction_read_only = on;
ALTER ROLE mapservice_public SET statement_timeout = '2s';
ALTER ROLE mapservice_public SET lock_timeout = '500ms';
ALTER ROLE mapservice_public SET idle_in_transaction_session_timeout = '5s';
-- Anonymous forms: a few named functions.
ALTER ROLE mapservice_intake SET statement_timeout = '2s';
ALTER ROLE mapservice_intake SET lock_timeout = '1s';
ALTER ROLE mapservice_intake SET idle_in_transaction_session_timeout = '5s';
-- Signed-in work; long jobs raise the limit for their own transaction.
ALTER ROLE mapservice_office SET statement_timeout = '5s';
ALTER ROLE mapservice_office SET lock_timeout = '2s';
ALTER ROLE mapservice_office SET idle_in_transaction_session_timeout = '60s';
-- A flood of visitors leaves connections for those who work.
ALTER ROLE mapservice_public CONNECTION LIMIT 60;
ALTER ROLE mapservice_intake CONNECTION LIMIT 20;

-- Vietnamese order of letters comes from ICU, so no locale must be generated on the machine.
SELECT format('CREATE DATABASE %I OWNER mapservice_owner TEMPLATE template0 ENCODING ''UTF8'' '
              'LOCALE_PROVIDER icu ICU_LOCALE ''vi'' LC_COLLATE ''C.UTF-8'' LC_CTYPE ''C.UTF-8''',
              :'database')
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'database') \gexec

\connect :"database"
SET client_min_messages = warning;
DO $$ BEGIN PERFORM pg_advisory_lock(hashtext('deploy/database.sql')); END $$;

REVOKE ALL ON DATABASE :"database" FROM PUBLIC;
GRANT CONNECT ON DATABASE :"database"
  TO mapservice_owner, mapservice_office, mapservice_public, mapservice_intake;
GRANT CREATE, TEMPORARY ON DATABASE :"database" TO mapservice_owner;
GRANT TEMPORARY ON DATABASE :"database" TO mapservice_office;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
-- Our private cluster holds nothing else: its other databases are the superuser's alone.
SELECT current_setting('cluster_name') = 'mapservice' AND current_setting('listen_addresses') = ''
  AS private_cluster \gset
\if :private_cluster
  REVOKE CONNECT ON DATABASE postgres, template1 FROM PUBLIC;
\endif

-- Whatever the superuser makes in this database from now on, extensions too, is nobody's to run.
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;

-- Extensions live apart from our tables, and belong to the superuser.
CREATE SCHEMA IF NOT EXISTS ext;
REVOKE ALL ON SCHEMA ext FROM PUBLIC;
GRANT USAGE ON SCHEMA ext
  TO mapservice_owner, mapservice_office, mapservice_public, mapservice_intake;
ALTER DATABASE :"database" SET search_path = ext;
SET search_path = ext;
CREATE EXTENSION IF NOT EXISTS postgis WITH SCHEMA ext;
CREATE EXTENSION IF NOT EXISTS unaccent WITH SCHEMA ext;
CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA ext;
CREATE EXTENSION IF NOT EXISTS btree_gist WITH SCHEMA ext;

-- The dictionary of reference systems is what ST_Distance looks into; the lists of all tables
-- with geometry are not for visitors.
REVOKE ALL ON ext.spatial_ref_sys, ext.geometry_columns, ext.geography_columns FROM PUBLIC;
GRANT SELECT ON ext.spatial_ref_sys
  TO mapservice_owner, mapservice_office, mapservice_public, mapservice_intake;
GRANT SELECT ON ext.geometry_columns, ext.geography_columns
  TO mapservice_owner, mapservice_office;

-- No anonymous DO blocks, no functions in a language but by the owner.
REVOKE USAGE ON LANGUAGE sql, plpgsql FROM PUBLIC;
GRANT USAGE ON LANGUAGE sql, plpgsql TO mapservice_owner;

-- Who may execute what. Both blocks change only what is not as it should be: a second run costs
-- one look at the catalogue, and an updated extension is put right by the next run.
--
-- Extensions: PUBLIC nothing; owner everything, and may hand it on (migration 0010 gives the
-- public role the few functions its layers use); office what neither changes anything (one form of
-- AddGeometryColumn only says so) nor runs with the superuser's rights (ST_EstimatedExtent does: it
-- tells the extent of any table).
DO $$
DECLARE
  extension_functions oid[] := ARRAY(SELECT oid FROM pg_proc WHERE pronamespace = 'ext'::regnamespace);
  named text;
BEGIN
  IF EXISTS (SELECT FROM pg_proc AS p, aclexplode(coalesce(proacl, acldefault('f', proowner))) AS a
             WHERE p.oid = ANY (extension_functions) AND a.grantee = 0) THEN
    REVOKE EXECUTE ON ALL ROUTINES IN SCHEMA ext FROM PUBLIC;
  END IF;
  IF EXISTS (SELECT FROM unnest(extension_functions) AS f WHERE NOT
             has_function_privilege('mapservice_owner', f, 'EXECUTE WITH GRANT OPTION')) THEN
    GRANT EXECUTE ON ALL ROUTINES IN SCHEMA ext TO mapservice_owner WITH GRANT OPTION;
  END IF;
  SELECT string_agg(oid::regprocedure::text, ', ') INTO named FROM pg_proc
    WHERE oid = ANY (extension_functions) AND provolatile <> 'v' AND NOT prosecdef
      AND proname <> 'addgeometrycolumn'
      AND NOT has_function_privilege('mapservice_office', oid, 'EXECUTE');
  IF named IS NOT NULL THEN
    EXECUTE 'GRANT EXECUTE ON ROUTINE ' || named || ' TO mapservice_office';
  END IF;
END $$;

-- PostgreSQL's own functions that do something rather than compute: advisory locks, sleeping,
-- large objects, signals to other sessions, replication, running SQL handed over as text
-- (query_to_xml, ts_stat), and those that tell how much other tables hold or were written
-- (pg_stat_get_…, …_size), which would show a person's arrival. PUBLIC nothing, owner and
-- monitors everything that everybody could before.
DO $$
DECLARE
  named text;
BEGIN
  SELECT string_agg(p.oid::regprocedure::text, ', ') INTO named
    FROM pg_proc AS p, aclexplode(coalesce(proacl, acldefault('f', proowner))) AS a
    WHERE p.pronamespace = 'pg_catalog'::regnamespace AND a.grantee = 0
      -- Triggers, handlers and what takes an `internal` argument cannot be called by SQL.
      AND NOT 'internal'::regtype = ANY (proargtypes)
      AND prorettype NOT IN ('trigger'::regtype, 'event_trigger'::regtype,
        'language_handler'::regtype, 'index_am_handler'::regtype, 'tsm_handler'::regtype,
        'table_am_handler'::regtype)
      AND (provolatile = 'v' AND proname NOT IN ('clock_timestamp', 'gen_random_uuid', 'random',
             'timeofday', 'plpgsql_validator', 'pg_is_in_recovery')
           OR proname ~ '^(pg_stat_get_|pg_ls_|lo_|pg_lock_|pg_prepared_|txid_|pg_current_(xact|snapshot))'
           OR proname ~ '^((table|schema|database|query|cursor)_to_xml|pg_show_all_file)');
  IF named IS NOT NULL THEN
    EXECUTE 'REVOKE EXECUTE ON ROUTINE ' || named || ' FROM PUBLIC';
    EXECUTE 'GRANT EXECUTE ON ROUTINE ' || named || ' TO mapservice_owner, pg_monitor';
  END IF;
END $$;
-- What the office uses of them: the actor of a transaction, values of sequences.
GRANT EXECUTE ON FUNCTION pg_catalog.set_config(text, text, boolean),
  pg_catalog.nextval(regclass) TO mapservice_office;
