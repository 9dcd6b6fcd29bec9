"""The bars of the benchmark: what meets one, what misses it, and what could not be measured."""

from tests.bench import bars

CASE = {
    "alone": {"rate": 1000.0},
    "alone_one": {"ms": 2.0},
    "in_database": {"ms": 2.2},
    "made": {"rate": 160.0},
    "made_brotli": {"rate": 150.0},
    "kept": {"rate": 290.0},
    "304": {"rate": 400.0},
    "nginx": {"rate": 1600.0},
    "orm": {"rate": 10.0},
}
LOAD = {"places": 50_000, "needs": 100_000, "seconds": 40}


def told(case: dict, load: dict, small: dict | None = None) -> dict[str, bool]:
    cases = {bars.FEW: CASE, "clusters, zoom 7": CASE | case}
    figures = {"cases": cases, "publish": {"p50": 4.0}, "load": load}
    return {bar.name: bar.met for bar in bars.bars(figures, small)}


def test_ratios_are_held_to_their_bars():
    found = told({"in_database": {"ms": 3.0}}, LOAD)
    missed = {name for name, met in found.items() if not met}
    assert missed == {
        "clusters, zoom 7: time in database over pgbench's",
        f"{bars.FEW}: kept over made_brotli",
        "loading 100,000 addresses with their needs, s",
    }
    assert found["publishing a need, ms"] and found[f"{bars.FEW}: made over orm"]


def test_clusters_are_compared_with_those_of_a_smaller_run_in_parts_of_its_features():
    name = "clusters, zoom 7: time over that at 20,000"
    small = {"cases": {bars.FEW: CASE | {"alone_one": {"ms": 4.0}}, "clusters, zoom 7": CASE}}
    assert name not in told({}, {})
    assert told({}, {}, small)[name]  # twice as long, on a machine twice as fast: 1 to 1/2
    assert not told({"alone_one": {"ms": 2.1}}, {}, small)[name]


def test_what_did_not_end_in_time_is_no_figure():
    never = {"alone_one": {"rate": 0.0, "ms": None}}
    assert "clusters, zoom 7: time in database over pgbench's" not in told(never, {})
    small = {"cases": {bars.FEW: CASE, "clusters, zoom 7": CASE | never}}
    assert "clusters, zoom 7: time over that at 20,000" not in told(never, {}, small)
