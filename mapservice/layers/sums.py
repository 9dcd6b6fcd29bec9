"""What the page of a unit sums up, counted once for what it is now."""

import json

from sqlalchemy.orm import Session

from mapservice.caching import answers
from mapservice.caching.versions import Question
from mapservice.layers import service
from mapservice.needs import models as needs_models
from mapservice.territory.eras import today

LAYERS = ("needs", "places", "teams", "units")
OPEN = [status.value for status in needs_models.OPEN]
MOST_URGENT = 4


def of_unit(session: Session, name: str) -> dict[str, dict]:
    """`totals` of what lies in the unit of this name, and its open needs `by_category` and
    `by_unit` (the id of each unit that holds some, as text)."""
    asked = Question("sums of a unit", LAYERS, {"unit": name, "today": today()})
    return json.loads(answers.kept(asked, lambda: json.dumps(_counted(session, name))))


def _counted(session: Session, name: str) -> dict[str, dict]:
    inside = {"unit": [name]}
    waiting = inside | {"status": OPEN}
    return {
        "totals": {
            "needs": service.count(session, "needs", waiting),
            "urgent": service.count(session, "needs", waiting | {"urgency": [MOST_URGENT]}),
            "places": service.count(session, "places", inside),
            "teams": service.count(session, "teams", inside),
        },
        "by_category": service.needs_by_category(session, waiting),
        "by_unit": service.needs_by_unit(session, waiting),
    }
