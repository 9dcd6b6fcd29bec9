"""One vector tile as one statement: PostgreSQL draws and encodes, Python passes bytes on.

A point belongs to exactly one tile: counts of all tiles add up. An area is drawn into each tile
it touches, and a little beyond the edge, so that its outline does not run along it.
"""

from mapservice.geo import CELLS_OF_TILE
from mapservice.layers.cluster_queries import CODE, URGENCIES, WORLD
from mapservice.layers.filters import Where
from mapservice.layers.queries import CELLS, LAYERS, UNIT_NAMES

EXTENT = 4096  # units along a tile's side
BUFFER = 64  # units that areas are drawn beyond the edge
MOST = 5000  # points of a tile that are drawn one by one

METRES_ROUND = 40_075_016.685578488  # the world's width in Web Mercator (EPSG:3857)
# Where the members of a cell are on average, from parts of the world.
MEAN = f"""ext.ST_SetSRID(ext.ST_MakePoint(
  (cell.x - 0.5) * {METRES_ROUND}, (0.5 - cell.y) * {METRES_ROUND}), 3857)"""

EDGE = "ext.ST_TileEnvelope(:z, :x, :y)"
# An index finds what may lie in the tile; a metre more, for what rounding would lose.
NEARBY = f"""f.geom OPERATOR(ext.&&)
  ext.ST_Transform(ext.ST_Expand({EDGE}, :beyond), 4326)"""
# At low zoom communes are smaller than their outlines.
TODAYS = "f.valid_from <= :day AND (f.valid_to IS NULL OR f.valid_to > :day)"
DRAWN_UNITS = f"{TODAYS} AND (f.level <> 'commune' OR :z >= 8)"

# layer -> the properties of a feature, as the tile holds them (a list becomes one text)
PROPERTIES = {
    "needs": """f.code, f.title, f.place, f.place_title, f.place_kind AS kind, f.category,
      f.urgency, f.status, f.parts, f.parts_taken, array_to_string(f.skills, ',') AS skills,
      commune.name AS commune, district.name AS district, f.checked_on::text AS checked_on""",
    "places": """f.code, f.title, f.kind, commune.name AS commune, district.name AS district,
      f.checked_on::text AS checked_on""",
    "teams": """f.code, f.name, f.kind, f.state, f.people, f.radius_km::float AS radius_km,
      array_to_string(f.skills, ',') AS skills, f.organisation, commune.name AS commune""",
    "units": "f.key AS code, f.name, f.short_name, f.level, f.approximate",
    "people": """f.code, f.name, f.level, f.need_group AS "group", f.band_low, f.band_high""",
}
CROWDED = "SELECT count(*) > :most FROM inside"
JOINS = {"needs": UNIT_NAMES, "places": UNIT_NAMES, "teams": UNIT_NAMES}


def points(layer: str) -> str:
    """(tile, crowded) of a layer of points, each as its feature; no tile where it is crowded.

    Binds :cells, the tiles along the world's side at this zoom.
    """
    view, _, order = LAYERS[layer]
    return _encoded(
        f"""
    near AS (SELECT f.*, {CELLS} FROM {view} AS f WHERE {NEARBY}),
    inside AS (SELECT * FROM near WHERE cx = :x AND cy = :y LIMIT :most + 1),
    kept AS (SELECT * FROM inside AS f WHERE NOT ({CROWDED}) ORDER BY {order}),
    drawn AS (SELECT {_placed("f.geom")} AS geom, {PROPERTIES[layer]}
              FROM kept AS f {JOINS[layer]})""",
        more=f", ({CROWDED}) AS crowded",
    )


def counted(layer: str) -> str:
    """(tile) of a layer of points as clusters, counted now from all that lie in it.

    Binds :cells, the cells of 64 pixels along the world's side at this zoom.
    """
    urgency = "max(f.urgency)" if layer == "needs" else "NULL::int"
    mean = "ext.ST_SetSRID(ext.ST_MakePoint(cell.lng, cell.lat), 4326)"
    return _encoded(
        f"""
    near AS (SELECT f.*, {CELLS} FROM {LAYERS[layer][0]} AS f WHERE {NEARBY}),
    cell AS (
      SELECT count(*) AS n, min(f.code) AS code, {urgency} AS urgency,
             avg(ext.ST_X(f.geom)) AS lng, avg(ext.ST_Y(f.geom)) AS lat
      FROM near AS f
      WHERE cx >> {CELLS_OF_TILE} = :x AND cy >> {CELLS_OF_TILE} = :y GROUP BY cx, cy
    ),
    drawn AS ({_of_cells(layer, _placed(mean), "cell.code")})"""
    )


def clusters(layer: str) -> str:
    """(tile) of a layer of points from its pyramid: `count` of what is open in each cell; alone,
    its feature. Binds :level and the cells :west, :north, :east, :south of that level.
    """
    urgency = "NULL::int"
    if layer == "needs":
        urgency = f"greatest({', '.join(f'CASE WHEN c.n{u} > 0 THEN {u} END' for u in URGENCIES)})"
    n, number = (" + ".join(f"c.{sums}{u}" for u in URGENCIES) for sums in ("n", "sid"))
    return _encoded(
        f"""
    cell AS (
      SELECT {n} AS n, {number} AS number, {urgency} AS urgency,
             (c.sx::float / ({n}) + 0.5) / {WORLD} AS x, (c.sy::float / ({n}) + 0.5) / {WORLD} AS y
      FROM pub.cluster AS c
      WHERE c.layer = :layer AND c.level = :level AND c.category = '*'
        AND c.cy BETWEEN :north AND :south AND c.cx BETWEEN :west AND :east
    ),
    drawn AS ({_of_cells(layer, _framed(MEAN), CODE)})"""
    )


def _of_cells(layer: str, place: str, code: str) -> str:
    """What is drawn of the table `cell` (n, urgency, and what `place` and `code` read).

    What stands alone and was withdrawn since it was counted is left out.
    """
    return f"""
      SELECT {place} AS geom, CASE WHEN cell.n > 1 THEN true END AS cluster,
             CASE WHEN cell.n > 1 THEN cell.n END AS count,
             CASE WHEN cell.n > 1 THEN cell.urgency END AS max_urgency, {PROPERTIES[layer]}
      FROM cell LEFT JOIN {LAYERS[layer][0]} AS f ON cell.n = 1 AND f.code = {code} {JOINS[layer]}
      WHERE cell.n > 1 OR f.code IS NOT NULL"""


def areas(layer: str, where: Where) -> str:
    """The tile of a layer of areas."""
    view, _, order = LAYERS[layer]
    return _encoded(
        f"""
    kept AS (SELECT f.* FROM {view} AS f WHERE {NEARBY} AND {where} ORDER BY {order} LIMIT :most),
    drawn AS (SELECT ext.ST_AsMVTGeom(ext.ST_Transform(f.geom, 3857), {EDGE}, {EXTENT}, {BUFFER})
                     AS geom, {PROPERTIES[layer]} FROM kept AS f)"""
    )


def _placed(point: str) -> str:
    return _framed(f"ext.ST_Transform({point}, 3857)")


def _framed(point: str) -> str:
    # Not clipped: a point on the edge belongs to this tile and to no other.
    return f"ext.ST_AsMVTGeom({point}, {EDGE}, {EXTENT}, 0, false)"


def _encoded(parts: str, more: str = "") -> str:
    """(tile): the bytes; none where nothing is drawn."""
    return f"""WITH {parts}
    SELECT ext.ST_AsMVT(drawn, :layer, {EXTENT}, 'geom') AS tile{more}
    FROM drawn WHERE geom IS NOT NULL"""
