"""What the pages of the public's forms show, from the read model and a receipt alone."""

from collections.abc import Mapping, Sequence
from itertools import groupby
from uuid import uuid4

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from mapservice.forms import Filled
from mapservice.geo import Box
from mapservice.inbox.models import WORDINGS
from mapservice.language import gettext as _
from mapservice.layers import pages as layers
from mapservice.layers import service
from mapservice.needs.models import NeedStatus
from mapservice.public_forms import queries
from mapservice.territory.eras import FORMER_DAY
from mapservice.territory.models import Level

OPEN_STATES = {"new", "contacted"}
GROUP = 4  # letters of a receipt that are read at once


def frame(form: Filled) -> dict[str, object]:
    """What every form holds: its id, kept while it is mended, and the words agreed to."""
    version = max(WORDINGS)
    return {
        "form": Filled(form.given, {}, said(form.errors)),
        "form_id": form.given.get("id") or str(uuid4()),
        "consent": {"version": version, "words": _(WORDINGS[version])},
    }


def said(errors: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """What is wrong with a form, in the language of the page where the catalogue has it."""
    return {name: [_(sentence) for sentence in sentences] for name, sentences in errors.items()}


def place(session: Session, code: str) -> dict[str, object]:
    """A place that help is offered to, and its open needs; NotFound when it is not on the map."""
    shown = layers.place(session, code)
    needs = [need for need in shown["needs"] if need["status"] != NeedStatus.MET]
    emergency = any(need["category"]["code"] == "emergency" for need in needs)
    return {"place": shown["place"], "needs": needs, "emergency": emergency}


def unit(session: Session, name: str) -> dict[str, object]:
    """A commune whose people help is offered to; of a larger unit the units to choose from."""
    found = service.unit(session, name)
    commune = found["level"] == Level.COMMUNE
    return {"unit": found, "inside": [] if commune else service.children(session, found)}


def suggestion(session: Session, province: str) -> dict[str, object]:
    """What can be chosen of a proposed address; `communes`: (district, "" for today's, rows)."""
    rows = session.execute(queries.COMMUNES, {"former": FORMER_DAY}).mappings()
    box = list(province_box(session, province))
    return {
        "communes": [(name, list(found)) for name, found in groupby(rows, _district)],
        "kinds": [(kind["code"], _(kind["name"])) for kind in service.labels(session, "kinds")],
        "settings": {"box": box, "province": box},
    }


def province_box(session: Session, province: str) -> Box:
    """The box of the province, with the map's margin."""
    return Box(*layers.bounds(session, province))


def receipt(code: str, found: RowMapping) -> dict[str, object]:
    """What became of what a receipt was given for."""
    return {
        "code": code,
        "spoken": " ".join(code[at : at + GROUP] for at in range(0, len(code), GROUP)),
        "received": found,
        "open": found["status"] in OPEN_STATES,
    }


def _district(row: RowMapping) -> str:
    return "" if row["today"] else row["district"] or ""
