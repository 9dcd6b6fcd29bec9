"""Skills and teams."""

from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.execute("""
    CREATE TABLE core.skill (
      code text CONSTRAINT pk_skill PRIMARY KEY,
      name text NOT NULL,
      position smallint NOT NULL
    );
    INSERT INTO core.skill (code, name, position) VALUES
      ('teaching', 'Dạy học', 1), ('digital_skills', 'Hướng dẫn kỹ năng số', 2),
      ('it_repair', 'Sửa chữa máy tính, điện thoại', 3), ('construction', 'Xây dựng, sửa chữa', 4),
      ('medical', 'Y tế', 5), ('legal', 'Pháp lý', 6), ('media', 'Truyền thông, chụp ảnh', 7),
      ('driving', 'Lái xe, vận chuyển', 8), ('first_aid', 'Sơ cấp cứu', 9),
      ('farming', 'Kỹ thuật nông nghiệp', 10), ('arts_sports', 'Văn nghệ, thể thao', 11),
      ('lang_tay', 'Tiếng Tày', 12), ('lang_nung', 'Tiếng Nùng', 13),
      ('lang_dao', 'Tiếng Dao', 14), ('lang_san_diu', 'Tiếng Sán Dìu', 15);

    -- Arrays cannot carry a foreign key: each code must be a skill.
    CREATE FUNCTION core.check_skills() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF EXISTS (SELECT FROM unnest(NEW.skills) AS wanted(code)
                 WHERE NOT EXISTS (SELECT FROM core.skill AS s WHERE s.code = wanted.code)) THEN
        RAISE EXCEPTION 'unknown skill among %', NEW.skills USING
          ERRCODE = 'foreign_key_violation', CONSTRAINT = 'fk_' || TG_TABLE_NAME || '_skills_skill';
      END IF;
      RETURN NEW;
    END $$;
    CREATE TRIGGER need_skills BEFORE INSERT OR UPDATE OF skills ON core.need
      FOR EACH ROW WHEN (cardinality(NEW.skills) > 0) EXECUTE FUNCTION core.check_skills();

    CREATE TABLE core.team (
      id uuid CONSTRAINT pk_team PRIMARY KEY DEFAULT gen_random_uuid(),
      public_code text NOT NULL DEFAULT core.new_public_code()
        CONSTRAINT uq_team_public_code UNIQUE,
      organisation_id uuid NOT NULL CONSTRAINT fk_team_organisation_id_organisation
        REFERENCES core.organisation,
      leader_id uuid CONSTRAINT fk_team_leader_id_user_account REFERENCES core.user_account,
      kind text NOT NULL CONSTRAINT ck_team_kind CHECK
        (kind IN ('core_youth', 'volunteer', 'community_digital', 'online_public_service',
                  'young_intellectuals', 'medical', 'student', 'club')),
      name text NOT NULL
        CONSTRAINT ck_team_name_length CHECK (length(btrim(name)) BETWEEN 3 AND 200),
      people smallint NOT NULL CONSTRAINT ck_team_people_positive CHECK (people > 0),
      base ext.geometry(Point, 4326) NOT NULL,
      base_public boolean NOT NULL DEFAULT false,
      commune_id integer NOT NULL CONSTRAINT fk_team_commune_id_admin_unit
        REFERENCES core.admin_unit,
      former_commune_id integer CONSTRAINT fk_team_former_commune_id_admin_unit
        REFERENCES core.admin_unit,
      unit_ids integer[] NOT NULL DEFAULT '{}',
      skills text[] NOT NULL DEFAULT '{}',
      languages text[] NOT NULL DEFAULT '{vi}',
      vehicles smallint NOT NULL DEFAULT 0
        CONSTRAINT ck_team_vehicles_not_negative CHECK (vehicles >= 0),
      max_concurrent smallint NOT NULL DEFAULT 1
        CONSTRAINT ck_team_max_concurrent_in_range CHECK (max_concurrent BETWEEN 0 AND 100),
      radius_km numeric(5, 1) NOT NULL
        CONSTRAINT ck_team_radius_in_range CHECK (radius_km > 0 AND radius_km <= 500),
      available_during datemultirange,
      state text NOT NULL DEFAULT 'ready' CONSTRAINT ck_team_state CHECK
        (state IN ('ready', 'busy', 'resting', 'suspended')),
      verified boolean NOT NULL DEFAULT false,
      demo boolean NOT NULL DEFAULT false,
      version integer NOT NULL DEFAULT 1,
      created_at timestamptz NOT NULL DEFAULT now()
    );
    CREATE INDEX ix_team_base ON core.team USING gist (base);
    CREATE INDEX ix_team_base_geography ON core.team USING gist (ext.geography(base));
    CREATE INDEX ix_team_skills ON core.team USING gin (skills);
    CREATE INDEX ix_team_unit_ids ON core.team USING gin (unit_ids);
    CREATE INDEX ix_team_organisation_id ON core.team (organisation_id);
    CREATE TRIGGER team_place_in_territory
      BEFORE INSERT OR UPDATE OF commune_id, former_commune_id, unit_ids ON core.team
      FOR EACH ROW EXECUTE FUNCTION core.place_in_territory();
    CREATE TRIGGER team_skills BEFORE INSERT OR UPDATE OF skills ON core.team
      FOR EACH ROW WHEN (cardinality(NEW.skills) > 0) EXECUTE FUNCTION core.check_skills();

    CREATE TABLE private.team_contact (
      team_id uuid CONSTRAINT pk_team_contact PRIMARY KEY
        CONSTRAINT fk_team_contact_team_id_team REFERENCES core.team ON DELETE CASCADE,
      key_version smallint NOT NULL,
      name bytea NOT NULL,
      phone bytea
    );
    """)


def downgrade() -> None:
    op.execute("""
    DROP TABLE private.team_contact;
    DROP TABLE core.team;
    DROP TRIGGER need_skills ON core.need;
    DROP FUNCTION core.check_skills();
    DROP TABLE core.skill;
    """)
