"""The best plan: all three levels as one integer min-cost flow. Pure.

source -> group (one arc a part: what its share makes it cost) -> need (earns its urgency) ->
team (metres) -> sink; a part that nobody takes flows from source to sink for nothing.
"""

from dataclasses import dataclass

import numpy as np
from ortools.graph.python import max_flow, min_cost_flow

from mapservice.matching.columns import Columns
from mapservice.matching.weights import Weights, weights

SOURCE, SINK = 0, 1


@dataclass(frozen=True)
class Found:
    """`chosen`: a mask over the pairs; `weights` they were found with."""

    proven: bool
    chosen: np.ndarray
    weights: Weights


@dataclass
class _Nodes:
    """Numbers of the network's nodes."""

    groups: int
    needs: int
    teams: int

    def group(self, index: np.ndarray) -> np.ndarray:
        return index + 2

    def need(self, index: np.ndarray) -> np.ndarray:
        return index + 2 + self.groups

    def team(self, index: np.ndarray) -> np.ndarray:
        return index + 2 + self.groups + self.needs


def best(columns: Columns, first: np.ndarray | None = None) -> Found:
    """The best plan. Needs in the mask `first` are served before every class.

    OutOfRange when the numbers are too large for the solver.
    """
    urgency = columns.urgency if first is None else urgencies(columns, first)
    weighed = weights(columns, int(urgency.max(initial=1)))
    solver = min_cost_flow.SimpleMinCostFlow()
    pairs = _add_arcs(solver, columns, weighed, urgency)
    parts = int(columns.parts.sum())
    solver.set_nodes_supplies(np.array([SOURCE, SINK]), np.array([parts, -parts]))
    proven = solver.solve() == solver.OPTIMAL
    chosen = solver.flows(pairs) > 0 if proven else np.zeros(len(pairs), bool)
    return Found(proven, chosen, weighed)


def urgencies(columns: Columns, first: np.ndarray) -> np.ndarray:
    """The urgency of each need, that of the mask `first` above all classes."""
    return np.where(first, 5, columns.urgency)


def _add_arcs(
    solver: min_cost_flow.SimpleMinCostFlow,
    columns: Columns,
    weighed: Weights,
    urgency: np.ndarray,
) -> np.ndarray:
    """Build the network; the numbers of the pairs' arcs."""
    nodes = _Nodes(len(columns.held), len(columns.parts), len(columns.places))
    add = solver.add_arcs_with_capacity_and_unit_cost
    one = np.ones(len(weighed.shared), np.int64)
    add(0 * one, nodes.group(weighed.shared), one, weighed.shares * weighed.step)
    needs = np.arange(nodes.needs)
    earned = -urgency * weighed.part
    add(nodes.group(columns.group), nodes.need(needs), columns.parts, earned)
    teams = np.arange(nodes.teams)
    add(nodes.team(teams), np.full(nodes.teams, SINK), columns.places, 0 * teams)
    parts = np.array([columns.parts.sum()])
    add(np.array([SOURCE]), np.array([SINK]), parts, np.array([0]))
    each = np.ones(len(columns.need), np.int64)
    return add(nodes.need(columns.need), nodes.team(columns.team), each, weighed.costs)


def most(columns: Columns) -> int:
    """How many parts can be served together at most: the maximum flow, whatever it costs."""
    return reach(columns).most


@dataclass(frozen=True)
class Reach:
    """`most`; of each team the places that it leaves, and whether it could take one more, be it by
    an exchange (`able`)."""

    most: int
    spare: np.ndarray
    able: np.ndarray


def reach(columns: Columns) -> Reach:
    """How many parts can be served together at most, and what room that leaves."""
    if not len(columns.need):
        return Reach(0, columns.places.copy(), columns.places > 0)
    nodes = _Nodes(0, len(columns.parts), len(columns.places))
    solver = max_flow.SimpleMaxFlow()
    asking, ready = np.flatnonzero(columns.parts), np.arange(nodes.teams)
    add = solver.add_arcs_with_capacity
    add(np.full(len(asking), SOURCE), nodes.need(asking), columns.parts[asking])
    places = add(nodes.team(ready), np.full(nodes.teams, SINK), columns.places)
    each = np.ones(len(columns.need), np.int64)
    add(nodes.need(columns.need), nodes.team(columns.team), each)
    if solver.solve(SOURCE, SINK) != solver.OPTIMAL:
        raise ArithmeticError("the maximum flow was not found")
    beyond = np.zeros(2 + nodes.needs + nodes.teams, bool)
    beyond[solver.get_sink_side_min_cut()] = True
    spare = columns.places - solver.flows(places)
    return Reach(solver.optimal_flow(), spare, beyond[nodes.team(ready)])
