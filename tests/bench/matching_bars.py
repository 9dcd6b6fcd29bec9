"""What was measured of the matching, and whether it meets the bars of `docs/matching.md`."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from tests.bench.bars import Bar

SOLVE_SECONDS = {(10_000, 500): 1.0, (100_000, 5_000): 30.0}
PEAK_MB = {(100_000, 5_000): 500}
WHOLE_SECONDS = 6.0
CHURN = 0.04


def bars(figures: Sequence[Mapping]) -> Iterator[Bar]:
    """Each bar that this run could measure; seconds are those of the processor."""
    for found in figures:
        size = f"{found['needs']:,} x {found['teams']:,}"
        if "solve_s" in found:
            yield from _solved(size, found)
        if "cpu_s" in found:
            yield Bar(f"{size}: a whole plan, from SQL to stored, s", False, WHOLE_SECONDS,
                      found["cpu_s"])  # fmt: skip
            yield Bar(f"{size}: a whole plan is proven", True, 1, found["status"] == "optimal")
        if "unchanged_rerun" in found:
            yield Bar(f"{size}: changed by a second run", False, 0, found["unchanged_rerun"])
            yield Bar(f"{size}: changed when 1 % is gone", False, CHURN, found["one_percent_gone"])


def _solved(size: str, found: Mapping) -> Iterator[Bar]:
    key = (found["needs"], found["teams"])
    if most := SOLVE_SECONDS.get(key):
        yield Bar(f"{size}: solved, s", False, most, found["solve_s"])
    if most := PEAK_MB.get(key):
        yield Bar(f"{size}: peak memory, MB", False, most, found["peak_mb"])
    yield Bar(
        f"{size}: urgent parts left that could be served", False, 0, found["avoidable_urgent"]
    )
    yield Bar(f"{size}: parts that fairness costs a class", False, 0, found["lost_by_fairness"])


def told(figures: Sequence[Mapping], say: Callable[[str], object]) -> None:
    """Say what the baseline loses, each bar, and how many are met."""
    for found in figures:
        if "greedy_loss" in found:
            size = f"{found['needs']:,} x {found['teams']:,}"
            loss, urgent = found["greedy_loss"], found["greedy_avoidable_urgent"]
            say(f"      {size}: the baseline loses {loss:.1%} of the weight, {urgent} urgent parts")
    all_bars = list(bars(figures))
    for bar in all_bars:
        say(str(bar))
    say(f"{sum(bar.met for bar in all_bars)} of {len(all_bars)} bars are met")
