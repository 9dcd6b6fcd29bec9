"""A province full of needs in a cluster of its own, loaded by COPY through every trigger."""

import json
import random
import time
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.orm import Session

from mapservice import cluster_files, migrate
from mapservice.caching import versions
from mapservice.cluster import Cluster
from mapservice.config import ROOT
from mapservice.demo.copying import Copier
from mapservice.layers import upkeep
from mapservice.territory import service as territory

PROVINCE = "24"
NEEDS_OF_PLACE = 2
BATCH = 20_000  # rows in one COPY
CATEGORIES = ("education", "housing", "environment", "digital_skills", "livelihood", "culture")
KINDS = ("school", "locality", "health_station", "internet_point")
TABLES = {
    "core.address": (
        "id", "nature", "kind", "title", "point", "former_commune_id", "programme_year", "status",
        "organisation_id", "demo", "assured_at",
    ),
    "core.need": ("address_id", "nature", "category", "title", "unit", "urgency", "status"),
}  # fmt: skip

ORGANISATION = """
    INSERT INTO core.organisation (code, name, level) VALUES ('B', 'Tỉnh đoàn đo thử', 'province')
    ON CONFLICT (code) DO UPDATE SET code = excluded.code RETURNING id"""
# The revision that made it, and what loading it took.
MADE_BY = "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = :name"


def prepare(home: Path, size: int) -> tuple[Cluster, str, dict[str, float]]:
    """The running cluster, the database with `size` public needs, what loading them took."""
    cluster = Cluster(home)
    cluster.ensure()
    name = f"bench_{size}"
    server = create_engine(
        cluster.url("owner", "postgres").replace("mapservice_owner", cluster_files.SUPERUSER),
        isolation_level="AUTOCOMMIT",
    )
    with server.connect() as connection:
        revision, _, told = (connection.scalar(text(MADE_BY), {"name": name}) or "").partition(" ")
        if revision == migrate.head():
            return cluster, name, json.loads(told or "{}")
        connection.execute(text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
        cluster.prepare_database(name)
        took = _fill(cluster, name, size)
        made = f"{migrate.head()} {json.dumps(took)}"
        connection.exec_driver_sql(f"COMMENT ON DATABASE {name} IS '{made}'")
    server.dispose()
    return cluster, name, took


def _fill(cluster: Cluster, name: str, size: int) -> dict[str, float]:
    engine = create_engine(cluster.url("owner", name))
    with engine.begin() as connection:
        migrate.upgrade(connection)
    with Session(engine) as session:
        territory.seed(session, PROVINCE, ROOT / "seed")
        session.commit()
    places = max(size // NEEDS_OF_PLACE, 1)
    began = time.monotonic()
    with engine.begin() as connection:
        _copy(connection, range(places), NEEDS_OF_PLACE)
    with Session(engine) as session:
        _as_the_worker_does(session)
        session.commit()
    took = time.monotonic() - began
    _vacuum(engine)
    engine.dispose()
    return {"places": places, "needs": size, "seconds": round(took, 1)}


def seconds_of_addresses(owner: Engine, places: int) -> float:
    """What loading so many addresses takes, with all that follows them in the read model.

    Nothing of it stays.
    """
    first = 10**9  # ids beyond those of the province
    with Session(owner) as session:
        _as_the_worker_does(session)  # what others left is not its own
        session.commit()
        began = time.monotonic()
        _copy(session.connection(), range(first, first + places), needs_each=0)
        _as_the_worker_does(session)
        session.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))  # what a commit waits for
        took = time.monotonic() - began
        session.rollback()
    _vacuum(owner)
    return round(took, 1)


def settle(owner: Engine) -> None:
    """What the worker and autovacuum do in a minute, and operators at times by `mapservice pub
    cluster`: no measurement finds what another left."""
    with Session(owner) as session:
        _as_the_worker_does(session)
        for table in upkeep.ORDERED:
            upkeep.cluster(session, table)
        session.commit()
    _vacuum(owner)


def _as_the_worker_does(session: Session) -> None:
    upkeep.fold(session)
    upkeep.learn_words(session)
    versions.fold(session)


def _vacuum(owner: Engine) -> None:
    with owner.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM (ANALYZE)"))


def _copy(connection: Connection, numbers: range, needs_each: int) -> None:
    """Places of these numbers, each with so many needs, in communes that hold unlike many."""
    chance = random.Random(1)
    organisation = connection.scalar(text(ORGANISATION))
    communes = _communes(connection)
    weights = [chance.paretovariate(1.2) for _ in communes]  # people do not live evenly
    copier = Copier(connection, TABLES)
    for number in numbers:
        here = chance.choices(communes, weights)[0]
        place = f"00000000-0000-4000-8000-{number:012x}"
        copier.add("core.address", id=place, nature="place", kind=chance.choice(KINDS),
                   title=f"Trường Tiểu học Đồng Bài số {number}", point=_spot(chance, here),
                   former_commune_id=here.id, programme_year=2025, status="published",
                   organisation_id=organisation, demo=True, assured_at="2026-01-01")  # fmt: skip
        for _ in range(needs_each):
            copier.add("core.need", address_id=place, nature="place", unit="buổi",
                       category=chance.choice(CATEGORIES), urgency=chance.randint(1, 4),
                       title="Dạy học hè và sửa mái phòng học", status="published")  # fmt: skip
        if copier.waiting() >= BATCH:
            copier.send()
            done = number - numbers.start + 1
            print(f"\r{done} of {len(numbers)} places", end="", flush=True)
    copier.send()
    print()


def _communes(connection: Connection) -> list:
    return connection.execute(
        text("""
        SELECT u.id, ext.ST_XMin(u.bounds) AS west, ext.ST_YMin(u.bounds) AS south,
               ext.ST_XMax(u.bounds) AS east, ext.ST_YMax(u.bounds) AS north
        FROM core.admin_unit AS u WHERE u.level = 'commune'
          AND daterange(u.valid_from, u.valid_to) @> date '2022-12-31' ORDER BY u.id""")
    ).all()


def _spot(chance: random.Random, here) -> str:
    lng, lat = chance.uniform(here.west, here.east), chance.uniform(here.south, here.north)
    return f"SRID=4326;POINT({lng:.6f} {lat:.6f})"
