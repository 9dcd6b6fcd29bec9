"""Clusters as SQL: from the pyramid of counted cells, or counted now; one statement a viewport.

Level `zoom + 2` has cells of 64 pixels. Coordinates inside are Web Mercator as whole numbers of
24 bits (migration 0025), x to the east and y to the south.
"""

from collections.abc import Collection as Names

from mapservice.db import SENT_ON
from mapservice.geo import DECIMALS
from mapservice.layers.filters import Where
from mapservice.layers.queries import LAYERS, MOST_COUNTED

COARSEST, FINEST = 2, 16  # levels that are kept
MOST_CELLS = 2048  # of one answer; a screen of 3840 x 2160 pixels has 2,040
WORLD = 2**24
URGENCIES = range(1, 5)
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
# A code from its number (migration 0025).
CODE = " || ".join(
    f"substr('{ALPHABET}', ((cell.number >> {5 * place}) & 31)::int + 1, 1)"
    for place in range(7, -1, -1)
)
CATEGORY = {"needs": "f.category", "places": "f.kind"}
URGENCY = {"needs": "f.urgency", "places": "NULL::smallint"}


def _lng(x: str) -> str:
    return f"round(({x} * 360 - 180)::numeric, {DECIMALS})"


def _lat(y: str) -> str:
    return f"round(degrees(atan(sinh(pi() * (1 - 2 * ({y}))))) ::numeric, {DECIMALS})"


def _pieces(layer: str, cells: str, code: str, most: str, level: str) -> str:
    """(body, returned, matched, most, level) of the table `cell` at the end of `cells`.

    Its columns: level, cy, cx, n, urgency, by_category, x and y as fractions of the world. A cell
    of one feature is that feature, the one of this `code`; where it was withdrawn since it was
    counted it is left out.
    """
    view, feature, _ = LAYERS[layer]
    side = "power(2, level)"
    return f"""
    {cells}, piece AS (
      SELECT cy, cx, n, json_build_object('type', 'Feature', 'id', concat_ws('-', level, cx, cy),
        'geometry', json_build_object('type', 'Point', 'coordinates',
          json_build_array({_lng("x")}, {_lat("y")})),
        'properties', json_build_object('cluster', true, 'count', n,
          'by_category', by_category, 'max_urgency', urgency, 'bounds', json_build_array(
            {_lng(f"cx / {side}")}, {_lat(f"(cy + 1) / {side}")},
            {_lng(f"(cx + 1) / {side}")}, {_lat(f"cy / {side}")})))::text AS body
      FROM cell WHERE n > 1
      UNION ALL
      SELECT cell.cy, cell.cx, 1, {feature}
      FROM cell JOIN {view} AS f ON f.code = {code} WHERE cell.n = 1
    )
    SELECT coalesce(string_agg(body, ',' ORDER BY cy, cx), '')::{SENT_ON} AS body,
           count(*) AS returned, coalesce(sum(n), 0)::bigint AS matched,
           {most} AS most, {level} AS level
    FROM piece"""


def counted_before(layer: str, chosen: Names[str]) -> str:
    """(body, returned, matched, most, level) of what is open, from the pyramid; `most` is no limit.

    Binds :layer, :level and the cells :west, :north, :east, :south of that level, ends included;
    :category and :urgency (lists) where they are `chosen`. Where that were more than :cells, they
    are of a coarser `level`; nothing where the coarsest are too many. The position is the mean of
    the chosen categories, of whatever urgency.
    """
    asked = {u: f"({u} = ANY(:urgency))::int" if "urgency" in chosen else "1" for u in URGENCIES}
    n = " + ".join(f"c.n{u} * {which}" for u, which in asked.items())
    number = " + ".join(f"c.sid{u} * {which}" for u, which in asked.items())
    tops = ", ".join(f"CASE WHEN c.n{u} * {which} > 0 THEN {u} END" for u, which in asked.items())
    highest = f"greatest({tops})" if layer == "needs" else "NULL::int"
    inside = """c.cy BETWEEN :north >> (:level - at.level) AND :south >> (:level - at.level)
        AND c.cx BETWEEN :west >> (:level - at.level) AND :east >> (:level - at.level)"""
    category = "= ANY(:category)" if "category" in chosen else "<> '*'"
    return _pieces(
        layer,
        f"""
    WITH at AS (
      SELECT at.level FROM generate_series(:level, {COARSEST}, -1) AS at(level)
      WHERE (SELECT count(*) FROM (
        SELECT FROM pub.cluster AS c WHERE c.layer = :layer AND c.level = at.level AND {inside}
          AND c.category = '*' LIMIT :cells + 1) AS seen) <= :cells
      LIMIT 1
    ), counted AS (
      SELECT c.*, {n} AS n, {number} AS number, {highest} AS highest
      FROM at JOIN pub.cluster AS c ON c.layer = :layer AND c.level = at.level AND {inside}
      WHERE c.category {category}
    ), cell AS (
      SELECT level, cy, cx, sum(n)::bigint AS n, max(highest) AS urgency,
             json_object_agg(category, n ORDER BY category) AS by_category,
             (sum(sx) / sum(n1 + n2 + n3 + n4) + 0.5) / {WORLD} AS x,
             (sum(sy) / sum(n1 + n2 + n3 + n4) + 0.5) / {WORLD} AS y, sum(number)::bigint AS number
      FROM counted WHERE n > 0 GROUP BY level, cy, cx
    )""",
        code=CODE,
        most="'infinity'::float",
        level="(SELECT level FROM at)",
    )


def counted_now(layer: str, where: Where, *, only_open: bool) -> str:
    """(body, returned, matched, most, level) of what passes, row by row.

    Binds :level, :cells and `where`'s; levels as of `counted_before`. `matched` above `most` tells
    that there are more, not read.
    """
    still = "AND f.public_until IS NULL" if only_open else ""
    view = LAYERS[layer][0]
    y = "radians(ext.ST_Y(f.geom))"
    row, column = (f"floor({part} * power(2, at.level))::int" for part in "yx")
    return _pieces(
        layer,
        f"""
    WITH passed AS (
      SELECT f.code, {CATEGORY[layer]} AS category, {URGENCY[layer]} AS urgency,
             (ext.ST_X(f.geom) + 180) / 360 AS x,
             (1 - ln(tan({y}) + 1 / cos({y})) / pi()) / 2 AS y
      FROM {view} AS f WHERE {where} {still} LIMIT {MOST_COUNTED} + 1
    ), at AS (
      SELECT at.level FROM generate_series(:level, {COARSEST}, -1) AS at(level)
      WHERE (SELECT count(*) FROM (
        SELECT DISTINCT {row}, {column} FROM passed LIMIT :cells + 1) AS seen) <= :cells
      LIMIT 1
    ), counted AS (
      SELECT at.level, {row} AS cy, {column} AS cx, category, count(*) AS n,
             max(urgency) AS urgency, sum(x) AS x, sum(y) AS y, min(code) AS code
      FROM at CROSS JOIN passed GROUP BY 1, 2, 3, 4
    ), cell AS (
      SELECT level, cy, cx, sum(n)::bigint AS n, max(urgency) AS urgency,
             json_object_agg(category, n ORDER BY category) AS by_category,
             sum(x) / sum(n) AS x, sum(y) / sum(n) AS y, min(code) AS code
      FROM counted GROUP BY level, cy, cx
    )""",
        code="cell.code",
        most=str(MOST_COUNTED),
        level="(SELECT level FROM at)",
    )
