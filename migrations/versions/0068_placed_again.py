"""What lies in a unit goes on with it when units change: into what it became, or is part of."""

from alembic import op

revision = "0068"
down_revision = "0067"

PLACED = ("address", "team", "suggestion")  # tables of migration 0004's trigger


def upgrade() -> None:
    placed = "\n".join(_place(table) for table in PLACED)
    locked = ", ".join(f"core.{table}" for table in (*PLACED, "offer"))
    op.execute(f"""
    -- Place anew what lies in another commune, or in other units, than `core.unit_within` says now;
    -- writers wait. What lies where no commune of today is known stays as it is.
    CREATE FUNCTION core.place_again() RETURNS void LANGUAGE plpgsql AS $$
    BEGIN
      LOCK TABLE {locked} IN SHARE ROW EXCLUSIVE MODE;
      {placed}
      -- Offers follow their place (its units were just written), or the commune they name.
      UPDATE core.offer AS o SET unit_ids = o.unit_ids
        WHERE o.unit_ids <> coalesce(
          (SELECT a.unit_ids FROM core.address AS a WHERE a.id = o.address_id),
          ARRAY(SELECT DISTINCT w.container_id FROM core.unit_within AS w
                WHERE w.unit_id = o.commune_id ORDER BY 1));
    END $$;
    REVOKE EXECUTE ON FUNCTION core.place_again() FROM PUBLIC;
    SELECT core.place_again();
    """)


def downgrade() -> None:
    op.execute("DROP FUNCTION core.place_again()")


def _place(table: str) -> str:
    """By communes: what became of them is looked for once, however much lies there."""
    return f"""
      UPDATE core.{table} AS a SET commune_id = now.today
        FROM (
          SELECT c.*, t.today, ARRAY(SELECT DISTINCT w.container_id FROM core.unit_within AS w
            WHERE w.unit_id IN (t.today, c.former_commune_id) ORDER BY 1) AS unit_ids
          FROM (SELECT DISTINCT commune_id, former_commune_id FROM core.{table}) AS c
            CROSS JOIN LATERAL (
              SELECT min(u.id) AS today
              FROM core.unit_within AS w JOIN core.admin_unit AS u ON u.id = w.container_id
              WHERE w.unit_id = coalesce(c.former_commune_id, c.commune_id)
                AND u.level = 'commune' AND u.valid_to IS NULL) AS t) AS now
        WHERE now.today IS NOT NULL AND a.commune_id = now.commune_id
          AND a.former_commune_id IS NOT DISTINCT FROM now.former_commune_id
          AND (a.commune_id <> now.today OR a.unit_ids <> now.unit_ids);"""
