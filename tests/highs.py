"""A second solver's opinion: a plan's three levels by HiGHS, one linear programme after another."""

import highspy

from mapservice.matching.pairs import Pair
from mapservice.matching.problem import Problem
from tests.matching_problems import shares


def best_plan(problem: Problem) -> list[Pair]:
    """The pairs of the best plan there is; where it ends at a corner all variables are 0 or 1."""
    places = sorted({n.group for n in problem.needs})
    steps = [(group, share) for group in places for share in shares(problem, group)]
    ranks = {share: rank for rank, share in enumerate(sorted({share for _, share in steps}))}
    model = highspy.Highs()
    model.silent()
    taken = [model.addVariable(0, 1) for _ in problem.pairs]
    fair = [model.addVariable(0, 1) for _ in steps]
    for index, need in enumerate(problem.needs):
        _at_most(model, [taken[k] for k, p in enumerate(problem.pairs) if p.need == index], need)
    of_team: dict[int, list] = {}
    for variable, pair in zip(taken, problem.pairs, strict=True):
        of_team.setdefault(pair.team, []).append(variable)
    for index, variables in of_team.items():
        model.addConstr(model.qsum(variables) <= problem.teams[index].places)
    for group in places:
        served = [
            v
            for v, p in zip(taken, problem.pairs, strict=True)
            if problem.needs[p.need].group == group
        ]
        counted = [v for v, (name, _) in zip(fair, steps, strict=True) if name == group]
        model.addConstr(model.qsum(served) == model.qsum(counted))
    urgency = [-problem.needs[p.need].urgency for p in problem.pairs]
    metres = [round(p.travel.km * 1000) - 2000 * p.kept for p in problem.pairs]
    for variables, costs in (
        (taken, urgency),
        (fair, [ranks[share] for _, share in steps]),
        (taken, metres),
    ):
        total = model.qsum(float(c) * v for c, v in zip(costs, variables, strict=True))
        model.minimize(total)
        assert model.getModelStatus() == highspy.HighsModelStatus.kOptimal
        values = model.getSolution().col_value[: len(taken)]
        # A whole number: what the tolerance of floating point lets slip here would be lost below.
        model.addConstr(total <= round(model.getInfo().objective_function_value) + 1e-6)
    assert all(abs(value - round(value)) < 0.01 for value in values)
    return [pair for pair, value in zip(problem.pairs, values, strict=True) if value > 0.5]


def _at_most(model, variables: list, need) -> None:
    if variables:
        model.addConstr(model.qsum(variables) <= need.parts)
