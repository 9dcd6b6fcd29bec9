"""Sending a plan's pairs to the team leaders: every pair checked again under lock. Flushes only.

Locks: needs by id, then teams by id, before the first assignment is written.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby
from operator import itemgetter
from types import MappingProxyType

from sqlalchemy import RowMapping, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from mapservice import refusals
from mapservice.matching import explain, loading, planning, queries
from mapservice.matching.models import Assignment, Origin
from mapservice.matching.scope import Scope

Pair = tuple[str, str]  # codes of a need and a team
LEASE = timedelta(hours=72)
LEASE_URGENT = timedelta(hours=12)
URGENT = 4
# Pairs that the worker checks and sends in one transaction: others wait for the plan, the needs and
# the teams of a piece no longer than a page has patience.
PIECE = 100

# Why a pair cannot be sent any more, beside explain.PASSED_WORDS.
REFUSED_WORDS = {
    "unknown": "Không có nhu cầu hoặc đội này trong địa bàn.",
    "closed": "Nhu cầu không còn mở.",
    "past": "Thời gian cần hỗ trợ đã qua.",
    "suspended": "Đội đã ngừng hoạt động.",
    "unverified": "Đội chưa được xác minh.",
    "parts_full": "Nhu cầu đã đủ đội nhận.",
    "alone": "Nhu cầu cần đủ các đội cùng lúc.",
    "lacking": "Các đội được gửi chưa góp đủ kỹ năng hoặc số người mà nhu cầu cần.",
    "joint": "Nhu cầu này do cán bộ ghép các đội góp chung.",
    "twice": "Cặp này được chọn hai lần.",
}


@dataclass(frozen=True, slots=True)
class RefusedPair:
    """A pair that could not be sent, and the sentence that says why."""

    need: str
    team: str
    reason: str


@dataclass(frozen=True, slots=True)
class Committed:
    """What a commit did: public codes of the pairs sent, and the refused ones."""

    sent: list[Pair]
    refused: list[RefusedPair]


def commit(
    session: Session,
    pairs: Sequence[Pair],
    *,
    explained: Mapping[Pair, Mapping] = MappingProxyType({}),
    territory: Collection[int] | None = None,
    by_officer: Collection[Pair] = (),
    patience: str = loading.PAGE_PATIENCE,
) -> Committed:
    """Propose these (need code, team code) pairs to the teams' leaders.

    Every pair is checked again under lock; what changed in between is refused alone, most urgent
    needs first, and the rest goes through. A need that wants all its teams at once gets all or
    none. A need or team outside `territory` is refused in the same words as one that does not
    exist. `explained`: what the plan keeps of why it proposes a pair (`explain.kept`); it was made
    of the whole plan, and nothing is said anew. `by_officer`: the pairs that a person put there.
    """
    needs, teams = [need for need, _ in pairs], [team for _, team in pairs]
    planning.allow(session, patience)  # another commit may hold the locks
    session.execute(text(queries.LOCK_NEEDS), {"codes": needs})
    session.execute(text(queries.LOCK_TEAMS), {"codes": teams})
    scope = Scope(territory=territory)
    statement = text(queries.pairs_checked(scope.names))
    values = scope.values | {"need_codes": needs, "team_codes": teams}
    rows = list(session.execute(statement, values).mappings())
    known = {_pair(row) for row in rows}
    refused = [
        RefusedPair(*pair, REFUSED_WORDS["unknown"])
        for pair in dict.fromkeys(pairs)
        if pair not in known
    ]
    accepted = _still_possible(rows, refused)
    return Committed(_propose(session, accepted, explained, by_officer, refused), refused)


def pieces(pairs: Sequence[Pair]) -> Iterator[list[Pair]]:
    """The pairs in their order, about PIECE at a time; those of one need stay together, as it may
    want its teams all at once."""
    piece: list[Pair] = []
    for _, own in groupby(pairs, key=itemgetter(0)):
        piece += own
        if len(piece) >= PIECE:
            yield piece
            piece = []
    if piece:
        yield piece


def _still_possible(rows: list[RowMapping], refused: list[RefusedPair]) -> list[RowMapping]:
    """The rows that fit together, in their order; the others are added to `refused`.

    A need that wants more teams at once than are left for it takes no place from others.
    """
    while True:
        whys = _whys(rows)
        fitting = [row for row, why in zip(rows, whys, strict=True) if why == "fits"]
        short = _short(fitting)
        for row, why in zip(rows, whys, strict=True):
            why = short.get(row["need"], why) if why == "fits" else why
            if why != "fits" and (row["need"] in short or not short):
                refused.append(RefusedPair(row["need"], row["team"], refusal_sentence(why)))
        if not short:
            return fitting
        rows = [row for row in rows if row["need"] not in short]


def _short(fitting: Sequence[RowMapping]) -> dict[str, str]:
    """Needs that want more at once than these rows are, or bring: what is wrong with them."""
    at_once: dict[str, list[RowMapping]] = {}
    for row in fitting:
        if row["together"]:
            at_once.setdefault(row["need"], []).append(row)
    found = {}
    for need, rows in at_once.items():
        lacking = loading.joint(rows[0])
        for row in rows if lacking else ():
            lacking = lacking.after(row["skills"], row["people"])
        if len(rows) < len(rows[0]["free"]):
            found[need] = "alone"
        elif lacking and not lacking.met:
            found[need] = "lacking"
    return found


def _whys(rows: Sequence[RowMapping]) -> list[str]:
    """Of each row 'fits', or what keeps it from going with those before."""
    free = {row["need"]: len(row["free"]) for row in rows}
    places = {row["team"]: row["places"] for row in rows}
    seen: set[Pair] = set()
    whys = []
    for row in rows:
        need, team, why = row["need"], row["team"], row["why"]
        if (need, team) in seen:
            why = "twice"
        elif why == "fits" and not free[need]:
            why = "parts_full"
        elif why == "fits" and places[team] < 1:
            why = "full"
        seen.add((need, team))
        if why == "fits":
            free[need] -= 1
            places[team] -= 1
        whys.append(why)
    return whys


def refusal_sentence(why: str) -> str:
    """A rule's name as a sentence about the pair."""
    if why in REFUSED_WORDS:
        return REFUSED_WORDS[why]
    return f"Không còn phù hợp: {explain.PASSED_WORDS[why]}."


def _propose(
    session: Session,
    rows: Sequence[RowMapping],
    explained: Mapping[Pair, Mapping],
    by_officer: Collection[Pair],
    refused: list[RefusedPair],
) -> list[Pair]:
    """Insert one assignment a row: the database has the last word.

    All at once; where it refuses that, each by itself, so that the others go through. Those of a
    need that wants its teams at once stay together: all of them are sent, or none.
    """

    def insert(some: Sequence[RowMapping], parts: Mapping[str, Iterator[int]]) -> list[Pair]:
        with session.begin_nested():
            session.add_all(
                _assignment(
                    row,
                    next(parts[row["need"]]),
                    explained.get(_pair(row), {}),
                    by_hand=_pair(row) in by_officer,
                )
                for row in some
            )
        return [_pair(row) for row in some]

    try:
        return insert(rows, _free_parts(rows)) if rows else []
    except IntegrityError:
        parts, sent = _free_parts(rows), []
    for _, group in groupby(rows, key=_at_once):
        batch = list(group)
        try:
            sent += insert(batch, parts)
        except IntegrityError as error:
            why = refusals.explain(error).detail
            refused += (RefusedPair(*_pair(row), why) for row in batch)
    return sent


def _pair(row: RowMapping) -> Pair:
    return row["need"], row["team"]


def _free_parts(rows: Sequence[RowMapping]) -> dict[str, Iterator[int]]:
    return {row["need"]: iter(row["free"]) for row in rows}


def _at_once(row: RowMapping) -> tuple[str, ...]:
    return (row["need"],) if row["together"] else _pair(row)


def _assignment(row: RowMapping, part: int, explained: Mapping, *, by_hand: bool) -> Assignment:
    said = {"reasons": explain.told(explained, protected=row["protected"])} if explained else {}
    return Assignment(
        need_id=row["need_id"],
        team_id=row["team_id"],
        part=part,
        quantity=loading.quantity_of_part(row["quantity"], row["parts"], part),
        origin=Origin.OFFICER if by_hand else Origin.SOLVER,
        explanation={"metres": round(row["metres"])} | dict(explained) | said,
        lease_until=datetime.now(UTC) + (LEASE_URGENT if row["urgency"] == URGENT else LEASE),
    )
