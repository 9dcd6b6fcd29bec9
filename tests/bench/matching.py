"""What the best plan costs and is worth: `make bench WHAT=matching [LARGE=1]`.

Each size is solved in a process of its own, whose peak memory is printed; beside the best plan
stands what the baseline (the most urgent takes the nearest) makes of the same data. A whole plan
of 10,000 x 500 is made as the worker makes it: pairs from PostGIS, solved, proven, explained and
stored, step by step, in seconds of the processor here and in the database together. LARGE
(`--large`): 100,000 needs x 5,000 teams too; ONLY=solver or ONLY=database: the one without the
other. At the end stands of each bar whether it is met (PASS) or not (MISS).
"""

import argparse
import json
import os
import random
import subprocess
import sys
import time
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from uuid import UUID

import numpy as np
from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session

from mapservice.matching import flow, loading, making
from mapservice.matching.columns import Columns
from mapservice.matching.models import PlanStatus, StoredPlan
from mapservice.matching.optimal import min_cost_flow
from mapservice.matching.problem import URGENCIES
from mapservice.matching.scope import Grouping
from tests.bench import matching_bars, province
from tests.bench.tools import cpu_seconds, peak_megabytes
from tests.matching_problems import made_up

SIZES = ((1_000, 60), (10_000, 500))
LARGE = (100_000, 5_000)
EACH = 20  # nearest teams of a need
AT_ONCE = 400  # needs beside all teams while a province is made
WEIGHT = {4: 8, 3: 4, 2: 2, 1: 1}  # what a part counts where classes are added up


def made_province(needs: int, teams: int, seed: int = 1) -> Columns:
    """Needs crowded in the west, very unequal districts, about as many places as parts."""
    chance = np.random.default_rng(seed)
    x, y = chance.triangular(0, 10, 80, needs), chance.uniform(0, 50, needs)
    a, b = chance.uniform(0, 80, teams), chance.uniform(0, 50, teams)
    parts = chance.choice([1, 1, 1, 2], needs)
    nearest, metres = [], []
    for begin in range(0, needs, AT_ONCE):  # a few: the peak is to be the solver's
        part = slice(begin, begin + AT_ONCE)
        far = np.hypot(x[part, None] - a, y[part, None] - b)
        found = np.argpartition(far, EACH, axis=1)[:, :EACH].copy()  # not a view of all
        nearest.append(found)
        metres.append(np.take_along_axis(far, found, axis=1))
    group = np.minimum((x / 8).astype(np.int64), 9)
    return Columns(
        urgency=chance.integers(1, 5, needs),
        parts=parts,
        group=group,
        held=np.zeros(10, np.int64),
        total=np.bincount(group, weights=parts, minlength=10).astype(np.int64),
        places=chance.integers(0, 2 * int(parts.sum()) // teams + 1, teams),
        need=np.repeat(np.arange(needs, dtype=np.int32), EACH),
        team=np.concatenate(nearest).ravel().astype(np.int32),
        cost=np.rint(np.concatenate(metres).ravel() * 1000).astype(np.int64),
    )


def solve(needs: int, teams: int) -> dict[str, object]:
    """One size: the best plan, its proof, and the baseline on the same numbers; CPU seconds."""
    columns = made_province(needs, teams)
    began = time.process_time()
    found = flow.best(columns)
    solved = time.process_time()
    most = {u: flow.most(columns.only(columns.urgency >= u)) for u in URGENCIES}
    proven = time.process_time()
    peak = peak_megabytes()
    served = np.bincount(columns.urgency[columns.need[found.chosen]], minlength=5)
    greedy = np.bincount(columns.urgency[columns.need[_greedy(columns)]], minlength=5)
    return {
        "needs": needs,
        "teams": teams,
        "pairs": len(columns.need),
        "solve_s": round(solved - began, 2),
        "proof_s": round(proven - solved, 2),
        "peak_mb": peak,
        "proven": found.proven and all(served[u:].sum() == most[u] for u in URGENCIES),
        "metres": found.weights.unit,
        "steps": found.weights.steps,
        "served": int(served.sum()),
        "greedy_served": int(greedy.sum()),
        "greedy_loss": _loss(served, greedy),
        "avoidable_urgent": int(most[4] - served[4]),
        "lost_by_fairness": int(sum(most[u] - served[u:].sum() for u in URGENCIES)),
        "greedy_avoidable_urgent": int(most[4] - greedy[4]),
    }


def _loss(best: np.ndarray, greedy: np.ndarray) -> float:
    """The share of weighted parts that the baseline leaves of what could be served."""
    value = [sum(w * int(served[u]) for u, w in WEIGHT.items()) for served in (best, greedy)]
    return round(1 - value[1] / max(value[0], 1), 4)


def _greedy(columns: Columns) -> list[int]:
    """The baseline on columns: positions of its pairs."""
    places = columns.places.copy()
    pairs = np.lexsort((columns.cost, columns.need))
    first = np.searchsorted(columns.need[pairs], np.arange(len(columns.parts)))
    turns = sorted(
        (-int(columns.urgency[i]), visit, i)
        for i in range(len(columns.parts))
        for visit in range(int(columns.parts[i]))
    )
    position, chosen = first.tolist(), []
    for _, _, need in turns:
        while position[need] < first[need] + EACH:
            pair = pairs[position[need]]
            position[need] += 1
            if places[columns.team[pair]]:
                places[columns.team[pair]] -= 1
                chosen.append(int(pair))
                break
    return chosen


def churn(needs: int, teams: int) -> dict[str, object]:
    """How many proposals a second run changes: with nothing new, and with 1 in 100 gone."""
    problem = made_up(1, needs, teams)
    first = {(p.need, p.team) for p in min_cost_flow(problem).chosen}
    kept = replace(
        problem,
        pairs=tuple(p._replace(kept=(p.need, p.team) in first) for p in problem.pairs),
    )
    same = {(p.need, p.team) for p in min_cost_flow(kept).chosen}
    chance = random.Random(1)
    gone = set(chance.sample(range(needs), needs // 100))
    full = set(chance.sample(range(teams), max(1, teams // 100)))
    left = tuple(p for p in kept.pairs if p.need not in gone and p.team not in full)
    second = {(p.need, p.team) for p in min_cost_flow(replace(kept, pairs=left)).chosen}
    forced = {(n, t) for n, t in first if n in gone or t in full}
    return {
        "needs": needs,
        "teams": teams,
        "unchanged_rerun": round(len(first ^ same) / 2 / len(first), 4),
        "one_percent_gone": round(len(first - second) / len(first), 4),
        "of_that_forced": round(len(forced) / len(first), 4),
    }


TEAMS = """
    INSERT INTO core.team (organisation_id, kind, name, people, base, former_commune_id, radius_km,
      max_concurrent, skills, verified)
    SELECT (SELECT organisation_id FROM core.address LIMIT 1), 'volunteer', 'Đội ' || n, 10,
      place.point, place.former_commune_id, 10 + n % 20, 10 + n % 30, '{teaching}', true
    FROM (SELECT point, former_commune_id, row_number() OVER (ORDER BY id) AS n FROM core.address
          ORDER BY id LIMIT :teams) AS place"""


MAKER = """
    INSERT INTO core.user_account (organisation_id, name, login, role, password_hash)
    SELECT id, 'Đo thử', 'do@thu.vn', 'admin', '!' FROM core.organisation LIMIT 1 RETURNING id"""


def database(needs: int, teams: int) -> dict[str, object]:
    """A plan as the worker makes it, which is not kept; what it took, and each of its steps."""
    cluster, name, _ = province.prepare(Path(os.environ["BENCH_HOME"]), needs)
    engine = create_engine(cluster.url("owner", name))
    with Session(engine) as session:
        session.execute(text(TEAMS), {"teams": teams})
        session.execute(text("ANALYZE core.team"))
        plan = _asked(session, session.scalar(text(MAKER)))
        server = session.scalar(text("SELECT pg_backend_pid()"))
        ends: dict[str, float] = {"begin": cpu_seconds(server)}
        began = time.perf_counter()

        def report(step: str, *_: int) -> None:
            ends[step] = cpu_seconds(server)

        made = making.make(session, plan, Grouping.DISTRICT, loading.COMMAND_PATIENCE, report)
        seconds = time.perf_counter() - began
        ends["stored"] = cpu_seconds(server)
        session.rollback()
    engine.dispose()
    return {
        "needs": needs,
        "teams": teams,
        "pairs": len(made.instance.problem.pairs),
        "proposals": len(made.proposals),
        "status": made.solution.status,
        "peak_mb": peak_megabytes(),
        "clock_s": round(seconds, 2),
        "cpu_s": round(ends["stored"] - ends["begin"], 2),
        "steps": {
            step: round(end - start, 2) for (_, start), (step, end) in pairwise(ends.items())
        },
    }


def _asked(session: Session, maker: UUID) -> StoredPlan:
    organisation = session.scalar(
        text("SELECT organisation_id FROM core.user_account WHERE id = :maker"), {"maker": maker}
    )
    plan = StoredPlan(
        organisation_id=organisation, made_by=maker, province=True, status=PlanStatus.RUNNING
    )
    session.add(plan)
    session.flush()
    return plan


def _apart(what: str, *numbers: int) -> dict[str, object]:
    """Measure in a process of its own, and print what it says."""
    code = f"import json, tests.bench.matching as m; print(json.dumps(m.{what}{numbers}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    told = done.stdout.splitlines()[-1]
    print(told, flush=True)
    return json.loads(told)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--large", action="store_true")
    parser.add_argument("--only", choices=("solver", "database"))
    parser.add_argument("--home", type=Path, default=Path(".local/bench"))
    asked = parser.parse_args()
    os.environ["BENCH_HOME"] = str(asked.home.resolve())
    figures = []
    if asked.only != "database":
        sizes = (*SIZES, LARGE) if asked.large else SIZES
        figures += [_apart("solve", *size) for size in sizes]
        figures.append(_apart("churn", *SIZES[1]))
    if asked.only != "solver":
        figures.append(_apart("database", *SIZES[1]))
    matching_bars.told(figures, print)


if __name__ == "__main__":
    main()
