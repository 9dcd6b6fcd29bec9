"""Columns that somebody tries to write: a value for each, and whether it arrived in a row."""

import re
from collections.abc import Iterable, Mapping
from uuid import uuid4

from sqlalchemy import Boolean, Column, DateTime, Integer, Numeric, Table, Uuid, text

CLOCK = re.compile("_(at|after|until)$")  # columns that hold when it was done
LONG_AGO = "2001-02-03T00:00:00+00:00"


def sent_for(column: Column, strangers: Mapping[str, str], held: set[str]) -> str:
    """A value that the column could hold, and no row does where there is such a one."""
    for key in column.foreign_keys:
        if key.column.table.name in strangers:
            return strangers[key.column.table.name]
    if hasattr(column.type, "enums"):
        words = column.type.enums
        return next((word for word in reversed(words) if word not in held), words[0])
    if isinstance(column.type, Boolean):
        return "false" if held == {"true"} else "true"
    if isinstance(column.type, Integer | Numeric):
        return "77"
    if isinstance(column.type, Uuid):
        return str(uuid4())
    return LONG_AGO if isinstance(column.type, DateTime) else "Chữ lạ"


def rows(connection, tables: Iterable[Table]) -> dict[tuple, dict[str, object]]:
    """Every row of these tables, by table and key."""
    connection.execute(text("RESET ROLE"))  # the application's last session left its own
    return {
        (table.name, *(row[key.name] for key in table.primary_key)): row
        for table in tables
        for row in connection.scalars(text(f"SELECT to_jsonb(t) FROM core.{table.name} AS t"))
    }


def held(rows: Mapping[tuple, dict], column: Column) -> set[str]:
    """What the column has in any of these rows."""
    return {
        _said(row[column.name]) for (table, *_), row in rows.items() if table == column.table.name
    }


def arrived(before: dict, plain: dict, after: dict, sent: Mapping[str, str]) -> list[tuple]:
    """What was sent beside the form and is in a row now: nothing, where all is well.

    `plain`: the rows as they are after the same form without it.
    """
    found = []
    usual = {(name, _said(row[name])) for row in plain.values() for name in row}
    for key, row in after.items():
        old, expected = before.get(key, {}), plain.get(key, {})
        for name in sent.keys() & row.keys():
            value = _said(row[name])
            as_sent = value == sent[name] and (name, value) not in usual
            other = key in plain and value not in (_said(old.get(name)), _said(expected[name]))
            if as_sent or (other and not CLOCK.search(name)):
                found.append((*key, name, value))
    return found


def _said(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
