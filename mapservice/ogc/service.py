"""Items of a collection, a page after another, each item once; one item by its key.

Every function takes a session of the public role.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.orm import Session

from mapservice.caching.versions import Question
from mapservice.errors import NotFound
from mapservice.geo import Box
from mapservice.language import gettext as _
from mapservice.layers import service as layers
from mapservice.layers.filters import Where
from mapservice.ogc import queries
from mapservice.ogc.collections import Collection
from mapservice.territory.eras import today

MOST_ROWS = 20_000  # of a table that is downloaded
MOST_MATCHED = queries.MOST_MATCHED


@dataclass(frozen=True)
class Page:
    """Features' text joined by commas, how many, how many in all (None: nobody counted so far, or
    there are too many to count), the last key if more follow."""

    body: str
    returned: int
    matched: int | None
    last: str | None

    def features(self) -> list[dict]:
        return json.loads(f"[{self.body}]")


def question(of: Collection, query: Mapping[str, object]) -> Question:
    """What is asked, for caches: a unit is named, and valid, as of today."""
    return Question(f"ogc {of.id}", layers.MADE_OF[of.layer], dict(query) | {"today": today()})


def count_question(of: Collection, query: Mapping[str, object]) -> Question:
    """What is asked when the items of every page are counted, for caches."""
    every = {name: value for name, value in query.items() if name not in {"limit", "after"}}
    return Question(f"ogc {of.id} count", layers.MADE_OF[of.layer], every | {"today": today()})


def count(session: Session, of: Collection, query: Mapping[str, object]) -> int | None:
    """How many items the pages hold together; None where they are too many to count."""
    where = _where(session, of, query)
    return session.scalar(text(queries.count(of.layer, where)), where.values)


def items(
    session: Session, of: Collection, query: Mapping[str, object], matched: int | None = None
) -> Page:
    """The page of `limit` items after `after` (a key, "": from the first), of so many."""
    where = _where(session, of, query)
    limit = int(query["limit"])
    values = where.values | {"after": query.get("after", ""), "limit": limit + 1}
    found = session.scalars(text(queries.keys(of.layer, of.key, where)), values).all()
    last = found[limit - 1] if len(found) > limit else None
    kept = list(found[:limit])
    return Page(_features(session, of, kept), len(kept), matched, last)


def rows(session: Session, of: Collection, query: Mapping[str, object]) -> list[dict]:
    """Items for a table, at most MOST_ROWS, whatever page was looked at."""
    whole = dict(query) | {"limit": MOST_ROWS, "after": ""}
    return items(session, of, whole).features()


def item(session: Session, of: Collection, key: str) -> str:
    """One feature's text; NotFound. A unit of any era has its own key."""
    where = queries.named(of.key, [key])
    if of.level:
        where = Where((*where.clauses, "f.level = :level"), where.values | {"level": of.level})
    found = _text(session, of, where)
    if not found:
        raise NotFound(_("Không có mục này, hoặc mục không còn được công khai."))
    return found


def _where(session: Session, of: Collection, query: Mapping[str, object]) -> Where:
    asked = {theirs: query[name] for name, theirs in of.filters.items() if name in query}
    if of.level:
        asked["level"] = [of.level]
    base = layers.where(session, of.layer, asked)
    clauses, values = list(base.clauses), dict(base.values)
    boxes: list[Box] = query.get("bbox") or []
    if boxes:
        either = " OR ".join(queries.IN_A_BOX.format(i) for i in range(len(boxes)))
        clauses.append(f"({either})")
        values |= {f"{side}{i}": v for i, b in enumerate(boxes) for side, v in b._asdict().items()}
    begin, end = query.get("datetime") or ((today(), today()) if of.level else (None, None))
    if end and of.layer in queries.BEGUN:
        clauses.append(queries.BEGUN[of.layer])
        values["end"] = end
    if begin and of.layer in queries.NOT_OVER:
        clauses.append(queries.NOT_OVER[of.layer])
        values["begin"] = begin
    return Where(tuple(clauses), values)


def _features(session: Session, of: Collection, keys: list[str]) -> str:
    return _text(session, of, queries.named(of.key, keys)) if keys else ""


def _text(session: Session, of: Collection, where: Where) -> str:
    whole = {"tolerance": 0.0} if of.layer in {"units", "people"} else {}
    return session.scalar(text(queries.texts(of.layer, of.key, where)), where.values | whole)
