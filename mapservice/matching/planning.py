"""From the database to a plan: load the problem, solve it, prove what can be proven, explain it."""

import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from mapservice.matching import bounds, explain, queries
from mapservice.matching.explain import Explanation, Passed, Unmet
from mapservice.matching.matcher import Matcher, Solution, greedy_urgent_first
from mapservice.matching.problem import OpenNeed, Pair, Problem, ReadyTeam
from mapservice.matching.travel import StraightLine, TravelCost, TravelStatus

ALL_IN_RADIUS_UP_TO = 500  # ready teams; above it each need begins with its NEAREST
NEAREST = 20
# A plan of the whole province may take longer than a page's usual limit; a command has time.
PAGE_PATIENCE, COMMAND_PATIENCE = "30s", "30min"


@dataclass(frozen=True)
class Scope:
    """Which part of the province: needs in `unit`; needs and teams in `territory`.

    None means no limit; an empty territory holds nothing. `codes` names single needs. `public`:
    only needs that protect nobody.
    """

    unit: int | None = None
    territory: Collection[int] | None = None
    codes: Sequence[str] | None = None
    public: bool | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The clauses of `queries` that this scope asks for."""
        return tuple(name for name, value in vars(self).items() if value is not None)

    @property
    def values(self) -> dict[str, object]:
        """Their parameters."""
        found = {name: value for name, value in vars(self).items() if value is not None}
        if "territory" in found:
            found["territory"] = sorted(found["territory"])
        return found


@dataclass(frozen=True)
class Instance:
    """A problem with what screens show of its needs, and the database's ids by code."""

    scope: Scope
    problem: Problem
    cards: Mapping[str, RowMapping]  # need code -> row of queries.open_needs
    team_ids: Mapping[str, UUID]
    skill_names: Mapping[str, str]
    travel: TravelCost


@dataclass(frozen=True)
class Plan:
    """A draft: what is proposed, what stays unmet, and how good that provably is.

    `most_served`: for each urgency the largest number of parts at it or above that any plan could
    serve; exact.
    """

    instance: Instance
    solution: Solution
    proposals: list[Explanation]
    unmet: list[Unmet]
    most_served: dict[int, int]
    seconds: float = field(compare=False)


def plan(
    session: Session,
    scope: Scope,
    *,
    matcher: Matcher = greedy_urgent_first,
    travel: TravelCost | None = None,
    patience: str = PAGE_PATIENCE,
) -> Plan:
    """Match the scope's open needs to ready teams. Writes nothing.

    With many teams each need begins with its nearest candidates; a need that stays unserved gets
    all of them and the problem is solved again, until no list was too short.
    """
    began = time.perf_counter()
    allow(session, patience)
    found = load(session, scope, travel=travel)
    widened: set[str] = set()
    while True:
        solution = matcher(found.problem)
        short = _served_short(found.problem, solution.chosen) - widened
        if len(found.problem.teams) <= ALL_IN_RADIUS_UP_TO or not short:
            break
        widened |= short
        found = _widen(session, found, short)
    proposals = explained(session, found, solution.chosen)
    return Plan(
        instance=found,
        solution=solution,
        proposals=sorted(proposals, key=lambda p: (-p.need.urgency, p.need.code, p.team.code)),
        unmet=_unmet(session, found, solution.chosen),
        most_served=bounds.most_served(found.problem),
        seconds=time.perf_counter() - began,
    )


def allow(session: Session, patience: str) -> None:
    """Let the statements of this transaction run for `patience`, e.g. "30s"."""
    session.execute(
        text("SELECT set_config('statement_timeout', :patience, true)"), {"patience": patience}
    )


def load(
    session: Session, scope: Scope, *, travel: TravelCost | None = None, all_pairs: bool = False
) -> Instance:
    """The scope's problem as the database has it now; `all_pairs`: however many teams."""
    cards = _rows(session, queries.open_needs(scope.names), scope.values)
    rows = _rows(session, queries.ready_teams(scope.names), scope.values)
    ready = [row for row in rows if row["places"] > 0]
    limited = not all_pairs and len(ready) > ALL_IN_RADIUS_UP_TO
    needs, teams = tuple(map(_need, cards)), tuple(map(_team, ready))
    cost = travel or StraightLine()
    return Instance(
        scope=scope,
        problem=Problem(
            needs,
            teams,
            _priced(cost, needs, teams, _candidates(session, scope, cards, rows, limited=limited)),
        ),
        cards={row["code"]: row for row in cards},
        team_ids={row["code"]: row["id"] for row in ready},
        skill_names=dict(session.execute(text(queries.SKILL_NAMES)).all()),
        travel=cost,
    )


def explained(session: Session, found: Instance, chosen: Sequence[Pair]) -> list[Explanation]:
    """The facts behind each chosen pair, in the order given."""
    problem = found.problem
    values = found.scope.values | {
        "codes": [problem.needs[pair.need].code for pair in chosen],
        "reach": [pair.metres for pair in chosen],
        "most": explain.SHOWN,
    }
    misses: dict[str, set[Passed]] = {}
    for row in _rows(session, queries.passed_over(found.scope.names), values) if chosen else ():
        miss = Passed(row["team"], row["name"], row["metres"], row["why"])
        misses.setdefault(row["need"], set()).add(miss)
    return explain.proposals(problem, chosen, misses)


def _unmet(session: Session, found: Instance, chosen: Sequence[Pair]) -> list[Unmet]:
    problem = found.problem
    alone = [
        need.code
        for need, pairs in zip(problem.needs, problem.candidates, strict=True)
        if not pairs
    ]
    hindrances: dict[str, list[RowMapping]] = {}
    if alone:
        statement = queries.hindrances(found.scope.names)
        for row in _rows(session, statement, found.scope.values | {"codes": alone}):
            hindrances.setdefault(row["need"], []).append(row)
    return explain.unmet(problem, chosen, hindrances, found.skill_names)


def _served_short(problem: Problem, chosen: Iterable[Pair]) -> set[str]:
    """Codes of needs with parts left whose list of candidates may have been cut off."""
    left = [need.parts for need in problem.needs]
    for pair in chosen:
        left[pair.need] -= 1
    return {
        need.code
        for index, need in enumerate(problem.needs)
        if left[index] > 0 and len(problem.candidates[index]) >= NEAREST
    }


def _widen(session: Session, found: Instance, codes: set[str]) -> Instance:
    """The same instance with all candidates of these needs."""
    wider = Scope(**vars(found.scope) | {"codes": sorted(codes)})
    more = load(session, wider, travel=found.travel, all_pairs=True).problem
    position = {need.code: index for index, need in enumerate(found.problem.needs)}
    team = {team.code: index for index, team in enumerate(found.problem.teams)}
    kept = [p for p in found.problem.pairs if found.problem.needs[p.need].code not in codes]
    added = [
        pair._replace(
            need=position[more.needs[pair.need].code], team=team[more.teams[pair.team].code]
        )
        for pair in more.pairs
    ]
    problem = Problem(found.problem.needs, found.problem.teams, (*kept, *added))
    return Instance(**vars(found) | {"problem": problem})


def _candidates(
    session: Session,
    scope: Scope,
    cards: Sequence[RowMapping],
    teams: Sequence[RowMapping],
    *,
    limited: bool,
) -> list[tuple[int, int, float]]:
    """(need, team, metres) by position; nothing is asked when either side is empty."""
    if not cards or not teams:
        return []
    need = {row["code"]: index for index, row in enumerate(cards)}
    ready = (row for row in teams if row["places"] > 0)
    team = {row["code"]: index for index, row in enumerate(ready)}
    values = scope.values | {
        "full_teams": [str(row["id"]) for row in teams if row["places"] == 0],
        "widest_metres": float(max(row["radius_km"] for row in teams) * 1000),
    }
    if limited:
        values["nearest"] = NEAREST
    found = session.execute(text(queries.candidates(scope.names, limited=limited)), values)
    # Between two statements another session may have committed: what only one of them saw is out.
    return [
        (need[code], team[other], distance)
        for code, others, distances in found
        if code in need
        for other, distance in zip(others, distances, strict=True)
        if other in team
    ]


def _priced(
    travel: TravelCost,
    needs: Sequence[OpenNeed],
    teams: Sequence[ReadyTeam],
    found: Sequence[tuple[int, int, float]],
) -> tuple[Pair, ...]:
    costs = travel.pairs(
        [team.base for team in teams],
        [need.spot for need in needs],
        [(team, need) for need, team, _ in found],
        [metres for *_, metres in found],
    )
    return tuple(
        Pair(need, team, metres, cost)
        for (need, team, metres), cost in zip(found, costs, strict=True)
        if cost.status is not TravelStatus.UNREACHABLE
    )


def _need(row: RowMapping) -> OpenNeed:
    return OpenNeed(
        code=row["code"],
        urgency=row["urgency"],
        parts=len(row["free"]),
        group=row["group_key"],
        skills=tuple(row["skills"]),
        people=row["people"],
        wanted_from=row["wanted_from"],
        wanted_until=row["wanted_until"],
        spot=(row["lng"], row["lat"]),
        protected=row["protected"],
    )


def _team(row: RowMapping) -> ReadyTeam:
    return ReadyTeam(
        code=row["code"],
        places=row["places"],
        name=row["name"],
        people=row["people"],
        base=(row["lng"], row["lat"]),
    )


def quantity_of_part(quantity: Decimal, parts: int, part: int) -> Decimal | None:
    """The share of one part, so that all parts together give the quantity exactly.

    One decimal; None where the share would round to nothing.
    """
    tenth = Decimal("0.1")
    share = (quantity * part / parts).quantize(tenth) - (quantity * (part - 1) / parts).quantize(
        tenth
    )
    return share or None


def _rows(session: Session, statement: str, values: Mapping[str, object]) -> list[RowMapping]:
    return list(session.execute(text(statement), values).mappings())
