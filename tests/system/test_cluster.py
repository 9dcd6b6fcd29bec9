"""The private cluster for real: made, started, crashed, stopped, two side by side."""

import os
import shutil
import signal
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import NullPool, create_engine, text
from sqlalchemy.exc import DBAPIError

from mapservice.cluster import Cluster
from mapservice.cluster_files import ROLES, ClusterError, belongs


def remove(cluster: Cluster) -> None:
    """Stop a cluster and remove what it left outside its home (as root)."""
    cluster.stop()
    shutil.rmtree(cluster.data.resolve(), ignore_errors=True)
    shutil.rmtree(cluster.socket, ignore_errors=True)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    # The directories of tmp_path_factory are closed to others: as root, also to the server.
    cluster = Cluster(tmp_path_factory.mktemp("home"), durable=False)
    yield cluster
    remove(cluster)


def ask(cluster: Cluster, question: str, role: str = "owner", database: str = "mapservice"):
    engine = create_engine(cluster.url(role, database), poolclass=NullPool)
    with engine.begin() as connection:
        answer = connection.execute(text(question))
        return answer.scalar() if answer.returns_rows else None


def test_made_once_then_found_running(cluster):
    cluster.ensure()
    assert cluster.ensure() is False
    status = cluster.status()
    assert status.running
    assert Path(f"/proc/{status.pid}").exists()


def test_never_runs_as_root(cluster):
    cluster.ensure()
    assert Path(f"/proc/{cluster.status().pid}").stat().st_uid != 0
    assert cluster.data.resolve().stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("role", ROLES)
def test_every_role_logs_in_as_itself(cluster, role):
    cluster.ensure()
    assert ask(cluster, "SELECT current_user", role) == f"mapservice_{role}"


def test_reachable_by_its_socket_only(cluster):
    cluster.ensure()
    assert ask(cluster, "SHOW listen_addresses") == ""
    assert cluster.socket.stat().st_mode & 0o777 == 0o700


def test_extensions_are_found_without_naming_their_schema(cluster):
    cluster.ensure()
    assert ask(cluster, "SELECT ST_SRID(ST_Point(106.2, 21.3, 4326))", "office") == 4326
    assert ask(cluster, "SELECT unaccent('Lục Ngạn')", "office") == "Luc Ngan"
    assert ask(cluster, "SHOW search_path") == "ext"


def test_vietnamese_order_of_letters(cluster):
    cluster.ensure()
    words = ask(
        cluster,
        "SELECT string_agg(w, ' ' ORDER BY w) "
        "FROM unnest(ARRAY['đa', 'dê', 'ăn', 'âm', 'az', 'xã', 'ưa', 'uy']) AS w",
    )
    assert words == "az ăn âm dê đa uy ưa xã"


@pytest.mark.parametrize(
    "attempt",
    [
        "CREATE TABLE public.mine (id int)",
        "CREATE TABLE ext.mine (id int)",
        "CREATE TEMP TABLE mine (id int)",
        "CREATE SCHEMA mine",
        "SELECT pg_sleep(3)",
    ],
)
def test_the_public_role_can_neither_make_nor_hold_anything(cluster, attempt):
    cluster.ensure()
    with pytest.raises(DBAPIError):
        ask(cluster, attempt, "public")


def test_the_public_role_still_may_not_write_when_it_lifts_its_own_limits(cluster):
    cluster.ensure()
    with pytest.raises(DBAPIError, match="permission denied"):
        ask(
            cluster, "SET default_transaction_read_only = off; COMMIT; CREATE SCHEMA mine", "public"
        )


def test_another_database_is_prepared_the_same_way_and_twice(cluster):
    cluster.ensure()
    cluster.prepare_database("another")
    cluster.prepare_database("another")
    assert ask(cluster, "SELECT current_database()", "office", "another") == "another"
    assert ask(cluster, "SELECT postgis_lib_version() <> ''", "office", "another") is True


def test_preparing_databases_at_the_same_time(cluster):
    cluster.ensure()
    names = ["first", "second", "first", "second", "first", "second"] * 3
    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(cluster.prepare_database, names)) == [None] * len(names)


def test_a_killed_server_comes_back_with_its_data(cluster):
    cluster.ensure()
    # On, as outside tests: a commit that was answered is written.
    ask(cluster, "SET LOCAL synchronous_commit = on; CREATE SCHEMA IF NOT EXISTS kept")
    killed = cluster.status().pid
    os.kill(killed, signal.SIGKILL)
    while cluster.status().running:  # the system takes a moment to end it
        os.sched_yield()
    assert (cluster.data / "postmaster.pid").exists()
    assert cluster.ensure() is True
    assert cluster.status().pid != killed
    assert ask(cluster, "SELECT count(*) FROM pg_namespace WHERE nspname = 'kept'") == 1


def test_stopping_leaves_nothing(cluster):
    cluster.ensure()
    pid = cluster.status().pid
    assert cluster.stop() is True
    assert cluster.stop() is False
    assert not cluster.status().running
    assert not Path(f"/proc/{pid}/exe").exists()
    assert not cluster.socket.exists()


def test_two_homes_side_by_side(cluster, tmp_path):
    other = Cluster(tmp_path, durable=False)
    (tmp_path / "postgres.partial").mkdir()  # a first start that was interrupted
    try:
        cluster.ensure()
        other.ensure()
        ask(other, "CREATE SCHEMA only_here")
        assert ask(cluster, "SELECT to_regnamespace('only_here')") is None
        other.stop()
        assert ask(cluster, "SELECT 1") == 1
    finally:
        remove(other)


def test_a_copied_home_does_not_take_the_data_of_the_first(cluster, tmp_path):
    cluster.stop()
    (tmp_path / "postgres").symlink_to(cluster.data.resolve())
    assert not belongs(cluster.data.resolve(), tmp_path)
    with pytest.raises(ClusterError, match="another home"):
        Cluster(tmp_path).ensure()


def test_a_home_made_anew_begins_empty_once_the_old_server_is_gone(tmp_path):
    first = Cluster(tmp_path / "home", durable=False)
    first.ensure()
    ask(first, "SET LOCAL synchronous_commit = on; CREATE SCHEMA of_the_first")
    pid, data = first.status().pid, first.data.resolve()
    shutil.move(tmp_path / "home", tmp_path / "removed")
    again = Cluster(tmp_path / "home", durable=False)
    try:
        with pytest.raises(ClusterError, match=f"kill -INT {pid}"):
            again.ensure()
        os.kill(pid, signal.SIGINT)
        while is_alive(pid):
            os.sched_yield()
        again.ensure()
        assert ask(again, "SELECT to_regnamespace('of_the_first')") is None
    finally:
        remove(again)
        shutil.rmtree(data, ignore_errors=True)


def is_alive(pid: int) -> bool:
    """Whether the process lives (a zombie has no working directory)."""
    try:
        return bool(Path(f"/proc/{pid}/cwd").readlink())
    except OSError:
        return False


def test_a_data_directory_of_a_version_that_is_not_installed(tmp_path):
    (tmp_path / "postgres").mkdir()
    (tmp_path / "postgres" / "PG_VERSION").write_text("9\n")
    with pytest.raises(ClusterError, match="PostgreSQL 9 is not installed"):
        Cluster(tmp_path).ensure()


def test_the_log_says_why_it_did_not_start(cluster):
    cluster.ensure()
    cluster.stop()
    version = cluster.data / "postgresql.auto.conf"
    before = version.read_text()
    subprocess.run(["tee", "-a", version], input=b"work_mem = 'much'\n", stdout=subprocess.DEVNULL)
    try:
        with pytest.raises(ClusterError, match="work_mem"):
            cluster.ensure()
    finally:
        version.write_text(before)
    assert cluster.ensure() is True
