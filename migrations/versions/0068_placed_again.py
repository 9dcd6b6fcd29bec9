"""What lies in a unit goes on with it when units change: into what it became, or is part of."""

from alembic import op

revision = "0068"
down_revision = "0067"

PLACED = ("address", "team", "suggestion")  # tables of migration 0004's trigger


def upgrade() -> None:
    updates = "\n".join(_update(table) for table in PLACED)
    op.execute(f"""
    -- Place anew what lies in other units than `core.unit_within` says now; how many rows. Today's
    -- commune follows from the former one, where that is known.
    CREATE FUNCTION core.place_again() RETURNS integer LANGUAGE plpgsql AS $$
    DECLARE
      placed integer;
      rows integer := 0;
    BEGIN
      {updates}
      RETURN rows;
    END $$;
    REVOKE EXECUTE ON FUNCTION core.place_again() FROM PUBLIC;
    """)


def downgrade() -> None:
    op.execute("DROP FUNCTION core.place_again()")


def _update(table: str) -> str:
    """By communes: their units are looked for once, however many lie there."""
    return f"""
      UPDATE core.{table} AS a
        SET commune_id = CASE WHEN a.former_commune_id IS NULL THEN a.commune_id END
        FROM (
          SELECT c.*, ARRAY(SELECT DISTINCT w.container_id FROM core.unit_within AS w
            WHERE w.unit_id IN (c.commune_id, c.former_commune_id) ORDER BY 1) AS unit_ids
          FROM (SELECT DISTINCT commune_id, former_commune_id FROM core.{table}) AS c) AS now
        WHERE a.commune_id = now.commune_id
          AND a.former_commune_id IS NOT DISTINCT FROM now.former_commune_id
          AND a.unit_ids <> now.unit_ids;
      GET DIAGNOSTICS placed = ROW_COUNT;
      rows := rows + placed;"""
