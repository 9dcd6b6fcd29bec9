"""Needs, places and teams are counted beforehand by the units they lie in: sums cost what units,
categories and states there are, not what is stored.

As with the pyramid (migration 0025), writers only append what they added and took away, and a fold
alone writes what is kept. Readers add both, so that sums are never behind the rows.
"""

from alembic import op

revision = "0067"
down_revision = "0066"

KEYS = "layer, unit_ids, category, status, urgency"
# Layer -> table, category, status, urgency, which rows are counted. A need that was met is not: it
# leaves by the clock, and readers count those few themselves.
COUNTED = {
    "needs": ("need", "category", "status", "urgency", "public_until IS NULL"),
    "places": ("place", "kind", "NULL", "NULL::smallint", "true"),
    "teams": ("team", "kind", "NULL", "NULL::smallint", "true"),
}
EVENTS = {
    "insert": ("NEW TABLE AS changed", [("changed", 1)]),
    "update": ("OLD TABLE AS before NEW TABLE AS changed", [("before", -1), ("changed", 1)]),
    "delete": ("OLD TABLE AS before", [("before", -1)]),
}
# What sums were read from before (migration 0034).
INDEXES = {
    "ix_need_counted": "need (commune_id, former_commune_id, category, urgency, status,"
    " public_until)",
    "ix_place_counted": "place (commune_id, former_commune_id, kind)",
}
# With what sums ask of the needs met of late, so that they need no rows.
LEAVING = """CREATE INDEX ix_need_public_until ON pub.need (public_until) {}
    WHERE public_until IS NOT NULL"""


def upgrade() -> None:
    _tables()
    for layer in COUNTED:
        _deltas(layer)
    _recount()
    _fold()
    _rebuild(("clusters", "tallies"), "cluster", "tally")
    op.execute("INSERT INTO pub.tally SELECT * FROM core.counted_tally")
    for name in INDEXES:
        op.execute(f"DROP INDEX pub.{name}")
    op.execute("DROP INDEX pub.ix_need_public_until")
    op.execute(LEAVING.format("INCLUDE (unit_ids, category, status, urgency)"))


def downgrade() -> None:
    op.execute("DROP INDEX pub.ix_need_public_until")
    op.execute(LEAVING.format(""))
    for name, columns in INDEXES.items():
        op.execute(f"CREATE INDEX {name} ON pub.{columns}")
    _rebuild(("clusters",), "cluster")
    for table, *_ in COUNTED.values():
        for event in EVENTS:
            op.execute(f"""
            DROP TRIGGER {table}_tallied_{event} ON pub.{table};
            DROP FUNCTION core.tally_{table}_{event}()""")
    op.execute("""
    DROP FUNCTION core.fold_tallies();
    DROP VIEW core.counted_tally, pub.feature_count;
    DROP TABLE pub.tally_delta, pub.tally;
    """)


def _tables() -> None:
    columns = """layer text NOT NULL, unit_ids integer[] NOT NULL, category text NOT NULL,
      status text, urgency smallint, n bigint NOT NULL"""
    op.execute(f"""
    CREATE TABLE pub.tally (
      {columns}, CONSTRAINT uq_tally_layer UNIQUE NULLS NOT DISTINCT ({KEYS})
    ) WITH (fillfactor = 50); -- few rows, which change all the time
    -- Signed; vacuumed for what passed through it, not for what it holds.
    CREATE TABLE pub.tally_delta ({columns})
      WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);

    -- The only thing the public reads of them: n features (a row may say how many there are less)
    -- that lie in all of these units; the category of places and teams is their kind.
    CREATE VIEW pub.feature_count AS
      SELECT {KEYS}, category AS kind, n FROM pub.tally
      UNION ALL SELECT {KEYS}, category, n FROM pub.tally_delta
      UNION ALL SELECT 'needs', unit_ids, category, status, urgency, category, 1::bigint
        FROM pub.need WHERE public_until > now();
    GRANT SELECT ON pub.feature_count TO mapservice_public;
    """)


def _counted(layer: str, *signed: tuple[str, int]) -> str:
    """Rows of tables added up, each with its sign; keys where nothing changes are left out."""
    _, category, status, urgency, which = COUNTED[layer]
    members = " UNION ALL ".join(
        f"SELECT {sign} AS sign, unit_ids, {category} AS category, {status} AS status,"
        f" {urgency} AS urgency FROM {rows} WHERE {which}"
        for rows, sign in signed
    )
    return f"""
    SELECT '{layer}' AS layer, unit_ids, category, status, urgency, sum(sign) AS n
    FROM ({members}) AS member GROUP BY unit_ids, category, status, urgency
    HAVING sum(sign) <> 0"""


def _deltas(layer: str) -> None:
    table = COUNTED[layer][0]
    for event, (rows, members) in EVENTS.items():
        op.execute(f"""
        CREATE FUNCTION core.tally_{table}_{event}() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          INSERT INTO pub.tally_delta {_counted(layer, *members)};
          RETURN NULL;
        END $$;
        CREATE TRIGGER {table}_tallied_{event} AFTER {event} ON pub.{table} REFERENCING {rows}
          FOR EACH STATEMENT EXECUTE FUNCTION core.tally_{table}_{event}()""")


def _recount() -> None:
    counted = " UNION ALL ".join(
        _counted(layer, (f"pub.{table}", 1)) for layer, (table, *_) in COUNTED.items()
    )
    op.execute(f"""
    -- What the kept sums should be: all counted anew, but for what was not folded yet.
    CREATE VIEW core.counted_tally AS
      SELECT {KEYS}, sum(n)::bigint AS n
      FROM ({counted} UNION ALL SELECT {KEYS}, -n FROM pub.tally_delta) AS signed
      GROUP BY {KEYS} HAVING sum(n) <> 0;
    REVOKE INSERT, UPDATE, DELETE ON core.counted_tally FROM mapservice_office;
    """)


def _fold() -> None:
    op.execute(f"""
    -- Add to the kept sums what was appended and committed; how many deltas. All at once: however
    -- many they are, their keys are as few as units, categories and states. One folds at a time; a
    -- second one leaves at once (0).
    CREATE FUNCTION core.fold_tallies() RETURNS bigint
      LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    DECLARE
      folded bigint;
    BEGIN
      IF NOT pg_try_advisory_xact_lock(hashtext('core.fold_tallies')) THEN
        RETURN 0;
      END IF;
      WITH delta AS (
        DELETE FROM pub.tally_delta RETURNING *
      ), written AS (
        INSERT INTO pub.tally AS t
          SELECT {KEYS}, sum(n) FROM delta GROUP BY {KEYS}
          ON CONFLICT ({KEYS}) DO UPDATE SET n = t.n + excluded.n
      )
      SELECT count(*) INTO folded FROM delta;
      DELETE FROM pub.tally WHERE n = 0 AND folded > 0;
      RETURN folded;
    END $$;
    GRANT EXECUTE ON FUNCTION core.fold_tallies() TO mapservice_office;
    """)


def _rebuild(folds: tuple[str, ...], *kept: str) -> None:
    """As of migration 0025, with these sums."""
    copies = ("place", "need", "team")
    locks = "\n".join(
        f"PERFORM pg_advisory_xact_lock(hashtext('core.fold_{name}'));" for name in folds
    )
    emptied = ("unit", *copies, *kept, *(f"{name}_delta" for name in kept))
    deletes = "\n".join(f"DELETE FROM pub.{name};" for name in emptied)
    inserts = "\n".join(
        f"INSERT INTO pub.{name} SELECT * FROM core.published_{name} ORDER BY geom;"
        for name in copies
    )
    op.execute(f"""
    -- Recompute all of it; writers wait, readers go on seeing the old copy until the commit.
    CREATE OR REPLACE FUNCTION core.rebuild_public() RETURNS void
      LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    BEGIN
      LOCK TABLE core.admin_unit, core.organisation, core.campaign, core.address, core.need,
        core.assignment, core.team IN SHARE ROW EXCLUSIVE MODE;
      {locks}
      {deletes}
      INSERT INTO pub.unit SELECT * FROM core.public_unit ORDER BY id;
      {inserts}
      {" ".join(f"PERFORM core.fold_{name}();" for name in folds)}
    END $$""")
