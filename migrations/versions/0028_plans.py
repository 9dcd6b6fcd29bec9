"""Plans of the optimal matching, kept until they are sent; needs that want teams together."""

from alembic import op

revision = "0028"
down_revision = "0027"


def upgrade() -> None:
    op.execute("""
    ALTER TABLE core.need ADD COLUMN together boolean NOT NULL DEFAULT false;

    -- `units`: which part of the organisation's territory, null for all of it. `facts` are figures,
    -- codes of needs and teams, and sentences that tell no more of a person than any plan page.
    CREATE TABLE core.plan (
      id uuid CONSTRAINT pk_plan PRIMARY KEY DEFAULT gen_random_uuid(),
      organisation_id uuid NOT NULL CONSTRAINT fk_plan_organisation_id_organisation
        REFERENCES core.organisation,
      made_by uuid NOT NULL CONSTRAINT fk_plan_made_by_user_account REFERENCES core.user_account,
      province boolean NOT NULL,
      units integer[],
      status text NOT NULL DEFAULT 'queued' CONSTRAINT ck_plan_status CHECK
        (status IN ('queued', 'running', 'draft', 'sent', 'cancelled', 'failed')),
      needs integer NOT NULL DEFAULT 0,
      input_hash text,
      travel_cost text,
      facts jsonb NOT NULL DEFAULT '{}',
      version integer NOT NULL DEFAULT 1,
      created_at timestamptz NOT NULL DEFAULT now(),
      finished_at timestamptz,
      sent_at timestamptz,
      CONSTRAINT ck_plan_finished CHECK (status NOT IN ('draft', 'sent')
        OR (input_hash IS NOT NULL AND travel_cost IS NOT NULL AND finished_at IS NOT NULL))
    );
    CREATE INDEX ix_plan_organisation_id ON core.plan (organisation_id, created_at);
    CREATE INDEX ix_plan_waiting ON core.plan (created_at) WHERE status IN ('queued', 'running');

    CREATE TABLE core.plan_pair (
      plan_id uuid NOT NULL CONSTRAINT fk_plan_pair_plan_id_plan
        REFERENCES core.plan ON DELETE CASCADE,
      need_id uuid NOT NULL CONSTRAINT fk_plan_pair_need_id_need
        REFERENCES core.need ON DELETE CASCADE,
      team_id uuid NOT NULL CONSTRAINT fk_plan_pair_team_id_team
        REFERENCES core.team ON DELETE CASCADE,
      origin text NOT NULL CONSTRAINT ck_plan_pair_origin CHECK (origin IN ('solver', 'officer')),
      state text NOT NULL DEFAULT 'proposed' CONSTRAINT ck_plan_pair_state CHECK
        (state IN ('proposed', 'removed', 'sent', 'refused')),
      refusal text,
      metres integer NOT NULL,
      explanation jsonb NOT NULL DEFAULT '{}',
      CONSTRAINT pk_plan_pair PRIMARY KEY (plan_id, need_id, team_id)
    );
    CREATE INDEX ix_plan_pair_need_id ON core.plan_pair (need_id);
    CREATE INDEX ix_plan_pair_team_id ON core.plan_pair (team_id);
    """)


def downgrade() -> None:
    op.execute("""
    DROP TABLE core.plan_pair;
    DROP TABLE core.plan;
    ALTER TABLE core.need DROP COLUMN together;
    """)
