"""Public sums as SQL, over what the read model holds."""


def counts(unit_id: int | None) -> str:
    """(layer, what, code, n, urgent): features of needs, places and teams by each column that
    counts (`what`); ('unit', id) inside each unit of any era that holds some; and ('all', null).
    `urgent`: how many of them are very urgent and not met yet.

    Binds :unit_id, inside which they lie, where it is not None. Rows are not read: sums of them are
    kept (migration 0067). The category of places and teams is their kind.
    """
    inside = "true" if unit_id is None else ":unit_id = ANY (f.unit_ids)"
    sums = ", ".join(f"sum({name})::bigint AS {name}" for name in ("n", "urgent"))
    return f"""
    WITH tally AS MATERIALIZED (
      SELECT layer, unit_ids, category, status, urgency, n,
             CASE WHEN urgency = 4 AND status <> 'met' THEN n END AS urgent
      FROM pub.feature_count AS f WHERE {inside}
    ), alike AS ( -- few rows, which are added up by each column
      SELECT layer, category, status, urgency, {sums} FROM tally GROUP BY 1, 2, 3, 4
    ), spot AS (
      SELECT layer, unit_ids, {sums} FROM tally GROUP BY 1, 2
    ), counted AS (
      SELECT layer, CASE WHEN grouping(category) = 0 THEN 'category'
               WHEN grouping(status) = 0 THEN 'status' WHEN grouping(urgency) = 0 THEN 'urgency'
               ELSE 'all' END AS what, coalesce(category, status, urgency::text) AS code, {sums}
      FROM alike
      GROUP BY GROUPING SETS ((layer, category), (layer, status), (layer, urgency), layer)
      UNION ALL
      SELECT layer, 'unit', unit_id::text, {sums}
      FROM spot, unnest(unit_ids) AS unit_id GROUP BY layer, unit_id
    )
    SELECT layer, what, code, n, coalesce(urgent, 0) AS urgent
    FROM counted WHERE n > 0 AND (code IS NOT NULL OR what = 'all') ORDER BY layer, what, code"""


# All published cells: (need_group, at least, cells).
PEOPLE = """
    SELECT f.need_group AS code, sum(f.band_low)::bigint AS n, count(*) AS cells
    FROM pub.person_cell AS f GROUP BY f.need_group ORDER BY f.need_group"""
