"""Many rows are published by their keys: a batch of a long import costs what it holds, not what is
stored.

They were joined by hashes, which read the whole tables for each batch: at 200,000 needs a batch of
14,000 took 28 s, by keys it takes 5 s. Nested loops alone would be a guess: in an import the
statistics know of no rows, and the planner would read whole tables inside them.
"""

from alembic import op

revision = "0057"
down_revision = "0056"

# Copy -> the table whose rows are locked before they are published.
COPIES = {"place": "address", "need": "need", "team": "team"}
FEW = 20  # rows that are planned for once
BY_KEYS = ("enable_seqscan", "enable_hashjoin", "enable_mergejoin")
BY_HASHES = ("enable_nestloop",)


def upgrade() -> None:
    for name in COPIES:
        _refresh(name, BY_KEYS)


def downgrade() -> None:
    for name in COPIES:
        _refresh(name, BY_HASHES)


def _refresh(name: str, avoided: tuple[str, ...]) -> None:
    columns = op.get_bind().exec_driver_sql(f"SELECT * FROM pub.{name} LIMIT 0").keys()
    changes = ", ".join(f"{column} = excluded.{column}" for column in columns)
    restored = " ".join(f"SET {setting} = on" for setting in avoided)
    off = " ".join(f"SET LOCAL {setting} = off;" for setting in avoided)
    op.execute(f"""
    CREATE OR REPLACE FUNCTION core.refresh_public_{name}(ids uuid[]) RETURNS void
      LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
      SET plan_cache_mode = auto {restored} AS $$
    DECLARE
      public uuid[];
    BEGIN
      IF cardinality(ids) > {FEW} THEN
        SET LOCAL plan_cache_mode = force_custom_plan; -- to the end of this function
        {off}
      END IF;
      PERFORM FROM core.{COPIES[name]} AS s WHERE s.id IN (SELECT unnest(ids))
        ORDER BY s.id FOR NO KEY UPDATE;
      public := ARRAY(SELECT v.id FROM core.public_{name} AS v WHERE v.id IN (SELECT unnest(ids)));
      DELETE FROM pub.{name} AS p
        WHERE p.id IN (SELECT unnest(ids) EXCEPT SELECT unnest(public));
      INSERT INTO pub.{name}
        WITH v AS MATERIALIZED (
          SELECT x.* FROM core.published_{name} AS x WHERE x.id IN (SELECT unnest(public))
        )
        SELECT v.* FROM v LEFT JOIN pub.{name} AS p ON p.id = v.id WHERE p IS DISTINCT FROM v
        ON CONFLICT (id) DO UPDATE SET {changes};
    END $$""")
