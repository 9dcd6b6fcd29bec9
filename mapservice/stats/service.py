"""Public figures of the province or of one unit: needs, places, teams, and people at least.

Functions take a session of the public role.
"""

from collections import defaultdict

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from mapservice.caching.versions import Question
from mapservice.layers import people
from mapservice.layers import service as layers
from mapservice.stats import queries
from mapservice.territory.eras import FORMER_DAY, today

LAYERS = ("needs", "places", "people", "teams", "units")


def question(unit: str | None) -> Question:
    """What is asked, for caches: units are those of today, and needs are met until a day."""
    return Question("stats", LAYERS, {"unit": unit, "today": today()})


def figures(session: Session, name: str | None) -> dict[str, object]:
    """`unit` (None: all that is public), the sums of each layer, `people`, and `parts`: the same
    for the units inside. NotFound for a unit that does not exist.
    """
    unit = layers.unit(session, name) if name else None
    inside = {"unit": [unit["key"]]} if unit else {}
    return {
        "unit": _named(unit) if unit else None,
        "needs": _counts(session, "needs", inside),
        "places": _counts(session, "places", inside),
        "teams": _counts(session, "teams", inside),
        "people": _people(session, unit),
        "parts": _parts(session, unit, inside),
    }


def _named(unit: RowMapping) -> dict[str, object]:
    return {"code": unit["key"], "name": unit["name"], "level": unit["level"]}


def _counts(session: Session, layer: str, inside: dict) -> dict[str, object]:
    """`total`, and `by_…` each code's number."""
    condition = layers.where(session, layer, inside)
    found: dict[str, object] = {f"by_{name}": {} for name in queries.COUNTED_BY[layer]}
    for row in session.execute(text(queries.counts(layer, condition)), condition.values):
        if row.what == "all":
            found["total"] = row.n
        else:
            found[f"by_{row.what}"][row.code] = row.n
    return found


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


def _parts(session: Session, unit: RowMapping | None, inside: dict) -> list[dict[str, object]]:
    """The units inside: those below a unit; for all, the districts of the former era."""
    if unit:
        shown = layers.children(session, unit)
    else:
        shown = layers.units_of_level(session, ["district"], FORMER_DAY)
    if not shown:
        return []
    sums = {layer: _by_unit(session, layer, inside) for layer in queries.COUNTED_BY}
    parts = []
    for part in shown:
        held = {layer: found.get(part["id"], (0, 0)) for layer, found in sums.items()}
        parts.append(
            {"code": part["key"], "name": part["name"], "urgent": held["needs"][1] or 0}
            | {layer: n for layer, (n, _) in held.items()}
        )
    return parts


def _by_unit(session: Session, layer: str, inside: dict) -> dict[int, tuple[int, int | None]]:
    condition = layers.where(session, layer, inside)
    rows = session.execute(text(queries.by_unit(layer, condition)), condition.values)
    return {row.unit_id: (row.n, row.urgent) for row in rows}
