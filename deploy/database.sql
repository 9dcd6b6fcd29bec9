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

-- Extensions live apart from our tables, and belong to the superuser.
CREATE SCHEMA IF NOT EXISTS ext;
GRANT USAGE ON SCHEMA ext
  TO mapservice_owner, mapservice_office, mapservice_public, mapservice_intake;
ALTER DATABASE :"database" SET search_path = ext;
SET search_path = ext;
CREATE EXTENSION IF NOT EXISTS postgis WITH SCHEMA ext;
CREATE EXTENSION IF NOT EXISTS unaccent WITH SCHEMA ext;
CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA ext;
CREATE EXTENSION IF NOT EXISTS btree_gist WITH SCHEMA ext;
