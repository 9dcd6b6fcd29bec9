"""What rows of a list are compared with, asked once for a whole file."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import Select, select, text

from mapservice.addresses.models import Address

# Every commune of today and of 2022 by its key: what it is today, where its name stands.
COMMUNES = text("""
    SELECT CASE WHEN u.valid_to IS NULL THEN u.code ELSE u.code || '@2022' END AS key,
           u.short_name AS name, ext.ST_X(u.label_point) AS lng, ext.ST_Y(u.label_point) AS lat,
           t.id AS today_id, t.code AS today, t.short_name AS today_name
    FROM core.admin_unit AS u
      JOIN core.unit_within AS w ON w.unit_id = u.id
      JOIN core.admin_unit AS t ON t.id = w.container_id AND t.level = 'commune'
        AND t.valid_to IS NULL
    WHERE u.level = 'commune'
      AND (u.valid_to IS NULL OR (u.valid_from <= :former AND u.valid_to > :former))
    ORDER BY u.id""")

# Places that still stand, of the communes of today that rows name, in the territory only.
PLACES = text("""
    SELECT a.public_code AS code, a.title, a.hamlet, a.kind, ext.ST_X(a.point) AS lng,
           ext.ST_Y(a.point) AS lat, t.code AS today,
           CASE WHEN f.id IS NULL THEN t.code ELSE f.code || '@2022' END AS key
    FROM core.address AS a JOIN core.admin_unit AS t ON t.id = a.commune_id
      LEFT JOIN core.admin_unit AS f ON f.id = a.former_commune_id
    WHERE a.nature = 'place' AND a.status NOT IN ('rejected', 'withdrawn', 'duplicate')
      AND (:everywhere OR a.unit_ids && CAST(:territory AS integer[]))
    ORDER BY a.created_at, a.id""")

TEAMS = text("""
    SELECT m.public_code AS code, m.name AS title, CAST(NULL AS text) AS hamlet, m.kind,
           ext.ST_X(m.base) AS lng, ext.ST_Y(m.base) AS lat, t.code AS today,
           CASE WHEN f.id IS NULL THEN t.code ELSE f.code || '@2022' END AS key
    FROM core.team AS m JOIN core.admin_unit AS t ON t.id = m.commune_id
      LEFT JOIN core.admin_unit AS f ON f.id = m.former_commune_id
    WHERE :everywhere OR m.unit_ids && CAST(:territory AS integer[])
    ORDER BY m.created_at, m.id""")


def codes(ids: Collection[UUID]) -> Select[tuple[UUID, str]]:
    """(id, public code) of these addresses."""
    return select(Address.id, Address.public_code).where(Address.id.in_(ids))
