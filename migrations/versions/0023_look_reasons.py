"""Why somebody looked at what is protected is a code: the trail outlives an erasure.

Rows from before keep their words until their month is dropped.
"""

from alembic import op

revision = "0023"
down_revision = "0022"

LOOKS = ("reveal", "search_same", "search_similar", "search_pairs")
REASONS = (
    "review",
    "call",
    "visit",
    "doubles",
    "correction",
    "own_request",
    "complaint",
    "emergency",
    "age_bands",  # the worker's own, once a year
)


def upgrade() -> None:
    op.execute(f"""
    DO $do$ BEGIN
      EXECUTE format('ALTER TABLE core.audit_event ADD CONSTRAINT ck_audit_event_look_reason
        CHECK (at < %L OR action NOT IN {_list(LOOKS)} OR reason IS NULL
               OR reason IN {_list(REASONS)})', clock_timestamp());
    END $do$""")
    op.execute(_add_partition("INCLUDING DEFAULTS INCLUDING CONSTRAINTS"))


def downgrade() -> None:
    op.execute("ALTER TABLE core.audit_event DROP CONSTRAINT ck_audit_event_look_reason")
    op.execute(_add_partition("INCLUDING DEFAULTS"))


def _list(codes: tuple[str, ...]) -> str:
    """The codes as SQL, inside a text of SQL."""
    return "(" + ", ".join(f"''{code}''" for code in codes) + ")"


def _add_partition(including: str) -> str:
    """As of migration 0014, with what a month takes over from the table."""
    return f"""
    CREATE OR REPLACE FUNCTION core.add_audit_partition(name text, bounds text) RETURNS void
      LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
    BEGIN
      EXECUTE format('CREATE TABLE core.%I (LIKE core.audit_event {including},
        CONSTRAINT %I PRIMARY KEY (id, at))', name, 'pk_' || name);
      EXECUTE format('CREATE INDEX %I ON core.%I (record_id, id)',
                     'ix_' || name || '_record_id_id', name);
      EXECUTE format('REVOKE ALL ON core.%I FROM mapservice_office', name);
      EXECUTE format('CREATE TRIGGER %I BEFORE UPDATE OR DELETE OR TRUNCATE ON core.%I
        FOR EACH STATEMENT EXECUTE FUNCTION core.refuse_change()', name || '_only_grows', name);
      EXECUTE format('ALTER TABLE core.audit_event ATTACH PARTITION core.%I %s', name, bounds);
    END $$"""
