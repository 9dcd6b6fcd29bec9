"""The words for codes on lists and in histories, taken from where they are said."""

from collections.abc import Mapping

from flask import current_app
from sqlalchemy import text
from sqlalchemy.orm import Session

from mapservice.matching import queries as matching
from mapservice.matching.pages import GROUPS
from mapservice.office import queries
from mapservice.review import states

NATURES = {"place": "Địa điểm, đơn vị", "person": "Cá nhân, hộ gia đình"}
EMBED_STATES = {"allowed": "Được phép", "removed": "Đã bỏ"}
EMBED_SITES = {"other": "Trang khác"}  # not on the list, or of a browser that does not say
PAGES = {
    "urgencies": "macros/words.html",
    "team_states": "macros/words.html",
    "team_kinds": "macros/words.html",
    "look_reasons": "macros/words.html",
    "statuses": "matching/_words.html",
    "origins": "matching/_words.html",
    "suspensions": "matching/_words.html",
    "roles": "macros/words.html",
    "organisation_levels": "macros/words.html",
    "account_states": "accounts/_words.html",
    "invitation_states": "accounts/_words.html",
    "plans": "matching/_words.html",
    "plan_scopes": "matching/_words.html",
    "taking_reasons": "office/_words.html",
    "import_kinds": "imports/_words.html",
    "import_statuses": "imports/_words.html",
    "letter_kinds": "inbox/_words.html",
    "letter_statuses": "inbox/_words.html",
    "outcomes": "inbox/_words.html",
    "reasons": "inbox/_words.html",
}


def load(session: Session) -> dict[str, Mapping]:
    """All of them by name: code -> words."""
    told = {name: _said(template, name) for name, template in PAGES.items()}
    return told | {
        "natures": NATURES,
        "embed_states": EMBED_STATES,
        "embed_sites": EMBED_SITES,
        "groups": GROUPS,
        "address_statuses": {state.value: said for state, (said, _) in states.ADDRESS.items()},
        "need_statuses": {state.value: said for state, said in states.NEED.items()},
        "categories": dict(map(tuple, session.execute(queries.CATEGORIES))),
        "place_kinds": dict(map(tuple, session.execute(queries.KINDS))),
        "skills": dict(session.execute(text(matching.SKILL_NAMES)).all()),
    }


def _said(template: str, name: str) -> Mapping:
    return getattr(current_app.jinja_env.get_template(template).module, name)
