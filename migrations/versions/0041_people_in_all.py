"""Needs whose teams bring skills and people between them."""

from alembic import op

revision = "0041"
down_revision = "0040"


def upgrade() -> None:
    op.execute("""
    -- Of a need that wants its teams at once: how many people they are to be in all. The skills
    -- then are asked of all of them together, and of each team only `people_per_part` people.
    ALTER TABLE core.need
      ADD COLUMN people_in_all smallint,
      ADD CONSTRAINT ck_need_in_all CHECK (people_in_all IS NULL
        OR together AND parts BETWEEN 2 AND 20 AND cardinality(skills) <= 8
          AND people_in_all BETWEEN parts AND 10000);
    """)


def downgrade() -> None:
    op.execute("ALTER TABLE core.need DROP COLUMN people_in_all")
