"""Organisations with territories, user accounts, the audit trail."""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.execute("""
    CREATE TABLE core.organisation (
      id uuid CONSTRAINT pk_organisation PRIMARY KEY DEFAULT gen_random_uuid(),
      code text NOT NULL CONSTRAINT uq_organisation_code UNIQUE,
      name text NOT NULL,
      level text NOT NULL
        CONSTRAINT ck_organisation_level CHECK (level IN ('province', 'district', 'commune')),
      parent_id uuid CONSTRAINT fk_organisation_parent_id_organisation
        REFERENCES core.organisation,
      self_verification boolean NOT NULL DEFAULT false,
      CONSTRAINT ck_organisation_parent CHECK ((parent_id IS NULL) = (level = 'province'))
    );
    CREATE INDEX ix_organisation_parent_id ON core.organisation (parent_id);

    CREATE TABLE core.organisation_unit (
      organisation_id uuid NOT NULL CONSTRAINT fk_organisation_unit_organisation_id_organisation
        REFERENCES core.organisation ON DELETE CASCADE,
      unit_id integer NOT NULL CONSTRAINT fk_organisation_unit_unit_id_admin_unit
        REFERENCES core.admin_unit,
      CONSTRAINT pk_organisation_unit PRIMARY KEY (organisation_id, unit_id)
    );

    CREATE TABLE core.user_account (
      id uuid CONSTRAINT pk_user_account PRIMARY KEY DEFAULT gen_random_uuid(),
      login text NOT NULL CONSTRAINT uq_user_account_login UNIQUE
        CONSTRAINT ck_user_account_login_lower CHECK (login = lower(login)),
      password_hash text NOT NULL,
      name text NOT NULL,
      organisation_id uuid NOT NULL CONSTRAINT fk_user_account_organisation_id_organisation
        REFERENCES core.organisation,
      role text NOT NULL CONSTRAINT ck_user_account_role CHECK
        (role IN ('registrar', 'officer', 'admin', 'team_leader', 'viewer')),
      active boolean NOT NULL DEFAULT true,
      created_at timestamptz NOT NULL DEFAULT now()
    );

    CREATE TABLE core.audit_event (
      id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_audit_event PRIMARY KEY,
      at timestamptz NOT NULL DEFAULT clock_timestamp(),
      actor_id uuid,
      action text NOT NULL,
      table_name text NOT NULL,
      record_id uuid,
      reason text,
      detail jsonb
    );
    CREATE INDEX ix_audit_event_record_id_id ON core.audit_event (record_id, id);
    REVOKE UPDATE, DELETE ON core.audit_event FROM mapservice_office;

    CREATE FUNCTION core.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      RAISE EXCEPTION '% on % is not allowed: the trail only grows', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
    END $$;
    CREATE TRIGGER audit_event_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE
      ON core.audit_event FOR EACH STATEMENT EXECUTE FUNCTION core.refuse_change();

    -- Legal transitions of every table with a status, as data. `reason_required`: the row's
    -- status_reason must say why. `derived`: the status follows from assignments, nobody types it.
    CREATE TABLE core.legal_transition (
      table_name text NOT NULL,
      from_status text NOT NULL,
      to_status text NOT NULL,
      reason_required boolean NOT NULL DEFAULT false,
      derived boolean NOT NULL DEFAULT false,
      CONSTRAINT pk_legal_transition PRIMARY KEY (table_name, from_status, to_status)
    );
    REVOKE INSERT, UPDATE, DELETE ON core.legal_transition FROM mapservice_office;

    -- BEFORE INSERT OR UPDATE. Its arguments are the statuses a row may be born with; the owner
    -- alone may load history as it was.
    CREATE FUNCTION core.guard_transition() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
      rule core.legal_transition;
    BEGIN
      IF TG_OP = 'INSERT' THEN
        IF NOT NEW.status = ANY (TG_ARGV)
           AND NOT pg_has_role(current_user, 'mapservice_owner', 'MEMBER') THEN
          RAISE EXCEPTION '% may not begin as %', TG_TABLE_NAME, NEW.status
            USING ERRCODE = 'check_violation', CONSTRAINT = 'tr_' || TG_TABLE_NAME || '_begins';
        END IF;
        RETURN NEW;
      END IF;
      SELECT * INTO rule FROM core.legal_transition AS t
        WHERE t.table_name = TG_TABLE_NAME AND t.from_status = OLD.status
          AND t.to_status = NEW.status;
      IF NOT FOUND THEN
        RAISE EXCEPTION '% may not go from % to %', TG_TABLE_NAME, OLD.status, NEW.status
          USING ERRCODE = 'check_violation', CONSTRAINT = 'tr_' || TG_TABLE_NAME || '_status';
      END IF;
      IF rule.reason_required AND (NEW.status_reason IS NULL OR btrim(NEW.status_reason) = '') THEN
        RAISE EXCEPTION '% from % to % needs a reason', TG_TABLE_NAME, OLD.status, NEW.status
          USING ERRCODE = 'check_violation', CONSTRAINT = 'tr_' || TG_TABLE_NAME || '_reason';
      END IF;
      RETURN NEW;
    END $$;

    -- AFTER UPDATE: who moved which record from where to where, and why.
    CREATE FUNCTION core.record_transition() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      INSERT INTO core.audit_event (actor_id, action, table_name, record_id, reason, detail)
      VALUES (nullif(current_setting('mapservice.actor', true), '')::uuid, 'status',
              TG_TABLE_NAME, NEW.id, NEW.status_reason,
              jsonb_build_object('from', OLD.status, 'to', NEW.status));
      RETURN NULL;
    END $$;
    """)


def downgrade() -> None:
    op.execute("""
    DROP FUNCTION core.record_transition();
    DROP FUNCTION core.guard_transition();
    DROP TABLE core.legal_transition;
    DROP TABLE core.audit_event;
    DROP FUNCTION core.refuse_change();
    DROP TABLE core.user_account;
    DROP TABLE core.organisation_unit;
    DROP TABLE core.organisation;
    """)
