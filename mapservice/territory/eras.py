"""Naming a unit of any era: `CODE` (valid today), `CODE@2022`, `CODE@2025h1`, `CODE@YYYY-MM-DD`."""

import re
from datetime import date, datetime
from zoneinfo import ZoneInfo

from mapservice.errors import BadRequest
from mapservice.language import gettext as _

FORMER_DAY = date(2022, 12, 31)  # "2022": the lists and reports of the programme's years
# An era's label -> the day that stands for it.
ERAS = {"2022": FORMER_DAY, "2025h1": date(2025, 3, 1), "2025": date(2025, 7, 1)}
NAME = re.compile(r"(?P<code>[0-9A-Za-z-]{1,16})(@(?P<era>[0-9a-z-]{4,10}))?")


def today() -> date:
    """The day it is in Vietnam, wherever the server stands."""
    return datetime.now(ZoneInfo("Asia/Ho_Chi_Minh")).date()


def parse_unit_name(name: str) -> tuple[str, date]:
    """(code, day on which it is valid). Raises BadRequest naming `unit`."""
    found = NAME.fullmatch(name)
    if found is None:
        raise _unreadable(name)
    era = found["era"]
    if era is None:
        return found["code"], today()
    try:
        return found["code"], ERAS.get(era) or date.fromisoformat(era)
    except ValueError:
        raise _unreadable(name) from None


def _unreadable(name: str) -> BadRequest:
    return BadRequest(
        _(
            "Không đọc được tên đơn vị %(name)s: viết MÃ, MÃ@2022 hoặc MÃ@NĂM-THÁNG-NGÀY.",
            name=repr(name),
        ),
        fields={"unit": ["is not CODE, CODE@2022 or CODE@YYYY-MM-DD"]},
    )
