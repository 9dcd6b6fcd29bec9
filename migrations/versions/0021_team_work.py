"""What teams and their leaders do: links to proposals, reports with photos, results confirmed."""

from alembic import op

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    op.execute("""
    -- Who checked a team and when; `to_recheck`: what it was checked for has changed since.
    -- Reasons are codes: the trail, where they are kept, names nobody.
    ALTER TABLE core.team
      ADD COLUMN verified_at timestamptz,
      ADD COLUMN verified_by uuid CONSTRAINT fk_team_verified_by_user_account
        REFERENCES core.user_account,
      ADD COLUMN to_recheck boolean NOT NULL DEFAULT false,
      ADD COLUMN suspension_reason text CONSTRAINT ck_team_suspension_reason CHECK
        (suspension_reason IN ('inactive', 'misconduct', 'own_wish', 'duplicate', 'other')),
      ADD COLUMN contact_consent_at timestamptz,
      ADD COLUMN contact_consent_by uuid CONSTRAINT fk_team_contact_consent_by_user_account
        REFERENCES core.user_account,
      ADD CONSTRAINT ck_team_contact_consent_collected CHECK
        ((contact_consent_at IS NULL) = (contact_consent_by IS NULL)),
      ADD CONSTRAINT ck_team_suspended_for_a_reason CHECK
        (suspension_reason IS NULL OR state = 'suspended');
    CREATE INDEX ix_team_leader_id ON core.team (leader_id);

    ALTER TABLE core.assignment ADD COLUMN seen_at timestamptz;
    ALTER TABLE core.field_report ADD COLUMN reporter_id uuid
      CONSTRAINT fk_field_report_reporter_id_user_account REFERENCES core.user_account;

    -- Personal links to proposals; what a link says is known to whoever was sent it, not to us.
    CREATE TABLE core.proposal_link (
      token_hash bytea CONSTRAINT pk_proposal_link PRIMARY KEY
        CONSTRAINT ck_proposal_link_hash_length CHECK (length(token_hash) = 32),
      assignment_id uuid NOT NULL CONSTRAINT fk_proposal_link_assignment_id_assignment
        REFERENCES core.assignment ON DELETE CASCADE,
      made_by uuid NOT NULL CONSTRAINT fk_proposal_link_made_by_user_account
        REFERENCES core.user_account,
      created_at timestamptz NOT NULL DEFAULT now()
    );
    CREATE INDEX ix_proposal_link_assignment_id ON core.proposal_link (assignment_id);

    -- A disputed report may be mended without another visit, given back, or be the end of it.
    INSERT INTO core.legal_transition (table_name, from_status, to_status, reason_required) VALUES
      ('assignment', 'disputed', 'done', false),
      ('assignment', 'disputed', 'released', true),
      ('assignment', 'disputed', 'cancelled', false);
    """)


def downgrade() -> None:
    op.execute("""
    DELETE FROM core.legal_transition WHERE table_name = 'assignment'
      AND from_status = 'disputed' AND to_status IN ('done', 'released', 'cancelled');
    DROP TABLE core.proposal_link;
    ALTER TABLE core.field_report DROP COLUMN reporter_id;
    ALTER TABLE core.assignment DROP COLUMN seen_at;
    DROP INDEX core.ix_team_leader_id;
    ALTER TABLE core.team
      DROP COLUMN verified_at, DROP COLUMN verified_by, DROP COLUMN to_recheck,
      DROP CONSTRAINT ck_team_suspended_for_a_reason, DROP COLUMN suspension_reason,
      DROP CONSTRAINT ck_team_contact_consent_collected,
      DROP COLUMN contact_consent_at, DROP COLUMN contact_consent_by;
    """)
