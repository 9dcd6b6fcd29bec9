"""Sending a plan's pairs to the team leaders: every pair checked again under lock. Flushes only.

Locks: needs by id, then teams by id, before the first assignment is written.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby

from sqlalchemy import RowMapping, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from mapservice import refusals
from mapservice.matching import explain, loading, planning, queries
from mapservice.matching.explain import Explanation
from mapservice.matching.loading import Instance
from mapservice.matching.models import Assignment, Origin
from mapservice.matching.scope import Scope

LEASE = timedelta(hours=72)
LEASE_URGENT = timedelta(hours=12)
URGENT = 4

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

    sent: list[tuple[str, str]]
    refused: list[RefusedPair]


def commit(
    session: Session,
    pairs: Sequence[tuple[str, str]],
    *,
    territory: Collection[int] | None = None,
    by_officer: Collection[tuple[str, str]] = (),
    patience: str = loading.PAGE_PATIENCE,
) -> Committed:
    """Propose these (need code, team code) pairs to the teams' leaders.

    Every pair is checked again under lock; what changed in between is refused alone, most urgent
    needs first, and the rest goes through. A need that wants all its teams at once gets all or
    none. A need or team outside `territory` is refused in the same words as one that does not
    exist. `by_officer`: the pairs that a person put there.
    """
    needs, teams = [need for need, _ in pairs], [team for _, team in pairs]
    planning.allow(session, patience)  # another commit may hold the locks
    session.execute(text(queries.LOCK_NEEDS), {"codes": needs})
    session.execute(text(queries.LOCK_TEAMS), {"codes": teams})
    scope = Scope(territory=territory)
    statement = text(queries.pairs_checked(scope.names))
    values = scope.values | {"need_codes": needs, "team_codes": teams}
    rows = list(session.execute(statement, values).mappings())
    known = {(row["need"], row["team"]) for row in rows}
    refused = [
        RefusedPair(*pair, REFUSED_WORDS["unknown"])
        for pair in dict.fromkeys(pairs)
        if pair not in known
    ]
    accepted = _still_possible(rows, refused)
    sent = _propose(session, accepted, territory, by_officer, refused)
    return Committed(sent, refused)


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
    seen: set[tuple[str, str]] = set()
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
    territory: Collection[int] | None,
    by_officer: Collection[tuple[str, str]],
    refused: list[RefusedPair],
) -> list[tuple[str, str]]:
    """Insert one assignment a row, each in its savepoint: the database has the last word.

    Those of a need that wants its teams at once are in one: all of them are sent, or none.
    """
    if not rows:
        return []
    scope = Scope(territory=territory, codes=sorted({row["need"] for row in rows}))
    instance = loading.load(session, scope, all_pairs=True)
    reasons = _explained(session, instance, rows)
    parts = {code: iter(card["free"]) for code, card in instance.cards.items()}
    sent = []
    for _, group in groupby(rows, key=_at_once):
        batch = list(group)
        pairs = [(row["need"], row["team"]) for row in batch]
        if not reasons.keys() >= set(pairs):  # the address, not locked, left the map meanwhile
            refused += (RefusedPair(*pair, REFUSED_WORDS["closed"]) for pair in pairs)
            continue
        made = [
            _assignment(instance, row, next(parts[row["need"]]), reasons[pair], pair in by_officer)
            for row, pair in zip(batch, pairs, strict=True)
        ]
        try:
            with session.begin_nested():
                session.add_all(made)
        except IntegrityError as error:
            refused += (RefusedPair(*pair, refusals.explain(error).detail) for pair in pairs)
        else:
            sent += pairs
    return sent


def _at_once(row: RowMapping) -> tuple[str, ...]:
    return (row["need"],) if row["together"] else (row["need"], row["team"])


def _assignment(
    instance: Instance, row: RowMapping, part: int, reasons: Explanation, by_hand: bool
) -> Assignment:
    card = instance.cards[row["need"]]
    return Assignment(
        need_id=row["need_id"],
        team_id=row["team_id"],
        part=part,
        quantity=loading.quantity_of_part(card["quantity"], card["all_parts"], part),
        origin=Origin.OFFICER if by_hand else Origin.SOLVER,
        explanation=explanation(instance, reasons),
        lease_until=datetime.now(UTC) + (LEASE_URGENT if row["urgency"] == URGENT else LEASE),
    )


def _explained(
    session: Session, instance: Instance, rows: Sequence[RowMapping]
) -> dict[tuple[str, str], Explanation]:
    problem = instance.problem
    wanted = {(row["need"], row["team"]) for row in rows}
    chosen = [
        pair
        for pair in problem.pairs
        if (problem.needs[pair.need].code, problem.teams[pair.team].code) in wanted
    ]
    found = planning.explained(session, instance, chosen)
    return {(item.need.code, item.team.code): item for item in found}


def explanation(instance: Instance, found: Explanation) -> dict:
    """What an assignment keeps of why it was proposed: the sentences, and the facts behind."""
    travel = found.pair.travel
    return {
        "reasons": explain.sentences(found, instance.skill_names),
        "metres": round(found.pair.metres),
        "rank": found.rank,
        "candidates": found.candidates,
        "travel": {
            "cost": f"{instance.travel.name} {instance.travel.version}",
            "km": round(travel.km, 1),
            "minutes": round(travel.minutes),
            "status": travel.status,
        },
        "passed_over": [
            {"team": other.team, "metres": round(other.metres), "why": other.why}
            for other in found.passed
        ],
    }
