"""Pages of a collection as SQL: first the keys, by the index they lie in, then their features."""

from mapservice.layers.filters import Where
from mapservice.layers.queries import LAYERS, counted

MOST_MATCHED = 200_000  # features that are counted for one answer
IN_A_BOX = """f.geom OPERATOR(ext.&&)
  ext.ST_MakeEnvelope(:west{0}, :south{0}, :east{0}, :north{0}, 4326)"""
# What lies in a period: a unit by its validity, a need by when it is wanted; all else is timeless.
BEGUN = {"units": "f.valid_from <= :end", "needs": "(f.wanted_from <= :end) IS NOT FALSE"}
NOT_OVER = {
    "units": "(f.valid_to > :begin) IS NOT FALSE",
    "needs": "(f.wanted_until >= :begin) IS NOT FALSE",
}


def keys(layer: str, key: str, where: Where) -> str:
    """(key): at most :limit of them after :after, in their order."""
    return f"""
    SELECT f.{key} FROM {LAYERS[layer][0]} AS f
    WHERE {where} AND f.{key} > :after ORDER BY f.{key} LIMIT :limit"""


def texts(layer: str, key: str, where: Where) -> str:
    """(body): the features that pass, as texts joined by commas, in the order of their keys."""
    view, feature, _ = LAYERS[layer]
    return f"""
    SELECT coalesce(string_agg({feature}, ',' ORDER BY f.{key}), '')
    FROM {view} AS f WHERE {where}"""


def count(layer: str, where: Where) -> str:
    """(matched): how many features pass; null where no sums of them are kept, and they are more
    than MOST_MATCHED."""
    return counted(layer, where, MOST_MATCHED)


def named(key: str, names: list[str]) -> Where:
    """The features with these keys."""
    return Where((f"f.{key} = ANY(:names)",), {"names": names})
