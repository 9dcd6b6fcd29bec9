"""Sites that may show the map in a frame, and how often each did, day by day."""

from alembic import op

revision = "0058"
down_revision = "0056"

HOST = "[a-z0-9-]+([.][a-z0-9-]+)*"


def upgrade() -> None:
    op.execute(f"""
    -- An origin is written into a header: the check leaves no room for anything else.
    CREATE TABLE core.embed_origin (
      id uuid CONSTRAINT pk_embed_origin PRIMARY KEY DEFAULT gen_random_uuid(),
      origin text NOT NULL CONSTRAINT uq_embed_origin_origin UNIQUE
        CONSTRAINT ck_embed_origin_origin CHECK
          (origin ~ '^(https://{HOST}|http://(localhost|127[.]0[.]0[.]1))(:[0-9]{{1,5}})?$'),
      note text,
      added_by uuid CONSTRAINT fk_embed_origin_added_by_user_account
        REFERENCES core.user_account,
      created_at timestamptz NOT NULL DEFAULT now(),
      removed_by uuid CONSTRAINT fk_embed_origin_removed_by_user_account
        REFERENCES core.user_account,
      removed_at timestamptz,
      version integer NOT NULL DEFAULT 1
    );
    CREATE VIEW pub.embed_origin AS
      SELECT origin FROM core.embed_origin WHERE removed_at IS NULL;
    GRANT SELECT ON pub.embed_origin TO mapservice_public;

    CREATE TABLE core.embed_view (
      day date NOT NULL,
      site text NOT NULL,
      views integer NOT NULL,
      CONSTRAINT pk_embed_view PRIMARY KEY (day, site)
    );

    -- Count one view more: of an allowed site by its name, of all others together. The row of a
    -- site and day is held as briefly as can be: a crash may forget the views of a moment.
    CREATE FUNCTION intake.count_embed_view(seen_on text) RETURNS void
      LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    BEGIN
      PERFORM set_config('synchronous_commit', 'off', true);
      INSERT INTO core.embed_view AS v (day, site, views)
        VALUES ((now() AT TIME ZONE 'Asia/Ho_Chi_Minh')::date,
          coalesce((SELECT o.origin FROM pub.embed_origin AS o WHERE o.origin = seen_on), ''), 1)
        ON CONFLICT ON CONSTRAINT pk_embed_view DO UPDATE SET views = v.views + 1;
    END $$;
    GRANT EXECUTE ON FUNCTION intake.count_embed_view(text) TO mapservice_intake;
    """)


def downgrade() -> None:
    op.execute("""
    DROP FUNCTION intake.count_embed_view(text);
    DROP VIEW pub.embed_origin;
    DROP TABLE core.embed_view, core.embed_origin;
    """)
