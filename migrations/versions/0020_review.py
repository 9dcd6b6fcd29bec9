"""Steps of review that the database keeps: who may verify, what may be taken back, merging.

`core.last_step` remembers, for each record, the last step that can be taken back; the column
`undo` of `core.legal_transition` says how. `core.address_merge` remembers what a merge moved,
`core.text_check` which names and numbers in public text a verifier has found harmless.
"""

from alembic import op

revision = "0020"
down_revision = "0019"

# from, to: what undo alone may do.
STEPS_BACK = (
    ("submitted", "draft"),
    ("returned", "submitted"),
    ("verified", "submitted"),
    ("rejected", "submitted"),
    ("rejected", "verified"),
)
TABLES = ("address", "need")


def upgrade() -> None:
    _steps_back()
    _guard_transition(undo=True)
    _last_step()
    _verifier()
    _merge()
    _text_check()


def _steps_back() -> None:
    op.execute("""
    -- `undo` marks a step back. 'window': by whoever took the step, within ten minutes, as long
    -- as nothing followed it. 'merge': a double becomes again what it was, whenever.
    ALTER TABLE core.legal_transition
      ADD COLUMN undo text CONSTRAINT ck_legal_transition_undo CHECK (undo IN ('window', 'merge'));
    """)
    for table in TABLES:
        for before, after in STEPS_BACK:
            op.execute(f"""
            INSERT INTO core.legal_transition (table_name, from_status, to_status, undo)
              VALUES ('{table}', '{before}', '{after}', 'window')""")
    op.execute("""
    INSERT INTO core.legal_transition (table_name, from_status, to_status, undo)
      SELECT 'address', 'duplicate', t.from_status, 'merge'
      FROM core.legal_transition AS t
      WHERE t.table_name = 'address' AND t.to_status = 'duplicate'""")


def _guard_transition(*, undo: bool) -> None:
    check = (
        """
      IF rule.undo IS NOT NULL AND NOT EXISTS (
           SELECT FROM core.last_step AS s
           WHERE s.table_name = TG_TABLE_NAME AND s.record_id = NEW.id
             AND s.from_status = NEW.status AND s.to_status = OLD.status
             AND (rule.undo = 'merge' OR (s.taken_at > now() - interval '10 minutes'
               AND s.taken_by = nullif(current_setting('mapservice.actor', true), '')::uuid)))
      THEN
        RAISE EXCEPTION '% may no longer be taken back from % to %', TG_TABLE_NAME, OLD.status,
          NEW.status
          USING ERRCODE = 'check_violation', CONSTRAINT = 'tr_' || TG_TABLE_NAME || '_undo';
      END IF;"""
        if undo
        else ""
    )
    op.execute(f"""
    CREATE OR REPLACE FUNCTION core.guard_transition() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
      rule core.legal_transition;
    BEGIN
      IF TG_OP = 'INSERT' THEN
        IF NOT NEW.status = ANY (TG_ARGV)
           AND NOT pg_has_role(current_user, 'mapservice_owner', 'MEMBER') THEN
          RAISE EXCEPTION '% may not begin as %', TG_TABLE_NAME, NEW.status
            USING ERRCODE = 'check_violation', CONSTRAINT = 'tr_' || TG_TABLE_NAME || '_begins';
        END IF;
        RETURN NEW;
      END IF;
      SELECT * INTO rule FROM core.legal_transition AS t
        WHERE t.table_name = TG_TABLE_NAME AND t.from_status = OLD.status
          AND t.to_status = NEW.status;
      IF NOT FOUND THEN
        RAISE EXCEPTION '% may not go from % to %', TG_TABLE_NAME, OLD.status, NEW.status
          USING ERRCODE = 'check_violation', CONSTRAINT = 'tr_' || TG_TABLE_NAME || '_status';
      END IF;
      IF rule.reason_required AND (NEW.status_reason IS NULL OR btrim(NEW.status_reason) = '') THEN
        RAISE EXCEPTION '% from % to % needs a reason', TG_TABLE_NAME, OLD.status, NEW.status
          USING ERRCODE = 'check_violation', CONSTRAINT = 'tr_' || TG_TABLE_NAME || '_reason';
      END IF;{check}
      RETURN NEW;
    END $$""")


def _last_step() -> None:
    op.execute("""
    -- The last step of a record, if it is one that can be taken back. Written by the database
    -- alone: whoever could write here could take back anything.
    CREATE TABLE core.last_step (
      table_name text NOT NULL,
      record_id uuid NOT NULL,
      from_status text NOT NULL,
      to_status text NOT NULL,
      taken_by uuid,
      taken_at timestamptz NOT NULL DEFAULT now(),
      CONSTRAINT pk_last_step PRIMARY KEY (table_name, record_id)
    );
    REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON core.last_step FROM mapservice_office;

    CREATE FUNCTION core.keep_last_step() RETURNS trigger
      LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    BEGIN
      DELETE FROM core.last_step AS s WHERE s.table_name = TG_TABLE_NAME AND s.record_id = OLD.id;
      IF TG_OP = 'UPDATE' THEN
        INSERT INTO core.last_step (table_name, record_id, from_status, to_status, taken_by)
          SELECT TG_TABLE_NAME, NEW.id, OLD.status, NEW.status,
                 nullif(current_setting('mapservice.actor', true), '')::uuid
          FROM core.legal_transition AS t
          WHERE t.table_name = TG_TABLE_NAME AND t.from_status = NEW.status
            AND t.to_status = OLD.status AND t.undo IS NOT NULL
            -- A step back is not itself taken back.
            AND NOT EXISTS (SELECT FROM core.legal_transition AS b
              WHERE b.table_name = TG_TABLE_NAME AND b.from_status = OLD.status
                AND b.to_status = NEW.status AND b.undo IS NOT NULL);
      END IF;
      RETURN NULL;
    END $$;
    """)
    for table in TABLES:
        op.execute(f"""
        CREATE TRIGGER {table}_step_kept AFTER UPDATE ON core.{table}
          FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status)
          EXECUTE FUNCTION core.keep_last_step();
        CREATE TRIGGER {table}_step_forgotten AFTER DELETE ON core.{table}
          FOR EACH ROW EXECUTE FUNCTION core.keep_last_step()""")


def _verifier() -> None:
    op.execute("""
    -- Who verifies is not who registered. For persons that is a CHECK; for places the organisation
    -- that registered may allow it. So nobody becomes another's record's registrar, and nothing is
    -- verified by nobody. The owner alone loads history as it was.
    CREATE FUNCTION core.guard_verifier() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
      owner_id uuid;
    BEGIN
      IF pg_has_role(current_user, 'mapservice_owner', 'MEMBER') THEN RETURN NEW; END IF;
      IF TG_OP = 'UPDATE' AND NEW.registered_by IS DISTINCT FROM OLD.registered_by
         AND OLD.registered_by IS NOT NULL THEN
        RAISE EXCEPTION 'the registrar of a % stays', TG_TABLE_NAME
          USING ERRCODE = 'check_violation', CONSTRAINT = 'tr_' || TG_TABLE_NAME || '_registrar';
      END IF;
      IF NEW.status = 'verified' AND NEW.verified_by IS NULL THEN
        RAISE EXCEPTION 'a % is verified by somebody', TG_TABLE_NAME
          USING ERRCODE = 'check_violation', CONSTRAINT = 'tr_' || TG_TABLE_NAME || '_verifier';
      END IF;
      IF NEW.verified_by = NEW.registered_by AND NEW.nature = 'place'
         AND (TG_OP = 'INSERT' OR (OLD.verified_by, OLD.registered_by)
                                  IS DISTINCT FROM (NEW.verified_by, NEW.registered_by)) THEN
        IF TG_TABLE_NAME = 'address' THEN
          owner_id := to_jsonb(NEW) ->> 'organisation_id';
        ELSE
          SELECT a.organisation_id INTO owner_id FROM core.address AS a
            WHERE a.id = (to_jsonb(NEW) ->> 'address_id')::uuid;
        END IF;
        IF NOT (SELECT o.self_verification FROM core.organisation AS o WHERE o.id = owner_id) THEN
          RAISE EXCEPTION 'the registrar of a % does not verify it', TG_TABLE_NAME
            USING ERRCODE = 'check_violation',
                  CONSTRAINT = 'tr_' || TG_TABLE_NAME || '_self_verification';
        END IF;
      END IF;
      RETURN NEW;
    END $$;
    """)
    for table in TABLES:
        op.execute(f"""
        CREATE TRIGGER {table}_verifier
          BEFORE INSERT OR UPDATE OF status, verified_by, registered_by ON core.{table}
          FOR EACH ROW EXECUTE FUNCTION core.guard_verifier()""")


def _merge() -> None:
    op.execute("""
    -- One merge: which double went into which record, and the needs it brought along.
    CREATE TABLE core.address_merge (
      id uuid CONSTRAINT pk_address_merge PRIMARY KEY DEFAULT gen_random_uuid(),
      duplicate_id uuid NOT NULL CONSTRAINT fk_address_merge_duplicate_id_address
        REFERENCES core.address ON DELETE CASCADE,
      kept_id uuid NOT NULL CONSTRAINT fk_address_merge_kept_id_address
        REFERENCES core.address ON DELETE CASCADE,
      need_ids uuid[] NOT NULL DEFAULT '{}',
      merged_by uuid CONSTRAINT fk_address_merge_merged_by_user_account
        REFERENCES core.user_account,
      merged_at timestamptz NOT NULL DEFAULT now(),
      undone_by uuid CONSTRAINT fk_address_merge_undone_by_user_account
        REFERENCES core.user_account,
      undone_at timestamptz,
      CONSTRAINT ck_address_merge_of_two CHECK (duplicate_id <> kept_id)
    );
    CREATE UNIQUE INDEX uq_address_merge_duplicate_id ON core.address_merge (duplicate_id)
      WHERE undone_at IS NULL;
    -- Two records that look alike and are not the same: nobody is asked again.
    CREATE TABLE core.not_duplicate (
      one_id uuid NOT NULL CONSTRAINT fk_not_duplicate_one_id_address
        REFERENCES core.address ON DELETE CASCADE,
      other_id uuid NOT NULL CONSTRAINT fk_not_duplicate_other_id_address
        REFERENCES core.address ON DELETE CASCADE,
      said_by uuid CONSTRAINT fk_not_duplicate_said_by_user_account
        REFERENCES core.user_account,
      said_at timestamptz NOT NULL DEFAULT now(),
      CONSTRAINT pk_not_duplicate PRIMARY KEY (one_id, other_id),
      CONSTRAINT ck_not_duplicate_in_order CHECK (one_id < other_id)
    );
    CREATE INDEX ix_address_merge_kept_id ON core.address_merge (kept_id);
    CREATE INDEX ix_address_duplicate_of_id ON core.address (duplicate_of_id)
      WHERE duplicate_of_id IS NOT NULL;
    """)


def _text_check() -> None:
    op.execute("""
    -- A find in public text (a name, a number) that a verifier called harmless. The find itself is
    -- not kept: `found` is a keyed hash of it, of its record and field.
    CREATE TABLE core.text_check (
      table_name text NOT NULL
        CONSTRAINT ck_text_check_table_name CHECK (table_name IN ('address', 'need')),
      record_id uuid NOT NULL,
      field text NOT NULL CONSTRAINT ck_text_check_field CHECK
        (field IN ('title', 'summary', 'hamlet', 'description')),
      found bytea NOT NULL CONSTRAINT ck_text_check_found CHECK (octet_length(found) = 32),
      checked_by uuid NOT NULL CONSTRAINT fk_text_check_checked_by_user_account
        REFERENCES core.user_account,
      checked_at timestamptz NOT NULL DEFAULT now(),
      CONSTRAINT pk_text_check PRIMARY KEY (table_name, record_id, field, found)
    );
    """)


def downgrade() -> None:
    op.execute("""
    DROP TABLE core.text_check;
    DROP INDEX core.ix_address_duplicate_of_id;
    DROP TABLE core.address_merge;
    DROP TABLE core.not_duplicate;
    """)
    for table in TABLES:
        op.execute(f"""
        DROP TRIGGER {table}_verifier ON core.{table};
        DROP TRIGGER {table}_step_forgotten ON core.{table};
        DROP TRIGGER {table}_step_kept ON core.{table}""")
    op.execute("DROP FUNCTION core.guard_verifier()")
    op.execute("DROP FUNCTION core.keep_last_step()")
    _guard_transition(undo=False)
    op.execute("""
    DROP TABLE core.last_step;
    DELETE FROM core.legal_transition WHERE undo IS NOT NULL;
    ALTER TABLE core.legal_transition DROP COLUMN undo;
    """)
