"""Codes in the words of the pages, for who reads items rather than programs them."""

from collections.abc import Mapping

from flask import current_app
from sqlalchemy.orm import Session

from mapservice.language import gettext as _
from mapservice.language import noop
from mapservice.layers import service as layers
from mapservice.ogc.collections import Collection

LEVELS = {
    "commune": noop("Xã, phường, thị trấn"),
    "district": noop("Huyện, thị xã, thành phố"),
    "group": noop("Một nhóm của một xã"),
    "cluster": noop("Cụm xã"),
    "area": noop("Vùng"),
}


def of_properties(session: Session, of: Collection) -> dict[str, Mapping[object, str]]:
    """Property whose values are codes -> code -> how it is said; as the public role."""
    # Made for this request: `module` alone would keep the language of the first.
    said = current_app.jinja_env.get_template("macros/words.html").make_module()
    names = {
        name: {row["code"]: row["name"] for row in layers.labels(session, name)}
        for name in ("categories", "kinds", "skills")
    }
    return {
        "category": names["categories"],
        "kind": said.team_kinds if of.layer == "teams" else names["kinds"],
        "skills": names["skills"],
        "urgency": said.urgencies,
        "max_urgency": said.urgencies,
        "status": said.need_statuses,
        "state": said.team_states,
        "group": said.people_groups,
        "level": {code: _(word) for code, word in LEVELS.items()},
    }
