"""The audit trail by months, announced to a sealer that chains what was committed; job times."""

from alembic import op

revision = "0014"
down_revision = "0013"

# What a seal's hash covers of an event, besides the hash before it. Built of PostgreSQL's own
# functions only, so that a verifier need not trust ours (mapservice.audit.queries has it too).
CANONICAL = """convert_to(jsonb_build_array(e.id, (extract(epoch FROM e.at) * 1000000)::bigint,
  e.actor_id, e.action, e.table_name, e.record_id, e.reason, e.detail)::text, 'UTF8')"""

ONLY_GROWS = """CREATE TRIGGER {table}_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE
      ON core.{table} FOR EACH STATEMENT EXECUTE FUNCTION core.refuse_change()"""


def upgrade() -> None:
    op.execute("ALTER TABLE core.audit_event RENAME TO audit_event_before")
    op.execute("ALTER TABLE core.audit_event_before RENAME CONSTRAINT pk_audit_event TO pk_before")
    op.execute("ALTER INDEX core.ix_audit_event_record_id_id RENAME TO ix_before")
    _trail()
    _chain()
    _months()
    _announce()
    _seal()
    _drop_expired()
    _job_times()
    _move("audit_event_before", "audit_event")
    op.execute("DROP TABLE core.audit_event_before")


def _move(source: str, target: str) -> None:
    """Every event with its number; the numbering goes on after the last."""
    op.execute(f"""
    INSERT INTO core.{target} (id, at, actor_id, action, table_name, record_id, reason, detail)
      OVERRIDING SYSTEM VALUE
      SELECT id, at, actor_id, action, table_name, record_id, reason, detail
      FROM core.{source} ORDER BY id;
    SELECT setval(pg_get_serial_sequence('core.{target}', 'id'), max(id))
      FROM core.{target} HAVING max(id) IS NOT NULL""")


def _trail() -> None:
    op.execute("""
    CREATE TABLE core.audit_event (
      id bigint GENERATED ALWAYS AS IDENTITY,
      at timestamptz NOT NULL DEFAULT clock_timestamp(),
      actor_id uuid,
      action text NOT NULL,
      table_name text NOT NULL,
      record_id uuid,
      reason text,
      detail jsonb,
      CONSTRAINT pk_audit_event PRIMARY KEY (id, at)
    ) PARTITION BY RANGE (at);
    CREATE INDEX ix_audit_event_record_id_id ON core.audit_event (record_id, id);

    -- The office adds events; their number and time are the database's.
    REVOKE ALL ON core.audit_event FROM mapservice_office;
    GRANT SELECT ON core.audit_event TO mapservice_office;
    GRANT INSERT (actor_id, action, table_name, record_id, reason, detail)
      ON core.audit_event TO mapservice_office;
    """)
    op.execute(ONLY_GROWS.format(table="audit_event"))


def _chain() -> None:
    op.execute("""
    -- hash = sha256(hash of the position before || canonical bytes of the event).
    CREATE TABLE core.audit_seal (
      position bigint CONSTRAINT pk_audit_seal PRIMARY KEY,
      event_id bigint NOT NULL CONSTRAINT uq_audit_seal_event_id UNIQUE,
      event_at timestamptz NOT NULL,
      hash bytea NOT NULL CONSTRAINT ck_audit_seal_sha256 CHECK (length(hash) = 32),
      sealed_at timestamptz NOT NULL DEFAULT clock_timestamp()
    );
    -- Where the chain ends: seals cut off the end are missed. One row, locked by the sealer.
    -- `caught_up_at`: when it last found nothing more to seal.
    CREATE TABLE core.audit_head (
      one boolean CONSTRAINT pk_audit_head PRIMARY KEY DEFAULT true
        CONSTRAINT ck_audit_head_one CHECK (one),
      position bigint NOT NULL,
      hash bytea NOT NULL,
      caught_up_at timestamptz NOT NULL DEFAULT clock_timestamp()
    );
    INSERT INTO core.audit_head (position, hash) VALUES (0, decode(repeat('00', 32), 'hex'));
    -- Events that wait for their seal. Visible when the event is: at its commit, however late.
    CREATE TABLE core.audit_unsealed (
      event_id bigint CONSTRAINT pk_audit_unsealed PRIMARY KEY,
      event_at timestamptz NOT NULL
    );
    -- Months that were dropped when their time was over; their seals stay.
    CREATE TABLE core.audit_dropped (
      month date CONSTRAINT pk_audit_dropped PRIMARY KEY,
      events bigint NOT NULL,
      last_position bigint NOT NULL,
      last_hash bytea NOT NULL,
      dropped_at timestamptz NOT NULL DEFAULT clock_timestamp()
    );
    REVOKE ALL ON core.audit_seal, core.audit_head, core.audit_unsealed, core.audit_dropped
      FROM mapservice_office;
    GRANT SELECT ON core.audit_seal, core.audit_head, core.audit_unsealed, core.audit_dropped
      TO mapservice_office;
    """)
    for table in ("audit_seal", "audit_dropped"):
        op.execute(ONLY_GROWS.format(table=table))


def _months() -> None:
    op.execute("""
    -- Made apart and then attached: a table made as a partition would stop every writer until
    -- the commit. Reached through the whole trail only, with the trail's rights.
    CREATE FUNCTION core.add_audit_partition(name text, bounds text) RETURNS void
      LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
    BEGIN
      EXECUTE format('CREATE TABLE core.%I (LIKE core.audit_event INCLUDING DEFAULTS,
        CONSTRAINT %I PRIMARY KEY (id, at))', name, 'pk_' || name);
      EXECUTE format('CREATE INDEX %I ON core.%I (record_id, id)',
                     'ix_' || name || '_record_id_id', name);
      EXECUTE format('REVOKE ALL ON core.%I FROM mapservice_office', name);
      EXECUTE format('CREATE TRIGGER %I BEFORE UPDATE OR DELETE OR TRUNCATE ON core.%I
        FOR EACH STATEMENT EXECUTE FUNCTION core.refuse_change()', name || '_only_grows', name);
      EXECUTE format('ALTER TABLE core.audit_event ATTACH PARTITION core.%I %s', name, bounds);
    END $$;

    -- Takes what no month takes (a clock gone wrong, a worker off for months): nobody's work may
    -- fail because a month was not made.
    SELECT core.add_audit_partition('audit_event_other', 'DEFAULT');

    -- The partition of one month (UTC); true when it was made.
    CREATE FUNCTION core.make_audit_month(month date) RETURNS boolean
      LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
    DECLARE
      name text := to_char(month, '"audit_event_"YYYY_MM');
      begins timestamptz := month::timestamp AT TIME ZONE 'UTC';
      ends timestamptz := (month + interval '1 month')::timestamp AT TIME ZONE 'UTC';
    BEGIN
      IF to_regclass('core.' || name) IS NOT NULL
         OR EXISTS (SELECT FROM core.audit_event_other AS o WHERE o.at >= begins AND o.at < ends)
      THEN
        RETURN false;
      END IF;
      PERFORM core.add_audit_partition(
        name, format('FOR VALUES FROM (%L) TO (%L)', begins, ends));
      RETURN true;
    END $$;

    -- This month and the twelve after it; how many were made.
    CREATE FUNCTION core.make_audit_months() RETURNS integer
      LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    DECLARE
      this_month date := date_trunc('month', clock_timestamp() AT TIME ZONE 'UTC');
      made integer := 0;
    BEGIN
      FOR ahead IN 0..12 LOOP
        made := made + core.make_audit_month(
          (this_month + ahead * interval '1 month')::date)::integer;
      END LOOP;
      RETURN made;
    END $$;
    REVOKE ALL ON FUNCTION core.add_audit_partition(text, text), core.make_audit_month(date),
      core.make_audit_months() FROM PUBLIC;
    GRANT EXECUTE ON FUNCTION core.make_audit_months() TO mapservice_office;

    -- The months of the events that are there already, and those ahead.
    SELECT core.make_audit_month(seen.month::date) FROM (
      SELECT DISTINCT date_trunc('month', at AT TIME ZONE 'UTC') AS month
      FROM core.audit_event_before) AS seen;
    SELECT core.make_audit_months();
    """)


def _announce() -> None:
    op.execute("""
    CREATE FUNCTION core.announce_audit_events() RETURNS trigger
      LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    BEGIN
      INSERT INTO core.audit_unsealed (event_id, event_at) SELECT id, at FROM added;
      RETURN NULL;
    END $$;
    REVOKE ALL ON FUNCTION core.announce_audit_events() FROM PUBLIC;
    CREATE TRIGGER audit_event_announced AFTER INSERT ON core.audit_event
      REFERENCING NEW TABLE AS added
      FOR EACH STATEMENT EXECUTE FUNCTION core.announce_audit_events();
    """)


def _seal() -> None:
    op.execute(f"""
    -- Chain at most `at_most` committed events in the order of their numbers; how many. An event
    -- that becomes visible late is chained late. Writers are never waited for and never wait;
    -- a second sealer leaves at once (0). The queue is read from its beginning by its index, each
    -- event by its key, whatever the statistics say: they never describe a queue.
    CREATE FUNCTION core.seal_audit(at_most integer) RETURNS integer
      LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
      SET enable_sort = off SET enable_seqscan = off SET enable_bitmapscan = off AS $$
    DECLARE
      head core.audit_head;
      event record;
      began timestamptz;
      sealed integer := 0;
    BEGIN
      SELECT * INTO head FROM core.audit_head FOR UPDATE SKIP LOCKED;
      IF NOT FOUND THEN
        RETURN 0;
      END IF;
      began := clock_timestamp();
      FOR event IN
        SELECT e.id, e.at, {CANONICAL} AS bytes
        FROM core.audit_unsealed AS u CROSS JOIN LATERAL (
          SELECT * FROM core.audit_event AS x
          WHERE x.id = u.event_id AND x.at = u.event_at OFFSET 0) AS e
        ORDER BY u.event_id LIMIT at_most
      LOOP
        head.position := head.position + 1;
        head.hash := sha256(head.hash || event.bytes);
        INSERT INTO core.audit_seal (position, event_id, event_at, hash)
          VALUES (head.position, event.id, event.at, head.hash);
        DELETE FROM core.audit_unsealed WHERE event_id = event.id;
        sealed := sealed + 1;
      END LOOP;
      UPDATE core.audit_head SET position = head.position, hash = head.hash,
        caught_up_at = CASE WHEN sealed < at_most THEN began ELSE caught_up_at END;
      RETURN sealed;
    END $$;
    REVOKE ALL ON FUNCTION core.seal_audit(integer) FROM PUBLIC;
    GRANT EXECUTE ON FUNCTION core.seal_audit(integer) TO mapservice_office;
    """)


def _drop_expired() -> None:
    op.execute("""
    -- Drop the months that ended over twelve months ago, keeping count and last hash of each;
    -- the owner's alone. A month with an event that is not sealed stays.
    CREATE FUNCTION core.drop_expired_audit() RETURNS SETOF core.audit_dropped
      LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET lock_timeout = '1s' AS $$
    DECLARE
      kept core.audit_dropped;
      name text;
      begins timestamptz;
      ends timestamptz;
    BEGIN
      FOR name IN
        SELECT c.relname FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid
        WHERE i.inhparent = 'core.audit_event'::regclass
          AND c.relname ~ '^audit_event_[0-9]{4}_[0-9]{2}$' ORDER BY c.relname
      LOOP
        kept.month := to_date(right(name, 7), 'YYYY_MM');
        begins := kept.month::timestamp AT TIME ZONE 'UTC';
        ends := (kept.month + interval '1 month')::timestamp AT TIME ZONE 'UTC';
        EXIT WHEN ends > clock_timestamp() - interval '12 months';
        CONTINUE WHEN EXISTS (SELECT FROM core.audit_event AS e
          WHERE e.at >= begins AND e.at < ends
            AND NOT EXISTS (SELECT FROM core.audit_seal AS s WHERE s.event_id = e.id));
        SELECT count(*), coalesce(max(s.position), 0) INTO kept.events, kept.last_position
          FROM core.audit_seal AS s WHERE s.event_at >= begins AND s.event_at < ends;
        kept.last_hash := coalesce(
          (SELECT s.hash FROM core.audit_seal AS s WHERE s.position = kept.last_position), '');
        kept.dropped_at := clock_timestamp();
        INSERT INTO core.audit_dropped SELECT kept.*;
        EXECUTE format('ALTER TABLE core.audit_event DETACH PARTITION core.%I', name);
        EXECUTE format('DROP TABLE core.%I', name);
        RETURN NEXT kept;
      END LOOP;
    END $$;
    REVOKE ALL ON FUNCTION core.drop_expired_audit() FROM PUBLIC;
    """)


def _job_times() -> None:
    op.execute("""
    -- When each job of the worker was last done, for however many workers there are.
    CREATE TABLE core.worker_job (
      name text CONSTRAINT pk_worker_job PRIMARY KEY,
      done_at timestamptz NOT NULL
    );
    REVOKE DELETE ON core.worker_job FROM mapservice_office;
    """)


def downgrade() -> None:
    op.execute("""
    DROP TABLE core.worker_job;
    DROP FUNCTION core.drop_expired_audit();
    DROP FUNCTION core.seal_audit(integer);
    DROP FUNCTION core.make_audit_months();
    DROP FUNCTION core.make_audit_month(date);
    DROP FUNCTION core.add_audit_partition(text, text);
    DROP TABLE core.audit_seal, core.audit_head, core.audit_unsealed, core.audit_dropped;
    ALTER TABLE core.audit_event RENAME TO audit_event_after;
    ALTER TABLE core.audit_event_after RENAME CONSTRAINT pk_audit_event TO pk_after;
    ALTER INDEX core.ix_audit_event_record_id_id RENAME TO ix_after;
    CREATE TABLE core.audit_event (
      id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_audit_event PRIMARY KEY,
      at timestamptz NOT NULL DEFAULT clock_timestamp(),
      actor_id uuid,
      action text NOT NULL,
      table_name text NOT NULL,
      record_id uuid,
      reason text,
      detail jsonb
    );
    CREATE INDEX ix_audit_event_record_id_id ON core.audit_event (record_id, id);
    REVOKE UPDATE, DELETE ON core.audit_event FROM mapservice_office;
    """)
    op.execute(ONLY_GROWS.format(table="audit_event"))
    _move("audit_event_after", "audit_event")
    op.execute("""
    DROP TABLE core.audit_event_after;
    DROP FUNCTION core.announce_audit_events();
    """)
