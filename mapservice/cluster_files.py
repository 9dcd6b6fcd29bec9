"""Where the private cluster lies, as whom it runs, and the settings it is given.

The server runs as the owner of `MAPSERVICE_HOME`, or as Debian's user `postgres` when that is
root: PostgreSQL refuses to run as root. Everything below its data directory is written as that
user, never as root.
"""

import hashlib
import os
import pwd
import secrets
import stat
import subprocess
from pathlib import Path

from mapservice.errors import DomainError

ROLES = {name: f"mapservice_{name}" for name in ("owner", "office", "public", "intake")}
SUPERUSER = "postgres"
IDENT_MAP = "mapservice"
DATA_OUTSIDE_HOME = Path("/var/lib/mapservice")
VERSIONS = Path("/usr/lib/postgresql")  # where Debian keeps one folder a major version
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC"}

SETTINGS = """\
# Written by mapservice at every start; changes here are lost.
cluster_name = 'mapservice'
listen_addresses = ''
unix_socket_directories = '{socket}'
unix_socket_permissions = 0700
max_connections = 100
shared_buffers = 256MB
work_mem = 16MB
maintenance_work_mem = 256MB
effective_cache_size = 1GB
random_page_cost = 1.1
# Parallel workers and JIT cost a small machine more than they save on short queries,
# and workers need more /dev/shm than a container has.
max_parallel_workers_per_gather = 0
max_parallel_maintenance_workers = 0
jit = off
wal_compression = on
max_wal_size = 2GB
timezone = 'UTC'
log_timezone = 'UTC'
lc_messages = 'C.UTF-8'
log_line_prefix = '%m [%p] %q%u '
# Statements and error details hold what people typed: personal data has no place in a log.
log_min_error_statement = panic
log_error_verbosity = terse
"""
# For tests: fast, and with room for races of a hundred sessions.
NOT_DURABLE = """\
fsync = off
synchronous_commit = off
full_page_writes = off
max_connections = 300
autovacuum = off  # it would find tables empty that tests rolled back, and tell the planner so
"""


class ClusterError(DomainError):
    """The private cluster cannot do what was asked; the message says what a person can do."""

    code = "cluster"


def home_owner(home: Path) -> int:
    """User id that owns the home; ours when it does not exist yet."""
    try:
        return home.stat().st_uid
    except OSError:
        return os.geteuid()


def server_user(home: Path) -> pwd.struct_passwd:
    """Whom the server of this home runs as. Raises ClusterError."""
    owner, me = home_owner(home), os.geteuid()
    if me not in (0, owner):
        raise ClusterError(
            f"{home} belongs to user number {owner}: run as that user, "
            "or set MAPSERVICE_HOME to a directory of your own."
        )
    try:
        return pwd.getpwuid(owner) if owner else pwd.getpwnam("postgres")
    except KeyError:
        if owner:
            raise ClusterError(
                f"User number {owner} has no entry in /etc/passwd, which PostgreSQL needs."
            ) from None
        raise ClusterError(
            "PostgreSQL is not installed: `make run` installs it on Debian."
        ) from None


def home_id(home: Path) -> str:
    """A short name for the home, the same in every process."""
    return hashlib.sha256(os.fsencode(home.resolve())).hexdigest()[:12]


def socket_directory(home: Path) -> Path:
    """Short (a socket's path may have 107 bytes) and computable while nothing runs."""
    owner = home_owner(home)
    if owner == 0:
        return Path(f"/run/mapservice-{home_id(home)}")
    # Not $XDG_RUNTIME_DIR: it differs between sessions and goes when the last one ends.
    return Path(f"/tmp/mapservice-{owner}-{home_id(home)}")  # noqa: S108 (checked when opened)


def open_socket_directory(path: Path, user: pwd.struct_passwd) -> None:
    """Make sure it is a directory of that user that nobody else can enter."""
    try:
        path.mkdir(mode=0o700)
    except FileExistsError:
        found = path.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid not in (user.pw_uid, os.geteuid()):
            raise ClusterError(
                f"{path} is in the way and not ours: find out who made it and remove it."
            ) from None
    path.chmod(0o700)
    if os.geteuid() == 0:
        os.chown(path, user.pw_uid, user.pw_gid)


def data_directory(home: Path, user: pwd.struct_passwd) -> Path:
    """Where a new cluster's files go: in the home if its server can enter there.

    Outside, each cluster gets a name of its own: a home that was removed and made again begins
    empty, like any other.
    """
    if os.geteuid() == 0:
        entered = run_as(user, ["test", "-x", str(home)], check=False)
        if entered.returncode:
            DATA_OUTSIDE_HOME.mkdir(mode=0o755, parents=True, exist_ok=True)
            return DATA_OUTSIDE_HOME / f"{home_id(home)}-{secrets.token_hex(3)}"
    return home / "postgres"


def belongs(data: Path, home: Path) -> bool:
    """Whether a directory outside was made for this home."""
    return data.name.partition("-")[0] == home_id(home)


def living_server(lock_file: Path) -> int | None:
    """Process id in a lock file of PostgreSQL, if that process still is a PostgreSQL."""
    try:
        pid = int(lock_file.read_text().split("\n", 1)[0])
        Path(f"/proc/{pid}/cwd").readlink()  # fails for a zombie
        return pid if Path(f"/proc/{pid}/comm").read_text().strip() == "postgres" else None
    except (OSError, ValueError):
        return None


def run_as(
    user: pwd.struct_passwd, command: list[str], *, check: bool = True, **options
) -> subprocess.CompletedProcess:
    """Run a program as the server's user, away from directories it cannot read."""
    if os.geteuid() != user.pw_uid:
        options |= {
            "user": user.pw_uid,
            "group": user.pw_gid,
            "extra_groups": os.getgrouplist(user.pw_name, user.pw_gid),
        }
    options = {"cwd": "/", "env": ENVIRONMENT, "text": True, "capture_output": True} | options
    return subprocess.run(command, check=check, **options)


def write_as(user: pwd.struct_passwd, path: Path, text: str) -> None:
    """Write a file as the server's user: root must not follow links that user could lay."""
    done = run_as(user, ["tee", str(path)], check=False, input=text)
    if done.returncode:
        raise ClusterError(f"User {user.pw_name} cannot write {path}: {done.stderr.strip()}")


def settings_text(socket: Path, *, durable: bool) -> str:
    """`postgresql.conf`; without durability a crash may lose data, which tests can bear."""
    return SETTINGS.format(socket=socket) + ("" if durable else NOT_DURABLE)


def ident_text(users: set[str]) -> str:
    """`pg_ident.conf`: which system user may be which role (root could anyway)."""
    roles = [SUPERUSER, *ROLES.values()]
    lines = [f'{IDENT_MAP} "{user}" {role}' for user in sorted(users) for role in roles]
    return "\n".join(lines) + "\n"


def access_text() -> str:
    """`pg_hba.conf`: only the socket, only by who the system says is asking."""
    return f"local all all peer map={IDENT_MAP}\n"
