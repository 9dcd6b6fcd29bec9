"""The private PostGIS cluster of one `MAPSERVICE_HOME`.

Own data directory, own unix socket, no TCP port, no password: the system tells the server who
asks (peer authentication). The machine's own PostgreSQL clusters are never touched.
"""

import fcntl
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from mapservice import cluster_files as files
from mapservice.cluster_files import ROLES, ClusterError

DATABASE = "mapservice"
PREPARE_DATABASE = Path(__file__).resolve().parent.parent / "deploy" / "database.sql"
START_SECONDS = 60  # crash recovery after a power cut takes time
LOG_BYTES = 10_000_000  # a longer log is set aside at the next start


@dataclass(frozen=True)
class Status:
    """What `mapservice db status` tells."""

    running: bool
    pid: int | None
    version: str | None  # major version of the data directory; None: no cluster yet
    data: Path
    socket: Path


class Cluster:
    """Start, stop and address the cluster; every method may be called again and again."""

    def __init__(self, home: Path | str, *, durable: bool = True):
        self.home = Path(home).absolute()
        self.durable = durable
        self.data = self.home / "postgres"
        self.log = self.home / "log" / "postgres.log"

    @property
    def socket(self) -> Path:
        """Directory of the server's unix socket."""
        return files.socket_directory(self.home)

    def url(self, role: str = "office", database: str = DATABASE) -> str:
        """SQLAlchemy URL for one of ROLES; computed, so the server need not run."""
        host = quote(str(self.socket), safe="/")
        return f"postgresql+psycopg2://{ROLES[role]}@/{database}?host={host}&port=5432"

    def status(self) -> Status:
        version = self.data / "PG_VERSION"
        pid = self._pid()
        return Status(
            running=pid is not None,
            pid=pid,
            version=version.read_text().strip() if version.exists() else None,
            data=self.data.resolve(),
            socket=self.socket,
        )

    def ensure(self) -> bool:
        """Make the cluster if there is none, start it, prepare its database.

        True when this call started it. Raises ClusterError.
        """
        with self._alone():
            if not (self.data / "PG_VERSION").exists():
                self._create()
            started = self._start()
            self.prepare_database()
        return started

    def stop(self) -> bool:
        """Disconnect everybody and stop; True when it was running."""
        if self._pid() is None:
            return False
        with self._alone():
            stopped = self._control("stop", "-m", "fast")
            with suppress(OSError):
                self.socket.rmdir()
        if stopped.returncode and self._pid() is not None:
            raise ClusterError(f"PostgreSQL did not stop; its log is {self.log}")
        return True

    def prepare_database(self, database: str = DATABASE) -> None:
        """Roles, database, extensions and limits (deploy/database.sql)."""
        command = [self._program("psql"), "-X", "-q", "-w", "-h", str(self.socket), "-p", "5432"]
        command += ["-U", files.SUPERUSER, "-d", "postgres"]
        command += ["-v", "ON_ERROR_STOP=1", "-v", f"database={database}", "-f", "-"]
        done = files.run_as(
            self._user, command, check=False, input=PREPARE_DATABASE.read_text(encoding="utf-8")
        )
        if done.returncode:
            raise ClusterError(f"Preparing the database failed:\n{done.stderr.strip()}")

    @property
    def _user(self):
        return files.server_user(self.home)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """One process at a time makes, starts or stops this home's cluster."""
        try:
            self.log.parent.mkdir(parents=True, exist_ok=True)
            lock = (self.home / "cluster.lock").open("w")
        except OSError as error:
            raise ClusterError(
                f"Cannot write to {self.home} ({error.strerror}): make it yours, "
                "or set MAPSERVICE_HOME to a directory of your own."
            ) from None
        with lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _program(self, name: str) -> str:
        """Full path of a PostgreSQL program that fits the data directory. Raises ClusterError."""
        version = self.status().version
        versions = sorted(
            (p.name for p in files.VERSIONS.glob("[0-9]*") if (p / "bin" / "initdb").exists()),
            key=int,
        )
        if version is None and versions:
            version = "15" if "15" in versions else versions[-1]
        if version not in versions:
            raise ClusterError(
                f"PostgreSQL {version or 15} is not installed: `make run` installs version 15 "
                f"on Debian; else install postgresql-{version or 15} with PostGIS."
            )
        return str(files.VERSIONS / version / "bin" / name)

    def _create(self) -> None:
        if self.data.is_symlink() and not self.data.exists():
            raise ClusterError(
                f"{self.data} points to {self.data.readlink()}, which is gone: bring it back, "
                "or remove the link to begin with an empty database."
            )
        user = self._user
        place = files.data_directory(self.home, user)
        # Made beside its place and renamed: a half-made cluster is never taken for a whole.
        partial = place.with_name(place.name + ".partial")
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(mode=0o700)
        if os.geteuid() == 0:
            os.chown(partial, user.pw_uid, user.pw_gid)
        self._initialise(partial)
        partial.rename(place)
        if place != self.data:
            self.data.symlink_to(place)

    def _initialise(self, directory: Path) -> None:
        command = [self._program("initdb"), "-D", str(directory), "-U", files.SUPERUSER]
        command += ["--encoding=UTF8", "--locale=C.UTF-8", "--data-checksums", "--no-sync"]
        command += ["--locale-provider=icu", "--icu-locale=vi", "--auth=peer", "--no-instructions"]
        done = files.run_as(self._user, command, check=False)
        if done.returncode:
            raise ClusterError(f"Creating the cluster failed:\n{done.stderr.strip()}")

    def _start(self) -> bool:
        if self._pid() is not None:
            self._refuse_foreign_socket()
            return False
        self._refuse_foreign_data()
        self._refuse_occupied_socket()
        self._program("postgres")  # refuses before anything is written
        user = self._user
        data = self.data.resolve()
        files.open_socket_directory(self.socket, user)
        conf = files.settings_text(self.socket, durable=self.durable)
        files.write_as(user, data / "postgresql.conf", conf)
        files.write_as(user, data / "pg_hba.conf", files.access_text())
        files.write_as(user, data / "pg_ident.conf", files.ident_text({"root", user.pw_name}))
        # Left by a crash, for _pid() saw no server; its dead process may linger as a zombie.
        (data / "postmaster.pid").unlink(missing_ok=True)
        (self.socket / ".s.PGSQL.5432.lock").unlink(missing_ok=True)
        self._start_server()
        return True

    def _start_server(self) -> None:
        if self.log.exists() and self.log.stat().st_size > LOG_BYTES:
            self.log.replace(self.log.with_suffix(".log.1"))
        deadline = time.monotonic() + START_SECONDS
        while True:
            begin = self.log.stat().st_size if self.log.exists() else 0
            # We open the log, the server inherits it: its user need not reach our home.
            with self.log.open("ab") as log:
                done = self._control("start", stdout=log, stderr=log)
            if done.returncode == 0:
                return
            with self.log.open("rb") as log:
                log.seek(begin)
                said = log.read().decode(errors="replace").strip()
            # After `kill -9` of the server its children need a moment to notice.
            if "still in use" not in said or time.monotonic() > deadline:
                raise ClusterError(f"PostgreSQL did not start ({self.log}):\n{said}")
            time.sleep(0.2)

    def _control(self, action: str, *arguments: str, **options) -> subprocess.CompletedProcess:
        command = [self._program("pg_ctl"), action, "-D", str(self.data.resolve())]
        command += ["-w", "-t", str(START_SECONDS), *arguments]
        if "stdout" in options:
            options["capture_output"] = False
        return files.run_as(self._user, command, check=False, **options)

    def _pid(self) -> int | None:
        """Process id of the running server: one whose working directory is our data directory."""
        try:
            data = self.data.resolve()
            pid = int((data / "postmaster.pid").read_text().split("\n", 1)[0])
            return pid if Path(f"/proc/{pid}/cwd").resolve(strict=True) == data else None
        except (OSError, ValueError):
            return None

    def _refuse_foreign_data(self) -> None:
        """A copied home carries a link to the data of the home it was copied from."""
        data = self.data.resolve()
        if self.data.is_symlink() and not files.belongs(data, self.home):
            wanted = data.with_name(f"{files.home_id(self.home)}-moved")
            raise ClusterError(
                f"{self.data} points to the data of another home. If this home was moved: "
                f"mv {data} {wanted} && ln -sfn {wanted} {self.data}. "
                "If it was copied: remove the link, an empty database is made."
            )

    def _refuse_occupied_socket(self) -> None:
        """A home removed while its server ran leaves that server on our socket."""
        pid = files.living_server(self.socket / ".s.PGSQL.5432.lock")
        if pid is not None:
            raise ClusterError(
                f"A PostgreSQL of an earlier {self.home} still runs (process {pid}): "
                f"end it with `kill -INT {pid}`, then run this again."
            )

    def _refuse_foreign_socket(self) -> None:
        lines = (self.data / "postmaster.pid").read_text().splitlines()
        if len(lines) > 4 and lines[4] and lines[4] != str(self.socket):
            raise ClusterError(
                f"The server of {self.data.resolve()} was started from another place "
                f"(socket {lines[4]}): stop it there first."
            )
