"""Cells of people, released by k: households, the tree of areas, the one function that publishes.

Nothing here follows a write: `core.publish_person_cells` alone fills `pub.person_cell`, when
`mapservice release` calls it.
"""

from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    _households()
    _tree()
    _cells()
    _publish()
    _needs_of_few()


def _households() -> None:
    op.execute("""
    ALTER TABLE core.address
      ADD COLUMN household_id uuid,
      ADD CONSTRAINT ck_address_household_of_person
        CHECK (household_id IS NULL OR nature = 'person');
    CREATE INDEX ix_address_household_id ON core.address (household_id);

    -- Whom a release counts, each household once: in one commune and in one group, the first of
    -- child, elderly, youth, household, other that any of its people is in. `guarded`: children
    -- (an unknown age is a child's) or a health need are in it. A sensitive place counts as one
    -- guarded household, for nobody says who lives there.
    CREATE VIEW core.person_household AS
      SELECT counted.household_id,
             (array_agg(counted.commune_id ORDER BY counted.id))[1] AS commune_id,
             (array_agg(counted.need_group ORDER BY array_position(
               ARRAY['child', 'elderly', 'youth', 'household', 'other'], counted.need_group)))[1]
               AS need_group,
             bool_or(counted.guarded) AS guarded
      FROM (
        SELECT coalesce(a.household_id, a.id) AS household_id, a.id, a.commune_id,
               coalesce(a.person_kind, 'other') AS need_group,
               a.nature = 'place' OR a.person_kind = 'child' OR a.age_band <> '16_up'
                 OR EXISTS (SELECT FROM core.need AS n
                            WHERE n.address_id = a.id AND n.category = 'health'
                              AND n.status NOT IN ('rejected', 'withdrawn', 'duplicate'))
                 AS guarded
        FROM core.address AS a
        WHERE a.status = 'published' AND (a.nature = 'person' OR a.sensitive)
      ) AS counted
      GROUP BY counted.household_id;
    """)


def _tree() -> None:
    op.execute("""
    -- The fixed tree of seed/<province>/partition.csv. A commune's groups are its children by
    -- rule and have no row; a root has no parent.
    CREATE TABLE core.partition_node (
      code text CONSTRAINT pk_partition_node PRIMARY KEY
        CONSTRAINT ck_partition_node_code CHECK (code ~ '^[0-9A-Z-]{1,16}$'),
      parent_code text CONSTRAINT fk_partition_node_parent_code_partition_node
        REFERENCES core.partition_node,
      level text NOT NULL CONSTRAINT ck_partition_node_level CHECK
        (level IN ('area', 'cluster', 'commune')),
      name text NOT NULL,
      unit_id integer CONSTRAINT fk_partition_node_unit_id_admin_unit REFERENCES core.admin_unit,
      CONSTRAINT uq_partition_node_unit_id UNIQUE (unit_id),
      CONSTRAINT ck_partition_node_unit_of_commune
        CHECK ((level = 'commune') = (unit_id IS NOT NULL))
    );
    CREATE INDEX ix_partition_node_parent_code ON core.partition_node (parent_code);

    CREATE VIEW core.partition_member AS
      WITH RECURSIVE below AS (
        SELECT code AS node, code, unit_id FROM core.partition_node
        UNION ALL
        SELECT below.node, child.code, child.unit_id
        FROM below JOIN core.partition_node AS child ON child.parent_code = below.code
      )
      SELECT node, unit_id FROM below WHERE unit_id IS NOT NULL;

    -- What the releases before left behind: when they were, and which nodes are split now.
    CREATE TABLE core.release (
      id integer GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_release PRIMARY KEY,
      released_at timestamptz NOT NULL DEFAULT now(),
      partitioned boolean NOT NULL,
      cells integer NOT NULL
    );
    CREATE TABLE core.release_split (
      node text CONSTRAINT pk_release_split PRIMARY KEY
        CONSTRAINT fk_release_split_node_partition_node REFERENCES core.partition_node
    );
    REVOKE INSERT, UPDATE, DELETE ON core.partition_node, core.release, core.release_split,
      core.person_household, core.partition_member FROM mapservice_office;
    """)


def _cells() -> None:
    op.execute("""
    CREATE TABLE pub.person_cell (
      code text CONSTRAINT pk_person_cell PRIMARY KEY,
      area text NOT NULL,
      level text NOT NULL CONSTRAINT ck_person_cell_level CHECK
        (level IN ('area', 'cluster', 'commune', 'group')),
      name text NOT NULL,
      need_group text NOT NULL CONSTRAINT ck_person_cell_need_group CHECK
        (need_group IN ('all', 'child', 'elderly', 'youth', 'household', 'other')),
      band text NOT NULL,
      band_low smallint NOT NULL,
      band_high smallint,
      unit_ids integer[] NOT NULL,
      label_point ext.geometry(Point, 4326) NOT NULL,
      geom ext.geometry(MultiPolygon, 4326) NOT NULL,
      CONSTRAINT ck_person_cell_band CHECK ((band, band_low, coalesce(band_high, 0)) IN
        (('10_19', 10, 19), ('20_49', 20, 49), ('50_99', 50, 99), ('100_up', 100, 0))),
      CONSTRAINT ck_person_cell_group_of_commune CHECK ((level = 'group') = (need_group <> 'all'))
    );
    CREATE INDEX ix_person_cell_geom ON pub.person_cell USING gist (geom);
    GRANT SELECT ON pub.person_cell TO mapservice_public;
    """)


def _publish() -> None:
    op.execute("""
    -- Replace all published cells at once: `cells` is an array of {"node", "group" (null: all)},
    -- `splits` the nodes that are split. It counts again and refuses the whole release when a
    -- cell holds fewer than k households (10; 20 with children or health; more when `smallest` asks
    -- for more) or two cells share a household: whoever calls it, it publishes nothing smaller.
    CREATE FUNCTION core.publish_person_cells
      (cells jsonb, splits text[], smallest integer, partitioned boolean) RETURNS integer
      LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    DECLARE
      published integer;
    BEGIN
      LOCK TABLE core.release_split IN SHARE ROW EXCLUSIVE MODE;
      DELETE FROM core.release_split;
      INSERT INTO core.release_split (node) SELECT DISTINCT unnest(splits);
      DELETE FROM pub.person_cell;
      WITH cell AS (
        SELECT asked.node, asked."group" AS need_group
        FROM jsonb_to_recordset(cells) AS asked(node text, "group" text)
      ), counted AS (
        SELECT cell.node, cell.need_group, count(*) AS households, bool_or(h.guarded) AS guarded
        FROM cell
          JOIN core.partition_member AS m ON m.node = cell.node
          JOIN core.person_household AS h ON h.commune_id = m.unit_id
            AND (cell.need_group IS NULL OR h.need_group = cell.need_group)
        GROUP BY cell.node, cell.need_group
      ), drawn AS (
        SELECT m.node, array_agg(m.unit_id ORDER BY m.unit_id) AS unit_ids,
               ext.ST_Multi(ext.ST_Union(coalesce(u.geom, ext.ST_Multi(u.bounds)))) AS geom,
               CASE count(*) WHEN 1 THEN (array_agg(u.label_point))[1]
                 ELSE ext.ST_PointOnSurface(ext.ST_Union(coalesce(u.geom, u.bounds))) END
                 AS label_point
        FROM core.partition_member AS m JOIN core.admin_unit AS u ON u.id = m.unit_id
        WHERE m.node IN (SELECT cell.node FROM cell)
        GROUP BY m.node
      )
      INSERT INTO pub.person_cell (code, area, level, name, need_group, band, band_low, band_high,
                                   unit_ids, label_point, geom)
        SELECT concat_ws('-', n.code, c.need_group), n.code,
               CASE WHEN c.need_group IS NULL THEN n.level ELSE 'group' END, n.name,
               coalesce(c.need_group, 'all'), core.beneficiary_band(c.households::integer),
               CASE WHEN c.households < greatest(smallest, CASE WHEN c.guarded THEN 20 ELSE 10 END)
                 THEN 0 -- refused by ck_person_cell_band
                 WHEN c.households < 20 THEN 10 WHEN c.households < 50 THEN 20
                 WHEN c.households < 100 THEN 50 ELSE 100 END,
               CASE WHEN c.households < 20 THEN 19 WHEN c.households < 50 THEN 49
                 WHEN c.households < 100 THEN 99 END,
               d.unit_ids, d.label_point, d.geom
        FROM counted AS c
          JOIN core.partition_node AS n ON n.code = c.node
          JOIN drawn AS d ON d.node = c.node
        ORDER BY n.code, c.need_group;
      GET DIAGNOSTICS published = ROW_COUNT;
      IF EXISTS (SELECT FROM pub.person_cell AS one JOIN pub.person_cell AS other
                   ON one.code < other.code AND one.unit_ids && other.unit_ids
                     AND (one.need_group = other.need_group
                          OR 'all' IN (one.need_group, other.need_group))) THEN
        RAISE EXCEPTION 'cells of people overlap'
          USING ERRCODE = 'check_violation', CONSTRAINT = 'tr_person_cell_disjoint';
      END IF;
      INSERT INTO core.release (partitioned, cells) VALUES (partitioned, published);
      RETURN published;
    END $$;
    REVOKE EXECUTE ON FUNCTION core.publish_person_cells(jsonb, text[], integer, boolean)
      FROM PUBLIC;
    GRANT EXECUTE ON FUNCTION core.publish_person_cells(jsonb, text[], integer, boolean)
      TO mapservice_office;
    """)


# A place that counts one household and fewer than ten people is somebody's home.
NO_HOME = """ AND NOT (coalesce(a.households = 1, false)
          AND coalesce(a.children, 0) + coalesce(a.youth, 0) + coalesce(a.elderly, 0) < 10
          AND coalesce(a.disabled, 0) < 10)"""
# A place's need with the rule about few people; as it was before (0009): neither.
FEW = """ AND NOT core.helps_few_guarded(n.category, n.concerns, n.helps_people,
              a.children, a.youth, a.elderly, a.disabled, a.households)"""


def _public_place(rule: str) -> str:
    return f"""
    CREATE OR REPLACE VIEW core.public_place AS
      SELECT a.id, a.public_code AS code, a.kind, a.title, a.title_folded, a.summary, a.hamlet,
             a.point AS geom, a.commune_id, a.former_commune_id, a.unit_ids, a.programme_year,
             core.beneficiary_band(a.children) AS children,
             core.beneficiary_band(a.youth) AS youth,
             core.beneficiary_band(a.elderly) AS elderly,
             core.beneficiary_band(a.households) AS households,
             o.name AS organisation, (a.assured_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date
               AS checked_on, a.demo
      FROM core.address AS a JOIN core.organisation AS o ON o.id = a.organisation_id
      WHERE a.nature = 'place' AND NOT a.sensitive AND a.status = 'published'{rule}"""


def _public_need(rule: str) -> str:
    return f"""
    CREATE OR REPLACE VIEW core.public_need AS
      SELECT n.id, n.public_code AS code, a.public_code AS place, a.id AS place_id,
             a.title AS place_title, a.kind AS place_kind, n.category, n.title, n.title_folded,
             n.description, n.urgency, n.status, n.quantity, n.unit, n.committed_quantity,
             n.reached_quantity, n.parts,
             (SELECT count(*) FROM core.assignment AS s WHERE s.need_id = n.id AND s.status IN
               ('accepted', 'underway', 'done', 'confirmed', 'disputed')) AS parts_taken,
             n.people_per_part, n.skills, lower(n.wanted_during) AS wanted_from,
             upper(n.wanted_during) - 1 AS wanted_until, c.code AS campaign,
             a.point AS geom, a.commune_id, a.former_commune_id, a.unit_ids,
             (a.assured_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date AS checked_on,
             CASE WHEN n.status = 'met' THEN n.status_at + interval '30 days' END AS public_until
      FROM core.need AS n
        JOIN core.address AS a ON a.id = n.address_id
        LEFT JOIN core.campaign AS c ON c.id = n.campaign_id
      WHERE a.nature = 'place' AND NOT a.sensitive AND a.status = 'published'
        AND (n.status IN ('published', 'matched', 'in_progress', 'partly_met')
             OR n.status = 'met'){rule}"""


def _needs_of_few() -> None:
    op.execute("""
    ALTER TABLE core.need
      ADD COLUMN helps_people integer
        CONSTRAINT ck_need_helps_somebody CHECK (helps_people > 0),
      ADD COLUMN concerns text[] NOT NULL DEFAULT '{}'
        CONSTRAINT ck_need_concerns CHECK (concerns <@ '{health,disability,children}'),
      -- Fewer than ten people, and their health, disability or childhood: that tells of persons.
      -- Such a need is registered for each person, protected, and never published as a place's.
      ADD CONSTRAINT ck_need_few_are_persons CHECK (nature <> 'place' OR helps_people IS NULL
        OR helps_people >= 10 OR (category <> 'health' AND concerns = '{}')
        OR status IN ('draft', 'submitted', 'returned', 'rejected', 'withdrawn', 'duplicate'));

    -- Whether a place's need is for few people of a group that is protected. For children and
    -- disabled people the place's count of them decides, or the need's number where it is
    -- smaller; for health the need's number, else the largest group counted (households are of
    -- unknown size: ten of them are ten people at least). No number is a small number. A place
    -- that counts only children and disabled people concerns them.
    CREATE FUNCTION core.helps_few_guarded(category text, concerns text[], helps_people integer,
        children integer, youth integer, elderly integer, disabled integer, households integer)
      RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE
      RETURN ('children' = ANY (concerns)
              AND coalesce(least(helps_people, nullif(children, 0)), 0) < 10)
        OR ('disability' = ANY (concerns)
            AND coalesce(least(helps_people, nullif(disabled, 0)), 0) < 10)
        OR ((category = 'health' OR 'health' = ANY (concerns))
            AND coalesce(helps_people,
                  greatest(children, youth, elderly, disabled, households), 0) < 10)
        OR (coalesce(youth, 0) + coalesce(elderly, 0) = 0
            AND coalesce(children, 0) + coalesce(disabled, 0) > 0
            AND coalesce(helps_people, greatest(children, disabled)) < 10);
    REVOKE EXECUTE ON FUNCTION core.helps_few_guarded
      (text, text[], integer, integer, integer, integer, integer, integer) FROM PUBLIC;
    GRANT EXECUTE ON FUNCTION core.helps_few_guarded
      (text, text[], integer, integer, integer, integer, integer, integer) TO mapservice_office;
    """)
    op.execute(_public_place(NO_HOME))
    op.execute(_public_need(NO_HOME + FEW))
    op.execute("SELECT core.rebuild_public()")


def downgrade() -> None:
    op.execute(_public_need(""))
    op.execute(_public_place(""))
    op.execute("""
    DROP FUNCTION core.helps_few_guarded
      (text, text[], integer, integer, integer, integer, integer, integer);
    ALTER TABLE core.need DROP CONSTRAINT ck_need_few_are_persons, DROP COLUMN concerns,
      DROP COLUMN helps_people;
    DROP FUNCTION core.publish_person_cells(jsonb, text[], integer, boolean);
    DROP TABLE pub.person_cell;
    DROP TABLE core.release_split;
    DROP TABLE core.release;
    DROP VIEW core.partition_member;
    DROP TABLE core.partition_node;
    DROP VIEW core.person_household;
    ALTER TABLE core.address DROP COLUMN household_id;
    """)
