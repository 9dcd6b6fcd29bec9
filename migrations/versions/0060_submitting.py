"""The drafts that a list made are sent to be verified together."""

from alembic import op

revision = "0060"
down_revision = "0062"


def upgrade() -> None:
    op.execute("""
    -- `submitting_by`: who asked for that, while the worker is at it. `unsent`: why the record of a
    -- row could not be sent: a sentence of ours, in which nothing of the record stands.
    ALTER TABLE core.import_batch
      ADD submitting_by uuid CONSTRAINT fk_import_batch_submitting_by_user_account
        REFERENCES core.user_account,
      ADD CONSTRAINT ck_import_batch_submitting CHECK
        (submitting_by IS NULL OR status = 'committed');
    ALTER TABLE core.import_row ADD unsent text;
    CREATE INDEX ix_import_batch_submitting ON core.import_batch (created_at)
      WHERE submitting_by IS NOT NULL;
    """)


def downgrade() -> None:
    op.execute("""
    DROP INDEX core.ix_import_batch_submitting;
    ALTER TABLE core.import_row DROP unsent;
    ALTER TABLE core.import_batch DROP submitting_by;
    """)
