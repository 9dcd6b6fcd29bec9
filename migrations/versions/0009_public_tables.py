"""The public read model as tables, filled in the transaction of the write they follow.

The views `core.public_unit`, `core.public_place`, `core.public_need` and `core.public_team` are
the only definition of what is public. The tables of `pub` are copies of them, kept by statement
triggers; `mapservice pub check` compares both.
"""

from alembic import op

revision = "0009"
down_revision = "0008"

TABLES = ("unit", "place", "need", "team")
# Source table -> (function that publishes a change of it, events that can change the public).
SOURCES = {
    "admin_unit": ("publish_units", ("insert", "update", "delete")),
    "organisation": ("publish_organisations", ("update",)),
    "campaign": ("publish_campaigns", ("update",)),
    "address": ("publish_addresses", ("insert", "update", "delete")),
    "need": ("publish_needs", ("insert", "update", "delete")),
    "assignment": ("publish_assignments", ("insert", "update", "delete")),
    "team": ("publish_teams", ("insert", "update", "delete")),
}


def upgrade() -> None:
    for name in TABLES:
        op.execute(f"ALTER VIEW pub.{name} RENAME TO public_{name}")
        op.execute(f"ALTER VIEW pub.public_{name} SET SCHEMA core")
        op.execute(f"REVOKE ALL ON core.public_{name} FROM mapservice_public")
    op.execute(_public_need(UNTIL, ANY_MET))
    _tables()
    _refresh()
    _publish()
    for source, (function, events) in SOURCES.items():
        for event in events:
            rows = "OLD" if event == "delete" else "NEW"
            op.execute(f"""
            CREATE TRIGGER {source}_published_{event} AFTER {event} ON core.{source}
              REFERENCING {rows} TABLE AS changed
              FOR EACH STATEMENT EXECUTE FUNCTION core.{function}()""")
    op.execute("SELECT core.rebuild_public()")


# A copy may not depend on the clock: a met need says until when it is public, and readers leave
# out what is past. Before, the view itself looked at the clock.
UNTIL = ", CASE WHEN n.status = 'met' THEN n.status_at + interval '30 days' END AS public_until"
ANY_MET = "n.status = 'met'"
RECENTLY_MET = "n.status = 'met' AND n.status_at > now() - interval '30 days'"


def _public_need(until: str, met: str) -> str:
    return f"""
    DROP VIEW core.public_need;
    CREATE VIEW core.public_need AS
      SELECT n.id, n.public_code AS code, a.public_code AS place, a.id AS place_id,
             a.title AS place_title, a.kind AS place_kind, n.category, n.title, n.title_folded,
             n.description, n.urgency, n.status, n.quantity, n.unit, n.committed_quantity,
             n.reached_quantity, n.parts,
             (SELECT count(*) FROM core.assignment AS s WHERE s.need_id = n.id AND s.status IN
               ('accepted', 'underway', 'done', 'confirmed', 'disputed')) AS parts_taken,
             n.people_per_part, n.skills, lower(n.wanted_during) AS wanted_from,
             upper(n.wanted_during) - 1 AS wanted_until, c.code AS campaign,
             a.point AS geom, a.commune_id, a.former_commune_id, a.unit_ids,
             (a.assured_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date AS checked_on {until}
      FROM core.need AS n
        JOIN core.address AS a ON a.id = n.address_id
        LEFT JOIN core.campaign AS c ON c.id = n.campaign_id
      WHERE a.nature = 'place' AND NOT a.sensitive AND a.status = 'published'
        AND (n.status IN ('published', 'matched', 'in_progress', 'partly_met') OR {met})"""


def _tables() -> None:
    op.execute("""
    CREATE TABLE pub.unit AS TABLE core.public_unit WITH NO DATA;
    ALTER TABLE pub.unit ADD CONSTRAINT pk_unit PRIMARY KEY (id);
    CREATE INDEX ix_unit_code ON pub.unit (code);
    CREATE INDEX ix_unit_parent_id ON pub.unit (parent_id);
    CREATE INDEX ix_unit_geom ON pub.unit USING gist (geom);

    CREATE TABLE pub.place AS TABLE core.public_place WITH NO DATA;
    ALTER TABLE pub.place ADD CONSTRAINT pk_place PRIMARY KEY (id);
    CREATE UNIQUE INDEX uq_place_code ON pub.place (code);
    CREATE INDEX ix_place_geom ON pub.place USING gist (geom);
    CREATE INDEX ix_place_unit_ids ON pub.place USING gin (unit_ids);
    CREATE INDEX ix_place_demo ON pub.place (id) WHERE demo; -- every page asks whether any is
    CREATE INDEX ix_place_title_folded ON pub.place USING gin (title_folded ext.gin_trgm_ops);

    CREATE TABLE pub.need AS TABLE core.public_need WITH NO DATA;
    ALTER TABLE pub.need ADD CONSTRAINT pk_need PRIMARY KEY (id);
    CREATE UNIQUE INDEX uq_need_code ON pub.need (code);
    CREATE INDEX ix_need_place_id ON pub.need (place_id);
    CREATE INDEX ix_need_geom ON pub.need USING gist (geom);
    CREATE INDEX ix_need_geom_geography ON pub.need USING gist (ext.geography(geom));
    CREATE INDEX ix_need_unit_ids ON pub.need USING gin (unit_ids);
    CREATE INDEX ix_need_title_folded ON pub.need USING gin (title_folded ext.gin_trgm_ops);
    CREATE INDEX ix_need_listed ON pub.need (urgency DESC, checked_on DESC, code);

    CREATE TABLE pub.team AS TABLE core.public_team WITH NO DATA;
    ALTER TABLE pub.team ADD CONSTRAINT pk_team PRIMARY KEY (id);
    CREATE UNIQUE INDEX uq_team_code ON pub.team (code);
    CREATE INDEX ix_team_geom ON pub.team USING gist (geom);
    CREATE INDEX ix_team_unit_ids ON pub.team USING gin (unit_ids);

    GRANT SELECT ON pub.unit, pub.place, pub.need, pub.team TO mapservice_public;
    """)


def _refresh() -> None:
    for name in TABLES:
        kind = "integer" if name == "unit" else "uuid"
        source = {"unit": "admin_unit", "place": "address"}.get(name, name)
        op.execute(f"""
        -- Make the public copies of these rows what they should be. The rows are locked first:
        -- two writers that touch one of them publish one after the other, each seeing the other.
        CREATE FUNCTION core.refresh_public_{name}(ids {kind}[]) RETURNS void
          LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
        BEGIN
          PERFORM FROM core.{source} AS s WHERE s.id IN (SELECT unnest(ids))
            ORDER BY s.id FOR NO KEY UPDATE;
          DELETE FROM pub.{name} AS p WHERE p.id IN (SELECT unnest(ids));
          INSERT INTO pub.{name} SELECT v.* FROM core.public_{name} AS v
            WHERE v.id IN (SELECT unnest(ids));
        END $$""")
    deletes = "\n".join(f"  DELETE FROM pub.{name};" for name in TABLES)
    inserts = "\n".join(
        f"  INSERT INTO pub.{name} SELECT * FROM core.public_{name} ORDER BY id;" for name in TABLES
    )
    locks = ", ".join(f"core.{source}" for source in SOURCES)
    op.execute(f"""
    -- Recompute all of it; writers wait, readers go on seeing the old copy until the commit.
    CREATE FUNCTION core.rebuild_public() RETURNS void
      LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    BEGIN
      LOCK TABLE {locks} IN SHARE ROW EXCLUSIVE MODE;
    {deletes}
    {inserts}
    END $$""")


def _publish() -> None:
    op.execute("""
    -- One trigger function a source: which public rows depend on the rows that changed.
    CREATE FUNCTION core.publish_units() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      PERFORM core.refresh_public_unit(ARRAY(SELECT id FROM changed));
      PERFORM core.refresh_public_team(ARRAY(SELECT t.id FROM core.team AS t
        WHERE t.commune_id IN (SELECT id FROM changed)
           OR t.former_commune_id IN (SELECT id FROM changed)));
      RETURN NULL;
    END $$;
    CREATE FUNCTION core.publish_organisations() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      PERFORM core.refresh_public_place(ARRAY(SELECT a.id FROM core.address AS a
        WHERE a.organisation_id IN (SELECT id FROM changed)));
      PERFORM core.refresh_public_team(ARRAY(SELECT t.id FROM core.team AS t
        WHERE t.organisation_id IN (SELECT id FROM changed)));
      RETURN NULL;
    END $$;
    CREATE FUNCTION core.publish_campaigns() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      PERFORM core.refresh_public_need(ARRAY(SELECT n.id FROM core.need AS n
        WHERE n.campaign_id IN (SELECT id FROM changed)));
      RETURN NULL;
    END $$;
    CREATE FUNCTION core.publish_addresses() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      PERFORM core.refresh_public_place(ARRAY(SELECT id FROM changed));
      PERFORM core.refresh_public_need(ARRAY(SELECT n.id FROM core.need AS n
        WHERE n.address_id IN (SELECT id FROM changed)));
      RETURN NULL;
    END $$;
    CREATE FUNCTION core.publish_needs() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      PERFORM core.refresh_public_need(ARRAY(SELECT id FROM changed));
      RETURN NULL;
    END $$;
    CREATE FUNCTION core.publish_assignments() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      PERFORM core.refresh_public_need(ARRAY(SELECT DISTINCT need_id FROM changed));
      RETURN NULL;
    END $$;
    CREATE FUNCTION core.publish_teams() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      PERFORM core.refresh_public_team(ARRAY(SELECT id FROM changed));
      RETURN NULL;
    END $$;
    """)


def downgrade() -> None:
    for source, (_, events) in SOURCES.items():
        for event in events:
            op.execute(f"DROP TRIGGER {source}_published_{event} ON core.{source}")
    for function, _ in SOURCES.values():
        op.execute(f"DROP FUNCTION core.{function}()")
    op.execute("DROP FUNCTION core.rebuild_public()")
    for name in TABLES:
        kind = "integer" if name == "unit" else "uuid"
        op.execute(f"DROP FUNCTION core.refresh_public_{name}({kind}[])")
        op.execute(f"DROP TABLE pub.{name}")
    op.execute(_public_need("", RECENTLY_MET))
    for name in TABLES:
        op.execute(f"ALTER VIEW core.public_{name} SET SCHEMA pub")
        op.execute(f"ALTER VIEW pub.public_{name} RENAME TO {name}")
        op.execute(f"GRANT SELECT ON pub.{name} TO mapservice_public")
