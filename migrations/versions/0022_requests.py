"""Requests of the JSON API that are answered once."""

from alembic import op

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    op.execute("""
    -- The name of what a request made, not its body nor its answer: nothing of a person is kept.
    CREATE TABLE core.idempotent_request (
      account_id uuid NOT NULL CONSTRAINT fk_idempotent_request_account_id_user_account
        REFERENCES core.user_account ON DELETE CASCADE,
      key text NOT NULL CONSTRAINT ck_idempotent_request_key CHECK (length(key) BETWEEN 1 AND 200),
      fingerprint bytea NOT NULL
        CONSTRAINT ck_idempotent_request_fingerprint CHECK (octet_length(fingerprint) = 32),
      made text,
      created_at timestamptz NOT NULL DEFAULT now(),
      CONSTRAINT pk_idempotent_request PRIMARY KEY (account_id, key)
    );
    CREATE INDEX ix_idempotent_request_created_at ON core.idempotent_request (created_at);
    """)


def downgrade() -> None:
    op.execute("DROP TABLE core.idempotent_request")
