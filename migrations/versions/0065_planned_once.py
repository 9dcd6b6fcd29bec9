"""Few rows are published by plans that a session makes once: planning took more than half of it.

Left to itself, PostgreSQL plans anew each time: it takes an unknown array for ten rows long, and a
plan for one known row looks cheaper. Here rows are looked up by keys either way; only a plan that
was made when a table was counted and a page long reads it whole, until it is counted again. And
what takes back codes is asked, and planned for, where rows were deleted at all.
"""

from alembic import op

revision = "0065"
down_revision = "0064"

COPIES = ("place", "need", "team")
NOTE_WITHDRAWN = """
    CREATE OR REPLACE FUNCTION core.note_withdrawn() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN {unless}
      EXECUTE format('
        INSERT INTO pub.withdrawal (code) SELECT g.code FROM changed AS g
          WHERE NOT EXISTS (SELECT FROM core.%I AS v WHERE v.code = g.code)
        ON CONFLICT (code) DO UPDATE SET withdrawn_at = excluded.withdrawn_at', TG_ARGV[0]);
      RETURN NULL;
    END $$"""
NOTHING_LEFT = """
      IF NOT EXISTS (SELECT FROM changed) THEN
        RETURN NULL;
      END IF;"""


def upgrade() -> None:
    op.execute(NOTE_WITHDRAWN.format(unless=NOTHING_LEFT))
    _plan("force_generic_plan")


def downgrade() -> None:
    _plan("auto")
    op.execute(NOTE_WITHDRAWN.format(unless=""))


def _plan(mode: str) -> None:
    # Many rows are still planned for each time: the functions say so themselves (migration 0059).
    for name in COPIES:
        op.execute(
            f"ALTER FUNCTION core.refresh_public_{name}(uuid[]) SET plan_cache_mode = {mode}"
        )
