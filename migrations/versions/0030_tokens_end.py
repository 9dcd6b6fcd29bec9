"""What ends an account's sessions ends its API tokens too.

A token outlived a changed password and followed its account into another role.
"""

from alembic import op

revision = "0030"
down_revision = "0029"

TOKENS = """
      UPDATE core.api_token SET revoked_at = clock_timestamp()
        WHERE account_id = NEW.id AND revoked_at IS NULL;"""


def upgrade() -> None:
    op.execute(_end(TOKENS))


def downgrade() -> None:
    op.execute(_end(""))


def _end(more: str) -> str:
    return f"""
    CREATE OR REPLACE FUNCTION core.end_sign_ins() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      UPDATE core.sign_in_session SET revoked_at = clock_timestamp()
        WHERE account_id = NEW.id AND revoked_at IS NULL;{more}
      RETURN NULL;
    END $$"""
