"""Assignments, the capacity they may not exceed, and the need states that follow from them."""

from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    _tables()
    _capacity()
    _derived_status()


def _tables() -> None:
    op.execute("""
    CREATE TABLE core.assignment (
      id uuid CONSTRAINT pk_assignment PRIMARY KEY DEFAULT gen_random_uuid(),
      need_id uuid NOT NULL CONSTRAINT fk_assignment_need_id_need
        REFERENCES core.need ON DELETE CASCADE,
      team_id uuid NOT NULL CONSTRAINT fk_assignment_team_id_team REFERENCES core.team,
      part smallint NOT NULL CONSTRAINT ck_assignment_part_positive CHECK (part > 0),
      quantity numeric(12, 1) CONSTRAINT ck_assignment_quantity_positive CHECK (quantity > 0),
      origin text NOT NULL
        CONSTRAINT ck_assignment_origin CHECK (origin IN ('solver', 'officer', 'claim')),
      explanation jsonb NOT NULL DEFAULT '{}',
      lease_until timestamptz,
      status text NOT NULL DEFAULT 'proposed' CONSTRAINT ck_assignment_status CHECK
        (status IN ('proposed', 'accepted', 'declined', 'expired', 'underway', 'done',
                    'confirmed', 'disputed', 'released', 'cancelled')),
      status_reason text,
      status_at timestamptz NOT NULL DEFAULT now(),
      hours numeric(7, 1) CONSTRAINT ck_assignment_hours_not_negative CHECK (hours >= 0),
      volunteers smallint CONSTRAINT ck_assignment_volunteers_not_negative CHECK (volunteers >= 0),
      results text,
      reporter_id uuid CONSTRAINT fk_assignment_reporter_id_user_account
        REFERENCES core.user_account,
      confirmer_id uuid CONSTRAINT fk_assignment_confirmer_id_user_account
        REFERENCES core.user_account,
      version integer NOT NULL DEFAULT 1,
      created_at timestamptz NOT NULL DEFAULT now(),
      CONSTRAINT ck_assignment_done_is_reported CHECK (status NOT IN ('done', 'confirmed') OR
        (reporter_id IS NOT NULL AND hours IS NOT NULL AND volunteers IS NOT NULL)),
      CONSTRAINT ck_assignment_confirmer_is_other CHECK (status <> 'confirmed' OR
        (confirmer_id IS NOT NULL AND confirmer_id <> reporter_id))
    );
    CREATE UNIQUE INDEX uq_assignment_need_part ON core.assignment (need_id, part)
      WHERE status IN ('proposed','accepted','underway','done','confirmed','disputed');
    CREATE UNIQUE INDEX uq_assignment_need_team ON core.assignment (need_id, team_id)
      WHERE status IN ('proposed','accepted','underway','done','confirmed','disputed');
    CREATE INDEX ix_assignment_team_id ON core.assignment (team_id)
      WHERE status IN ('proposed','accepted','underway');
    CREATE INDEX ix_assignment_need_id ON core.assignment (need_id);

    CREATE TABLE core.field_report (
      id uuid CONSTRAINT pk_field_report PRIMARY KEY,
      assignment_id uuid NOT NULL CONSTRAINT fk_field_report_assignment_id_assignment
        REFERENCES core.assignment ON DELETE CASCADE,
      text text NOT NULL,
      photos text[] NOT NULL DEFAULT '{}',
      point ext.geometry(Point, 4326),
      happened_at timestamptz NOT NULL,
      created_at timestamptz NOT NULL DEFAULT now()
    );
    CREATE INDEX ix_field_report_assignment_id ON core.field_report (assignment_id);

    INSERT INTO core.legal_transition (table_name, from_status, to_status, reason_required) VALUES
      ('assignment', 'proposed', 'accepted', false), ('assignment', 'proposed', 'declined', true),
      ('assignment', 'proposed', 'expired', false), ('assignment', 'proposed', 'cancelled', false),
      ('assignment', 'accepted', 'underway', false), ('assignment', 'accepted', 'released', true),
      ('assignment', 'accepted', 'cancelled', false), ('assignment', 'underway', 'done', false),
      ('assignment', 'underway', 'released', true),
      ('assignment', 'underway', 'cancelled', false), ('assignment', 'done', 'confirmed', false),
      ('assignment', 'done', 'disputed', true), ('assignment', 'disputed', 'underway', false);
    CREATE TRIGGER assignment_begins BEFORE INSERT ON core.assignment
      FOR EACH ROW EXECUTE FUNCTION core.guard_transition('proposed', 'accepted');
    CREATE TRIGGER assignment_status BEFORE UPDATE ON core.assignment
      FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status)
      EXECUTE FUNCTION core.guard_transition();
    CREATE TRIGGER assignment_status_recorded AFTER UPDATE ON core.assignment
      FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status)
      EXECUTE FUNCTION core.record_transition();
    CREATE TRIGGER assignment_status_stamped BEFORE UPDATE ON core.assignment
      FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status)
      EXECUTE FUNCTION core.stamp_status();
    """)


def _capacity() -> None:
    op.execute("""
    CREATE FUNCTION core.holds_part(status text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
      SELECT status IN ('proposed','accepted','underway','done','confirmed','disputed') $$;
    CREATE FUNCTION core.holds_team(status text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
      SELECT status IN ('proposed','accepted','underway') $$;

    -- Takes the locks first, need before team, so that counting is not a check-then-write: of a
    -- hundred sessions that want the last part exactly one gets it, the others wait and are
    -- refused. A caller that writes several assignments locks their needs, then their teams,
    -- each in id order, before the first.
    CREATE FUNCTION core.guard_assignment() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
      need core.need;
      team core.team;
    BEGIN
      SELECT * INTO need FROM core.need AS n WHERE n.id = NEW.need_id FOR NO KEY UPDATE;
      SELECT * INTO team FROM core.team AS t WHERE t.id = NEW.team_id FOR NO KEY UPDATE;
      IF TG_OP = 'INSERT' AND core.holds_team(NEW.status) THEN
        IF need.status NOT IN ('published', 'matched', 'in_progress', 'partly_met') THEN
          RAISE EXCEPTION 'need % is not open', need.public_code
            USING ERRCODE = 'check_violation', CONSTRAINT = 'tr_assignment_need_open';
        END IF;
        IF NEW.status = 'proposed' AND NOT (team.verified AND team.state = 'ready') THEN
          RAISE EXCEPTION 'team % is not ready', team.public_code
            USING ERRCODE = 'check_violation', CONSTRAINT = 'tr_assignment_team_ready';
        END IF;
      END IF;
      IF core.holds_part(NEW.status) THEN
        NEW.part := coalesce(NEW.part, core.free_part(need.id, need.parts));
        IF NEW.part IS NULL OR NEW.part > need.parts THEN
          RAISE EXCEPTION 'need % has no free part', need.public_code
            USING ERRCODE = 'check_violation', CONSTRAINT = 'tr_assignment_parts_full';
        END IF;
      END IF;
      IF core.holds_team(NEW.status)
         AND (TG_OP = 'INSERT' OR NOT core.holds_team(OLD.status))
         AND team.max_concurrent <= (SELECT count(*) FROM core.assignment AS a
               WHERE a.team_id = team.id AND a.id <> NEW.id
                 AND a.status IN ('proposed','accepted','underway')) THEN
        RAISE EXCEPTION 'team % has no free place', team.public_code
          USING ERRCODE = 'check_violation', CONSTRAINT = 'tr_assignment_team_full';
      END IF;
      RETURN NEW;
    END $$;

    CREATE FUNCTION core.free_part(need_id uuid, parts smallint) RETURNS smallint
      LANGUAGE sql STABLE AS $$
      SELECT min(slot.part)::smallint FROM generate_series(1, parts) AS slot(part)
      WHERE NOT EXISTS (SELECT FROM core.assignment AS a
                        WHERE a.need_id = free_part.need_id AND a.part = slot.part
                          AND core.holds_part(a.status)) $$;

    CREATE TRIGGER assignment_capacity BEFORE INSERT OR UPDATE OF status ON core.assignment
      FOR EACH ROW EXECUTE FUNCTION core.guard_assignment();

    CREATE FUNCTION core.refuse_other_pair() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      RAISE EXCEPTION 'an assignment keeps its need, team and part'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'tr_assignment_pair';
    END $$;
    CREATE TRIGGER assignment_pair BEFORE UPDATE ON core.assignment
      FOR EACH ROW WHEN ((OLD.need_id, OLD.team_id, OLD.part)
                         IS DISTINCT FROM (NEW.need_id, NEW.team_id, NEW.part))
      EXECUTE FUNCTION core.refuse_other_pair();
    """)


def _derived_status() -> None:
    op.execute("""
    CREATE FUNCTION core.need_status_by_assignments(need_id uuid, parts smallint) RETURNS text
      LANGUAGE sql STABLE AS $$
      SELECT CASE
        WHEN count(*) FILTER (WHERE a.status = 'confirmed') >= parts THEN 'met'
        WHEN bool_or(a.status = 'confirmed') THEN 'partly_met'
        WHEN bool_or(a.status IN ('underway', 'done', 'disputed')) THEN 'in_progress'
        WHEN bool_or(a.status = 'accepted') THEN 'matched'
        ELSE 'published' END
      FROM core.assignment AS a WHERE a.need_id = need_status_by_assignments.need_id $$;

    CREATE FUNCTION core.guard_derived_status() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF EXISTS (SELECT FROM core.legal_transition AS t WHERE t.table_name = 'need' AND t.derived
                   AND t.from_status = OLD.status AND t.to_status = NEW.status)
         AND NEW.status <> core.need_status_by_assignments(NEW.id, NEW.parts) THEN
        RAISE EXCEPTION 'status % follows from assignments', NEW.status
          USING ERRCODE = 'check_violation', CONSTRAINT = 'tr_need_derived';
      END IF;
      RETURN NEW;
    END $$;
    CREATE TRIGGER need_status_derived BEFORE UPDATE ON core.need
      FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status)
      EXECUTE FUNCTION core.guard_derived_status();

    CREATE FUNCTION core.follow_need(followed uuid) RETURNS void LANGUAGE sql AS $$
      UPDATE core.need AS n SET status = now_.status,
             committed_quantity = now_.committed, reached_quantity = now_.reached
      FROM (SELECT n2.id, core.need_status_by_assignments(n2.id, n2.parts) AS status,
                   coalesce(sum(a.quantity) FILTER (WHERE a.status IN
                     ('accepted', 'underway', 'done', 'disputed', 'confirmed')), 0) AS committed,
                   coalesce(sum(a.quantity) FILTER (WHERE a.status = 'confirmed'), 0) AS reached
            FROM core.need AS n2 LEFT JOIN core.assignment AS a ON a.need_id = n2.id
            WHERE n2.id = followed GROUP BY n2.id) AS now_
      WHERE n.id = now_.id
        AND n.status IN ('published', 'matched', 'in_progress', 'partly_met', 'met')
        AND (n.status, n.committed_quantity, n.reached_quantity)
            IS DISTINCT FROM (now_.status, now_.committed, now_.reached) $$;

    CREATE FUNCTION core.follow_assignment() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      PERFORM core.follow_need(coalesce(NEW.need_id, OLD.need_id));
      RETURN NULL;
    END $$;
    CREATE TRIGGER assignment_followed
      AFTER INSERT OR DELETE OR UPDATE OF status, quantity ON core.assignment
      FOR EACH ROW EXECUTE FUNCTION core.follow_assignment();

    CREATE FUNCTION core.guard_parts() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF NEW.parts < (SELECT max(a.part) FROM core.assignment AS a
                      WHERE a.need_id = NEW.id AND core.holds_part(a.status)) THEN
        RAISE EXCEPTION 'a held part would be lost'
          USING ERRCODE = 'check_violation', CONSTRAINT = 'tr_need_parts';
      END IF;
      PERFORM core.follow_need(NEW.id);
      RETURN NULL;
    END $$;
    CREATE TRIGGER need_parts AFTER UPDATE OF parts ON core.need
      FOR EACH ROW WHEN (OLD.parts <> NEW.parts) EXECUTE FUNCTION core.guard_parts();

    -- A need that leaves the map frees its teams; an address that is withdrawn takes its needs.
    CREATE FUNCTION core.cancel_assignments() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      -- In id order, as every writer: two needs with the same teams may leave at once.
      PERFORM FROM core.team AS t WHERE t.id IN (SELECT a.team_id FROM core.assignment AS a
          WHERE a.need_id = NEW.id AND core.holds_team(a.status))
        ORDER BY t.id FOR NO KEY UPDATE;
      UPDATE core.assignment SET status = 'cancelled',
             status_reason = coalesce(NEW.status_reason, NEW.status)
        WHERE need_id = NEW.id AND status IN ('proposed', 'accepted', 'underway');
      RETURN NULL;
    END $$;
    CREATE TRIGGER need_leaves AFTER UPDATE ON core.need FOR EACH ROW
      WHEN (OLD.status <> NEW.status
            AND NEW.status IN ('withdrawn', 'duplicate', 'expired', 'closed'))
      EXECUTE FUNCTION core.cancel_assignments();

    CREATE FUNCTION core.withdraw_needs() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      UPDATE core.need SET status = 'withdrawn', status_reason = NEW.status_reason
        WHERE address_id = NEW.id AND status IN ('draft', 'submitted', 'returned', 'verified',
              'published', 'matched', 'in_progress', 'partly_met', 'met', 'expired');
      RETURN NULL;
    END $$;
    CREATE TRIGGER address_leaves AFTER UPDATE ON core.address FOR EACH ROW
      WHEN (OLD.status <> NEW.status AND NEW.status = 'withdrawn')
      EXECUTE FUNCTION core.withdraw_needs();
    """)


def downgrade() -> None:
    op.execute("""
    DROP TRIGGER address_leaves ON core.address;
    DROP FUNCTION core.withdraw_needs();
    DROP TRIGGER need_leaves ON core.need;
    DROP TRIGGER need_parts ON core.need;
    DROP TRIGGER need_status_derived ON core.need;
    DROP TABLE core.field_report;
    DROP TABLE core.assignment;
    DELETE FROM core.legal_transition WHERE table_name = 'assignment';
    DROP FUNCTION core.cancel_assignments();
    DROP FUNCTION core.guard_parts();
    DROP FUNCTION core.follow_assignment();
    DROP FUNCTION core.follow_need(uuid);
    DROP FUNCTION core.guard_derived_status();
    DROP FUNCTION core.need_status_by_assignments(uuid, smallint);
    DROP FUNCTION core.refuse_other_pair();
    DROP FUNCTION core.free_part(uuid, smallint);
    DROP FUNCTION core.guard_assignment();
    DROP FUNCTION core.holds_team(text);
    DROP FUNCTION core.holds_part(text);
    """)
