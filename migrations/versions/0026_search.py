"""What the public search and the vector tiles run, by name; an index for how titles begin."""

from alembic import op

revision = "0026"
down_revision = "0025"

SEARCH = (
    "ext.word_similarity(text, text)",
    "ext.word_similarity_commutator_op(text, text)",  # %>
)
TILES = (
    "ext.ST_TileEnvelope(integer, integer, integer, ext.geometry, double precision)",
    "ext.ST_Transform(ext.geometry, integer)",
    "ext.ST_Expand(ext.geometry, double precision)",
    "ext.box2d(ext.geometry)",  # the cast of an envelope to the bounds of a tile
    "ext.ST_AsMVTGeom(ext.geometry, ext.box2d, integer, integer, boolean)",
    "ext.ST_AsMVT(anyelement, text, integer, text)",
)


def upgrade() -> None:
    for table in ("place", "need"):
        # Trigrams would look at every title that holds a common word, to find those it begins.
        op.execute(f"""CREATE INDEX ix_{table}_title_begins
          ON pub.{table} (title_folded text_pattern_ops, code)""")
    op.execute(f"GRANT EXECUTE ON FUNCTION {', '.join(SEARCH + TILES)} TO mapservice_public")


def downgrade() -> None:
    op.execute("DROP INDEX pub.ix_place_title_begins, pub.ix_need_title_begins")
    op.execute(f"REVOKE EXECUTE ON FUNCTION {', '.join(SEARCH + TILES)} FROM mapservice_public")
