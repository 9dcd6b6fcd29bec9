"""The bars of the benchmark: what meets one, what misses it, and what could not be measured."""

from tests.bench import bars, matching_bars

CASE = {
    "alone": {"rate": 1000.0},
    "alone_one": {"ms": 2.0},
    "in_database": {"ms": 2.2},
    "asking": {"rate": 155.0},
    "made": {"rate": 160.0},
    "made_brotli": {"rate": 150.0},
    "kept": {"rate": 290.0},
    "304": {"rate": 400.0},
    "nginx": {"rate": 1600.0},
    "orm": {"rate": 10.0},
}
MADE_ALONE = {kind: found for kind, found in CASE.items() if kind != "orm"}


def told(
    case: dict, small: dict | None = None, *, addresses: float = 50, size: int = bars.SMALL
) -> dict[str, bool]:
    cases = {bars.FEW: CASE, "clusters, zoom 7": CASE | case, "search": MADE_ALONE}
    figures = {"size": size, "cases": cases, "publish": {"p50": 4.0}, "addresses": addresses}
    return {bar.name: bar.met for bar in bars.bars(figures, small)}


def test_ratios_are_held_to_their_bars():
    found = told({"in_database": {"ms": 3.0}}, addresses=61)
    missed = {name for name, met in found.items() if not met}
    assert missed == {
        "clusters, zoom 7: time in database over pgbench's",
        "clusters, zoom 7: kept over made_brotli",
        f"{bars.FEW}: kept over made_brotli",
        "search: kept over made_brotli",
        "loading 100,000 addresses, s",
    }
    assert found["publishing a need, ms"] and found[f"{bars.FEW}: made over orm"]
    assert "search: made over orm" not in found and "search: asking over alone" not in found


def test_a_question_is_to_be_found_in_time_among_so_many_places():
    name = "search: ms in database"
    assert name not in told({})
    assert told({}, size=bars.SEARCHED)[name]


def test_clusters_are_compared_with_those_of_a_smaller_run_in_parts_of_its_features():
    name = "clusters, zoom 7: time over that at 20,000"
    small = {"cases": {bars.FEW: CASE | {"alone_one": {"ms": 4.0}}, "clusters, zoom 7": CASE}}
    assert name not in told({})
    assert told({}, small)[name]  # twice as long, on a machine twice as fast: 1 to 1/2
    assert not told({"alone_one": {"ms": 2.1}}, small)[name]


def test_what_did_not_end_in_time_is_no_figure():
    never = {"alone_one": {"rate": 0.0, "ms": None}}
    assert "clusters, zoom 7: time in database over pgbench's" not in told(never)
    figures = {"size": bars.SEARCHED, "publish": {"p50": 4.0}, "addresses": 50}
    figures["cases"] = {"search": CASE | {"in_database": {"ms": None}}}
    assert "search: ms in database" not in {bar.name for bar in bars.bars(figures, None)}
    small = {"cases": {bars.FEW: CASE, "clusters, zoom 7": CASE | never}}
    assert "clusters, zoom 7: time over that at 20,000" not in told(never, small)


SOLVED = {
    "needs": 10_000,
    "teams": 500,
    "solve_s": 0.6,
    "peak_mb": 210,
    "avoidable_urgent": 0,
    "lost_by_fairness": 0,
    "greedy_loss": 0.035,
    "greedy_avoidable_urgent": 12,
}


def missed_of_matching(*figures: dict) -> set[str]:
    return {bar.name for bar in matching_bars.bars(figures) if not bar.met}


def test_the_matching_is_held_to_its_bars():
    large = SOLVED | {"needs": 100_000, "teams": 5_000, "solve_s": 22.0, "peak_mb": 452}
    churn = {"needs": 10_000, "teams": 500, "unchanged_rerun": 0.0, "one_percent_gone": 0.018}
    whole = {"needs": 10_000, "teams": 500, "cpu_s": 5.5, "status": "optimal"}
    assert missed_of_matching(SOLVED, large, churn, whole) == set()
    assert missed_of_matching(SOLVED | {"solve_s": 1.1, "avoidable_urgent": 1}) == {
        "10,000 x 500: solved, s",
        "10,000 x 500: urgent parts left that could be served",
    }
    assert missed_of_matching(large | {"peak_mb": 501, "lost_by_fairness": 3}) == {
        "100,000 x 5,000: peak memory, MB",
        "100,000 x 5,000: parts that fairness costs a class",
    }
    assert missed_of_matching(churn | {"unchanged_rerun": 0.01, "one_percent_gone": 0.05}) == {
        "10,000 x 500: changed by a second run",
        "10,000 x 500: changed when 1 % is gone",
    }
    assert missed_of_matching(whole | {"cpu_s": 6.4, "status": "not-proven"}) == {
        "10,000 x 500: a whole plan, from SQL to stored, s",
        "10,000 x 500: a whole plan is proven",
    }


def test_what_the_baseline_loses_stands_beside():
    said: list[str] = []
    matching_bars.told([SOLVED], said.append)
    assert "3.5%" in said[0] and "12 urgent" in said[0] and said[-1] == "3 of 3 bars are met"
