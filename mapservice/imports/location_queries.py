"""The communes an import may name, read once for a whole file."""

from sqlalchemy import text

# The communes of today and of 2022: where the name stands, the area, and every unit that holds it.
COMMUNES = text("""
    SELECT u.id, u.code, u.name, u.valid_to IS NULL AS today, u.approximate, d.name AS district,
           n.name AS now, n.code AS now_code, ext.ST_X(u.label_point) AS lng,
           ext.ST_Y(u.label_point) AS lat, ext.ST_AsBinary(u.geom) AS area,
           ARRAY(SELECT w.container_id FROM core.unit_within AS w WHERE w.unit_id = u.id) AS holders
    FROM core.admin_unit AS u
      LEFT JOIN core.admin_unit AS d ON d.id = u.parent_id AND d.level = 'district'
      LEFT JOIN LATERAL (
        SELECT h.name, h.code FROM core.unit_within AS w
          JOIN core.admin_unit AS h ON h.id = w.container_id
        WHERE w.unit_id = u.id AND h.level = 'commune' AND h.valid_to IS NULL
          AND u.valid_to IS NOT NULL LIMIT 1) AS n ON true
    WHERE u.level = 'commune'
      AND (u.valid_to IS NULL OR (u.valid_from <= :former AND u.valid_to > :former))
    ORDER BY today DESC, u.code, u.id""")
