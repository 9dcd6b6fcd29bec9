"""Photos; offers and suggestions of the public."""

from alembic import op

revision = "0018"
down_revision = "0017"


# An offer or suggestion ends and, while nothing has left the house, is taken up again.
STEPS = {
    "offer": (
        ("new", "contacted", False),
        ("new", "converted", False),
        ("contacted", "converted", False),
        ("new", "declined", True),
        ("contacted", "declined", True),
        ("new", "spam", False),
        ("contacted", "spam", False),
        ("new", "withdrawn", False),
        ("contacted", "withdrawn", False),
        ("contacted", "new", False),
        ("converted", "new", False),
        ("converted", "contacted", False),
        ("declined", "new", False),
        ("declined", "contacted", False),
        ("spam", "new", False),
        ("spam", "contacted", False),
    ),
    "suggestion": (
        ("new", "accepted", False),
        ("new", "declined", True),
        ("new", "spam", False),
        ("new", "withdrawn", False),
        ("declined", "new", False),
        ("spam", "new", False),
    ),
}
STATES = {
    "offer": ("new", "contacted", "converted", "declined", "spam", "withdrawn"),
    "suggestion": ("new", "accepted", "declined", "spam", "withdrawn"),
}
GROUPS = "'child', 'youth', 'household', 'elderly', 'other'"
REASONS = (
    "'not_needed', 'no_answer', 'wrong_contact', 'out_of_scope', 'duplicate', 'not_true', 'other'"
)
ENDED = "'converted', 'accepted', 'declined', 'spam', 'withdrawn'"


def upgrade() -> None:
    _photos()
    _offers()
    _suggestions()
    for table in STEPS:
        _steps(table)
        _contact(table)


def _common(table: str) -> str:
    """Columns that offers and suggestions have alike."""
    states = ", ".join(f"'{state}'" for state in STATES[table])
    return f"""
      id uuid CONSTRAINT pk_{table} PRIMARY KEY,
      public_code text NOT NULL DEFAULT core.new_public_code()
        CONSTRAINT uq_{table}_public_code UNIQUE,
      receipt_hash bytea NOT NULL
        CONSTRAINT ck_{table}_receipt_hash CHECK (octet_length(receipt_hash) = 32),
      unit_ids integer[] NOT NULL DEFAULT '{{}}',
      status text NOT NULL DEFAULT 'new'
        CONSTRAINT ck_{table}_status CHECK (status IN ({states})),
      -- A code: reasons go into the trail, which outlives what was sent.
      status_reason text CONSTRAINT ck_{table}_status_reason CHECK (status_reason IN ({REASONS})),
      status_at timestamptz NOT NULL DEFAULT now(),
      previous_status text,
      handled_by uuid CONSTRAINT fk_{table}_handled_by_user_account REFERENCES core.user_account,
      created_at timestamptz NOT NULL DEFAULT now(),
      closed_at timestamptz,
      demo boolean NOT NULL DEFAULT false,
      version integer NOT NULL DEFAULT 1,
      CONSTRAINT ck_{table}_closed CHECK ((closed_at IS NOT NULL) = (status IN ({ENDED}))),
      CONSTRAINT uq_{table}_receipt_hash UNIQUE (receipt_hash)"""


def _offers() -> None:
    op.execute(f"""
    -- Help that a visitor or donor proposes: to a place, or to the people of a commune by need
    -- group, never to one person. `id` is made by the form, so that it counts once. What was
    -- written in words is sealed with the contact.
    CREATE TABLE core.offer ({_common("offer")},
      address_id uuid,
      nature text NOT NULL DEFAULT 'place' CONSTRAINT ck_offer_nature CHECK (nature = 'place'),
      need_id uuid CONSTRAINT fk_offer_need_id_need REFERENCES core.need ON DELETE SET NULL,
      commune_id integer CONSTRAINT fk_offer_commune_id_admin_unit REFERENCES core.admin_unit,
      person_kind text CONSTRAINT ck_offer_person_kind CHECK (person_kind IN ({GROUPS})),
      kind text NOT NULL CONSTRAINT ck_offer_kind CHECK (kind IN ('join', 'items', 'team')),
      people smallint CONSTRAINT ck_offer_people_positive CHECK (people BETWEEN 1 AND 1000),
      available_from date,
      available_until date,
      pledged_quantity numeric(12, 1)
        CONSTRAINT ck_offer_pledged_positive CHECK (pledged_quantity > 0),
      pledge_confirmed_at timestamptz,
      pledge_confirmed_by uuid CONSTRAINT fk_offer_pledge_confirmed_by_user_account
        REFERENCES core.user_account,
      outcome text CONSTRAINT ck_offer_outcome CHECK (outcome IN ('pledge', 'team', 'direct')),
      team_id uuid CONSTRAINT fk_offer_team_id_team REFERENCES core.team,
      CONSTRAINT fk_offer_address_id_nature_address
        FOREIGN KEY (address_id, nature) REFERENCES core.address (id, nature) ON DELETE CASCADE,
      CONSTRAINT ck_offer_one_target CHECK (CASE WHEN address_id IS NOT NULL
        THEN commune_id IS NULL AND person_kind IS NULL
        ELSE commune_id IS NOT NULL AND person_kind IS NOT NULL AND need_id IS NULL END),
      CONSTRAINT ck_offer_days_in_order CHECK (available_from <= available_until),
      CONSTRAINT ck_offer_pledge_of_items CHECK (pledged_quantity IS NULL OR kind = 'items'),
      CONSTRAINT ck_offer_pledge_confirmed CHECK
        ((pledge_confirmed_at IS NULL) = (pledge_confirmed_by IS NULL)
         AND (pledge_confirmed_at IS NULL OR pledged_quantity IS NOT NULL)),
      CONSTRAINT ck_offer_outcome_of_converted CHECK
        ((status = 'converted') = (outcome IS NOT NULL)
         AND (outcome = 'team') = (team_id IS NOT NULL)
         AND (outcome = 'pledge') = (pledge_confirmed_at IS NOT NULL))
    );
    CREATE INDEX ix_offer_unit_ids ON core.offer USING gin (unit_ids);
    CREATE INDEX ix_offer_status_created_at ON core.offer (status, created_at);
    CREATE INDEX ix_offer_address_id ON core.offer (address_id);
    CREATE INDEX ix_offer_need_id ON core.offer (need_id);

    -- Where an offer belongs: where its place lies, or its commune.
    CREATE FUNCTION core.place_offer() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF NEW.address_id IS NULL THEN
        NEW.unit_ids := coalesce((SELECT array_agg(DISTINCT w.container_id
            ORDER BY w.container_id)
          FROM core.unit_within AS w WHERE w.unit_id = NEW.commune_id), '{{}}');
      ELSE
        NEW.unit_ids := coalesce((SELECT a.unit_ids FROM core.address AS a
          WHERE a.id = NEW.address_id), '{{}}');
        IF NEW.need_id IS NOT NULL AND NOT EXISTS (SELECT FROM core.need AS n
             WHERE n.id = NEW.need_id AND n.address_id = NEW.address_id) THEN
          RAISE EXCEPTION 'the need is of another address'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'tr_offer_need';
        END IF;
      END IF;
      RETURN NEW;
    END $$;
    CREATE TRIGGER offer_placed
      BEFORE INSERT OR UPDATE OF address_id, need_id, commune_id, unit_ids ON core.offer
      FOR EACH ROW EXECUTE FUNCTION core.place_offer();
    """)


def _suggestions() -> None:
    op.execute(f"""
    -- A place that a visitor proposes; of people only their commune and need group.
    CREATE TABLE core.suggestion ({_common("suggestion")},
      nature text NOT NULL CONSTRAINT ck_suggestion_nature CHECK (nature IN ('place', 'person')),
      kind text CONSTRAINT fk_suggestion_kind_place_kind REFERENCES core.place_kind,
      title text,
      words text,
      point ext.geometry(Point, 4326),
      person_kind text CONSTRAINT ck_suggestion_person_kind CHECK (person_kind IN ({GROUPS})),
      commune_id integer NOT NULL CONSTRAINT fk_suggestion_commune_id_admin_unit
        REFERENCES core.admin_unit,
      former_commune_id integer CONSTRAINT fk_suggestion_former_commune_id_admin_unit
        REFERENCES core.admin_unit,
      converted_to uuid CONSTRAINT fk_suggestion_converted_to_address
        REFERENCES core.address ON DELETE SET NULL,
      CONSTRAINT ck_suggestion_place_complete CHECK (nature <> 'place' OR
        (kind IS NOT NULL AND point IS NOT NULL AND person_kind IS NULL
         AND title IS NOT NULL AND length(title) BETWEEN 3 AND 200)),
      CONSTRAINT ck_suggestion_person_bare CHECK (nature <> 'person' OR
        (person_kind IS NOT NULL AND kind IS NULL AND title IS NULL AND words IS NULL
         AND point IS NULL)),
      CONSTRAINT ck_suggestion_words_short CHECK (length(words) <= 2000),
      CONSTRAINT ck_suggestion_converted CHECK (converted_to IS NULL OR status = 'accepted')
    );
    CREATE INDEX ix_suggestion_unit_ids ON core.suggestion USING gin (unit_ids);
    CREATE INDEX ix_suggestion_status_created_at ON core.suggestion (status, created_at);
    CREATE TRIGGER suggestion_placed
      BEFORE INSERT OR UPDATE OF commune_id, former_commune_id, unit_ids ON core.suggestion
      FOR EACH ROW EXECUTE FUNCTION core.place_in_territory();
    """)


def _steps(table: str) -> None:
    rows = ", ".join(
        f"('{table}', '{before}', '{after}', {str(reason).lower()})"
        for before, after, reason in STEPS[table]
    )
    op.execute(f"""
    INSERT INTO core.legal_transition (table_name, from_status, to_status, reason_required)
      VALUES {rows};
    CREATE TRIGGER {table}_begins BEFORE INSERT ON core.{table}
      FOR EACH ROW EXECUTE FUNCTION core.guard_transition('new');
    CREATE TRIGGER {table}_status BEFORE UPDATE ON core.{table}
      FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status)
      EXECUTE FUNCTION core.guard_transition();
    CREATE TRIGGER {table}_status_stamped BEFORE UPDATE ON core.{table}
      FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status)
      EXECUTE FUNCTION core.stamp_status();
    CREATE TRIGGER {table}_status_recorded AFTER UPDATE ON core.{table}
      FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status)
      EXECUTE FUNCTION core.record_transition();
    """)


def _contact(table: str) -> None:
    """Who proposed it: ciphertext, gone with its row or before."""
    sealed = ", ".join(
        f"""{column} bytea CONSTRAINT ck_{table}_contact_{column}_sealed CHECK ({column} IS NULL OR
            (octet_length({column}) BETWEEN 62 AND 16430 AND octet_length({column}) % 32 = 30
             AND substring({column} FROM 1 FOR 2) = int2send(key_version)))"""
        for column in ("name", "phone", "note")
    )
    op.execute(f"""
    CREATE TABLE private.{table}_contact (
      {table}_id uuid CONSTRAINT pk_{table}_contact PRIMARY KEY
        CONSTRAINT fk_{table}_contact_{table}_id_{table}
        REFERENCES core.{table} ON DELETE CASCADE,
      key_version smallint NOT NULL
        CONSTRAINT ck_{table}_contact_key_version_positive CHECK (key_version > 0),
      {sealed}
    );
    ALTER TABLE private.{table}_contact ALTER COLUMN name SET NOT NULL,
      ALTER COLUMN phone SET NOT NULL;
    CREATE INDEX ix_{table}_contact_key_version ON private.{table}_contact (key_version);
    CREATE TRIGGER {table}_contact_key_version BEFORE INSERT OR UPDATE ON private.{table}_contact
      FOR EACH ROW EXECUTE FUNCTION private.guard_key_version();
    """)


def _photos() -> None:
    op.execute("""
    CREATE TABLE core.photo (
      id uuid CONSTRAINT pk_photo PRIMARY KEY DEFAULT gen_random_uuid(),
      address_id uuid,
      -- With the foreign key below: the address of a person can never own a photo.
      nature text NOT NULL DEFAULT 'place'
        CONSTRAINT ck_photo_nature CHECK (nature = 'place'),
      field_report_id uuid CONSTRAINT fk_photo_field_report_id_field_report
        REFERENCES core.field_report ON DELETE CASCADE,
      width smallint NOT NULL, height smallint NOT NULL,
      bytes integer NOT NULL,
      sha256 text NOT NULL CONSTRAINT ck_photo_sha256 CHECK (sha256 ~ '^[0-9a-f]{64}$'),
      upload_sha256 text NOT NULL
        CONSTRAINT ck_photo_upload_sha256 CHECK (upload_sha256 ~ '^[0-9a-f]{64}$'),
      position smallint NOT NULL CONSTRAINT ck_photo_position_positive CHECK (position > 0),
      caption text CONSTRAINT ck_photo_caption_short CHECK (length(caption) BETWEEN 1 AND 200),
      taken_by uuid NOT NULL CONSTRAINT fk_photo_taken_by_user_account
        REFERENCES core.user_account,
      public_at timestamptz,
      public_by uuid CONSTRAINT fk_photo_public_by_user_account REFERENCES core.user_account,
      removed_at timestamptz,
      created_at timestamptz NOT NULL DEFAULT now(),
      CONSTRAINT fk_photo_address_id_nature_address
        FOREIGN KEY (address_id, nature) REFERENCES core.address (id, nature) ON DELETE CASCADE,
      CONSTRAINT ck_photo_one_owner CHECK (num_nonnulls(address_id, field_report_id) = 1),
      CONSTRAINT ck_photo_drawn CHECK
        (width BETWEEN 1 AND 2000 AND height BETWEEN 1 AND 2000 AND bytes > 0),
      CONSTRAINT ck_photo_public_by_somebody CHECK ((public_at IS NULL) = (public_by IS NULL)),
      CONSTRAINT ck_photo_removed_is_hidden CHECK (removed_at IS NULL OR public_at IS NULL)
    );
    CREATE UNIQUE INDEX uq_photo_address_id_upload_sha256
      ON core.photo (address_id, upload_sha256) WHERE removed_at IS NULL;
    CREATE UNIQUE INDEX uq_photo_field_report_id_upload_sha256
      ON core.photo (field_report_id, upload_sha256) WHERE removed_at IS NULL;
    CREATE INDEX ix_photo_removed_at ON core.photo (removed_at) WHERE removed_at IS NOT NULL;

    -- A place that turns out to be somebody's home is protected from then on, in pictures too.
    CREATE FUNCTION core.hide_photos() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      UPDATE core.photo AS p SET public_at = NULL, public_by = NULL
        WHERE p.public_at IS NOT NULL AND (p.address_id = NEW.id OR p.field_report_id IN
          (SELECT r.id FROM core.field_report AS r
             JOIN core.assignment AS s ON s.id = r.assignment_id
             JOIN core.need AS n ON n.id = s.need_id
           WHERE n.address_id = NEW.id));
      RETURN NULL;
    END $$;
    CREATE TRIGGER address_hides_photos AFTER UPDATE ON core.address FOR EACH ROW
      WHEN (NEW.sensitive AND NOT OLD.sensitive) EXECUTE FUNCTION core.hide_photos();
    """)


def downgrade() -> None:
    op.execute("""
    DROP TABLE private.offer_contact, private.suggestion_contact;
    DROP TABLE core.offer, core.suggestion;
    DROP FUNCTION core.place_offer();
    DELETE FROM core.legal_transition WHERE table_name IN ('offer', 'suggestion');
    DROP TRIGGER address_hides_photos ON core.address;
    DROP FUNCTION core.hide_photos();
    DROP TABLE core.photo;
    """)
