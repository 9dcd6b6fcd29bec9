"""A plan's pair names the proposal it became, so that the plan tells what was answered."""

from alembic import op

revision = "0062"
down_revision = "0059"


def upgrade() -> None:
    op.execute("""
    ALTER TABLE core.plan_pair ADD COLUMN assignment_id uuid
      CONSTRAINT fk_plan_pair_assignment_id_assignment
        REFERENCES core.assignment ON DELETE SET NULL;
    CREATE INDEX ix_plan_pair_assignment_id ON core.plan_pair (assignment_id);
    -- Of plans sent before: the pair's first proposal since the plan was made.
    UPDATE core.plan_pair AS p SET assignment_id = (
      SELECT x.id FROM core.assignment AS x JOIN core.plan ON plan.id = p.plan_id
      WHERE x.need_id = p.need_id AND x.team_id = p.team_id AND x.origin <> 'claim'
        AND x.created_at >= plan.finished_at
      ORDER BY x.created_at, x.id LIMIT 1)
    WHERE p.state = 'sent';
    """)


def downgrade() -> None:
    op.execute("ALTER TABLE core.plan_pair DROP COLUMN assignment_id")
