"""A second solver's opinion: a plan's three levels by HiGHS, one linear programme after another."""

from collections.abc import Iterable

import highspy

from mapservice.matching.pairs import Pair
from mapservice.matching.problem import Problem
from tests.matching_problems import shares


def best_plan(problem: Problem) -> list[Pair]:
    """The pairs of the best plan there is; where it ends at a corner all variables are 0 or 1."""
    pairs = list(problem.pairs)
    steps = [
        (group, share)
        for group in sorted({need.group for need in problem.needs})
        for share in shares(problem, group)
    ]
    ranks = {share: rank for rank, share in enumerate(sorted({share for _, share in steps}))}
    model = highspy.Highs()
    model.silent()
    taken = [model.addVariable(0, 1) for _ in pairs]
    fair = [model.addVariable(0, 1) for _ in steps]
    for index, variables in _by((pair.need for pair in pairs), taken).items():
        model.addConstr(model.qsum(variables) <= problem.needs[index].parts)
    for index, variables in _by((pair.team for pair in pairs), taken).items():
        model.addConstr(model.qsum(variables) <= problem.teams[index].places)
    served = _by((problem.needs[pair.need].group for pair in pairs), taken)
    for group, counted in _by((group for group, _ in steps), fair).items():
        model.addConstr(model.qsum(served.get(group, [])) == model.qsum(counted))
    urgency = [-problem.needs[pair.need].urgency for pair in pairs]
    metres = [round(pair.travel.km * 1000) - 2000 * pair.kept for pair in pairs]
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
    return [pair for pair, value in zip(pairs, values, strict=True) if value > 0.5]


def _by(keys: Iterable, variables: Iterable) -> dict[object, list]:
    """The variables by their keys, in parallel."""
    found: dict[object, list] = {}
    for key, variable in zip(keys, variables, strict=True):
        found.setdefault(key, []).append(variable)
    return found
