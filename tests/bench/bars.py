"""What was asked of the layers (as ratios), and whether a run of the benchmark meets it."""

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

FEW, MANY = "needs, about 50", "needs, about 1000"
MADE = {FEW: 0.15, MANY: 0.12}  # parts of what PostgreSQL alone makes
CLUSTERS = "clusters, zoom"
SEARCH = "search"
SEARCHED = 400_000  # needs, at 200,000 places
SMALL = 20_000  # needs of the run that a larger one's clusters are compared with
ADDRESSES = 100_000
PUBLISH_MS, LOAD_SECONDS, SEARCH_MS = 5, 60, 20
IN_DATABASE, SLOWER_CLUSTERS = 1.2, 2


class Bar(NamedTuple):
    """What was measured, what it is to be at least (or at most), and what it is."""

    name: str
    least: bool
    bound: float
    found: float

    @property
    def met(self) -> bool:
        return self.found >= self.bound if self.least else self.found <= self.bound

    def __str__(self) -> str:
        sign = "≥" if self.least else "≤"
        verdict = "PASS" if self.met else "MISS"
        return f"{verdict}  {self.name}: {self.found:.3g} ({sign} {self.bound:g})"


def bars(figures: Mapping, small: Mapping | None) -> Iterator[Bar]:
    """Each bar that this run could measure; `small`: the figures of the run of SMALL needs."""
    cases = figures["cases"]
    for name, case in cases.items():
        if inside := _ratio(case["in_database"]["ms"], case["alone_one"]["ms"]):
            yield Bar(f"{name}: time in database over pgbench's", False, IN_DATABASE, inside)
        yield from _rates(name, case)
    yield from _clusters(cases, small)
    took = cases[SEARCH]["in_database"]["ms"] if SEARCH in cases else None
    if took is not None and figures["size"] >= SEARCHED:
        yield Bar(f"{SEARCH}: ms in database", False, SEARCH_MS, took)
    yield Bar("publishing a need, ms", False, PUBLISH_MS, figures["publish"]["p50"])
    name = f"loading {ADDRESSES:,} addresses, s"
    yield Bar(name, False, LOAD_SECONDS, figures["addresses"])


def _rates(name: str, case: Mapping) -> Iterator[Bar]:
    for kind, of, bound in (
        ("asking", "alone", MADE.get(name)),
        ("304", "made", 2),
        ("kept", "made_brotli", 2),
        ("nginx", "made_brotli", 10),
        ("made", "orm", 8),
    ):
        if bound is None or of not in case:
            continue
        if (found := _ratio(case[kind]["rate"], case[of]["rate"])) is not None:
            yield Bar(f"{name}: {kind} over {of}", True, bound, found)


def _clusters(cases: Mapping, small: Mapping | None) -> Iterator[Bar]:
    """Against a smaller run on another day: each in parts of its own viewport of features."""
    if small is None or FEW not in cases:
        return
    for name in cases:
        if not name.startswith(CLUSTERS) or name not in small["cases"]:
            continue
        now, before = (_in_parts(found, name) for found in (cases, small["cases"]))
        if now and before:
            yield Bar(f"{name}: time over that at 20,000", False, SLOWER_CLUSTERS, now / before)


def _in_parts(cases: Mapping, name: str) -> float | None:
    return _ratio(cases[name]["alone_one"]["ms"], cases[FEW]["alone_one"]["ms"])


def _ratio(one: float | None, other: float | None) -> float | None:
    """None where one of them could not be measured in the time it had."""
    return one / other if one is not None and other else None


def told(figures: Mapping, small: Mapping | None, say: Callable[[str], object]) -> None:
    """Say each bar, and how many are met."""
    found = list(bars(figures, small))
    for bar in found:
        say(str(bar))
    say(f"{sum(bar.met for bar in found)} of {len(found)} bars are met")
