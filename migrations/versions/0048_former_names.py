"""Names that no unit of a known era bears, as lists of their day had them: found by the search."""

from alembic import op

revision = "0048"
down_revision = "0047"

EVENTS = {"insert": "NEW", "update": "NEW", "delete": "OLD"}
KINDS = "^(xa|phuong|thi tran|thi xa|huyen|thanh pho) "


def upgrade() -> None:
    op.execute(f"""
    ALTER TABLE core.historical_name ADD COLUMN district_folded text NOT NULL
      GENERATED ALWAYS AS (core.fold(district_name)) STORED;

    -- A name leads to today's unit, where nobody knows to that of the former era; a district's to
    -- its last one. A name of a unit that became the same one is found without this.
    CREATE VIEW pub.former_name AS
      WITH named AS (
        SELECT h.id, h.name, h.name_folded, h.district_name AS parent, 'commune' AS level,
               h.last_seen, coalesce(h.current_unit_id, h.unit_id) AS unit_id
        FROM core.historical_name AS h
        UNION ALL
        SELECT -h.id, h.district_name, h.district_folded, h.province_name, 'district', h.last_seen,
               (SELECT d.id FROM core.admin_unit AS d
                WHERE d.code = h.district_code AND d.level = 'district'
                ORDER BY d.valid_from DESC LIMIT 1)
        FROM core.historical_name AS h
      )
      SELECT DISTINCT ON (n.unit_id, n.name_folded) n.id, u.key, n.name, n.name_folded,
             regexp_replace(n.name_folded, '{KINDS}', '') AS short_folded, n.parent, n.level,
             u.name AS now, u.label_point
      FROM named AS n JOIN pub.unit AS u ON u.id = n.unit_id
      WHERE NOT EXISTS (
        SELECT FROM core.admin_unit AS o JOIN core.unit_within AS w ON w.unit_id = o.id
        WHERE o.name_folded = n.name_folded AND w.container_id = n.unit_id)
      ORDER BY n.unit_id, n.name_folded, n.last_seen DESC, n.id;
    GRANT SELECT ON pub.former_name TO mapservice_public;
    """)
    for event, rows in EVENTS.items():
        op.execute(f"""
        CREATE TRIGGER historical_name_changed_{event} AFTER {event} ON core.historical_name
          REFERENCING {rows} TABLE AS changed
          FOR EACH STATEMENT EXECUTE FUNCTION core.note_change('units')""")


def downgrade() -> None:
    for event in EVENTS:
        op.execute(f"DROP TRIGGER historical_name_changed_{event} ON core.historical_name")
    op.execute("""
    DROP VIEW pub.former_name;
    ALTER TABLE core.historical_name DROP COLUMN district_folded;
    """)
