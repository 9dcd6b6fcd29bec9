"""The private cluster's places and texts; tests/system/test_cluster.py runs the real thing."""

import os
import pwd

import pytest
from sqlalchemy import make_url

from mapservice import cluster_files
from mapservice.cluster import Cluster
from mapservice.cluster_files import ROLES, ClusterError

ME = pwd.getpwuid(os.geteuid())


@pytest.mark.parametrize("role", ROLES)
def test_addresses_are_computed_without_touching_the_disk(tmp_path, role):
    home = tmp_path / "not" / "there"
    url = make_url(Cluster(home).url(role))
    assert url.drivername == "postgresql+psycopg2"
    assert (url.username, url.database) == (f"mapservice_{role}", "mapservice")
    assert url.query["host"] == str(Cluster(home).socket)
    assert url.password is None
    assert not home.exists()


def test_the_socket_fits_however_deep_the_home_lies(tmp_path):
    home = tmp_path.joinpath(*["thư mục rất dài"] * 12)
    home.mkdir(parents=True)
    path = os.fsencode(Cluster(home).socket / ".s.PGSQL.5432")
    assert len(path) <= 107


def test_each_home_has_its_own_socket_and_a_link_to_it_the_same(tmp_path):
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    (tmp_path / "link").symlink_to("one")
    assert Cluster(tmp_path / "one").socket != Cluster(tmp_path / "two").socket
    assert Cluster(tmp_path / "one").socket == Cluster(tmp_path / "link").socket


def test_status_before_there_is_a_cluster(tmp_path):
    status = Cluster(tmp_path).status()
    assert (status.running, status.pid, status.version) == (False, None, None)
    assert Cluster(tmp_path).stop() is False


def test_a_stale_pid_of_a_living_stranger_is_not_our_server(tmp_path):
    (tmp_path / "postgres").mkdir()
    (tmp_path / "postgres" / "postmaster.pid").write_text(f"{os.getpid()}\n")
    assert Cluster(tmp_path).status().running is False


def test_a_socket_directory_laid_by_a_stranger_is_refused(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "socket").symlink_to("elsewhere")
    with pytest.raises(ClusterError, match="not ours"):
        cluster_files.open_socket_directory(tmp_path / "socket", ME)


def test_a_socket_directory_open_to_others_is_closed(tmp_path):
    (tmp_path / "socket").mkdir(mode=0o777)
    cluster_files.open_socket_directory(tmp_path / "socket", ME)
    assert (tmp_path / "socket").stat().st_mode & 0o777 == 0o700


def test_the_home_of_somebody_else_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: tmp_path.stat().st_uid + 4242)
    with pytest.raises(ClusterError, match="MAPSERVICE_HOME"):
        cluster_files.server_user(tmp_path)


def test_a_link_to_vanished_data_is_not_replaced_by_an_empty_cluster(tmp_path):
    (tmp_path / "postgres").symlink_to(tmp_path / "gone")
    with pytest.raises(ClusterError, match="gone"):
        Cluster(tmp_path).ensure()
    assert (tmp_path / "postgres").is_symlink()


def test_the_server_listens_on_no_port_and_logs_no_statement():
    text = cluster_files.settings_text(Cluster("/home/x").socket, durable=True)
    assert "listen_addresses = ''" in text
    assert "log_min_error_statement = panic" in text
    assert "fsync" not in text


def test_only_named_system_users_become_roles():
    lines = cluster_files.ident_text({"an.nguyen"}).splitlines()
    assert len(lines) == len(ROLES) + 1
    assert 'mapservice "an.nguyen" mapservice_public' in lines
    assert cluster_files.access_text() == "local all all peer map=mapservice\n"
