"""The union's tree and the territories in it, as named SQL."""

# Every organisation below its parent, siblings by name; how many accounts and units each has.
TREE = """
WITH RECURSIVE tree AS (
  SELECT o.*, 0 AS depth, ARRAY[o.name || o.code] COLLATE "vi-x-icu" AS path
  FROM core.organisation AS o WHERE o.parent_id IS NULL
  UNION ALL
  SELECT o.*, t.depth + 1, t.path || (o.name || o.code)
  FROM core.organisation AS o JOIN tree AS t ON o.parent_id = t.id
)
SELECT t.id, t.code, t.name, t.level, t.parent_id, t.self_verification, t.depth,
  (SELECT count(*) FROM core.user_account AS a
   WHERE a.organisation_id = t.id AND a.active) AS accounts,
  (SELECT count(*) FROM core.organisation_unit AS u WHERE u.organisation_id = t.id) AS units
FROM tree AS t ORDER BY t.path"""

# The units of a territory, today's first.
UNITS = """
SELECT u.id, u.code, u.name, u.valid_from, u.valid_to, p.name AS parent_name
FROM core.organisation_unit AS o
JOIN core.admin_unit AS u ON u.id = o.unit_id
LEFT JOIN core.admin_unit AS p ON p.id = u.parent_id
WHERE o.organisation_id = :organisation
ORDER BY u.valid_to IS NOT NULL, u.level DESC, u.name COLLATE "vi-x-icu", u.id"""

# The province of the former era, first, and those that hold it today.
PROVINCE = """
SELECT holder.id, holder.short_name
FROM core.admin_unit AS p
JOIN core.unit_within AS w ON w.unit_id = p.id
JOIN core.admin_unit AS holder ON holder.id = w.container_id AND holder.level = 'province'
WHERE p.code = :province AND p.level = 'province' AND p.valid_from <= core.former_era_day()
  AND coalesce(p.valid_to, 'infinity') > core.former_era_day()
ORDER BY holder.id = p.id DESC, holder.id"""

ANY = "SELECT EXISTS (SELECT FROM core.organisation)"
