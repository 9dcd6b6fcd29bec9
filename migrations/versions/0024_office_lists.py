"""What the office's lists and programs ask: counts by state, a photo's version, no dead column."""

from alembic import op

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    op.execute("""
    -- The office's home counts what waits by state, an admin's over the whole province; what
    -- awaits a check again is found by when the check ends.
    CREATE INDEX ix_address_status_assured_until ON core.address (status, assured_until);

    -- Whoever changes a photo by a program says which version was seen.
    ALTER TABLE core.photo ADD COLUMN version integer NOT NULL DEFAULT 1;

    -- Photos are rows of core.photo.
    ALTER TABLE core.field_report DROP COLUMN photos;
    """)


def downgrade() -> None:
    op.execute("""
    ALTER TABLE core.field_report ADD COLUMN photos text[] NOT NULL DEFAULT '{}';
    ALTER TABLE core.photo DROP COLUMN version;
    DROP INDEX core.ix_address_status_assured_until;
    """)
