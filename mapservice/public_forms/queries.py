"""What the public's forms ask of the read model."""

from sqlalchemy import text

# (id, code, name, today, district, now, lng, lat): communes of today, then those of 2022 by
# district; `lng`, `lat`: where the name stands on the map.
COMMUNES = text("""
    SELECT u.id, u.code, u.name, u.valid_to IS NULL AS today, d.name AS district, n.name AS now,
           ext.ST_X(u.label_point) AS lng, ext.ST_Y(u.label_point) AS lat
    FROM pub.unit AS u
      LEFT JOIN pub.unit AS d ON d.id = u.parent_id AND d.level = 'district'
      LEFT JOIN LATERAL (
        SELECT h.name FROM pub.unit_within AS w JOIN pub.unit AS h ON h.id = w.container_id
        WHERE w.unit_id = u.id AND h.level = 'commune' AND h.valid_to IS NULL
          AND u.valid_to IS NOT NULL LIMIT 1) AS n ON true
    WHERE u.level = 'commune'
      AND (u.valid_to IS NULL OR (u.valid_from <= :former AND u.valid_to > :former))
    ORDER BY today DESC, d.name COLLATE "vi-x-icu", u.name COLLATE "vi-x-icu", u.id""")
