"""Admin units of every era, the crosswalk old -> new, old names, and who lies wholly in whom."""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.execute("""
    -- The key of a unit is (code, validity): codes are used again for other units.
    CREATE TABLE core.admin_unit (
      id integer GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_admin_unit PRIMARY KEY,
      code text NOT NULL CONSTRAINT ck_admin_unit_code CHECK (code ~ '^[0-9A-Z-]{1,16}$'),
      level text NOT NULL
        CONSTRAINT ck_admin_unit_level CHECK (level IN ('province', 'district', 'commune')),
      kind text NOT NULL,
      name text NOT NULL,
      short_name text NOT NULL,
      name_folded text NOT NULL GENERATED ALWAYS AS (core.fold(name)) STORED,
      parent_id integer CONSTRAINT fk_admin_unit_parent_id_admin_unit REFERENCES core.admin_unit,
      valid_from date NOT NULL,
      valid_to date,
      area_km2 numeric(9, 2) CONSTRAINT ck_admin_unit_area CHECK (area_km2 > 0),
      label_point ext.geometry(Point, 4326) NOT NULL,
      bounds ext.geometry(Polygon, 4326) NOT NULL,
      geom ext.geometry(MultiPolygon, 4326)
        CONSTRAINT ck_admin_unit_geom_valid CHECK (ext.ST_IsValid(geom)),
      approximate boolean NOT NULL DEFAULT true,
      regional_allowance numeric(3, 2)
        CONSTRAINT ck_admin_unit_regional_allowance CHECK (regional_allowance BETWEEN 0 AND 1),
      source text NOT NULL,
      CONSTRAINT uq_admin_unit_code_valid_from UNIQUE (code, valid_from),
      CONSTRAINT ck_admin_unit_validity CHECK (valid_to > valid_from),
      CONSTRAINT ck_admin_unit_parent CHECK ((parent_id IS NULL) = (level = 'province')),
      CONSTRAINT ck_admin_unit_official_has_geom CHECK (approximate OR geom IS NOT NULL),
      CONSTRAINT ex_admin_unit_one_at_a_time EXCLUDE USING gist
        (code ext.gist_text_ops WITH =, daterange(valid_from, valid_to) WITH &&)
    );
    CREATE INDEX ix_admin_unit_geom ON core.admin_unit USING gist (geom);
    CREATE INDEX ix_admin_unit_label_point ON core.admin_unit USING gist (label_point);
    CREATE INDEX ix_admin_unit_name_folded ON core.admin_unit
      USING gin (name_folded ext.gin_trgm_ops);
    CREATE INDEX ix_admin_unit_parent_id ON core.admin_unit (parent_id);

    -- The new unit holds the old one wholly, so old -> new is a function. A unit that was split
    -- has no row here; its communes have theirs.
    CREATE TABLE core.admin_change (
      old_unit_id integer CONSTRAINT pk_admin_change PRIMARY KEY
        CONSTRAINT fk_admin_change_old_unit_id_admin_unit REFERENCES core.admin_unit,
      new_unit_id integer NOT NULL
        CONSTRAINT fk_admin_change_new_unit_id_admin_unit REFERENCES core.admin_unit,
      effective_on date NOT NULL,
      legal_basis text NOT NULL,
      CONSTRAINT ck_admin_change_moves CHECK (old_unit_id <> new_unit_id)
    );
    CREATE INDEX ix_admin_change_new_unit_id ON core.admin_change (new_unit_id);

    -- A name as a list of its day had it; first and last seen are days of lists, not of laws.
    CREATE TABLE core.historical_name (
      id integer GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_historical_name PRIMARY KEY,
      code text NOT NULL,
      name text NOT NULL,
      name_folded text NOT NULL GENERATED ALWAYS AS (core.fold(name)) STORED,
      district_code text NOT NULL,
      district_name text NOT NULL,
      province_name text NOT NULL,
      first_seen date NOT NULL,
      last_seen date NOT NULL,
      unit_id integer CONSTRAINT fk_historical_name_unit_id_admin_unit REFERENCES core.admin_unit,
      current_unit_id integer
        CONSTRAINT fk_historical_name_current_unit_id_admin_unit REFERENCES core.admin_unit,
      CONSTRAINT uq_historical_name_code_name_district_name UNIQUE (code, name, district_name),
      CONSTRAINT ck_historical_name_seen CHECK (last_seen >= first_seen)
    );
    CREATE INDEX ix_historical_name_name_folded ON core.historical_name
      USING gin (name_folded ext.gin_trgm_ops);
    CREATE INDEX ix_historical_name_unit_id ON core.historical_name (unit_id);
    CREATE INDEX ix_historical_name_current_unit_id ON core.historical_name (current_unit_id);

    CREATE TABLE core.unit_within (
      unit_id integer CONSTRAINT fk_unit_within_unit_id_admin_unit
        REFERENCES core.admin_unit ON DELETE CASCADE,
      container_id integer CONSTRAINT fk_unit_within_container_id_admin_unit
        REFERENCES core.admin_unit ON DELETE CASCADE,
      CONSTRAINT pk_unit_within PRIMARY KEY (unit_id, container_id)
    );
    CREATE INDEX ix_unit_within_container_id ON core.unit_within (container_id);

    -- For every unit, all units of any era that hold it wholly: itself; its parent, also in the
    -- parent's later forms while the unit lives on (a district may be raised to a town around an
    -- unchanged commune); its successor; and whatever holds those. Returns the rows changed.
    CREATE FUNCTION core.rebuild_unit_within() RETURNS integer LANGUAGE sql VOLATILE AS $$
      WITH RECURSIVE step AS (
        SELECT unit.id AS unit_id, holder.id AS container_id
          FROM core.admin_unit AS unit
          JOIN core.admin_unit AS parent ON parent.id = unit.parent_id
          JOIN core.admin_unit AS holder ON holder.code = parent.code
            AND holder.level = parent.level
            AND daterange(holder.valid_from, holder.valid_to)
                && daterange(unit.valid_from, unit.valid_to)
        UNION
        SELECT old_unit_id, new_unit_id FROM core.admin_change
      ), closure AS (
        SELECT id AS unit_id, id AS container_id FROM core.admin_unit
        UNION
        SELECT closure.unit_id, step.container_id
          FROM closure JOIN step ON step.unit_id = closure.container_id
      ), gone AS (
        DELETE FROM core.unit_within AS w WHERE NOT EXISTS (SELECT FROM closure AS c
          WHERE c.unit_id = w.unit_id AND c.container_id = w.container_id)
        RETURNING 1
      ), added AS (
        INSERT INTO core.unit_within (unit_id, container_id)
          SELECT unit_id, container_id FROM closure
          ON CONFLICT DO NOTHING
        RETURNING 1
      )
      SELECT ((SELECT count(*) FROM gone) + (SELECT count(*) FROM added))::integer
    $$;
    REVOKE EXECUTE ON FUNCTION core.rebuild_unit_within() FROM PUBLIC;
    """)


def downgrade() -> None:
    op.execute("""
    DROP FUNCTION core.rebuild_unit_within();
    DROP TABLE core.unit_within;
    DROP TABLE core.historical_name;
    DROP TABLE core.admin_change;
    DROP TABLE core.admin_unit;
    """)
