"""What the builder of a frame offers to choose, and what is chosen."""

from collections.abc import Mapping

from sqlalchemy.orm import Session

from mapservice.layers import pages, service
from mapservice.territory.eras import FORMER_DAY, today


def choices(session: Session, values: Mapping[str, object]) -> dict[str, object]:
    """The builder's choices; `chosen`: `values` (of `BuilderQuery`) as its form shows them,
    `elsewhere`: a unit among them that the form does not offer."""
    districts = service.units_of_level(session, ["district"], FORMER_DAY)
    communes = service.units_of_level(session, ["commune"], today())
    offered = {unit["key"] for unit in (*districts, *communes)}
    unit = values.get("unit", "")
    return {
        "districts": districts,
        "communes": communes,
        "elsewhere": unit if unit and unit not in offered else "",
        "categories": pages.labels(session)["categories"],
        "chosen": {name: _shown(value) for name, value in values.items()},
    }


def _shown(value: object) -> object:
    """As the fields of a form hold it: a switch is "1" or "0"."""
    return str(int(value)) if isinstance(value, bool) else value
