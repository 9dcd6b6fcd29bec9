"""What the office's routes name and take: the records in their paths, the bodies that are good.

A route that is not in the tables below fails the tests that go through all of them, so each new one
is a decision.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from uuid import uuid4

from werkzeug.routing import Rule

from mapservice.rest.document import document
from tests import office
from tests.factories import LIST, picture

UNKNOWN = {"code": "ZZZZZZZZ", "uuid": str(uuid4())}
OWN, OTHER, NOBODYS, NONE = "own", "other", "unknown", "-"
OWN_PERSON, OTHER_PERSON = "own person", "person elsewhere"
WITHIN = "of elsewhere, below an own one"
# The record of a person (see `add_people`) that stands beside one of a place.
OF_PEOPLE = {"place": "person", "need": "person's need", "assignment": "person's assignment"}


@dataclass(frozen=True)
class Record:
    """Which record of a side an argument names, and how it is written in a path."""

    key: str
    attribute: str = "public_code"

    def value(self, side: office.Side) -> str:
        return str(getattr(side.records[self.key], self.attribute))

    @property
    def unknown(self) -> str:
        return UNKNOWN["code" if self.attribute == "public_code" else "uuid"]

    def of_people(self) -> "Record":
        """The like record of a person, where there is one."""
        return Record(OF_PEOPLE.get(self.key, self.key), self.attribute)


# The path up to an argument -> the record it names.
RECORDS = {
    "/manage/needs/<code>": Record("need"),
    "/manage/drafts/<draft>": Record("draft", "id"),
    "/manage/assignments/<assignment>": Record("assignment", "id"),
    "/manage/proposals/<assignment>": Record("assignment", "id"),
    "/manage/users/<account>": Record("account", "id"),
    "/manage/users/invitations/<invitation>": Record("invitation", "id"),
    "/manage/organisations/<organisation>": Record("organisation", "id"),
    "/api/v1/addresses/<code>": Record("place"),
    "/api/v1/addresses/places/<code>": Record("place"),
    "/api/v1/addresses/persons/<code>": Record("person"),
    "/manage/photos/<photo>": Record("photo", "id"),
    "/manage/addresses/<code>": Record("place"),
    "/manage/reports/<report>": Record("report", "id"),
    "/manage/teams/<code>": Record("team"),
    "/manage/inbox/offers/<code>": Record("offer"),
    "/manage/inbox/suggestions/<code>": Record("suggestion"),
    "/manage/my-teams/<code>": Record("team"),
    "/manage/proposals/open/<token>": Record("link", "token"),
    "/api/v1/needs/<code>": Record("need"),
    "/api/v1/teams/<code>": Record("team"),
    "/api/v1/me/teams/<code>": Record("team"),
    "/api/v1/offers/<code>": Record("offer"),
    "/api/v1/suggestions/<code>": Record("suggestion"),
    "/api/v1/assignments/<assignment>": Record("assignment", "id"),
    "/api/v1/me/assignments/<assignment>": Record("assignment", "id"),
    "/api/v1/organisations/<organisation>": Record("organisation", "code"),
    "/api/v1/users/<account>": Record("account", "id"),
    "/api/v1/photos/<photo>": Record("photo", "id"),
    "/api/v1/me/reports/<report>": Record("report", "id"),
    "/api/v1/invitations/<invitation>": Record("invitation", "id"),
    "/manage/plans/<plan>": Record("plan", "id"),
    "/manage/plans/<plan>/needs/<need>": Record("need"),
    "/api/v1/plans/<plan>": Record("plan", "id"),
    "/api/v1/plans/<plan>/needs/<need>": Record("need"),
    "/manage/imports/<batch>": Record("import", "id"),
    "/api/v1/imports/<batch>": Record("import", "id"),
    "/manage/system/jobs/<job>": Record("job", "name"),
    "/manage/system/mails/<mail_id>": Record("mail", "id"),
    "/manage/embeds/<site>": Record("site", "id"),
}


def photos() -> dict:
    return {"photos": [(BytesIO(picture()), "a.jpg")]}


def listed() -> dict:
    return {"file": (BytesIO(LIST), "dia-diem.csv")}


VERDICT = {"version": "1", "reason": "Đội không liên lạc được"}
TEAM = {
    "name": "Đội áo xanh",
    "kind": "volunteer",
    "commune": "07645@2022",
    "people": "5",
    "max_concurrent": "1",
    "radius_km": "10",
}
ADDED_NEED = {"needs-0-category": "education", "needs-0-title": "Dạy vẽ", "needs-0-urgency": "2"}
PLAN_PAIR = {"version": "1", "need": "NEED0220", "team": "ZZZZZZZZ"}
# What a route accepts, so that a check behind its form is reached; nothing where it has no form.
# Files can be sent once: a function makes them.
BODIES = {
    ("POST", "/manage/imports/new"): listed,
    ("POST", "/manage/imports/<batch>/kind"): {"version": "1", "kind": "places"},
    ("POST", "/manage/imports/<batch>/columns"): {
        "version": "1",
        "column": ["0:title", "1:commune_text"],
    },
    ("POST", "/manage/imports/<batch>/row"): {"version": "1", "number": "2", "cell-kind": "school"},
    ("POST", "/manage/imports/<batch>/commit"): {"version": "1"},
    ("POST", "/manage/imports/<batch>/submit"): {"version": "1"},
    ("POST", "/manage/imports/<batch>/stop"): {"version": "1"},
    ("POST", "/manage/imports/<batch>/undo"): {"version": "1"},
    ("POST", "/manage/imports/<batch>/drop"): {"version": "1"},
    ("POST", "/manage/matching"): {"unit": "220@2022"},
    ("POST", "/manage/plans/<plan>/choose"): PLAN_PAIR,
    ("POST", "/manage/plans/<plan>/remove"): PLAN_PAIR,
    ("POST", "/manage/plans/<plan>/cancel"): {"version": "1"},
    ("POST", "/manage/plans/<plan>/send"): {"version": "1", "pair": "NEED0220-ZZZZZZZZ"},
    ("POST", "/manage/account/name"): {"name": "Tên mới"},
    ("POST", "/manage/account/tokens"): {"token_name": "Bảng", "scope": "read", "days": "30"},
    ("POST", "/manage/addresses/new"): {"act": "add_need"},
    ("POST", "/manage/addresses/<code>/edit"): {"act": "add_need"},
    ("POST", "/manage/addresses/<code>/needs/new"): ADDED_NEED,
    ("POST", "/manage/needs/<code>/edit"): ADDED_NEED,
    ("POST", "/manage/similar-persons"): {"reason": "doubles"},
    ("POST", "/manage/drafts"): {"draft": str(uuid4()), "nature": "place", "writer": "w"},
    ("POST", "/manage/proposals/<assignment>/decline"): {"reason": "Đội đang thi học kỳ"},
    ("POST", "/manage/proposals/<assignment>/release"): {"reason": "Đội đang thi học kỳ"},
    ("POST", "/manage/proposals/<assignment>/done"): {"hours": "2", "volunteers": "3"},
    ("POST", "/manage/proposals/<assignment>/report"): {
        "report": "1b4e28ba-2fa1-41d2-883f-0016d3cca427",
        "text": "Đã dọn sân trường",
        "day": "2026-01-10",
    },
    ("POST", "/manage/assignments/<assignment>/confirm"): {"version": "1"},
    ("POST", "/manage/assignments/<assignment>/dispute"): VERDICT,
    ("POST", "/manage/assignments/<assignment>/cancel"): VERDICT,
    ("POST", "/manage/my-teams/<code>"): {"version": "1", "people": "5", "max_concurrent": "1"},
    ("POST", "/manage/my-teams/<code>/state"): {"state": "resting"},
    ("POST", "/manage/my-teams/<code>/claim"): {"need": "NEED0220"},
    ("POST", "/manage/teams/new"): TEAM,
    ("POST", "/manage/teams/<code>/edit"): TEAM | {"version": "1"},
    ("POST", "/manage/teams/<code>/suspend"): {"reason": "inactive"},
    ("POST", "/manage/teams/<code>/contact"): {"reason": "call"},
    ("POST", "/manage/photos/<photo>/publish"): {"no_face": "true"},
    ("POST", "/manage/inbox/offers/<code>/contacted"): {"version": "1"},
    ("POST", "/manage/inbox/offers/<code>/convert"): {"version": "1", "outcome": "direct"},
    ("POST", "/manage/inbox/offers/<code>/decline"): {"version": "1", "reason": "other"},
    ("POST", "/manage/inbox/offers/<code>/spam"): {"version": "1"},
    ("POST", "/manage/inbox/offers/<code>/undo"): {"version": "1"},
    ("POST", "/manage/inbox/offers/<code>/sender"): {"why": "call"},
    ("POST", "/manage/inbox/suggestions/<code>/accept"): {"version": "1"},
    ("POST", "/manage/inbox/suggestions/<code>/decline"): {"version": "1", "reason": "other"},
    ("POST", "/manage/inbox/suggestions/<code>/spam"): {"version": "1"},
    ("POST", "/manage/inbox/suggestions/<code>/undo"): {"version": "1"},
    ("POST", "/manage/inbox/suggestions/<code>/sender"): {"why": "call"},
    ("POST", "/manage/embeds/new"): {"origin": "https://trang-moi.example.vn"},
    ("POST", "/manage/embeds/<site>/remove"): {"version": "1"},
    ("POST", "/manage/embeds/<site>/restore"): {"version": "1"},
    ("POST", "/manage/addresses/<code>/photos"): photos,
    ("POST", "/manage/reports/<report>/photos"): photos,
}

# What belongs to one account, whatever the territory: the sides' drafts are nobody's who asks here.
PERSONAL = {
    ("POST", "/manage/drafts/<draft>/discard"),
    ("POST", "/manage/drafts/<draft>/restore"),
}

# Forms that are refused without a secret nobody else has, or a record named inside them (their
# own tests name it): whoever may is let through to them.
MORE_INSIDE = {
    ("POST", "/manage/account/password"),
    ("POST", "/manage/account/tokens/revoke"),
    ("POST", "/api/v1/organisations"),
    ("POST", "/manage/users/invite"),
    ("POST", "/manage/users/<account>"),
    ("POST", "/manage/organisations/new"),
    ("POST", "/manage/organisations/<organisation>"),
    ("POST", "/manage/organisations/<organisation>/units"),
    ("POST", "/manage/organisations/<organisation>/units/remove"),
    ("POST", "/manage/account/second-factor"),
    ("POST", "/manage/account/second-factor/codes"),
    ("POST", "/manage/account/second-factor/off"),
}


STEPS = (
    "submit", "reopen", "verify", "publish", "verify-and-publish", "reassure", "close", "separate",
    "undo",
)  # fmt: skip
# A step of a review carries the version that was seen; any reason fits a place.
BODIES |= {
    ("POST", f"/manage/{records}/<code>/{step}"): {"version": "1", "reason": "Cần xem lại"}
    for records in ("addresses", "needs")
    for step in ("return", "reject", "withdraw")
} | {
    ("POST", f"/manage/{records}/<code>/{step}"): {"version": "1"}
    for records in ("addresses", "needs")
    for step in STEPS
}
BODIES |= {
    ("POST", "/manage/addresses/<code>/text-checks"): {"checked": "0" * 64},
    ("POST", "/manage/addresses/<code>/reveal"): {"reason": "review"},
    ("POST", "/manage/addresses/<code>/consents"): {
        "purpose": "register",
        "givers": "guardian",
        "channel": "paper",
    },
    ("POST", "/manage/addresses/<code>/consents/withdraw"): {"purpose": "register"},
    ("POST", "/manage/review"): {"tab": "returned", "step": "undo", "pick": "ZZZZZZZZ:1"},
    ("POST", "/manage/review/duplicates"): {"one": "ZZZZZZZZ", "other": "ZZZZZZZZ"},
}
BODIES["POST", "/manage/addresses/<code>/duplicate"] = {"version": "0", "kept": "ZZZZZZZZ"}


def examples(app) -> dict[tuple[str, str], dict]:
    """The bodies that the document of the API gives as examples."""
    with app.app_context():
        paths = document()["paths"]
    found = {}
    for path, item in paths.items():
        for method in item.keys() - {"parameters"}:
            content = item[method].get("requestBody", {}).get("content", {})
            if "example" in content.get("application/json", {}):
                rule = re.sub(r"{(\w+)}", r"<\1>", path)
                found[method.upper(), rule] = content["application/json"]["example"]
    return found


def bare(rule: Rule) -> str:
    """The rule without its converters: `/manage/addresses/<code>`."""
    return re.sub(r"<(?:[^<>:]+:)?([^<>]+)>", r"<\1>", rule.rule)


def named(rule: Rule) -> dict[str, Record]:
    """The record each argument of a rule names."""
    path, found = bare(rule), {}
    for match in re.finditer(r"<([^<>]+)>", path):
        prefix = path[: match.end()]
        assert prefix in RECORDS, f"say in RECORDS which record {prefix} names"
        found[match[1]] = RECORDS[prefix]
    return found


def office_rules(app) -> list[Rule]:
    return [
        rule
        for rule in app.url_map.iter_rules()
        if rule.endpoint != "static"
        and not getattr(app.view_functions[rule.endpoint], "allow_anonymous", False)
    ]


def filled(rule: Rule, names: dict[str, str]) -> str:
    """The path of a rule with these arguments."""
    return re.sub(r"<([^<>]+)>", lambda match: names[match[1]], bare(rule))


def fillings(records: dict[str, Record], world: office.Office) -> Iterator[tuple[str, dict, dict]]:
    """Whose records the arguments of a path name, their names, and those of unknown ones.

    Where a path names two, the second is tried from elsewhere below a first one of our own too.
    """
    if not records:
        yield NONE, {}, {}
        return
    unknown = {name: record.unknown for name, record in records.items()}
    here, there = (_names(records, side) for side in (world.here, world.there))
    yield OWN, here, unknown
    yield OTHER, there, unknown
    yield NOBODYS, unknown, unknown
    *outer, last = records
    if outer:
        below = here | {last: unknown[last]}
        yield WITHIN, here | {last: there[last]}, below
        yield NOBODYS, below, below
    if any(record.key in OF_PEOPLE for record in records.values()):
        people = {name: record.of_people() for name, record in records.items()}
        yield OWN_PERSON, _names(people, world.here), unknown
        yield OTHER_PERSON, _names(people, world.there), unknown


def _names(records: dict[str, Record], side: office.Side) -> dict[str, str]:
    return {name: record.value(side) for name, record in records.items()}
