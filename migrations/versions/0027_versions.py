"""Versions of the public layers, by which caches know what is old, and what was withdrawn.

A version is a sum. Each writer adds to a row of its own, kept by layer and transaction, so nobody
waits for anybody: not behind a long import, and not in another order (one counter a layer would
be locked until its writer commits). A reader sees the sum of what is committed, in the very
snapshot in which it reads the rows; it only grows, so no old version comes back.
"""

from alembic import op

revision = "0027"
down_revision = "0026"

LAYERS = {"need": "needs", "place": "places", "team": "teams", "unit": "units"}
WITHDRAWN = ("need", "place", "team")
# Event of a statement -> the rows it tells of.
EVENTS = {"insert": "NEW", "update": "NEW", "delete": "OLD"}


def upgrade() -> None:
    _versions()
    _folds()
    _people()
    _withdrawals()


def _versions() -> None:
    op.execute("""
    CREATE TABLE pub.epoch (
      value uuid NOT NULL DEFAULT gen_random_uuid(),
      single boolean NOT NULL DEFAULT true,
      CONSTRAINT pk_epoch PRIMARY KEY (single),
      CONSTRAINT ck_epoch_single CHECK (single)
    );
    INSERT INTO pub.epoch DEFAULT VALUES;
    CREATE TABLE pub.change_step (
      layer text NOT NULL,
      writer xid8 NOT NULL, -- 0: what was added up
      version bigint NOT NULL,
      CONSTRAINT pk_change_step PRIMARY KEY (layer, writer)
    ) WITH (fillfactor = 50);
    INSERT INTO pub.change_step (layer, writer, version)
      SELECT unnest(ARRAY['needs', 'places', 'teams', 'units', 'people']), '0', 0;
    CREATE INDEX ix_need_public_until ON pub.need (public_until) WHERE public_until IS NOT NULL;

    -- The only thing the public reads of it. A need that was met leaves by the clock: the moment
    -- of the last one that left is part of the version.
    CREATE VIEW pub.change AS
      SELECT s.layer, concat_ws('.', (SELECT e.value FROM pub.epoch AS e), sum(s.version),
               CASE s.layer WHEN 'needs' THEN (SELECT extract(epoch FROM max(n.public_until))
                 FROM pub.need AS n WHERE n.public_until <= now()) END) AS version
      FROM pub.change_step AS s GROUP BY s.layer;
    GRANT SELECT ON pub.change TO mapservice_public;

    CREATE FUNCTION core.note_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF EXISTS (SELECT FROM changed) THEN
        INSERT INTO pub.change_step AS s (layer, writer, version)
          VALUES (TG_ARGV[0], pg_current_xact_id(), 1)
          ON CONFLICT (layer, writer) DO UPDATE SET version = s.version + 1;
      END IF;
      RETURN NULL;
    END $$;

    -- Add up what is committed; how many steps there were. Only one adds at a time.
    CREATE FUNCTION core.fold_changes() RETURNS integer
      LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    DECLARE
      steps integer;
    BEGIN
      IF NOT pg_try_advisory_xact_lock(hashtext('core.fold_changes')) THEN
        RETURN 0;
      END IF;
      WITH step AS (
        DELETE FROM pub.change_step WHERE writer <> '0' RETURNING layer, version
      ), added AS (
        SELECT layer, sum(version) AS version, count(*) AS steps FROM step GROUP BY layer
      ), kept AS (
        UPDATE pub.change_step AS s SET version = s.version + a.version
          FROM added AS a WHERE s.layer = a.layer AND s.writer = '0'
      )
      SELECT coalesce(sum(a.steps), 0) INTO steps FROM added AS a;
      RETURN steps;
    END $$;
    GRANT EXECUTE ON FUNCTION core.fold_changes() TO mapservice_office;

    -- No version from before is worth anything: after a rebuild, a restore, a promotion.
    CREATE FUNCTION core.renew_epoch() RETURNS void LANGUAGE sql AS $$
      UPDATE pub.epoch SET value = gen_random_uuid()
    $$;
    """)
    for table, layer in LAYERS.items():
        for event, rows in EVENTS.items():
            op.execute(f"""
            CREATE TRIGGER {table}_changed_{event} AFTER {event} ON pub.{table}
              REFERENCING {rows} TABLE AS changed
              FOR EACH STATEMENT EXECUTE FUNCTION core.note_change('{layer}')""")


def _folds() -> None:
    op.execute("""
    -- Clusters move when they are folded, not when the rows do that they count.
    CREATE FUNCTION core.note_fold() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      INSERT INTO pub.change_step AS s (layer, writer, version)
        SELECT DISTINCT c.layer, pg_current_xact_id(), 1 FROM changed AS c
        ON CONFLICT (layer, writer) DO UPDATE SET version = s.version + 1;
      RETURN NULL;
    END $$;
    CREATE TRIGGER cluster_folded AFTER DELETE ON pub.cluster_delta
      REFERENCING OLD TABLE AS changed
      FOR EACH STATEMENT EXECUTE FUNCTION core.note_fold();
    """)


def _people() -> None:
    op.execute("""
    -- The version of the cells of people is their content: a release that finds the same cells
    -- says nothing, not even that there was one.
    CREATE FUNCTION core.note_cells() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      UPDATE pub.change_step SET version = coalesce(
          (SELECT hashtextextended(string_agg(c::text, ' ' ORDER BY c.code), 0)
           FROM pub.person_cell AS c), 0)
        WHERE layer = 'people';
      RETURN NULL;
    END $$;
    CREATE TRIGGER person_cell_changed AFTER INSERT OR UPDATE OR DELETE ON pub.person_cell
      FOR EACH STATEMENT EXECUTE FUNCTION core.note_cells();
    """)


def _withdrawals() -> None:
    op.execute("""
    CREATE TABLE pub.withdrawal (
      code text NOT NULL,
      withdrawn_at timestamptz NOT NULL DEFAULT now(),
      CONSTRAINT pk_withdrawal PRIMARY KEY (code)
    );
    CREATE INDEX ix_withdrawal_withdrawn_at ON pub.withdrawal (withdrawn_at);
    GRANT SELECT ON pub.withdrawal TO mapservice_public;

    -- A row that is only replaced is still what its projection says.
    CREATE FUNCTION core.note_withdrawn() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      EXECUTE format('
        INSERT INTO pub.withdrawal (code) SELECT g.code FROM changed AS g
          WHERE NOT EXISTS (SELECT FROM core.%I AS v WHERE v.code = g.code)
        ON CONFLICT (code) DO UPDATE SET withdrawn_at = excluded.withdrawn_at', TG_ARGV[0]);
      RETURN NULL;
    END $$;
    CREATE FUNCTION core.note_published() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      DELETE FROM pub.withdrawal AS w USING changed AS c WHERE w.code = c.code;
      RETURN NULL;
    END $$;
    CREATE FUNCTION core.forget_withdrawals() RETURNS integer
      LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    DECLARE
      gone integer;
    BEGIN
      DELETE FROM pub.withdrawal WHERE withdrawn_at < now() - interval '8 days';
      GET DIAGNOSTICS gone = ROW_COUNT;
      RETURN gone;
    END $$;
    GRANT EXECUTE ON FUNCTION core.forget_withdrawals() TO mapservice_office;
    """)
    for table in WITHDRAWN:
        op.execute(f"""
        CREATE TRIGGER {table}_withdrawn AFTER DELETE ON pub.{table}
          REFERENCING OLD TABLE AS changed
          FOR EACH STATEMENT EXECUTE FUNCTION core.note_withdrawn('public_{table}');
        CREATE TRIGGER {table}_returned AFTER INSERT ON pub.{table}
          REFERENCING NEW TABLE AS changed
          FOR EACH STATEMENT EXECUTE FUNCTION core.note_published()""")


def downgrade() -> None:
    for table in WITHDRAWN:
        op.execute(f"""
        DROP TRIGGER {table}_returned ON pub.{table};
        DROP TRIGGER {table}_withdrawn ON pub.{table}""")
    for table in LAYERS:
        for event in EVENTS:
            op.execute(f"DROP TRIGGER {table}_changed_{event} ON pub.{table}")
    op.execute("""
    DROP TRIGGER person_cell_changed ON pub.person_cell;
    DROP TRIGGER cluster_folded ON pub.cluster_delta;
    DROP FUNCTION core.note_fold();
    DROP FUNCTION core.forget_withdrawals();
    DROP FUNCTION core.note_published();
    DROP FUNCTION core.note_withdrawn();
    DROP FUNCTION core.note_cells();
    DROP FUNCTION core.renew_epoch();
    DROP FUNCTION core.fold_changes();
    DROP FUNCTION core.note_change();
    DROP TABLE pub.withdrawal;
    DROP VIEW pub.change;
    DROP INDEX pub.ix_need_public_until;
    DROP TABLE pub.change_step;
    DROP TABLE pub.epoch;
    """)
