"""What the public pages show, from rows of the read model: plain dicts for the templates."""

import json
from collections.abc import Callable, Mapping

from flask import url_for
from sqlalchemy import RowMapping
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from mapservice.caching import answers
from mapservice.caching.versions import Question
from mapservice.errors import NotFound
from mapservice.language import counted, noop
from mapservice.language import gettext as _
from mapservice.layers import people, service, sums
from mapservice.layers.sums import MOST_URGENT, OPEN
from mapservice.territory.eras import FORMER_DAY, today

BANDS = {
    "under_10": noop("dưới 10"),
    "10_19": "10–19",
    "20_49": "20–49",
    "50_99": "50–99",
    "100_up": noop("từ 100"),
}
BENEFICIARIES = {
    "children": noop("Trẻ em"),
    "youth": noop("Thanh niên"),
    "elderly": noop("Người cao tuổi"),
    "households": noop("Hộ gia đình"),
}
PLACES = 12  # of a unit, that its page names
PROVINCE_MARGIN = 0.05  # degrees around the province that the map may still be dragged to


def labels(session: Session) -> dict[str, list[dict[str, str]]]:
    """Categories and kinds of place, for chips and legends."""
    return {name: service.labels(session, name) for name in ("categories", "kinds")}


def need_item(row: RowMapping) -> dict[str, object]:
    """One need as the lists show it."""
    return dict(row) | {
        "place_url": url_for("layers.place_page", code=row["place"]),
        "unit_label": row["unit"],
    }


def chosen(query: Mapping[str, object]) -> dict[str, object]:
    """The filters in force, as the form and the addresses of further pages hold them."""
    unit = query.get("unit") or []
    return {
        "q": query.get("q", ""),
        "unit": unit[0] if unit else "",
        "urgency": query.get("urgency", []),
        "category": query.get("category", []),
    }


def chosen_unit(session: Session, query: Mapping[str, object]) -> RowMapping | None:
    """The unit that the list is filtered by, where there is exactly one."""
    names = query.get("unit") or []
    return service.unit(session, names[0]) if len(names) == 1 else None


def existing(session: Session, query: Mapping[str, object]) -> dict[str, object]:
    """The query without a unit that does not exist: a page forgives an old link."""
    try:
        for name in query.get("unit", []):
            service.unit(session, name)
    except NotFound:
        return {name: value for name, value in query.items() if name != "unit"}
    return dict(query)


def total(session: Session, query: Mapping[str, object]) -> int:
    """How many needs pass the filters; counted once for what they are now."""
    asked = _today("total", query)
    return int(answers.kept(asked, lambda: str(service.count(session, "needs", query))))


def districts(session: Session, query: Mapping[str, object]) -> list[dict[str, object]]:
    """Districts of the former era with how many needs pass the other filters."""
    others = {name: value for name, value in query.items() if name != "unit"}

    def count() -> str:
        return json.dumps(list(service.needs_by_unit(session, others).items()))

    counts = dict(json.loads(answers.kept(_today("by unit", others), count)))
    found = service.units_of_level(session, ["district"], FORMER_DAY)
    return [
        {"code": unit["key"], "name": unit["name"], "needs": counts.get(unit["id"], 0)}
        for unit in found
    ]


def _today(name: str, query: Mapping[str, object]) -> Question:
    # What was met leaves with the days.
    return service.question(f"map page: {name}", "needs", dict(query) | {"today": today()})


def bounds(session: Session, province: str) -> list[float]:
    """[west, south, east, north] that holds the province in either era, with a margin."""
    boxes = []
    for name in (f"{province}@{FORMER_DAY}", province):
        try:
            unit = service.unit(session, name)
        except NotFound:
            continue
        boxes.append([unit["west"], unit["south"], unit["east"], unit["north"]])
    # The map is of the province that runs it: the former one, where it is known.
    west, south, east, north = boxes[0] if boxes else (102.1, 8.3, 109.5, 23.4)
    margin = PROVINCE_MARGIN
    edges = west - margin, south - margin, east + margin, north + margin
    return [round(edge, 6) for edge in edges]  # as all coordinates are told


def province_name(open_session: Callable[[], Session], config: dict) -> str:
    """Short name of the configured province, "" while the database cannot tell.

    Asked once a process: the name changes with the configuration only.
    """
    if "PROVINCE_NAME" not in config:
        try:
            found = service.unit(open_session(), f"{config['PROVINCE']}@{FORMER_DAY}")
        except (NotFound, SQLAlchemyError):
            return ""
        config["PROVINCE_NAME"] = found["short_name"]
    return str(config["PROVINCE_NAME"])


def attribution(session: Session) -> str:
    """Whose lines the map draws: the operator's official ones, or ours."""
    if service.boundaries_are_approximate(session):
        return _("Ranh giới vẽ gần đúng, không có giá trị pháp lý")
    return _("Ranh giới hành chính do đơn vị vận hành cung cấp")


def place(session: Session, code: str) -> dict[str, object]:
    """Everything the page of a place shows; NotFound when it is not published."""
    row, needs = service.place(session, code)
    known = {name: {r["code"]: r for r in rows} for name, rows in labels(session).items()}
    skills = {r["code"]: r["name"] for r in service.labels(session, "skills")}
    shown = dict(row) | {
        "kind": known["kinds"][row["kind"]],
        "commune_url": url_for("layers.unit_page", name=row["commune_key"]),
        "district_url": _unit_url(row["district_key"]),
        "registered_by": row["organisation"],
        "beneficiaries": [
            {"label": _(label), "band": _(BANDS[row[name]])}
            for name, label in BENEFICIARIES.items()
            if row[name]
        ],
    }
    return {
        "place": shown,
        "needs": [_place_need(need, known["categories"], skills) for need in needs],
        "categories": list(known["categories"].values()),
        "photos": service.photos(session, row["id"]),
        "estimated": service.is_estimated(session, row["id"]),
    }


def place_card(shown: Mapping[str, object]) -> dict[str, object]:
    """The words of a place's picture in a chat; `shown` is what `place` gave."""
    found, needs = shown["place"], shown["needs"]
    open_needs = [need for need in needs if need["status"] in OPEN]
    urgent = sum(need["urgency"] == MOST_URGENT for need in open_needs)
    return {
        "title": found["title"],
        "over": found["kind"]["name"],
        "under": (
            ", ".join(name for name in (found["commune"], found["district"]) if name),
            _needs_words(len(open_needs), urgent),
        ),
        "note": _("Dữ liệu minh hoạ – không phải nhu cầu thật") if found["demo"] else "",
    }


def unit_card(session: Session, name: str) -> dict[str, object]:
    """The words of a unit's picture in a chat; NotFound when there is none of this name."""
    row = service.unit(session, name)
    inside = {"unit": [row["key"]], "status": OPEN}
    number = service.count(session, "needs", inside)
    urgent = service.count(session, "needs", inside | {"urgency": [MOST_URGENT]})
    return {
        "title": row["name"],
        "over": row["parent"] or "",
        "under": (_needs_words(number, urgent),),
        "note": _("Dữ liệu minh hoạ – không phải nhu cầu thật")
        if service.has_demo(session)
        else "",
    }


def _needs_words(number: int, urgent: int) -> str:
    said = counted("%(n)s nhu cầu đang mở", number)
    return f"{said}, {counted('%(n)s khẩn cấp', urgent)}" if urgent else said


def unit(session: Session, name: str, *, limit: int, offset: int) -> dict[str, object]:
    """Everything the page of a unit shows; NotFound when there is none of this name."""
    row = service.unit(session, name)
    inside = {"unit": [row["key"]]}
    waiting = inside | {"status": OPEN}
    places = service.rows(session, "places", inside, limit=PLACES, offset=0)
    needs = service.rows(session, "needs", waiting, limit=limit, offset=offset)
    kin = [
        dict(found) | {"url": url_for("layers.unit_page", name=found["key"])}
        for found in service.kin(session, row)
    ]
    households = people.figure(session, row["id"])
    names = labels(session)
    held = sums.of_unit(session, row["key"])
    counts = held["by_category"]
    return {
        "unit": _unit(row),
        "eras": {
            "successors": [k for k in kin if k["successor"]],
            "predecessors": [k for k in kin if not k["successor"]],
        },
        "children": _children(session, row, held["by_unit"]),
        "totals": held["totals"] | {"households": households.at_least},
        "places": [_place_item(found) for found in places],
        "people": [
            {"group": group, "low": low, "high": high} for group, low, high in households.groups
        ],
        "by_category": [
            {"category": category, "needs": counts[category["code"]]}
            for category in names["categories"]
            if category["code"] in counts
        ],
        "needs": [need_item(need) for need in needs],
        **names,
    }


def _place_item(row: RowMapping) -> dict[str, object]:
    return dict(row) | {"url": url_for("layers.place_page", code=row["code"])}


def _unit(row: RowMapping) -> dict[str, object]:
    parent = {"name": row["parent"], "url": _unit_url(row["parent_key"])}
    return dict(row) | {"code": row["key"], "parent": parent if row["parent"] else None}


def _children(
    session: Session, row: RowMapping, needs: Mapping[str, int]
) -> list[dict[str, object]]:
    return [
        {
            "name": child["name"],
            "url": url_for("layers.unit_page", name=child["key"]),
            "needs": needs.get(str(child["id"]), 0),
        }
        for child in service.children(session, row)
    ]


def _place_need(
    row: RowMapping, categories: Mapping[str, dict[str, str]], skills: Mapping[str, str]
) -> dict[str, object]:
    return dict(row) | {
        "category": categories[row["category"]],
        "committed": row["committed_quantity"],
        "unit_label": row["unit"],
        "skills": [skills.get(code, code) for code in row["skills"]],
        "window_from": row["wanted_from"],
        "window_to": row["wanted_until"],
    }


def _unit_url(key: str | None) -> str | None:
    return url_for("layers.unit_page", name=key) if key else None
