"""Writes a hostile text into every column of text that takes one, whatever the table."""

from collections.abc import Callable

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

# Their texts are ours, sealed, or never shown as they are.
LEFT_ALONE = {
    "alembic_version",
    "audit_event",  # only grows; its reasons come from the records
    "consent_wording",  # frozen, in the owner's hand
    "legal_transition",
    "worker_job",
}
# What tests themselves need: the logins they sign in with, the units they name.
KEPT = {
    ("user_account", "login"),
    ("user_account", "password_hash"),
    ("admin_unit", "code"),
    ("place_kind", "icon"),  # the operator's, and refused where no such icon exists
    ("need_category", "icon"),
}
# Codes that the database makes, by which the pages of a record are found.
CODES = {"public_code"}
# Columns that hold names, marks or numbers as text: what they take is not free.
COLUMNS = text("""
    SELECT c.table_name, c.column_name
    FROM information_schema.columns AS c JOIN information_schema.tables AS t USING
      (table_schema, table_name)
    WHERE c.table_schema = 'core' AND t.table_type = 'BASE TABLE' AND c.data_type = 'text'
      AND c.is_generated = 'NEVER' AND c.table_name NOT LIKE 'audit_event_%'
      AND NOT c.table_name = ANY (:left_alone)
    ORDER BY 1, 2""")
HAS_ROWS = "SELECT EXISTS (SELECT FROM core.{table})"
WRITE = "UPDATE core.{table} SET {column} = :text"
# Where one row alone may have a text, it comes after what was there.
WRITE_BEHIND = "UPDATE core.{table} SET {column} = {column} || :text"


def poison(connection: Connection, payload: Callable[[int], str]) -> list[tuple[str, str]]:
    """Write `payload(n)` into the n-th column that takes it; the columns that took one.

    A column that refuses (a code, a state, a hash) keeps what it has: a savepoint each.
    """
    taken = []
    found = connection.execute(COLUMNS, {"left_alone": sorted(LEFT_ALONE)})
    for number, (table, column) in enumerate(found.all()):
        kept = (table, column) in KEPT or column in CODES
        if kept or not connection.scalar(text(HAS_ROWS.format(table=table))):
            continue
        for statement in (WRITE, WRITE_BEHIND):
            sql = text(statement.format(table=table, column=column))
            try:
                with connection.begin_nested():
                    connection.execute(sql, {"text": payload(number)})
            except DBAPIError:
                continue
            taken.append((table, column))
            break
    return taken
