"""Is the public read model what it should be? As SQL, each answer in one snapshot."""

# Tables of `pub` that are copies of a projection -> that view, and what a row is named by.
COPIES = {
    "unit": ("core.public_unit", "key"),
    "place": ("core.published_place", "code"),
    "need": ("core.published_need", "code"),
    "team": ("core.published_team", "code"),
    # All counted anew, but for what was not folded yet.
    "cluster": ("core.counted_cluster", "concat_ws(' ', layer, level, cy, cx, category)"),
    "tally": ("core.counted_tally", "concat_ws(' ', layer, unit_ids, category, status, urgency)"),
}


def difference(table: str) -> str:
    """(missing, extra, examples): how a copy differs from its projection, in one snapshot."""
    projection, name = COPIES[table]
    return f"""
    WITH should AS (SELECT * FROM {projection}), is_ AS (SELECT * FROM pub.{table}),
         missing AS (SELECT {name} AS name
                     FROM (SELECT * FROM should EXCEPT ALL SELECT * FROM is_) AS m),
         extra AS (SELECT {name} AS name
                   FROM (SELECT * FROM is_ EXCEPT ALL SELECT * FROM should) AS e)
    SELECT (SELECT count(*) FROM missing) AS missing, (SELECT count(*) FROM extra) AS extra,
           ARRAY(SELECT name FROM (TABLE missing UNION TABLE extra) AS both_
                 ORDER BY 1 LIMIT 5) AS examples"""


# The cells of people are no copy: only the release counts them. What can be proved without it:
# a cell stands at its node and for the communes of that node, no commune and group lies in two
# cells, and no figure is below what may be published.
CELL_FAULTS = """
    WITH cell AS (
      SELECT f.*, n.level AS node_level, f.need_group <> 'all' AS grouped,
             ARRAY(SELECT m.unit_id FROM core.partition_member AS m WHERE m.node = f.area
                   ORDER BY m.unit_id) AS members,
             concat_ws('-', f.area, nullif(f.need_group, 'all')) AS own_code
      FROM pub.person_cell AS f LEFT JOIN core.partition_node AS n ON n.code = f.area
    )
    SELECT f.code FROM cell AS f
    WHERE f.node_level IS NULL OR f.unit_ids <> f.members OR f.code <> f.own_code
       OR f.level <> CASE WHEN f.grouped THEN 'group' ELSE f.node_level END
       OR (f.grouped AND f.node_level <> 'commune')
       OR f.band_low < CASE WHEN f.need_group = 'child' THEN 20 ELSE 10 END
       OR EXISTS (SELECT FROM cell AS o WHERE o.code <> f.code AND o.unit_ids && f.unit_ids
                    AND (o.need_group = f.need_group OR NOT o.grouped OR NOT f.grouped))
    ORDER BY f.code"""


FOLD = "SELECT core.fold_clusters(:most)"
FOLD_TALLIES = "SELECT core.fold_tallies()"
LEARN_WORDS = "SELECT core.learn_words()"
RELEARN_WORDS = "SELECT core.relearn_words()"

# Points sort along a Hilbert curve. The index only serves this once: kept, it would cost every
# writer.
ORDERED = ("place", "need", "team")


def order(table: str) -> tuple[str, ...]:
    """Statements that put a table's rows in order; its readers and writers wait meanwhile."""
    return (
        f"CREATE INDEX ix_order ON pub.{table} (geom)",
        f"CLUSTER pub.{table} USING ix_order",
        "DROP INDEX pub.ix_order",
        f"ANALYZE pub.{table}",
    )
