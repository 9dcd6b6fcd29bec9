"""A place whose point is only the middle of its commune says so until somebody sets it."""

from alembic import op

revision = "0061"
down_revision = "0060"


def upgrade() -> None:
    op.execute("""
    ALTER TABLE core.address ADD point_estimated boolean NOT NULL DEFAULT false,
      ADD CONSTRAINT ck_address_point_estimated CHECK (NOT point_estimated OR nature = 'place');
    CREATE VIEW pub.estimated_place AS
      SELECT p.id FROM pub.place AS p JOIN core.address AS a ON a.id = p.id
      WHERE a.point_estimated;
    GRANT SELECT ON pub.estimated_place TO mapservice_public;
    """)


def downgrade() -> None:
    op.execute("""
    DROP VIEW pub.estimated_place;
    ALTER TABLE core.address DROP point_estimated;
    """)
