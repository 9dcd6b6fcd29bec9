"""The pyramid is folded a batch at a time, so that no load is too large for the worker's time.

A batch is folded into all levels at once: whatever was left for the next one is missing on every
level alike, and `core.counted_cluster` knows of it.
"""

from alembic import op

revision = "0046"
down_revision = "0043"

FINEST, COARSEST = 16, 2  # as of migration 0025
SUMS = ("n1", "n2", "n3", "n4", "sx", "sy", "sid1", "sid2", "sid3", "sid4")
ALL = "DELETE FROM pub.cluster_delta RETURNING *"
# As they lie there: sorting two million for each batch would take longer than folding it.
SOME = """DELETE FROM pub.cluster_delta WHERE ctid = ANY (ARRAY(
          SELECT d.ctid FROM pub.cluster_delta AS d LIMIT most)) RETURNING *"""


def upgrade() -> None:
    op.execute("DROP FUNCTION core.fold_clusters()")
    op.execute(_fold("most bigint DEFAULT NULL", SOME))
    op.execute("GRANT EXECUTE ON FUNCTION core.fold_clusters(bigint) TO mapservice_office")


def downgrade() -> None:
    op.execute("DROP FUNCTION core.fold_clusters(bigint)")
    op.execute(_fold("", ALL))
    op.execute("GRANT EXECUTE ON FUNCTION core.fold_clusters() TO mapservice_office")


def _fold(parameters: str, taken: str) -> str:
    sums = ", ".join(f"sum({name})::bigint AS {name}" for name in SUMS)
    added = ", ".join(f"{name} = c.{name} + excluded.{name}" for name in SUMS)
    return f"""
    -- Add to the pyramid what was appended and committed; how many deltas, `most` of them where
    -- that is given. One folds at a time, so that cells are never waited for; a second one leaves
    -- at once (0).
    CREATE FUNCTION core.fold_clusters({parameters}) RETURNS bigint
      LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    DECLARE
      folded bigint;
      emptied tid[];
    BEGIN
      IF NOT pg_try_advisory_xact_lock(hashtext('core.fold_clusters')) THEN
        RETURN 0;
      END IF;
      WITH delta AS (
        {taken}
      ), written AS (
        INSERT INTO pub.cluster AS c
          SELECT layer, level::smallint, cy >> ({FINEST} - level) AS cy,
                 cx >> ({FINEST} - level) AS cx, of.category, {sums}
          FROM (SELECT * FROM delta) AS cell
            CROSS JOIN generate_series({COARSEST}, {FINEST}) AS level
            CROSS JOIN LATERAL unnest(ARRAY[cell.category, '*']) AS of(category)
          GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5
          ON CONFLICT (layer, level, cy, cx, category) DO UPDATE SET {added}
          RETURNING c.ctid AS place, c.n1 + c.n2 + c.n3 + c.n4 AS n
      )
      SELECT (SELECT count(*) FROM delta),
             ARRAY(SELECT w.place FROM written AS w WHERE w.n = 0) INTO folded, emptied;
      -- Nobody else writes here: the rows still stand where they were written.
      DELETE FROM pub.cluster AS c WHERE c.ctid = ANY (emptied);
      RETURN folded;
    END $$"""
