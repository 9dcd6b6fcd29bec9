"""Kinds of place, addresses and the (still empty) protected half of a person's row."""

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.execute("""
    CREATE TABLE core.place_kind (
      code text CONSTRAINT pk_place_kind PRIMARY KEY,
      name text NOT NULL,
      icon text NOT NULL,
      colour text NOT NULL,
      position smallint NOT NULL
    );
    INSERT INTO core.place_kind (code, name, icon, colour, position) VALUES
      ('locality', 'Thôn, bản, khu dân cư', 'home', '#2F6F4F', 1),
      ('school', 'Trường học', 'school', '#1A5FB4', 2),
      ('health_station', 'Trạm y tế', 'building-hospital', '#B3261E', 3),
      ('social_centre', 'Trung tâm, mái ấm', 'heart-handshake', '#8A3FA0', 4),
      ('heritage_site', 'Di tích, điểm tham quan', 'building-monument', '#8A5A00', 5),
      ('internet_point', 'Điểm truy cập Internet', 'wifi', '#0B6E75', 6),
      ('service_point', 'Điểm hỗ trợ dịch vụ công', 'file-text', '#3A4FA3', 7),
      ('local_product', 'Sản phẩm địa phương', 'basket', '#A14A00', 8),
      ('other', 'Địa chỉ khác', 'map-pin', '#5A6068', 9);

    CREATE TABLE core.address (
      id uuid CONSTRAINT pk_address PRIMARY KEY DEFAULT gen_random_uuid(),
      public_code text NOT NULL DEFAULT core.new_public_code()
        CONSTRAINT uq_address_public_code UNIQUE,
      nature text NOT NULL CONSTRAINT ck_address_nature CHECK (nature IN ('place', 'person')),
      kind text CONSTRAINT fk_address_kind_place_kind REFERENCES core.place_kind,
      person_kind text CONSTRAINT ck_address_person_kind CHECK
        (person_kind IN ('child', 'youth', 'household', 'elderly', 'other')),
      age_band text CONSTRAINT ck_address_age_band CHECK
        (age_band IN ('under_7', '7_15', '16_up', 'unknown')),
      title text,
      title_folded text GENERATED ALWAYS AS (core.fold(title)) STORED,
      summary text,
      hamlet text,
      point ext.geometry(Point, 4326),
      commune_id integer NOT NULL CONSTRAINT fk_address_commune_id_admin_unit
        REFERENCES core.admin_unit,
      former_commune_id integer CONSTRAINT fk_address_former_commune_id_admin_unit
        REFERENCES core.admin_unit,
      unit_ids integer[] NOT NULL DEFAULT '{}',
      programme_year smallint NOT NULL
        CONSTRAINT ck_address_programme_year CHECK (programme_year BETWEEN 2000 AND 2100),
      children integer, youth integer, elderly integer, disabled integer, households integer,
      severity smallint NOT NULL DEFAULT 1
        CONSTRAINT ck_address_severity CHECK (severity BETWEEN 1 AND 4),
      sensitive boolean NOT NULL DEFAULT false,
      organisation_id uuid NOT NULL CONSTRAINT fk_address_organisation_id_organisation
        REFERENCES core.organisation,
      registered_by uuid CONSTRAINT fk_address_registered_by_user_account
        REFERENCES core.user_account,
      verified_by uuid CONSTRAINT fk_address_verified_by_user_account
        REFERENCES core.user_account,
      assured_at timestamptz,
      assured_by uuid CONSTRAINT fk_address_assured_by_user_account REFERENCES core.user_account,
      assured_until timestamptz,
      status text NOT NULL DEFAULT 'draft' CONSTRAINT ck_address_status CHECK
        (status IN ('draft', 'submitted', 'returned', 'verified', 'published', 'expired',
                    'rejected', 'withdrawn', 'duplicate')),
      status_reason text,
      duplicate_of_id uuid CONSTRAINT fk_address_duplicate_of_id_address REFERENCES core.address,
      demo boolean NOT NULL DEFAULT false,
      version integer NOT NULL DEFAULT 1,
      created_at timestamptz NOT NULL DEFAULT now(),
      updated_at timestamptz NOT NULL DEFAULT now(),
      CONSTRAINT ck_address_counts_not_negative CHECK
        (least(children, youth, elderly, disabled, households) >= 0),
      CONSTRAINT ck_address_place_complete CHECK (nature <> 'place' OR
        (kind IS NOT NULL AND title IS NOT NULL AND length(btrim(title)) BETWEEN 3 AND 200
         AND point IS NOT NULL AND person_kind IS NULL AND age_band IS NULL)),
      -- A person's clear columns are the commune, the need group and the age band: nothing else.
      CONSTRAINT ck_address_person_bare CHECK (nature <> 'person' OR
        (person_kind IS NOT NULL AND age_band IS NOT NULL AND kind IS NULL AND title IS NULL
         AND summary IS NULL AND hamlet IS NULL AND point IS NULL)),
      CONSTRAINT ck_address_point_on_earth CHECK (point IS NULL OR
        (ext.ST_X(point) BETWEEN -180 AND 180 AND ext.ST_Y(point) BETWEEN -90 AND 90)),
      CONSTRAINT ck_address_duplicate_named CHECK
        ((status = 'duplicate') = (duplicate_of_id IS NOT NULL) AND duplicate_of_id <> id),
      CONSTRAINT ck_address_verifier_is_other CHECK
        (nature <> 'person' OR verified_by IS DISTINCT FROM registered_by OR verified_by IS NULL)
    );
    CREATE UNIQUE INDEX uq_address_id_nature ON core.address (id, nature);
    CREATE INDEX ix_address_point ON core.address USING gist (point);
    CREATE INDEX ix_address_point_geography ON core.address USING gist (ext.geography(point));
    CREATE INDEX ix_address_unit_ids ON core.address USING gin (unit_ids);
    CREATE INDEX ix_address_title_folded ON core.address
      USING gin (title_folded ext.gin_trgm_ops);
    CREATE INDEX ix_address_commune_id ON core.address (commune_id);
    CREATE INDEX ix_address_former_commune_id ON core.address (former_commune_id);
    CREATE INDEX ix_address_organisation_id ON core.address (organisation_id);

    -- The day that stands for "the former era": the last whole year before the first merger.
    CREATE FUNCTION core.former_era_day() RETURNS date LANGUAGE sql IMMUTABLE PARALLEL SAFE
      RETURN date '2022-12-31';

    -- BEFORE INSERT OR UPDATE on tables with commune_id, former_commune_id, unit_ids.
    -- Old -> new is a function, so today's commune always follows from the former one; the former
    -- one follows only where today's commune has a single predecessor.
    CREATE FUNCTION core.place_in_territory() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
      former integer[];
    BEGIN
      IF NEW.commune_id IS NULL THEN
        SELECT u.id INTO NEW.commune_id
          FROM core.unit_within AS w JOIN core.admin_unit AS u ON u.id = w.container_id
          WHERE w.unit_id = NEW.former_commune_id AND u.level = 'commune' AND u.valid_to IS NULL;
      ELSIF NEW.former_commune_id IS NULL THEN
        SELECT array_agg(u.id) INTO former
          FROM core.unit_within AS w JOIN core.admin_unit AS u ON u.id = w.unit_id
          WHERE w.container_id = NEW.commune_id AND u.level = 'commune'
            AND u.valid_from <= core.former_era_day()
            AND coalesce(u.valid_to, 'infinity') > core.former_era_day();
        IF cardinality(former) = 1 THEN NEW.former_commune_id := former[1]; END IF;
      ELSIF NOT EXISTS (SELECT FROM core.unit_within AS w
                        WHERE w.unit_id = NEW.former_commune_id
                          AND w.container_id = NEW.commune_id) THEN
        RAISE EXCEPTION 'commune % did not become commune %', NEW.former_commune_id, NEW.commune_id
          USING ERRCODE = 'check_violation', CONSTRAINT = 'tr_' || TG_TABLE_NAME || '_communes';
      END IF;
      NEW.unit_ids := coalesce((SELECT array_agg(DISTINCT w.container_id ORDER BY w.container_id)
        FROM core.unit_within AS w
        WHERE w.unit_id IN (NEW.commune_id, NEW.former_commune_id)), '{}');
      RETURN NEW;
    END $$;
    CREATE TRIGGER address_place_in_territory
      BEFORE INSERT OR UPDATE OF commune_id, former_commune_id, unit_ids ON core.address
      FOR EACH ROW EXECUTE FUNCTION core.place_in_territory();

    INSERT INTO core.legal_transition (table_name, from_status, to_status, reason_required) VALUES
      ('address', 'draft', 'submitted', false),
      ('address', 'submitted', 'returned', true), ('address', 'returned', 'draft', false),
      ('address', 'submitted', 'verified', false), ('address', 'verified', 'published', false),
      ('address', 'submitted', 'rejected', true), ('address', 'verified', 'rejected', true),
      ('address', 'published', 'expired', false), ('address', 'expired', 'published', false);
    INSERT INTO core.legal_transition (table_name, from_status, to_status, reason_required)
      SELECT 'address', live, 'withdrawn', true
      FROM unnest(ARRAY['draft', 'submitted', 'returned', 'verified', 'published', 'expired'])
        AS live;
    INSERT INTO core.legal_transition (table_name, from_status, to_status)
      SELECT 'address', before, 'duplicate'
      FROM unnest(ARRAY['draft', 'submitted', 'returned', 'verified', 'published', 'expired',
                        'rejected', 'withdrawn']) AS before;
    CREATE TRIGGER address_begins BEFORE INSERT ON core.address
      FOR EACH ROW EXECUTE FUNCTION core.guard_transition('draft', 'submitted');
    CREATE TRIGGER address_status BEFORE UPDATE ON core.address
      FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status)
      EXECUTE FUNCTION core.guard_transition();
    CREATE TRIGGER address_status_recorded AFTER UPDATE ON core.address
      FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status)
      EXECUTE FUNCTION core.record_transition();

    CREATE TABLE private.person_private (
      address_id uuid CONSTRAINT pk_person_private PRIMARY KEY
        CONSTRAINT fk_person_private_address_id_address
        REFERENCES core.address ON DELETE CASCADE,
      key_version smallint NOT NULL,
      name bytea NOT NULL, phone bytea, birth_year bytea, guardian bytea, door bytea,
      hamlet bytea, story bytea, note bytea, point bytea,
      phone_hash bytea, identity_hash bytea
    );
    """)


def downgrade() -> None:
    op.execute("""
    DROP TABLE private.person_private;
    DROP TABLE core.address;
    DELETE FROM core.legal_transition WHERE table_name = 'address';
    DROP FUNCTION core.place_in_territory();
    DROP FUNCTION core.former_era_day();
    DROP TABLE core.place_kind;
    """)
