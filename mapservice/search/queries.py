"""Candidates by index, few of each kind, then ranked: the cost is bounded whatever is asked.

Texts are folded (`core.fold`), so that diacritics, case and composition do not matter.
"""

from collections.abc import Callable

from mapservice.layers.queries import NEEDS, UNIT_NAMES

SOME = 50  # candidates of each kind and way
SHORTEST = 3  # letters from which the trigram index finds the middle of a word
# Hits that are looked at for the first SOME. A common word has more: with a limit, not an order,
# the planner reads until it has them, and goes by the trigrams where they are fewer.
MANY = 500
# What each kind is called, its table, and which candidates come first.
KINDS = {
    "place": ("pub.place", "title_folded", "code", "f.code"),
    "need": (NEEDS, "title_folded", "code", "f.urgency DESC, f.checked_on DESC, f.code"),
    "unit": (
        "(SELECT * FROM pub.unit AS o WHERE o.level <> 'province')",
        "name_folded",
        "key",
        "f.key",
    ),
}
# Of what begins alike the shortest first, so that the exact name is never cut off.
BYTEWISE = "USING OPERATOR(pg_catalog.~<~)"
UNIT_JOIN = "LEFT JOIN pub.unit AS parent ON parent.id = f.parent_id"
NOW = """(SELECT string_agg(kin.name, ', ' ORDER BY kin.key) FROM pub.unit_within AS w
    JOIN pub.unit AS kin ON kin.id = w.container_id
  WHERE w.unit_id = f.id AND kin.id <> f.id AND kin.level = f.level AND kin.valid_to IS NULL)"""
# What each kind shows; a unit is exactly named by its name without "Xã", "Phường".
SHOWN = {
    "place": f"""NULL AS place, f.title, f.kind, commune.name AS commune,
      district.name AS district, NULL::date AS valid_to, NULL AS now,
      (SELECT max(n.urgency) FROM {NEEDS} AS n WHERE n.place_id = f.id) AS urgency,
      f.geom, false AS named""",
    "need": """f.place, f.title, f.category AS kind, commune.name AS commune,
      district.name AS district, NULL::date AS valid_to, NULL AS now, f.urgency, f.geom,
      false AS named""",
    "unit": f"""NULL AS place, f.name AS title, f.level AS kind, NULL AS commune,
      parent.name AS district, f.valid_to, {NOW} AS now, NULL::smallint AS urgency,
      f.label_point AS geom, right(f.name_folded, length(f.short_name)) = :q AS named""",
}


def by_words(words: int, short: frozenset[int]) -> str:
    """Titles that hold each word (:holds0 …); a `short` one only where a word begins.

    :begins0 … and :later0 … are LIKE patterns of a word that begins the title, or follows a blank.
    """
    begin = " AND ".join(_begins("folded", i) for i in range(words))
    rank = f"""CASE WHEN folded = :q OR named THEN 'exact' WHEN folded LIKE :prefix THEN 'prefix'
      WHEN {begin} THEN 'word' ELSE 'part' END"""
    return _ranked(
        rank,
        "-length(folded)",
        lambda kind: (
            f"""
        (SELECT {_key(kind)} AS key FROM {_table(kind)} AS f
         WHERE {_folded(kind)} LIKE :prefix
         ORDER BY {_folded(kind)} {BYTEWISE}, {_key(kind)} LIMIT {SOME})
        UNION
        (SELECT {_key(kind)} FROM (SELECT * FROM {_table(kind)} AS f
           WHERE {_words(kind, words, short)} LIMIT {MANY}) AS f
         ORDER BY {KINDS[kind][3]} LIMIT {SOME})"""
        ),
    )


def by_likeness() -> str:
    """Titles in which something looks like the question: for what is mistyped."""
    return _ranked(
        "'similar'",
        "ext.word_similarity(:q, folded)",
        lambda kind: (
            f"""
        SELECT {_key(kind)} AS key FROM {_table(kind)} AS f
        WHERE {_folded(kind)} OPERATOR(ext.%>) :q LIMIT {SOME}"""
        ),
    )


def _ranked(rank: str, likeness: str, candidates: Callable[[str], str]) -> str:
    """Rows of `service.Hit` without highlights, the best first."""
    parts = " UNION ALL ".join(_found(kind, candidates(kind)) for kind in KINDS)
    return f"""
    WITH found AS ({parts}),
      ranked AS (SELECT f.*, {rank} AS match, {likeness} AS likeness
                 FROM found AS f)
    SELECT type, code, place, title, kind, commune, district, valid_to, now, urgency,
           round(ext.ST_X(geom)::numeric, 6)::float AS lng,
           round(ext.ST_Y(geom)::numeric, 6)::float AS lat, match
    FROM ranked
    ORDER BY array_position(ARRAY['exact', 'prefix', 'word', 'part'], match),
             CASE WHEN match = 'similar' THEN likeness END DESC, urgency DESC NULLS LAST,
             valid_to DESC NULLS FIRST, likeness DESC, title, code
    LIMIT :limit"""


def _found(kind: str, candidates: str) -> str:
    joins = UNIT_JOIN if kind == "unit" else UNIT_NAMES
    return f"""
    SELECT '{kind}' AS type, {_key(kind)} AS code, {SHOWN[kind]}, {_folded(kind)} AS folded
    FROM ({candidates}) AS c JOIN {_table(kind)} AS f ON {_key(kind)} = c.key {joins}"""


def _words(kind: str, words: int, short: frozenset[int]) -> str:
    text = _folded(kind)
    return " AND ".join(
        _begins(text, i) if i in short else f"{text} LIKE :holds{i}" for i in range(words)
    )


def _begins(text: str, word: int) -> str:
    return f"({text} LIKE :begins{word} OR {text} LIKE :later{word})"


def _table(kind: str) -> str:
    return KINDS[kind][0]


def _folded(kind: str) -> str:
    return f"f.{KINDS[kind][1]}"


def _key(kind: str) -> str:
    return f"f.{KINDS[kind][2]}"
