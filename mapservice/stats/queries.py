"""Public sums as SQL, over what the read model holds."""

from mapservice.layers.queries import LAYERS

# layer -> the columns it is counted by
COUNTED_BY = {"needs": ("status", "category", "urgency"), "places": ("kind",), "teams": ("kind",)}


def counts(layer: str, unit_id: int | None) -> str:
    """(what, code, n, urgent): features by each column that counts; ('unit', id) inside each unit
    of any era that holds some, with how many are very urgent; and ('all', null), with how many of
    these are very urgent and not met yet.

    Binds :unit_id, inside which they lie, where it is not None. Rows are read once, by the index
    of their communes (migration 0034): the units that hold a feature are those of its communes.
    """
    columns = COUNTED_BY[layer]
    named = " ".join(f"WHEN grouping(c.{name}) = 0 THEN '{name}'" for name in columns)
    codes = ", ".join(f"c.{name}::text" for name in columns)
    sets = ", ".join(f"(c.{name})" for name in columns)
    urgent = "sum(n) FILTER (WHERE c.urgency = 4)" if "urgency" in columns else "NULL"
    waiting = "c.urgency = 4 AND c.status <> 'met'"
    due = f"coalesce(sum(n) FILTER (WHERE {waiting}), 0)" if "urgency" in columns else "NULL"
    alike = ", ".join(f"f.{name}" for name in ("commune_id", "former_commune_id", *columns))
    inside = "true" if unit_id is None else ":unit_id = ANY (c.unit_ids)"
    return f"""
    WITH cell AS MATERIALIZED (
      SELECT {alike}, count(*) AS n FROM {LAYERS[layer][0]} AS f GROUP BY {alike}
    ), spot AS MATERIALIZED (
      SELECT s.*, ARRAY(SELECT DISTINCT w.container_id FROM pub.unit_within AS w
                        WHERE w.unit_id IN (s.commune_id, s.former_commune_id)) AS unit_ids
      FROM (SELECT DISTINCT commune_id, former_commune_id FROM cell) AS s
    ), placed AS (
      SELECT c.* FROM (
        SELECT cell.*, spot.unit_ids FROM cell JOIN spot ON spot.commune_id = cell.commune_id
          AND spot.former_commune_id IS NOT DISTINCT FROM cell.former_commune_id) AS c
      WHERE {inside}
    )
    SELECT CASE {named} ELSE 'all' END AS what, coalesce({codes}) AS code,
           coalesce(sum(n), 0)::bigint AS n, {due}::bigint AS urgent
    FROM placed AS c GROUP BY GROUPING SETS ({sets}, ())
    UNION ALL
    SELECT 'unit', unit_id::text, sum(n)::bigint, {urgent}::bigint
    FROM placed AS c, unnest(c.unit_ids) AS unit_id GROUP BY unit_id
    ORDER BY 1, 2"""


# All published cells: (need_group, at least, cells).
PEOPLE = """
    SELECT f.need_group AS code, sum(f.band_low)::bigint AS n, count(*) AS cells
    FROM pub.person_cell AS f GROUP BY f.need_group ORDER BY f.need_group"""
