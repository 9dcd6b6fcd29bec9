"""What the demo asks of the database. Each named text is one statement with a total order."""

# Communes of the former era with their district, today's commune, area and difficulty.
COMMUNES = """
    SELECT u.id, u.code, u.kind, u.name, u.short_name, u.area_km2, u.regional_allowance,
           ext.ST_X(u.label_point) AS lng, ext.ST_Y(u.label_point) AS lat,
           ext.ST_AsBinary(coalesce(u.geom, u.bounds)) AS area,
           d.id AS district_id, d.code AS district_code, d.kind AS district_kind,
           d.name AS district, d.short_name AS district_short, now_.id AS current_id
    FROM core.admin_unit AS u
      JOIN core.admin_unit AS d ON d.id = u.parent_id
      JOIN core.admin_unit AS p ON p.id = d.parent_id AND p.code = :province
      JOIN core.unit_within AS w ON w.unit_id = u.id
      JOIN core.admin_unit AS now_ ON now_.id = w.container_id AND now_.level = 'commune'
        AND now_.valid_to IS NULL
    WHERE u.level = 'commune' AND u.valid_from <= core.former_era_day()
      AND coalesce(u.valid_to, 'infinity') > core.former_era_day()
    ORDER BY u.code"""

# Communes of today with their cluster and district-like area in the tree of releases.
PARTITION = """
    SELECT n.unit_id, n.code, n.parent_code AS cluster, coalesce(up.parent_code, up.code) AS area
    FROM core.partition_node AS n JOIN core.partition_node AS up ON up.code = n.parent_code
    WHERE n.level = 'commune' ORDER BY n.unit_id"""

# The province of the former era and those that hold it today.
PROVINCES = """
    SELECT holder.id, holder.short_name, holder.id = p.id AS former
    FROM core.admin_unit AS p
      JOIN core.unit_within AS w ON w.unit_id = p.id
      JOIN core.admin_unit AS holder ON holder.id = w.container_id AND holder.level = 'province'
    WHERE p.code = :province AND p.level = 'province'
      AND p.valid_from <= core.former_era_day()
      AND coalesce(p.valid_to, 'infinity') > core.former_era_day()
    ORDER BY former DESC, holder.id"""

# Open needs a team could take, nearest first: what matching calls admissible. Places are found
# before their needs (MATERIALIZED holds the planner to it), so that the order runs along the index
# once a team; joined otherwise it costs 20 to 50 ms a team instead of 1.
CANDIDATES = """
    WITH nearby AS MATERIALIZED (
      SELECT t.id AS team_id, place.id, place.former_commune_id, place.metres
      FROM core.team AS t CROSS JOIN LATERAL (
        SELECT a.id, a.former_commune_id,
               ext.ST_Distance(ext.geography(a.point), ext.geography(t.base)) AS metres
        FROM core.address AS a
        WHERE a.nature = 'place' AND a.status = 'published' AND NOT a.sensitive
        ORDER BY a.point OPERATOR(ext.<->) t.base LIMIT :nearest
      ) AS place
      WHERE t.verified AND place.metres <= t.radius_km * 1000
    )
    SELECT t.id AS team_id, n.id AS need_id, n.parts, n.quantity, n.unit, n.urgency,
           n.people_per_part, n.created_at, n.wanted_during, nearby.former_commune_id,
           round((nearby.metres / 1000)::numeric, 1) AS km
    FROM nearby JOIN core.team AS t ON t.id = nearby.team_id
      JOIN core.need AS n ON n.address_id = nearby.id
    WHERE n.status = 'published' AND n.skills <@ t.skills AND n.people_per_part <= t.people
      AND (n.wanted_during IS NULL OR t.available_during IS NULL
           OR t.available_during && n.wanted_during)
    ORDER BY t.id, nearby.metres, n.id"""

# Met long ago: an officer has closed it. The trigger stamps now(), so the days of history are
# written afterwards (a change of status_at alone is no change of status).
CLOSE_OLD = """
    UPDATE core.need AS n SET status = 'closed'
    WHERE n.status = 'met' AND (SELECT max(a.status_at) FROM core.assignment AS a
                                WHERE a.need_id = n.id) < :before"""
DATE_BY_HISTORY = """
    UPDATE core.need AS n SET status_at = a.last_change
      + CASE n.status WHEN 'closed' THEN interval '7 days' ELSE interval '0' END
    FROM (SELECT need_id, max(status_at) FILTER (WHERE status IN
            ('accepted', 'underway', 'done', 'disputed', 'confirmed')) AS last_change
          FROM core.assignment GROUP BY need_id) AS a
    WHERE a.need_id = n.id
      AND n.status IN ('matched', 'in_progress', 'partly_met', 'met', 'closed')"""

# Open needs of places on the map, the most urgent first: what a visitor would offer to help with.
HELPABLE = """
    SELECT n.id, n.address_id, n.quantity
    FROM core.need AS n JOIN core.address AS a ON a.id = n.address_id
    WHERE n.status = 'published' AND n.nature = 'place' AND a.status = 'published'
      AND NOT a.sensitive
    ORDER BY n.urgency DESC, n.public_code LIMIT :most"""

# Teams with an assignment in one of these states.
TEAMS_WITH = "SELECT DISTINCT team_id FROM core.assignment WHERE status = ANY (:statuses)"

# Communes with open needs whose teams bring skills and people between them, most of them first.
COMMUNES_OF_JOINT_NEEDS = """
    SELECT u.id, core.unit_key(u.code, u.valid_from, u.valid_to) AS key
    FROM core.need AS n JOIN core.address AS a ON a.id = n.address_id
      JOIN core.admin_unit AS u ON u.id = a.commune_id
    WHERE n.people_in_all IS NOT NULL AND n.status = 'published' AND a.status = 'published'
    GROUP BY u.id ORDER BY count(*) DESC, u.code"""
