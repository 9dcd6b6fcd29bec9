"""Private data: what a sealed value looks like, look-up hashes, contacts of places, key versions.

Sealing itself is the application's (mapservice.sealing); the database refuses what
cannot be a sealed value, so that no clear text gets in by mistake.
"""

from alembic import op

revision = "0011"
down_revision = "0010"

SEALED = {
    "person_private": (
        "name",
        "phone",
        "birth_year",
        "guardian",
        "door",
        "hamlet",
        "story",
        "note",
        "point",
    ),
    "team_contact": ("name", "phone"),
    "place_contact": ("name", "role", "phone"),
}


def upgrade() -> None:
    _person()
    _place_contact()
    for table, columns in SEALED.items():
        op.execute(f"""
        ALTER TABLE private.{table}
          ADD CONSTRAINT ck_{table}_key_version_positive CHECK (key_version > 0),
          {", ".join(_sealed(table, column) for column in columns)};
        CREATE INDEX ix_{table}_key_version ON private.{table} (key_version)""")
    _key_floor()
    op.execute("""
    -- Whose private data somebody was shown on a day: the daily quota counts it, nothing else.
    CREATE TABLE private.disclosure_use (
      viewer_id uuid NOT NULL CONSTRAINT fk_disclosure_use_viewer_id_user_account
        REFERENCES core.user_account ON DELETE CASCADE,
      day date NOT NULL,
      record_id uuid NOT NULL,
      CONSTRAINT pk_disclosure_use PRIMARY KEY (viewer_id, day, record_id)
    )""")


def _person() -> None:
    op.execute("""
    -- Only persons have a row. Both hashes are HMAC-SHA256: of the phone, and of folded name,
    -- birth year and today's commune.
    ALTER TABLE private.person_private
      ADD COLUMN nature text NOT NULL DEFAULT 'person'
        CONSTRAINT ck_person_private_nature CHECK (nature = 'person'),
      DROP CONSTRAINT fk_person_private_address_id_address,
      ADD CONSTRAINT fk_person_private_address_id_nature_address
        FOREIGN KEY (address_id, nature) REFERENCES core.address (id, nature) ON DELETE CASCADE,
      ALTER COLUMN identity_hash SET NOT NULL,
      ADD CONSTRAINT ck_person_private_hashes CHECK
        (octet_length(identity_hash) = 32 AND (phone IS NULL) = (phone_hash IS NULL)
         AND coalesce(octet_length(phone_hash), 32) = 32);
    CREATE INDEX ix_person_private_phone_hash ON private.person_private (phone_hash);
    CREATE INDEX ix_person_private_identity_hash ON private.person_private (identity_hash);
    """)


def _place_contact() -> None:
    op.execute("""
    -- Who answers for a place. `office_line`: the office's own number, no person's.
    CREATE TABLE private.place_contact (
      address_id uuid CONSTRAINT pk_place_contact PRIMARY KEY,
      nature text NOT NULL DEFAULT 'place'
        CONSTRAINT ck_place_contact_nature CHECK (nature = 'place'),
      key_version smallint NOT NULL,
      name bytea NOT NULL,
      role bytea,
      phone bytea,
      office_line boolean NOT NULL DEFAULT false,
      CONSTRAINT fk_place_contact_address_id_nature_address
        FOREIGN KEY (address_id, nature) REFERENCES core.address (id, nature) ON DELETE CASCADE
    )""")


def _sealed(table: str, column: str) -> str:
    """Version (that of the row), nonce, whole blocks of 32 bytes, tag: 62 bytes, 94, 126 …"""
    return f"""ADD CONSTRAINT ck_{table}_{column}_sealed CHECK ({column} IS NULL OR
            (octet_length({column}) BETWEEN 62 AND 16430 AND octet_length({column}) % 32 = 30
             AND substring({column} FROM 1 FOR 2) = int2send(key_version)))"""


def _key_floor() -> None:
    op.execute("""
    -- The lowest key version that may still write. A rotation raises it, so that a process
    -- started with the old DATA_KEY cannot add rows that the new one cannot open.
    CREATE TABLE private.key_floor (
      one boolean CONSTRAINT pk_key_floor PRIMARY KEY DEFAULT true
        CONSTRAINT ck_key_floor_one CHECK (one),
      version smallint NOT NULL CONSTRAINT ck_key_floor_version_positive CHECK (version > 0)
    );
    INSERT INTO private.key_floor (version) VALUES (1);
    REVOKE INSERT, DELETE ON private.key_floor FROM mapservice_office;

    -- What each key makes of a known text, from its first use on: another key under the same
    -- version (a lost file made anew, a restored one) is noticed before it seals anything.
    CREATE TABLE private.key_mark (
      version smallint CONSTRAINT pk_key_mark PRIMARY KEY
        CONSTRAINT ck_key_mark_version_positive CHECK (version > 0),
      mark bytea NOT NULL CONSTRAINT ck_key_mark_length CHECK (octet_length(mark) = 32)
    );
    REVOKE UPDATE, DELETE ON private.key_mark FROM mapservice_office;

    CREATE FUNCTION private.guard_key_version() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF NEW.key_version < (SELECT f.version FROM private.key_floor AS f) THEN
        RAISE EXCEPTION 'key version % may no longer write', NEW.key_version
          USING ERRCODE = 'check_violation', CONSTRAINT = 'tr_key_version';
      END IF;
      RETURN NEW;
    END $$;
    REVOKE EXECUTE ON FUNCTION private.guard_key_version() FROM PUBLIC;
    """)
    for table in SEALED:
        op.execute(f"""
        CREATE TRIGGER {table}_key_version BEFORE INSERT OR UPDATE ON private.{table}
          FOR EACH ROW EXECUTE FUNCTION private.guard_key_version()""")


def downgrade() -> None:
    op.execute("""
    DROP TABLE private.disclosure_use;
    DROP TABLE private.place_contact;
    DROP TRIGGER person_private_key_version ON private.person_private;
    DROP TRIGGER team_contact_key_version ON private.team_contact;
    DROP FUNCTION private.guard_key_version();
    DROP TABLE private.key_floor, private.key_mark;
    DROP INDEX private.ix_person_private_phone_hash, private.ix_person_private_identity_hash;
    ALTER TABLE private.person_private
      DROP CONSTRAINT ck_person_private_hashes,
      ALTER COLUMN identity_hash DROP NOT NULL,
      DROP COLUMN nature,
      ADD CONSTRAINT fk_person_private_address_id_address
        FOREIGN KEY (address_id) REFERENCES core.address ON DELETE CASCADE;
    """)
    for table in ("person_private", "team_contact"):
        drops = ", ".join(f"DROP CONSTRAINT ck_{table}_{c}_sealed" for c in SEALED[table])
        op.execute(f"""
        DROP INDEX private.ix_{table}_key_version;
        ALTER TABLE private.{table} DROP CONSTRAINT ck_{table}_key_version_positive, {drops}""")
