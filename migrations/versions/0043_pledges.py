"""Items that were promised and confirmed count for their need."""

from alembic import op

revision = "0043"
down_revision = "0042"

# As in 0007, with what was pledged beside what teams bring.
FOLLOW = """
    CREATE OR REPLACE FUNCTION core.follow_need(followed uuid) RETURNS void LANGUAGE sql AS $$
      UPDATE core.need AS n SET status = now_.status,
             committed_quantity = now_.committed{pledged}, reached_quantity = now_.reached
      FROM (SELECT n2.id, core.need_status_by_assignments(n2.id, n2.parts) AS status,
                   coalesce(sum(a.quantity) FILTER (WHERE a.status IN
                     ('accepted', 'underway', 'done', 'disputed', 'confirmed')), 0) AS committed,
                   coalesce(sum(a.quantity) FILTER (WHERE a.status = 'confirmed'), 0) AS reached
            FROM core.need AS n2 LEFT JOIN core.assignment AS a ON a.need_id = n2.id
            WHERE n2.id = followed GROUP BY n2.id) AS now_
      WHERE n.id = now_.id
        AND n.status IN ('published', 'matched', 'in_progress', 'partly_met', 'met')
        AND (n.status, n.committed_quantity, n.reached_quantity)
            IS DISTINCT FROM (now_.status, now_.committed{pledged}, now_.reached) $$
"""


def upgrade() -> None:
    op.execute("""
    -- The sum of confirmed pledges: a column, for an offer is deleted months before its need.
    ALTER TABLE core.need ADD COLUMN pledged_quantity numeric(12, 1) NOT NULL DEFAULT 0
      CONSTRAINT ck_need_pledged_not_negative CHECK (pledged_quantity >= 0);
    """)
    op.execute(FOLLOW.format(pledged=" + n.pledged_quantity"))
    op.execute("""
    CREATE FUNCTION core.count_pledge() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      UPDATE core.need AS n SET pledged_quantity = n.pledged_quantity
          + CASE WHEN NEW.pledge_confirmed_at IS NULL THEN -OLD.pledged_quantity
                 ELSE NEW.pledged_quantity END
        WHERE n.id = NEW.need_id;
      PERFORM core.follow_need(NEW.need_id);
      RETURN NULL;
    END $$;
    CREATE TRIGGER offer_pledge_counted AFTER UPDATE OF pledge_confirmed_at ON core.offer
      FOR EACH ROW WHEN ((OLD.pledge_confirmed_at IS NULL) <> (NEW.pledge_confirmed_at IS NULL)
                         AND NEW.need_id IS NOT NULL)
      EXECUTE FUNCTION core.count_pledge();

    -- What was confirmed before it counted.
    UPDATE core.need AS n SET pledged_quantity = o.pledged
      FROM (SELECT need_id, sum(pledged_quantity) AS pledged FROM core.offer
            WHERE pledge_confirmed_at IS NOT NULL AND need_id IS NOT NULL GROUP BY need_id) AS o
      WHERE o.need_id = n.id;
    SELECT core.follow_need(n.id) FROM core.need AS n WHERE n.pledged_quantity > 0;
    """)


def downgrade() -> None:
    op.execute("DROP TRIGGER offer_pledge_counted ON core.offer; DROP FUNCTION core.count_pledge()")
    op.execute(FOLLOW.format(pledged=""))
    op.execute("""
    SELECT core.follow_need(n.id) FROM core.need AS n WHERE n.pledged_quantity > 0;
    ALTER TABLE core.need DROP COLUMN pledged_quantity;
    """)
