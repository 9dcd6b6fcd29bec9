"""Photos that an officer made public are shown with their published place, and with nothing else.

A view, not a table: whether a photo is public is one look at its row, and what is hidden, removed
or no longer of a published place is gone in the same moment.
"""

from alembic import op

revision = "0047"
down_revision = "0046"


def upgrade() -> None:
    op.execute("""
    CREATE VIEW pub.photo AS
      SELECT p.id, p.address_id AS place_id, p.position, p.caption, p.width, p.height
      FROM core.photo AS p JOIN pub.place AS f ON f.id = p.address_id
      WHERE p.public_at IS NOT NULL AND p.removed_at IS NULL;
    GRANT SELECT ON pub.photo TO mapservice_public;
    """)


def downgrade() -> None:
    op.execute("DROP VIEW pub.photo")
