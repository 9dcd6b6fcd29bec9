"""Sign-in sessions, second factors, invitations, password resets, attempts, API tokens.

Whatever opens a door (a session's token, a link, a recovery code) is stored as its SHA-256 only:
all of them are random and long, so the hash cannot be searched, and a copy of the database opens
nothing. The secret of a second factor must be read again and is sealed as personal data is.
"""

from alembic import op

revision = "0016"
down_revision = "0015"

HASH = "CHECK (octet_length(token_hash) = 32)"


def upgrade() -> None:
    op.execute("""
    -- Optimistic locking of what two officers may edit at once.
    ALTER TABLE core.organisation ADD COLUMN version integer NOT NULL DEFAULT 1;
    ALTER TABLE core.user_account ADD COLUMN version integer NOT NULL DEFAULT 1,
      -- When a leader agreed that name and phone are kept; the form of the invitation asks.
      ADD COLUMN consented_at timestamptz;
    CREATE INDEX ix_user_account_organisation_id ON core.user_account (organisation_id);
    """)
    _sessions()
    _second_factor()
    _links()
    _attempts()
    _api_tokens()


def _sessions() -> None:
    op.execute(f"""
    -- `network`: a keyed hash of where the session began, by which the owner of an account is told
    -- from somebody who guesses at it.
    CREATE TABLE core.sign_in_session (
      id uuid CONSTRAINT pk_sign_in_session PRIMARY KEY DEFAULT gen_random_uuid(),
      account_id uuid NOT NULL CONSTRAINT fk_sign_in_session_account_id_user_account
        REFERENCES core.user_account ON DELETE CASCADE,
      token_hash bytea NOT NULL CONSTRAINT uq_sign_in_session_token_hash UNIQUE
        CONSTRAINT ck_sign_in_session_token_hash_length {HASH},
      kind text NOT NULL CONSTRAINT ck_sign_in_session_kind
        CHECK (kind IN ('office', 'device', 'enrolment')),
      created_at timestamptz NOT NULL DEFAULT now(),
      seen_at timestamptz NOT NULL DEFAULT now(),
      user_agent text NOT NULL,
      network bytea,
      revoked_at timestamptz
    );
    CREATE INDEX ix_sign_in_session_account_id ON core.sign_in_session (account_id);

    -- Whoever changes who somebody is, or what opens the account, ends what that somebody had open:
    -- here, so that no way of changing it forgets.
    CREATE FUNCTION core.end_sign_ins() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      UPDATE core.sign_in_session SET revoked_at = clock_timestamp()
        WHERE account_id = NEW.id AND revoked_at IS NULL;
      RETURN NULL;
    END $$;
    REVOKE EXECUTE ON FUNCTION core.end_sign_ins() FROM PUBLIC;
    CREATE TRIGGER user_account_ends_sign_ins
      AFTER UPDATE OF password_hash, login, role, organisation_id, active ON core.user_account
      FOR EACH ROW WHEN ((OLD.password_hash, OLD.login, OLD.role, OLD.organisation_id, OLD.active)
        IS DISTINCT FROM (NEW.password_hash, NEW.login, NEW.role, NEW.organisation_id, NEW.active))
      EXECUTE FUNCTION core.end_sign_ins();
    """)


def _second_factor() -> None:
    op.execute("""
    -- The secret of an authenticator app, sealed; it is there once a code of it was given.
    -- `last_step`: the 30 seconds whose code was used last; neither it nor an earlier one is taken.
    CREATE TABLE private.second_factor (
      account_id uuid CONSTRAINT pk_second_factor PRIMARY KEY
        CONSTRAINT fk_second_factor_account_id_user_account
        REFERENCES core.user_account ON DELETE CASCADE,
      key_version smallint NOT NULL
        CONSTRAINT ck_second_factor_key_version_positive CHECK (key_version > 0),
      secret bytea NOT NULL CONSTRAINT ck_second_factor_secret_sealed CHECK
        (octet_length(secret) BETWEEN 62 AND 16430 AND octet_length(secret) % 32 = 30
         AND substring(secret FROM 1 FOR 2) = int2send(key_version)),
      created_at timestamptz NOT NULL DEFAULT now(),
      last_step bigint NOT NULL
    );
    CREATE INDEX ix_second_factor_key_version ON private.second_factor (key_version);
    CREATE TRIGGER second_factor_key_version
      BEFORE INSERT OR UPDATE OF secret, key_version ON private.second_factor
      FOR EACH ROW EXECUTE FUNCTION private.guard_key_version();

    CREATE TABLE core.recovery_code (
      account_id uuid NOT NULL CONSTRAINT fk_recovery_code_account_id_user_account
        REFERENCES core.user_account ON DELETE CASCADE,
      code_hash bytea NOT NULL
        CONSTRAINT ck_recovery_code_code_hash_length CHECK (octet_length(code_hash) = 32),
      used_at timestamptz,
      CONSTRAINT pk_recovery_code PRIMARY KEY (account_id, code_hash)
    );
    """)


def _links() -> None:
    op.execute(f"""
    -- What the inviter fixed: who may come in, as what, where.
    CREATE TABLE core.invitation (
      id uuid CONSTRAINT pk_invitation PRIMARY KEY DEFAULT gen_random_uuid(),
      token_hash bytea NOT NULL CONSTRAINT uq_invitation_token_hash UNIQUE
        CONSTRAINT ck_invitation_token_hash_length {HASH},
      login text NOT NULL CONSTRAINT ck_invitation_login_lower CHECK (login = lower(login)),
      role text NOT NULL CONSTRAINT ck_invitation_role CHECK
        (role IN ('registrar', 'officer', 'admin', 'team_leader', 'viewer')),
      organisation_id uuid NOT NULL CONSTRAINT fk_invitation_organisation_id_organisation
        REFERENCES core.organisation,
      invited_by uuid CONSTRAINT fk_invitation_invited_by_user_account REFERENCES core.user_account,
      created_at timestamptz NOT NULL DEFAULT now(),
      expires_at timestamptz NOT NULL,
      used_at timestamptz,
      revoked_at timestamptz,
      CONSTRAINT ck_invitation_short CHECK (expires_at <= created_at + interval '7 days')
    );
    CREATE INDEX ix_invitation_organisation_id ON core.invitation (organisation_id);

    CREATE TABLE core.password_reset (
      id uuid CONSTRAINT pk_password_reset PRIMARY KEY DEFAULT gen_random_uuid(),
      token_hash bytea NOT NULL CONSTRAINT uq_password_reset_token_hash UNIQUE
        CONSTRAINT ck_password_reset_token_hash_length {HASH},
      -- NULL only in rows that are taken back at once: asking for an unknown login costs the same.
      account_id uuid CONSTRAINT fk_password_reset_account_id_user_account
        REFERENCES core.user_account ON DELETE CASCADE,
      asked_by uuid CONSTRAINT fk_password_reset_asked_by_user_account REFERENCES core.user_account,
      created_at timestamptz NOT NULL DEFAULT now(),
      expires_at timestamptz NOT NULL,
      used_at timestamptz,
      CONSTRAINT ck_password_reset_short CHECK (expires_at <= created_at + interval '15 minutes')
    );
    CREATE INDEX ix_password_reset_account_id ON core.password_reset (account_id);
    """)


def _attempts() -> None:
    op.execute("""
    -- How often something was tried since `began_at`, by a hash of who or what it was tried on.
    CREATE TABLE core.attempt (
      kind text NOT NULL,
      key_hash bytea NOT NULL
        CONSTRAINT ck_attempt_key_hash_length CHECK (octet_length(key_hash) = 32),
      began_at timestamptz NOT NULL,
      hits integer NOT NULL CONSTRAINT ck_attempt_hits_not_negative CHECK (hits >= 0),
      CONSTRAINT pk_attempt PRIMARY KEY (kind, key_hash)
    );
    CREATE INDEX ix_attempt_began_at ON core.attempt (began_at);
    """)


def _api_tokens() -> None:
    op.execute(f"""
    CREATE TABLE core.api_token (
      id uuid CONSTRAINT pk_api_token PRIMARY KEY DEFAULT gen_random_uuid(),
      account_id uuid NOT NULL CONSTRAINT fk_api_token_account_id_user_account
        REFERENCES core.user_account ON DELETE CASCADE,
      name text NOT NULL CONSTRAINT ck_api_token_name_length CHECK (length(name) BETWEEN 1 AND 80),
      token_hash bytea NOT NULL CONSTRAINT uq_api_token_token_hash UNIQUE
        CONSTRAINT ck_api_token_token_hash_length {HASH},
      scopes text[] NOT NULL CONSTRAINT ck_api_token_scopes
        CHECK (cardinality(scopes) > 0 AND scopes <@ ARRAY['read', 'write']),
      created_at timestamptz NOT NULL DEFAULT now(),
      used_at timestamptz,
      expires_at timestamptz NOT NULL,
      revoked_at timestamptz
    );
    CREATE INDEX ix_api_token_account_id ON core.api_token (account_id);
    """)


def downgrade() -> None:
    op.execute("""
    DROP TABLE core.api_token, core.attempt, core.password_reset, core.invitation,
      core.recovery_code, private.second_factor;
    DROP TRIGGER user_account_ends_sign_ins ON core.user_account;
    DROP FUNCTION core.end_sign_ins();
    DROP TABLE core.sign_in_session;
    DROP INDEX core.ix_user_account_organisation_id;
    ALTER TABLE core.user_account DROP COLUMN consented_at, DROP COLUMN version;
    ALTER TABLE core.organisation DROP COLUMN version;
    """)
