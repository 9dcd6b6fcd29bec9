"""Lists of the districts: batches, their rows with fates, remembered headings; what was typed
in them is sealed."""

from alembic import op

revision = "0050"
down_revision = "0048"

STATUSES = (
    "uploaded", "checking", "checked", "committing", "committed", "undone", "dropped",
)  # fmt: skip
FATES = ("new", "changed", "same", "duplicate", "waiting", "refused")


def upgrade() -> None:
    op.execute(f"""
    -- `headings` and `mapping` tell how the file's columns are called and what was made of them,
    -- `progress` how far a step is that the worker does: no cell of a row is in them.
    CREATE TABLE core.import_batch (
      id uuid CONSTRAINT pk_import_batch PRIMARY KEY DEFAULT gen_random_uuid(),
      organisation_id uuid NOT NULL CONSTRAINT fk_import_batch_organisation_id_organisation
        REFERENCES core.organisation,
      made_by uuid NOT NULL CONSTRAINT fk_import_batch_made_by_user_account
        REFERENCES core.user_account,
      kind text NOT NULL CONSTRAINT ck_import_batch_kind CHECK
        (kind IN ('places', 'persons', 'teams')),
      file_name text NOT NULL CONSTRAINT ck_import_batch_file_name CHECK
        (length(file_name) BETWEEN 1 AND 200),
      file_hash text NOT NULL CONSTRAINT ck_import_batch_file_hash CHECK
        (file_hash ~ '^[0-9a-f]{{64}}$'),
      status text NOT NULL DEFAULT 'uploaded' CONSTRAINT ck_import_batch_status CHECK
        (status IN {STATUSES}),
      headings jsonb NOT NULL DEFAULT '[]',
      sheet smallint NOT NULL DEFAULT 0,
      mapping jsonb NOT NULL DEFAULT '{{}}',
      rows integer NOT NULL DEFAULT 0,
      totals jsonb NOT NULL DEFAULT '{{}}',
      progress jsonb NOT NULL DEFAULT '{{}}',
      version integer NOT NULL DEFAULT 1,
      created_at timestamptz NOT NULL DEFAULT now(),
      checked_at timestamptz,
      committed_at timestamptz,
      undone_at timestamptz,
      CONSTRAINT ck_import_batch_moments CHECK
        ((status <> 'committed' OR committed_at IS NOT NULL)
         AND (status <> 'undone' OR undone_at IS NOT NULL))
    );
    CREATE INDEX ix_import_batch_organisation_id
      ON core.import_batch (organisation_id, created_at);
    CREATE INDEX ix_import_batch_waiting ON core.import_batch (created_at)
      WHERE status IN ('checking', 'committing');

    -- `fields` differ from what is stored, `faults` are what a row was refused or waits for: names
    -- of fields. `answer`: what somebody said of a likely double. `made`: the row made its record.
    CREATE TABLE core.import_row (
      id uuid CONSTRAINT pk_import_row PRIMARY KEY DEFAULT gen_random_uuid(),
      batch_id uuid NOT NULL CONSTRAINT fk_import_row_batch_id_import_batch
        REFERENCES core.import_batch ON DELETE CASCADE,
      number integer NOT NULL,
      fate text NOT NULL CONSTRAINT ck_import_row_fate CHECK (fate IN {FATES}),
      fields text[] NOT NULL DEFAULT '{{}}',
      faults text[] NOT NULL DEFAULT '{{}}',
      answer text CONSTRAINT ck_import_row_answer CHECK (answer IN ('same', 'another')),
      address_id uuid CONSTRAINT fk_import_row_address_id_address
        REFERENCES core.address ON DELETE SET NULL,
      team_id uuid CONSTRAINT fk_import_row_team_id_team REFERENCES core.team ON DELETE SET NULL,
      made boolean NOT NULL DEFAULT false,
      left_version integer,
      CONSTRAINT uq_import_row_batch_id_number UNIQUE (batch_id, number)
    );
    CREATE INDEX ix_import_row_address_id ON core.import_row (address_id);
    CREATE INDEX ix_import_row_team_id ON core.import_row (team_id);

    -- Which heading an organisation gave to which field, as it was last corrected.
    CREATE TABLE core.import_heading (
      organisation_id uuid NOT NULL CONSTRAINT fk_import_heading_organisation_id_organisation
        REFERENCES core.organisation ON DELETE CASCADE,
      kind text NOT NULL CONSTRAINT ck_import_heading_kind CHECK
        (kind IN ('places', 'persons', 'teams')),
      heading text NOT NULL CONSTRAINT ck_import_heading_heading CHECK
        (length(heading) BETWEEN 1 AND 200),
      field text NOT NULL,
      CONSTRAINT pk_import_heading PRIMARY KEY (organisation_id, kind, heading)
    );
    """)
    _sealed()
    _forgotten()


def _sealed() -> None:
    """The file and the cells of its rows hold names of persons: nothing of them is in clear."""
    op.execute("""
    CREATE TABLE private.import_file (
      batch_id uuid CONSTRAINT pk_import_file PRIMARY KEY
        CONSTRAINT fk_import_file_batch_id_import_batch
        REFERENCES core.import_batch ON DELETE CASCADE,
      key_version smallint NOT NULL
        CONSTRAINT ck_import_file_key_version_positive CHECK (key_version > 0),
      content bytea NOT NULL CONSTRAINT ck_import_file_content_sealed CHECK
        (octet_length(content) >= 62 AND octet_length(content) % 32 = 30
         AND substring(content FROM 1 FOR 2) = int2send(key_version))
    );
    CREATE INDEX ix_import_file_key_version ON private.import_file (key_version);
    CREATE TRIGGER import_file_key_version BEFORE INSERT OR UPDATE ON private.import_file
      FOR EACH ROW EXECUTE FUNCTION private.guard_key_version();

    -- `fingerprint`: keyed, of the row's values; by it a row that came before is known again.
    CREATE TABLE private.import_cells (
      row_id uuid CONSTRAINT pk_import_cells PRIMARY KEY
        CONSTRAINT fk_import_cells_row_id_import_row REFERENCES core.import_row ON DELETE CASCADE,
      key_version smallint NOT NULL
        CONSTRAINT ck_import_cells_key_version_positive CHECK (key_version > 0),
      content bytea CONSTRAINT ck_import_cells_content_sealed CHECK
        (octet_length(content) >= 62 AND octet_length(content) % 32 = 30
         AND substring(content FROM 1 FOR 2) = int2send(key_version)),
      fingerprint bytea CONSTRAINT ck_import_cells_fingerprint CHECK
        (octet_length(fingerprint) = 32)
    );
    CREATE INDEX ix_import_cells_key_version ON private.import_cells (key_version);
    CREATE INDEX ix_import_cells_fingerprint ON private.import_cells (fingerprint);
    CREATE TRIGGER import_cells_key_version BEFORE INSERT OR UPDATE ON private.import_cells
      FOR EACH ROW EXECUTE FUNCTION private.guard_key_version();
    """)


def _forgotten() -> None:
    op.execute("""
    -- What is erased must not live on in the list it came from. With the owner's rights, so that
    -- it happens whoever erases.
    CREATE FUNCTION private.forget_import_cells() RETURNS trigger
      LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    BEGIN
      DELETE FROM private.import_cells AS c USING core.import_row AS r
        WHERE r.id = c.row_id AND r.address_id = NEW.id;
      RETURN NULL;
    END $$;
    REVOKE EXECUTE ON FUNCTION private.forget_import_cells() FROM PUBLIC;
    CREATE TRIGGER address_erased_import_cells AFTER UPDATE OF erased_at ON core.address
      FOR EACH ROW WHEN (NEW.erased_at IS NOT NULL AND OLD.erased_at IS NULL)
      EXECUTE FUNCTION private.forget_import_cells();
    """)


def downgrade() -> None:
    op.execute("""
    DROP TRIGGER address_erased_import_cells ON core.address;
    DROP FUNCTION private.forget_import_cells();
    DROP TABLE private.import_cells;
    DROP TABLE private.import_file;
    DROP TABLE core.import_heading;
    DROP TABLE core.import_row;
    DROP TABLE core.import_batch;
    """)
