"""Of a person nothing is told in words: reasons are codes of a list, enforced by the database.

A reason goes into the append-only audit trail, and results and field reports into backups: a
name typed there would outlive the erasure of the person.
"""

from alembic import op

revision = "0015"
down_revision = "0014"

# code, words, position among those a team leader chooses from (None: not offered)
REASONS = (
    ("busy", "Đội bận trong thời gian này", 1),
    ("not_enough_people", "Đội không đủ người", 2),
    ("no_skill", "Đội thiếu kỹ năng cần có", 3),
    ("too_far", "Quá xa", 4),
    ("cannot_reach", "Không đến được hoặc không liên lạc được", 5),
    ("no_longer_needed", "Không còn cần giúp", 6),
    ("wrong_record", "Thông tin đăng ký chưa đúng", 7),
    ("other", "Lý do khác", 8),
    ("moved_away", "Đã chuyển đi nơi khác", None),
    ("incomplete", "Hồ sơ còn thiếu", None),
    ("not_verified", "Không xác minh được", None),
    ("out_of_scope", "Không thuộc phạm vi hoạt động tình nguyện", None),
    ("report_incomplete", "Báo cáo cần bổ sung", None),
    ("plan_changed", "Kế hoạch thay đổi", None),
    # Written by the database and by jobs: statuses, retention, consent.
    ("withdrawn", "Nhu cầu đã rút", None),
    ("duplicate", "Trùng với hồ sơ khác", None),
    ("expired", "Nhu cầu đã quá hạn", None),
    ("closed", "Nhu cầu đã đóng", None),
    ("assurance_ended", "Quá hạn kiểm tra lại", None),
    ("basis_ended", "Sự đồng ý đã hết hạn", None),
    ("consent_for_age", "Cần sự đồng ý theo tuổi", None),
    ("consent_withdrawn", "Đã rút lại sự đồng ý", None),
    ("consent_ended", "Sự đồng ý đã hết hạn", None),
    ("emergency_ended", "Lý do khẩn cấp đã hết hạn", None),
    ("address_withdrawn", "Hồ sơ đã rút", None),
    ("address_closed", "Hồ sơ bị từ chối hoặc trùng", None),
    ("address_draft", "Hồ sơ chưa hoàn thành", None),
    ("address_expired", "Hồ sơ đã quá hạn", None),
)


def upgrade() -> None:
    op.execute("""
    CREATE TABLE core.person_reason (
      code text CONSTRAINT pk_person_reason PRIMARY KEY
        CONSTRAINT ck_person_reason_code CHECK (code ~ '^[a-z_]{3,30}$'),
      words text NOT NULL,
      offered smallint CONSTRAINT uq_person_reason_offered UNIQUE
    );
    -- Who could add a code could write a name as one.
    REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON core.person_reason FROM mapservice_office;
    """)
    for code, words, offered in REASONS:
        position = "NULL" if offered is None else offered
        op.execute(f"INSERT INTO core.person_reason VALUES ('{code}', '{words}', {position})")
    _forget()
    _guards()


def _forget() -> None:
    """What was written in words so far. (The trail only grows: its old reasons end with it.)"""
    op.execute("""
    UPDATE core.address AS a SET status_reason = 'other'
      WHERE a.nature = 'person'
        AND a.status_reason NOT IN (SELECT r.code FROM core.person_reason AS r);
    UPDATE core.need AS n SET status_reason = 'other'
      WHERE n.nature = 'person'
        AND n.status_reason NOT IN (SELECT r.code FROM core.person_reason AS r);
    UPDATE core.assignment AS s SET results = NULL,
        status_reason = CASE WHEN s.status_reason IN (SELECT r.code FROM core.person_reason AS r)
                             THEN s.status_reason
                             WHEN s.status_reason IS NOT NULL THEN 'other' END
      FROM core.need AS n WHERE n.id = s.need_id AND n.nature = 'person'
        AND (s.results IS NOT NULL OR s.status_reason IS NOT NULL);
    DELETE FROM core.field_report AS f USING core.assignment AS s, core.need AS n
      WHERE s.id = f.assignment_id AND n.id = s.need_id AND n.nature = 'person';
    SET CONSTRAINTS ALL IMMEDIATE;
    """)


def _guards() -> None:
    # With the owner's rights, so that no session's settings or rights change what is looked at.
    op.execute("""
    -- For address and need, of persons (see WHEN), and for any assignment with words.
    CREATE FUNCTION core.guard_person_reason() RETURNS trigger
      LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    BEGIN
      IF TG_TABLE_NAME = 'assignment' THEN
        IF NOT EXISTS (SELECT FROM core.need AS n
                       WHERE n.id = NEW.need_id AND n.nature = 'person') THEN
          RETURN NEW;
        END IF;
        IF NEW.results IS NOT NULL THEN
          RAISE EXCEPTION 'results of a person''s need are not told in words'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'tr_assignment_person_results';
        END IF;
      END IF;
      IF NEW.status_reason IS NOT NULL AND NOT EXISTS (
           SELECT FROM core.person_reason AS r WHERE r.code = NEW.status_reason) THEN
        -- The words themselves are not repeated here: messages go into logs.
        RAISE EXCEPTION 'the reason in a person''s % must be a code', TG_TABLE_NAME
          USING ERRCODE = 'check_violation',
                CONSTRAINT = 'tr_' || TG_TABLE_NAME || '_person_reason';
      END IF;
      RETURN NEW;
    END $$;
    CREATE TRIGGER tr_address_person_reason BEFORE INSERT OR UPDATE ON core.address
      FOR EACH ROW WHEN (NEW.nature = 'person' AND NEW.status_reason IS NOT NULL)
      EXECUTE FUNCTION core.guard_person_reason();
    CREATE TRIGGER tr_need_person_reason BEFORE INSERT OR UPDATE ON core.need
      FOR EACH ROW WHEN (NEW.nature = 'person' AND NEW.status_reason IS NOT NULL)
      EXECUTE FUNCTION core.guard_person_reason();
    CREATE TRIGGER tr_assignment_person_reason BEFORE INSERT OR UPDATE ON core.assignment
      FOR EACH ROW WHEN (NEW.status_reason IS NOT NULL OR NEW.results IS NOT NULL)
      EXECUTE FUNCTION core.guard_person_reason();

    -- A report is words, photos and a point: of a person's need none of them is kept.
    CREATE FUNCTION core.refuse_person_report() RETURNS trigger
      LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    BEGIN
      IF EXISTS (SELECT FROM core.assignment AS s JOIN core.need AS n ON n.id = s.need_id
                 WHERE s.id = NEW.assignment_id AND n.nature = 'person') THEN
        RAISE EXCEPTION 'a person''s need has no field reports'
          USING ERRCODE = 'check_violation', CONSTRAINT = 'tr_field_report_person';
      END IF;
      RETURN NEW;
    END $$;
    CREATE TRIGGER tr_field_report_person BEFORE INSERT OR UPDATE ON core.field_report
      FOR EACH ROW EXECUTE FUNCTION core.refuse_person_report();

    -- A place with needs that got words does not become a person: they would stay.
    CREATE FUNCTION core.keep_nature() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      RAISE EXCEPTION 'a record stays a place or a person'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'tr_' || TG_TABLE_NAME || '_nature';
    END $$;
    CREATE TRIGGER tr_address_nature BEFORE UPDATE ON core.address
      FOR EACH ROW WHEN (OLD.nature <> NEW.nature) EXECUTE FUNCTION core.keep_nature();
    CREATE TRIGGER tr_need_nature BEFORE UPDATE ON core.need
      FOR EACH ROW WHEN (OLD.nature <> NEW.nature) EXECUTE FUNCTION core.keep_nature();
    """)


def downgrade() -> None:
    op.execute("""
    DROP TRIGGER tr_need_nature ON core.need;
    DROP TRIGGER tr_address_nature ON core.address;
    DROP FUNCTION core.keep_nature();
    DROP TRIGGER tr_field_report_person ON core.field_report;
    DROP FUNCTION core.refuse_person_report();
    DROP TRIGGER tr_assignment_person_reason ON core.assignment;
    DROP TRIGGER tr_need_person_reason ON core.need;
    DROP TRIGGER tr_address_person_reason ON core.address;
    DROP FUNCTION core.guard_person_reason();
    DROP TABLE core.person_reason;
    """)
