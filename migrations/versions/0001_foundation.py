"""Schemas, their default privileges, and the text and code functions every table uses."""

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.execute(r"""
    CREATE SCHEMA private;
    CREATE SCHEMA pub;
    GRANT USAGE ON SCHEMA core, private, pub TO mapservice_office;
    GRANT USAGE ON SCHEMA pub TO mapservice_public;
    GRANT SELECT ON core.alembic_version TO mapservice_office; -- /readyz compares it

    -- What the office role may do with a new table; the public role gets nothing by default:
    -- each view of `pub` is granted by name.
    ALTER DEFAULT PRIVILEGES IN SCHEMA core, private
      GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO mapservice_office;
    ALTER DEFAULT PRIVILEGES IN SCHEMA pub GRANT SELECT ON TABLES TO mapservice_office;

    -- Search folds case, diacritics and composition alike: Hoà = hòa = hoa, đ = d. Characters
    -- that nobody sees (soft hyphen, zero-width ones, direction marks, tags) are left out first,
    -- for they may part a letter from its mark. Its twin is mapservice/territory/names.py.
    -- Schema and dictionary are named, or a dump would not restore; the body is parsed here
    -- (RETURN), so that a reader of `pub` needs no right on schema core.
    CREATE FUNCTION core.fold(value text) RETURNS text
      LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
      RETURN lower(ext.unaccent('ext.unaccent'::regdictionary, normalize(regexp_replace(value,
        '[\u00AD\u061C\u180E\u200B-\u200F\u202A-\u202E\u2060-\u2064\u2066-\u206F\uFEFF'
        '\uFFF9-\uFFFB\U000E0001\U000E0020-\U000E007F]', '', 'g'), NFC)));

    -- Eight letters of Crockford's base 32 (no I, L, O, U), 40 random bits: speakable, and not
    -- a sequence that tells how many there are. Bytes 6 and 8 of a UUID4 are not fully random.
    CREATE FUNCTION core.new_public_code() RETURNS text LANGUAGE sql VOLATILE AS $$
      SELECT string_agg(substr('0123456789ABCDEFGHJKMNPQRSTVWXYZ',
                               get_byte(random.bytes, i) % 32 + 1, 1), '' ORDER BY i)
      FROM (SELECT uuid_send(gen_random_uuid()) AS bytes OFFSET 0) AS random,
           unnest(ARRAY[0, 1, 2, 3, 4, 5, 9, 10]) AS i
    $$;
    """)


def downgrade() -> None:
    op.execute("""
    DROP FUNCTION core.new_public_code();
    DROP FUNCTION core.fold(text);
    ALTER DEFAULT PRIVILEGES IN SCHEMA core, private REVOKE ALL ON TABLES FROM mapservice_office;
    ALTER DEFAULT PRIVILEGES IN SCHEMA pub REVOKE ALL ON TABLES FROM mapservice_office;
    REVOKE USAGE ON SCHEMA core FROM mapservice_office;
    DROP SCHEMA pub;
    DROP SCHEMA private;
    """)
