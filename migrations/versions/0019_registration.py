"""Sealed drafts of forms, kept while somebody types."""

from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    op.execute("""
    -- What somebody has typed into a form and not yet saved, the whole of it sealed: names of
    -- persons are in it. `id` is made by the page. `discarded_at`: thrown away, but still to be
    -- taken back for a while.
    CREATE TABLE private.form_draft (
      id uuid CONSTRAINT pk_form_draft PRIMARY KEY,
      account_id uuid NOT NULL CONSTRAINT fk_form_draft_account_id_user_account
        REFERENCES core.user_account ON DELETE CASCADE,
      nature text NOT NULL CONSTRAINT ck_form_draft_nature CHECK (nature IN ('place', 'person')),
      address_id uuid CONSTRAINT fk_form_draft_address_id_address
        REFERENCES core.address ON DELETE CASCADE,
      key_version smallint NOT NULL
        CONSTRAINT ck_form_draft_key_version_positive CHECK (key_version > 0),
      content bytea NOT NULL CONSTRAINT ck_form_draft_content_sealed CHECK
        (octet_length(content) BETWEEN 62 AND 262174 AND octet_length(content) % 32 = 30
         AND substring(content FROM 1 FOR 2) = int2send(key_version)),
      version integer NOT NULL DEFAULT 1,
      created_at timestamptz NOT NULL DEFAULT now(),
      updated_at timestamptz NOT NULL DEFAULT now(),
      discarded_at timestamptz
    );
    CREATE INDEX ix_form_draft_account_id_updated_at
      ON private.form_draft (account_id, updated_at DESC);
    CREATE INDEX ix_form_draft_address_id ON private.form_draft (address_id);
    CREATE INDEX ix_form_draft_key_version ON private.form_draft (key_version);
    CREATE TRIGGER form_draft_key_version BEFORE INSERT OR UPDATE ON private.form_draft
      FOR EACH ROW EXECUTE FUNCTION private.guard_key_version();

    -- What is erased must not live on in somebody's draft. With the owner's rights, so that it
    -- happens whoever erases.
    CREATE FUNCTION private.forget_drafts() RETURNS trigger
      LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    BEGIN
      DELETE FROM private.form_draft WHERE address_id = NEW.id;
      RETURN NULL;
    END $$;
    REVOKE EXECUTE ON FUNCTION private.forget_drafts() FROM PUBLIC;
    CREATE TRIGGER address_erased_drafts AFTER UPDATE OF erased_at ON core.address
      FOR EACH ROW WHEN (NEW.erased_at IS NOT NULL AND OLD.erased_at IS NULL)
      EXECUTE FUNCTION private.forget_drafts();
    """)


def downgrade() -> None:
    op.execute("""
    DROP TRIGGER address_erased_drafts ON core.address;
    DROP FUNCTION private.forget_drafts();
    DROP TABLE private.form_draft;
    """)
