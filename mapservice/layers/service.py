"""Public reads: a viewport of a layer, the nearest needs, a place, a unit, a page of the list.

What layers answer takes a connection of the public role, what pages show a session of it.
"""

from collections.abc import Mapping
from datetime import date
from uuid import UUID

from sqlalchemy import Connection, RowMapping, text
from sqlalchemy.orm import Session

from mapservice.caching.versions import Question
from mapservice.errors import BadRequest, NotFound
from mapservice.language import gettext as _
from mapservice.layers import clusters, filters, people, queries, statements
from mapservice.layers.collection import Collection
from mapservice.layers.filters import Where
from mapservice.layers.statements import Reader
from mapservice.territory.eras import parse_unit_name, today
from mapservice.territory.names import fold

# A layer -> the versions its answer moves with: it names units, counts needs.
MADE_OF = {
    "needs": ("needs", "units"),
    "places": ("places", "needs", "units"),
    "teams": ("teams", "units"),
    "people": ("people", "units"),
    "units": ("units",),
}
# A parameter of the address -> the clause it stands for, where the two differ.
CLAUSE_OF = {
    "needs": {"kind": "place_kind"},
    "teams": {"status": "state"},
    "units": {"date": "day"},
}
# Parameters that say how to draw, not which features.
DRAWING = {"bbox", "zoom", "limit", "cluster", "unit", "q"}


def question(name: str, layer: str, query: Mapping[str, object]) -> Question:
    """What `query` asks of a layer, for caches. A unit is named as of today."""
    day = {"today": today()} if query.get("unit") else {}
    return Question(name, MADE_OF[layer], dict(query) | day)


def viewport(connection: Connection, layer: str, query: Mapping[str, object]) -> Collection:
    """Features of `layer` in a box, or clusters where zoom is low and they would be many.

    `query` holds the loaded parameters of `schemas.SCHEMAS[layer]`.
    """
    condition = where(connection, layer, query)
    if counted := clusters.of_view(connection, layer, condition, query):
        return counted
    drawn = {"limit": query.get("limit", queries.CAP)}
    if layer in {"units", "people"}:
        drawn["tolerance"] = _tolerance(query.get("zoom"))
    values = condition.values | drawn
    if condition.clauses == (filters.IN_BOX,):  # as most maps ask, most often
        found = statements.planned_once(connection, queries.few(layer, condition), values)
        if found.body is not None:
            more = found.matched > found.returned
            return Collection(found.body, found.returned, found.matched, query["bbox"], more)
    body, returned = statements.one(connection, queries.features(layer, condition), values)
    full = returned == drawn["limit"]
    matched = _at_least(connection, returned, layer, condition) if full else returned
    truncated = matched is None or matched > returned
    return Collection(body, returned, matched, query.get("bbox"), truncated)


def near(connection: Connection, query: Mapping[str, object]) -> Collection:
    """The nearest needs to `lng`, `lat` (degrees), with `metres`, nearest first."""
    spot = {name: query[name] for name in ("lng", "lat", "limit")}
    rest = {name: value for name, value in query.items() if name not in spot}
    condition = where(connection, "needs", rest)
    body, returned = statements.one(connection, queries.near(condition), condition.values | spot)
    return Collection(body, returned, returned, None)


def where(reader: Reader, layer: str, query: Mapping[str, object]) -> Where:
    """The condition that a layer's query asks for; BadRequest for a unit that does not exist."""
    names = CLAUSE_OF.get(layer, {})
    wanted = {names.get(name, name): value for name, value in query.items() if name not in DRAWING}
    if query.get("unit"):
        units = [_unit_id(reader, name) for name in query["unit"]]
        if layer == "people":
            return _of_cells(reader, query, units, wanted)
        wanted["unit_ids"] = units
    if query.get("q"):
        clause = "name" if layer == "teams" else "q"
        wanted[clause] = filters.contains(fold(str(query["q"])))
    return filters.where(query.get("bbox"), wanted)


def _of_cells(
    reader: Reader, query: Mapping[str, object], units: list[int], wanted: dict[str, object]
) -> Where:
    inside = people.units_of_cells(reader, units)
    # `where` takes an empty list for no filter; no unit is made of whole cells here.
    return filters.where(query.get("bbox"), wanted | {"people_units": inside or [-1]})


def rows(
    session: Session, layer: str, query: Mapping[str, object], *, limit: int, offset: int
) -> list[RowMapping]:
    """One page of a layer, in the layer's total order."""
    condition = where(session, layer, query)
    page = condition.values | {"limit": limit, "offset": offset}
    return list(session.execute(text(queries.rows(layer, condition)), page).mappings())


def count(session: Session, layer: str, query: Mapping[str, object]) -> int:
    """How many features of a layer pass."""
    condition = where(session, layer, query)
    return session.scalar(text(queries.count(layer, condition)), condition.values)


def place(session: Session, code: str) -> tuple[RowMapping, list[RowMapping]]:
    """A published place by its code (letters as spoken: O is 0, I and L are 1), and its needs."""
    spoken = code.upper().replace("O", "0").replace("I", "1").replace("L", "1")
    condition = filters.where(None, {"code": spoken})
    page = condition.values | {"limit": 1, "offset": 0}
    found = session.execute(text(queries.rows("places", condition)), page).mappings().first()
    if found is None:
        raise NotFound(_("Địa chỉ này không có, hoặc không còn được công khai."))
    condition = filters.where(None, {"place": found["code"]})
    page = condition.values | {"limit": queries.CAP, "offset": 0}
    needs = session.execute(text(queries.rows("needs", condition)), page).mappings().all()
    return found, list(needs)


def photos(session: Session, place_id: UUID) -> list[RowMapping]:
    """The public photos of a published place (`id` of its row), in their order."""
    return list(session.execute(text(queries.PHOTOS), {"place_id": place_id}).mappings())


def is_estimated(session: Session, place_id: UUID) -> bool:
    """Whether a published place stands in the middle of its commune, for nobody knows better."""
    return bool(session.scalar(text(queries.IS_ESTIMATED), {"place_id": place_id}))


def is_public_photo(session: Session, photo_id: UUID) -> bool:
    """Whether the photo may be shown to anybody."""
    return bool(session.scalar(text(queries.PHOTO), {"photo_id": photo_id}))


def unit(session: Session, name: str) -> RowMapping:
    """The unit named CODE, CODE@2022 or CODE@YYYY-MM-DD; NotFound where there is none."""
    try:
        code, day = parse_unit_name(name)
    except BadRequest as error:
        raise NotFound(_("Không có đơn vị hành chính này.")) from error
    found = _unit_on(session, code, day)
    if found is None:
        raise NotFound(_("Không có đơn vị hành chính này."))
    return found


def kin(session: Session, of: RowMapping) -> list[RowMapping]:
    """Units of the same level in other eras that `of` became, or that became part of it."""
    found = session.execute(text(queries.UNIT_KIN), {"unit_id": of["id"], "level": of["level"]})
    return list(found.mappings())


def units_of_level(session: Session, levels: list[str], day: date) -> list[RowMapping]:
    """Units valid on a day, by Vietnamese name."""
    found = session.execute(text(queries.UNITS_OF_LEVEL), {"level": levels, "day": day})
    return list(found.mappings())


def children(session: Session, of: RowMapping) -> list[RowMapping]:
    """The units directly below `of`, by Vietnamese name."""
    return list(session.execute(text(queries.UNIT_CHILDREN), {"unit_id": of["id"]}).mappings())


def needs_by_unit(session: Session, query: Mapping[str, object]) -> dict[int, int]:
    """How many needs pass, for each unit that holds any."""
    condition = where(session, "needs", query)
    found = session.execute(text(queries.needs_by_unit(condition)), condition.values)
    return {row.unit_id: row.needs for row in found}


def needs_by_category(session: Session, query: Mapping[str, object]) -> dict[str, int]:
    """How many needs pass, by category."""
    condition = where(session, "needs", query)
    found = session.execute(text(queries.needs_by_category(condition)), condition.values)
    return {row.category: row.needs for row in found}


def boundaries_are_approximate(session: Session) -> bool:
    """Whether any commune valid today is drawn by us rather than loaded."""
    return bool(session.scalar(text(queries.APPROXIMATE), {"day": today()}))


def has_demo(session: Session) -> bool:
    """Whether any published place is invented, for showing how the map works."""
    return bool(session.scalar(text(queries.ANY_DEMO)))


def labels(session: Session, name: str) -> list[dict[str, str]]:
    """The rows of a lookup ("categories", "kinds", "skills") in order, as the page says them."""
    found = session.execute(text(queries.LABELS[name])).mappings()
    return [dict(row) | {"name": _(row["name"])} for row in found]


def _unit_id(reader: Reader, name: str) -> int:
    code, day = parse_unit_name(name)
    found = _unit_on(reader, code, day)
    if found is None:
        raise BadRequest(
            _("Không có đơn vị %(name)s.", name=name), fields={"unit": [f"{name} does not exist"]}
        )
    return found["id"]


def _unit_on(reader: Reader, code: str, day: date) -> RowMapping | None:
    found = reader.execute(text(queries.UNIT_BY_DAY), {"code": code, "day": day})
    return found.mappings().first()


def _at_least(connection: Connection, returned: int, layer: str, condition: Where) -> int | None:
    """How many pass where the cap was reached: what has left since is counted as returned."""
    asked = queries.counted(layer, condition, queries.MOST_COUNTED)
    [counted] = statements.one(connection, asked, condition.values)
    return None if counted is None else max(counted, returned)


def _tolerance(zoom: object) -> float:
    # Half a pixel at this zoom, in degrees: 360 degrees over 256 px * 2^zoom.
    return 180 / (256 * 2 ** float(zoom)) if zoom is not None else 0.0
