"""A plan's pairs outlive what they name; large plans are sent in pieces, and tries are counted."""

from alembic import op

revision = "0049"
down_revision = "0050"

STATUSES = "'queued', 'running', 'draft', 'sent', 'cancelled', 'failed'"
STATES = "'proposed', 'removed', 'sent', 'refused'"


def upgrade() -> None:
    op.execute(f"""
    -- `tries`: how often the worker began to make it. `sent_by`: for whom the worker sends it.
    ALTER TABLE core.plan
      ADD COLUMN tries smallint NOT NULL DEFAULT 0,
      ADD COLUMN sent_by uuid CONSTRAINT fk_plan_sent_by_user_account REFERENCES core.user_account,
      DROP CONSTRAINT ck_plan_status,
      ADD CONSTRAINT ck_plan_status CHECK (status IN ({STATUSES}, 'sending')),
      ADD CONSTRAINT ck_plan_sending CHECK (status <> 'sending' OR sent_by IS NOT NULL);
    CREATE INDEX ix_plan_sending ON core.plan (created_at) WHERE status = 'sending';

    -- What was deleted since leaves its code and its team's name, so that the plan can tell of it.
    ALTER TABLE core.plan_pair
      ADD COLUMN need_code text, ADD COLUMN team_code text, ADD COLUMN team_name text,
      ADD COLUMN group_key text NOT NULL DEFAULT '';
    UPDATE core.plan_pair AS p SET need_code = n.public_code, team_code = t.public_code,
      team_name = t.name, group_key = coalesce(p.explanation ->> 'group', ''),
      explanation = p.explanation - 'group' || jsonb_build_object('discreet',
        a.nature = 'person')
    FROM core.need AS n JOIN core.address AS a ON a.id = n.address_id, core.team AS t
    WHERE n.id = p.need_id AND t.id = p.team_id;
    -- Whether its sentences name nothing of what somebody needs.
    UPDATE core.assignment AS x SET explanation = x.explanation || '{{"discreet": true}}'
    FROM core.need AS n JOIN core.address AS a ON a.id = n.address_id
    WHERE n.id = x.need_id AND a.nature = 'person' AND x.explanation ? 'reasons';
    ALTER TABLE core.plan_pair
      ALTER COLUMN need_code SET NOT NULL, ALTER COLUMN team_code SET NOT NULL,
      ALTER COLUMN team_name SET NOT NULL, ALTER COLUMN group_key DROP DEFAULT,
      DROP CONSTRAINT pk_plan_pair,
      ADD CONSTRAINT pk_plan_pair PRIMARY KEY (plan_id, need_code, team_code),
      ALTER COLUMN need_id DROP NOT NULL, ALTER COLUMN team_id DROP NOT NULL,
      DROP CONSTRAINT fk_plan_pair_need_id_need, DROP CONSTRAINT fk_plan_pair_team_id_team,
      ADD CONSTRAINT fk_plan_pair_need_id_need FOREIGN KEY (need_id)
        REFERENCES core.need ON DELETE SET NULL,
      ADD CONSTRAINT fk_plan_pair_team_id_team FOREIGN KEY (team_id)
        REFERENCES core.team ON DELETE SET NULL,
      DROP CONSTRAINT ck_plan_pair_state,
      ADD CONSTRAINT ck_plan_pair_state CHECK (state IN ({STATES}, 'sending'));

    -- A need that is erased takes with it what was told of it.
    CREATE FUNCTION core.plan_pair_forgets() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      NEW.explanation := '{{}}';
      NEW.metres := 0;
      NEW.group_key := '';
      RETURN NEW;
    END $$;
    CREATE TRIGGER plan_pair_forgets BEFORE UPDATE OF need_id ON core.plan_pair
      FOR EACH ROW WHEN (NEW.need_id IS NULL) EXECUTE FUNCTION core.plan_pair_forgets();
    """)


def downgrade() -> None:
    op.execute(f"""
    DROP TRIGGER plan_pair_forgets ON core.plan_pair;
    DROP FUNCTION core.plan_pair_forgets();
    DELETE FROM core.plan_pair WHERE need_id IS NULL OR team_id IS NULL;
    UPDATE core.plan_pair SET state = CASE WHEN state = 'sending' THEN 'proposed' ELSE state END,
      explanation = explanation - 'discreet' || jsonb_build_object('group', group_key);
    ALTER TABLE core.plan_pair
      DROP CONSTRAINT ck_plan_pair_state,
      ADD CONSTRAINT ck_plan_pair_state CHECK (state IN ({STATES})),
      DROP CONSTRAINT fk_plan_pair_need_id_need, DROP CONSTRAINT fk_plan_pair_team_id_team,
      ADD CONSTRAINT fk_plan_pair_need_id_need FOREIGN KEY (need_id)
        REFERENCES core.need ON DELETE CASCADE,
      ADD CONSTRAINT fk_plan_pair_team_id_team FOREIGN KEY (team_id)
        REFERENCES core.team ON DELETE CASCADE,
      DROP CONSTRAINT pk_plan_pair,
      ADD CONSTRAINT pk_plan_pair PRIMARY KEY (plan_id, need_id, team_id),
      DROP COLUMN need_code, DROP COLUMN team_code, DROP COLUMN team_name, DROP COLUMN group_key;
    UPDATE core.plan SET status = 'draft' WHERE status = 'sending';
    DROP INDEX core.ix_plan_sending;
    ALTER TABLE core.plan
      DROP CONSTRAINT ck_plan_sending, DROP CONSTRAINT ck_plan_status,
      ADD CONSTRAINT ck_plan_status CHECK (status IN ({STATUSES})),
      DROP COLUMN tries, DROP COLUMN sent_by;
    """)
