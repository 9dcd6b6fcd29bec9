"""What a request takes of the database, beside pgbench that asks the same SQL.

Two clocks: the database's own (`log_duration`: reading, planning, running a statement, sending what
it gives), and that of who waits for it, driver and waking up included.
"""

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import Flask
from sqlalchemy import Engine, create_engine, event, text

from mapservice.cluster import Cluster
from tests.bench import tools
from tests.bench.cases import Case
from tests.database import superuser_url

DURATION = re.compile(r"duration: ([0-9.]+) ms")
ROLE = "mapservice_public"


def instruments(
    cluster: Cluster, database: str, folder: Path, app: Flask, case: Case
) -> tools.Instruments:
    """The case's statements by pgbench: "alone" by many clients; "alone_one" by one who asks as
    often as requests were made; "in_database": inside these requests. The latter two give "ms"
    by the database's own clock and "waited" by that of who asks, for one request."""
    engine = app.extensions["public_sessions"].kw["bind"]
    scripts = _scripts(engine, app, case)
    url = cluster.url("public", database).replace("+psycopg2", "")
    pace = {}

    def inside() -> dict:
        with _durations(cluster, database) as milliseconds:
            engine.dispose()  # new connections tell
            asked = _asked(engine, app, case)
            pace["now"] = asked["pace"]
            return _timed(milliseconds() / asked["requests"]) | asked

    def one() -> dict:
        with _durations(cluster, database) as milliseconds:
            asked = tools.pgbench_at(pace["now"], url, scripts, folder)
            return _timed(asked["scripts"] and milliseconds() / asked["scripts"]) | asked

    return {
        "alone": lambda: tools.pgbench(url, scripts, folder),
        "in_database": inside,
        "alone_one": one,
    }


def _timed(ms: float) -> dict:
    return {"rate": 1000 / ms, "ms": round(ms, 3)} if ms else {"rate": 0.0, "ms": None}


@contextmanager
def _durations(cluster: Cluster, database: str) -> Iterator[Callable[[], float]]:
    """What anybody's new connections say that their statements took, added up, in milliseconds."""
    begin = cluster.log.stat().st_size
    server = create_engine(superuser_url(cluster, database), isolation_level="AUTOCOMMIT")
    told = f"ALTER ROLE {ROLE} IN DATABASE {database} {{}} log_duration"

    def milliseconds() -> float:
        # A statement's line is written before its answer is complete.
        with cluster.log.open(encoding="utf-8") as log:
            log.seek(begin)
            return sum(map(float, DURATION.findall(log.read())))

    with server.connect() as connection:
        connection.execute(text(told.format("SET") + " = on"))
        try:
            yield milliseconds
        finally:
            connection.execute(text(told.format("RESET")))
            server.dispose()


def _asked(engine: Engine, app: Flask, case: Case) -> dict[str, float]:
    """How many "requests" were made one after the other for as long as pgbench asks, the paths in
    turn; how many a second ("pace"); mean milliseconds "waited" for the statements of one."""
    client = app.test_client()
    requests, waited = 0, 0.0
    began = time.monotonic()
    while time.monotonic() < began + tools.SECONDS:
        for path in case.paths:
            with _statements(engine) as seen:
                client.get(path)
            waited += sum(seconds for _, seconds in seen) * 1000
        requests += len(case.paths)
    pace = requests / (time.monotonic() - began)
    return {"requests": requests, "pace": pace, "waited": round(waited / requests, 3)}


def _scripts(engine: Engine, app: Flask, case: Case) -> list[str]:
    """For pgbench: each path's statements, after the plans that a connection makes once."""
    engine.dispose()  # a new connection makes its plans anew, and they are seen
    asked = []
    for path in case.paths:
        with _statements(engine) as seen:
            app.test_client().get(path)
        asked.append([statement for statement, _ in seen])
    plans = [one for statements in asked for one in statements if one.startswith("PREPARE")]
    first = "".join(f"{plan};\n" for plan in plans)
    first = f"SET plan_cache_mode = force_generic_plan;\n{first}"  # as public connections have it
    first = f"\\if :planned\n\\else\n{first}\\set planned 1\n\\endif\n"
    return [first + "".join(f"{one};\n" for one in statements if one not in plans)
            for statements in asked]  # fmt: skip


@contextmanager
def _statements(engine: Engine) -> Iterator[list[tuple[str, float]]]:
    """The statements that are asked meanwhile, values written in, with their seconds."""
    seen: list[tuple[str, float]] = []

    def before(connection, cursor, statement, parameters, *_):
        told = cursor.mogrify(statement, parameters).decode()
        connection.info["asked"] = (told, time.perf_counter())

    def after(connection, *_):
        told, began = connection.info["asked"]
        seen.append((told, time.perf_counter() - began))

    event.listen(engine, "before_cursor_execute", before)
    event.listen(engine, "after_cursor_execute", after)
    yield seen
    event.remove(engine, "before_cursor_execute", before)
    event.remove(engine, "after_cursor_execute", after)
