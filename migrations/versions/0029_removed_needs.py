"""A need that is removed while it is still written can be taken back, like other steps.

What a verifier called harmless ends with its record, and is known of a need's unit, too.
"""

from alembic import op

revision = "0029"
down_revision = "0028"

BEGUN = "('draft', 'returned')"
FIELDS = ("title", "summary", "hamlet", "description")


def upgrade() -> None:
    op.execute(f"""
    INSERT INTO core.person_reason VALUES ('removed', 'Bỏ khi sửa hồ sơ', NULL);
    INSERT INTO core.legal_transition (table_name, from_status, to_status, undo)
      SELECT t.table_name, t.to_status, t.from_status, 'window'
      FROM core.legal_transition AS t
      WHERE t.table_name = 'need' AND t.to_status = 'withdrawn' AND t.from_status IN {BEGUN};

    CREATE FUNCTION core.end_text_checks() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      DELETE FROM core.text_check AS c
        WHERE c.table_name = TG_TABLE_NAME AND c.record_id = NEW.id;
      RETURN NULL;
    END $$;
    """)
    for table in ("address", "need"):
        op.execute(f"""
        CREATE TRIGGER {table}_checks_ended AFTER UPDATE ON core.{table}
          FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status
            AND NEW.status IN ('withdrawn', 'rejected', 'duplicate'))
          EXECUTE FUNCTION core.end_text_checks()""")
    _checked_fields(*FIELDS, "unit")


def _checked_fields(*names: str) -> None:
    listed = ", ".join(f"'{name}'" for name in names)
    op.execute(f"""
    ALTER TABLE core.text_check DROP CONSTRAINT ck_text_check_field,
      ADD CONSTRAINT ck_text_check_field CHECK (field IN ({listed}))""")


def downgrade() -> None:
    op.execute(f"""
    DELETE FROM core.text_check WHERE field = 'unit';
    DROP TRIGGER address_checks_ended ON core.address;
    DROP TRIGGER need_checks_ended ON core.need;
    DROP FUNCTION core.end_text_checks();
    DELETE FROM core.legal_transition
      WHERE table_name = 'need' AND from_status = 'withdrawn' AND to_status IN {BEGUN};
    DELETE FROM core.last_step WHERE table_name = 'need' AND to_status = 'withdrawn';
    UPDATE core.need SET status_reason = 'no_longer_needed' WHERE status_reason = 'removed';
    DELETE FROM core.person_reason WHERE code = 'removed';
    """)
    _checked_fields(*FIELDS)
