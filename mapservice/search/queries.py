"""Candidates by index, few of each kind, then ranked: the cost is bounded whatever is asked.

Texts are folded (`core.fold`), so that diacritics, case and composition do not matter.
"""

from collections.abc import Callable, Iterable

from mapservice.layers.queries import NEEDS, UNIT_NAMES

SOME = 50  # candidates of each kind and way
SHORTEST = 3  # letters from which the trigram index finds the middle of a word
MANY = 200  # hits that are looked at for the first SOME
# Rows that are looked through before any index: what is common is found here. The trigrams of a
# common word would be those of half the table, and are asked only where too few are found.
LOOKED_THROUGH = 1000
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
    "name": ("former", "name_folded", "key", "f.key"),
}
# A view over the whole territory: put together once, and only of what may be a candidate.
FORMER = """former AS MATERIALIZED (
      SELECT * FROM pub.former_name AS f WHERE f.name_folded LIKE :prefix OR {condition}),"""
WRITTEN = ("place", "need")  # kinds whose titles people write
TYPES = {"name": "unit"}  # a former name leads to its unit; every other kind is a type
# Of what begins alike the shortest first, so that the exact name is never cut off.
BYTEWISE = "USING OPERATOR(pg_catalog.~<~)"
JOINS = {"unit": "LEFT JOIN pub.unit AS parent ON parent.id = f.parent_id", "name": ""}
NOW = """(SELECT string_agg(kin.name, ', ' ORDER BY kin.key) FROM pub.unit_within AS w
    JOIN pub.unit AS kin ON kin.id = w.container_id
  WHERE w.unit_id = f.id AND kin.id <> f.id AND kin.level = f.level AND kin.valid_to IS NULL)"""
RANK = """CASE WHEN folded = :q OR named THEN 'exact' WHEN folded LIKE :prefix THEN 'prefix'
      WHEN {begin} THEN 'word' ELSE 'part' END"""
NEARNESS = "(folded LIKE :phrase)::int - length(folded) / 1000.0"
# What each kind shows; a unit is exactly named by its name without "Xã", "Phường". Names that are
# gone come after units.
SHOWN = {
    "place": f"""NULL AS place, f.title, f.kind, commune.name AS commune,
      district.name AS district, NULL::date AS valid_to, NULL AS now,
      (SELECT max(n.urgency) FROM {NEEDS} AS n WHERE n.place_id = f.id) AS urgency,
      f.geom, false AS named, false AS gone""",
    "need": """f.place, f.title, f.category AS kind, commune.name AS commune,
      district.name AS district, NULL::date AS valid_to, NULL AS now, f.urgency, f.geom,
      false AS named, false AS gone""",
    "unit": f"""NULL AS place, f.name AS title, f.level AS kind, NULL AS commune,
      parent.name AS district, f.valid_to, {NOW} AS now, NULL::smallint AS urgency,
      f.label_point AS geom, right(f.name_folded, length(f.short_name)) = :q AS named,
      false AS gone""",
    "name": """NULL AS place, f.name AS title, f.level AS kind, NULL AS commune,
      f.parent AS district, NULL::date AS valid_to, f.now, NULL::smallint AS urgency,
      f.label_point AS geom, f.short_folded = :q AS named, true AS gone""",
}


def by_words(words: int, short: frozenset[int]) -> str:
    """Titles that hold each word (:holds0 …); a `short` one only where a word begins.

    :begins0 … and :later0 … are LIKE patterns of a word that begins the title, or follows a blank.
    """
    return _ranked(
        RANK.format(begin=" AND ".join(_begins("folded", i) for i in range(words))),
        NEARNESS,
        lambda kind: _words(kind, range(words), short),
        prefixed=True,
    )


# (name, ids): the name of units that stands among the asked words, " so parted ": the one they end
# with ("trường Sơn Động" is none of Xã Trường Sơn), else the longest.
UNIT_AMONG = """
    SELECT u.name, array_agg(u.id) AS ids FROM (
      SELECT f.id, unnest(ARRAY[f.name_folded, right(f.name_folded, length(f.short_name))]) AS name
      FROM pub.unit AS f WHERE f.level <> 'province') AS u
    WHERE :words LIKE '% ' || u.name || ' %'
    GROUP BY u.name
    ORDER BY :words LIKE '% ' || u.name || ' ' DESC, length(u.name) DESC, u.name LIMIT 1"""


def by_words_inside(words: int, short: frozenset[int]) -> str:
    """Places and needs inside one of :units whose titles hold each word."""
    inside = "f.unit_ids && CAST(:units AS integer[])"
    return _ranked(
        RANK.format(begin=" AND ".join(_begins("folded", i) for i in range(words))),
        NEARNESS,
        lambda kind: f"{inside} AND {_words(kind, range(words), short)}",
        WRITTEN,
    )


def by_code() -> str:
    """The place or the need of this :code."""
    return _ranked("'exact'", "0", lambda kind: f"{_code(kind)} = :code", WRITTEN)


# Each asked word as titles may write it: as it was typed where a known word begins so, else the
# known word that is most like it, else null.
KNOWN = """
    SELECT CASE WHEN a.word ~ '[0-9]' OR EXISTS (
               SELECT FROM pub.word AS k WHERE k.word LIKE a.begins) THEN a.word
           ELSE (SELECT k.word FROM pub.word AS k WHERE k.word OPERATOR(ext.%) a.word
                 ORDER BY ext.similarity(k.word, a.word) DESC, k.word LIMIT 1) END AS word
    FROM unnest(CAST(:words AS text[]), CAST(:begins AS text[]))
      WITH ORDINALITY AS a(word, begins, place)
    ORDER BY a.place"""


def by_most_words(words: int, short: frozenset[int]) -> str:
    """Titles that hold all of the words but one, those first that are most like the question."""
    fewer = [[i for i in range(words) if i != left_out] for left_out in range(words)]
    return _like(lambda kind: " OR ".join(f"({_words(kind, some, short)})" for some in fewer))


def by_like_words(words: int, short: frozenset[int]) -> str:
    """Titles that hold each word, those first that are most like the question."""
    return _like(lambda kind: _words(kind, range(words), short))


def _like(condition: Callable[[str], str]) -> str:
    likeness = "ext.word_similarity(:q, folded)"
    return _ranked("'similar'", likeness, lambda kind: f"({condition(kind)})")


def _ranked(
    rank: str,
    likeness: str,
    condition: Callable[[str], str],
    kinds: Iterable[str] = tuple(KINDS),
    *,
    prefixed: bool = False,
) -> str:
    """Rows of `service.Hit` without highlights that pass, the best first; `prefixed`: those too
    that begin with the question, of which the others would leave no room."""
    parts = " UNION ALL ".join(
        _found(kind, f"{_prefixed(kind) if prefixed else ''} {_some(kind, condition(kind))}")
        for kind in kinds
    )
    former = FORMER.format(condition=condition("name")) if "name" in kinds else ""
    return f"""
    WITH {former} found AS ({parts}),
      ranked AS (SELECT f.*, {rank} AS match, {likeness} AS likeness
                 FROM found AS f)
    SELECT type, code, place, title, kind, commune, district, valid_to, now, urgency,
           round(ext.ST_X(geom)::numeric, 6)::float AS lng,
           round(ext.ST_Y(geom)::numeric, 6)::float AS lat, match
    FROM ranked
    ORDER BY array_position(ARRAY['exact', 'prefix', 'word', 'part'], match),
             CASE WHEN match = 'similar' THEN likeness END DESC, urgency DESC NULLS LAST,
             gone, valid_to DESC NULLS FIRST, likeness DESC, title, code
    LIMIT :limit"""


def _prefixed(kind: str) -> str:
    return f"""
        (SELECT f.id FROM {_table(kind)} AS f WHERE {_folded(kind)} LIKE :prefix
         ORDER BY {_folded(kind)} {BYTEWISE}, {_code(kind)} LIMIT {SOME}) UNION"""


def _some(kind: str, condition: str) -> str:
    """The first SOME that pass, of those that lie at hand, or by index where these are few.

    Ids are in no index of titles: so rows are read as they lie, not along the alphabet, in which
    what is alike stands together.
    """
    order = KINDS[kind][3]
    columns = ", ".join(["f.id", *(term.removesuffix(" DESC") for term in order.split(", "))])
    return f"""
        (WITH hit AS MATERIALIZED (
           SELECT {columns} FROM (SELECT * FROM {_table(kind)} AS f LIMIT {LOOKED_THROUGH}) AS f
           WHERE {condition} LIMIT {MANY}
         )
         SELECT f.id FROM (
           SELECT * FROM hit UNION
           (SELECT {columns} FROM {_table(kind)} AS f
            WHERE (SELECT count(*) < {SOME} FROM hit) AND {condition} LIMIT {MANY})) AS f
         ORDER BY {order} LIMIT {SOME})"""


def _found(kind: str, candidates: str) -> str:
    joins = JOINS.get(kind, UNIT_NAMES)
    return f"""
    SELECT '{TYPES.get(kind, kind)}' AS type, {_code(kind)} AS code, {SHOWN[kind]},
           {_folded(kind)} AS folded
    FROM ({candidates}) AS c JOIN {_table(kind)} AS f ON f.id = c.id {joins}"""


def _words(kind: str, words: Iterable[int], short: frozenset[int]) -> str:
    text = _folded(kind)
    return " AND ".join(_begins(text, i) if i in short else f"{text} LIKE :holds{i}" for i in words)


def _begins(text: str, word: int) -> str:
    return f"({text} LIKE :begins{word} OR {text} LIKE :later{word})"


def _table(kind: str) -> str:
    return KINDS[kind][0]


def _folded(kind: str) -> str:
    return f"f.{KINDS[kind][1]}"


def _code(kind: str) -> str:
    return f"f.{KINDS[kind][2]}"
