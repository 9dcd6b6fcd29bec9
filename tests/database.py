"""A PostGIS cluster for the tests, and databases cloned from one migrated template."""

import fcntl
import hashlib
import shutil
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session

from mapservice import cluster_files, migrate
from mapservice.cluster import Cluster
from mapservice.config import ROOT

HOME = ROOT / ".local" / "test"
TEMPLATE = "mapservice_template"
PROVINCE = "24"
# Of the others nothing is known, as in a database that has just been made.
FILLED = text("""
    SELECT oid::regclass FROM pg_class WHERE relkind = 'r' AND pg_relation_size(oid) > 0
      AND relnamespace = ANY (ARRAY['core', 'pub', 'private']::regnamespace[])""")
# What the template is made of; it is rebuilt when one of these changes.
INGREDIENTS = ("migrations/versions", "seed", "mapservice/territory", "deploy/database.sql")


def test_cluster() -> Cluster:
    """The cluster of the tests: its own home, no fsync."""
    return Cluster(HOME, durable=False)


def take_part():
    """Say that this process uses the cluster; closing the answer takes it back."""
    HOME.mkdir(parents=True, exist_ok=True)
    use = (HOME / "use.lock").open("w")
    fcntl.flock(use, fcntl.LOCK_SH)
    return use


def stop_if_unused() -> None:
    """Stop the cluster unless another run is using it."""
    with (HOME / "use.lock").open("w") as use:
        try:
            fcntl.flock(use, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        test_cluster().stop()


def remove(cluster: Cluster) -> None:
    """Stop a cluster and remove what it keeps outside its home (as root)."""
    cluster.stop()
    shutil.rmtree(cluster.data.resolve(), ignore_errors=True)
    shutil.rmtree(cluster.socket, ignore_errors=True)


def clone(cluster: Cluster, name: str) -> None:
    """Make database `name` anew: migrated, with the territory loaded."""
    with _alone(), _superuser(cluster) as connection:
        _drop_abandoned(connection)
        _ensure_template(cluster, connection)
        connection.execute(text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}"))
        cluster.prepare_database(name)  # settings of a database are not cloned with it


def empty(cluster: Cluster, name: str) -> None:
    """Make database `name` anew: roles and extensions, no migration."""
    with _alone(), _superuser(cluster) as connection:
        connection.execute(text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
        cluster.prepare_database(name)


def drop(cluster: Cluster, name: str) -> None:
    with _superuser(cluster) as connection:
        connection.execute(text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))


def _drop_abandoned(connection) -> None:
    """Databases are named after their process: what a killed run left behind goes."""
    names = connection.scalars(
        text("SELECT datname FROM pg_database WHERE datname ~ '^mapservice_test_[0-9]+'")
    )
    for name in names.all():
        if not Path(f"/proc/{name.split('_')[2]}").exists():
            connection.execute(text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))


def _ensure_template(cluster: Cluster, connection) -> None:
    stamp = _stamp()
    from mapservice.consent import service as consent
    from mapservice.release import tree
    from mapservice.territory import service as territory

    comment = text(
        "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = :name"
    )
    if connection.scalar(comment, {"name": TEMPLATE}) == stamp:
        return
    connection.execute(text(f"DROP DATABASE IF EXISTS {TEMPLATE} WITH (FORCE)"))
    cluster.prepare_database(TEMPLATE)
    engine = create_engine(cluster.url("owner", TEMPLATE))
    with engine.begin() as owner:
        migrate.upgrade(owner)
    with Session(engine) as session:
        territory.seed(session, PROVINCE, ROOT / "seed")
        consent.seed_wordings(session)
        tree.load(session, PROVINCE, ROOT / "seed")
        session.commit()
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as owner:
        for table in owner.scalars(FILLED).all():
            owner.execute(text(f"ANALYZE {table}"))
    engine.dispose()
    connection.execute(text(f"COMMENT ON DATABASE {TEMPLATE} IS '{stamp}'"))


def superuser_url(cluster: Cluster, name: str) -> str:
    """URL of the cluster's superuser on database `name`: it may become any role."""
    return cluster.url("owner", name).replace("mapservice_owner", cluster_files.SUPERUSER)


@contextmanager
def _superuser(cluster: Cluster):
    engine = create_engine(superuser_url(cluster, "postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        yield connection
    engine.dispose()


@contextmanager
def _alone():
    """One test process at a time clones: a template may have no other visitor."""
    HOME.mkdir(parents=True, exist_ok=True)
    with (HOME / "clone.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _stamp() -> str:
    digest = hashlib.sha256()
    for ingredient in INGREDIENTS:
        path = ROOT / ingredient
        files = sorted(path.rglob("*")) if path.is_dir() else [path]
        for file in files:
            if file.is_file() and file.suffix != ".pyc":
                digest.update(file.read_bytes())
    return digest.hexdigest()
