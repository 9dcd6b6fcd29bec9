"""What changed is looked up row by row when it is published: a batch of a long import costs what it
holds, not what is stored.

Many rows were joined by hashes, which reads whole tables for each batch: beside 200,000 needs one
of 14,000 took 28 s. To forbid hashes alone would not do: in an import the statistics know of no
rows, and a join by keys may then read a whole index for each.
"""

from alembic import op

revision = "0059"
down_revision = "0058"

# Copy -> the table whose rows are locked before they are published.
COPIES = {"place": "address", "need": "need", "team": "team"}
FEW = 20  # rows that are planned for once

# OFFSET 0 keeps each look-up what it is: the planner may not make a join of it. Many rows are
# planned for each time: a plan from when the tables were small may read them whole.
LOOKED_UP = """
    CREATE OR REPLACE FUNCTION core.refresh_public_{name}(ids uuid[]) RETURNS void
      LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
      SET plan_cache_mode = auto AS $$
    BEGIN
      IF cardinality(ids) > {few} THEN
        SET LOCAL plan_cache_mode = force_custom_plan; -- to the end of this function
      END IF;
      PERFORM FROM core.{source} AS s WHERE s.id = ANY (ids) ORDER BY s.id FOR NO KEY UPDATE;
      DELETE FROM pub.{name} AS p
        WHERE p.id = ANY (ids)
          AND (SELECT v.id FROM core.public_{name} AS v WHERE v.id = p.id) IS NULL;
      INSERT INTO pub.{name}
        SELECT v.* FROM (SELECT DISTINCT unnest(ids)) AS wanted(id)
          CROSS JOIN LATERAL (
            SELECT x.* FROM core.published_{name} AS x WHERE x.id = wanted.id OFFSET 0) AS v
          LEFT JOIN LATERAL (
            SELECT was FROM pub.{name} AS was WHERE was.id = wanted.id OFFSET 0) AS p ON true
        WHERE p.was IS DISTINCT FROM v
        ON CONFLICT (id) DO UPDATE SET {changes};
    END $$"""
JOINED = """
    CREATE OR REPLACE FUNCTION core.refresh_public_{name}(ids uuid[]) RETURNS void
      LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
      SET plan_cache_mode = auto SET enable_nestloop = on AS $$
    DECLARE
      public uuid[];
    BEGIN
      IF cardinality(ids) > {few} THEN
        SET LOCAL plan_cache_mode = force_custom_plan;
        SET LOCAL enable_nestloop = off;
      END IF;
      PERFORM FROM core.{source} AS s WHERE s.id IN (SELECT unnest(ids))
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
    END $$"""
# The needs of addresses that changed.
PUBLISH_ADDRESSES = """
    CREATE OR REPLACE FUNCTION core.publish_addresses() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      PERFORM core.refresh_public_place(ARRAY(SELECT id FROM changed));
      PERFORM core.refresh_public_need(ARRAY({needs}));
      RETURN NULL;
    END $$"""
NEEDS_LOOKED_UP = """SELECT n.id FROM changed AS c CROSS JOIN LATERAL (
          SELECT x.id FROM core.need AS x WHERE x.address_id = c.id OFFSET 0) AS n"""
NEEDS_JOINED = """SELECT n.id FROM core.need AS n
        WHERE n.address_id IN (SELECT id FROM changed)"""


def upgrade() -> None:
    _refresh(LOOKED_UP)
    op.execute(PUBLISH_ADDRESSES.format(needs=NEEDS_LOOKED_UP))


def downgrade() -> None:
    op.execute(PUBLISH_ADDRESSES.format(needs=NEEDS_JOINED))
    _refresh(JOINED)


def _refresh(function: str) -> None:
    for name, source in COPIES.items():
        columns = op.get_bind().exec_driver_sql(f"SELECT * FROM pub.{name} LIMIT 0").keys()
        changes = ", ".join(f"{column} = excluded.{column}" for column in columns)
        op.execute(function.format(name=name, source=source, changes=changes, few=FEW))
