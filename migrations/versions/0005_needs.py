"""Campaigns, categories of need, needs and their legal transitions."""

from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.execute("""
    CREATE TABLE core.campaign (
      id uuid CONSTRAINT pk_campaign PRIMARY KEY DEFAULT gen_random_uuid(),
      code text NOT NULL CONSTRAINT uq_campaign_code UNIQUE,
      name text NOT NULL,
      kind text NOT NULL CONSTRAINT ck_campaign_kind CHECK
        (kind IN ('campaign', 'youth_work', 'training', 'festival')),
      starts_on date NOT NULL,
      ends_on date NOT NULL,
      organisation_id uuid NOT NULL CONSTRAINT fk_campaign_organisation_id_organisation
        REFERENCES core.organisation,
      place_id uuid CONSTRAINT fk_campaign_place_id_address REFERENCES core.address,
      CONSTRAINT ck_campaign_days_in_order CHECK (starts_on <= ends_on)
    );

    CREATE TABLE core.need_category (
      code text CONSTRAINT pk_need_category PRIMARY KEY,
      name text NOT NULL,
      icon text NOT NULL,
      colour text NOT NULL,
      unit text NOT NULL,
      position smallint NOT NULL
    );
    INSERT INTO core.need_category (code, name, icon, colour, unit, position) VALUES
      ('education', 'Dạy học, ôn tập', 'book', '#1A5FB4', 'buổi', 1),
      ('digital_devices', 'Thiết bị học tập số', 'device-laptop', '#3A4FA3', 'máy', 2),
      ('digital_skills', 'Kỹ năng số', 'device-mobile', '#0B6E75', 'buổi', 3),
      ('housing', 'Nhà ở', 'home', '#8A5A00', 'công trình', 4),
      ('health', 'Chăm sóc sức khỏe', 'stethoscope', '#B3261E', 'lượt khám', 5),
      ('livelihood', 'Sinh kế', 'plant', '#2F6F4F', 'hộ', 6),
      ('environment', 'Môi trường', 'trees', '#3B7A1E', 'buổi', 7),
      ('infrastructure', 'Đường, cầu, điện, nước', 'tools', '#6B4E2E', 'công trình', 8),
      ('legal_aid', 'Trợ giúp pháp lý', 'scale', '#5B3E96', 'buổi', 9),
      ('culture', 'Văn hóa, thể thao', 'music', '#A03A77', 'buổi', 10),
      ('emergency', 'Khẩn cấp', 'alert-triangle', '#7A0019', 'lượt', 11),
      ('other', 'Nhu cầu khác', 'dots', '#5A6068', 'lượt', 12);

    CREATE TABLE core.need (
      id uuid CONSTRAINT pk_need PRIMARY KEY DEFAULT gen_random_uuid(),
      public_code text NOT NULL DEFAULT core.new_public_code()
        CONSTRAINT uq_need_public_code UNIQUE,
      address_id uuid NOT NULL,
      nature text NOT NULL CONSTRAINT ck_need_nature CHECK (nature IN ('place', 'person')),
      category text NOT NULL CONSTRAINT fk_need_category_need_category
        REFERENCES core.need_category,
      title text,
      title_folded text GENERATED ALWAYS AS (core.fold(title)) STORED,
      description text,
      quantity numeric(12, 1) NOT NULL DEFAULT 1
        CONSTRAINT ck_need_quantity_positive CHECK (quantity > 0),
      unit text NOT NULL,
      parts smallint NOT NULL DEFAULT 1
        CONSTRAINT ck_need_parts_in_range CHECK (parts BETWEEN 1 AND 100),
      people_per_part smallint NOT NULL DEFAULT 1
        CONSTRAINT ck_need_people_in_range CHECK (people_per_part BETWEEN 1 AND 1000),
      skills text[] NOT NULL DEFAULT '{}',
      wanted_during daterange CONSTRAINT ck_need_wanted_days CHECK (NOT isempty(wanted_during)),
      urgency smallint NOT NULL CONSTRAINT ck_need_urgency CHECK (urgency BETWEEN 1 AND 4),
      committed_quantity numeric(12, 1) NOT NULL DEFAULT 0
        CONSTRAINT ck_need_committed_not_negative CHECK (committed_quantity >= 0),
      reached_quantity numeric(12, 1) NOT NULL DEFAULT 0
        CONSTRAINT ck_need_reached_not_negative CHECK (reached_quantity >= 0),
      campaign_id uuid CONSTRAINT fk_need_campaign_id_campaign REFERENCES core.campaign,
      status text NOT NULL DEFAULT 'draft' CONSTRAINT ck_need_status CHECK
        (status IN ('draft', 'submitted', 'returned', 'verified', 'published', 'matched',
                    'in_progress', 'partly_met', 'met', 'closed', 'rejected', 'expired',
                    'withdrawn', 'duplicate')),
      status_reason text,
      status_at timestamptz NOT NULL DEFAULT now(),
      registered_by uuid CONSTRAINT fk_need_registered_by_user_account
        REFERENCES core.user_account,
      verified_by uuid CONSTRAINT fk_need_verified_by_user_account REFERENCES core.user_account,
      duplicate_of_id uuid CONSTRAINT fk_need_duplicate_of_id_need REFERENCES core.need,
      version integer NOT NULL DEFAULT 1,
      created_at timestamptz NOT NULL DEFAULT now(),
      CONSTRAINT fk_need_address_id_nature_address FOREIGN KEY (address_id, nature)
        REFERENCES core.address (id, nature) ON DELETE CASCADE,
      CONSTRAINT ck_need_person_bare CHECK
        (nature <> 'person' OR (title IS NULL AND description IS NULL)),
      CONSTRAINT ck_need_place_titled CHECK (nature <> 'place' OR
        (title IS NOT NULL AND length(btrim(title)) BETWEEN 3 AND 200)),
      CONSTRAINT ck_need_duplicate_named CHECK
        ((status = 'duplicate') = (duplicate_of_id IS NOT NULL) AND duplicate_of_id <> id),
      CONSTRAINT ck_need_verifier_is_other CHECK
        (nature <> 'person' OR verified_by IS NULL OR verified_by IS DISTINCT FROM registered_by)
    );
    CREATE INDEX ix_need_address_id ON core.need (address_id);
    CREATE INDEX ix_need_category_status ON core.need (category, status);
    CREATE INDEX ix_need_campaign_id ON core.need (campaign_id);
    CREATE INDEX ix_need_status_urgency_id ON core.need (status, urgency DESC, id);
    CREATE INDEX ix_need_title_folded ON core.need USING gin (title_folded ext.gin_trgm_ops);

    INSERT INTO core.legal_transition (table_name, from_status, to_status, reason_required) VALUES
      ('need', 'draft', 'submitted', false),
      ('need', 'submitted', 'returned', true), ('need', 'returned', 'draft', false),
      ('need', 'submitted', 'verified', false), ('need', 'verified', 'published', false),
      ('need', 'submitted', 'rejected', true), ('need', 'verified', 'rejected', true),
      ('need', 'published', 'expired', false), ('need', 'expired', 'published', false),
      ('need', 'met', 'closed', false);
    INSERT INTO core.legal_transition (table_name, from_status, to_status, reason_required)
      SELECT 'need', live, 'withdrawn', true
      FROM unnest(ARRAY['draft', 'submitted', 'returned', 'verified', 'published', 'matched',
                        'in_progress', 'partly_met', 'met', 'expired']) AS live;
    INSERT INTO core.legal_transition (table_name, from_status, to_status)
      SELECT 'need', before, 'duplicate'
      FROM unnest(ARRAY['draft', 'submitted', 'returned', 'verified', 'published', 'matched',
                        'in_progress', 'partly_met', 'met', 'closed', 'expired', 'rejected',
                        'withdrawn']) AS before;
    INSERT INTO core.legal_transition (table_name, from_status, to_status, derived)
      SELECT 'need', a, b, true
      FROM unnest(ARRAY['published', 'matched', 'in_progress', 'partly_met', 'met']) AS a,
           unnest(ARRAY['published', 'matched', 'in_progress', 'partly_met', 'met']) AS b
      WHERE a <> b;
    CREATE TRIGGER need_begins BEFORE INSERT ON core.need
      FOR EACH ROW EXECUTE FUNCTION core.guard_transition('draft', 'submitted');
    CREATE TRIGGER need_status BEFORE UPDATE ON core.need
      FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status)
      EXECUTE FUNCTION core.guard_transition();
    CREATE TRIGGER need_status_recorded AFTER UPDATE ON core.need
      FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status)
      EXECUTE FUNCTION core.record_transition();

    CREATE FUNCTION core.stamp_status() RETURNS trigger LANGUAGE plpgsql
      AS $$ BEGIN NEW.status_at := now(); RETURN NEW; END $$;
    CREATE TRIGGER need_status_stamped BEFORE UPDATE ON core.need
      FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status)
      EXECUTE FUNCTION core.stamp_status();
    """)


def downgrade() -> None:
    op.execute("""
    DROP TABLE core.need;
    DROP FUNCTION core.stamp_status();
    DELETE FROM core.legal_transition WHERE table_name = 'need';
    DROP TABLE core.need_category;
    DROP TABLE core.campaign;
    """)
