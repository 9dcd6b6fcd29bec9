"""Consent, the basis every active person record needs at commit, retention and erasure.

An active person address (submitted, verified, published) has a valid `register` consent of
everybody whose consent its age band asks for, or an emergency basis that has not run out. A
deferred constraint trigger looks at it when a transaction commits, whoever writes.
"""

from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    _wordings()
    _consents()
    _basis()
    _basis_at_commit()
    _retention()
    _erase()


def _wordings() -> None:
    op.execute("""
    CREATE TABLE core.consent_wording (
      purpose text NOT NULL CONSTRAINT ck_consent_wording_purpose CHECK
        (purpose IN ('register', 'share_with_team')),
      version smallint NOT NULL CONSTRAINT ck_consent_wording_version_positive CHECK (version > 0),
      giver text NOT NULL CONSTRAINT ck_consent_wording_giver CHECK
        (giver IN ('person', 'guardian', 'child')),
      text text NOT NULL CONSTRAINT ck_consent_wording_said CHECK (btrim(text) <> ''),
      valid_from date NOT NULL,
      CONSTRAINT pk_consent_wording PRIMARY KEY (purpose, version, giver)
    );
    REVOKE INSERT, UPDATE, DELETE ON core.consent_wording FROM mapservice_office;
    """)


def _consents() -> None:
    op.execute("""
    CREATE TABLE core.consent (
      id uuid CONSTRAINT pk_consent PRIMARY KEY DEFAULT gen_random_uuid(),
      address_id uuid NOT NULL CONSTRAINT fk_consent_address_id_address
        REFERENCES core.address ON DELETE CASCADE,
      purpose text NOT NULL CONSTRAINT ck_consent_purpose CHECK
        (purpose IN ('register', 'share_with_team')),
      giver text NOT NULL CONSTRAINT ck_consent_giver CHECK
        (giver IN ('person', 'guardian', 'child')),
      wording_version smallint NOT NULL,
      channel text NOT NULL CONSTRAINT ck_consent_channel CHECK
        (channel IN ('paper', 'spoken', 'online')),
      collected_by uuid NOT NULL CONSTRAINT fk_consent_collected_by_user_account
        REFERENCES core.user_account,
      given_at timestamptz NOT NULL DEFAULT now(),
      valid_until timestamptz NOT NULL,
      withdrawn_at timestamptz,
      CONSTRAINT fk_consent_purpose_wording_version_giver_consent_wording
        FOREIGN KEY (purpose, wording_version, giver)
        REFERENCES core.consent_wording (purpose, version, giver),
      CONSTRAINT ck_consent_lasts CHECK
        (valid_until > given_at AND valid_until <= given_at + interval '1 year'),
      CONSTRAINT ck_consent_withdrawn_after CHECK (withdrawn_at >= given_at)
    );
    CREATE INDEX ix_consent_address_id_purpose ON core.consent (address_id, purpose);
    REVOKE UPDATE, DELETE ON core.consent FROM mapservice_office;
    GRANT UPDATE (withdrawn_at) ON core.consent TO mapservice_office;

    -- Once for a record, at most 30 days: after that only consent keeps it active.
    CREATE TABLE core.emergency_basis (
      address_id uuid CONSTRAINT pk_emergency_basis PRIMARY KEY
        CONSTRAINT fk_emergency_basis_address_id_address REFERENCES core.address ON DELETE CASCADE,
      ground text NOT NULL CONSTRAINT ck_emergency_basis_ground CHECK
        (ground IN ('life_or_health', 'child_at_risk', 'natural_disaster', 'fire_or_accident')),
      stated_by uuid NOT NULL CONSTRAINT fk_emergency_basis_stated_by_user_account
        REFERENCES core.user_account,
      stated_at timestamptz NOT NULL DEFAULT now(),
      expires_at timestamptz NOT NULL,
      CONSTRAINT ck_emergency_basis_short CHECK
        (expires_at > stated_at AND expires_at <= stated_at + interval '30 days')
    );
    REVOKE UPDATE, DELETE ON core.emergency_basis FROM mapservice_office;

    -- What was said and agreed to stays as it was: only a withdrawal is added, once.
    CREATE FUNCTION core.keep_consent() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF OLD.withdrawn_at IS NOT NULL
         OR to_jsonb(NEW) - 'withdrawn_at' <> to_jsonb(OLD) - 'withdrawn_at' THEN
        RAISE EXCEPTION 'a consent is only ever withdrawn'
          USING ERRCODE = 'check_violation', CONSTRAINT = 'tr_consent_kept';
      END IF;
      RETURN NEW;
    END $$;
    CREATE TRIGGER consent_kept BEFORE UPDATE ON core.consent
      FOR EACH ROW EXECUTE FUNCTION core.keep_consent();

    CREATE FUNCTION core.keep_emergency() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      RAISE EXCEPTION 'an emergency is stated once'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'tr_emergency_basis_kept';
    END $$;
    CREATE TRIGGER emergency_basis_kept BEFORE UPDATE ON core.emergency_basis
      FOR EACH ROW EXECUTE FUNCTION core.keep_emergency();

    -- The lock waits for consents that are being given on this wording and are not yet visible.
    CREATE FUNCTION core.keep_wording() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      LOCK TABLE core.consent IN SHARE MODE;
      IF EXISTS (SELECT FROM core.consent AS c WHERE c.purpose = OLD.purpose
                   AND c.wording_version = OLD.version AND c.giver = OLD.giver) THEN
        RAISE EXCEPTION 'people agreed to wording % %: write a new version', OLD.purpose,
          OLD.version USING ERRCODE = 'check_violation', CONSTRAINT = 'tr_consent_wording_in_use';
      END IF;
      RETURN coalesce(NEW, OLD);
    END $$;
    CREATE TRIGGER consent_wording_kept BEFORE UPDATE OR DELETE ON core.consent_wording
      FOR EACH ROW EXECUTE FUNCTION core.keep_wording();
    """)


def _basis() -> None:
    op.execute("""
    -- Whose consent a record needs. Unknown age counts as a small child.
    CREATE FUNCTION core.consent_givers(age_band text) RETURNS text[]
      LANGUAGE sql IMMUTABLE PARALLEL SAFE
      RETURN CASE age_band WHEN '16_up' THEN ARRAY['person']
                           WHEN '7_15' THEN ARRAY['guardian', 'child']
                           ELSE ARRAY['guardian'] END;

    CREATE FUNCTION core.has_consent(address_id uuid, age_band text, purpose text,
                                     moment timestamptz) RETURNS boolean LANGUAGE sql STABLE AS $$
      SELECT core.consent_givers(age_band) <@ ARRAY(
        SELECT c.giver FROM core.consent AS c
        WHERE c.address_id = has_consent.address_id AND c.purpose = has_consent.purpose
          AND c.given_at <= moment AND moment < c.valid_until
          AND (c.withdrawn_at IS NULL OR moment < c.withdrawn_at)) $$;

    CREATE FUNCTION core.has_emergency(address_id uuid, moment timestamptz) RETURNS boolean
      LANGUAGE sql STABLE AS $$
      SELECT EXISTS (SELECT FROM core.emergency_basis AS e
        WHERE e.address_id = has_emergency.address_id
          AND e.stated_at <= moment AND moment < e.expires_at) $$;

    CREATE FUNCTION core.has_basis(address_id uuid, age_band text, moment timestamptz)
      RETURNS boolean LANGUAGE sql STABLE AS $$
      SELECT core.has_consent(address_id, age_band, 'register', moment)
          OR core.has_emergency(address_id, moment) $$;

    -- Whether the team that helps may learn who and where. In an emergency nobody could be asked
    -- yet; but whoever said no to it, later or before, is not overruled by one.
    CREATE FUNCTION core.may_share(address_id uuid, age_band text, moment timestamptz)
      RETURNS boolean LANGUAGE sql STABLE AS $$
      SELECT core.has_basis(address_id, age_band, moment) AND (
        core.has_consent(address_id, age_band, 'share_with_team', moment)
        OR core.has_emergency(address_id, moment)
           AND NOT EXISTS (SELECT FROM core.consent AS c
             WHERE c.address_id = may_share.address_id AND c.purpose = 'share_with_team'
               AND c.withdrawn_at <= moment)) $$;
    """)


def _basis_at_commit() -> None:
    op.execute("""
    -- Runs when the transaction ends, on what the rows have become by then. The locks make two
    -- transactions meet that would each be right alone: one publishes, the other withdraws.
    CREATE FUNCTION core.require_basis() RETURNS trigger
      LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    DECLARE
      checked uuid := CASE WHEN TG_TABLE_NAME = 'address' THEN to_jsonb(NEW) ->> 'id'
                           ELSE to_jsonb(OLD) ->> 'address_id' END;
      band text;
    BEGIN
      SELECT a.age_band INTO band FROM core.address AS a
        WHERE a.id = checked AND a.nature = 'person'
          AND a.status IN ('submitted', 'verified', 'published')
        FOR NO KEY UPDATE;
      IF NOT FOUND THEN RETURN NULL; END IF;
      PERFORM FROM core.consent AS c WHERE c.address_id = checked FOR SHARE;
      PERFORM FROM core.emergency_basis AS e WHERE e.address_id = checked FOR SHARE;
      IF core.has_basis(checked, band, clock_timestamp()) THEN RETURN NULL; END IF;
      RAISE EXCEPTION 'address % is active without consent or emergency', checked
        USING ERRCODE = 'check_violation',
              CONSTRAINT = CASE band WHEN '16_up' THEN 'ck_address_own_consent'
                                     WHEN '7_15' THEN 'ck_address_guardian_and_child_consent'
                                     ELSE 'ck_address_guardian_consent' END;
    END $$;
    CREATE CONSTRAINT TRIGGER ck_address_basis
      AFTER INSERT OR UPDATE OF nature, status, age_band ON core.address
      DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
      WHEN (NEW.nature = 'person' AND NEW.status IN ('submitted', 'verified', 'published'))
      EXECUTE FUNCTION core.require_basis();
    CREATE CONSTRAINT TRIGGER ck_consent_basis AFTER UPDATE OR DELETE ON core.consent
      DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION core.require_basis();
    CREATE CONSTRAINT TRIGGER ck_emergency_basis_basis AFTER DELETE ON core.emergency_basis
      DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION core.require_basis();

    -- TRUNCATE fires no row trigger: it would take the basis away unseen.
    CREATE FUNCTION core.refuse_truncate() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      RAISE EXCEPTION '% of % is not allowed', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
    END $$;
    CREATE TRIGGER consent_not_truncated BEFORE TRUNCATE ON core.consent
      FOR EACH STATEMENT EXECUTE FUNCTION core.refuse_truncate();
    CREATE TRIGGER emergency_basis_not_truncated BEFORE TRUNCATE ON core.emergency_basis
      FOR EACH STATEMENT EXECUTE FUNCTION core.refuse_truncate();
    """)


def _retention() -> None:
    op.execute("""
    CREATE TABLE core.retention (
      purpose text CONSTRAINT pk_retention PRIMARY KEY,
      keep_days smallint NOT NULL CONSTRAINT ck_retention_days CHECK (keep_days >= 0),
      basis text NOT NULL
    );
    REVOKE INSERT, UPDATE, DELETE ON core.retention FROM mapservice_office;
    INSERT INTO core.retention (purpose, keep_days, basis) VALUES
      ('address_withdrawn', 0, 'Nobody may go on processing it'),
      ('address_closed', 30, 'Rejected or a double: time to object'),
      ('address_draft', 30, 'Never submitted, or returned and left'),
      ('address_expired', 180, 'Not re-assured for half a year'),
      ('consent_ended', 30, 'Consent ran out: time to ask again'),
      ('emergency_ended', 7, 'Emergency ran out and no consent followed');

    -- Since when a record is in its status (retention counts from here), and when it was erased:
    -- then only a tombstone is left, which can never become active again.
    ALTER TABLE core.address
      ADD COLUMN status_at timestamptz NOT NULL DEFAULT now(),
      ADD COLUMN erased_at timestamptz,
      ADD CONSTRAINT ck_address_erased_is_bare CHECK (erased_at IS NULL OR
        (nature = 'person' AND status IN ('withdrawn', 'rejected', 'duplicate')
         AND age_band = 'unknown' AND person_kind = 'other' AND registered_by IS NULL
         AND verified_by IS NULL AND assured_by IS NULL AND status_reason IS NULL
         AND num_nonnulls(children, youth, elderly, disabled, households) = 0));
    CREATE TRIGGER address_status_stamped BEFORE UPDATE ON core.address
      FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status)
      EXECUTE FUNCTION core.stamp_status();
    -- Consent that runs out after the verification, too, takes a record off the list.
    INSERT INTO core.legal_transition (table_name, from_status, to_status) VALUES
      ('address', 'verified', 'expired');

    -- The ledger: the random id of every erased record, so that a restored backup can be
    -- cleaned of it again. It only grows.
    CREATE TABLE core.erasure (
      record_id uuid CONSTRAINT pk_erasure PRIMARY KEY,
      purpose text NOT NULL,
      erased_at timestamptz NOT NULL DEFAULT now()
    );
    REVOKE INSERT, UPDATE, DELETE ON core.erasure FROM mapservice_office;
    CREATE TRIGGER erasure_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON core.erasure
      FOR EACH STATEMENT EXECUTE FUNCTION core.refuse_change();
    """)


def _erase() -> None:
    op.execute("""
    -- Erase these persons (and the records marked as doubles of them), and write the ledger.
    -- What identifies is deleted; address and needs stay as tombstones under new public codes:
    -- commune, category, quantities and the teams' work still count, nothing leads back.
    -- (household_id, helps_people and concerns come with 0013.)
    CREATE FUNCTION core.erase_persons(ids uuid[], purpose text) RETURNS integer
      LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    DECLARE
      erased uuid[];
      their_needs uuid[];
    BEGIN
      SELECT array_agg(locked.id) INTO erased FROM (
        SELECT a.id FROM core.address AS a
        WHERE a.nature = 'person' AND (a.id = ANY (ids) OR a.duplicate_of_id = ANY (ids))
          AND (a.erased_at IS NULL
               OR EXISTS (SELECT FROM private.person_private AS p WHERE p.address_id = a.id))
        ORDER BY a.id FOR UPDATE) AS locked;
      IF erased IS NULL THEN RETURN 0; END IF;
      their_needs := ARRAY(SELECT n.id FROM core.need AS n WHERE n.address_id = ANY (erased));

      -- What was reached stays reached: a met need is closed, every other one withdrawn.
      UPDATE core.need AS n SET status = 'closed'
        WHERE n.id = ANY (their_needs) AND n.status = 'met';
      UPDATE core.address AS a SET status = 'withdrawn', status_reason = erase_persons.purpose
        WHERE a.id = ANY (erased) AND a.status NOT IN ('withdrawn', 'rejected', 'duplicate');
      UPDATE core.need AS n SET status = 'withdrawn', status_reason = erase_persons.purpose
        WHERE n.id = ANY (their_needs)
          AND n.status NOT IN ('closed', 'rejected', 'withdrawn', 'duplicate');

      DELETE FROM private.person_private AS p WHERE p.address_id = ANY (erased);
      DELETE FROM core.consent AS c WHERE c.address_id = ANY (erased);
      DELETE FROM core.emergency_basis AS e WHERE e.address_id = ANY (erased);
      DELETE FROM core.field_report AS r USING core.assignment AS s
        WHERE s.id = r.assignment_id AND s.need_id = ANY (their_needs);
      UPDATE core.assignment AS s SET results = NULL, status_reason = NULL, explanation = '{}'
        WHERE s.need_id = ANY (their_needs);
      UPDATE core.need AS n SET public_code = core.new_public_code(), status_reason = NULL,
             wanted_during = NULL, registered_by = NULL, verified_by = NULL,
             helps_people = NULL, concerns = '{}',
             created_at = date_trunc('year', n.created_at)
        WHERE n.id = ANY (their_needs);
      UPDATE core.address AS a SET erased_at = now(), public_code = core.new_public_code(),
             person_kind = 'other', age_band = 'unknown', severity = 1, status_reason = NULL,
             children = NULL, youth = NULL, elderly = NULL, disabled = NULL, households = NULL,
             household_id = NULL, registered_by = NULL, verified_by = NULL, assured_by = NULL,
             assured_at = NULL,
             assured_until = NULL, created_at = date_trunc('year', a.created_at),
             updated_at = now(), version = a.version + 1
        WHERE a.id = ANY (erased);
      INSERT INTO core.erasure (record_id, purpose)
        SELECT unnest(erased), erase_persons.purpose ON CONFLICT (record_id) DO NOTHING;
      RETURN cardinality(erased);
    END $$;

    REVOKE EXECUTE ON FUNCTION core.erase_persons(uuid[], text) FROM PUBLIC;
    GRANT EXECUTE ON FUNCTION core.erase_persons(uuid[], text), core.consent_givers(text),
      core.has_consent(uuid, text, text, timestamptz), core.has_emergency(uuid, timestamptz),
      core.has_basis(uuid, text, timestamptz), core.may_share(uuid, text, timestamptz)
      TO mapservice_office;
    """)


def downgrade() -> None:
    op.execute("""
    DROP FUNCTION core.erase_persons(uuid[], text);
    DROP TABLE core.erasure;
    DELETE FROM core.legal_transition
      WHERE table_name = 'address' AND from_status = 'verified' AND to_status = 'expired';
    DROP TRIGGER address_status_stamped ON core.address;
    ALTER TABLE core.address DROP COLUMN status_at, DROP COLUMN erased_at;
    DROP TABLE core.retention;
    DROP TRIGGER ck_address_basis ON core.address;
    DROP TABLE core.consent, core.emergency_basis;
    DROP FUNCTION core.refuse_truncate();
    DROP FUNCTION core.require_basis();
    DROP FUNCTION core.may_share(uuid, text, timestamptz);
    DROP FUNCTION core.has_basis(uuid, text, timestamptz);
    DROP FUNCTION core.has_emergency(uuid, timestamptz);
    DROP FUNCTION core.has_consent(uuid, text, text, timestamptz);
    DROP FUNCTION core.consent_givers(text);
    DROP TABLE core.consent_wording;
    DROP FUNCTION core.keep_wording();
    DROP FUNCTION core.keep_emergency();
    DROP FUNCTION core.keep_consent();
    """)
