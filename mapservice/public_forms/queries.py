"""What the public's forms ask of the read model."""

from sqlalchemy import text

# (key, name, today, district, lng, lat): communes of today, then those of 2022 by district;
# `lng`, `lat`: where the name stands on the map.
COMMUNES = text("""
    SELECT u.key, u.name, u.valid_to IS NULL AS today, d.name AS district,
           ext.ST_X(u.label_point) AS lng, ext.ST_Y(u.label_point) AS lat
    FROM pub.unit AS u
      LEFT JOIN pub.unit AS d ON d.id = u.parent_id AND d.level = 'district'
    WHERE u.level = 'commune'
      AND (u.valid_to IS NULL OR (u.valid_from <= :former AND u.valid_to > :former))
    ORDER BY today DESC, d.name COLLATE "vi-x-icu", u.name COLLATE "vi-x-icu", u.id""")
