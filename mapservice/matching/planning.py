"""From the database to a plan: load the problem, solve it, prove what can be proven, explain it."""

import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType

import numpy as np
from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from mapservice.matching import bounds, candidates, explain, loading, reason_queries, shortage
from mapservice.matching.explain import Explanation, Given, Passed
from mapservice.matching.loading import Instance
from mapservice.matching.matcher import Matcher, Solution, Status, greedy_urgent_first
from mapservice.matching.optimal import min_cost_flow
from mapservice.matching.pairs import Pair
from mapservice.matching.prices import promising
from mapservice.matching.problem import Problem, served_at_least
from mapservice.matching.progress import Report, Step, silent
from mapservice.matching.scope import Scope
from mapservice.matching.shortage import Unmet
from mapservice.matching.together import Combined, combined
from mapservice.matching.travel import TravelCost

ROUNDS = 40  # of adding pairs to lists that were cut off; a plan needs a few


@dataclass(frozen=True)
class Plan:
    """A draft: what is proposed, what stays unmet, and how good that provably is.

    `most_served`: for each urgency the largest number of parts at it or above that any plan could
    serve; exact, of the pairs that were looked at: `bounds_hold` when those are all, or nothing
    that was left out could better the plan. `combined`: of needs that want several teams at once.
    `baseline`: what the most urgent taking the nearest would have come to.
    """

    instance: Instance
    solution: Solution
    proposals: list[Explanation]
    unmet: list[Unmet]
    most_served: dict[int, int]
    bounds_hold: bool
    combined: Combined
    baseline: Solution
    seconds: float = field(compare=False)


def plan(
    session: Session,
    scope: Scope,
    *,
    matcher: Matcher = min_cost_flow,
    travel: TravelCost | None = None,
    patience: str = loading.PAGE_PATIENCE,
    kept: Collection[tuple[str, str]] = (),
    report: Report = silent,
) -> Plan:
    """Match the scope's open needs to ready teams. Writes nothing; `report` hears how far it is.

    `kept`: pairs (need and team codes) of an earlier plan, which are not given up for a small gain.
    """
    began = time.perf_counter()
    allow(session, patience)
    found = loading.load(session, scope, travel=travel, kept=kept, report=report)
    found, solution = solved(found, matcher, report)
    report(Step.SOLVING, 1, 1)
    made = judged(session, found, solution, report)
    return replace(made, seconds=time.perf_counter() - began)


def allow(session: Session, patience: str) -> None:
    """Let the statements of this transaction run for `patience`, e.g. "30s"."""
    session.execute(
        text("SELECT set_config('statement_timeout', :patience, true)"), {"patience": patience}
    )


def solved(found: Instance, matcher: Matcher, report: Report = silent) -> tuple[Instance, Solution]:
    """The problem with the pairs that had to be looked at, and what the matcher makes of it.

    Where lists were cut off, pairs that might better the plan are added and it is solved again,
    until there are none: then the plan is the best of all pairs. First so without the needs that
    want several teams, beside which they must not cost anything; what is not proven there is not
    proven with them either.
    """
    problem, proven = found.problem, True
    if problem.cut and any(need.together for need in problem.needs):
        found, alone = _widened(found, lambda whole: matcher(_singles(whole)), report)
        proven = alone.status is Status.OPTIMAL
    found, solution = _widened(found, matcher, report)
    if solution.status is Status.OPTIMAL and not proven:
        solution = replace(solution, status=Status.NOT_PROVEN)
    return found, solution


def _widened(found: Instance, matcher: Matcher, report: Report) -> tuple[Instance, Solution]:
    count = len(found.problem.teams)
    pairs = found.problem.pairs
    tried = np.sort(pairs.need.astype(np.int64) * count + pairs.team)
    for _ in range(ROUNDS):
        report(Step.SOLVING, 0, 1)  # so that a plan given up is not solved again
        solution = matcher(found.problem)
        if solution.prices is None:
            return found, solution
        shortest = found.travel.shortest
        needs, teams = promising(found.problem, solution.prices, tried, shortest)
        if not len(needs):
            return found, solution
        tried = np.sort(np.concatenate((tried, needs * count + teams)))
        found = loading.widened(found, needs, teams)
    return found, replace(matcher(found.problem), status=Status.NOT_PROVEN)


def _singles(problem: Problem) -> Problem:
    """The same without what needs that want several teams at once ask for."""
    needs = (replace(need, parts=0) if need.together else need for need in problem.needs)
    return replace(problem, needs=tuple(needs))


def judged(session: Session, found: Instance, solution: Solution, report: Report = silent) -> Plan:
    """The plan of these pairs: explained, with the proof of what they reach and what they leave."""
    problem, chosen = found.problem, solution.chosen
    most = bounds.most_served(problem)
    together = combined(problem, chosen)
    holds = not problem.cut or solution.status is Status.OPTIMAL
    report(Step.PROVING, 1, 1)
    proposals = explained(session, found, chosen, report)
    if solution.status is Status.OPTIMAL and served_at_least(problem, chosen) != most:
        solution = replace(solution, status=Status.NOT_PROVEN)
    return Plan(
        instance=found,
        solution=solution,
        proposals=sorted(proposals, key=lambda p: (-p.need.urgency, p.need.code, p.team.code)),
        unmet=_unmet(session, found, chosen),
        most_served=most,
        bounds_hold=holds,
        combined=together,
        baseline=greedy_urgent_first(problem),
        seconds=0.0,
    )


def explained(
    session: Session,
    found: Instance,
    chosen: Sequence[Pair],
    report: Report = silent,
    given: Given = MappingProxyType({}),
) -> list[Explanation]:
    """The facts behind each chosen pair, in the order given; `given` as in `explain.proposals`."""
    problem = found.problem
    statement = reason_queries.passed_over(found.scope.names)
    misses: dict[str, set[Passed]] = {}
    for begin in range(0, len(chosen), candidates.AT_ONCE):
        part = chosen[begin : begin + candidates.AT_ONCE]
        values = found.scope.values | {
            "codes": [problem.needs[pair.need].code for pair in part],
            "reach": [pair.metres for pair in part],
            "most": explain.SHOWN,
            "full_teams": found.search.full_teams,
        }
        for row in loading.rows(session, statement, values):
            miss = Passed(row["team"], row["name"], row["metres"], row["why"])
            misses.setdefault(row["need"], set()).add(miss)
        report(Step.EXPLAINING, begin + len(part), len(chosen))
    return explain.proposals(problem, chosen, misses, given)


def _unmet(session: Session, found: Instance, chosen: Sequence[Pair]) -> list[Unmet]:
    problem = found.problem
    counts = np.bincount(problem.pairs.need, minlength=len(problem.needs)).tolist()
    alone = [need.code for need, pairs in zip(problem.needs, counts, strict=True) if not pairs]
    hindrances: dict[str, list[RowMapping]] = {}
    if alone:
        statement = reason_queries.hindrances(found.scope.names)
        for row in loading.rows(session, statement, found.scope.values | {"codes": alone}):
            hindrances.setdefault(row["need"], []).append(row)
    return shortage.unmet(problem, chosen, hindrances, found.skill_names)
