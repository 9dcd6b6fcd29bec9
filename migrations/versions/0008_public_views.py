"""The public read model: what the world may see, and nothing about people in hardship.

Plain views owned by the owner. Each is granted to the public role by name.
"""

from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    _lookups()
    _places_and_needs()
    _teams()


def _lookups() -> None:
    op.execute("""
    -- CODE for a unit valid today, CODE@2022 for the former era, else CODE@<first day>.
    CREATE FUNCTION core.unit_key(code text, valid_from date, valid_to date) RETURNS text
      LANGUAGE sql IMMUTABLE PARALLEL SAFE
      RETURN CASE WHEN valid_to IS NULL THEN code
        WHEN core.former_era_day() >= valid_from AND core.former_era_day() < valid_to
          THEN code || '@' || extract(year FROM core.former_era_day())
        ELSE code || '@' || valid_from END;

    CREATE VIEW pub.unit AS
      SELECT u.id, u.code, core.unit_key(u.code, u.valid_from, u.valid_to) AS key, u.level,
             u.kind, u.name, u.short_name, u.name_folded, u.parent_id, u.valid_from, u.valid_to,
             u.label_point, u.bounds, u.geom, u.approximate, u.area_km2
      FROM core.admin_unit AS u;
    CREATE VIEW pub.unit_within AS SELECT unit_id, container_id FROM core.unit_within;
    CREATE VIEW pub.place_kind AS SELECT code, name, icon, colour, position FROM core.place_kind;
    CREATE VIEW pub.need_category AS
      SELECT code, name, icon, colour, unit, position FROM core.need_category;
    CREATE VIEW pub.skill AS SELECT code, name, position FROM core.skill;
    CREATE VIEW pub.campaign AS
      SELECT c.id, c.code, c.name, c.kind, c.starts_on, c.ends_on, o.name AS organisation
      FROM core.campaign AS c JOIN core.organisation AS o ON o.id = c.organisation_id;
    GRANT SELECT ON pub.unit, pub.unit_within, pub.place_kind, pub.need_category, pub.skill,
      pub.campaign TO mapservice_public;
    """)


def _places_and_needs() -> None:
    op.execute("""
    -- Small numbers of people are not shown exactly.
    CREATE FUNCTION core.beneficiary_band(people integer) RETURNS text
      LANGUAGE sql IMMUTABLE PARALLEL SAFE
      RETURN CASE WHEN people IS NULL OR people = 0 THEN NULL WHEN people < 10 THEN 'under_10'
        WHEN people < 20 THEN '10_19' WHEN people < 50 THEN '20_49'
        WHEN people < 100 THEN '50_99' ELSE '100_up' END;

    CREATE VIEW pub.place AS
      SELECT a.id, a.public_code AS code, a.kind, a.title, a.title_folded, a.summary, a.hamlet,
             a.point AS geom, a.commune_id, a.former_commune_id, a.unit_ids, a.programme_year,
             core.beneficiary_band(a.children) AS children,
             core.beneficiary_band(a.youth) AS youth,
             core.beneficiary_band(a.elderly) AS elderly,
             core.beneficiary_band(a.households) AS households,
             o.name AS organisation, (a.assured_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date
               AS checked_on, a.demo
      FROM core.address AS a JOIN core.organisation AS o ON o.id = a.organisation_id
      WHERE a.nature = 'place' AND NOT a.sensitive AND a.status = 'published';

    CREATE VIEW pub.need AS
      SELECT n.id, n.public_code AS code, a.public_code AS place, a.id AS place_id,
             a.title AS place_title, a.kind AS place_kind, n.category, n.title, n.title_folded,
             n.description, n.urgency, n.status, n.quantity, n.unit, n.committed_quantity,
             n.reached_quantity, n.parts,
             (SELECT count(*) FROM core.assignment AS s WHERE s.need_id = n.id AND s.status IN
               ('accepted', 'underway', 'done', 'confirmed', 'disputed')) AS parts_taken,
             n.people_per_part, n.skills, lower(n.wanted_during) AS wanted_from,
             upper(n.wanted_during) - 1 AS wanted_until, c.code AS campaign,
             a.point AS geom, a.commune_id, a.former_commune_id, a.unit_ids,
             (a.assured_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date AS checked_on
      FROM core.need AS n
        JOIN core.address AS a ON a.id = n.address_id
        LEFT JOIN core.campaign AS c ON c.id = n.campaign_id
      WHERE a.nature = 'place' AND NOT a.sensitive AND a.status = 'published'
        AND (n.status IN ('published', 'matched', 'in_progress', 'partly_met')
             OR n.status = 'met' AND n.status_at > now() - interval '30 days');
    GRANT SELECT ON pub.place, pub.need TO mapservice_public;
    """)


def _teams() -> None:
    op.execute("""
    -- The base is shown at commune precision unless the team publishes it. Nothing here depends
    -- on what a team was assigned.
    CREATE VIEW pub.team AS
      SELECT t.id, t.public_code AS code, t.kind, t.name, core.fold(t.name) AS name_folded,
             o.name AS organisation, t.people, t.skills, t.languages, t.radius_km, t.state,
             CASE WHEN t.base_public THEN t.base ELSE u.label_point END AS geom,
             t.commune_id, t.former_commune_id, t.unit_ids
      FROM core.team AS t
        JOIN core.organisation AS o ON o.id = t.organisation_id
        JOIN core.admin_unit AS u ON u.id = coalesce(t.former_commune_id, t.commune_id)
      WHERE t.verified AND t.state <> 'suspended';
    GRANT SELECT ON pub.team TO mapservice_public;
    """)


def downgrade() -> None:
    op.execute("""
    DROP VIEW pub.team, pub.need, pub.place, pub.campaign, pub.skill, pub.need_category,
      pub.place_kind, pub.unit_within, pub.unit;
    DROP FUNCTION core.beneficiary_band(integer);
    DROP FUNCTION core.unit_key(text, date, date);
    """)
