"""Public layers against PostgreSQL alone for the same SQL, and against the usual ORM route.

`python -m tests.bench.layers [--size N]`. The last run of each size stands in docs/performance.md;
at the end each bar is said to be met (PASS) or not (MISS).
"""

import argparse
import json
import logging
import statistics
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from uuid import UUID

import structlog
from flask import Flask
from sqlalchemy import Engine, create_engine, text

from mapservice import create_app
from mapservice.cluster import Cluster
from mapservice.config import ROOT
from tests import front
from tests.bench import bars, database_time, province, report, tools
from tests.bench.cases import Case, cases, populate
from tests.bench.report import Table

HOME = ROOT / ".local" / "bench"
DOCUMENT = ROOT / "docs" / "performance.md"
BROTLI = {"Accept-Encoding": "br"}
MEGABYTES = 64
PUBLISHED = 200  # needs, one after the other
HEADINGS = ["question", "bytes", "brotli", "alone/s", "made", "kept", "304", "nginx", "ORM",
            "p50, p99 ms", "in database", "waited"]  # fmt: skip
NOTES = [
    "`alone/s`: the same SQL in pgbench, statements a second (only to be read beside its row). "
    "`made`, `kept`, `304`, `nginx`, `ORM`: requests a second as parts of it; made anew without "
    "compression, the versions asked for with each as pgbench does, from the memory of a "
    "process, not modified, from nginx, and by the usual ORM route. Bars of the last four are "
    "held against requests that are made as in life, where a process asks for the versions four "
    "times a second. `p50, p99`: of these, with as many clients as pgbench had. `in database`: "
    "the database's own time for the statements of a request over that for one client of "
    "pgbench who asks as often; `waited`: how long the request waits for them, driver included, "
    "over how long pgbench does. pgbench's clients keep the plans that connections of the "
    "application keep. Each figure of a question is of the median of turns that all instruments "
    "took one after the other.",
]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=20_000, help="needs (2000000 takes an hour)")
    parser.add_argument("--only", default="", help="cases whose name holds this; no table of them")
    asked = parser.parse_args()
    size = asked.size
    HOME.mkdir(parents=True, exist_ok=True)
    table = run(HOME, size, asked.only)
    print(f"\n{table.markdown()}\n")
    if not asked.only:
        file = _file(size)
        _write(file, table.figures)
        report.show(DOCUMENT, file.stem, table)
        print(f"All figures: {file.relative_to(ROOT)}\n")
    bars.told(table.figures, _before(bars.SMALL) if size != bars.SMALL else None, print)


def _file(size: int) -> Path:
    return HOME / f"layers-{size}.json"


def _write(file: Path, figures: dict) -> None:
    file.write_text(json.dumps(figures, indent=1, ensure_ascii=False), encoding="utf-8")


def _before(size: int) -> dict | None:
    """The figures of the last run of this size."""
    file = _file(size)
    return json.loads(file.read_text(encoding="utf-8")) if file.exists() else None


def run(home: Path, size: int, only: str = "") -> Table:
    """Measure the cases whose name holds `only`, on a province of `size` needs."""
    cluster, database, load = province.prepare(home, size)
    figures = {"size": size, "load": load, "cases": {}}
    try:
        app = _application(cluster, database, home)
        owner = create_engine(cluster.url("owner", database))
        with owner.begin() as connection:
            populate(connection)
        province.settle(owner)
        with owner.connect() as connection:
            asked = [case for case in cases(app, connection) if only in case.name]
        for name, found in _measured(cluster, database, home, app, asked):
            figures["cases"][name] = found
            _write(home / "layers-now.json", figures)  # what comes after may end in an error
        figures["bare"] = figures["cases"].pop("bare")
        figures["publish"] = _publish(owner)
        figures["addresses"] = province.seconds_of_addresses(owner, bars.ADDRESSES)
        owner.dispose()
        app.extensions["public_sessions"].kw["bind"].dispose()
    finally:
        cluster.stop()
    return _table(figures)


def _application(cluster: Cluster, database: str, home: Path) -> Flask:
    urls = {f"{name}DATABASE_URL": cluster.url(role, database)
            for name, role in (("", "office"), ("PUBLIC_", "public"))}  # fmt: skip
    nothing_kept = {"CACHE_MEGABYTES": 0, "VERSIONS_SECONDS": 0}
    app = create_app(urls | nothing_kept | {"MAPSERVICE_HOME": home, "TESTING": True})
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    return app


def _measured(
    cluster: Cluster, database: str, home: Path, app: Flask, asked: list[Case]
) -> Iterator[tuple[str, dict]]:
    """Figures by case, "bare" among them. Every instrument stands ready, and each case is measured
    with all of them in turn."""
    with ExitStack() as stack:
        fresh = stack.enter_context(tools.serving(cluster, database, home / "fresh", 0))
        asking = stack.enter_context(
            tools.serving(cluster, database, home / "asking", 0, VERSIONS_SECONDS="0")
        )
        kept = stack.enter_context(tools.serving(cluster, database, home / "kept", MEGABYTES))
        rates = {"rate=30r/s;": "rate=1000000r/s;", "rate=10r/s;": "rate=1000000r/s;"}
        front_port = stack.enter_context(front.running(home / "nginx", kept, **rates))
        yield "bare", tools.wrk(fresh, ["/bare"], home, [])
        for case in asked:
            print(case.name, flush=True)
            instruments = database_time.instruments(cluster, database, home / "sql", app, case)
            instruments |= {"asking": partial(tools.wrk, asking, case.paths, home, [])}
            instruments |= _made(fresh, home, case) | _kept(kept, front_port, home, case)
            yield case.name, _sizes(fresh, case) | tools.in_turn(instruments)


def _sizes(port: int, case: Case) -> dict[str, int]:
    """Mean bytes of the bodies, as they are and compressed; each question is answered at all."""
    for path in case.baseline or []:
        tools.ask(port, path, {})
    told = {"bytes": {}, "brotli": BROTLI}
    return {name: round(statistics.mean(tools.ask(port, path, headers)[2] for path in case.paths))
            for name, headers in told.items()}  # fmt: skip


def _made(port: int, home: Path, case: Case) -> tools.Instruments:
    """Made for each request; by the usual ORM route, where the case has one."""

    def asking(paths, headers):
        return lambda: tools.wrk(port, paths, home, headers)

    found = {
        "made": asking(case.paths, []),
        "made_brotli": asking(case.paths, [BROTLI] * len(case.paths)),
    }
    return found | ({"orm": asking(case.baseline, [])} if case.baseline else {})


def _kept(port: int, before: int, home: Path, case: Case) -> tools.Instruments:
    """From the memory of a process, not modified, from nginx."""
    tags = []
    for _ in range(12):  # both workers have met every question: a hit is measured, no miss
        tags = [tools.ask(port, path, BROTLI)[1]["ETag"] for path in case.paths]
    known = [BROTLI | {"If-None-Match": tag} for tag in tags]
    everyone = [BROTLI] * len(case.paths)
    return {
        "kept": lambda: tools.wrk(port, case.paths, home, everyone),
        "304": lambda: tools.wrk(port, case.paths, home, known),
        "nginx": lambda: tools.wrk(before, case.paths, home, everyone),
    }


def _publish(owner: Engine) -> dict[str, float]:
    """Milliseconds of publishing one need with everything that follows, its commit included."""
    with owner.begin() as connection:
        ids = connection.scalars(text("SELECT id FROM pub.need ORDER BY md5(code) LIMIT :n"),
                                 {"n": PUBLISHED}).all()  # fmt: skip
    return tools.in_turn({"publish": lambda: _published(owner, ids)})["publish"]


def _published(owner: Engine, ids: Sequence[UUID]) -> dict[str, float]:
    times = []
    for need in ids:
        with owner.connect() as connection:
            for status in ("expired", "published"):
                began = time.perf_counter()
                connection.execute(text(SET_STATUS), {"id": need, "status": status})
                connection.commit()
                if status == "published":
                    times.append((time.perf_counter() - began) * 1000)
    times.sort()
    median, slow = statistics.median(times), times[-len(times) // 100]
    return {"rate": 1000 / median, "p50": round(median, 2), "p99": round(slow, 2)}


SET_STATUS = "UPDATE core.need SET status = :status WHERE id = :id"


def _table(figures: dict) -> Table:
    title = f"{figures['size']:,} needs; a route that does nothing gives "
    title += f"{figures['bare']['rate']:.0f} requests a second here."
    table = Table(title, HEADINGS, notes=[_told(figures), *NOTES], figures=figures)
    for name, found in figures["cases"].items():
        alone = found["alone"]["rate"]
        parts = [f"{found[kind]['rate'] / alone:.0%}" if kind in found and alone else "–"
                 for kind in ("asking", "kept", "304", "nginx", "orm")]  # fmt: skip
        spread = f"{found['made']['p50']:.1f}, {found['made']['p99']:.1f}"
        beside = [_beside(found["in_database"], found["alone_one"], of) for of in ("ms", "waited")]
        sizes = [f"{found['bytes']:,}", f"{found['brotli']:,}"]
        table.rows.append([name, *sizes, f"{alone:.0f}", *parts, spread, *beside])
    return table


def _beside(inside: dict, one: dict, of: str) -> str:
    return f"{inside[of] / one[of]:.2f} ×" if one[of] else "–"


def _told(figures: dict) -> str:
    publish, load = figures["publish"], figures["load"]
    told = f"Publishing one need, triggers and commit included: {publish['p50']} ms (median), "
    told += f"{publish['p99']} ms (99th of a hundred)."
    told += f" Loading {bars.ADDRESSES:,} addresses in one transaction, read model included, took "
    told += f"{figures['addresses']} s."
    if load:
        told += f" Loading {load['places']:,} places with {load['needs']:,} needs took "
        told += f"{load['seconds']} s, read model included."
    return told


if __name__ == "__main__":
    main()
