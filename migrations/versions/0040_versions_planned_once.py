"""The versions of layers are asked through a function, whose plan a connection keeps.

Every public answer begins with this question; planning it anew took longer than answering it.
"""

from alembic import op

revision = "0040"
down_revision = "0035"


def upgrade() -> None:
    op.execute("""
    CREATE FUNCTION pub.versions(layers text[]) RETURNS text LANGUAGE plpgsql STABLE AS $$
    BEGIN
      RETURN (SELECT string_agg(v.version, ' ' ORDER BY v.layer) FROM pub.change AS v
        WHERE v.layer = ANY(layers));
    END $$;
    GRANT EXECUTE ON FUNCTION pub.versions(text[]) TO mapservice_public, mapservice_office""")


def downgrade() -> None:
    op.execute("DROP FUNCTION pub.versions(text[])")
