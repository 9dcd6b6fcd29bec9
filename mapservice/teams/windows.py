"""When a team is available: sets of day ranges as people write them and as PostgreSQL does.

A window's last day belongs to it; in the database a range ends before its upper bound.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from sqlalchemy.dialects.postgresql import DATEMULTIRANGE, MultiRange, Range
from sqlalchemy.types import TypeDecorator

RANGE = re.compile(r"[\[(]([0-9-]*),([0-9-]*)[\])]")
DAY = timedelta(days=1)


class Window(NamedTuple):
    """From the first day to the last one; open on a side that is None."""

    first: date | None
    last: date | None


class DayRanges(TypeDecorator):
    """A datemultirange for a driver that knows none: text on the wire, ranges in Python."""

    impl = DATEMULTIRANGE
    cache_ok = True

    def process_bind_param(self, value, dialect):
        if value is None or isinstance(value, str):
            return value
        return "{" + ",".join(f"[{days.lower or ''},{days.upper or ''})" for days in value) + "}"

    def process_result_value(self, value, dialect):
        return value if value is None else MultiRange(map(_range, RANGE.finditer(value)))


def read(stored: Sequence[Range[date]] | None) -> list[Window]:
    """The windows of a stored set, earliest first; none for a team that is always available."""
    return [Window(days.lower, days.upper and days.upper - DAY) for days in stored or ()]


def write(windows: Iterable[Window]) -> MultiRange[date] | None:
    """The set as it is stored; None (always) without a window."""
    return MultiRange(Range(one.first, one.last and one.last + DAY) for one in windows) or None


def _range(found: re.Match) -> Range[date]:
    return Range(*(date.fromisoformat(bound) if bound else None for bound in found.groups()))
