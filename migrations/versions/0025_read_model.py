"""The public read model as stored text and counted cells.

Each row of `pub.need`, `pub.place` and `pub.team` holds its own GeoJSON, written when it changes:
a read only joins texts. Needs and places are counted beforehand in the cells of a pyramid. A
writer only appends what it added and took away (`pub.cluster_delta`): the top cells are shared by
the whole province, and nobody may wait for another's import there. `core.fold_clusters` alone
writes the pyramid.
"""

from alembic import op

revision = "0025"
down_revision = "0024"

# Copy -> the table whose rows are locked before they are published.
COPIES = {"place": "address", "need": "need", "team": "team"}
SOURCES = ("admin_unit", "organisation", "campaign", "address", "need", "assignment", "team")

FEATURE = """json_build_object('type', 'Feature', 'id', f.code,
  'geometry', ext.ST_AsGeoJSON(f.geom, 6)::json, 'properties', json_build_object({}))::text"""
# One unit each: joined, they would be more tables than the planner puts in their best order.
NAME = "(SELECT u.name FROM core.admin_unit AS u WHERE u.id = f.{})"
COMMUNE = NAME.format("commune_id")
FORMER = NAME.format("former_commune_id")
DISTRICT = """(SELECT d.name FROM core.admin_unit AS d WHERE d.id =
    (SELECT u.parent_id FROM core.admin_unit AS u WHERE u.id = f.former_commune_id))"""
PROPERTIES = {
    "need": f"""'code', f.code, 'title', f.title, 'place', f.place, 'place_title', f.place_title,
  'kind', f.place_kind, 'category', f.category, 'urgency', f.urgency, 'status', f.status,
  'quantity', f.quantity, 'unit', f.unit, 'parts', f.parts, 'parts_taken', f.parts_taken,
  'people', f.people_per_part, 'skills', f.skills, 'wanted_from', f.wanted_from,
  'wanted_until', f.wanted_until, 'campaign', f.campaign, 'commune', {COMMUNE},
  'former_commune', {FORMER}, 'district', {DISTRICT}, 'checked_on', f.checked_on""",
    # Readers add how many needs it has: that moves with the clock.
    "place": f"""'code', f.code, 'title', f.title, 'kind', f.kind, 'commune', {COMMUNE},
  'former_commune', {FORMER}, 'district', {DISTRICT}, 'checked_on', f.checked_on""",
    "team": f"""'code', f.code, 'name', f.name, 'kind', f.kind, 'skills', f.skills,
  'people', f.people, 'radius_km', f.radius_km, 'state', f.state,
  'organisation', f.organisation, 'commune', {COMMUNE}, 'district', {DISTRICT}""",
}

FEW = 20  # rows that are planned for once
FINEST, COARSEST = 16, 2  # levels: 2^level cells around the world; 64 px at zoom level - 2
WORLD = 2**24  # coordinates in a cell's sums, Web Mercator, x to the east and y to the south
SUMS = ("n1", "n2", "n3", "n4", "sx", "sy", "sid1", "sid2", "sid3", "sid4")
X = f"least(floor((ext.ST_X(geom) + 180) / 360 * {WORLD}), {WORLD - 1})::bigint"
LATITUDE = "radians(greatest(least(ext.ST_Y(geom), 85.05), -85.05))"
Y = f"floor((1 - ln(tan({LATITUDE}) + 1 / cos({LATITUDE})) / pi()) / 2 * {WORLD})::bigint"
# The 40 bits of a public code. A sum of codes of which one is left is that code.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
NUMBER = " + ".join(
    f"((strpos('{ALPHABET}', substr(code, {place + 1}, 1)) - 1)::bigint << {35 - 5 * place})"
    for place in range(8)
)
# Layer -> table, category, urgency (1 where the layer knows none), which rows are counted. A need
# that was met is not: it would have to leave by the clock.
COUNTED = {
    "needs": ("need", "category", "urgency", "public_until IS NULL"),
    "places": ("place", "kind", "1", "true"),
}


def upgrade() -> None:
    for name in COPIES:
        _text(name)
    _names()
    _pyramid()
    for layer in COUNTED:
        _deltas(layer)
    _recount()
    _fold()
    op.execute(_rebuild("DELETE FROM pub.cluster; DELETE FROM pub.cluster_delta;", "geom",
                        "PERFORM core.fold_clusters();", "published"))  # fmt: skip
    op.execute("SELECT core.rebuild_public()")


def _text(name: str) -> None:
    columns = op.get_bind().exec_driver_sql(f"SELECT * FROM pub.{name} LIMIT 0").keys()
    changes = ", ".join(f"{column} = excluded.{column}" for column in [*columns, "feature"])
    op.execute(f"""
    CREATE VIEW core.published_{name} AS
      SELECT f.*, {FEATURE.format(PROPERTIES[name])} AS feature
      FROM core.public_{name} AS f;
    REVOKE INSERT, UPDATE, DELETE ON core.published_{name} FROM mapservice_office;
    DELETE FROM pub.{name};
    ALTER TABLE pub.{name} ADD COLUMN feature text NOT NULL;
    ALTER TABLE pub.{name} SET (fillfactor = 80); -- room to change a row where it stands

    -- What is as it should be already is left alone; what changed stays where it stands. Many
    -- rows are joined by hashes, whatever the statistics say: in an import they know of none.
    CREATE OR REPLACE FUNCTION core.refresh_public_{name}(ids uuid[]) RETURNS void
      LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
      SET plan_cache_mode = auto SET enable_nestloop = on AS $$
    DECLARE
      public uuid[];
    BEGIN
      IF cardinality(ids) > {FEW} THEN
        SET LOCAL plan_cache_mode = force_custom_plan; -- to the end of this function
        SET LOCAL enable_nestloop = off;
      END IF;
      PERFORM FROM core.{COPIES[name]} AS s WHERE s.id IN (SELECT unnest(ids))
        ORDER BY s.id FOR NO KEY UPDATE;
      public := ARRAY(SELECT v.id FROM core.public_{name} AS v WHERE v.id IN (SELECT unnest(ids)));
      DELETE FROM pub.{name} AS p
        WHERE p.id IN (SELECT unnest(ids) EXCEPT SELECT unnest(public));
      INSERT INTO pub.{name}
        WITH v AS MATERIALIZED (
          SELECT x.* FROM core.published_{name} AS x WHERE x.id IN (SELECT unnest(public))
        )
        SELECT v.* FROM v LEFT JOIN pub.{name} AS p ON p.id = v.id WHERE p IS DISTINCT FROM v
        ON CONFLICT (id) DO UPDATE SET {changes};
    END $$""")


def _names() -> None:
    op.execute("""
    -- A unit's name is in the text of what lies in it.
    CREATE FUNCTION core.publish_unit_names() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
      renamed integer[] := ARRAY(
        SELECT u.id FROM core.admin_unit AS u
        WHERE EXISTS (SELECT FROM changed AS c JOIN before AS b ON b.id = c.id
                      WHERE (c.name, c.parent_id) IS DISTINCT FROM (b.name, b.parent_id)
                        AND c.id IN (u.id, u.parent_id)));
    BEGIN
      IF cardinality(renamed) = 0 THEN
        RETURN NULL;
      END IF;
      PERFORM core.refresh_public_place(ARRAY(SELECT a.id FROM core.address AS a
        WHERE a.commune_id = ANY (renamed) OR a.former_commune_id = ANY (renamed)));
      PERFORM core.refresh_public_need(ARRAY(SELECT n.id FROM core.need AS n
        JOIN core.address AS a ON a.id = n.address_id
        WHERE a.commune_id = ANY (renamed) OR a.former_commune_id = ANY (renamed)));
      PERFORM core.refresh_public_team(ARRAY(SELECT t.id FROM core.team AS t
        WHERE t.commune_id = ANY (renamed) OR t.former_commune_id = ANY (renamed)));
      RETURN NULL;
    END $$;
    CREATE TRIGGER admin_unit_renamed AFTER UPDATE ON core.admin_unit
      REFERENCING OLD TABLE AS before NEW TABLE AS changed
      FOR EACH STATEMENT EXECUTE FUNCTION core.publish_unit_names();
    """)


def _pyramid() -> None:
    sums = ", ".join(f"{name} bigint NOT NULL" for name in SUMS)
    op.execute(f"""
    -- n1 to n4: how many of each urgency; sx, sy: sums of coordinates; sid1 to sid4: sums of the
    -- codes of each urgency as numbers. Category '*': all of them.
    CREATE TABLE pub.cluster (
      layer text, level smallint, cy integer, cx integer, category text, {sums},
      CONSTRAINT pk_cluster PRIMARY KEY (layer, level, cy, cx, category)
    ) WITH (fillfactor = 80);
    -- Signed, at the finest level. It is emptied every second, and vacuumed for what passed
    -- through it, not for what it holds.
    CREATE TABLE pub.cluster_delta (
      layer text NOT NULL, cy integer NOT NULL, cx integer NOT NULL, category text NOT NULL, {sums}
    ) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);
    GRANT SELECT ON pub.cluster TO mapservice_public;
    """)


def _members(layer: str, rows: str, sign: int) -> str:
    """What rows of a table count for, one by one."""
    _, category, urgency, which = COUNTED[layer]
    return f"""
    SELECT {sign} AS sign, {category} AS category, {urgency} AS urgency, {X} AS x, {Y} AS y,
           {NUMBER} AS number FROM {rows} WHERE {which}"""


def _counted(layer: str, members: str) -> str:
    """Members added up by cell of the finest level; cells where nothing changes left out."""
    by_urgency = [f"FILTER (WHERE urgency = {urgency})" for urgency in range(1, 5)]
    sums = [
        *(f"coalesce(sum(sign) {of}, 0)" for of in by_urgency),
        "sum(sign * x)",
        "sum(sign * y)",
        *(f"coalesce(sum(sign * number) {of}, 0)" for of in by_urgency),
    ]
    named = ", ".join(
        f"({value})::bigint AS {name}" for name, value in zip(SUMS, sums, strict=True)
    )
    shift = 24 - FINEST
    return f"""
    SELECT * FROM (
      SELECT '{layer}' AS layer, (y >> {shift})::int AS cy, (x >> {shift})::int AS cx, category,
             {named}
      FROM ({members}) AS member GROUP BY 2, 3, 4) AS cell
    WHERE ({", ".join(SUMS)}) <> ({", ".join("0" for _ in SUMS)})"""


def _deltas(layer: str) -> None:
    table = COUNTED[layer][0]
    gone, come = _members(layer, "before", -1), _members(layer, "changed", 1)
    for event, rows, members in (
        ("insert", "NEW TABLE AS changed", come),
        ("update", "OLD TABLE AS before NEW TABLE AS changed", f"{gone} UNION ALL {come}"),
        ("delete", "OLD TABLE AS before", gone),
    ):
        op.execute(f"""
        CREATE FUNCTION core.count_{table}_{event}() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          INSERT INTO pub.cluster_delta {_counted(layer, members)};
          RETURN NULL;
        END $$;
        CREATE TRIGGER {table}_counted_{event} AFTER {event} ON pub.{table}
          REFERENCING {rows}
          FOR EACH STATEMENT EXECUTE FUNCTION core.count_{table}_{event}()""")


def _levels(cells: str) -> str:
    """Cells of the finest level added up to every level, by category and over all of them."""
    sums = ", ".join(f"sum({name})::bigint AS {name}" for name in SUMS)
    return f"""
    SELECT layer, level::smallint, cy >> ({FINEST} - level) AS cy, cx >> ({FINEST} - level) AS cx,
           of.category, {sums}
    FROM ({cells}) AS cell CROSS JOIN generate_series({COARSEST}, {FINEST}) AS level
      CROSS JOIN LATERAL unnest(ARRAY[cell.category, '*']) AS of(category)
    GROUP BY 1, 2, 3, 4, 5"""


def _recount() -> None:
    negative = ", ".join(f"-{name}" for name in SUMS)
    counted = " UNION ALL ".join(
        _counted(layer, _members(layer, f"pub.{COUNTED[layer][0]}", 1)) for layer in COUNTED
    )
    op.execute(f"""
    -- What the pyramid should hold: all counted anew, but for what was not folded yet.
    CREATE VIEW core.counted_cluster AS
      SELECT * FROM ({
        _levels(f'''{counted} UNION ALL
        SELECT layer, cy, cx, category, {negative} FROM pub.cluster_delta''')
    }) AS cell
      WHERE n1 + n2 + n3 + n4 <> 0;
    REVOKE INSERT, UPDATE, DELETE ON core.counted_cluster FROM mapservice_office;
    """)


def _fold() -> None:
    added = ", ".join(f"{name} = c.{name} + excluded.{name}" for name in SUMS)
    op.execute(f"""
    -- Add to the pyramid what was appended and committed; how many deltas. One folds at a time,
    -- so that cells are never waited for; a second one leaves at once (0).
    CREATE FUNCTION core.fold_clusters() RETURNS bigint
      LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    DECLARE
      folded bigint;
      emptied tid[];
    BEGIN
      IF NOT pg_try_advisory_xact_lock(hashtext('core.fold_clusters')) THEN
        RETURN 0;
      END IF;
      WITH delta AS (
        DELETE FROM pub.cluster_delta RETURNING *
      ), written AS (
        INSERT INTO pub.cluster AS c {_levels("SELECT * FROM delta")} ORDER BY 1, 2, 3, 4, 5
          ON CONFLICT (layer, level, cy, cx, category) DO UPDATE SET {added}
          RETURNING c.ctid AS place, c.n1 + c.n2 + c.n3 + c.n4 AS n
      )
      SELECT (SELECT count(*) FROM delta),
             ARRAY(SELECT w.place FROM written AS w WHERE w.n = 0) INTO folded, emptied;
      -- Nobody else writes here: the rows still stand where they were written.
      DELETE FROM pub.cluster AS c WHERE c.ctid = ANY (emptied);
      RETURN folded;
    END $$;
    GRANT EXECUTE ON FUNCTION core.fold_clusters() TO mapservice_office;
    """)


def _rebuild(cleared: str, order: str, after: str, projection: str) -> str:
    """The function that recomputes all of `pub`; before, without pyramid and physical order."""
    deletes = "\n".join(f"DELETE FROM pub.{name};" for name in ("unit", *COPIES))
    inserts = "\n".join(
        f"INSERT INTO pub.{name} SELECT * FROM core.{projection}_{name} ORDER BY {order};"
        for name in COPIES
    )
    locks = ", ".join(f"core.{source}" for source in SOURCES)
    return f"""
    -- Recompute all of it; writers wait, readers go on seeing the old copy until the commit.
    CREATE OR REPLACE FUNCTION core.rebuild_public() RETURNS void
      LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    BEGIN
      LOCK TABLE {locks} IN SHARE ROW EXCLUSIVE MODE;
      PERFORM pg_advisory_xact_lock(hashtext('core.fold_clusters'));
      {deletes}
      {cleared}
      INSERT INTO pub.unit SELECT * FROM core.public_unit ORDER BY id;
      {inserts}
      {after}
    END $$"""


def downgrade() -> None:
    op.execute(_rebuild("", "id", "", "public"))
    for table, *_ in COUNTED.values():
        for event in ("insert", "update", "delete"):
            op.execute(f"""
            DROP TRIGGER {table}_counted_{event} ON pub.{table};
            DROP FUNCTION core.count_{table}_{event}()""")
    op.execute("""
    DROP FUNCTION core.fold_clusters();
    DROP VIEW core.counted_cluster;
    DROP TABLE pub.cluster_delta, pub.cluster;
    DROP TRIGGER admin_unit_renamed ON core.admin_unit;
    DROP FUNCTION core.publish_unit_names();
    """)
    for name, source in COPIES.items():
        op.execute(f"""
        DROP VIEW core.published_{name};
        ALTER TABLE pub.{name} DROP COLUMN feature, RESET (fillfactor);
        CREATE OR REPLACE FUNCTION core.refresh_public_{name}(ids uuid[]) RETURNS void
          LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
        BEGIN
          PERFORM FROM core.{source} AS s WHERE s.id IN (SELECT unnest(ids))
            ORDER BY s.id FOR NO KEY UPDATE;
          DELETE FROM pub.{name} AS p WHERE p.id IN (SELECT unnest(ids));
          INSERT INTO pub.{name} SELECT v.* FROM core.public_{name} AS v
            WHERE v.id IN (SELECT unnest(ids));
        END $$""")
