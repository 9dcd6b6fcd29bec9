"""A new public code is one that is free.

Of 40 random bits a million records leave a millionth taken: nobody meets that by hand, an import
of a million meets it in every third run, and would be lost as a whole.
"""

from alembic import op

revision = "0035"
down_revision = "0034"

TABLES = ("address", "need", "team")  # what is imported by the thousand


def upgrade() -> None:
    for table in TABLES:
        op.execute(f"""
        -- Volatile: it sees what the statement that asks has written so far.
        CREATE FUNCTION core.new_{table}_code() RETURNS text LANGUAGE plpgsql VOLATILE AS $$
        DECLARE
          code text;
        BEGIN
          LOOP
            code := core.new_public_code();
            EXIT WHEN NOT EXISTS (SELECT FROM core.{table} AS t WHERE t.public_code = code);
          END LOOP;
          RETURN code;
        END $$;
        GRANT EXECUTE ON FUNCTION core.new_{table}_code() TO mapservice_office;
        ALTER TABLE core.{table} ALTER COLUMN public_code SET DEFAULT core.new_{table}_code()""")


def downgrade() -> None:
    for table in TABLES:
        op.execute(f"""
        ALTER TABLE core.{table} ALTER COLUMN public_code SET DEFAULT core.new_public_code();
        DROP FUNCTION core.new_{table}_code()""")
