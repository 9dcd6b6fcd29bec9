"""Public sums as SQL, over what the read model holds."""

from mapservice.layers.filters import Where
from mapservice.layers.queries import LAYERS

# layer -> the columns it is counted by
COUNTED_BY = {"needs": ("status", "category", "urgency"), "places": ("kind",), "teams": ("kind",)}


def counts(layer: str, where: Where) -> str:
    """(what, code, n): features by each column that counts, and ('all', null, n)."""
    columns = COUNTED_BY[layer]
    named = " ".join(f"WHEN grouping(f.{name}) = 0 THEN '{name}'" for name in columns)
    codes = ", ".join(f"f.{name}::text" for name in columns)
    sets = ", ".join(f"(f.{name})" for name in columns)
    return f"""
    SELECT CASE {named} ELSE 'all' END AS what, coalesce({codes}) AS code, count(*) AS n
    FROM {LAYERS[layer][0]} AS f WHERE {where} GROUP BY GROUPING SETS ({sets}, ())
    ORDER BY 1, 2"""


def by_unit(layer: str, where: Where) -> str:
    """(unit_id, n, urgent): features inside each unit of any era that holds some."""
    urgent = "count(*) FILTER (WHERE f.urgency = 4)" if layer == "needs" else "NULL::bigint"
    return f"""
    SELECT unit_id, count(*) AS n, {urgent} AS urgent
    FROM {LAYERS[layer][0]} AS f, unnest(f.unit_ids) AS unit_id
    WHERE {where} GROUP BY unit_id"""


# All published cells: (need_group, at least, cells).
PEOPLE = """
    SELECT f.need_group AS code, sum(f.band_low)::bigint AS n, count(*) AS cells
    FROM pub.person_cell AS f GROUP BY f.need_group ORDER BY f.need_group"""
