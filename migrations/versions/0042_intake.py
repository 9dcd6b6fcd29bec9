"""What anonymous forms may do: the role that sends them calls these functions and reads nothing.

Each runs with the owner's rights and answers only what the sender knows already: the receipt of a
form by its id and content, the state of what a receipt was given for.
"""

from alembic import op

revision = "0042"
down_revision = "0041"

DEFINER = "SECURITY DEFINER SET search_path = pg_catalog, pg_temp"


def upgrade() -> None:
    op.execute("CREATE SCHEMA intake; GRANT USAGE ON SCHEMA intake TO mapservice_intake")
    _columns()
    _helpers()
    _receive_offer()
    _receive_suggestion()
    _receipts()
    _tries()
    op.execute("GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA intake TO mapservice_intake")


def _columns() -> None:
    for table in ("offer", "suggestion"):
        op.execute(f"""
        -- `content_hash`: a keyed hash of all that was sent, to tell the same form sent again from
        -- another one; gone when its sender is forgotten. `consent_version`: of the words that the
        -- sender agreed to.
        ALTER TABLE core.{table}
          ADD COLUMN content_hash bytea
            CONSTRAINT ck_{table}_content_hash CHECK (octet_length(content_hash) = 32),
          ADD COLUMN consent_version smallint
            CONSTRAINT ck_{table}_consent_version CHECK (consent_version > 0)""")


def _helpers() -> None:
    op.execute("""
    -- The receipt that this form was answered with before, null for a new one. Under one of
    -- `contents` (the hash by each key) its content must be the one received.
    CREATE FUNCTION core.form_before(what text, form uuid, contents bytea[]) RETURNS bytea
      LANGUAGE plpgsql AS $$
    DECLARE
      before record;
    BEGIN
      IF what = 'offer' THEN
        SELECT o.receipt_hash, o.content_hash INTO before FROM core.offer AS o WHERE o.id = form;
      ELSE
        SELECT s.receipt_hash, s.content_hash INTO before
          FROM core.suggestion AS s WHERE s.id = form;
      END IF;
      IF before.content_hash <> ALL (contents) THEN
        RAISE EXCEPTION 'this form was sent with another content'
          USING ERRCODE = 'check_violation', CONSTRAINT = 'tr_form_other';
      END IF;
      RETURN before.receipt_hash;
    END $$;

    CREATE FUNCTION core.commune_named(wanted text) RETURNS integer LANGUAGE plpgsql AS $$
    DECLARE
      found_id integer;
    BEGIN
      SELECT u.id INTO found_id FROM pub.unit AS u WHERE u.key = wanted AND u.level = 'commune';
      IF found_id IS NULL THEN
        RAISE EXCEPTION 'no such commune'
          USING ERRCODE = 'check_violation', CONSTRAINT = 'tr_form_commune';
      END IF;
      RETURN found_id;
    END $$;

    -- Only the key that sealed before may seal: another one under the same version could never be
    -- told from it afterwards.
    CREATE FUNCTION private.recognise_key(key integer, key_mark bytea) RETURNS void
      LANGUAGE plpgsql AS $$
    BEGIN
      INSERT INTO private.key_mark (version, mark) VALUES (key, key_mark) ON CONFLICT DO NOTHING;
      IF key_mark <> (SELECT m.mark FROM private.key_mark AS m WHERE m.version = key) THEN
        RAISE EXCEPTION 'key version % is another key than before', key
          USING ERRCODE = 'check_violation', CONSTRAINT = 'tr_key_mark';
      END IF;
    END $$;
    """)


def _receive_offer() -> None:
    op.execute(f"""
    -- Receive an offer once. What it is for is looked up in what everybody can see. `receipts` and
    -- `contents` are hashes by each key, those for a new form first.
    CREATE FUNCTION intake.receive_offer(
        form uuid, receipts bytea[], contents bytea[], consent integer,
        place text, need text, commune text, people_group text,
        way text, people integer, first_day date, last_day date, quantity numeric,
        key integer, key_mark bytea, sealed_name bytea, sealed_phone bytea, sealed_note bytea,
        OUT receipt bytea, OUT again boolean)
      LANGUAGE plpgsql {DEFINER} AS $$
    DECLARE
      to_place uuid;
      to_need uuid;
      to_commune integer;
    BEGIN
      receipt := core.form_before('offer', form, contents);
      again := receipt IS NOT NULL;
      IF again THEN RETURN; END IF;
      IF place IS NULL THEN
        to_commune := core.commune_named(commune);
      ELSE
        SELECT p.id INTO to_place FROM pub.place AS p WHERE p.code = upper(place);
        IF to_place IS NULL THEN
          RAISE EXCEPTION 'no such place on the map'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'tr_form_place';
        END IF;
      END IF;
      IF need IS NOT NULL THEN
        SELECT n.id INTO to_need FROM pub.need AS n
          WHERE n.code = upper(need) AND n.place_id = to_place AND n.status <> 'met';
        IF to_need IS NULL THEN
          RAISE EXCEPTION 'no such open need'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'tr_form_need';
        END IF;
      END IF;
      INSERT INTO core.offer (id, receipt_hash, content_hash, consent_version, address_id, need_id,
          commune_id, person_kind, kind, people, available_from, available_until,
          pledged_quantity)
        VALUES (form, receipts[1], contents[1], consent, to_place, to_need, to_commune,
          people_group, way, people, first_day, last_day, quantity)
        ON CONFLICT (id) DO NOTHING;
      IF NOT FOUND THEN  -- sent twice at once: the other one was first
        receipt := core.form_before('offer', form, contents);
        again := true;
        RETURN;
      END IF;
      PERFORM private.recognise_key(key, key_mark);
      INSERT INTO private.offer_contact (offer_id, key_version, name, phone, note)
        VALUES (form, key, sealed_name, sealed_phone, sealed_note);
      INSERT INTO core.audit_event (action, table_name, record_id)
        VALUES ('received', 'offer', form);
      receipt := receipts[1];
    END $$;
    """)


def _receive_suggestion() -> None:
    op.execute(f"""
    -- Receive a suggestion once, likewise: a place, or of people their commune and group.
    CREATE FUNCTION intake.receive_suggestion(
        form uuid, receipts bytea[], contents bytea[], consent integer,
        commune text, people_group text, kind text, title text, words text,
        lng double precision, lat double precision,
        key integer, key_mark bytea, sealed_name bytea, sealed_phone bytea, sealed_note bytea,
        OUT receipt bytea, OUT again boolean)
      LANGUAGE plpgsql {DEFINER} AS $$
    DECLARE
      unit_id integer;
      former boolean;
    BEGIN
      receipt := core.form_before('suggestion', form, contents);
      again := receipt IS NOT NULL;
      IF again THEN RETURN; END IF;
      unit_id := core.commune_named(commune);
      SELECT u.valid_to IS NOT NULL INTO former FROM core.admin_unit AS u WHERE u.id = unit_id;
      INSERT INTO core.suggestion (id, receipt_hash, content_hash, consent_version, nature, kind,
          title, words, point, person_kind, commune_id, former_commune_id)
        VALUES (form, receipts[1], contents[1], consent,
          CASE WHEN people_group IS NULL THEN 'place' ELSE 'person' END, kind, title, words,
          ext.ST_SetSRID(ext.ST_MakePoint(lng, lat), 4326), people_group,
          CASE WHEN NOT former THEN unit_id END, CASE WHEN former THEN unit_id END)
        ON CONFLICT (id) DO NOTHING;
      IF NOT FOUND THEN
        receipt := core.form_before('suggestion', form, contents);
        again := true;
        RETURN;
      END IF;
      PERFORM private.recognise_key(key, key_mark);
      INSERT INTO private.suggestion_contact (suggestion_id, key_version, name, phone, note)
        VALUES (form, key, sealed_name, sealed_phone, sealed_note);
      INSERT INTO core.audit_event (action, table_name, record_id)
        VALUES ('received', 'suggestion', form);
      receipt := receipts[1];
    END $$;
    """)


def _receipts() -> None:
    op.execute(f"""
    -- What became of a form, for whoever holds its receipt: nothing that was typed, and of a place
    -- only what is on the map.
    CREATE FUNCTION intake.look_up(wanted bytea)
      RETURNS TABLE (what text, status text, kind text, sent_at timestamptz, place text,
        place_title text, commune text, people_group text)
      LANGUAGE sql STABLE {DEFINER} AS $$
      SELECT 'offer', o.status, o.kind, o.created_at, p.code, p.title, u.name, o.person_kind
        FROM core.offer AS o
          LEFT JOIN pub.place AS p ON p.id = o.address_id
          LEFT JOIN core.admin_unit AS u ON u.id = coalesce(o.commune_id, p.commune_id)
        WHERE o.receipt_hash = wanted
      UNION ALL
      SELECT 'suggestion', s.status, s.nature, s.created_at, p.code, p.title, u.name,
             s.person_kind
        FROM core.suggestion AS s
          LEFT JOIN pub.place AS p ON p.id = s.converted_to
          JOIN core.admin_unit AS u ON u.id = s.commune_id
        WHERE s.receipt_hash = wanted $$;

    -- The sender takes it back while nobody answered: closed, and who sent it is forgotten. Whether
    -- there was such a thing.
    CREATE FUNCTION intake.withdraw(wanted bytea) RETURNS boolean
      LANGUAGE plpgsql {DEFINER} AS $$
    DECLARE
      taken_back uuid;
    BEGIN
      UPDATE core.offer AS o
        SET status = 'withdrawn', previous_status = o.status, closed_at = now(),
            content_hash = NULL, version = o.version + 1
        WHERE o.receipt_hash = wanted AND o.status IN ('new', 'contacted')
        RETURNING o.id INTO taken_back;
      IF FOUND THEN
        DELETE FROM private.offer_contact AS c WHERE c.offer_id = taken_back;
        INSERT INTO core.audit_event (action, table_name, record_id)
          VALUES ('withdraw', 'offer', taken_back);
        RETURN true;
      END IF;
      UPDATE core.suggestion AS s
        SET status = 'withdrawn', previous_status = s.status, closed_at = now(),
            content_hash = NULL, version = s.version + 1
        WHERE s.receipt_hash = wanted AND s.status = 'new'
        RETURNING s.id INTO taken_back;
      IF FOUND THEN
        DELETE FROM private.suggestion_contact AS c WHERE c.suggestion_id = taken_back;
        INSERT INTO core.audit_event (action, table_name, record_id)
          VALUES ('withdraw', 'suggestion', taken_back);
      END IF;
      RETURN taken_back IS NOT NULL;
    END $$;
    """)


def _tries() -> None:
    op.execute(f"""
    -- Count one form more by a hash of who sends it; never what counts sign-ins.
    CREATE FUNCTION intake.count_form(
        of_kind text, of_key bytea, moment timestamptz, lasts interval,
        OUT began_at timestamptz, OUT hits integer)
      LANGUAGE plpgsql {DEFINER} AS $$
    BEGIN
      IF of_kind NOT LIKE 'form-%' THEN
        RAISE EXCEPTION 'no counter of forms' USING ERRCODE = 'insufficient_privilege';
      END IF;
      INSERT INTO core.attempt AS a (kind, key_hash, began_at, hits)
        VALUES (of_kind, of_key, moment, 1)
        ON CONFLICT ON CONSTRAINT pk_attempt DO UPDATE SET
          began_at = CASE WHEN a.began_at <= moment - lasts THEN moment ELSE a.began_at END,
          hits = CASE WHEN a.began_at <= moment - lasts THEN 1 ELSE a.hits + 1 END
        RETURNING a.began_at, a.hits INTO count_form.began_at, count_form.hits;
    END $$;
    """)


def downgrade() -> None:
    op.execute("""
    DROP SCHEMA intake CASCADE;
    DROP FUNCTION core.form_before(text, uuid, bytea[]);
    DROP FUNCTION core.commune_named(text);
    DROP FUNCTION private.recognise_key(integer, bytea);
    ALTER TABLE core.offer DROP COLUMN content_hash, DROP COLUMN consent_version;
    ALTER TABLE core.suggestion DROP COLUMN content_hash, DROP COLUMN consent_version;
    """)
