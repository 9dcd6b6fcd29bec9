"""The words of public titles, so that a mistyped one is known by its likeness to one of these.

Looking for likeness in all titles would read every title that shares a few letters. Writers only
append words that are new, as they do with cells; `core.learn_words` alone writes the vocabulary.
A word that no title holds any more stays until `core.relearn_words`: it is shown to nobody.
"""

from alembic import op

revision = "0033"
down_revision = "0030"

TITLES = {"place": "title_folded", "need": "title_folded", "unit": "name_folded"}
RUN = (
    "ext.similarity(text, text)",
    "ext.similarity_op(text, text)",  # %
)
NO_LONGER = "ext.word_similarity_commutator_op(text, text)"  # %>


def _words(titles: str) -> str:
    # Numbers are never mistyped words, and there is no end of them.
    return f"""
    SELECT DISTINCT w.word FROM (SELECT DISTINCT {titles}) AS t(title)
      CROSS JOIN LATERAL regexp_split_to_table(t.title, '[^[:alnum:]]+') AS w(word)
    WHERE length(w.word) BETWEEN 2 AND 40 AND w.word !~ '[0-9]'"""


def upgrade() -> None:
    op.execute(f"""
    CREATE TABLE pub.word (word text, CONSTRAINT pk_word PRIMARY KEY (word));
    CREATE INDEX ix_word_word ON pub.word USING gin (word ext.gin_trgm_ops);
    CREATE TABLE pub.new_word (word text NOT NULL)
      WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);
    GRANT SELECT ON pub.word TO mapservice_public;
    GRANT EXECUTE ON FUNCTION {", ".join(RUN)} TO mapservice_public;
    REVOKE EXECUTE ON FUNCTION {NO_LONGER} FROM mapservice_public;
    """)
    for table, column in TITLES.items():
        _noted(table, column)
    _learnt()
    op.execute("SELECT core.relearn_words()")


def _noted(table: str, column: str) -> None:
    op.execute(f"""
    CREATE FUNCTION core.note_{table}_words() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      INSERT INTO pub.new_word
        SELECT word FROM ({_words(f"{column} FROM changed")}) AS w
        WHERE NOT EXISTS (SELECT FROM pub.word AS k WHERE k.word = w.word);
      RETURN NULL;
    END $$;
    """)
    for event in ("insert", "update"):
        op.execute(f"""
        CREATE TRIGGER {table}_words_{event} AFTER {event} ON pub.{table}
          REFERENCING NEW TABLE AS changed
          FOR EACH STATEMENT EXECUTE FUNCTION core.note_{table}_words()""")


def _learnt() -> None:
    all_of_them = " UNION ".join(_words(f"{column} FROM pub.{table}")
                                 for table, column in TITLES.items())  # fmt: skip
    op.execute(f"""
    -- Take up the words that were appended and committed; how many. One does it at a time.
    CREATE FUNCTION core.learn_words() RETURNS bigint
      LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    DECLARE
      learnt bigint;
    BEGIN
      IF NOT pg_try_advisory_xact_lock(hashtext('core.learn_words')) THEN
        RETURN 0;
      END IF;
      WITH taken AS (DELETE FROM pub.new_word RETURNING word)
        INSERT INTO pub.word SELECT DISTINCT t.word FROM taken AS t ON CONFLICT DO NOTHING;
      GET DIAGNOSTICS learnt = ROW_COUNT;
      RETURN learnt;
    END $$;

    -- The words of today's titles and no other.
    CREATE FUNCTION core.relearn_words() RETURNS bigint
      LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    DECLARE
      forgotten bigint;
      words text[];
    BEGIN
      PERFORM pg_advisory_xact_lock(hashtext('core.learn_words'));
      words := ARRAY({all_of_them});
      DELETE FROM pub.word AS k WHERE k.word <> ALL (words);
      GET DIAGNOSTICS forgotten = ROW_COUNT;
      INSERT INTO pub.word SELECT unnest(words) ON CONFLICT DO NOTHING;
      RETURN forgotten;
    END $$;
    GRANT EXECUTE ON FUNCTION core.learn_words(), core.relearn_words() TO mapservice_office;
    """)


def downgrade() -> None:
    for table in TITLES:
        for event in ("insert", "update"):
            op.execute(f"DROP TRIGGER {table}_words_{event} ON pub.{table}")
        op.execute(f"DROP FUNCTION core.note_{table}_words()")
    op.execute(f"""
    DROP FUNCTION core.learn_words(), core.relearn_words();
    DROP TABLE pub.word, pub.new_word;
    REVOKE EXECUTE ON FUNCTION {", ".join(RUN)} FROM mapservice_public;
    GRANT EXECUTE ON FUNCTION {NO_LONGER} TO mapservice_public
    """)
