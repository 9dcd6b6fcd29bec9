"""What is not told of an organisation or a campaign publishes nothing anew when it changes.

The public reads the name of one and the code of the other. Any other change of them (a right, a
period) took up all that belongs to them, and left it as it was.
"""

from alembic import op

revision = "0069"
down_revision = "0068"

# Table -> the trigger's function, the column that is public, copies with what joins them to it.
TOLD = {
    "organisation": ("publish_organisations", "name", {"place": "address", "team": "team"}),
    "campaign": ("publish_campaigns", "code", {"need": "need"}),
}


def upgrade() -> None:
    for table, (_, column, _) in TOLD.items():
        told = f"""(SELECT c.id FROM changed AS c JOIN before AS b ON b.id = c.id
          WHERE c.{column} IS DISTINCT FROM b.{column})"""
        _write(table, told, "OLD TABLE AS before NEW TABLE AS changed")


def downgrade() -> None:
    for table in TOLD:
        _write(table, "(SELECT id FROM changed)", "NEW TABLE AS changed")


def _write(table: str, told: str, rows: str) -> None:
    function, _, copies = TOLD[table]
    refreshed = "\n".join(
        f"""PERFORM core.refresh_public_{copy}(ARRAY(SELECT s.id FROM core.{source} AS s
        WHERE s.{table}_id IN {told}));"""
        for copy, source in copies.items()
    )
    op.execute(f"""
    DROP TRIGGER {table}_published_update ON core.{table};
    CREATE OR REPLACE FUNCTION core.{function}() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      {refreshed}
      RETURN NULL;
    END $$;
    CREATE TRIGGER {table}_published_update AFTER UPDATE ON core.{table} REFERENCING {rows}
      FOR EACH STATEMENT EXECUTE FUNCTION core.{function}()""")
