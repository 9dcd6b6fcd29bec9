"""Mail that waits to be sent; jobs of the worker that fail and are set aside."""

from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    op.execute("""
    -- Mail to those who have an account. A body may hold a link that opens an account: it is kept
    -- only until it was sent, or is of no more use.
    CREATE TABLE core.mail (
      id uuid CONSTRAINT pk_mail PRIMARY KEY DEFAULT gen_random_uuid(),
      recipient text NOT NULL,
      subject text NOT NULL,
      body text,
      queued_at timestamptz NOT NULL DEFAULT now(),
      send_after timestamptz NOT NULL DEFAULT now(),
      secret_until timestamptz,
      tries smallint NOT NULL DEFAULT 0,
      last_error text,
      sent_at timestamptz,
      set_aside_at timestamptz,
      CONSTRAINT ck_mail_recipient CHECK (recipient ~ '^[!-~]{1,64}@[!-~]{1,190}$'),
      CONSTRAINT ck_mail_subject CHECK (subject ~ '^[^[:cntrl:]]{1,200}$'),
      CONSTRAINT ck_mail_last_error CHECK (last_error ~ '^[A-Za-z0-9_]{1,60}$'),
      CONSTRAINT ck_mail_sent_is_bare CHECK (sent_at IS NULL OR body IS NULL),
      CONSTRAINT ck_mail_waiting_has_body
        CHECK (body IS NOT NULL OR sent_at IS NOT NULL OR set_aside_at IS NOT NULL),
      CONSTRAINT ck_mail_one_end CHECK (sent_at IS NULL OR set_aside_at IS NULL)
    );
    CREATE INDEX ix_mail_send_after ON core.mail (send_after, id)
      WHERE sent_at IS NULL AND set_aside_at IS NULL;

    -- A job that failed waits until `try_after`; set aside, until somebody asks for it again.
    ALTER TABLE core.worker_job
      ADD failures smallint NOT NULL DEFAULT 0,
      ADD last_error text,
      ADD failed_at timestamptz,
      ADD try_after timestamptz,
      ADD set_aside_at timestamptz,
      ADD CONSTRAINT ck_worker_job_last_error CHECK (last_error ~ '^[A-Za-z0-9_]{1,60}$');
    """)


def downgrade() -> None:
    op.execute("""
    ALTER TABLE core.worker_job DROP failures, DROP last_error, DROP failed_at, DROP try_after,
      DROP set_aside_at;
    DROP TABLE core.mail;
    """)
