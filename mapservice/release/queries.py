"""What a release reads and the one statement that publishes it."""

from sqlalchemy import Select, select, text

from mapservice.release.models import PartitionNode, Release, ReleaseSplit

# The office's five seconds are for requests; it ends with the transaction.
LIMIT_OF_A_JOB = text("SET LOCAL statement_timeout = '30s'")

# Households by today's commune (the tree's code) and group; each household is in one of them.
COUNTS = text("""
    SELECT n.code AS commune, h.need_group, count(*) AS households, bool_or(h.guarded) AS guarded
    FROM core.person_household AS h
      JOIN core.partition_node AS n ON n.unit_id = h.commune_id
    GROUP BY n.code, h.need_group ORDER BY n.code, h.need_group""")

# Households of communes that the tree does not know: never published, so the operator is told.
OUTSIDE = text("""
    SELECT count(*) FROM core.person_household AS h
    WHERE NOT EXISTS (SELECT FROM core.partition_node AS n WHERE n.unit_id = h.commune_id)""")

PUBLISH = text("""
    SELECT core.publish_person_cells(CAST(:cells AS jsonb), CAST(:splits AS text[]), :least,
                                     :partitioned)""")

# Communes of today with the area they are drawn with, and the district most of their ground was
# in: of the former era by area, where that is known, else of the lists of names.
COMMUNES = text("""
    WITH now_ AS (
      SELECT c.* FROM core.admin_unit AS c
        JOIN core.unit_within AS w ON w.unit_id = c.id
      WHERE c.level = 'commune' AND c.valid_to IS NULL AND w.container_id IN (
        SELECT holder.container_id FROM core.admin_unit AS p
          JOIN core.unit_within AS holder ON holder.unit_id = p.id
        WHERE p.code = :province AND p.level = 'province'
          AND p.valid_from <= core.former_era_day()
          AND coalesce(p.valid_to, 'infinity') > core.former_era_day())
    ), vote AS (
      SELECT now_.id, d.short_name AS district, sum(old.area_km2) AS weight, 1 AS rank
      FROM now_
        JOIN core.unit_within AS w ON w.container_id = now_.id
        JOIN core.admin_unit AS old ON old.id = w.unit_id AND old.level = 'commune'
          AND old.valid_from <= core.former_era_day()
          AND coalesce(old.valid_to, 'infinity') > core.former_era_day()
        JOIN core.admin_unit AS d ON d.id = old.parent_id AND d.level = 'district'
      GROUP BY now_.id, d.short_name
      UNION ALL
      SELECT now_.id, regexp_replace(h.district_name, '^(Huyện|Thành phố|Thị xã) ', ''),
             count(*), 2
      FROM now_ JOIN core.historical_name AS h ON h.current_unit_id = now_.id
      GROUP BY now_.id, 2
    )
    SELECT DISTINCT ON (now_.code) now_.id, now_.code, now_.short_name, vote.district,
           ext.ST_AsBinary(coalesce(now_.geom, now_.bounds)) AS area
    FROM now_ JOIN vote ON vote.id = now_.id
    ORDER BY now_.code, vote.rank, vote.weight DESC, vote.district""")


def nodes() -> Select[tuple[PartitionNode]]:
    """The tree, by code."""
    return select(PartitionNode).order_by(PartitionNode.code)


def splits() -> Select[tuple[str]]:
    """The nodes that are split now."""
    return select(ReleaseSplit.node).order_by(ReleaseSplit.node)


def last_release(partitioned: bool | None = None) -> Select[tuple[Release]]:
    """The newest release (that could split nodes anew)."""
    found = select(Release).order_by(Release.id.desc()).limit(1)
    return found if partitioned is None else found.where(Release.partitioned.is_(partitioned))
