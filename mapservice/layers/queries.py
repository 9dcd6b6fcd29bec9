"""The public layers as SQL: one statement gives a whole FeatureCollection's features.

Everything here reads schema `pub` only. PostgreSQL writes the GeoJSON; Python never parses a
geometry (layers.md: 7 times the throughput of objects and a serialiser).
"""

from mapservice.db import SENT_ON
from mapservice.layers.filters import CLAUSES, Where

CAP = 1000  # features in one answer
FEW = 200  # features that are found sooner than a plan is made for them
MOST_COUNTED = 20_000  # rows that are counted for one answer

# A met need stays public for a while: the read model cannot look at the clock, so readers do.
NEEDS = "(SELECT * FROM pub.need AS o WHERE o.public_until IS NULL OR o.public_until > now())"

# A feature's text is stored in its row (migration 0066); what moves with the clock, or is asked
# for, is put in front of its last two braces.
FEATURE = """json_build_object('type', 'Feature', 'id', {code},
  'geometry', ext.ST_AsGeoJSON({geom}, 6)::json,
  'properties', json_build_object({properties}))::text"""

UNIT_NAMES = """
  LEFT JOIN pub.unit AS commune ON commune.id = f.commune_id
  LEFT JOIN pub.unit AS former ON former.id = f.former_commune_id
  LEFT JOIN pub.unit AS district ON district.id = former.parent_id"""

# Drawn no finer than the map shows it; :tolerance 0 is the shape itself.
DRAWN = """CASE WHEN CAST(:tolerance AS double precision) > 0
    THEN ext.ST_SimplifyPreserveTopology(f.geom, :tolerance) ELSE f.geom END"""

PLACE = f"""(SELECT left(f.feature, -2) || ',"needs":' || count(*) || ',"max_urgency":'
    || coalesce(max(n.urgency)::text, 'null') || '}}}}'
  FROM {NEEDS} AS n WHERE n.place_id = f.id)"""
UNIT = FEATURE.format(
    code="f.key",
    geom=DRAWN,
    properties="""'code', f.key, 'name', f.name, 'short_name', f.short_name, 'level', f.level,
  'approximate', f.approximate, 'label', json_build_array(
    round(ext.ST_X(f.label_point)::numeric, 6), round(ext.ST_Y(f.label_point)::numeric, 6)),
  'valid_from', f.valid_from, 'valid_to', f.valid_to""",
)

PERSON_CELL = FEATURE.format(
    code="f.code",
    geom=DRAWN,
    properties="""'code', f.code, 'area', f.area, 'name', f.name, 'level', f.level,
  'group', f.need_group, 'band_low', f.band_low, 'band_high', f.band_high,
  'label', json_build_array(
    round(ext.ST_X(f.label_point)::numeric, 6), round(ext.ST_Y(f.label_point)::numeric, 6)),
  'units', (SELECT json_agg(u.name ORDER BY u.short_name COLLATE "vi-x-icu", u.key)
            FROM pub.unit AS u WHERE u.id = ANY(f.unit_ids)),
  'unit_codes', (SELECT json_agg(u.key ORDER BY u.short_name COLLATE "vi-x-icu", u.key)
                 FROM pub.unit AS u WHERE u.id = ANY(f.unit_ids))""",
)

# What few needs have stands in their text alone: teams that come together, an estimated point.
TOLD = """, (f.feature::json #>> '{properties,together}')::boolean AS together,
      (f.feature::json #>> '{properties,people_in_all}')::int AS people_in_all,
      (f.feature::json #>> '{properties,point_estimated}')::boolean AS point_estimated"""

# layer -> view, feature's text, total order (what the cap keeps first)
LAYERS = {
    "needs": (NEEDS, "f.feature", "f.urgency DESC, f.checked_on DESC, f.code"),
    "places": ("pub.place", PLACE, "f.code"),
    "teams": ("pub.team", "f.feature", "f.code"),
    "units": ("pub.unit", UNIT, "f.level DESC, f.key"),
    "people": ("pub.person_cell", PERSON_CELL, "f.code"),
}

# Layers of which sums are kept, and the filters that these know.
TALLIED = {
    "needs": ("unit_ids", "category", "status", "urgency"),
    "places": ("unit_ids", "kind"),
    "teams": ("unit_ids", "kind"),
}


def features(layer: str, where: Where) -> str:
    """(body, returned): the features' bytes joined by commas in their order, at most :limit.

    It names no more than it needs: planning what is not asked for took longer than answering.
    """
    view, feature, order = LAYERS[layer]
    return f"""
    SELECT coalesce(string_agg(feature, ','), '')::{SENT_ON} AS body, count(*) AS returned
    FROM (SELECT {feature} AS feature FROM {view} AS f
          WHERE {where} ORDER BY {order} LIMIT :limit) AS kept"""


def few(layer: str, where: Where) -> str:
    """(body, returned, matched) as of `features`, where no more than FEW pass; else body is null.

    They are counted first, by the index of what is asked for: it costs what passes, or FEW, and one
    plan suits all values.
    """
    return f"""
    SELECT CASE WHEN seen.n <= {FEW}
             THEN (SELECT kept.body FROM ({features(layer, where)}) AS kept) END AS body,
           least(seen.n, :limit) AS returned, seen.n AS matched
    FROM (SELECT count(*) AS n FROM (
      SELECT FROM {LAYERS[layer][0]} AS f WHERE {where} LIMIT {FEW} + 1) AS passed) AS seen"""


def counted(layer: str, where: Where, most: int) -> str:
    """How many features of a layer pass; null where they have to be counted and are more than
    `most`."""
    if is_tallied(layer, where):
        return count(layer, where)
    return f"""
    SELECT CASE WHEN count(*) <= {most} THEN count(*) END
    FROM (SELECT FROM {LAYERS[layer][0]} AS f WHERE {where} LIMIT {most} + 1) AS passed"""


# Web Mercator (EPSG:3857) as fractions of the world, x to the east and y to the south: the cells
# of level z+2 are 64 px wide at zoom z. Computed inline: ST_Transform costs ten times as much.
CELLS = """
  floor((ext.ST_X(f.geom) + 180) / 360 * :cells)::int AS cx,
  floor((1 - ln(tan(radians(ext.ST_Y(f.geom))) + 1 / cos(radians(ext.ST_Y(f.geom)))) / pi()) / 2
        * :cells)::int AS cy"""


def near(where: Where) -> str:
    """(body, returned): the :limit needs nearest to (:lng, :lat), each with its `metres`.

    The order runs along the geography index (ix_need_geom_geography), so it is exact on the
    ellipsoid and costs what it returns, not what is stored.
    """
    spot = "ext.geography(ext.ST_SetSRID(ext.ST_MakePoint(:lng, :lat), 4326))"
    return f"""
    WITH nearest AS (
      SELECT f.*, ext.ST_Distance(ext.geography(f.geom), {spot}) AS metres
      FROM {NEEDS} AS f WHERE {where}
      ORDER BY ext.geography(f.geom) OPERATOR(ext.<->) {spot} LIMIT :limit
    )
    SELECT coalesce(string_agg(left(f.feature, -2) || ',"metres":' || round(f.metres) || '}}}}',
             ',' ORDER BY f.metres, f.code), '')::{SENT_ON} AS body, count(*) AS returned
    FROM nearest AS f"""


def rows(layer: str, where: Where) -> str:
    """Rows of a layer for a page's list, from :offset, at most :limit, with their unit names."""
    view, _, order = LAYERS[layer]
    told = TOLD if layer == "needs" else ""  # of the page's rows alone: it reads their text
    return f"""
    WITH kept AS (SELECT f.* FROM {view} AS f WHERE {where}
                  ORDER BY {order} LIMIT :limit OFFSET :offset)
    SELECT f.*{told}, ext.ST_X(f.geom) AS lng, ext.ST_Y(f.geom) AS lat, commune.name AS commune,
           commune.key AS commune_key, former.name AS former_commune, former.key AS former_key,
           district.name AS district, district.key AS district_key
    FROM kept AS f {UNIT_NAMES} ORDER BY {order}"""


def is_tallied(layer: str, where: Where) -> bool:
    """Whether the sums that are kept (migration 0067) know everything that is asked for."""
    if layer not in TALLIED:
        return False
    return set(where.clauses) <= {CLAUSES[name] for name in TALLIED[layer]}


def count(layer: str, where: Where) -> str:
    """How many features of a layer pass."""
    view, number = _summed_from(layer, where)
    return f"SELECT {number} FROM {view} AS f WHERE {where}"


def needs_by_unit(where: Where) -> str:
    """(unit_id, needs): open needs by every unit that contains them."""
    view, number = _summed_from("needs", where)
    return f"""SELECT unit_id, {number} AS needs
    FROM {view} AS f, unnest(f.unit_ids) AS unit_id WHERE {where}
    GROUP BY unit_id HAVING {number} > 0"""


def needs_by_category(where: Where) -> str:
    """(category, needs): open needs by category."""
    view, number = _summed_from("needs", where)
    return f"""SELECT f.category, {number} AS needs
    FROM {view} AS f WHERE {where}
    GROUP BY f.category HAVING {number} > 0 ORDER BY f.category"""


def _summed_from(layer: str, where: Where) -> tuple[str, str]:
    """What is counted, and how: the kept sums where they know enough, else the rows themselves."""
    if is_tallied(layer, where):
        sums = f"(SELECT * FROM pub.feature_count AS o WHERE o.layer = '{layer}')"
        return sums, "coalesce(sum(f.n), 0)::bigint"
    return LAYERS[layer][0], "count(*)"


# Photos of a place, in their order; all are public.
PHOTOS = """
    SELECT f.id, f.caption, f.width, f.height FROM pub.photo AS f
    WHERE f.place_id = :place_id ORDER BY f.position, f.id"""

IS_ESTIMATED = "SELECT EXISTS (SELECT FROM pub.estimated_place AS f WHERE f.id = :place_id)"
PHOTO = "SELECT EXISTS (SELECT FROM pub.photo AS f WHERE f.id = :photo_id)"

UNIT_BY_DAY = """
    SELECT f.id, f.key, f.code, f.name, f.short_name, f.level, f.valid_from, f.valid_to,
           f.approximate, f.area_km2, ext.ST_XMin(f.bounds) AS west, ext.ST_YMin(f.bounds) AS south,
           ext.ST_XMax(f.bounds) AS east, ext.ST_YMax(f.bounds) AS north, parent.name AS parent,
           parent.key AS parent_key
    FROM pub.unit AS f LEFT JOIN pub.unit AS parent ON parent.id = f.parent_id
    WHERE f.code = :code AND f.valid_from <= :day AND (f.valid_to IS NULL OR f.valid_to > :day)"""

UNITS_OF_LEVEL = """
    SELECT f.id, f.key, f.name, f.short_name, f.level FROM pub.unit AS f
    WHERE f.level = ANY(:level) AND f.valid_from <= :day
      AND (f.valid_to IS NULL OR f.valid_to > :day)
    ORDER BY f.short_name COLLATE "vi-x-icu", f.key"""

APPROXIMATE = """
    SELECT bool_or(f.approximate) FROM pub.unit AS f
    WHERE f.level = 'commune' AND f.valid_from <= :day
      AND (f.valid_to IS NULL OR f.valid_to > :day)"""

ANY_DEMO = "SELECT EXISTS (SELECT FROM pub.place AS f WHERE f.demo)"

UNIT_CHILDREN = """
    SELECT f.id, f.key, f.name FROM pub.unit AS f WHERE f.parent_id = :unit_id
    ORDER BY f.short_name COLLATE "vi-x-icu", f.key"""

# Units of the other eras that a unit became part of, or that became part of it.
UNIT_KIN = """
    SELECT kin.key, kin.name, kin.level, kin.valid_from, kin.valid_to, parent.name AS parent,
           kin.id = w.container_id AS successor
    FROM pub.unit_within AS w
      JOIN pub.unit AS kin ON kin.id IN (w.unit_id, w.container_id) AND kin.id <> :unit_id
      LEFT JOIN pub.unit AS parent ON parent.id = kin.parent_id
    WHERE :unit_id IN (w.unit_id, w.container_id) AND kin.level = :level
    ORDER BY kin.valid_from, kin.short_name COLLATE "vi-x-icu", kin.key"""

# (inside, cut): today's communes that lie wholly in a unit of any era, and whether a cell of
# people lies partly in it. A commune of today lies in a former unit when all it came from does.
UNIT_OF_CELLS = """
    WITH came AS (
      SELECT w.container_id AS commune_id, held.unit_id IS NOT NULL AS inside
      FROM pub.unit AS old
        JOIN pub.unit_within AS w ON w.unit_id = old.id
        JOIN pub.unit AS now_ ON now_.id = w.container_id AND now_.level = 'commune'
          AND now_.valid_to IS NULL
        LEFT JOIN pub.unit_within AS held
          ON held.unit_id = old.id AND held.container_id = :unit_id
      WHERE old.level = 'commune' AND old.valid_from <= :former
        AND (old.valid_to IS NULL OR old.valid_to > :former)
    ), own AS (
      SELECT u.id AS commune_id FROM pub.unit AS u
        JOIN pub.unit_within AS w ON w.unit_id = u.id AND w.container_id = :unit_id
      WHERE u.level = 'commune' AND u.valid_to IS NULL
    ), found AS (
      SELECT ARRAY(SELECT commune_id FROM own UNION SELECT commune_id FROM came
                   GROUP BY commune_id HAVING bool_and(inside) ORDER BY 1) AS inside,
             ARRAY(SELECT commune_id FROM own UNION SELECT commune_id FROM came WHERE inside
                   UNION SELECT w.container_id FROM pub.unit_within AS w
                   WHERE w.unit_id = :unit_id) AS touched
    )
    SELECT inside, EXISTS (SELECT FROM pub.person_cell AS f
                           WHERE f.unit_ids && touched AND NOT f.unit_ids <@ inside) AS cut
    FROM found"""

CELLS_INSIDE = """
    SELECT f.need_group, f.band_low, f.band_high FROM pub.person_cell AS f
    WHERE f.unit_ids <@ CAST(:people_units AS integer[]) ORDER BY f.code"""

LABELS = {
    "categories": "SELECT code, name, icon, colour FROM pub.need_category ORDER BY position, code",
    "kinds": "SELECT code, name, icon, colour FROM pub.place_kind ORDER BY position, code",
    "skills": "SELECT code, name FROM pub.skill ORDER BY position, code",
}
