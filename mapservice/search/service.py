"""Search by name: exactly so called, beginning so, with that word, holding it, at last alike; and
by the code that is printed on a page.

Every function takes a session of the public role.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from mapservice.caching.versions import Question
from mapservice.layers import filters
from mapservice.search import queries
from mapservice.territory.eras import today
from mapservice.territory.names import fold

LAYERS = ("places", "needs", "units")
MOST = 30  # hits shown
MOST_WORDS = 8  # further ones only rank
MOST_TELLING = 4  # words, the longest, of which titles may lack one
WORD = re.compile(r"[^\W_]+")
CODE = re.compile(r"[0-9A-HJKMNP-TV-Z]{8}")  # of a place or a need, as it is printed and spoken
NOWHERE: Mapping[str, object] = {}
HEARD = str.maketrans("OIL", "011", " -")


@dataclass(frozen=True)
class Hit:
    """One result. `type`: "place", "need" or "unit"; `place`: the code of a need's place.

    `match`: "exact", "prefix", "word", "part" or "similar". `highlights` are [begin, end) in
    characters (code points) of the title, in order, apart. `valid_to` and `now` tell of a former
    unit until when it was, and what it is part of today; of a name from older lists `now` alone
    is told, and `code` is that of this unit.
    """

    type: str
    code: str
    place: str | None
    title: str
    kind: str | None
    commune: str | None
    district: str | None
    valid_to: date | None
    now: str | None
    urgency: int | None
    lng: float
    lat: float
    match: str
    highlights: list[tuple[int, int]]


@dataclass(frozen=True)
class Found:
    """The best hits, and whether there are more."""

    hits: list[Hit]
    more: bool


def question(asked: str) -> Question:
    """What is asked, for caches."""
    return Question("search", LAYERS, {"q": asked, "today": today()})


def search(session: Session, q: str) -> Found:
    """At most MOST places, needs and units, the best first; none for what holds no letter."""
    asked, words = " ".join(fold(q).split()), words_of(q)
    if not words:
        return Found([], False)
    rows = _holding(session, queries.by_words, asked, words) or _called(session, q)
    if not rows and len(asked) > queries.SHORTEST:
        rows, words = _inside(session, words)
    if not rows and len(asked) > queries.SHORTEST:
        rows, words = _alike(session, asked, words_of(q))
    hits = [Hit(**row, highlights=highlights(row["title"], words)) for row in rows[:MOST]]
    return Found(hits, len(rows) > MOST)


def _called(session: Session, q: str) -> list[RowMapping]:
    """What this is the code of, if anything."""
    code = q.upper().translate(HEARD)
    if not CODE.fullmatch(code):
        return []
    values = {"code": code, "limit": MOST + 1}
    return list(session.execute(text(queries.by_code()), values).mappings())


def words_of(q: str) -> list[str]:
    """The first words of a question, folded."""
    return list(dict.fromkeys(WORD.findall(fold(q))))[:MOST_WORDS]


def highlights(title: str, words: Sequence[str]) -> list[tuple[int, int]]:
    """Where the title holds any of the folded words: [begin, end), in order, apart."""
    folded = fold(title)
    if len(folded) != len(title):  # characters nobody sees: no place can be named
        return []
    return _apart(sorted(m.span() for word in words for m in re.finditer(re.escape(word), folded)))


def _apart(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    kept: list[tuple[int, int]] = []
    for begin, end in spans:
        if kept and begin <= kept[-1][1]:
            kept[-1] = (kept[-1][0], max(end, kept[-1][1]))
        else:
            kept.append((begin, end))
    return kept


def _inside(session: Session, words: list[str]) -> tuple[list[RowMapping], list[str]]:
    """What lies in the unit that some of the words name and is called by the others; and these."""
    said = f" {' '.join(words)} "
    unit = session.execute(text(queries.UNIT_AMONG), {"words": said}).mappings().first()
    called = said.replace(f" {unit['name']} ", " ", 1).split() if unit else []
    if not called:
        return [], words
    where = {"units": unit["ids"]}
    return _holding(session, queries.by_words_inside, " ".join(called), called, where), called


def _alike(
    session: Session, asked: str, words: list[str]
) -> tuple[list[RowMapping], Sequence[str]]:
    """For what is mistyped: rows that hold the known words most like it, or all of them but one;
    and these words."""
    begins = [filters.contains(word)[1:] for word in words]
    known = session.scalars(text(queries.KNOWN), {"words": words, "begins": begins})
    meant = list(dict.fromkeys(word for word in known if word))
    rows: list[RowMapping] = []
    if meant and meant != words:
        rows = _holding(session, queries.by_like_words, asked, meant)
    long = [word for word in meant if len(word) >= queries.SHORTEST]
    telling = sorted(long, key=len, reverse=True)[:MOST_TELLING]
    if not rows and len(telling) > 1:
        rows = _holding(session, queries.by_most_words, asked, telling)
    return rows, meant


def _holding(
    session: Session,
    statement: Callable[[int, frozenset[int]], str],
    asked: str,
    words: Sequence[str],
    where: Mapping[str, object] = NOWHERE,
) -> list[RowMapping]:
    """The rows that a statement of `queries` finds for these words; `where`: what it binds more."""
    short = frozenset(i for i, word in enumerate(words) if len(word) < queries.SHORTEST)
    phrase = filters.contains(asked)
    values: dict[str, object] = {"q": asked, "phrase": phrase, "prefix": phrase[1:]}
    for i, word in enumerate(words):
        holds = filters.contains(word)
        values |= {f"holds{i}": holds, f"begins{i}": holds[1:], f"later{i}": f"% {holds[1:]}"}
    sql = text(statement(len(words), short))
    return list(session.execute(sql, values | where | {"limit": MOST + 1}).mappings())
