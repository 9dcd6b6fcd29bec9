"""Public figures of the province or of one unit: needs, places, teams, and people at least.

Functions take a session of the public role.
"""

from collections import defaultdict
from dataclasses import dataclass

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from mapservice.caching.versions import Question
from mapservice.layers import people
from mapservice.layers import service as layers
from mapservice.needs.models import NeedStatus
from mapservice.stats import queries
from mapservice.territory.eras import FORMER_DAY, today

LAYERS = ("needs", "places", "people", "teams", "units")
# Layer -> what it is counted by, and as what that is told.
COUNTED_BY = {
    "needs": {"status": "by_status", "category": "by_category", "urgency": "by_urgency"},
    "places": {"category": "by_kind"},
    "teams": {"category": "by_kind"},
}


@dataclass(frozen=True)
class Sums:
    """Of a layer: `told`: `total`, `by_…` each code's number, of needs `open` and `urgent` ones
    that are open; `units`: by id of a unit how many lie in it, and how many of them are open and
    very urgent (0 where nothing is urgent)."""

    told: dict[str, object]
    units: dict[int, tuple[int, int]]


def question(unit: str | None) -> Question:
    """What is asked, for caches: units are those of today, and needs are met until a day."""
    return Question("stats", LAYERS, {"unit": unit, "today": today()})


def figures(session: Session, name: str | None) -> dict[str, object]:
    """`unit` (None: all that is public), the sums of each layer, `people`, and `parts`: the same
    for the units inside. NotFound for a unit that does not exist.
    """
    unit = layers.unit(session, name) if name else None
    sums = _sums(session, unit and unit["id"])
    return {
        "unit": _named(unit) if unit else None,
        "needs": sums["needs"].told,
        "places": sums["places"].told,
        "teams": sums["teams"].told,
        "people": _people(session, unit),
        "parts": _parts(session, unit, sums),
    }


def _named(unit: RowMapping) -> dict[str, object]:
    bounds = [unit[edge] for edge in ("west", "south", "east", "north")]
    return {"code": unit["key"], "name": unit["name"], "level": unit["level"], "bounds": bounds}


def _sums(session: Session, unit_id: int | None) -> dict[str, Sums]:
    sums = {layer: Sums({told: {} for told in columns.values()} | {"total": 0}, {})
            for layer, columns in COUNTED_BY.items()}  # fmt: skip
    needs = sums["needs"].told
    needs["urgent"] = 0
    values = {"unit_id": unit_id} if unit_id is not None else {}
    for row in session.execute(text(queries.counts(unit_id)), values):
        of = sums[row.layer]
        if row.what == "unit":
            of.units[int(row.code)] = (row.n, row.urgent)
        elif row.what in COUNTED_BY[row.layer]:
            of.told[COUNTED_BY[row.layer][row.what]][row.code] = row.n
        elif row.layer == "needs":
            needs |= {"total": row.n, "urgent": row.urgent}
        else:
            of.told["total"] = row.n
    needs["open"] = needs["total"] - needs["by_status"].get(NeedStatus.MET, 0)
    return sums


def _people(session: Session, unit: RowMapping | None) -> dict[str, object]:
    """Lower ends only, of whole cells; `at_least` null where nothing is public."""
    if unit:
        figure = people.figure(session, unit["id"])
        groups: dict[str, int] = defaultdict(int)
        for group, low, _ in figure.groups:
            groups[group] += low
        return {"at_least": figure.at_least, "by_group": dict(sorted(groups.items()))}
    rows = session.execute(text(queries.PEOPLE)).all()
    total = sum(row.n for row in rows) if rows else None
    return {"at_least": total, "by_group": {row.code: row.n for row in rows}}


def _parts(
    session: Session, unit: RowMapping | None, sums: dict[str, Sums]
) -> list[dict[str, object]]:
    """The units inside: those below a unit; for all, the districts of the former era."""
    if unit:
        shown = layers.children(session, unit)
    else:
        shown = layers.units_of_level(session, ["district"], FORMER_DAY)
    parts = []
    for part in shown:
        held = {layer: of.units.get(part["id"], (0, 0)) for layer, of in sums.items()}
        parts.append(
            {"code": part["key"], "name": part["name"], "urgent": held["needs"][1]}
            | {layer: n for layer, (n, _) in held.items()}
        )
    return parts
