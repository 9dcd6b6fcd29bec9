"""How far a plan in the making is: its steps, and the share of each that is done. Pure."""

from collections.abc import Callable
from enum import StrEnum


class Step(StrEnum):
    """In their order. Solving is a few calls of the solver, which cannot say how far it is."""

    LOADING, CANDIDATES, SOLVING = "loading", "candidates", "solving"
    PROVING, EXPLAINING, STORING = "proving", "explaining", "storing"


Report = Callable[[Step, int, int], None]  # of a step so many parts are done, of how many

# Percent of the time that each step took of 10,000 needs and 500 teams (`tests.bench.matching`).
TIME = {
    Step.LOADING: 4,
    Step.CANDIDATES: 26,
    Step.SOLVING: 43,
    Step.PROVING: 1,
    Step.EXPLAINING: 8,
    Step.STORING: 18,
}


def silent(_step: Step, _done: int, _total: int) -> None:
    """For whoever waits for the whole."""


def percent(step: Step, done: int, total: int) -> int:
    """How much of the whole is done: all steps before, and the step's own share of its time."""
    before = sum(TIME[earlier] for earlier in list(Step)[: list(Step).index(step)])
    return before + TIME[step] * done // max(total, 1)
