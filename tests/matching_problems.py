"""Matching problems of any size without a database, and what a plan of one comes to."""

import random
from collections import Counter
from collections.abc import Callable, Iterable
from fractions import Fraction

from mapservice.matching.pairs import Pair
from mapservice.matching.problem import URGENCIES, OpenNeed, Problem, ReadyTeam
from mapservice.matching.travel import Travel, TravelStatus


def pair(need: int, team: int, km: float, *, kept: bool = False) -> Pair:
    """A pair whose road is as long as the straight line."""
    return Pair(need, team, km * 1000, Travel(km, km * 2, TravelStatus.ESTIMATED), kept)


def made_up(
    seed: int, needs: int, teams: int, *, groups: int = 10, each: int = 12, places: int = 25
) -> Problem:
    """Very unequal groups, more parts than places, nearest `each` teams of each need."""
    chance = random.Random(seed)
    spots = [(chance.uniform(0, 80), chance.uniform(0, 50)) for _ in range(teams)]
    ready = tuple(ReadyTeam(f"T{j:06}", chance.randint(0, places)) for j in range(teams))
    asked, pairs = [], []
    for i in range(needs):
        x, y = chance.triangular(0, 80, 10), chance.uniform(0, 50)
        group = f"G{min(int(x * groups / 80), groups - 1)}"
        urgency, parts = chance.choice(URGENCIES), chance.choice((1, 1, 1, 2))
        asked.append(OpenNeed(f"N{i:06}", urgency, parts, group))
        metres = [((x - a) ** 2 + (y - b) ** 2) ** 0.5 for a, b in spots]
        nearest = sorted(range(teams), key=metres.__getitem__)[: chance.randint(0, each)]
        pairs += [pair(i, j, round(metres[j], 3)) for j in nearest]
    return Problem(tuple(asked), ready, tuple(pairs))


def levels(problem: Problem, chosen) -> tuple:
    """The three levels of a plan, smaller is better; said by the definition alone.

    Classes 4 to 1; what the shares cost: part number k of a group of n the rank of (k - 1)/n
    among all shares there are; metres less 2,000 for each pair kept.
    """
    return levels_of(problem)(chosen)


def levels_of(problem: Problem) -> Callable[[Iterable[Pair]], tuple]:
    """`levels` of many plans of one problem."""
    ranks = {share: rank for rank, share in enumerate(sorted(set(_all_shares(problem))))}
    costs = {
        group: [ranks[share] for share in shares(problem, group)]
        for group in {need.group for need in problem.needs}
    }

    def measure(chosen: Iterable[Pair]) -> tuple:
        served = Counter(problem.needs[p.need].urgency for p in chosen)
        given = Counter(problem.needs[p.need].group for p in chosen)
        fairness = sum(sum(costs[group][:count]) for group, count in given.items())
        metres = sum(round(p.travel.km * 1000) - 2000 * p.kept for p in chosen)
        return tuple(-served[u] for u in URGENCIES), fairness, metres

    return measure


def shares(problem: Problem, group: str) -> list[Fraction]:
    """The share served before each free part of a group, first to last."""
    held = problem.held.get(group, 0)
    free = sum(need.parts for need in problem.needs if need.group == group)
    return [Fraction(held + k, held + free) for k in range(free)]


def _all_shares(problem: Problem) -> list[Fraction]:
    return [s for group in {n.group for n in problem.needs} for s in shares(problem, group)]


def smallest_share(problem: Problem, chosen) -> Fraction:
    """The smallest share served of any group, parts held before included."""
    given = Counter(problem.needs[p.need].group for p in chosen)
    return min(
        (
            Fraction(held + given[group], held + free)
            for group in {need.group for need in problem.needs}
            for held in [problem.held.get(group, 0)]
            for free in [len(shares(problem, group))]
        ),
        default=Fraction(1),
    )


def fits(problem: Problem, chosen) -> bool:
    """Whether a plan breaks no rule."""
    parts, places = Counter(p.need for p in chosen), Counter(p.team for p in chosen)
    together = [i for i, need in enumerate(problem.needs) if need.together]
    return (
        set(chosen) <= set(problem.pairs)
        and len(set(chosen)) == len(chosen)
        and all(used <= problem.needs[i].parts for i, used in parts.items())
        and all(used <= problem.teams[j].places for j, used in places.items())
        and all(parts[i] in (0, problem.needs[i].parts) for i in together)
        and all(brought(problem, i, chosen) for i in together if parts[i])
    )


def brought(problem: Problem, need: int, chosen) -> bool:
    """Whether a need's teams have between them the skills and the people that it wants so."""
    joint, teams = (
        problem.needs[need].joint,
        [problem.teams[p.team] for p in chosen if p.need == need],
    )
    return joint is None or (
        set(joint.skills) <= {skill for team in teams for skill in team.skills}
        and sum(team.people for team in teams) >= joint.people
    )
